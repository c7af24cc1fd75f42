package timeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// device plays a phone on which apps are opened, left, swiped away, stopped and
// killed, writes the log that Android 13 would, and keeps what was true.
type device struct {
	r     *rand.Rand
	now   time.Time
	lines []line
	spans []span
	pid   int
	top   string         // the activity in front, "package/class"
	procs map[string]int // pids of ours, by process
	cause string         // why ours is closed: "", Swiped, Stopped
	swept bool           // it was swiped away and not opened since, whatever came then
	off   bool
	late  []string // what apps have still to write of themselves
}

type line struct {
	at   time.Time
	text string
}

// span is a stretch in which nothing changed.
type span struct {
	from, to time.Time
	visible  bool
	running  bool
	cause    string
	swept    bool
	off      bool
}

const (
	subject = "com.example.video"
	mainAct = subject + "/" + subject + ".Main"
	editAct = subject + "/" + subject + ".Edit"
	home    = "com.example.home/com.example.home.Home"
	mail    = "com.example.mail/com.example.mail.Inbox"
	dialog  = "com.android.permissioncontroller/com.android.permissioncontroller.Grant"
)

func newDevice(seed uint64) *device {
	return &device{r: rand.New(rand.NewPCG(seed, 7)), now: noon, pid: 4000, top: home, procs: map[string]int{}}
}

// log writes a line some milliseconds after the last.
func (d *device) log(tag, format string, args ...any) {
	d.write(fmt.Sprintf("%s: %s", tag, fmt.Sprintf(format, args...)))
	for len(d.late) > 0 && d.r.IntN(2) == 0 {
		d.catchUp()
	}
}

func (d *device) write(text string) {
	d.now = d.now.Add(time.Duration(3+d.r.IntN(40)) * time.Millisecond)
	d.lines = append(d.lines, line{d.now, "  1000  1500  1600 I " + text})
}

// catchUp lets an app write what it was asked to do some time ago.
func (d *device) catchUp() {
	d.write(d.late[0])
	d.late = d.late[1:]
}

// told has the app of an activity write of it, sooner or later, or never.
func (d *device) told(tag, act, reason string) {
	if d.r.IntN(2) == 0 {
		d.late = append(d.late, fmt.Sprintf("%s: [11,%s,%s,1]", tag, act[strings.IndexByte(act, '/')+1:], reason))
	}
}

func (d *device) pause() {
	d.log("wm_pause_activity", "[0,11,%s,userLeaving=true,x]", d.top)
	d.told("wm_on_paused_called", d.top, "performPause")
}

func (d *device) stop(act string) {
	d.log("wm_stop_activity", "[0,11,%s]", act)
	d.told("wm_on_stop_called", act, "STOP_ACTIVITY_ITEM")
}

func (d *device) resume(act string) {
	d.top = act
	d.log("wm_set_resumed_activity", "[0,%s,resumeTopActivity - onActivityStateChanged]", act)
	if d.r.IntN(3) == 0 {
		d.log("wm_resume_activity", "[0,11,12,%s]", act)
	}
	d.told("wm_on_resume_called", act, "RESUME_ACTIVITY")
}

func (d *device) ours() bool { return strings.HasPrefix(d.top, subject+"/") }

// process starts one of ours.
func (d *device) process(name, why string) {
	if d.procs[name] != 0 {
		return
	}
	if len(d.procs) == 0 {
		d.log("am_uid_running", "10123")
	}
	d.pid++
	d.procs[name] = d.pid
	d.log("am_proc_start", "[0,%d,10123,%s,%s,{%s}]", d.pid, name, why, mainAct)
	d.log("am_proc_bound", "[0,%d,%s]", d.pid, name)
}

// end ends one of ours, by a kill if there is a reason.
func (d *device) end(name, reason string) {
	pid := d.procs[name]
	if pid == 0 {
		return
	}
	if reason != "" {
		d.log("am_kill", "[0,%d,%s,900,%s,12345]", pid, name, reason)
	}
	d.log("am_proc_died", "[0,%d,%s,900,17]", pid, name)
	if delete(d.procs, name); len(d.procs) == 0 {
		d.log("am_uid_stopped", "10123")
	}
}

