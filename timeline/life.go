package timeline

import (
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/flow"
)

// life works out what one source's log says of one app's state, event by event.
//
// Android does not write "the app is in the background": it writes that an
// activity was paused, that another was resumed, that a process was started or
// killed. What that comes to is often told by what follows only, so states are
// settled backwards too. Where events do not fit together, one between them was
// lost: then the state since the last that did fit is unknown.
type life struct {
	app    string
	events []flow.Event // of the source, in order
	after  []string     // the state from events[i] on

	state    string
	own      int             // index of the app's last event, -1 before the first
	front    string          // the activity that was resumed last
	pending  int             // index of the pause of which it is open what it led to, or -1
	covered  bool            // since then another app was resumed
	overlaid bool            // and it was one that asks on another's behalf, or the front was empty meanwhile
	vacant   int             // index of the pause of another app after which nobody was told to be in front, or -1
	alive    map[string]bool // processes, while the log knows that they run
	dying    map[string]bool // those that were killed and not yet told to have died
	up       bool            // some process runs, by the user id
	came     int             // index of the last event that told who came to the front, or -1
	off      int             // index of the event that turned the screen off, or -1
	dark     []bool          // the screen is off from events[i] on
	murky    bool            // an activity was resumed and the screen not told to be on
	murk     []bool          // so it is from events[i] on
	whole    bool            // alive are all processes: at one time it was told that there were none

	resumes bool // the log tells who comes to the front
	stops   bool // and when activities are stopped, as since Android 9
	uids    bool // and when the last process of a user id ended, as since Android 8
	starts  bool // and when processes start
}

// dup is how far two tags that tell of the same pause may lie apart.
const dup = 3 * time.Second

// wake is how long before the screen is told to be on an activity may be resumed.
const wake = 3 * time.Second

// overlays are the packages that ask something in front of an app that stays
// visible: AOSP's and Google's permission dialogs, by the names they have had
// since Android 6.
var overlays = []string{
	"com.android.permissioncontroller", "com.google.android.permissioncontroller",
	"com.android.packageinstaller", "com.google.android.packageinstaller",
}

// livesOf returns the state of app from each of the events on, by one source.
func livesOf(app string, events []flow.Event) []string {
	l := &life{
		app: app, events: events, after: make([]string, len(events)), dark: make([]bool, len(events)), murk: make([]bool, len(events)),
		state: Unknown, own: -1, pending: -1, vacant: -1, came: -1, off: -1, alive: map[string]bool{}, dying: map[string]bool{},
	}
	for i := range events {
		l.resumes = l.resumes || events[i].What == "resumed"
		l.stops = l.stops || events[i].What == "stopped"
		l.uids = l.uids || strings.HasPrefix(events[i].What, "uid-")
		l.starts = l.starts || events[i].What == "started"
	}
	// Whoever logs stops logs user ids too, if the piece at hand is long enough;
	// a live capture passes on that processes start, and of user ids nothing.
	l.uids = l.uids || l.stops || l.starts && events[0].Source == ""
	for i := range events {
		l.happen(i)
		l.after[i] = l.state
		l.dark[i], l.murk[i] = l.off >= 0, l.murky
	}
	l.last(len(events))
	l.empty(len(events))
	for i, s := range l.after {
		if l.dark[i] && (s == Foreground || s == Background || s == Unknown) {
			l.after[i] = ScreenOff
		} else if l.murk[i] && s == Foreground {
			l.after[i] = Unknown
		}
	}
	return l.after
}

// owned reports whether an event is the app's, and by which process. A state
// that names no app is of the one in question; what a log writes of an app that
// it does not name has a detail.
func owned(app string, e *flow.Event) (process string, yes bool) {
	name, process, _ := strings.Cut(e.App, ":")
	if name == "" {
		return "", e.Detail == "" && app != ambiguous
	}
	return process, name == app
}

func (l *life) happen(i int) {
	e := &l.events[i]
	switch {
	case e.Kind == "gap":
		l.lose(i)
		return
	case e.Kind != "state":
		return
	case e.App == "" && (e.What == ScreenOff || e.What == screenOn):
		l.turn(i)
		return
	}
	process, own := owned(l.app, e)
	if !own {
		switch e.What {
		case "resumed":
			l.vacant, l.came = -1, i
			l.elsewhere(i)
		case "paused":
			if e.App == "" && l.app != "" && strings.HasPrefix(e.Detail, l.app+".") {
				l.doubt(i) // perhaps ours
			}
			if l.vacant < 0 {
				l.vacant = i
			}
		}
		return
	}
	switch main := process == ""; {
	case e.What == "resumed":
		l.vacant, l.came = -1, i
	case main && e.What != "started" && e.What != "uid-running" && e.What != "uid-active":
		l.empty(i)
	}
	l.live(i, process)
	if process == "" && e.What != "uid-active" {
		l.own = i // what another process of it does says nothing of the activities
	}
}

