package logcat

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline/internal/reading"
)

// read returns the events of a log without the gap at its end.
func read(t testing.TB, text string) ([]flow.Event, *reading.Notes) {
	t.Helper()
	var list []flow.Event
	notes, err := Read(strings.NewReader(text), func(e flow.Event) { list = append(list, e) })
	if err != nil {
		t.Fatal(err)
	}
	if n := len(list); n > 0 && list[n-1].What == "end" {
		list = list[:n-1]
	}
	return list, notes
}

// One kill, as each of logcat's formats writes it.
func TestFormats(t *testing.T) {
	const list = "[0,12735,com.example.video,900,remove task]"
	for name, c := range map[string]struct {
		text            string
		at              string
		wall, yearless  bool
		broken, noMatch bool
	}{
		"threadtime":              {"09-22 20:46:51.371  2276  2333 I am_kill : " + list, "2000-09-22T20:46:51.371Z", true, true, false, false},
		"threadtime,year":         {"2026-09-22 20:46:51.371  2276  2333 I am_kill : " + list, "2026-09-22T20:46:51.371Z", true, false, false, false},
		"threadtime,year,zone":    {"2026-09-22 20:46:51.371 +0200  2276  2333 I am_kill : " + list, "2026-09-22T18:46:51.371Z", false, false, false, false},
		"threadtime,zone":         {"09-22 20:46:51.371 -0330  2276  2333 I am_kill : " + list, "2000-09-23T00:16:51.371Z", false, true, false, false},
		"threadtime,UTC,year":     {"2026-09-22 20:46:51.371 +0000  2276  2333 I am_kill : " + list, "2026-09-22T20:46:51.371Z", false, false, false, false},
		"threadtime,usec":         {"09-22 20:46:51.371042  2276  2333 I am_kill : " + list, "2000-09-22T20:46:51.371042Z", true, true, false, false},
		"threadtime,nsec":         {"09-22 20:46:51.371042007  2276  2333 I am_kill : " + list, "2000-09-22T20:46:51.371042007Z", true, true, false, false},
		"threadtime,uid":          {"09-22 20:46:51.371  1000  2276  2333 I am_kill : " + list, "2000-09-22T20:46:51.371Z", true, true, false, false},
		"threadtime,uid by name":  {"09-22 20:46:51.371 system  2276  2333 I am_kill : " + list, "2000-09-22T20:46:51.371Z", true, true, false, false},
		"epoch":                   {"1790110011.371  2276  2333 I am_kill : " + list, "2026-09-22T20:46:51.371Z", false, false, false, false},
		"epoch,uid":               {"      1790110011.371  1000  2276  2333 I am_kill : " + list, "2026-09-22T20:46:51.371Z", false, false, false, false},
		"epoch,usec,uid":          {"1790110011.371042  1000  2276  2333 I am_kill: " + list, "2026-09-22T20:46:51.371042Z", false, false, false, false},
		"descriptive":             {"09-22 20:46:51.371  2276  2333 I am_kill : [User=0,PID=12735,Process Name=com.example.video,OomAdj=900,Reason=remove task,Rss=12345]", "2000-09-22T20:46:51.371Z", true, true, false, false},
		"color":                   {"\x1b[38;5;40m09-22 20:46:51.371  2276  2333 I am_kill : " + list + "\x1b[0m", "2000-09-22T20:46:51.371Z", true, true, false, false},
		"time":                    {"09-22 20:46:51.371 I/am_kill ( 2276): " + list, "2000-09-22T20:46:51.371Z", true, true, false, false},
		"time,uid,year":           {"2026-09-22 20:46:51.371 I/am_kill ( 1000: 2276): " + list, "2026-09-22T20:46:51.371Z", true, false, false, false},
		"long":                    {"[ 09-22 20:46:51.371  2276: 2333 I/am_kill  ]\n" + list + "\n", "2000-09-22T20:46:51.371Z", true, true, false, false},
		"long,epoch,uid":          {"[ 1790110011.371  1000: 2276: 2333 I/am_kill  ]\n" + list + "\n", "2026-09-22T20:46:51.371Z", false, false, false, false},
		"with line ends of DOS":   {"09-22 20:46:51.371  2276  2333 I am_kill : " + list + "\r\n", "2000-09-22T20:46:51.371Z", true, true, false, false},
		"brief, without a time":   {"I/am_kill ( 2276): " + list, "", false, false, true, true},
		"monotonic, no wall time": {"   123.456  2276  2333 I am_kill : " + list, "", false, false, true, true},
		"a day that is none":      {"09-42 20:46:51.371  2276  2333 I am_kill : " + list, "", false, false, true, true},
	} {
		events, notes := read(t, c.text)
		if c.broken {
			if len(events) > 0 || notes.Unknown != 1 || !strings.Contains(notes.Problems[0].Remedy, "logcat") {
				t.Errorf("%s: %+v %+v", name, events, notes)
			}
		} else if len(events) != 1 || events[0].Time.Format(time.RFC3339Nano) != c.at || events[0].What != "swiped" || events[0].App != "com.example.video" || events[0].Kind != "state" {
			t.Errorf("%s: %+v", name, events)
		} else if notes.Wall != c.wall || notes.Yearless != c.yearless || notes.Unknown != 0 {
			t.Errorf("%s: %+v", name, notes)
		}
		if Match([]byte(c.text)) == c.noMatch {
			t.Errorf("%s: match %v", name, !c.noMatch)
		}
	}
}

