package logcat

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// told is what a log without times comes to: "what app class", or the tag of what
// is kept as it is.
func told(t *testing.T, text string) (list []string, others map[string]int64) {
	t.Helper()
	var b strings.Builder
	at := 1790110000.0
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "+") { // later by so many seconds
			var s float64
			if _, err := fmt.Sscanf(l, "+%f", &s); err != nil {
				t.Fatal(err)
			}
			at += s
			continue
		}
		at += 0.1
		pid := "1000"
		if p, rest, ok := strings.Cut(l, "|"); ok {
			pid, l = p, rest
		}
		fmt.Fprintf(&b, "%.3f  %s  1001 I %s\n", at, pid, l)
	}
	events, notes := read(t, b.String())
	for _, e := range events {
		if e.Kind == "state" {
			list = append(list, strings.TrimRight(e.What+" "+e.App+" "+e.Detail[strings.LastIndexByte(e.Detail, '.')+1:], " "))
		} else {
			list = append(list, strings.TrimRight(e.What+" "+e.App, " "))
		}
	}
	return list, notes.Others
}

// Forms of lines that phones write and AOSP's list of tags does not tell.
func TestShapes(t *testing.T) {
	for name, c := range map[string]struct{ text, want, other string }{
		"MIUI 10: the process in the user's place": {`am_proc_start: [0,5001,10123,com.example.video,activity,com.example.video/.Main]
			am_pause_activity: [5001,81,com.example.video/.Main]
			am_destroy_activity: [5001,81,14,com.example.video/.Main,finish-imm]`,
			"started com.example.video activity; paused com.example.video Main; destroyed com.example.video Main", ""},
		"and one that started before the log": {`am_pause_activity: [5001,81,com.example.video/.Main]
			am_resume_activity: [10,81,14,com.example.video/.Main,5001]
			am_pause_activity: [5001,81,com.example.video/.Main]
			am_resume_activity: [0,82,15,com.example.video/.Main,5002]
			am_pause_activity: [5001,81,com.example.video/.Main]`,
			"paused  Main; resumed com.example.video@10 Main; paused com.example.video@10 Main; resumed com.example.video Main; paused  Main", ""},
		"MIUI 13: user, token, class": {`wm_new_intent: [0,77,14,com.example.video/.Main,NULL,NULL,NULL,0]
			wm_on_resume_called: [0,77,com.example.video.Main,RESUME_ACTIVITY,13]`,
			"wm_new_intent com.example.video; resumed com.example.video Main", ""},
		"numbers alone": {`wm_on_resume_called: [0,77,78]`, "wm_on_resume_called", "wm_on_resume_called, in another form"},
		"Android 4.1: no user": {`am_on_resume_called: com.example.video.Main
			am_proc_start: [559,10059,com.example.video,activity,com.example.video/.Main]
			am_proc_died: [300,com.example.video]
			am_kill: [300,com.example.video,14,too many background]`,
			"am_on_resume_called; am_proc_start; am_proc_died; am_kill", "am_kill, in another form"},
		"a copy of an app, whose class is that of two": {`wm_new_intent: [0,77,14,com.example.video/.Main,NULL,NULL,NULL,0]
			wm_new_intent: [999,78,15,com.example.video/.Main,NULL,NULL,NULL,0]
			wm_on_resume_called: [77,com.example.video.Main,RESUME_ACTIVITY,1]`,
			"wm_new_intent com.example.video; wm_new_intent com.example.video@999; resumed  Main", ""},
		"whose user the app tells, until Android 10": {`am_new_intent: [0,77,14,com.example.video/.Main,NULL,NULL,NULL,0]
			am_on_resume_called: [10,com.example.video.Main,RESUME_ACTIVITY]`,
			"am_new_intent com.example.video; resumed com.example.video@10 Main", ""},
		"the focus": {`am_focused_activity: [0,com.example.video/.Main,startedActivity]
			wm_set_resumed_activity: [0,com.example.video/.Main,finish-top adjustFocusToNextFocusableTask]
			wm_set_resumed_activity: [0,com.example.video/.Main,resumeTopActivity - onActivityStateChanged]
			am_set_resumed_activity: [0,com.example.video/.Main,minimalResumeActivityLocked]`,
			"am_focused_activity com.example.video; wm_set_resumed_activity com.example.video; resumed com.example.video Main; resumed com.example.video Main",
			"wm_set_resumed_activity, of the focus alone"},
		"crDroid 15: the memory before the name": {`am_kill : [0,5001,182044,com.example.video:push,900,remove task]
			am_kill : [0,5001,182044,com.example.video]`, "swiped com.example.video:push remove task; am_kill", "am_kill, in another form"},
		"makers' own stops": {`am_kill : [0,5001,com.example.video,100,stop com.example.video due to stop by com.example.cleaner]
			am_kill : [0,5002,com.example.video,702,stop com.example.video due to from process:com.example.security]`,
			"killed com.example.video cleaner; killed com.example.video security", ""},
		"a crash, whose process stands first": {`am_proc_start: [0,5001,10123,com.example.video,activity,{com.example.video/.Main}]
			am_crash: [5001,0,com.example.video,0,E,x,F.java,3]
			am_anr  : [0,5001,com.example.video,0,input]
			am_anr  : [6001,10,com.example.mail,0,input]
			am_crash: [12,13,com.example.mail,0,E]`,
			"started com.example.video activity; am_crash com.example.video; am_anr com.example.video; am_anr com.example.mail@10; am_crash", ""},
		"frozen": {`am_proc_start: [0,5001,10123,com.example.video,service,{com.example.video/.Push}]
			am_freeze: [5001,com.example.video]
			am_unfreeze: [5001,com.example.video,27]
			am_freeze: [5002,com.example.mail]`,
			"started com.example.video service; am_freeze com.example.video; am_unfreeze com.example.video; am_freeze", ""},
		"nobody is resumed":     {`wm_set_resumed_activity: [-1,NULL,positionChildAt]`, "wm_set_resumed_activity", ""},
		"Samsung's lock screen": {`screen_toggled: 310405`, "screen_toggled", "screen_toggled, in another form"},
		"a process that two buffers tell of": {`am_proc_start: [0,5001,10123,com.example.video,broadcast,{com.example.video/.Boot}]
			ActivityManager: Start proc 5001:com.example.video/u0a123 for broadcast {com.example.video/com.example.video.Boot}
			+60
			ActivityManager: Start proc 5001:com.example.video/u0a123 for broadcast {com.example.video/com.example.video.Boot}
			ActivityManager: Start proc 5002:com.example.video:sandbox/u10a123i7 for service com.example.video/org.x.Sandbox
			ActivityManager: Start proc 5003:android.process.acore/1000 for content provider {com.example.system/.P}
			am_uid_stopped: 10123`,
			"started com.example.video broadcast; started com.example.video broadcast; started com.example.video@10:sandbox service; started com.example.system:android.process.acore content provider; uid-stopped com.example.video 10123",
			"ActivityManager, said before by the system"},
		"no processes": {`ActivityManager: Start proc x:com.example.video/u0a123 for broadcast a
			ActivityManager: Start proc 5001:com.example.video for broadcast a
			ActivityManager: Start proc 5001:com.example.video/ux for broadcast a
			ActivityManager: Start proc com.example.video for broadcast a: pid=1 uid=2`, "", ""},
	} {
		list, others := told(t, c.text)
		if got := strings.Join(list, "; "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
		if c.other != "" && others[c.other] != 1 || c.other == "" && len(others) > 0 && name != "no processes" {
			t.Errorf("%s: %v, want %q", name, others, c.other)
		}
	}
}

// An app's own lines, which come after the system's.
func TestEchoes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"each after the system's": {`wm_resume_activity: [0,1,2,a.b/.C]
			wm_on_resume_called: [1,a.b.C,x,1]
			wm_pause_activity: [0,1,a.b/.C,x,y]
			wm_on_paused_called: [1,a.b.C,x,1]
			wm_stop_activity: [0,1,a.b/.C]
			wm_on_stop_called: [1,a.b.C,x,1]`, "resumed, paused, stopped"},
		"resumed and paused at once, before the app got round to it": {`wm_resume_activity: [0,1,2,a.b/.C]
			wm_pause_activity: [0,1,a.b/.C,x,y]
			wm_on_resume_called: [1,a.b.C,x,1]
			wm_on_paused_called: [1,a.b.C,x,1]`, "resumed, paused"},
		"much later: either it is slow, or a line was lost": {`wm_resume_activity: [0,1,2,a.b/.C]
			wm_pause_activity: [0,1,a.b/.C,x,y]
			+10
			wm_on_resume_called: [1,a.b.C,x,1]`, "resumed, paused, unknown"},
		"paused much later": {`wm_pause_activity: [0,1,a.b/.C,x,y]
			+11
			wm_on_paused_called: [1,a.b.C,x,1]`, "paused"},
		"after it was stopped": {`wm_pause_activity: [0,1,a.b/.C,x,y]
			wm_stop_activity: [0,1,a.b/.C]
			wm_on_paused_called: [1,a.b.C,x,1]
			wm_on_stop_called: [1,a.b.C,x,1]`, "paused, stopped"},
		"a relaunch, of which the system says the half": {`wm_relaunch_resume_activity: [0,1,2,a.b/.C]
			wm_on_paused_called: [1,a.b.C,x,1]
			wm_on_stop_called: [1,a.b.C,x,1]
			wm_on_resume_called: [1,a.b.C,x,1]`, "resumed, paused, stopped, resumed"},
		"a new intent, of which it says nothing": {`wm_resume_activity: [0,1,2,a.b/.C]
			wm_new_intent: [0,1,2,a.b/.C,NULL,NULL,NULL,0]
			wm_on_paused_called: [1,a.b.C,x,1]
			wm_on_resume_called: [1,a.b.C,x,1]`, "resumed, wm_new_intent, paused, resumed"},
		"a hole between": {`wm_pause_activity: [0,1,a.b/.C,x,y]
			chatty: uid=1000 expire 3 lines
			wm_on_paused_called: [1,a.b.C,x,1]`, "paused, chatty, paused"},
	} {
		list, _ := told(t, c.text)
		var got []string
		for _, s := range list {
			what, _, _ := strings.Cut(s, " ")
			if strings.Contains(what, "_on_") {
				continue // echoes
			}
			got = append(got, what)
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %s, want %s", name, s, c.want)
		}
	}
}

