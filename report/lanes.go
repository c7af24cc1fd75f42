package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/constat/constat/audit"
)

// maxLanes is how many recipients have a row of their own in a chart.
const maxLanes = 12

// family is the colour class of a data type: related types share one.
func family(dataType string) int {
	class, _, _ := strings.Cut(dataType, ".")
	switch class {
	case "device", "system":
		return 0
	case "contact":
		return 1
	case "location":
		return 2
	case "content":
		return 3
	case "account", "credential":
		return 4
	case "social", "biometric":
		return 5
	case "network":
		return 6
	}
	return 7
}

// esc escapes text for SVG.
func esc(s string) string { return template.HTMLEscapeString(safe(s)) }

// lanesChart draws when personal data left: one row per recipient, one mark
// per slot of time, its height the number of items.
func lanesChart(v *view) template.HTML {
	if len(v.Lanes) == 0 {
		return ""
	}
	const left, right, rowH, width = 190.0, 12.0, 34.0, 980.0
	span := math.Max(v.Headline.Duration, 1)
	for _, l := range v.Lanes {
		for _, m := range l.Marks {
			span = math.Max(span, m.Start+m.Length)
		}
	}
	if n := len(v.Timeline); n > 0 {
		span = math.Max(span, v.Timeline[n-1].Offset)
	}
	rows := min(len(v.Lanes), maxLanes)
	top := momentsHeight(v)
	height := top + float64(rows)*rowH + 34
	x := func(s float64) float64 { return left + s/span*(width-left-right) }
	most := 1
	for _, l := range v.Lanes[:rows] {
		for _, m := range l.Marks {
			most = max(most, m.Items)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" role="img" aria-labelledby="lanes-t" viewBox="0 0 %g %g"><title id="lanes-t">%s</title>`, width, height, esc(v.T("h.lanes")))
	step := tick(span)
	for s := 0.0; s <= span*1.0001; s += step {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="4" y2="%g"/><text class="q" x="%.1f" y="%g" text-anchor="middle">%s</text>`,
			x(s), x(s), height-26, x(s), height-10, esc(strings.TrimPrefix(v.Seconds(s), "+")))
	}
	b.WriteString(moments(v, x, width-right, height-26))
	for i, l := range v.Lanes[:rows] {
		y := top + float64(i)*rowH + 8
		country := "–"
		if r := v.byID[l.Recipient]; r != nil {
			country = v.Countries(r.Estimated)
		}
		fmt.Fprintf(&b, `<text x="0" y="%.1f">%s</text><text class="q" x="0" y="%.1f">%s</text>`, y+11, esc(shorten(v.Owner(l.Recipient), 26)), y+24, esc(shorten(country, 30)))
		for _, slot := range stack(l.Marks) {
			base := y + rowH - 10
			for _, m := range slot {
				h := math.Max(3, math.Sqrt(float64(m.Items)/float64(most))*(rowH-12)/float64(len(slot)))
				w := math.Max(3, x(m.Start+m.Length)-x(m.Start)-.5)
				base -= h
				fmt.Fprintf(&b, `<rect class="f%d" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s: %s ×%d</title></rect>`,
					family(m.DataType), x(m.Start), base, w, h, esc(v.Seconds(m.Start)), esc(v.Type(m.DataType)), m.Items)
			}
		}
	}
	b.WriteString(`</svg>`)
	if n := len(v.Lanes) - rows; n > 0 {
		fmt.Fprintf(&b, `<p class="quiet">%s</p>`, esc(v.T("more", n)))
	}
	b.WriteString(legend(v))
	return template.HTML(b.String())
}

// stack gathers the marks of the same slot, at most six of each.
func stack(marks []audit.Mark) (slots [][]audit.Mark) {
	for _, m := range marks {
		n := len(slots)
		if n == 0 || slots[n-1][0].Start != m.Start {
			slots = append(slots, nil)
			n++
		}
		if len(slots[n-1]) < 6 {
			slots[n-1] = append(slots[n-1], m)
		}
	}
	return slots
}

// legend names the colours that occur.
func legend(v *view) string {
	var seen [8]string
	for _, g := range v.Groups {
		if f := family(g.DataType); seen[f] == "" || !strings.Contains(seen[f], v.Type(g.DataType)) {
			if strings.Count(seen[f], ", ") == 3 {
				continue
			}
			if seen[f] != "" {
				seen[f] += ", "
			}
			seen[f] += v.Type(g.DataType)
		}
	}
	var b strings.Builder
	b.WriteString(`<p class="quiet">`)
	for f, names := range seen {
		if names != "" {
			fmt.Fprintf(&b, `<svg width="12" height="12" aria-hidden="true"><rect class="f%d" width="12" height="12"/></svg> %s&emsp;`, f, esc(names))
		}
	}
	b.WriteString(`</p>`)
	return b.String()
}

// tick is a round step that divides span into at most eight.
func tick(span float64) float64 {
	raw := span / 8
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, k := range []float64{1, 2, 5, 10} {
		if k*unit >= raw {
			return k * unit
		}
	}
	return 10 * unit
}