// What a process was killed for, as versions and buffers word it.
func TestReasons(t *testing.T) {
	for line, want := range map[string]string{
		"am_kill : [0,1,com.example.video,900,remove task]":                                                            "swiped com.example.video",
		"am_kill : [0,1,com.example.video,0,stop com.example.video]":                                                   "force-stopped com.example.video",
		"am_kill : [0,1,com.example.video,0,stop com.example.video due to from pid 4711,20480]":                        "force-stopped com.example.video",
		"am_kill : [0,1,com.example.video,0,stop com.example.video due to installPackageLI]":                           "killed com.example.video",
		"am_kill : [0,1,com.example.video,0,stop com.example.video due to pkg removed]":                                "killed com.example.video",
		"am_kill : [0,1,com.example.video,0,stop user 10 due to finish user]":                                          "killed com.example.video",
		"am_kill : [10,1,com.example.video,900,empty #17]":                                                             "killed com.example.video@10",
		"am_kill : [0,1,com.example.video:push,900,excessive cpu 9330 during 300075 dur=1 limit=2]":                    "killed com.example.video:push",
		"am_proc_died: [0,1,com.example.video]":                                                                        "died com.example.video",
		"am_proc_died: [0,1,com.example.video:push,900,17]":                                                            "died com.example.video:push",
		"ActivityManager: Force stopping com.example.video appid=10123 user=0: from pid 4711":                          "force-stopped com.example.video",
		"ActivityManager: Force stopping com.example.video appid=10123 user=10: from pid 4711":                         "force-stopped com.example.video@10",
		"ActivityManager: Force stopping com.example.video appid=10123 user=-1: pkg removed":                           "",
		"ActivityManager: Killing 1:com.example.video/u0a123 (adj 900): remove task":                                   "swiped com.example.video",
		"ActivityManager: Killing 1:com.example.video/u10a123 (adj 0): stop com.example.video due to from pid 4711":    "force-stopped com.example.video@10",
		"ActivityManager: Killing 1:com.example.video/u0a123 (adj 900): empty #17":                                     "",
		"ActivityManager: Start proc 1:com.example.video/u0a123 for service {com.example.video/com.example.video.Job}": "started com.example.video",
		"screen_toggled: 0":                                 "screen-off ",
		"screen_toggled: 2":                                 "screen-on ",
		"power_screen_state: [0,2,0,0,419]":                 "screen-off ",
		"power_screen_state: [1,0,0,0,310]":                 "screen-on ",
		"power_screen_state: [offOrOn=1,becauseOfUser=0,0]": "", // a name that tags do not use is no number
		"battery_level: [93,4200,310]":                      "",
	} {
		events, _ := read(t, "1790110011.371  2276  2333 I "+line)
		got := ""
		if len(events) == 1 && events[0].Kind == "state" {
			got = events[0].What + " " + events[0].App
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// Names: a class is of the package that a component or a process told; a
// process of any name is of the app whose component it was started for.
func TestNames(t *testing.T) {
	events, _ := read(t, `1790110001.000  1000  1001 I am_proc_start: [0,77,10123,org.other.name,activity,{com.example.video/org.code.Main}]
1790110002.000  77  77 I wm_on_resume_called: [5,org.code.Unseen,RESUME_ACTIVITY,3]
1790110003.000  88  88 I wm_on_resume_called: [5,org.code.Main,RESUME_ACTIVITY,3]
1790110004.000  88  88 I wm_on_paused_called: [5,org.nobody.Knows,performPause]
1790110005.000  1000  1001 I am_proc_died: [0,77,org.other.name,900,17]
1790110006.000  1000  1001 I am_uid_stopped: 10123
1790110007.000  1000  1001 I am_uid_stopped: 10999
1790110008.000  1000  1001 I am_proc_start: [0,78,99012,com.example.video:sandbox,,{com.example.video/x.Sandbox}]
1790110009.000  1000  1001 I am_uid_stopped: 99012
`)
	var got []string
	for _, e := range events {
		got = append(got, e.What+" "+e.App)
	}
	want := []string{
		"started com.example.video:org.other.name", "resumed com.example.video", "resumed com.example.video", "paused ",
		"died com.example.video:org.other.name", "uid-stopped com.example.video", "uid-stopped ", "started com.example.video:sandbox",
		"uid-stopped ", // of an isolated process: not the app's end
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// A log has a hole where logd says so, where it begins anew, and where its clock
// was set back; a new year is none.
func TestGaps(t *testing.T) {
	const a, b = "12-31 23:59:59.000  1  2 I am_low_memory: 5\n", "01-01 00:00:01.000  1  2 I am_low_memory: 5\n"
	for text, want := range map[string]string{
		a + "12-31 23:59:59.500  1  2 I chatty  : uid=1000(system) Binder expire 12 lines\n" + b:     "chatty",
		a + "12-31 23:59:59.500  1  2 I chatty  : uid=1000(system) Binder identical 2 lines\n" + b:   "",
		"--------- beginning of events\n" + a + "--------- beginning of system\n" + b:                "",
		"--------- beginning of events\n" + a + "--------- beginning of events\n" + b:                "restart",
		"12-31 23:59:59.000  1  2 I am_low_memory: 5\n12-31 22:59:59.000  1  2 I am_low_memory: 5\n": "clock",
		"12-31 23:59:59.000  1  2 I am_low_memory: 5\n12-31 23:59:58.900  1  2 I am_low_memory: 5\n": "",
		a + b: "",
	} {
		events, _ := read(t, text)
		got := ""
		for _, e := range events {
			if e.Kind == "gap" {
				got += e.What
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Every am_ and wm_ tag is kept; others are counted by name, strange lines told.
func TestNothingIsLost(t *testing.T) {
	events, notes := read(t, `------ EVENT LOG (logcat -b events -v threadtime -d *:v) ------
--------- beginning of events
09-22 20:46:51.371  2276  2333 I am_new_tag_of_android_17: [1,2,3]
09-22 20:46:51.372  2276  2333 I wm_kill_of_another_shape
09-22 20:46:51.373  2276  2333 I am_kill : [0,x]
09-22 20:46:51.374  2276  2333 I sysui_multi_action: [757,1]
09-22 20:46:51.375  2276  2333 I device_idle: [2,step]
`)
	if len(events) != 3 || events[0].What != "am_new_tag_of_android_17" || events[0].Detail != "[1,2,3]" || events[1].Kind != "other" || events[2].What != "device_idle" {
		t.Errorf("%+v", events)
	}
	if notes.Others["sysui_multi_action"] != 1 || notes.Others["am_kill, in another form"] != 1 || notes.Unknown != 1 || notes.Problems[0].Line != 4 {
		t.Errorf("%+v", notes)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("09-22 20:46:51.371  2276  2333 I am_kill : [0,12735,com.example.video,900,remove task]\n"))
	f.Add([]byte("[ 1790110011.371  1000: 2276: 2333 I/am_kill  ]\n[0,1]\n\n\x1b[0m"))
	f.Add([]byte("2026-09-22 20:46:51.371 I/am_kill ( 1000: 2276): [0,1,a,b,c]"))
	f.Add([]byte("--------- beginning of events\n1790110011.371 1 2 I ActivityManager: Killing 1:a/u0a1 (adj 1): stop a due to from pid 1\n"))
	f.Add([]byte("1790110011.371 1 2 I am_proc_start: [0,1,10001,a:b,c,{a/.D}]\n1790110011.371 1 2 I am_uid_stopped: 10001\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		Match(b)
		n := 0
		notes, err := Read(bytes.NewReader(b), func(e flow.Event) {
			if n++; e.Time.IsZero() || len(e.App) > 2*maxName+64 || len(e.Detail) > maxName {
				t.Errorf("%+v", e)
			}
		})
		if err != nil || notes.Unknown > notes.Lines || len(notes.Problems) > 8 {
			t.Errorf("%v %+v", err, notes)
		}
	})
}

// BenchmarkRead is 100 MB of an events buffer in which a third are of apps.
func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for i := 0; text.Len() < 100<<20; i++ {
		fmt.Fprintf(&text, "%d.%03d  1000  1500  1600 I wm_set_resumed_activity: [0,com.example.app%d/.Main,resumeTopActivity - onActivityStateChanged]\n", 1790110000+i, i%1000, i%40)
		fmt.Fprintf(&text, "%d.%03d  1000  1500  1600 I sysui_multi_action: [757,1,758,1,833,0,917,%d]\n", 1790110000+i, i%1000, i)
		fmt.Fprintf(&text, "%d.%03d  1000  1500  1600 I battery_level: [93,4200,%d]\n", 1790110000+i, i%1000, i%400)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if _, err := Read(strings.NewReader(text.String()), func(flow.Event) { n++ }); err != nil || n == 0 {
			b.Fatal(err)
		}
	}
}
