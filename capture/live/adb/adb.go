// Package adb tells what an Android phone was doing while its traffic was
// recorded: which app came to the front, went away, was started or killed, and
// whether the screen was on. It
// reads the phone's event log through the Android Debug Bridge (adb), which
// must be installed and allowed on the phone; nothing is installed there.
//
// The phone's clock is not ours. Clock asks it for the time some times over and
// keeps the answer that took least: the offset is known to half of that, and the
// less the longer ago it was asked (Offset.At).
package adb

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Event is a change in an app's life, or of the screen.
type Event struct {
	Time time.Time // by the phone's clock
	What string    // "resumed", "paused", "stopped", "started", "died", "killed", "swiped", "force-stopped"; "screen-on", "screen-off"
	App  string    // package, or process for "started" and "died"; "" of the screen
}

// Offset is how far the phone's clock is ahead of ours, and how well that is
// known.
type Offset struct {
	Ahead time.Duration
	Bound time.Duration
	Asked time.Time // when, by our clock
}

// maxDrift is how fast a phone's clock runs away from ours at most, as a share:
// 50 parts per million, as in package timeline.
const maxDrift = 50e-6

// At is what is known of the offset at another time than that of the measurement.
func (o Offset) At(t time.Time) Offset {
	o.Bound += time.Duration(float64(t.Sub(o.Asked).Abs()) * maxDrift)
	return o
}

// Find returns the path of adb, "" if it is not installed or no device is
// attached and authorised.
func Find(ctx context.Context) string {
	path, err := exec.LookPath("adb")
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "get-state").Output()
	if err != nil || strings.TrimSpace(string(out)) != "device" {
		return ""
	}
	return path
}

// Clock measures the phone's clock.
func Clock(ctx context.Context, path string) (Offset, error) {
	best := Offset{Bound: time.Hour}
	for range 5 {
		before := time.Now()
		out, err := exec.CommandContext(ctx, path, "shell", "date", "+%s.%N").Output()
		took := time.Since(before)
		if err != nil {
			return best, fmt.Errorf("adb shell date: %w", err)
		}
		there, err := parseEpoch(strings.TrimSpace(string(out)))
		if err != nil {
			return best, err
		}
		if took/2 < best.Bound {
			best = Offset{Ahead: there.Sub(before.Add(took / 2)), Bound: took / 2, Asked: before}
		}
	}
	return best, nil
}

// parseEpoch reads seconds since 1970 with a fraction.
func parseEpoch(s string) (time.Time, error) {
	sec, frac, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(sec, 10, 64)
	if err != nil || len(frac) > 9 {
		return time.Time{}, fmt.Errorf("the phone says it is %.40q, expected seconds since 1970", s)
	}
	ns := int64(0)
	if frac != "" {
		if ns, err = strconv.ParseInt((frac + "000000000")[:9], 10, 64); err != nil {
			return time.Time{}, fmt.Errorf("the phone says it is %.40q, expected seconds since 1970", s)
		}
	}
	return time.Unix(n, ns), nil
}

// Watch calls each for the events that happen from now on, until ctx is done
// or the phone is gone.
func Watch(ctx context.Context, path string, each func(Event)) error {
	cmd := exec.CommandContext(ctx, path, "logcat", "-b", "events", "-v", "epoch", "-T", "1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var talk bytes.Buffer
	cmd.Stderr = &limited{b: &talk}
	if err := cmd.Start(); err != nil {
		return err
	}
	s := bufio.NewScanner(out)
	s.Buffer(make([]byte, 64<<10), 64<<10)
	for s.Scan() {
		if e, ok := Parse(s.Text()); ok {
			each(e)
		}
	}
	err = errors.Join(s.Err(), cmd.Wait())
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("the phone's event log ended: %w %s", err, talk.String())
}

// limited keeps the beginning of what is written.
type limited struct{ b *bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	l.b.Write(p[:min(len(p), max(0, 500-l.b.Len()))])
	return len(p), nil
}

// events are the tags of the event log (AOSP, EventLogTags.logtags of the
// activity manager and the window manager; "am_" before Android 11), what they
// say, and which field names the app. What an app itself writes
// (wm_on_resume_called) names a class and not the package, and is left out.
var events = map[string]struct {
	what  string
	field int
}{
	"wm_set_resumed_activity": {"resumed", 1}, "am_set_resumed_activity": {"resumed", 1},
	"wm_resume_activity": {"resumed", 3}, "am_resume_activity": {"resumed", 3},
	"wm_pause_activity": {"paused", 2}, "am_pause_activity": {"paused", 2},
	"wm_stop_activity": {"stopped", 2}, "am_stop_activity": {"stopped", 2},
	"am_proc_start": {"started", 3}, "am_proc_died": {"died", 2}, "am_kill": {"killed", 2},
}

// screens are the tags that tell of the screen (AOSP, EventLogTags.logtags of the
// power manager and the policy): 0 off, 1 on, 2 on behind the keyguard. Android
// writes one or both, a list or a number alone, of late with its name.
var screens = map[string]bool{"screen_toggled": true, "power_screen_state": true}

// screen reads what such a tag says first.
func screen(message string) (what string, ok bool) {
	first, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(message), "[]"), ",")
	if _, value, named := strings.Cut(first, "="); named {
		first = value
	}
	switch strings.TrimSpace(first) {
	case "0":
		return "screen-off", true
	case "1", "2":
		return "screen-on", true
	}
	return "", false
}

