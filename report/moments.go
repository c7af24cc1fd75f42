package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// Heights of the lanes of what the user and the app did.
const (
	actLine   = 14.0
	boundLine = 19.0 // with room for an error bar under each name
	maxLevels = 6
	stateH    = 24.0
)

// momentLanes are what the user did, as names with a line down through the
// chart, and what state the app was in, as boxes with their names: nothing of
// it is told by colour alone. How well a clock knows a moment is a bar to both
// sides of it.
type momentLanes struct {
	x           func(float64) float64
	left, right float64
	acts        []placedAct
	states      []audit.Happening
	levels      int
	line        float64 // height of a level
}

// placedAct is an act with the room of its name. Names never overlap: one that
// finds no room on any level is told by its line alone.
type placedAct struct {
	audit.Happening
	name  string
	at    float64
	level int
	end   bool // the name stands before the line
}

// layMoments finds room for the names. x maps seconds to what is between left
// and right; what is outside is left out.
func layMoments(v *view, x func(float64) float64, left, right float64) *momentLanes {
	m := &momentLanes{x: x, left: left, right: right, line: actLine}
	var free [maxLevels]float64 // where each level's last name ends
	for _, e := range v.Timeline {
		if e.Kind == "state" {
			m.states = append(m.states, e)
			continue
		}
		at := x(e.Offset)
		if at < left && e.Offset < 0 && x(0) <= left+1 {
			at = left // before the first exchange: it stands at the beginning
		}
		if at < left-.5 || at > right+.5 {
			continue
		}
		a := placedAct{Happening: e, name: shorten(v.name("act.", e.What.String()), 22), at: at, level: -1}
		long := float64(columns(a.name))*6.2 + 8
		from := at
		if a.end = at+long > right; a.end {
			from = at - long
		}
		for level := range free {
			if from >= free[level] {
				free[level] = from + long
				a.level = level
				m.levels = max(m.levels, level+1)
				break
			}
		}
		if m.wide(e.Bound) > 0 {
			m.line = boundLine
		}
		m.acts = append(m.acts, a)
	}
	return m
}

func (m *momentLanes) empty() bool { return len(m.acts)+len(m.states) == 0 }

func (m *momentLanes) actsH() float64 { return float64(max(m.levels, 1))*m.line + 6 }

// height is the room that they take on top of a chart.
func (m *momentLanes) height() float64 {
	if m.empty() {
		return 0
	}
	return m.actsH() + stateH
}

// draw draws them; the chart ends at bottom.
func (m *momentLanes) draw(v *view, bottom float64) string {
	if m.empty() {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<text x="0" y="12">%s</text><text x="0" y="%.1f">%s</text>`, esc(v.T("lane.acts")), m.actsH()+15.0, esc(v.T("lane.state")))
	m.drawBands(&b, bottom)
	for _, a := range m.acts {
		fmt.Fprintf(&b, `<line class="act" x1="%.1f" x2="%.1f" y1="4" y2="%.1f"><title>%s %s</title></line>`, a.at, a.at, bottom, esc(m.told(v, a.Happening)), esc(a.name))
	}
	m.drawStates(v, &b)
	for _, a := range m.acts { // names over all lines
		y := float64(a.level)*m.line + 12
		if a.level >= 0 {
			b.WriteString(m.bar(a.at, a.Bound, y+5))
		}
		switch {
		case a.level < 0:
		case a.end:
			fmt.Fprintf(&b, `<text class="a over" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, a.at-3, y, esc(a.name))
		default:
			fmt.Fprintf(&b, `<text class="a over" x="%.1f" y="%.1f">%s</text>`, a.at+3, y, esc(a.name))
		}
	}
	return b.String()
}

func (m *momentLanes) drawStates(v *view, b *strings.Builder) {
	clamp := func(x float64) float64 { return math.Min(math.Max(x, m.left), m.right) }
	for i, e := range m.states {
		from, to := clamp(m.x(e.Offset)), m.right
		if i+1 < len(m.states) {
			to = clamp(m.x(m.states[i+1].Offset))
		}
		if to <= from {
			continue
		}
		what := e.What.String()
		class := "state"
		if what != "foreground" {
			class = "state away"
		}
		name := v.name("state.", what)
		fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s %s</title></rect>`,
			class, from, m.actsH(), to-from, stateH-4, esc(m.told(v, e)), esc(name))
		if room := int((to - from - 6) / 6.2); room >= 3 {
			fmt.Fprintf(b, `<text class="a" x="%.1f" y="%.1f">%s</text>`, from+4, m.actsH()+14.0, esc(shorten(name, room)))
		}
		if x := m.x(e.Offset); x >= m.left && x <= m.right {
			b.WriteString(m.bar(x, e.Bound, m.actsH()+stateH-4))
		}
	}
}

// wide is half the error bar of a bound, 0 if it cannot be seen.
func (m *momentLanes) wide(bound float64) float64 {
	if w := m.x(bound) - m.x(0); w >= 1 {
		return w
	}
	return 0
}

// span is from where to where a clock leaves a moment open.
func (m *momentLanes) span(at, wide float64) (from, to float64) {
	return math.Max(at-wide, m.left), math.Min(at+wide, m.right)
}

// bar is the error bar of a moment that a clock knows to within bound seconds.
func (m *momentLanes) bar(at, bound, y float64) string {
	wide := m.wide(bound)
	if wide == 0 {
		return ""
	}
	from, to := m.span(at, wide)
	return fmt.Sprintf(`<path class="err" d="M%.1f %.1fH%.1fM%.1f %.1fv4M%.1f %.1fv4"/>`, from, y, to, from, y-2, to, y-2)
}

// drawBands shades where it is not sure what came before an act, and what
// after it.
func (m *momentLanes) drawBands(b *strings.Builder, bottom float64) {
	end, begin := math.Inf(-1), 0.0
	flush := func() {
		if end > begin {
			fmt.Fprintf(b, `<rect class="unsure" x="%.1f" y="4" width="%.1f" height="%.1f"/>`, begin, end-begin, bottom-4)
		}
	}
	acts := slices.Clone(m.acts)
	slices.SortStableFunc(acts, func(a, b placedAct) int { return cmp.Compare(a.at-m.wide(a.Bound), b.at-m.wide(b.Bound)) })
	for _, a := range acts {
		wide := m.wide(a.Bound)
		if wide == 0 {
			continue
		}
		from, to := m.span(a.at, wide)
		if from > end {
			flush()
			begin, end = from, to
		}
		end = math.Max(end, to)
	}
	flush()
}

// told is when something happened, with how well that is known.
func (m *momentLanes) told(v *view, e audit.Happening) string {
	s := v.At(e.Offset)
	if e.Bound > 0 {
		s += " ±\u202f" + v.Span(e.Bound)
	}
	return s
}
