package report

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/audit"
)

// window is the worst 15 seconds, the case's unit, item by item.
type window struct {
	start, end float64 // seconds after the first flow
	items      int
	marks      []windowMark
}

// windowMark is what left of one data type to one recipient at one moment.
type windowMark struct {
	At        float64
	DataType  string
	Form      string
	Recipient string
	Items     int
	Moment    string // of the first of them
	Unsure    bool
	Within    float64
}

// maxMarks bounds what is drawn of a window; there are fewer when slots widen.
const maxMarks = 400

// worstWindow reads the rows of the worst 15 seconds from the ledger. A window
// starts at a whole second of the clock, as the headline counts.
func worstWindow(v *view) (*window, error) {
	h := v.Headline
	if h.Worst15.Items == 0 || v.Transfers == nil {
		return nil, nil
	}
	var w *window
	var from int64
	for t, err := range v.Transferred() {
		if err != nil {
			return nil, err
		}
		if t.Offset < 0 || t.Time.IsZero() {
			continue
		}
		if w == nil {
			first := t.Time.Add(-time.Duration(math.Round(t.Offset * 1e9)))
			from = first.Unix() + int64(h.Worst15.Start)
			start := time.Unix(from, 0).Sub(first).Seconds()
			w = &window{start: start, end: start + 15}
		}
		if s := t.Time.Unix(); s < from || s >= from+15 {
			continue
		}
		if t.OtherApp || t.AppOpen { // the headline counts the app's own
			continue
		}
		w.items++
		w.add(v, &t)
	}
	if w == nil || w.items == 0 {
		return nil, nil
	}
	w.fold()
	return w, nil
}

func (w *window) add(v *view, t *audit.Transfer) {
	if len(w.marks) >= 40*maxMarks {
		w.fold()
	}
	w.marks = append(w.marks, windowMark{At: t.Offset, DataType: t.DataType, Form: t.Form, Recipient: t.Recipient.ID, Items: 1, Moment: v.Moment(t.Circumstance), Unsure: t.Unsure, Within: t.Within})
}

// fold makes one mark of those of the same kind that stand close together, the
// closer the fewer there are.
func (w *window) fold() {
	slices.SortStableFunc(w.marks, func(a, b windowMark) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.DataType, b.DataType), cmp.Compare(a.Recipient, b.Recipient))
	})
	for _, slot := range []float64{.05, .1, .25, .5, 1, 3, 15} {
		type key struct {
			slot                      int
			dataType, form, recipient string
			unsure                    bool
		}
		at := map[key]int{}
		var folded []windowMark
		for _, m := range w.marks {
			k := key{int((m.At - w.start) / slot), m.DataType, m.Form, m.Recipient, m.Unsure}
			i, ok := at[k]
			if !ok {
				at[k] = len(folded)
				folded = append(folded, m)
				continue
			}
			folded[i].Items += m.Items
			folded[i].Within = max(folded[i].Within, m.Within)
		}
		if w.marks = folded; len(folded) <= maxMarks {
			return
		}
	}
	// More kinds than there is room for: the headline counts them, and the ledger has them.
}

// Rows are those of the table that says the same as the picture.
func (w *window) Rows() []windowMark { return w.marks[:min(len(w.marks), maxMarks)] }

// More is how many marks neither shows.
func (w *window) More() int { return len(w.marks) - len(w.Rows()) }

// placed is a mark with its place in the lane of its family.
type placed struct {
	windowMark
	x     float64
	level int
}

// maxStack is how many marks stand on each other.
const maxStack = 10

