// Package logcat reads what Android's logcat writes, above all its events
// buffer ("logcat -b events"), in which the system puts down the life of apps:
// activities resumed and paused, processes started and killed, the screen.
//
// All of logcat's formats that tell a time are read, plain or with its modifiers
// (epoch, year, zone, UTC, usec, nsec, uid, descriptive, color, printable); so
// are the log sections of a bug report, and what Android Studio showed. Tags were
// renamed from am_ to wm_ with Android 11; both are read, from Android 5 to 16.
// Lines of Android 4.1 and before have no user, and are counted as another form.
//
// What the log says is not yet a state: an event is "resumed", "paused",
// "stopped", "destroyed", "started", "died", "killed", "uid-running", "uid-stopped",
// "screen-on", "screen-off"; only why a process was killed is judged here, by
// the reason's text: "remove task" is an app swiped away (AOSP,
// ActivityManagerInternal.killProcessesForRemovedTask), "stop PACKAGE … from
// pid" one that was force-stopped (ActivityManagerService.forceStopPackage),
// be it in the settings, by adb or by a maker's cleaner.
// Every other am_ and wm_ tag is kept as it is, as an event of kind "other"; so
// are two that look like more than they are: what an app says of itself after
// the system did, which may be late, and that the focus moves to an activity
// that nobody resumes.
//
// Sources: AOSP, EventLogTags.logtags of the activity and the window manager
// (CyanogenMod 13 for Android 6; Android 11; crDroid 15; mirror of 2021 and
// 2025), liblog's logprint.cpp; excerpts of the logs of some 25 devices from
// Android 2 to 16 in public repositories and issue trackers, read 2026-11.
package logcat

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline/internal/reading"
)

// back is how far the times of a log may go back: lines of several buffers are
// merged by time, and threads write a little out of order.
const back = 2 * time.Second

// Match reports whether head begins a log of logcat.
func Match(head []byte) bool {
	for l := range bytes.Lines(head) {
		l = bytes.TrimRight(l, "\r\n")
		if bytes.HasPrefix(l, []byte("--------- beginning of ")) || bytes.HasPrefix(l, []byte("--------- switch to ")) {
			return true
		}
		if x, ok := parse(l, &shape{}); ok && (x.tag != "" || x.heading != "") {
			return true
		}
	}
	return false
}

// Read calls each with the events in r, in file order, and returns what else it
// found. An event of kind "gap" stands where the log has a hole; What says why:
// "chatty" (logd dropped lines), "restart" (the log begins anew) or "clock" (it
// was set back), "section" (the next part of a bug report begins), and at the
// end "end".
func Read(r io.Reader, each func(flow.Event)) (*reading.Notes, error) {
	x := &log{each: each, notes: &reading.Notes{}, apps: newApps(), begun: map[string]bool{}}
	err := reading.Lines(r, x.line)
	x.gap("end")
	return x.notes, err
}

// log is the reading of one log.
type log struct {
	each  func(flow.Event)
	notes *reading.Notes
	apps  *apps
	shape shape
	begun map[string]bool // buffers whose beginning was told
	last  time.Time
	long  entry // whose message follows on lines of its own
	open  bool
	// beside is within a part of a bug report that is no log.
	beside bool
}

func (x *log) gap(why string) {
	if x.last.IsZero() {
		return
	}
	x.each(flow.Event{Time: x.last, Kind: "gap", What: why})
	x.apps.forget()
}

func (x *log) line(number int64, text []byte) bool {
	if len(text) == 0 {
		x.open = false
		return true
	}
	x.notes.Lines++
	switch {
	case bytes.HasPrefix(text, []byte("---------")):
		x.divider(string(text))
		return true
	case bytes.HasPrefix(text, []byte("------ ")):
		x.section(string(text))
		return true
	case x.beside:
		x.notes.Other("sections of the bug report that are no log")
		return true
	}
	e, ok := parse(text, &x.shape)
	switch {
	case ok && e.tag == "": // of the long format
		x.long, x.open = e, true
	case ok:
		x.open = false
		x.entry(&e)
	case x.open:
		x.open = false
		x.long.tag, x.long.message = x.long.heading, string(text)
		x.entry(&x.long)
	default:
		remedy := "record the log with: logcat -b events -v epoch,uid"
		x.notes.Strange(number, string(text), "a line of logcat that tells its time (threadtime, time, long, epoch …)", remedy)
	}
	return true
}

// divider is a line by which logcat tells of its buffers.
func (x *log) divider(text string) {
	buffer, ok := strings.CutPrefix(text, "--------- beginning of ")
	if !ok {
		return
	}
	if buffer = strings.TrimSpace(buffer); x.begun[buffer] {
		x.gap("restart")
	}
	if len(x.begun) < 64 {
		x.begun[reading.Clip(buffer, 64)] = true
	}
}

// section is a line by which a bug report begins a part, "------ EVENT LOG
// (logcat -b events …) ------", or ends one, "------ 0.1s was the duration of …".
// A part that is a log has times of its own, and buffers.
func (x *log) section(text string) {
	x.open = false
	if x.beside = !strings.Contains(text, "(logcat "); x.beside {
		return
	}
	x.gap("section")
	x.last = time.Time{}
	clear(x.begun)
}

func (x *log) entry(e *entry) {
	x.notes.Wall = x.notes.Wall || !e.zoned
	x.notes.Yearless = x.notes.Yearless || !e.dated
	if x.last.Sub(e.at) > back && !(!e.dated && x.last.Sub(e.at) > 300*24*time.Hour) { // a new year is no step back
		x.gap("clock")
		x.last = e.at
	}
	if e.at.After(x.last) || x.last.Sub(e.at) > back {
		x.last = e.at
	}
	if name, ok := strings.CutPrefix(e.tag, "chatty"); ok && name == "" {
		if strings.Contains(e.message, "expire ") {
			x.gap("chatty")
		}
		return
	}
	if e.tag == "ActivityManager" {
		switch ev, is := x.apps.told(e); is {
		case taken:
			x.each(ev)
			return
		case echoed:
			x.notes.Other(e.tag + asides[is])
			return
		}
	}
	k, ok := tags[e.tag]
	if !ok && !strings.HasPrefix(e.tag, "am_") && !strings.HasPrefix(e.tag, "wm_") {
		x.notes.Other(e.tag)
		return
	}
	ev := flow.Event{Time: e.at, Kind: "other", What: e.tag, Detail: reading.Clip(e.message, 200)}
	if ok {
		if why := asides[k.read(x.apps, e, split(e.message, k.fields), &ev)]; why != "" {
			x.notes.Other(e.tag + why)
		}
	}
	x.each(ev)
}

// asides are why a line of a life cycle is no state.
var asides = map[fate]string{
	odd: ", in another form", echoed: ", said before by the system", focused: ", of the focus alone",
}

// split cuts the list of an event into n fields; the last keeps its commas. The
// names that "-v descriptive" writes are left out.
func split(message string, n int) []string {
	message = strings.TrimSpace(message)
	message = strings.TrimSuffix(strings.TrimPrefix(message, "["), "]")
	fields := strings.SplitN(message, ",", max(n, 1))
	for i, f := range fields {
		if name, value, ok := strings.Cut(f, "="); ok && named(name) {
			f = value
		}
		fields[i] = strings.TrimSpace(f)
	}
	return fields
}

// named reports whether s is the name of a field, as tags write them.
func named(s string) bool {
	s = strings.TrimSpace(s)
	if s == "" || s[0] < 'A' || s[0] > 'Z' || len(s) > 24 {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ") == ""
}

func number(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil
}
