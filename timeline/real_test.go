package timeline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Courses of events in the order in which real phones log them, written anew: at
// each "?" the state of com.example.video must be what follows it.
func TestRealOrders(t *testing.T) {
	for name, text := range map[string]string{
		// The next activity has the focus before the last one is asked to pause.
		"Android 13, leaving by the back key": `
			am_uid_running: 10123
			am_proc_start: [0,5001,10123,com.example.video,next-top-activity,{com.example.video/com.example.video.Main}]
			wm_restart_activity: [0,1,2,com.example.video/.Main]
			wm_set_resumed_activity: [0,com.example.video/.Main,minimalResumeActivityLocked - onActivityStateChanged]
			5001|wm_on_resume_called: [1,com.example.video.Main,RESUME_ACTIVITY]
			? foreground
			wm_finish_activity: [0,1,2,com.example.video/.Main,app-request]
			wm_set_resumed_activity: [0,com.example.home/.Home,finish-top adjustFocusToNextFocusableTask]
			wm_pause_activity: [0,1,com.example.video/.Main,userLeaving=false,finish]
			5001|wm_on_paused_called: [1,com.example.video.Main,performPause]
			wm_set_resumed_activity: [0,com.example.home/.Home,resumeTopActivity - onActivityStateChanged]
			wm_resume_activity: [0,9,8,com.example.home/.Home]
			? background
			wm_destroy_activity: [0,1,2,com.example.video/.Main,finish-imm:idle]
			5001|wm_on_stop_called: [1,com.example.video.Main,LIFECYCLER_STOP_ACTIVITY]
			? background`,
		// The app's own word that it was paused comes when another is in front.
		"Android 13, a slow app": `
			wm_resume_activity: [0,1,2,com.example.video/.Main]
			wm_pause_activity: [0,1,com.example.video/.Main,userLeaving=false,pauseBackTasks]
			wm_set_resumed_activity: [0,com.example.home/.Home,resumeTopActivity - onActivityStateChanged]
			9000|wm_on_resume_called: [9,com.example.home.Home,RESUME_ACTIVITY]
			5001|wm_on_paused_called: [1,com.example.video.Main,performPause]
			? background
			wm_stop_activity: [0,1,com.example.video/.Main]
			? background`,
		"Android 7, from one activity to the next, and home": `
			am_resume_activity: [0,1,2,com.example.video/.Main]
			? foreground
			am_create_activity: [0,3,2,com.example.video/.Edit,NULL,NULL,NULL,0]
			am_focused_activity: [0,com.example.video/.Edit,startedActivity]
			am_pause_activity: [0,1,com.example.video/.Main]
			5001|am_on_paused_called: [0,com.example.video.Main,handlePauseActivity]
			am_restart_activity: [0,3,2,com.example.video/.Edit]
			5001|am_on_resume_called: [0,com.example.video.Edit,LAUNCH_ACTIVITY]
			? foreground
			am_focused_activity: [0,com.example.home/.Home,adjustFocus]
			am_pause_activity: [0,3,com.example.video/.Edit]
			am_resume_activity: [0,9,8,com.example.home/.Home]
			9000|am_on_resume_called: [0,com.example.home.Home,RESUME_ACTIVITY]
			+5
			am_pause_activity: [0,9,com.example.home/.Home]
			am_resume_activity: [0,7,8,com.example.mail/.Inbox]
			? background`,
		"MIUI 10, the process in the user's place": `
			am_proc_start: [0,5001,10123,com.example.video,activity,com.example.video/.Main]
			am_restart_activity: [0,1,2,com.example.video/.Main,5001]
			? foreground
			am_pause_activity: [5001,1,com.example.video/.Main]
			am_resume_activity: [0,9,8,com.example.home/.Home,9000]
			? background
			am_stop_activity: [0,1,com.example.video/.Main]
			? background`,
		"MIUI 14, user and token before the class": `
			wm_resume_activity: [0,1,2,com.example.video/.Main]
			5001|wm_on_resume_called: [0,1,com.example.video.Main,RESUME_ACTIVITY,13]
			? foreground
			+5
			5001|wm_on_paused_called: [0,1,com.example.video.Main,performPause,1]
			5001|wm_on_resume_called: [0,1,com.example.video.Main,RESUME_ACTIVITY,2]
			? foreground`,
		// Whatever is started behind a dark screen is in front of nobody.
		"opened while the screen is off": `
			screen_toggled: 0
			? unknown
			+30
			wm_resume_activity: [0,1,2,com.example.video/.Main]
			wm_pause_activity: [0,1,com.example.video/.Main,userLeaving=false,x]
			5001|wm_on_resume_called: [1,com.example.video.Main,RESUME_ACTIVITY]
			5001|wm_on_paused_called: [1,com.example.video.Main,performPause]
			? unknown
			wm_stop_activity: [0,1,com.example.video/.Main]
			? unknown`,
		"and stays so until the screen is told of": `
			screen_toggled: 0
			+30
			wm_resume_activity: [0,1,2,com.example.video/.Main]
			+30
			? unknown
			screen_toggled: 1
			? foreground`,
		"two in front, each in its half": `
			wm_resume_activity: [0,1,2,com.example.video/.Main]
			? unknown
			wm_resume_activity: [0,9,8,com.example.mail/.Inbox]
			? unknown
			wm_set_resumed_activity: [0,com.example.video/.Main,setFocusedTask]
			? unknown`,
		"the focus goes to the other half and comes back": `
			wm_resume_activity: [0,1,2,com.example.video/.Main]
			? foreground
			wm_set_resumed_activity: [0,com.example.mail/.Inbox,setFocusedTask]
			? foreground
			wm_set_resumed_activity: [0,com.example.video/.Main,setFocusedTask]
			? foreground`,
		// Nobody sees a process that was started for a broadcast, a job or a push.
		"started for a broadcast": `
			wm_resume_activity: [0,9,8,com.example.home/.Home]
			am_uid_running: 10123
			am_proc_start: [0,5001,10123,com.example.video,broadcast,{com.example.video/.Boot}]
			? unknown
			am_kill : [0,5001,com.example.video,900,empty #17]
			am_proc_died: [0,5001,com.example.video,900,19]
			? unknown
			am_uid_stopped: 10123
			? closed
			+60
			am_uid_running: 10123
			am_proc_start: [0,5002,10123,com.example.video,broadcast,{com.example.video/.Boot}]
			? background`,
		// One of its processes is killed, another may run since before the log.
		"killed, with another process from before": `
			am_proc_start: [0,5001,10123,com.example.video,service,{com.example.video/.Push}]
			am_kill : [0,5001,com.example.video,900,empty #17]
			am_proc_died: [0,5001,com.example.video,900,19]
			? unknown`,
		"killed, with another process that is known": `
			wm_resume_activity: [0,9,8,com.example.home/.Home]
			am_proc_start: [0,5001,10123,com.example.video,service,{com.example.video/.Push}]
			am_proc_start: [0,5002,10123,com.example.video:push,service,{com.example.video/.Push}]
			am_proc_died: [0,5001,com.example.video,900,19]
			? background`,
		"a log that was not told of any process but one": `
			am_proc_died: [0,5001,com.example.video]
			? unknown`,
		// An isolated process has a user id of its own, whose end is not the app's.
		"an isolated process ends": `
			am_uid_running: 10123
			am_proc_start: [0,5001,10123,com.example.video,next-top-activity,{com.example.video/.Main}]
			wm_resume_activity: [0,1,2,com.example.video/.Main]
			am_uid_running: 99012
			am_proc_start: [0,5002,99012,com.example.video:sandboxed_process0,,{com.example.video/org.x.Sandbox}]
			am_proc_died: [0,5002,com.example.video:sandboxed_process0,0,2]
			am_uid_stopped: 99012
			? foreground`,
		// The system's buffer tells that it was swiped away, and later at most that
		// a process was started.
		"the system's buffer": `
			ActivityManager: Killing 5001:com.example.video/u0a123 (adj 905): remove task
			? swiped
			+60
			ActivityManager: Start proc 5002:com.example.video/u0a123 for next-top-activity {com.example.video/com.example.video.Main}
			? unknown`,
		"and less of it": `
			ActivityManager: Force stopping com.example.video appid=10123 user=0: from pid 4711
			? unknown`,
		"the app of a work profile": `
			wm_resume_activity: [0,1,2,com.example.video/.Main]
			wm_pause_activity: [0,1,com.example.video/.Main,userLeaving=true,x]
			wm_resume_activity: [10,3,4,com.example.video/.Main]
			wm_stop_activity: [0,1,com.example.video/.Main]
			? background
			am_kill : [10,6001,com.example.video,900,remove task]
			? background`,
	} {
		var log strings.Builder
		log.WriteString("--------- beginning of events\n")
		type claim struct {
			at    time.Time
			state string
		}
		var claims []claim
		at := noon
		for l := range strings.Lines(strings.TrimSpace(text)) {
			at = at.Add(20 * time.Millisecond)
			l = strings.TrimSpace(l)
			if state, ok := strings.CutPrefix(l, "? "); ok {
				claims = append(claims, claim{at, state})
				continue
			}
			if strings.HasPrefix(l, "+") {
				d, err := time.ParseDuration(l[1:] + "s")
				if err != nil {
					t.Fatal(err)
				}
				at = at.Add(d)
				continue
			}
			pid := "1500"
			if p, rest, ok := strings.Cut(l, "|"); ok {
				pid, l = p, rest
			}
			fmt.Fprintf(&log, "%s  1000  %s  1600 I %s\n", stamp(at), pid, l)
		}
		// The log goes on: its end says nothing of what was before.
		fmt.Fprintf(&log, "%s  1000  1500  1600 I am_low_memory: 5\n", stamp(at.Add(time.Hour)))
		tl := Of("com.example.video", mustRead(t, log.String()).Events)
		for _, c := range claims {
			if got := tl.At(c.at).State; got != c.state {
				t.Errorf("%s, after %s: %s, want %s", name, c.at.Sub(noon), got, c.state)
			}
		}
	}
}
