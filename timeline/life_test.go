package timeline

import (
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// What does not fit together: states as the events come, one after each, ten
// seconds apart. "-" begins what happened to another app, "=" is the device.
func TestContradictions(t *testing.T) {
	for _, c := range []struct{ events, want string }{
		// A visit of which only the end is in the log.
		{"resumed paused -resumed stopped paused -resumed stopped", "foreground background background unknown background background background"},
		// Its own pause is lost: another app is in front.
		{"resumed -resumed -paused -resumed", "unknown unknown unknown unknown"},
		// It ended, and nobody saw it start before it is in front again.
		{"started resumed paused -resumed stopped died uid-stopped resumed", "unknown foreground background background background unknown unknown foreground"},
		// It started twice: it died meanwhile.
		{"started resumed started", "unknown unknown unknown"},
		// A process dies that was not running.
		{"started died uid-stopped died", "unknown unknown unknown unknown"},
		// Whoever is swiped away was not in front.
		{"resumed swiped", "unknown swiped"},
		{"started resumed paused -resumed stopped swiped died uid-stopped started:service", "unknown foreground background background background swiped swiped swiped swiped"},
		{"started resumed paused -resumed stopped swiped died uid-stopped started:next-top-activity", "unknown foreground background background background swiped swiped swiped background"},
		{"started resumed paused -resumed stopped force-stopped uid-stopped started:broadcast", "unknown foreground background background background force-stopped force-stopped background"},
		// The screen.
		{"resumed =screen-off paused stopped =screen-on resumed", "foreground screen-off screen-off screen-off background foreground"},
		{"resumed =screen-off paused stopped -resumed", "foreground unknown unknown unknown background"},
		// Nothing is known after a hole.
		{"resumed =gap paused", "foreground unknown unknown"},
	} {
		var list []flow.Event
		for i, what := range strings.Fields(c.events) {
			e := flow.Event{Time: noon.Add(time.Duration(i) * 10 * time.Second), Kind: "state", App: "com.example.video", Source: "logcat x"}
			what, e.Detail, _ = strings.Cut(what, ":")
			if e.Detail == "" {
				e.Detail = "Main"
			}
			switch what[0] {
			case '-':
				what, e.App, e.Detail = what[1:], "com.example.home", "Home"
			case '=':
				if what, e.App, e.Detail = what[1:], "", ""; what == "gap" {
					e.Kind = "gap"
				}
			}
			e.What = what
			list = append(list, e)
		}
		if got := strings.Join(livesOf("com.example.video", list), " "); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.events, got, c.want)
		}
	}
}

// A live capture whose phone was unplugged knows nothing from then on, until the
// phone tells again.
func TestUnplugged(t *testing.T) {
	const app = "com.example.video"
	tl := Of(app, []flow.Event{
		{Time: at(0), Kind: "state", What: "resumed", App: app},
		{Time: at(10), Kind: "gap", What: "device"},
		{Time: at(20), Kind: "state", What: ScreenOff},
		{Time: at(30), Kind: "state", What: screenOn},
		{Time: at(31), Kind: "state", What: "resumed", App: app},
	})
	for s, want := range map[float64]string{5: Foreground, 15: Unknown, 25: ScreenOff, 35: Foreground} {
		if got := tl.At(at(s)).State; got != want {
			t.Errorf("at %g s: %s, want %s", s, got, want)
		}
	}
}
