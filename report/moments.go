package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/constat/constat/audit"
)

// Heights of the lanes of what the user and the app did.
const (
	actLevels = 3
	actLine   = 14.0
	actsH     = actLevels*actLine + 6
	stateH    = 24.0
)

// momentsHeight is the room that the timeline takes on top of a chart.
func momentsHeight(v *view) float64 {
	if len(v.Timeline) == 0 {
		return 0
	}
	return actsH + stateH
}

// moments draws what the user did, as names with a line down through the
// chart, and what state the app was in, as boxes with their names: nothing of
// it is told by colour alone. x maps seconds; the chart ends at right and bottom.
func moments(v *view, x func(float64) float64, right, bottom float64) string {
	if len(v.Timeline) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<text x="0" y="%.1f">%s</text><text x="0" y="%.1f">%s</text>`, actsH-actLine, esc(v.T("lane.acts")), actsH+15.0, esc(v.T("lane.state")))
	var free [actLevels]float64 // where each level's last name ends
	var states []audit.Happening
	for _, e := range v.Timeline {
		if e.Kind == "state" {
			states = append(states, e)
			continue
		}
		at := math.Max(x(e.Offset), x(0))
		name := shorten(v.name("act.", e.What.String()), 22)
		fmt.Fprintf(&b, `<line class="act" x1="%.1f" x2="%.1f" y1="4" y2="%.1f"><title>%s %s</title></line>`, at, at, bottom, esc(v.Seconds(e.Offset)), esc(name))
		long := float64(columns(name))*6 + 8
		for level := range free {
			if from := min(at, right-long); from >= free[level] {
				free[level] = from + long
				y := float64(level)*actLine + 12
				if from < at {
					fmt.Fprintf(&b, `<text class="a" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, at-3, y, esc(name))
				} else {
					fmt.Fprintf(&b, `<text class="a" x="%.1f" y="%.1f">%s</text>`, at+3, y, esc(name))
				}
				break
			}
		}
	}
	for i, e := range states {
		from, to := math.Max(x(e.Offset), x(0)), right
		if i+1 < len(states) {
			to = x(states[i+1].Offset)
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
		fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s %s</title></rect>`,
			class, from, actsH, to-from, stateH-4, esc(v.Seconds(e.Offset)), esc(name))
		if room := int((to - from - 6) / 6); room >= 3 {
			fmt.Fprintf(&b, `<text class="a" x="%.1f" y="%.1f">%s</text>`, from+4, actsH+14.0, esc(shorten(name, room)))
		}
	}
	return b.String()
}
