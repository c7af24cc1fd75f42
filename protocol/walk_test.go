package protocol

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/timeline"
)

// rig is a walk in a bubble of time, with a person at a keyboard.
type rig struct {
	*Walk
	t      *testing.T
	keys   chan string
	mu     sync.Mutex
	told   []Event
	marked []string // act and note, as the capture got them
	first  []string // of each: the key or the tap
	files  map[string][]byte
	refuse error
	ended  bool
	result chan error
	cancel context.CancelFunc
}

func newRig(t *testing.T, device, length string) *rig {
	r := &rig{t: t, keys: make(chan string), files: map[string][]byte{}, result: make(chan error, 1)}
	own := minimum(t).For(device, length)
	r.Walk = &Walk{
		Protocol: own, Lines: r.keys, Now: time.Now, After: time.After,
		Tell: r.hear,
		Begin: func(context.Context) (func(evidence.Mark) error, error) {
			return func(m evidence.Mark) error {
				if r.refuse != nil {
					return r.refuse
				}
				r.marked = append(r.marked, m.Act+" "+m.Note)
				r.first = append(r.first, m.First)
				return nil
			}, nil
		},
		End: func() error { r.ended = true; return nil },
	}
	r.Record = NewRecord(own, device, length, "com.example.video", r.keep)
	return r
}

func (r *rig) keep(name string, b []byte) error {
	r.files[name] = bytes.Clone(b)
	return nil
}

func (r *rig) start() {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { r.result <- r.Run(ctx) }()
	synctest.Wait()
}

func (r *rig) hear(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, e)
}

func (r *rig) heard() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}

func (r *rig) last(event string) Event {
	for _, e := range slices.Backward(r.heard()) {
		if e.Event == event {
			return e
		}
	}
	r.t.Fatalf("no %s was told", event)
	return Event{}
}

// press types a line, when asked, and lets pass what follows at once.
func (r *rig) press(line string) {
	r.t.Helper()
	select {
	case r.keys <- line:
	case err := <-r.result:
		r.t.Fatalf("the walk ended: %v", err)
	}
	synctest.Wait()
}

// to does the steps up to that one, with their waits.
func (r *rig) to(id string) {
	r.t.Helper()
	for r.last("step").Step != id {
		s := r.Protocol.Steps[r.Protocol.index(r.last("step").Step)]
		time.Sleep(time.Second)
		r.press("")
		time.Sleep(s.Wait.Of(r.Record.Length) + time.Second)
		synctest.Wait()
	}
}

// states is what a timeline makes of the events that are kept.
func (r *rig) states() *timeline.Timeline {
	r.t.Helper()
	log, err := timeline.Read("events.toml", bytes.NewReader(r.files[EventsFile]))
	if err != nil {
		r.t.Fatalf("%v\n%s", err, r.files[EventsFile])
	}
	if d, err := time.ParseDuration(reaction); err != nil || d != timeline.Hand {
		r.t.Errorf("a reaction of %s, a hand of %s", reaction, timeline.Hand)
	}
	if log.Clock != timeline.CaptureClock || len(log.Problems) > 0 {
		r.t.Errorf("clock %q, problems %q", log.Clock, log.Problems)
	}
	return timeline.Of("com.example.video", log.Events)
}

