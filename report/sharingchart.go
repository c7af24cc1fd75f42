package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

// sharingChart draws who got which identifier: identifiers on the left,
// companies on the right. What a line means is in its dashes and in the mark at
// its end, not in a colour.
func sharingChart(v *view) template.HTML {
	const mostIDs, mostOwners = 14, 18
	ids := v.Shared()
	if len(ids) == 0 {
		return ""
	}
	ids = ids[:min(len(ids), mostIDs)]

	// Companies stand at the mean height of what they got, so that lines cross
	// little; those that got most are kept.
	type company struct {
		id    string
		ties  int
		sum   float64
		order int
	}
	var companies []*company
	by := map[string]*company{}
	for i, x := range ids {
		for _, r := range x.Recipients {
			c := by[r.Recipient]
			if c == nil {
				c = &company{id: r.Recipient, order: len(companies)}
				by[r.Recipient] = c
				companies = append(companies, c)
			}
			c.ties++
			c.sum += float64(i)
		}
	}
	slices.SortStableFunc(companies, func(a, b *company) int { return cmp.Or(cmp.Compare(b.ties, a.ties), cmp.Compare(a.order, b.order)) })
	left := len(companies) - mostOwners
	companies = companies[:min(len(companies), mostOwners)]
	slices.SortStableFunc(companies, func(a, b *company) int {
		return cmp.Compare(a.sum/float64(a.ties), b.sum/float64(b.ties))
	})

	// A company is as high as the lines that end at it need; both columns fill the
	// height of the taller.
	const width, rowH, step, top, x1, x2 = 980.0, 36.0, 10.0, 22.0, 330.0, 640.0
	room := func(c *company) float64 { return max(rowH, step*float64(c.ties)+14) }
	right := 0.0
	for _, c := range companies {
		right += room(c)
	}
	inner := max(right, rowH*float64(len(ids)))
	height := inner + top
	y1 := func(i int) float64 { return top/2 + inner*(float64(i)+.5)/float64(len(ids)) }
	y2 := make([]float64, len(companies))
	at := top/2 + (inner-right)/float64(2*len(companies))
	for i, c := range companies {
		y2[i] = at + room(c)/2
		at += room(c) + (inner-right)/float64(len(companies))
	}
	row := map[string]int{}
	for i, c := range companies {
		row[c.id] = i
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart wide" role="img" aria-labelledby="share-t share-d" viewBox="0 0 %g %.0f"><title id="share-t">%s</title><desc id="share-d">%s</desc>`,
		width, height, esc(v.T("h.sharing")), esc(v.T("sharing.chart", v.N("sharing.id", len(ids)), v.N("sharing.company", len(companies)))))
	var ends strings.Builder
	ended := make([]int, len(companies)) // lines, from above
	for i, x := range ids {
		for _, r := range x.Recipients {
			k, ok := row[r.Recipient]
			if !ok {
				continue
			}
			from, to := y1(i), y2[k]+step*(float64(ended[k])-float64(companies[k].ties-1)/2)
			ended[k]++
			class, end := "tie", "end"
			if v.Digested(r) {
				class += " digest"
			}
			if len(r.With) > 0 {
				end += " named"
			}
			const bend = (x2 - x1) / 2
			fmt.Fprintf(&b, `<path class="%s" d="M%g %.1fC%g %.1f %g %.1f %g %.1f"/>`, class, x1, from, x1+bend, from, x2-bend, to, x2-4, to)
			fmt.Fprintf(&ends, `<circle class="%s" cx="%g" cy="%.1f" r="4"/>`, end, x2, to)
		}
	}
	b.WriteString(ends.String())
	for i, x := range ids {
		at := y1(i)
		fmt.Fprintf(&b, `<rect class="node" x="%g" y="%.1f" width="5" height="14"/>`, x1-5, at-7)
		fmt.Fprintf(&b, `<text x="%g" y="%.1f" text-anchor="end">%s</text><text class="q" x="%g" y="%.1f" text-anchor="end">%s, %s</text>`,
			x1-12, at, esc(shortenName(v.Called(x.Alias), 40)), x1-12, at+13, esc(v.T("sharing.kind."+x.Kind)), esc(v.N("sharing.company", x.Companies)))
	}
	for i, c := range companies {
		at := y2[i]
		role := v.byID[c.id].Role
		fmt.Fprintf(&b, `<text x="%g" y="%.1f">%s</text>`, x2+12, at+1, esc(shorten(v.Owner(c.id), 40)))
		if role != "" && role != "unknown" {
			fmt.Fprintf(&b, `<text class="q" x="%g" y="%.1f">%s</text>`, x2+12, at+14, esc(v.name("role.", role)))
		}
	}
	b.WriteString(`</svg>`)
	if left > 0 {
		fmt.Fprintf(&b, `<p class="quiet">%s</p>`, esc(v.T("more", left)))
	}
	b.WriteString(`<ul class="narrow">`)
	for _, x := range ids {
		fmt.Fprintf(&b, `<li>%s: %s</li>`, esc(v.Called(x.Alias)), esc(v.N("sharing.company", x.Companies)))
	}
	b.WriteString(`</ul>`)
	return template.HTML(b.String())
}

// shortenName shortens a name with a number behind it, and keeps the number.
func shortenName(s string, n int) string {
	if i := strings.LastIndex(s, " ("); i > 0 && columns(s) > n {
		return shorten(s[:i], n-columns(s[i:])) + s[i:]
	}
	return shorten(s, n)
}