// windowChart draws the worst 15 seconds: what the user did, the state of the
// app, and the personal data that left, a lane and a shape for each family of
// data types.
func windowChart(v *view, w *window) template.HTML {
	if w == nil {
		return ""
	}
	const left, right, width, step, size = 190.0, 14.0, 980.0, 12.0, 4.6
	x := func(s float64) float64 { return left + (s-w.start)/(w.end-w.start)*(width-left-right) }
	m := layMoments(v, x, left, width-right)
	var lanes [families][]placed
	var items, hidden [families]int
	var tall [families]int
	for _, k := range w.Rows() {
		f := family(k.DataType)
		items[f] += k.Items
		p := placed{windowMark: k, x: x(k.At)}
		for ; p.level < maxStack; p.level++ {
			if !slices.ContainsFunc(lanes[f], func(o placed) bool { return o.level == p.level && math.Abs(o.x-p.x) < 2*size+1 }) {
				break
			}
		}
		if p.level == maxStack {
			hidden[f] += k.Items
			continue
		}
		tall[f] = max(tall[f], p.level+1)
		lanes[f] = append(lanes[f], p)
	}
	height := m.height() + 4
	for f := range lanes {
		if len(lanes[f]) > 0 {
			height += laneHeight(tall[f])
		}
	}
	height += 28
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" role="img" aria-labelledby="window-t" viewBox="0 0 %g %g"><title id="window-t">%s</title>`, width, height, esc(v.T("window.alt", v.N("item", w.items))))
	for s := math.Ceil(w.start); s <= w.end+1e-9; s++ {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="4" y2="%g"/><text class="q" x="%.1f" y="%g" text-anchor="middle">%s</text>`,
			x(s), x(s), height-24, x(s), height-9, esc(v.clock(s)))
	}
	b.WriteString(m.draw(v, height-24))
	y := m.height() + 4
	for f, lane := range lanes {
		if len(lane) == 0 {
			continue
		}
		h := laneHeight(tall[f])
		fmt.Fprintf(&b, `<line class="rule" x1="0" x2="%g" y1="%.1f" y2="%.1f"/>`, width-right, y, y)
		b.WriteString(glyph(f, 8, y+11, 5, false, ""))
		fmt.Fprintf(&b, `<text x="20" y="%.1f">%s</text><text class="q" x="20" y="%.1f">%s</text>`, y+15, esc(v.T(fmt.Sprintf("family.%d", f))), y+28, esc(shorten(v.N("item.short", items[f]), 28)))
		if hidden[f] > 0 {
			fmt.Fprintf(&b, `<text class="q" x="%g" y="%.1f" text-anchor="end">%s</text>`, left-8, y+28, esc("+"+fmt.Sprint(hidden[f])))
		}
		base := func(p placed) float64 { return y + h - 9 - float64(p.level)*step }
		for _, p := range lane {
			if wide := m.wide(p.Within); p.Unsure && wide > size {
				from, to := m.span(p.x, wide)
				fmt.Fprintf(&b, `<path class="err faint" d="M%.1f %.1fH%.1f"/>`, from, base(p), to)
			}
		}
		for _, p := range lane {
			b.WriteString(glyph(f, p.x, base(p), size, p.Unsure, v.MarkTold(p.windowMark)))
		}
		y += h
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// laneHeight is that of a lane with so many marks on each other.
func laneHeight(levels int) float64 { return math.Max(36, float64(levels)*12+10) }

// MarkTold says a mark in words.
func (v *view) MarkTold(m windowMark) string {
	return fmt.Sprintf("%s%s%s ×%d → %s", v.Seconds(m.At), v.T("colon"), v.Type(m.DataType), m.Items, v.Owner(m.Recipient))
}

// clock is a second of the capture, for an axis.
func (v *view) clock(s float64) string {
	if s < 600 {
		return fmt.Sprintf("%d\u202fs", int(s))
	}
	d := time.Duration(s) * time.Second
	return fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

// Bounded reports whether a clock's error can be seen in the window.
func (p htmlPage) Bounded() bool {
	if p.Worst == nil {
		return false
	}
	for _, e := range p.Timeline {
		if e.Bound >= 0.02 && e.Offset+e.Bound >= p.Worst.start && e.Offset-e.Bound <= p.Worst.end {
			return true
		}
	}
	return slices.ContainsFunc(p.Worst.marks, func(m windowMark) bool { return m.Unsure })
}
