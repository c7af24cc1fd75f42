package logcat

import (
	"slices"
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline/internal/reading"
)

// tag is how an event of the log is read: into how many fields its list is cut,
// and what they say. read reports whether ev is more than "other" now.
type tag struct {
	fields int
	quiet  bool // what it teaches is kept, it is no event
	read   func(a *apps, e *entry, f []string, ev *flow.Event) bool
}

// tags by their names. A field's number is its place in the list; see
// EventLogTags.logtags, whose fields are quoted.
var tags = map[string]tag{
	// (User),(Component Name),(Reason); since Android 8, am_ until 10
	"wm_set_resumed_activity": component(1, "resumed", 3),
	"am_set_resumed_activity": component(1, "resumed", 3),
	// (User),(Component Name) of Android 5 to 7
	"am_focused_activity": component(1, "resumed", 3),
	// (User),(Token),(Task ID),(Component Name)
	"wm_resume_activity":          component(3, "resumed", 5),
	"am_resume_activity":          component(3, "resumed", 5),
	"wm_restart_activity":         component(3, "resumed", 5),
	"am_restart_activity":         component(3, "resumed", 5),
	"wm_relaunch_resume_activity": component(3, "resumed", 5),
	"am_relaunch_resume_activity": component(3, "resumed", 5),
	// (User),(Token),(Component Name),(User Leaving),(Reason)
	"wm_pause_activity": component(2, "paused", 4),
	"am_pause_activity": component(2, "paused", 4),
	"wm_stop_activity":  component(2, "stopped", 4),
	"am_stop_activity":  component(2, "stopped", 4),
	// (User),(Token),(Task ID),(Component Name),(Reason)
	"wm_destroy_activity": component(3, "destroyed", 5),
	"am_destroy_activity": component(3, "destroyed", 5),
	// (User or Token),(Component Name),(Reason): a class, by the app itself
	"wm_on_resume_called": class("resumed"), "am_on_resume_called": class("resumed"),
	"wm_on_paused_called": class("paused"), "am_on_paused_called": class("paused"),
	"wm_on_stop_called": class("stopped"), "am_on_stop_called": class("stopped"),
	// these only teach which class is whose
	"wm_create_activity": teaches(3, 5), "am_create_activity": teaches(3, 5),
	"wm_new_intent": teaches(3, 5), "am_new_intent": teaches(3, 5),
	"wm_finish_activity": teaches(3, 5), "am_finish_activity": teaches(3, 5),
	"wm_add_to_stopping": teaches(2, 4), "am_add_to_stopping": teaches(2, 4),

	// (User),(PID),(UID),(Process Name),(Type),(Component)
	"am_proc_start": {6, false, procStart},
	// (User),(PID),(Process Name)
	"am_proc_bound": {4, true, procBound},
	// (User),(PID),(Process Name),(OomAdj),(ProcState)
	"am_proc_died": {4, false, procDied},
	// (User),(PID),(Process Name),(OomAdj),(Reason),(Rss)
	"am_kill": {5, false, kill},
	// (UID)
	"am_uid_running": {1, false, uid("uid-running")},
	"am_uid_stopped": {1, false, uid("uid-stopped")},
	"am_uid_active":  {1, false, uid("uid-active")},
	"am_uid_idle":    {1, false, uid("uid-active")},

	// (screen_state): 0 off, 1 on, 2 on behind the keyguard
	"screen_toggled": {2, false, screen},
	// (offOrOn),(becauseOfUser),…
	"power_screen_state": {2, false, screen},
	// kept because they bear on what an app may do, and not understood further
	"device_idle": other(1), "device_idle_step": other(1), "device_idle_light": other(1), "device_idle_light_step": other(1),
	"device_idle_on_start": other(1), "device_idle_off_start": other(1), "device_idle_on_complete": other(1),
	"device_idle_off_complete": other(1), "device_idle_on_phase": other(1), "device_idle_off_phase": other(1),
	"device_idle_wake_from_idle": other(1),
	"input_interaction":          other(1), "configuration_changed": other(1),
	"boot_progress_start": other(1), "boot_progress_ams_ready": other(1), "boot_progress_enable_screen": other(1),
	// (User),(PID),(…) of a process that failed: it dies, or not, by another tag
	"am_crash": failed, "am_anr": failed,
}