func (d *device) open(act string) {
	if d.top == act {
		return
	}
	was := d.top
	if d.r.IntN(2) == 0 { // the focus goes before
		d.log("wm_set_resumed_activity", "[0,%s,bringingFoundTaskToFront]", act)
	}
	d.pause()
	if strings.HasPrefix(act, subject) {
		d.process(subject, "next-top-activity")
		d.cause, d.swept = "", false
	}
	d.resume(act)
	if act != dialog {
		d.now = d.now.Add(300 * time.Millisecond)
		d.stop(was)
	}
}

// step does something at random and lets time pass.
func (d *device) step() {
	switch n := d.r.IntN(12); {
	case d.off:
		if n > 3 {
			break
		}
		d.off = false
		d.log("screen_toggled", "1")
		d.resume(d.top)
	case n < 3:
		d.open(mainAct)
	case n == 3 && d.ours():
		d.open([]string{mainAct, editAct}[d.r.IntN(2)])
	case n == 4:
		d.open([]string{home, mail}[d.r.IntN(2)])
	case n == 5 && d.ours():
		d.open(dialog)
	case n == 6:
		if d.ours() {
			d.open(home)
		}
		if d.procs[subject] != 0 {
			d.end(subject, "remove task")
			d.cause, d.swept = Swiped, true
			if d.r.IntN(2) == 0 {
				d.end(subject+":push", "remove task")
			}
		}
	case n == 7 && !d.ours() && len(d.procs) > 0:
		for _, p := range []string{subject, subject + ":push"} {
			d.end(p, "stop "+subject+" due to from pid 2345")
		}
		d.cause = Stopped
	case n == 8 && !d.ours():
		d.end(subject, []string{"", "empty #17", "excessive cpu"}[d.r.IntN(3)])
	case n == 9:
		if d.cause != Stopped {
			if d.procs[subject+":push"] == 0 {
				d.process(subject+":push", "service")
			} else {
				d.end(subject+":push", "")
			}
		}
	case n == 10:
		d.off = true
		d.log("screen_toggled", "0")
		if d.top == dialog { // it goes with the screen
			d.top = mainAct
		}
		d.pause()
		d.stop(d.top)
	case n == 11 && d.ours():
		d.log("am_crash", "[0,%d,%s,0,java.lang.Error,x,F.java,3,0]", d.procs[subject], subject)
		d.end(subject, "")
		d.resume(home)
	}
	if d.cause == Stopped && len(d.procs) > 0 {
		d.cause = ""
	}
	for len(d.late) > 0 && d.r.IntN(10) > 0 {
		d.catchUp()
	}
	from := d.now.Add(time.Millisecond)
	d.now = d.now.Add(4*time.Second + time.Duration(d.r.IntN(60_000))*time.Millisecond)
	visible := (d.ours() || d.top == dialog) && !d.off
	d.spans = append(d.spans, span{from, d.now, visible, len(d.procs) > 0, d.cause, d.swept, d.off})
	if d.top == dialog {
		// answered: never a fact of its own
		d.spans = d.spans[:len(d.spans)-1]
		d.pause()
		d.resume(mainAct)
		d.now = d.now.Add(4 * time.Second)
	}
}

// text is the log as "logcat -v epoch" writes it, by a clock that is ahead.
func (d *device) text(ahead func(time.Time) time.Duration) string {
	var b strings.Builder
	b.WriteString("--------- beginning of events\n")
	for _, l := range d.lines {
		b.WriteString(stamp(l.at.Add(ahead(l.at))) + l.text + "\n")
	}
	return b.String()
}

func stamp(t time.Time) string { return fmt.Sprintf("%d.%03d", t.Unix(), t.Nanosecond()/1e6) }

func onTime(time.Time) time.Duration { return 0 }

// false reports whether a claim is not true of a stretch.
func (s *span) false(claim string) bool {
	switch claim {
	case Foreground:
		return !s.visible
	case Background:
		return s.visible || !s.running
	case Swiped:
		return !s.swept
	case Stopped:
		return s.cause != claim
	case Closed:
		return s.running
	case ScreenOff:
		return !s.off
	}
	return claim != Unknown
}

// claims counts what a timeline says in the middle of each stretch, and the
// first that is wrong.
func (d *device) claims(tl *Timeline) (known, all int, wrong string) {
	for i := range d.spans {
		s := &d.spans[i]
		for _, at := range []time.Time{s.from.Add(20 * time.Millisecond), s.from.Add(s.to.Sub(s.from) / 2), s.to.Add(-20 * time.Millisecond)} {
			m := tl.At(at)
			all++
			if m.Open&State != 0 || m.State == Unknown {
				continue
			}
			known++
			if s.false(m.State) && wrong == "" {
				wrong = fmt.Sprintf("%s at %s: %+v", m.State, at.Format("15:04:05.000"), *s)
			}
		}
	}
	return known, all, wrong
}