// A day and a night, from end to end.
func TestWalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "android", "full")
		r.start()
		r.to("control-app")
		time.Sleep(time.Second)
		r.press("")
		if err := <-r.result; err != nil || !r.ended {
			t.Fatalf("%v, capture ended: %v", err, r.ended)
		}
		var acts []string
		first := map[string]string{}
		for i, m := range r.marked {
			if act, _, _ := strings.Cut(m, " "); act != "note" {
				acts = append(acts, act)
				first[act] = r.first[i]
			}
		}
		// Which comes first, as the step says it, goes into the capture with the mark.
		for act, want := range map[string]string{"consent-accept": "key", "save-draft": "key", "post": "key", "next": "tap"} {
			if first[act] != want {
				t.Errorf("%s: first comes the %q, want the %s", act, first[act], want)
			}
		}
		if got := strings.Join(acts, " "); got != "app-opened consent-refuse consent-accept record next discard record next save-draft app-closed app-opened sign-up post app-opened" {
			t.Errorf("marked: %s", got)
		}
		tl := r.states()
		stretch := func(step string) Stretch {
			return r.Record.Stretches[slices.IndexFunc(r.Record.Stretches, func(s Stretch) bool { return s.Step == step })]
		}
		launch, dark := stretch("launch"), stretch("dark")
		if d := dark.Until.Sub(dark.From); d != 24*time.Hour {
			t.Errorf("dark for %v", d)
		}
		for _, x := range []struct {
			at   time.Time
			want string
		}{
			{launch.From.Add(-time.Minute), timeline.Unknown},
			{launch.From.Add(30 * time.Second), timeline.Foreground},
			{stretch("swipe").From.Add(5 * time.Minute), timeline.Swiped},
			{dark.From.Add(12 * time.Hour), timeline.Swiped},
			{dark.Until.Add(time.Second), timeline.Unknown}, // the person may touch the phone again
			{stretch("reopen").From.Add(time.Second), timeline.Foreground},
		} {
			if got := tl.At(x.at).State; got != x.want {
				t.Errorf("%v: %s, expected %s", x.at.Sub(launch.From), got, x.want)
			}
		}
		if got := outlookOf(Answers(hong(t), r.Record.Grounds())); got["B05"] != Answerable || got["C02"] != Answerable || got["B01"] != Lacking {
			t.Errorf("B05 %s, C02 %s, B01 %s (nothing was planted)", got["B05"], got["C02"], got["B01"])
		}
		if d := r.Record.Lasted(); d["screen-off"] != 24*time.Hour || d["swiped"] != 24*time.Hour+10*time.Minute || d["closed"] != 0 {
			t.Errorf("%v", d)
		}
		if r.Record.Next != "" {
			t.Errorf("to do: %s", r.Record.Next)
		}
	})
}

// A walk that dies in the night claims nothing of the time after its last beat.
func TestKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "android", "full")
		r.start()
		r.to("dark")
		time.Sleep(time.Second)
		r.press("")
		from := time.Now()
		time.Sleep(time.Hour + 3*time.Second)
		synctest.Wait()
		kept := r.files // as they stand on disk
		r.files = map[string][]byte{}
		killed := time.Now()
		r.cancel()
		<-r.result

		r.files = kept
		tl := r.states()
		if got := tl.At(from.Add(30 * time.Minute)).State; got != timeline.Swiped {
			t.Errorf("half an hour in: %s", got)
		}
		if got := tl.At(killed.Add(-beat - 5*time.Second)).State; got != timeline.Swiped {
			t.Errorf("before the last beat: %s", got)
		}
		if got := tl.At(killed.Add(time.Second)).State; got != timeline.Unknown {
			t.Errorf("after the end: %s", got)
		}

		// It goes on with the same step, and says again what it is about.
		again := newRig(t, "android", "full")
		var err error
		again.Record, again.Protocol, err = ReadRecord(kept[ProgressFile], func(id, device, length string) (*Protocol, error) {
			return minimum(t).For(device, length), nil
		}, again.keep)
		if err != nil {
			t.Fatal(err)
		}
		again.start()
		if at := again.last("step").Step; at != "dark" {
			t.Errorf("goes on with %s", at)
		}
		if !strings.HasPrefix(again.marked[0], "note protocol minimum for android, full: begins before step dark") {
			t.Errorf("%q", again.marked)
		}
		time.Sleep(time.Hour)
		again.press("q enough")
		if err := <-again.result; !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
		if got := again.states().At(killed.Add(30 * time.Minute)).State; got != timeline.Unknown {
			t.Errorf("between the two walks: %s", got)
		}
	})
}

// A state is said of the time that the person said it of: from the mark to the
// end of the wait, and in front of the app until the next step asks to leave it.
func TestStretches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "android", "quick")
		// Opened again right after the night, without a control between.
		r.Protocol.Steps = slices.DeleteFunc(r.Protocol.Steps, func(s Step) bool { return s.ID == "alive" })
		r.start()
		r.to("swipe")
		asked := time.Now()
		time.Sleep(5 * time.Minute) // on the telephone, perhaps out of the app already
		r.press("")
		swiped := time.Now()
		r.press("s it rang")
		if slices.Contains(r.Record.Grounds().States, timeline.Swiped) {
			t.Error("a wait that was cut at once is no time away")
		}
		time.Sleep(5 * time.Minute)
		r.press("")
		dark := time.Now()
		time.Sleep(10 * time.Minute) // 4 of them asked for
		r.press("")
		opened := time.Now()
		time.Sleep(time.Minute)
		r.press("q")
		<-r.result
		tl := r.states()
		for _, x := range []struct {
			at   time.Time
			want string
		}{
			{asked.Add(-5 * time.Second), timeline.Foreground}, {asked.Add(time.Minute), timeline.Unknown},
			{swiped.Add(time.Minute), timeline.Unknown},
			{dark.Add(2 * time.Minute), timeline.Swiped}, {dark.Add(7 * time.Minute), timeline.Unknown},
			{opened.Add(5 * time.Second), timeline.Foreground}, {opened.Add(2 * time.Minute), timeline.Unknown},
		} {
			if got := tl.At(x.at).State; got != x.want {
				t.Errorf("%v: %s, expected %s\n%s", x.at.Sub(asked), got, x.want, r.files[EventsFile])
			}
		}
	})
}