// component is an event of an activity, named "package/class" in field n.
func component(n int, what string, fields int) tag {
	return tag{fields, false, func(a *apps, _ *entry, f []string, ev *flow.Event) bool {
		if len(f) <= n {
			return false
		}
		app, class, ok := a.component(f[n])
		if !ok {
			return false
		}
		ev.Kind, ev.What, ev.App, ev.Detail = "state", what, of(f[0], app), class
		return true
	}}
}

// teaches is an event that tells whose class field n names.
func teaches(n, fields int) tag {
	return tag{fields, true, func(a *apps, _ *entry, f []string, ev *flow.Event) bool {
		if len(f) > n {
			if app, _, ok := a.component(f[n]); ok {
				ev.App = of(f[0], app)
			}
		}
		return false
	}}
}

// class is what an app writes of its activity, by the class alone.
func class(what string) tag {
	return tag{3, false, func(a *apps, e *entry, f []string, ev *flow.Event) bool {
		if len(f) < 2 || f[1] == "" {
			return false
		}
		ev.Kind, ev.What, ev.App, ev.Detail = "state", what, a.whose(f[1], e.pid), reading.Clip(f[1], maxName)
		return true
	}}
}

func procStart(a *apps, _ *entry, f []string, ev *flow.Event) bool {
	if len(f) < 6 {
		return false
	}
	pid, isPid := number(f[1])
	id, isUID := number(f[2])
	if !isPid || !isUID {
		return false
	}
	// The process may have any name; the component says whose it is.
	app, _, ok := a.component(strings.Trim(f[5], "{}"))
	process := f[3]
	if !ok {
		app, _, _ = strings.Cut(process, ":")
	}
	ev.Kind, ev.What, ev.Detail = "state", "started", reading.Clip(f[4], 80)
	ev.App = a.process(of(f[0], app), process, pid)
	a.user(id, of(f[0], app))
	return true
}

func procBound(a *apps, _ *entry, f []string, ev *flow.Event) bool {
	if len(f) < 3 {
		return false
	}
	if pid, ok := number(f[1]); ok {
		ev.App = a.running(pid, f[0], f[2])
	}
	return false
}

func procDied(a *apps, _ *entry, f []string, ev *flow.Event) bool {
	if len(f) < 3 {
		return false
	}
	pid, ok := number(f[1])
	if !ok {
		return false
	}
	ev.Kind, ev.What, ev.App, ev.Detail = "state", "died", a.running(pid, f[0], f[2]), ""
	delete(a.pids, pid)
	return true
}

func kill(a *apps, _ *entry, f []string, ev *flow.Event) bool {
	if len(f) < 5 {
		return false
	}
	pid, ok := number(f[1])
	if !ok {
		return false
	}
	ev.Kind, ev.App = "state", a.running(pid, f[0], f[2])
	ev.What, ev.Detail = judge(f[4]), reading.Clip(f[4], 120)
	return true
}

// judge says what became of an app by the reason that its process was killed for.
func judge(reason string) string {
	reason = strings.TrimPrefix(reason, "Reason=")
	switch {
	case strings.HasPrefix(reason, "remove task"), strings.HasPrefix(reason, "remove-task"):
		return "swiped"
	case strings.HasPrefix(reason, "stop ") && !strings.HasPrefix(reason, "stop user"):
		// An update or an uninstallation stops too, and says so.
		if _, due, told := strings.Cut(reason, " due to "); !told || strings.HasPrefix(due, "from pid") {
			return "force-stopped"
		}
	}
	return "killed"
}

func uid(what string) func(a *apps, e *entry, f []string, ev *flow.Event) bool {
	return func(a *apps, _ *entry, f []string, ev *flow.Event) bool {
		id, ok := number(f[0])
		if !ok {
			return false
		}
		app := a.uids[id]
		// Of nobody who is known, it still tells that this log tells of user ids.
		ev.Kind, ev.What, ev.App, ev.Detail = "state", what, app, strconv.Itoa(id)
		return true
	}
}

