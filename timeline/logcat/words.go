package logcat

import (
	"slices"
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline/internal/reading"
)

// told reads what the activity manager writes in words, in the system's buffer.
func (a *apps) told(e *entry) (ev flow.Event, is fate) {
	ev = flow.Event{Time: e.at, Kind: "state"}
	if rest, ok := strings.CutPrefix(e.message, "Force stopping "); ok {
		// "Force stopping PACKAGE appid=N user=N: REASON"; "service" of old
		app, _, _ := strings.Cut(rest, " ")
		head, reason, told := strings.Cut(rest, ": ")
		if app == "service" || app == "" || !told || !strings.HasPrefix(reason, "from pid") {
			return ev, known
		}
		user := "0"
		if i := strings.Index(head, "user="); i >= 0 {
			user = head[i+5:]
		}
		ev.What, ev.App, ev.Detail = "force-stopped", of(user, reading.Clip(app, maxName)), reading.Clip(reason, 120)
		return ev, taken
	}
	if rest, ok := strings.CutPrefix(e.message, "Killing "); ok {
		// "Killing PID:PROCESS/uNaN (adj N): REASON"
		head, reason, told := strings.Cut(rest, "): ")
		pid, process, user, _, isProcess := owner(head)
		what := judge(reason)
		if !told || !isProcess || what == "killed" {
			return ev, known // am_kill says it too
		}
		ev.What, ev.App, ev.Detail = what, a.running(pid, user, process), reading.Clip(reason, 120)
		return ev, taken
	}
	if rest, ok := strings.CutPrefix(e.message, "Start proc "); ok {
		// "Start proc PID:PROCESS/uNaN for TYPE {COMPONENT}"; before Android 5 otherwise
		head, why, told := strings.Cut(rest, " for ")
		pid, process, user, id, isProcess := owner(head)
		if !told || !isProcess {
			return ev, known
		}
		why, whose := why[:max(strings.LastIndexByte(why, ' '), 0)], why[strings.LastIndexByte(why, ' ')+1:]
		is = a.start(e, pid, id, user, process, why, strings.Trim(whose, "{}"), &ev)
		return ev, is
	}
	return ev, known
}

// owner reads "PID:PROCESS/uNaN", where uNiN is an isolated process; what
// belongs to the system has its number alone. uid is 0 if it is not an app's.
func owner(s string) (pid int, process, user string, uid int, ok bool) {
	id, head, named := strings.Cut(s, ":")
	pid, isPid := number(id)
	i := strings.LastIndexByte(head, '/')
	if !named || !isPid || i < 1 {
		return 0, "", "", 0, false
	}
	process, who, user := head[:i], head[i+1:], "0"
	who, _, _ = strings.Cut(who, " ")
	if u, is := strings.CutPrefix(who, "u"); is {
		n := slices.IndexFunc([]byte(u), func(c byte) bool { return c < '0' || c > '9' })
		if n < 1 {
			return 0, "", "", 0, false
		}
		user = u[:n]
		if app, is := strings.CutPrefix(u[n:], "a"); is {
			number, errApp := strconv.Atoi(app)
			profile, errUser := strconv.Atoi(user)
			if errApp == nil && errUser == nil && number < 10_000 && profile <= maxUser {
				uid = profile*100_000 + 10_000 + number
			}
		}
	}
	return pid, process, user, uid, true
}
