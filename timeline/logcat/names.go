package logcat

import (
	"strings"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline/internal/reading"
)

// maxName bounds names that are kept, and maxKnown how many.
const (
	maxName  = 256
	maxKnown = 1 << 16
)

// maxUser is the highest number that is taken for a user of the phone. Users
// are numbered from 10; makers add 95, 150 or 999 for copies of apps. MIUI of
// Android 8 writes a process id, which is greater, in the user's place.
const maxUser = 999

// apps is what a log taught of names: whose a class, a process and a user id are.
type apps struct {
	classes map[string]string // app by class, "" if several
	pids    map[int]string    // "package:process" by process id
	born    map[int]time.Time // when it was told that a process started
	named   map[string]string // "package:process" by process name
	uids    map[int]string    // package by user id, "" if several
	words   map[string]saying // by class, what the system said of it last
}

func newApps() *apps {
	return &apps{
		classes: map[string]string{}, pids: map[int]string{}, born: map[int]time.Time{}, named: map[string]string{},
		uids: map[int]string{}, words: map[string]saying{},
	}
}

// forget is that the log has a hole: process ids may have been given anew.
func (a *apps) forget() {
	clear(a.pids)
	clear(a.born)
	clear(a.words)
}

// of is an app's name for a user of the phone: work profiles and second users
// have apps of their own by the same package.
func of(user, app string) string {
	if _, ok := number(user); !ok || user == "0" {
		return app
	}
	return app + "@" + user
}

// pair reads "package/class", where ".Main" is in the package.
func pair(s string) (app, class string, ok bool) {
	app, class, ok = strings.Cut(s, "/")
	if !ok || app == "" || class == "" || len(s) > maxName {
		return "", "", false
	}
	app, class = reading.Clip(app, maxName), reading.Clip(class, maxName)
	if class[0] == '.' {
		class = app + class
	}
	return app, class, true
}

// activity reads whose activity it is: "" if that is not told.
func (a *apps) activity(user, s string) (app, class string, ok bool) {
	app, class, ok = pair(s)
	if !ok {
		return "", "", false
	}
	if n, isUser := number(user); isUser && n > maxUser {
		if p, _, _ := strings.Cut(a.pids[n], ":"); p == app || strings.HasPrefix(p, app+"@") {
			return p, class, true
		}
		if p := a.classes[class]; p == app || strings.HasPrefix(p, app+"@") {
			return p, class, true
		}
		return "", class, true
	}
	app = of(user, app)
	a.learn(class, app)
	return app, class, true
}

func (a *apps) learn(class, app string) {
	if was, ok := a.classes[class]; ok && was != app {
		a.classes[class] = ""
	} else if !ok && len(a.classes) < maxKnown {
		a.classes[class] = app
	}
}

// whose is the app of a class that a process wrote of, "" if nobody knows. user
// is "" where the line does not tell it.
func (a *apps) whose(class string, pid int, user string) string {
	if p := a.pids[pid]; p != "" && pid > 0 {
		app, _, _ := strings.Cut(p, ":")
		return app
	}
	app := a.classes[class]
	if n, ok := number(user); ok && n <= maxUser && app != "" {
		base, _, _ := strings.Cut(app, "@")
		return of(user, base)
	}
	return app
}

// process learns of a process and returns "package:process", or the package
// for its main one.
func (a *apps) process(app, name string, pid int) string {
	base, user, other := strings.Cut(app, "@")
	full := app
	if rest, ok := strings.CutPrefix(name, base); !ok {
		full = app + ":" + reading.Clip(name, maxName)
	} else if rest != "" {
		full = app + ":" + reading.Clip(strings.TrimPrefix(rest, ":"), maxName)
	}
	if len(a.pids) < maxKnown && pid > 0 {
		a.pids[pid] = full
	}
	if !other {
		user = "0"
	}
	if len(a.named) < maxKnown {
		a.named[user+" "+reading.Clip(name, maxName)] = full
	}
	return full
}

// running is the process of an id, by what is known or else by its name.
func (a *apps) running(pid int, user, name string) string {
	if p := a.pids[pid]; p != "" {
		return p
	}
	if _, ok := number(user); !ok {
		user = "0"
	}
	if p := a.named[user+" "+name]; p != "" {
		if len(a.pids) < maxKnown {
			a.pids[pid] = p
		}
		return p
	}
	app, _, _ := strings.Cut(name, ":")
	return a.process(of(user, reading.Clip(app, maxName)), name, pid)
}

// start is that a process was started. Two buffers may tell it, each in its way.
func (a *apps) start(e *entry, pid, id int, user, process, why, whose string, ev *flow.Event) fate {
	// The process may have any name; the component says whose it is.
	app, class, ok := pair(whose)
	if !ok {
		app, _, _ = strings.Cut(process, ":")
	}
	app = of(user, reading.Clip(app, maxName))
	if ok {
		a.learn(class, app)
	}
	was := a.pids[pid]
	ev.App = a.process(app, process, pid)
	a.user(id, app)
	if at, told := a.born[pid]; told && was == ev.App && e.at.Sub(at).Abs() <= back {
		return echoed
	}
	if len(a.born) < maxKnown {
		a.born[pid] = e.at
	}
	ev.Kind, ev.What, ev.Detail = "state", "started", reading.Clip(why, 80)
	return taken
}

// user learns whose a user id is. Those above 19999 are of isolated processes
// and sandboxes (AOSP, android.os.Process), whose end is not the app's.
func (a *apps) user(id int, app string) {
	if id = max(id, 0); id%100_000 < 10_000 || id%100_000 > 19_999 {
		return
	}
	if was, ok := a.uids[id]; ok && was != app {
		a.uids[id] = "" // shared
	} else if !ok && len(a.uids) < maxKnown {
		a.uids[id] = app
	}
}