func screen(_ *apps, _ *entry, f []string, ev *flow.Event) bool {
	switch f[0] {
	case "0":
		ev.Kind, ev.What, ev.Detail = "state", "screen-off", ""
	case "1", "2":
		ev.Kind, ev.What, ev.Detail = "state", "screen-on", ""
	default:
		return false
	}
	return true
}

func other(fields int) tag {
	return tag{fields, true, func(*apps, *entry, []string, *flow.Event) bool { return false }}
}

var failed = tag{4, true, func(a *apps, _ *entry, f []string, ev *flow.Event) bool {
	if len(f) > 2 {
		if pid, ok := number(f[1]); ok {
			ev.App = a.running(pid, f[0], f[2])
		}
	}
	return false
}}

// maxName bounds names that are kept, and maxKnown how many.
const (
	maxName  = 256
	maxKnown = 1 << 16
)

// apps is what a log taught of names: whose a class, a process and a user id are.
type apps struct {
	classes map[string]string // package by class
	pids    map[int]string    // "package:process" by process id
	named   map[string]string // "package:process" by process name
	uids    map[int]string    // package by user id, "" if several
}

func newApps() *apps {
	return &apps{classes: map[string]string{}, pids: map[int]string{}, named: map[string]string{}, uids: map[int]string{}}
}

// forget is that the log has a hole: process ids may have been given anew.
func (a *apps) forget() { clear(a.pids) }

// of is an app's name for a user of the phone: work profiles and second users
// have apps of their own by the same package.
func of(user, app string) string {
	if _, ok := number(user); !ok || user == "0" {
		return app
	}
	return app + "@" + user
}

// component reads "package/class", where ".Main" is in the package.
func (a *apps) component(s string) (app, class string, ok bool) {
	app, class, ok = strings.Cut(s, "/")
	if !ok || app == "" || class == "" || len(s) > maxName {
		return "", "", false
	}
	app = reading.Clip(app, maxName)
	class = reading.Clip(class, maxName)
	if class[0] == '.' {
		class = app + class
	}
	if len(a.classes) < maxKnown {
		a.classes[class] = app
	}
	return app, class, true
}

// whose is the app of a class that a process wrote of, "" if nobody knows.
func (a *apps) whose(class string, pid int) string {
	if p := a.pids[pid]; p != "" && pid > 0 {
		app, _, _ := strings.Cut(p, ":")
		return app
	}
	return a.classes[class]
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

// told reads what the activity manager writes in words, in the system's buffer.
func (a *apps) told(e *entry) (ev flow.Event, ok bool) {
	ev = flow.Event{Time: e.at, Kind: "state"}
	if rest, ok := strings.CutPrefix(e.message, "Force stopping "); ok {
		// "Force stopping PACKAGE appid=N user=N: REASON"; "service" of old
		app, _, _ := strings.Cut(rest, " ")
		head, reason, told := strings.Cut(rest, ": ")
		if app == "service" || !told || !strings.HasPrefix(reason, "from pid") {
			return ev, false
		}
		user := "0"
		if i := strings.Index(head, "user="); i >= 0 {
			user = head[i+5:]
		}
		ev.What, ev.App, ev.Detail = "force-stopped", of(user, reading.Clip(app, maxName)), reading.Clip(reason, 120)
		return ev, app != ""
	}
	if rest, ok := strings.CutPrefix(e.message, "Killing "); ok {
		// "Killing PID:PROCESS/uNaN (adj N): REASON"
		head, reason, told := strings.Cut(rest, "): ")
		id, head, named := strings.Cut(head, ":")
		process, who, _ := strings.Cut(head, "/")
		pid, isPid := number(id)
		what := judge(reason)
		if !told || !named || !isPid || what == "killed" {
			return ev, false // am_kill says it too
		}
		user := "0"
		if u, ok := strings.CutPrefix(who, "u"); ok {
			if i := slices.IndexFunc([]byte(u), func(c byte) bool { return c < '0' || c > '9' }); i > 0 {
				user = u[:i]
			}
		}
		if _, err := strconv.Atoi(user); err != nil {
			return ev, false
		}
		ev.What, ev.App, ev.Detail = what, a.running(pid, user, process), reading.Clip(reason, 120)
		return ev, true
	}
	return ev, false
}
