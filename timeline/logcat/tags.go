package logcat

import (
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline/internal/reading"
)

// fate is what became of a line whose tag is known.
type fate int

const (
	taken   fate = iota // it is a state now
	known               // it is kept as it is, and may have taught names
	echoed              // the app says what the system said before
	focused             // it tells of the focus, which may move without anybody coming to the front
	odd                 // its list is not of the form that is known
)

// tag is how an event of the log is read: into how many fields its list is cut,
// and what they say.
type tag struct {
	fields int
	read   func(a *apps, e *entry, f []string, ev *flow.Event) fate
}

// tags by their names. A field's number is its place in the list; see
// EventLogTags.logtags, whose fields are quoted: of the activity manager
// (CyanogenMod 13 for Android 6, crDroid for 15, AOSP's mirror for 16), of the
// window manager (Android 11, AOSP's mirror for 16), of android.app (Android
// 14), read 2026-11. Where makers write otherwise, lines of their phones show it.
var tags = map[string]tag{
	// (User),(Component Name),(Reason); since Android 8, am_ until 10
	"wm_set_resumed_activity": {3, setResumed}, "am_set_resumed_activity": {3, setResumed},
	// (User),(Component Name),(Reason) of Android 5 to 7, written before the last
	// activity is even asked to pause
	"am_focused_activity": {3, func(a *apps, e *entry, f []string, ev *flow.Event) fate { return focus(a, f, ev) }},
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
	// (User until Android 10, then Token),(Class),(Reason),(Time since 14), by the app
	"wm_on_resume_called": class("resumed"), "am_on_resume_called": class("resumed"),
	"wm_on_paused_called": class("paused"), "am_on_paused_called": class("paused"),
	"wm_on_stop_called": class("stopped"), "am_on_stop_called": class("stopped"),
	// these only teach which class is whose
	"wm_create_activity": teaches(3, 5), "am_create_activity": teaches(3, 5),
	"wm_new_intent": teaches(3, 5), "am_new_intent": teaches(3, 5),
	"wm_finish_activity": teaches(3, 5), "am_finish_activity": teaches(3, 5),
	"wm_add_to_stopping": teaches(2, 4), "am_add_to_stopping": teaches(2, 4),

	// (User),(PID),(UID),(Process Name),(Type),(Component)
	"am_proc_start": {6, procStart},
	// (User),(PID),(Process Name)
	"am_proc_bound": {4, procBound},
	// (User),(PID),(Process Name),(OomAdj),(ProcState)
	"am_proc_died": {4, procDied},
	// (User),(PID),(Process Name),(OomAdj),(Reason),(Rss); crDroid 15 has (Pss) before the name
	"am_kill": {5, kill},
	// (UID)
	"am_uid_running": {1, uid("uid-running")},
	"am_uid_stopped": {1, uid("uid-stopped")},
	"am_uid_active":  {1, uid("uid-active")},
	"am_uid_idle":    {1, uid("uid-active")},

	// (screen_state): 0 off, 1 on, 2 on behind the keyguard
	"screen_toggled": {2, screen},
	// (offOrOn),(becauseOfUser),…
	"power_screen_state": {2, screen},
	// kept because they bear on what an app may do, and not understood further
	"device_idle": other, "device_idle_step": other, "device_idle_light": other, "device_idle_light_step": other,
	"device_idle_on_start": other, "device_idle_off_start": other, "device_idle_on_complete": other,
	"device_idle_off_complete": other, "device_idle_on_phase": other, "device_idle_off_phase": other,
	"device_idle_wake_from_idle": other,
	"input_interaction":          other, "configuration_changed": other,
	"boot_progress_start": other, "boot_progress_ams_ready": other, "boot_progress_enable_screen": other,
	// (Pid),(Process Name),(Reason): a process that is frozen runs no code
	"am_freeze": frozen, "am_unfreeze": frozen,
	// (User),(PID),(…) of a process that failed: it dies, or not, by another tag
	"am_crash": failed, "am_anr": failed,
}

// setResumed is written when an activity is resumed, and when the focus moves
// to one: then it may be in front already, or not yet.
func setResumed(a *apps, e *entry, f []string, ev *flow.Event) fate {
	if len(f) < 3 {
		return odd
	}
	if f[1] == "NULL" { // nobody: [-1,NULL,REASON]
		return known
	}
	for _, reason := range []string{"resumeTopActivity", "minimalResumeActivity"} { // Android 8 to 16
		if strings.HasPrefix(f[2], reason) {
			return component(1, "resumed", 3).read(a, e, f, ev)
		}
	}
	if strings.HasSuffix(f[2], "onActivityStateChanged") {
		return component(1, "resumed", 3).read(a, e, f, ev)
	}
	return focus(a, f, ev)
}

func focus(a *apps, f []string, ev *flow.Event) fate {
	if len(f) < 2 {
		return odd
	}
	app, _, ok := a.activity(f[0], f[1])
	if !ok {
		return odd
	}
	ev.App = app
	return focused
}