func simulate(seed uint64) *device {
	d := newDevice(seed)
	d.log("wm_set_resumed_activity", "[0,%s,resumeTopActivity]", home)
	for range 60 {
		d.step()
	}
	return d
}

func mustRead(t testing.TB, text string) *Log {
	t.Helper()
	l, err := Read("phone.log", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if l.Unknown > 0 {
		t.Fatalf("%v", l.Problems)
	}
	return l
}

// A whole log is understood: nothing wrong, and most of it known.
func TestDevice(t *testing.T) {
	known, all := 0, 0
	for seed := range uint64(200) {
		d := simulate(seed)
		k, n, wrong := d.claims(Of(subject, mustRead(t, d.text(onTime)).Events))
		if wrong != "" {
			t.Fatalf("seed %d: %s\n%s", seed, wrong, d.text(onTime))
		}
		known, all = known+k, all+n
	}
	t.Logf("%d of %d instants known", known, all)
	if known*100 < all*85 {
		t.Errorf("only %d of %d instants known", known, all)
	}
}

// The order in which events are handed over does not matter.
func TestShuffled(t *testing.T) {
	for seed := range uint64(30) {
		d := simulate(seed)
		events := slices.DeleteFunc(mustRead(t, d.text(onTime)).Events, func(e flow.Event) bool { return e.Kind == "gap" })
		want := Of(subject, events).Events()
		mixed := slices.Clone(events)
		d.r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		got := Of(subject, mixed)
		if _, _, wrong := d.claims(got); wrong != "" {
			t.Fatalf("seed %d: %s", seed, wrong)
		}
		if len(got.Events()) != len(want) {
			t.Errorf("seed %d: %d events, want %d", seed, len(got.Events()), len(want))
		}
	}
}

// One line is gone, whichever: what is said is still true, or nothing is said.
func TestOneLineLost(t *testing.T) {
	for seed := range uint64(40) {
		d := simulate(seed)
		whole := d.lines
		for i := range whole {
			d.lines = slices.Delete(slices.Clone(whole), i, i+1)
			if _, _, wrong := d.claims(Of(subject, mustRead(t, d.text(onTime)).Events)); wrong != "" {
				t.Fatalf("seed %d without %s %s\n%s\n%s", seed, stamp(whole[i].at), whole[i].text, wrong, d.text(onTime))
			}
		}
	}
}

// A log that begins later, and one with a hole that logd tells of.
func TestHoles(t *testing.T) {
	known, all := 0, 0
	for seed := range uint64(300) {
		d := simulate(seed)
		n := len(d.lines)
		from := d.r.IntN(n - 1)
		to := from + 1 + d.r.IntN(n-from-1)
		rest := slices.Clone(d.lines[to:])
		switch seed % 3 {
		case 0:
			d.lines = rest // begins later
		case 1:
			d.lines = d.lines[:to] // ends earlier
		case 2:
			d.lines = append(slices.Clone(d.lines[:from+1]), line{d.lines[from].at.Add(time.Millisecond), "  1000  1500  1600 I chatty  : uid=1000(system) Binder:1500_3 expire 77 lines"})
			d.lines = append(d.lines, rest...)
		}
		if len(d.lines) == 0 {
			continue
		}
		k, n, wrong := d.claims(Of(subject, mustRead(t, d.text(onTime)).Events))
		if wrong != "" {
			t.Fatalf("seed %d: %s\n%s", seed, wrong, d.text(onTime))
		}
		known, all = known+k, all+n
	}
	t.Logf("%d of %d instants known", known, all)
}

// A log of which only the lines that name the app were kept, as a grep does.
func TestGrepped(t *testing.T) {
	known, all := 0, 0
	for seed := range uint64(300) {
		d := simulate(seed)
		d.lines = slices.DeleteFunc(d.lines, func(l line) bool { return !strings.Contains(l.text, subject) })
		if len(d.lines) == 0 {
			continue
		}
		k, n, wrong := d.claims(Of(subject, mustRead(t, d.text(onTime)).Events))
		if wrong != "" {
			t.Fatalf("seed %d: %s\n%s", seed, wrong, d.text(onTime))
		}
		known, all = known+k, all+n
	}
	t.Logf("%d of %d instants known", known, all)
}
