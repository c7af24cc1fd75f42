package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// maxLanes is how many recipients have a row of their own in a chart.
const maxLanes = 12

// lanesChart draws when personal data left: one row per recipient, one mark per
// family of data types and slot of time, its size the number of items.
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
	x := func(s float64) float64 { return left + s/span*(width-left-right) }
	m := layMoments(v, x, left, width-right)
	top := m.height()
	height := top + float64(rows)*rowH + 34
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
	b.WriteString(m.draw(v, height-26))
	for i, l := range v.Lanes[:rows] {
		y := top + float64(i)*rowH + 8
		country := "–"
		if r := v.byID[l.Recipient]; r != nil {
			country = v.Countries(r.Estimated)
		}
		fmt.Fprintf(&b, `<text x="0" y="%.1f">%s</text><text class="q" x="0" y="%.1f">%s</text>`, y+11, esc(shorten(v.Owner(l.Recipient), 26)), y+24, esc(shorten(country, 30)))
		for _, slot := range stack(v, l.Marks) {
			base := y + rowH - 12
			for _, f := range slot {
				size := 2.4 + 2.6*math.Sqrt(float64(f.items)/float64(most))
				b.WriteString(glyph(f.family, x(f.at), base-size, size, false, v.Seconds(f.start)+v.T("colon")+strings.Join(f.types, ", ")))
				base -= 2*size + .5
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

// stacked is what one family of data types comes to in a slot.
type stacked struct {
	family, items int
	start, at     float64 // of the slot, and its middle
	types         []string
}

// stack gathers the marks of the same slot by family, at most three of each:
// there is no room for more, and the table has all.
func stack(v *view, marks []audit.Mark) (slots [][]stacked) {
	for _, m := range marks {
		n := len(slots)
		if n == 0 || slots[n-1][0].start != m.Start {
			slots = append(slots, nil)
			n++
		}
		slot := &slots[n-1]
		i := slices.IndexFunc(*slot, func(s stacked) bool { return s.family == family(m.DataType) })
		if i < 0 {
			if i = len(*slot); i == 3 {
				continue
			}
			*slot = append(*slot, stacked{family: family(m.DataType), start: m.Start, at: m.Start + m.Length/2})
		}
		s := &(*slot)[i]
		s.items += m.Items
		s.types = append(s.types, fmt.Sprintf("%s ×%d", v.Type(m.DataType), m.Items))
	}
	return slots
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