// component is an event of an activity, named "package/class" in field n.
func component(n int, what string, fields int) tag {
	return tag{fields, func(a *apps, e *entry, f []string, ev *flow.Event) fate {
		if len(f) <= n {
			return odd
		}
		app, class, ok := a.activity(f[0], f[n])
		if !ok {
			return odd
		}
		a.said(what, class, e.at)
		ev.Kind, ev.What, ev.App, ev.Detail = "state", what, app, class
		return taken
	}}
}

// teaches is an event that tells whose class field n names.
func teaches(n, fields int) tag {
	return tag{fields, func(a *apps, _ *entry, f []string, ev *flow.Event) fate {
		if len(f) > n {
			ev.App, _, _ = a.activity(f[0], f[n])
		}
		return known
	}}
}

// class is what an app writes of its activity, by the class alone. MIUI 13 and
// 14 write the user, the token and then the class.
func class(what string) tag {
	return tag{5, func(a *apps, e *entry, f []string, ev *flow.Event) fate {
		n := 0
		for n < len(f) {
			if _, ok := number(f[n]); !ok {
				break
			}
			n++
		}
		if n < 1 || n > 2 || n == len(f) || f[n] == "" {
			return odd
		}
		user := ""
		if n == 2 || strings.HasPrefix(e.tag, "am_") {
			user = f[0]
		}
		class := reading.Clip(f[n], maxName)
		ev.App = a.whose(class, e.pid, user)
		now, ok := a.echo(what, class, e.at)
		if !ok {
			return echoed
		}
		ev.Kind, ev.What, ev.Detail = "state", now, class
		return taken
	}}
}

func procStart(a *apps, e *entry, f []string, ev *flow.Event) fate {
	if len(f) < 6 {
		return odd
	}
	pid, isPid := number(f[1])
	id, isUID := number(f[2])
	if !isPid || !isUID {
		return odd
	}
	return a.start(e, pid, id, f[0], f[3], f[4], strings.Trim(f[5], "{}"), ev)
}

func procBound(a *apps, _ *entry, f []string, ev *flow.Event) fate {
	if len(f) < 3 {
		return known
	}
	if pid, ok := number(f[1]); ok {
		ev.App = a.running(pid, f[0], f[2])
	}
	return known
}

func procDied(a *apps, _ *entry, f []string, ev *flow.Event) fate {
	if len(f) < 3 {
		return odd
	}
	pid, ok := number(f[1])
	if _, nameless := number(f[2]); !ok || nameless {
		return odd
	}
	ev.Kind, ev.What, ev.App, ev.Detail = "state", "died", a.running(pid, f[0], f[2]), ""
	delete(a.pids, pid)
	return taken
}

func kill(a *apps, _ *entry, f []string, ev *flow.Event) fate {
	if len(f) < 5 {
		return odd
	}
	pid, ok := number(f[1])
	if !ok {
		return odd
	}
	name, reason := f[2], f[4]
	if _, pss := number(name); pss {
		name = f[3]
		if _, reason, ok = strings.Cut(reason, ","); !ok {
			return odd
		}
	}
	ev.Kind, ev.App = "state", a.running(pid, f[0], name)
	ev.What, ev.Detail = judge(reason), reading.Clip(reason, 120)
	return taken
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

func uid(what string) func(a *apps, e *entry, f []string, ev *flow.Event) fate {
	return func(a *apps, _ *entry, f []string, ev *flow.Event) fate {
		id, ok := number(f[0])
		if !ok {
			return odd
		}
		app := a.uids[id]
		// Of nobody who is known, it still tells that this log tells of user ids.
		ev.Kind, ev.What, ev.App, ev.Detail = "state", what, app, strconv.Itoa(id)
		return taken
	}
}

func screen(_ *apps, _ *entry, f []string, ev *flow.Event) fate {
	switch f[0] {
	case "0":
		ev.Kind, ev.What, ev.Detail = "state", "screen-off", ""
	case "1", "2":
		ev.Kind, ev.What, ev.Detail = "state", "screen-on", ""
	default: // Samsung's lock screen writes other numbers by the same tag
		return odd
	}
	return taken
}

var other = tag{1, func(*apps, *entry, []string, *flow.Event) fate { return known }}

var frozen = tag{3, func(a *apps, _ *entry, f []string, ev *flow.Event) fate {
	if pid, ok := number(f[0]); ok {
		ev.App = a.pids[pid]
	}
	return known
}}

// failed is (User),(PID) by the tags' file; am_crash, and am_anr since Android
// 16, are written the other way round.
var failed = tag{4, func(a *apps, _ *entry, f []string, ev *flow.Event) fate {
	if len(f) < 3 {
		return known
	}
	first, ok := number(f[0])
	second, good := number(f[1])
	switch {
	case !ok || !good:
	case a.pids[first] != "" && first != 0:
		ev.App = a.pids[first]
	case a.pids[second] != "" && second != 0:
		ev.App = a.pids[second]
	case first > maxUser && second <= maxUser:
		ev.App = a.running(first, f[1], f[2])
	case first <= maxUser && second > maxUser:
		ev.App = a.running(second, f[0], f[2])
	}
	return known
}}
