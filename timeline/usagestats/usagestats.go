// Package usagestats reads what "adb shell dumpsys usagestats" prints: which
// activity came to the front and left it, when the screen was used, by the
// day's record that every Android keeps.
//
// Its times are whole seconds, or before Android 9 whole minutes, of the wall
// clock and without a zone; "dumpsys usagestats -c" prints milliseconds since
// 1970 and is to be preferred. An event is somewhere in its second: Time is the
// middle and Bound the half.
//
// What it does not tell: processes. Whether an app that left the front runs on,
// was swiped away or was stopped is not in it.
//
// Sources: AOSP, UserUsageStatsService.printEvent and the constants of
// UsageEvents.Event (Android 5 to 16); dumps of Android 6, 9, 14, 15 and 16 in
// public repositories and issue trackers, read 2026-11.
package usagestats

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline/internal/reading"
)

// Match reports whether head begins such a dump.
func Match(head []byte) bool {
	for l := range bytes.Lines(head) {
		l = bytes.TrimSpace(l)
		if bytes.HasPrefix(l, []byte("Last 24 hour events (timeRange=")) || bytes.HasPrefix(l, []byte(`time="`)) && bytes.Contains(l, []byte(" type=")) {
			return true
		}
	}
	return false
}

// types are the events by name and number (UsageEvents.Event) and what they say.
var types = map[string]string{
	"1": "resumed", "ACTIVITY_RESUMED": "resumed", "MOVE_TO_FOREGROUND": "resumed",
	"2": "paused", "ACTIVITY_PAUSED": "paused", "MOVE_TO_BACKGROUND": "paused",
	"23": "stopped", "ACTIVITY_STOPPED": "stopped", "24": "destroyed", "ACTIVITY_DESTROYED": "destroyed",
	"15": "screen-on", "SCREEN_INTERACTIVE": "screen-on",
	"16": "screen-off", "SCREEN_NON_INTERACTIVE": "screen-off",
	"26": "shutdown", "DEVICE_SHUTDOWN": "shutdown", "27": "startup", "DEVICE_STARTUP": "startup",
}

// maxSeen bounds the lines that are known again in a later section.
const maxSeen = 1 << 20

// Read calls each with the events in r. An event of kind "gap" stands where the
// device was shut down or started, and at the end.
func Read(r io.Reader, each func(flow.Event)) (*reading.Notes, error) {
	x := &dump{each: each, notes: &reading.Notes{}, seen: map[string]int{}, user: "0"}
	err := reading.Lines(r, x.line)
	// Any line, be it the last, may tell whether days stand before months; events wait for it.
	x.flush()
	return x.notes, err
}

// dump is the reading of one dump.
type dump struct {
	each    func(flow.Event)
	notes   *reading.Notes
	seen    map[string]int // by line, the section that it stood in first
	section int
	user    string

	// Dates such as 03/09/2017 wait until a day above 12 tells their order, of an
	// event or in the statistics.
	slashed  []pending
	dayFirst int  // 1 day first, -1 month first, 0 not known
	mixed    bool // some dates say the one, some the other
	last     time.Time
}

type pending struct {
	number int64
	a, b   int // the first two numbers of the date
	ev     flow.Event
}

// maxSlashed bounds those that wait.
const maxSlashed = 1 << 18

func (x *dump) line(number int64, raw []byte) bool {
	l := strings.TrimSpace(string(raw))
	if l == "" {
		return true
	}
	x.notes.Lines++
	if !strings.HasPrefix(l, `time="`) {
		switch {
		case strings.HasPrefix(l, "user="):
			x.user, _, _ = strings.Cut(l[5:], " ")
			x.section++
		case strings.HasPrefix(l, "Last 24 hour events"), strings.HasPrefix(l, "In-memory "), strings.HasPrefix(l, "Stats"):
			x.section++
		default:
			x.notes.Other("statistics")
			x.statistics(l)
		}
		return true
	}
	key := x.user + " " + l
	if at, ok := x.seen[key]; ok && at != x.section {
		x.notes.Other("said before")
		return true // weeks repeat what days say
	} else if !ok && len(x.seen) < maxSeen {
		x.seen[key] = x.section
	}
	when, rest, ok := strings.Cut(l[len(`time="`):], `"`)
	fields := members(rest)
	if !ok || fields["type"] == "" {
		x.strange(number, l)
		return true
	}
	ev := event(fields, x.user)
	at, a, b, step, ok := moment(when)
	if !ok {
		x.strange(number, l)
		return true
	}
	ev.Time, ev.Bound = at.Add(step/2), step/2
	if step > time.Millisecond {
		x.notes.Wall = true
	}
	if a > 0 {
		x.order(a, b)
		if len(x.slashed) < maxSlashed {
			x.slashed = append(x.slashed, pending{number, a, b, ev})
		} else {
			x.notes.Other("beyond what is kept")
		}
		return true
	}
	x.pass(ev)
	return true
}

// statistics looks for the order of days and months in a line that tells no
// event: an app that was never used was last used on 31/12/1969.
func (x *dump) statistics(l string) {
	for part := range strings.SplitSeq(l, `="`) {
		n := strings.IndexFunc(part, func(c rune) bool { return c != '/' && c != '.' && c != '-' && (c < '0' || c > '9') })
		p := strings.FieldsFunc(part[:max(n, 0)], func(c rune) bool { return c < '0' || c > '9' })
		if len(p) != 3 || len(p[0]) > 2 || len(p[1]) > 2 {
			continue
		}
		a, errA := strconv.Atoi(p[0])
		b, errB := strconv.Atoi(p[1])
		if errA == nil && errB == nil {
			x.order(a, b)
		}
	}
}