// What a person can type.
func TestKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "iphone", "quick")
		r.start()
		r.press("s no baseline yet") // before there is a capture
		r.to("launch")
		if !slices.Contains(r.marked, "note persona: skipped. no baseline yet") {
			t.Errorf("what happened before the capture is not in it: %q", r.marked)
		}
		r.press("Enter")
		if r.last("unknown").Note != "Enter" || len(r.Record.Marks) != 3 {
			t.Errorf("marked %v", r.Record.Marks)
		}
		time.Sleep(time.Second)
		r.press("n the app shows an advertisement first")
		r.press("")
		n := len(r.marked)

		// Enter does not end a wait, and is not kept for the step after it.
		time.Sleep(10 * time.Second)
		r.press("")
		if r.last("step").Step != "launch" || len(r.marked) != n {
			t.Fatalf("Enter in a wait: at %s, %q", r.last("step").Step, r.marked[n:])
		}
		time.Sleep(50*time.Second + 100*time.Millisecond)
		synctest.Wait()
		if r.last("step").Step != "refuse" || len(r.marked) != n {
			t.Fatalf("after it: at %s, %q", r.last("step").Step, r.marked[n:])
		}

		if slices.ContainsFunc(r.heard(), func(e Event) bool { return e.Event == "hasty" }) {
			t.Error("it was kept")
		}

		// Nor is it meant when it comes too soon.
		r.press("")
		if r.last("hasty").Step != "refuse" || len(r.marked) != n {
			t.Fatalf("a key that bounced: %q", r.marked[n:])
		}

		// s ends one, and that is put down.
		time.Sleep(time.Second)
		r.press("")
		time.Sleep(7 * time.Second)
		r.press("S there is no end")
		if got := r.marked[len(r.marked)-1]; got != "note refuse: waited 7s of 30s. there is no end" {
			t.Error(got)
		}
		// Back: the step before once more, and what was marked stays.
		r.press("b wrong button")
		if r.last("step").Step != "refuse" || r.marked[len(r.marked)-1] != "note accept: went back to refuse. wrong button" {
			t.Errorf("at %s, %q", r.last("step").Step, r.marked[len(r.marked)-1])
		}
		r.press("q tea")
		if err := <-r.result; !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
		if r.Record.Next != "refuse" || !r.ended || !slices.Contains(r.marked, "note refuse: tea") {
			t.Errorf("to do %s, ended %v, %q", r.Record.Next, r.ended, r.marked)
		}
	})
}

// A capture that does not take a mark has no mark, and the step is not done.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "android", "quick")
		r.start()
		r.to("next")
		n := len(r.Record.Marks)
		time.Sleep(time.Second)
		r.refuse = errors.New("the capture is gone")
		r.press("")
		if len(r.Record.Marks) != n || r.last("step").Step != "next" || r.last("refused").Why != "the capture is gone" {
			t.Fatalf("%d marks, at %s", len(r.Record.Marks)-n, r.last("step").Step)
		}
		r.refuse = nil
		time.Sleep(time.Second)
		r.press("")
		if r.Record.Marks[n].Act != "next" {
			t.Errorf("%v", r.Record.Marks)
		}
		r.cancel()
		if err := <-r.result; !errors.Is(err, context.Canceled) || !r.ended {
			t.Errorf("%v; the capture was ended: %v", err, r.ended)
		}
	})
}

// A script may say everything at once; a line waits for its step. When nobody
// answers any more, the wait that runs is finished and the next step is not.
func TestScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, "android", "quick")
		r.Script = true
		r.start()
		go func() {
			for range r.Protocol.index("refuse") + 1 {
				r.keys <- ""
			}
			close(r.keys)
		}()
		if err := <-r.result; !errors.Is(err, ErrStopped) || !errors.Is(err, errInput) {
			t.Error(err)
		}
		marks := r.Record.Marks
		if n := len(marks); marks[n-1].Step != "refuse" || marks[n-1].Time.Sub(marks[n-2].Time) != time.Minute || r.Record.Next != "accept" {
			t.Errorf("%v, to do %s", marks, r.Record.Next)
		}
	})
}