// lose forgets everything: from here on the source knows nothing.
func (l *life) lose(i int) {
	l.last(i)
	l.empty(i)
	l.state, l.front, l.off, l.own, l.up, l.murky, l.whole = Unknown, "", -1, i, false, false, false
	clear(l.alive)
	clear(l.dying)
}

// settle says what the app was in since the pause that is pending.
func (l *life) settle(i int, state string) {
	if l.pending < 0 {
		return
	}
	for k := l.pending; k < i; k++ {
		l.after[k] = state
	}
	l.pending, l.covered = -1, false
}

// doubt takes back what was said since the app's last event: something that is
// not in the log happened meanwhile.
func (l *life) doubt(i int) {
	l.settle(i, Unknown)
	for k := max(l.own, 0); k < i; k++ {
		l.after[k] = Unknown
	}
	l.state, l.whole = Unknown, false
}

// empty takes back what was said since somebody left the front and nobody was
// told to have come there: it may have been ours.
func (l *life) empty(i int) {
	if l.vacant < 0 {
		return
	}
	for k := l.vacant; k < i; k++ {
		if s := l.after[k]; s == Background || s == Swiped || s == Closed || s == Stopped {
			l.after[k] = Unknown
		}
	}
	l.vacant, l.overlaid = -1, true // of a pause that is open, it may not be true to the end
}

// last settles a pause after which the log says no more of the app.
func (l *life) last(i int) {
	if l.covered && !l.stops && !l.overlaid {
		l.settle(i, Background)
	}
	l.settle(i, Unknown)
}

// turn is the screen.
func (l *life) turn(i int) {
	l.murky = false
	switch on := l.events[i].What == screenOn; {
	case on:
		// Somebody will come to the front, if it was off for more than a blink.
		if l.off >= 0 && l.came < l.off && l.vacant < 0 {
			l.vacant = i
		}
		l.off = -1
	case l.off < 0:
		l.off = i
	case l.events[i].Time.Sub(l.events[l.off].Time) > dup: // it was on meanwhile
		l.brighten(i)
		l.off = i
	}
}

// brighten takes back that the screen was off since it was turned off.
func (l *life) brighten(i int) {
	for k := l.off; k < i; k++ {
		l.dark[k] = false
		if l.after[k] == Foreground || l.after[k] == Background {
			l.after[k] = Unknown
		}
	}
	l.off = -1
}

// lit corrects the screen when an activity is resumed while it is off: unless
// it is told to be on at once, the log lost that it was turned on, or nobody
// sees the activity. Which of the two, it does not say.
func (l *life) lit(i int) {
	if l.off < 0 {
		return
	}
	for k := i + 1; k < len(l.events) && l.events[k].Time.Sub(l.events[i].Time) <= wake; k++ {
		if e := &l.events[k]; e.Kind == "state" && e.App == "" && e.What == screenOn {
			return
		}
	}
	l.brighten(i)
	l.murky = true
}

// elsewhere is that another app came to the front, or one whose name is not known.
func (l *life) elsewhere(i int) {
	l.lit(i)
	e := &l.events[i]
	if e.App == "" && l.app != "" && strings.HasPrefix(e.Detail, l.app+".") {
		l.doubt(i) // perhaps ours
		return
	}
	switch {
	case l.pending >= 0:
		l.covered = true
		l.overlaid = l.overlaid || slices.Contains(overlays, e.App) || e.App == ""
	case l.state == Foreground: // both visible, or our pause was lost
		l.doubt(i)
	}
}

