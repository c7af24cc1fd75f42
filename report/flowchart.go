package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

// node is a name in one column of the flow chart.
type node struct {
	name  string
	class int
	n     int
	y, h  float64
	used  [2]float64 // height taken on its left and right side
}

// flowChart draws which data type went to which recipient in which country
// (estimated), as three columns joined by ribbons whose width is the number
// of ledger rows (Sankey diagram).
func flowChart(v *view) template.HTML {
	if len(v.Groups) == 0 {
		return ""
	}
	type link struct {
		kind, owner, country *node
		n                    int
	}
	columnsOf := [3]map[string]*node{{}, {}, {}}
	get := func(c int, name string, class, n int) *node {
		x := columnsOf[c][name]
		if x == nil {
			x = &node{name: name, class: class}
			columnsOf[c][name] = x
		}
		x.n += n
		return x
	}
	count := [2]map[string]int{{}, {}}
	for _, g := range v.Groups {
		count[0][g.DataType] += g.Count
		count[1][g.Recipient] += g.Count
	}
	top := [2]map[string]bool{most(count[0], maxLanes), most(count[1], maxLanes)}
	var links []link
	for _, g := range v.Groups {
		kind, class := v.T("others"), 7
		if top[0][g.DataType] {
			kind, class = v.Type(g.DataType), family(g.DataType)
		}
		owner := v.T("others")
		if top[1][g.Recipient] {
			owner = v.Owner(g.Recipient)
		}
		country := v.T("noestimate")
		if len(g.Examples) > 0 && g.Examples[0].Recipient.Country != "" {
			country = v.Country(g.Examples[0].Recipient.Country)
		}
		l := link{get(0, kind, class, g.Count), get(1, owner, 6, g.Count), get(2, country, 6, g.Count), g.Count}
		if i := slices.IndexFunc(links, func(o link) bool { return o.kind == l.kind && o.owner == l.owner && o.country == l.country }); i >= 0 {
			links[i].n += g.Count
		} else {
			links = append(links, l)
		}
	}
	total, tallest := 0, 0
	var cols [3][]*node
	for c := range cols {
		for _, n := range columnsOf[c] {
			cols[c] = append(cols[c], n)
		}
		slices.SortFunc(cols[c], func(a, b *node) int { return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.name, b.name)) })
		tallest = max(tallest, len(cols[c]))
	}
	for _, n := range cols[0] {
		total += n.n
	}
	const width, gap = 980.0, 10.0
	inner := max(float64(tallest)*22, 160)
	place := func(c int) {
		y := 6.0
		for _, n := range cols[c] {
			n.y, n.h = y, max(inner*float64(n.n)/float64(total), 2)
			y += n.h + gap
		}
	}
	for c := range cols {
		place(c)
	}
	// Two passes of barycentre ordering keep ribbons from crossing more than
	// they must.
	for range 2 {
		for c := 1; c < 3; c++ {
			centre := map[*node]float64{}
			for _, l := range links {
				from, to := l.kind, l.owner
				if c == 2 {
					from, to = l.owner, l.country
				}
				centre[to] += (from.y + from.h/2) * float64(l.n) / float64(to.n)
			}
			slices.SortStableFunc(cols[c], func(a, b *node) int { return cmp.Compare(centre[a], centre[b]) })
			place(c)
		}
	}
	height := 0.0
	for c := range cols {
		last := cols[c][len(cols[c])-1]
		height = max(height, last.y+last.h+8)
	}
	xs := [3]float64{215, 515, 805}
	const bar = 10.0
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart wide" role="img" aria-labelledby="flow-t" viewBox="0 0 %g %.0f"><title id="flow-t">%s</title>`, width, height, esc(v.T("h.flow")))
	ribbon := func(c int, from, to *node, n, class int) {
		h := inner * float64(n) / float64(total)
		y1, y2 := from.y+from.used[1]+h/2, to.y+to.used[0]+h/2
		from.used[1] += h
		to.used[0] += h
		x1, x2 := xs[c]+bar, xs[c+1]
		mid := (x1 + x2) / 2
		fmt.Fprintf(&b, `<path class="ribbon s%d" stroke-width="%.1f" d="M%g %.1fC%g %.1f %g %.1f %g %.1f"/>`, class, max(h, .8), x1, y1, mid, y1, mid, y2, x2, y2)
	}
	slices.SortStableFunc(links, func(a, b link) int {
		return cmp.Or(cmp.Compare(a.kind.y, b.kind.y), cmp.Compare(a.owner.y, b.owner.y), cmp.Compare(a.country.y, b.country.y))
	})
	for _, l := range links {
		ribbon(0, l.kind, l.owner, l.n, l.kind.class)
	}
	slices.SortStableFunc(links, func(a, b link) int {
		return cmp.Or(cmp.Compare(a.owner.y, b.owner.y), cmp.Compare(a.country.y, b.country.y))
	})
	for _, l := range links {
		ribbon(1, l.owner, l.country, l.n, l.kind.class)
	}
	for c := range cols {
		for _, n := range cols[c] {
			class := "node"
			if c == 0 {
				class = fmt.Sprintf("f%d", n.class)
			}
			fmt.Fprintf(&b, `<rect class="%s" x="%g" y="%.1f" width="%g" height="%.1f"/>`, class, xs[c], n.y, bar, n.h)
			x, anchor := xs[c]+bar+6, "start"
			if c == 0 {
				x, anchor = xs[c]-6, "end"
			}
			fmt.Fprintf(&b, `<text x="%g" y="%.1f" text-anchor="%s">%s <tspan class="q">%d</tspan></text>`, x, n.y+n.h/2+4, anchor, esc(shorten(n.name, 25)), n.n)
		}
	}
	b.WriteString(`</svg><ul class="narrow">`)
	for _, n := range cols[1] {
		fmt.Fprintf(&b, `<li>%s: %d</li>`, esc(n.name), n.n)
	}
	b.WriteString(`</ul>`)
	return template.HTML(b.String())
}

// most keeps the n largest, the smaller name first among equals.
func most(count map[string]int, n int) map[string]bool {
	names := make([]string, 0, len(count))
	for k := range count {
		names = append(names, k)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(a, b)) })
	keep := map[string]bool{}
	for _, k := range names[:min(n, len(names))] {
		keep[k] = true
	}
	return keep
}