// A bug report: its logs are read, each with its own times, and the rest counted.
func TestBugReport(t *testing.T) {
	events, notes := read(t, `== dumpstate: 2026-11-24 12:00:00
------ MEMORY INFO (/proc/meminfo) ------
MemTotal:       15804348 kB
11-24 12:00:00.000  1  2 I am_kill : [0,1,not.of.a.log,900,remove task]
------ SYSTEM LOG (logcat -v threadtime -v printable -v uid -d *:v) ------
--------- beginning of main
11-24 12:00:05.000  1000  1  2 I ActivityManager: Killing 7:a.b/u0a1 (adj 9): remove task
------ 0.5s was the duration of 'SYSTEM LOG' ------
------ EVENT LOG (logcat -b events -v threadtime -v printable -v uid -d *:v) ------
--------- beginning of main
11-24 11:00:05.000  1000  1  2 I screen_toggled: 0
------ 0.1s was the duration of 'EVENT LOG' ------
[persist.sys.timezone]: [Europe/Paris]
`)
	var got []string
	for _, e := range events {
		got = append(got, e.What)
	}
	if s := strings.Join(got, ", "); s != "swiped, section, screen-off" || notes.Unknown != 1 || notes.Others["sections of the bug report that are no log"] != 3 {
		t.Errorf("%s, %+v", s, notes)
	}
}

