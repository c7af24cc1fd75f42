package adb

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]Event{
		"1700000000.123  1234  1300 I wm_set_resumed_activity: [0,com.example.video/.Main,resumeTopActivity - onActivityStateChanged]": {time.Unix(1700000000, 123e6), "resumed", "com.example.video"},
		"     1700000000.500  1234  1300 I wm_pause_activity: [0,81,com.example.video/.Main,userLeaving=true,pauseBackTasks]":          {time.Unix(1700000000, 500e6), "paused", "com.example.video"},
		"1700000000.600  9876  9876 I wm_on_paused_called: [81,com.example.video.Main,performPause,1]":                                 {}, // names no app
		"1700000001.000   900   950 I am_proc_start: [0,4242,10123,com.example.video:push,service,{com.example.video/.Push}]":          {time.Unix(1700000001, 0), "started", "com.example.video:push"},
		"1700000002.000   900   950 I am_kill : [0,4242,com.example.video,900,stop com.example.video]":                                 {time.Unix(1700000002, 0), "force-stopped", "com.example.video"}, // short tags are padded
		"1700000002.000   900   950 I am_kill: [0,4242,com.example.video,900,stop com.example.video]":                                  {time.Unix(1700000002, 0), "force-stopped", "com.example.video"},
		"1700000002.000   900   950 I am_kill: [0,4242,com.example.video,900,remove task]":                                             {time.Unix(1700000002, 0), "swiped", "com.example.video"},
		"1700000002.000   900   950 I am_kill: [0,4242,com.example.video,900,stop com.example.video due to installPackageLI]":          {time.Unix(1700000002, 0), "killed", "com.example.video"},
		"1700000002.000   900   950 I am_kill: [0,4242,com.example.video,900,empty #17]":                                               {time.Unix(1700000002, 0), "killed", "com.example.video"},
		"1700000002.000   900   950 I am_kill : [10,4242,com.example.video:push,900,remove task]":                                      {time.Unix(1700000002, 0), "swiped", "com.example.video@10:push"},
		"1700000002.000   900   950 I am_kill : [0,4242,182044,com.example.video,900,remove task]":                                     {time.Unix(1700000002, 0), "swiped", "com.example.video"},
		"1700000002.000   900   950 I am_pause_activity: [4242,81,com.example.video/.Main]":                                            {time.Unix(1700000002, 0), "paused", "com.example.video"},
		"1700000002.000   900   950 I wm_set_resumed_activity: [0,com.example.home/.Home,finish-top adjustFocusToNextFocusableTask]":   {}, // the focus alone
		"1700000002.000   900   950 I am_kill: [0,4242,182044]":                                                                        {},
		"1700000060.000  1711  1720 I screen_toggled: 0":                                                                               {time.Unix(1700000060, 0), "screen-off", ""},
		"1700000061.000  1711  1720 I screen_toggled: 1":                                                                               {time.Unix(1700000061, 0), "screen-on", ""},
		"1700000061.000  1711  1720 I screen_toggled: [screen_state=2]":                                                                {time.Unix(1700000061, 0), "screen-on", ""},
		"1700000062.100  1144  1200 I power_screen_state: [0,2,0,0,60]":                                                                {time.Unix(1700000062, 100e6), "screen-off", ""},
		"1700000062.100  1144  1200 I power_screen_state: [1,0,0,0,231]":                                                               {time.Unix(1700000062, 100e6), "screen-on", ""},
		"1700000062.100  1144  1200 I screen_toggled: 7":                                                                               {},
		"1700000062.100  1144  1200 I power_screen_broadcast_send: 1":                                                                  {},
		"--------- beginning of events":       {},
		"":                                    {},
		"x 1 2 I am_kill: [0,1,a,2]":          {},
		"1700000002.0 900 950 I am_kill: [0]": {},
		"1700000002.0 900 950 I battery_level: [93,4200,310]":        {},
		"1700000002.0000000000 900 950 I am_kill: [0,1,com.x,2,why]": {},
	} {
		got, ok := Parse(line)
		if ok != (want != Event{}) || got != want && ok {
			t.Errorf("%s\n%+v %v, want %+v", line, got, ok, want)
		}
	}
}

// TestWatch has a script in adb's place, since there is no phone: it shows
// that the commands, the clock and the end of the stream are handled.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	script := `#!/bin/sh
case "$*" in
get-state) echo device ;;
"shell date +%s.%N") date -d '+100 seconds' +%s.%N ;;
logcat*) echo '--------- beginning of events'; echo '1700000000.123  1  2 I wm_set_resumed_activity: [0,com.example/.A,resumeTopActivity]'
  echo '1700000009.000  1  2 I screen_toggled: 0'; echo '1700000009.050  1  2 I power_screen_state: [0,2,0,0,60]' ;;
esac
`
	if err := os.WriteFile(filepath.Join(dir, "adb"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	path := Find(context.Background())
	if path == "" {
		t.Fatal("not found")
	}
	o, err := Clock(context.Background(), path)
	if err != nil || (o.Ahead-100*time.Second).Abs() > o.Bound+time.Millisecond || o.Bound > 5*time.Second {
		t.Errorf("%+v %v", o, err)
	}
	if later := o.At(time.Now().Add(24 * time.Hour)); later.Ahead != o.Ahead || later.Bound < 4*time.Second || later.Bound > 10*time.Second {
		t.Errorf("a day later: %+v", later)
	}
	var got []Event
	if err := Watch(context.Background(), path, func(e Event) { got = append(got, e) }); err == nil || len(got) != 3 || got[0].App != "com.example" || got[1].What != "screen-off" || got[1].App != "" {
		t.Errorf("%+v %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1700000000.123  1234  1300 I wm_set_resumed_activity: [0,com.example.video/.Main,resumeTopActivity]")
	f.Fuzz(func(t *testing.T, s string) { Parse(s) })
}
