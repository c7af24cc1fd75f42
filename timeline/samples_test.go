package timeline

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Real dumps, which are other people's and not in this repository, lie under the
// directory that CONSTAT_SAMPLES names, in logcat, usagestats and appops. What
// must be read is counted here by patterns that know nothing of the readers.
var lifecycle = map[string]*regexp.Regexp{
	"logcat": regexp.MustCompile(`\b(?:[aw]m_(?:resume_activity|restart_activity|relaunch_resume_activity|pause_activity|stop_activity|destroy_activity|` +
		`on_resume_called|on_paused_called|on_stop_called|set_resumed_activity|uid_running|uid_stopped|uid_active|uid_idle)|` +
		`am_focused_activity|am_proc_start|am_proc_died|am_kill|screen_toggled|power_screen_state)\s*(?:\(\s*\d+\))?[:﹕]` +
		`|ActivityManager(?:\(\s*\d+\))?[:﹕] (?:Start proc \d+:\S+/u?\d\S* for |Force stopping \S+ appid=.*: from pid|Killing .*: (?:remove task|stop \S+ due to from pid))`),
	"usagestats": regexp.MustCompile(`type=(?:MOVE_TO_FOREGROUND|MOVE_TO_BACKGROUND|ACTIVITY_RESUMED|ACTIVITY_PAUSED|ACTIVITY_STOPPED|ACTIVITY_DESTROYED|SCREEN_INTERACTIVE|SCREEN_NON_INTERACTIVE|DEVICE_SHUTDOWN|DEVICE_STARTUP)\b`),
	"appops":     regexp.MustCompile(`(?:Access:|Reject:|\b[a-z]+ +=) ?.*\d{4}-\d\d-\d\d \d\d:|; (?:time|rejectTime)=\+`),
}

// No line of a life cycle is dropped without a word: each is an event, or counted
// among those in a form that is not understood, or told as not read.
func TestSamples(t *testing.T) {
	dir := os.Getenv("CONSTAT_SAMPLES")
	if dir == "" {
		t.Skip("CONSTAT_SAMPLES names no directory of real dumps")
	}
	for _, format := range []string{"logcat", "usagestats", "appops"} {
		files, err := filepath.Glob(filepath.Join(dir, format, "*"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: %v, %d files", format, err, len(files))
		}
		for _, file := range files {
			sample(t, format, file)
		}
	}
}

func sample(t *testing.T, format, file string) {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	name := format + "/" + filepath.Base(file)
	due, lines := 0, 0
	for l := range strings.Lines(string(b)) {
		if strings.TrimSpace(l) != "" {
			lines++
		}
		if lifecycle[format].MatchString(l) {
			due++
		}
	}
	log, err := Read(name, strings.NewReader(string(b)))
	if err != nil {
		t.Logf("%s: %d lines, not read: %v", name, lines, err)
		return
	}
	read, other, odd := 0, 0, 0
	for _, e := range log.Events {
		switch {
		case e.Kind == "state", e.Kind == "access", e.Kind == "gap" && (e.What == "shutdown" || e.What == "startup"):
			read++
		case e.Kind == "other":
			other++
		}
	}
	var why []string
	for what, n := range log.Others {
		if strings.HasSuffix(what, "in another form") || strings.HasSuffix(what, "said before by the system") || strings.HasSuffix(what, "of the focus alone") {
			odd += int(n)
			why = append(why, fmt.Sprintf("%d %s", n, what))
		}
	}
	told := 0
	for _, p := range log.Problems {
		if lifecycle[format].MatchString(p) {
			told++
		}
		why = append(why, p)
	}
	slices.Sort(why)
	t.Logf("%s: %d lines, %d read, %d other events, %d left: %s", name, lines, read, other, log.Unknown, strings.Join(why, "; "))
	if log.Format != format || log.Lines != int64(lines) {
		t.Errorf("%s: format %s, %d lines of %d", name, log.Format, log.Lines, lines)
	}
	if read+odd+told != due {
		t.Errorf("%s: %d lines of a life cycle, %d read, %d in another form, %d told", name, due, read, odd, told)
	}
	for _, app := range Apps(log.Events) {
		var states []string
		for _, e := range Of(app, log.Events).Events() {
			states = append(states, e.Time.Format("15:04:05.000")+" "+e.What)
		}
		t.Logf("  %s: %s", app, strings.Join(states, ", "))
	}
}