// What Android Studio showed, and copies that suffered.
func TestCopies(t *testing.T) {
	const at = "2026-11-24T12:00:00.5Z"
	for name, text := range map[string]string{
		"studio":           "2026-11-24 12:00:00.500 1520-23759/? I/am_kill: [0,7,a.b,9,remove task]",
		"studio, a name":   "2026-11-24 12:00:00.500 1520-23759/system_process I/am_kill : [0,7,a.b,9,remove task]",
		"studio of 2015":   "2026-11-24 12:00:00.500   1520-23759/? I/am_kill\ufe55 [0,7,a.b,9,remove task]",
		"no space":         "2026-11-24 12:00:00.500  1520  1521 I am_kill:[0,7,a.b,9,remove task]",
		"two spaces":       "2026-11-24 12:00:00.500  1520  1521 I am_kill :  [0,7,a.b,9,remove task]",
		"CRLF, no end":     "x\r\n2026-11-24 12:00:00.500  1520  1521 I am_kill : [0,7,a.b,9,remove task",
		"NUL, no UTF-8":    "\x00\xff\xfe\n2026-11-24 12:00:00.500  1520  1521 I am_kill : [0,7,a.b,9,remove task,\xff\x00]",
		"byte order mark":  "\xef\xbb\xbf2026-11-24 12:00:00.500  1520  1521 I am_kill : [0,7,a.b,9,remove task]",
		"an indented copy": "\t2026-11-24 12:00:00.500  1520  1521 I am_kill : [0,7,a.b,9,remove task]",
	} {
		events, _ := read(t, text)
		if len(events) != 1 || events[0].What != "swiped" || events[0].App != "a.b" || events[0].Time.Format(time.RFC3339Nano) != at {
			t.Errorf("%s: %+v", name, events)
		}
	}
	// Of a line that broke off, what is left says nothing that is not in it.
	for _, text := range []string{
		"2026-11-24 12:00:00.500  1520  1521 I am_kill : [0,7,a.b,9", "2026-11-24 12:00:00.500  1520  1521 I wm_resume_activity: [0,1,2",
		"2026-11-24 12:00:00.500  1520  1521 I am_proc_start: [0,5001,10123,a.b,activity", "2026-11-24 12:00:00.500 1520-23759/? I/", "2026-11-24 12:00:00.500 1520-/? I/a: b",
	} {
		for _, e := range firstOf(read(t, text)) {
			if e.Kind == "state" {
				t.Errorf("%s: %+v", text, e)
			}
		}
	}
}

func firstOf[A, B any](a A, _ B) A { return a }