// order learns from the first two numbers of a date which is the day.
func (x *dump) order(a, b int) {
	order := 0
	switch {
	case a > 12 && a <= 31 && b <= 12:
		order = 1
	case b > 12 && b <= 31 && a <= 12:
		order = -1
	default:
		return
	}
	x.mixed = x.mixed || x.dayFirst == -order
	x.dayFirst = order
}

func (x *dump) strange(number int64, l string) {
	x.notes.Strange(number, l, `time="…" type=… package=…`, "dump again with: adb shell dumpsys usagestats -c")
}

// pass hands an event on.
func (x *dump) pass(ev flow.Event) {
	if ev.Time.After(x.last) {
		x.last = ev.Time
	}
	if ev.Kind == "state" && (ev.What == "shutdown" || ev.What == "startup") {
		ev.Kind = "gap"
	}
	x.each(ev)
}

// flush hands on what waited, if the order of its dates is known.
func (x *dump) flush() {
	if x.mixed {
		x.dayFirst = 0
	}
	for _, p := range x.slashed {
		day, month := p.a, p.b
		if x.dayFirst < 0 {
			day, month = month, day
		}
		if x.dayFirst == 0 && day != month || month > 12 || day > 31 {
			x.notes.Strange(p.number, p.ev.Time.Format("2006")+" …", "dates whose day and month can be told apart", "dump again with: adb shell dumpsys usagestats -c")
			continue
		}
		t := p.ev.Time
		p.ev.Time = time.Date(t.Year(), time.Month(month), day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
		x.pass(p.ev)
	}
	if !x.last.IsZero() {
		x.each(flow.Event{Time: x.last, Kind: "gap", What: "end"})
	}
}

// members reads "key=value" pairs; values have no spaces, or stand in quotes.
func members(s string) map[string]string {
	m := map[string]string{}
	for len(m) < 16 {
		s = strings.TrimLeft(s, " ")
		key, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		var value string
		if quoted, is := strings.CutPrefix(rest, `"`); is {
			value, s, _ = strings.Cut(quoted, `"`)
		} else {
			value, s, _ = strings.Cut(rest, " ")
		}
		m[key] = value
	}
	return m
}

func event(f map[string]string, user string) flow.Event {
	ev := flow.Event{Kind: "other", What: reading.Clip(f["type"], 40), App: reading.Clip(f["package"], 256), Detail: reading.Clip(f["class"], 256)}
	if _, err := strconv.Atoi(user); err == nil && user != "0" && ev.App != "" {
		ev.App += "@" + user
	}
	what, ok := types[f["type"]]
	if !ok {
		if ev.Detail == "" {
			ev.Detail = reading.Clip(strings.Trim(f["standbyBucket"]+" "+f["reason"], " "), 80)
		}
		return ev
	}
	ev.Kind, ev.What = "state", what
	switch what {
	case "screen-on", "screen-off", "shutdown", "startup":
		ev.App, ev.Detail = "", ""
	}
	return ev
}

// moment reads a time in one of the forms that versions and languages have. Of
// a date with slashes, a and b are the day and the month in some order, and the
// time is right but for them. step is the clock's.
func moment(s string) (at time.Time, a, b int, step time.Duration, ok bool) {
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && ms > 1e11 && ms < 7e12 {
		return time.UnixMilli(ms).UTC(), 0, 0, time.Millisecond, true
	}
	if t, err := time.Parse("2006-01-02 15:04:05", s); err == nil && t.Year() >= 1970 && t.Year() < 2200 {
		return t, 0, 0, time.Second, true
	}
	date, clock, found := strings.Cut(strings.Replace(s, ", ", " ", 1), " ")
	if !found {
		return at, 0, 0, 0, false
	}
	for layout, d := range map[string]time.Duration{"15:04": time.Minute, "15:04:05": time.Second, "3:04 PM": time.Minute, "3:04:05 PM": time.Second} {
		t, err := time.Parse(layout, strings.ToUpper(strings.ReplaceAll(clock, "\u202f", " ")))
		if err != nil {
			continue
		}
		p := strings.FieldsFunc(date, func(c rune) bool { return c == '/' || c == '.' || c == '-' })
		if len(p) != 3 {
			return at, 0, 0, 0, false
		}
		var n [3]int
		for i := range p {
			var err error
			if n[i], err = strconv.Atoi(p[i]); err != nil || n[i] < 0 {
				return at, 0, 0, 0, false
			}
		}
		if n[0] >= 1970 && n[0] < 2200 && n[1] >= 1 && n[1] <= 12 && n[2] >= 1 && n[2] <= 31 { // 2026/9/26
			return time.Date(n[0], time.Month(n[1]), n[2], t.Hour(), t.Minute(), t.Second(), 0, time.UTC), 0, 0, d, true
		}
		if n[2] < 100 {
			n[2] += 2000
		}
		if n[0] < 1 || n[1] < 1 || n[0] > 31 || n[1] > 31 || n[2] < 1970 || n[2] > 2200 {
			return at, 0, 0, 0, false
		}
		return time.Date(n[2], 1, 1, t.Hour(), t.Minute(), t.Second(), 0, time.UTC), n[0], n[1], d, true
	}
	return at, 0, 0, 0, false
}