// Parse reads a line of "logcat -b events -v epoch":
//
//	1700000000.123  1234  1300 I wm_set_resumed_activity: [0,com.example/.Main,resumeTopActivity]
//	1700000060.000  1234  1310 I screen_toggled: 0
func Parse(line string) (Event, bool) {
	f := strings.Fields(line)
	if len(f) < 6 {
		return Event{}, false
	}
	tag := strings.TrimSuffix(f[4], ":")
	known, ok := events[tag]
	if !ok && !screens[tag] {
		return Event{}, false
	}
	at, err := parseEpoch(f[0])
	if err != nil {
		return Event{}, false
	}
	if screens[tag] {
		_, message, _ := strings.Cut(line, tag)
		_, message, _ = strings.Cut(message, ":")
		what, ok := screen(message)
		if !ok {
			return Event{}, false
		}
		return Event{Time: at, What: what}, true
	}
	_, list, ok := strings.Cut(line, "[")
	if !ok {
		return Event{}, false
	}
	fields := strings.Split(strings.TrimSuffix(strings.TrimSpace(list), "]"), ",")
	if len(fields) <= known.field {
		return Event{}, false
	}
	name, reason := known.field, 4
	if _, err := strconv.ParseInt(fields[name], 10, 64); err == nil && known.what == "killed" { // crDroid 15: (Pss) before the name
		name, reason = name+1, reason+1
	}
	if len(fields) <= name || strings.HasSuffix(f[4], "_set_resumed_activity:") && !resumes(fields[len(fields)-1]) {
		return Event{}, false
	}
	app, _, _ := strings.Cut(fields[name], "/") // package/activity
	e := Event{Time: at, What: known.what, App: ofUser(app, fields[0])}
	if known.what == "killed" && len(fields) > reason {
		e.What = killed(fields[reason])
	}
	return e, true
}

// resumes reports whether the reason of a set_resumed_activity is that the
// activity is resumed. Others are that the focus moves to it, before the one in
// front is asked to pause, or without anything else.
func resumes(reason string) bool {
	return strings.HasPrefix(reason, "resumeTopActivity") || strings.HasPrefix(reason, "minimalResumeActivity") || strings.HasSuffix(reason, "onActivityStateChanged")
}

// ofUser is an app of a work profile or of another user of the phone, who has
// an app of his own by the same package, or of a process: "package@10:process".
// MIUI of Android 8 has a process id in the user's place.
func ofUser(app, user string) string {
	n, err := strconv.Atoi(user)
	if err != nil || n <= 0 || n > 999 {
		return app
	}
	name, process, other := strings.Cut(app, ":")
	name += "@" + user
	if other {
		name += ":" + process
	}
	return name
}

// killed says what became of an app by the reason that it was killed for (AOSP,
// killProcessesForRemovedTask and forceStopPackage of the activity manager).
func killed(reason string) string {
	rest, stop := strings.CutPrefix(reason, "stop ")
	_, due, told := strings.Cut(rest, " due to ")
	switch {
	case reason == "remove task":
		return "swiped"
	case stop && !strings.HasPrefix(rest, "user ") && (!told || strings.HasPrefix(due, "from pid")):
		return "force-stopped"
	}
	return "killed"
}