func TestTells(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		synctest.Test(t, func(t *testing.T) {
			var text, lines bytes.Buffer
			o := Options{Lang: lang, Device: "android", Length: "quick", Names: map[string]string{"log": "x.log"}}
			asText, asJSON := TellText(&text, o, 80, true), TellJSON(&lines, o)
			r := newRig(t, "android", "quick")
			r.Tell = func(e Event) { r.hear(e); asText(e); asJSON(e) }
			r.start()
			r.to("next")
			r.press("?")
			r.press("n \x1b[2J")
			time.Sleep(time.Second)
			r.press("")
			time.Sleep(30 * time.Second)
			r.press("q")
			<-r.result
			seen := map[string]bool{}
			for line := range strings.Lines(lines.String()) {
				var e struct{ Event, Step, Title, Mark string }
				if err := json.Unmarshal([]byte(line), &e); err != nil {
					t.Fatalf("%v: %s", err, line)
				}
				seen[e.Event] = true
				if e.Event == "step" && e.Title == "" {
					t.Errorf("no title: %s", line)
				}
			}
			for _, e := range []string{"step", "marked", "wait", "left", "waited", "noted", "unknown", "capture", "stopped"} {
				if !seen[e] {
					t.Errorf("no %s", e)
				}
			}
			want := []string{"Enter first, then tap", "Do it, and press Enter at once.", "/27  Next", "30\u00a0s left", "████████████············"}
			if lang == "fr" {
				want = []string{"Entrée d’abord, puis le geste", "appuyez aussitôt sur Entrée", "/27  Suivant", "encore 30\u00a0s"}
			}
			for _, w := range want {
				if !strings.Contains(strings.Join(strings.Split(text.String(), "\n        "), " "), w) {
					t.Errorf("%q is not said", w)
				}
			}
			if strings.Contains(text.String(), "walk-") || strings.Contains(text.String(), "[2J") {
				t.Error("a phrase is missing, or a note moves the cursor")
			}
		})
	}
}

func TestReadRecordErrors(t *testing.T) {
	of := func(id, device, length string) (*Protocol, error) { return minimum(t).For(device, length), nil }
	for text, want := range map[string]string{
		"":                     "not a record",
		`{"next":"elsewhere"}`: `before step "elsewhere"`,
		`{"device":"android","length":"quick","next":"launch","stretches":[{"states":["on fire"]}]}`:                                                             `"on fire"`,
		`{"device":"android","length":"quick","next":"launch","marks":[{"act":"wave"}]}`:                                                                         `"wave"`,
		`{"device":"android","length":"quick","next":"launch","stretches":[{"states":["swiped"],"from":"2026-11-28T10:00:00Z","until":"2026-11-28T09:00:00Z"}]}`: "ends before it begins",
	} {
		if _, _, err := ReadRecord([]byte(text), of, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzReadRecord(f *testing.F) {
	p := minimum(f).For("android", "quick")
	r := NewRecord(p, "android", "quick", "com.example", func(string, []byte) error { return nil })
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Part == During {
			r.marked(s, time.Unix(int64(1e9+i), 0))
		}
	}
	b, err := json.Marshal(r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"next":"launch"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, _, err := ReadRecord(b, func(_, _, _ string) (*Protocol, error) { return p, nil }, nil)
		if err != nil {
			return
		}
		r.Grounds()
		if _, err := timeline.Read("events.toml", bytes.NewReader(r.Events())); err != nil && !errors.Is(err, timeline.ErrFormat) {
			t.Skip(err) // a year that no clock has
		}
	})
}

// A walk that is told to stop tells what to do next.
func ExampleWalk() {
	p, err := Load(Minimum)
	if err != nil {
		panic(err)
	}
	own := p.For("browser", "quick")
	keys := make(chan string, 2)
	keys <- ""
	keys <- "q that is all for today"
	w := &Walk{
		Protocol: own, Lines: keys, Script: true, Now: time.Now, After: time.After,
		Record: NewRecord(own, "browser", "quick", "", func(string, []byte) error { return nil }),
		Tell: func(e Event) {
			fmt.Println(e.Event, e.Step)
		},
	}
	fmt.Println(w.Run(context.Background()))
	fmt.Println("next:", w.Record.Next)
	// Output:
	// step persona
	// step case
	// stopped case
	// stopped before the end
	// next: case
}