// live is an event of the app itself.
func (l *life) live(i int, process string) {
	e := &l.events[i]
	gone := l.state == Closed || l.state == Stopped
	ran := l.running() || l.up || !l.starts
	switch e.What {
	case "resumed":
		l.lit(i)
		switch {
		case l.pending >= 0 && !l.covered && e.Time.Sub(l.events[l.pending].Time) <= dup:
			l.settle(i, Foreground) // from one activity to the next
		case l.pending >= 0 && l.covered && !l.stops && !l.overlaid:
			l.settle(i, Background)
		case (gone || l.state == Swiped) && !ran, l.state == Foreground && e.Detail != l.front && l.front != "":
			l.doubt(i)
		}
		l.settle(i, Unknown)
		l.state, l.front = Foreground, e.Detail
	case "paused":
		if l.pending >= 0 && !l.covered && e.Detail == l.events[l.pending].Detail && e.Time.Sub(l.events[l.pending].Time) <= dup {
			return // told by two tags
		}
		if l.state == Foreground && e.Detail != l.front && l.front != "" {
			l.doubt(i) // late, or another's pause and this one's return were lost
			return
		}
		if l.state != Foreground {
			l.doubt(i)
		}
		l.pending, l.state, l.overlaid = i, Unknown, false
	case "stopped", "destroyed":
		switch {
		case l.pending >= 0:
			if e.Detail != l.events[l.pending].Detail {
				break
			}
			if !l.covered && l.off < 0 && e.Detail != "" { // nobody came to the front
				l.settle(i, Unknown)
				break
			}
			l.settle(i, Background)
			l.state = Background
		case l.state == Foreground && e.Detail != "" && e.Detail == l.front, gone:
			l.doubt(i)
		}
	case "started":
		l.start(i, process)
	case "died", "killed":
		l.die(i, process)
	case "uid-active": // tells nothing of processes
	case "uid-running":
		l.up = true
		if gone {
			l.state = Background
		}
	case "uid-stopped":
		if l.state == Foreground {
			l.doubt(i)
		}
		l.end()
		if l.state != Swiped && l.state != Stopped {
			l.state = Closed
		}
	case Swiped:
		if logged := e.Detail != ""; logged && (l.state == Foreground || gone) {
			l.doubt(i) // a log's word must fit; a person's stands as it is
		}
		l.settle(i, Background)
		if l.alive[process] {
			l.dying[process] = true
		}
		delete(l.alive, process)
		l.state = l.lasting(e, Swiped)
	case Stopped:
		for p := range l.alive {
			l.dying[p] = true
		}
		l.dying[process] = true
		l.left(i)
		l.end()
		l.state = l.lasting(e, Stopped)
	default: // a state as somebody marked it
		l.settle(i, Unknown)
		l.state, l.front = e.What, ""
	}
}

// lasting is a state that lasts until the app is started again, if the source
// would tell of that. What a person marked does.
func (l *life) lasting(e *flow.Event, state string) string {
	if e.Detail != "" && !l.starts && !l.resumes {
		return Unknown
	}
	return state
}

// left settles a pause after which the app did not come back.
func (l *life) left(i int) {
	if l.covered && !l.overlaid {
		l.settle(i, Background)
	}
	l.settle(i, Unknown)
}

// end is that no process runs any more.
func (l *life) end() {
	clear(l.alive)
	l.up, l.whole = false, true
}

// running reports whether a process of the app is known to run.
func (l *life) running() bool { return len(l.alive) > 0 }

func (l *life) start(i int, process string) {
	if l.alive[process] || process == "" && (l.state == Foreground || l.pending >= 0) {
		l.doubt(i) // it ended before, and the log does not say so
	}
	l.alive[process] = true
	delete(l.dying, process)
	switch activity := strings.Contains(l.events[i].Detail, "activity"); {
	case !l.resumes && (l.state == Closed || l.state == Stopped || l.state == Swiped && activity):
		l.state = Unknown // whether it comes to the front, this log does not tell
	case l.state == Closed || l.state == Stopped, l.state == Swiped && activity:
		l.state = Background
	}
}

func (l *life) die(i int, process string) {
	known, told := l.alive[process], l.dying[process]
	delete(l.alive, process)
	delete(l.dying, process)
	if l.events[i].What == "killed" {
		l.dying[process] = true
	}
	switch {
	case l.state == Swiped:
	case l.state == Closed || l.state == Stopped:
		if known || !told {
			l.doubt(i) // it ran, and the log does not say since when
		}
	case process != "":
		if l.state == Background && !l.running() {
			l.state = Unknown // perhaps the last
		}
	case l.running():
		l.left(i)
		l.state = Background // of another process; activities live in the main one
	case l.uids || !l.whole:
		l.left(i)
		l.state = Unknown // until the last process is told to have ended
	default:
		l.left(i)
		l.state = Closed
	}
}
