package protocol

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/persona/invent"
	"github.com/constat/constat/question"
	"github.com/constat/constat/timeline"
)

func minimum(t testing.TB) *Protocol {
	t.Helper()
	p, err := Load(Minimum)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func hong(t testing.TB) *question.Set {
	t.Helper()
	s, err := question.Load("hong-2019")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMinimum holds the protocol in the box to the order that its source gives,
// on every device.
func TestMinimum(t *testing.T) {
	p := minimum(t)
	for _, device := range Devices {
		for _, length := range Lengths {
			own := p.For(device, length)
			var acts []string
			for _, s := range own.Steps {
				if s.Act != "" && s.Act != "note" {
					acts = append(acts, s.Act)
				}
			}
			want := "app-opened consent-refuse consent-accept record next discard record next save-draft app-closed app-opened sign-up post"
			if length == "full" && device != "browser" {
				want += " app-opened"
			}
			if got := strings.Join(acts, " "); got != want {
				t.Errorf("%s, %s: %s", device, length, got)
			}
			launch := own.Steps[own.index("launch")]
			if launch.Wait.Of(length).Seconds() != 60 || launch.Touch {
				t.Errorf("%s, %s: after the launch, 60 s untouched", device, length)
			}
			if waits := own.Waits(length).Hours(); length == "quick" && waits > 20./60 || length == "full" && waits < 24 {
				t.Errorf("%s, %s: waits of %.2f h", device, length, waits)
			}
		}
	}
}

// What an act ends must be marked before the tap, what it begins after: else
// what leaves in between would accuse.
func TestMarks(t *testing.T) {
	before := []string{"app-opened", "consent-accept", "consent-refuse", "save-draft", "post", "discard", "sign-up"}
	after := []string{"next", "app-closed"}
	for _, s := range minimum(t).Steps {
		if slices.Contains(before, s.Act) && s.Mark != "before" || slices.Contains(after, s.Act) && s.Mark != "after" {
			t.Errorf("%s: %s is marked %s the tap", s.ID, s.Act, s.Mark)
		}
		for _, state := range s.State {
			if state != "foreground" && s.Mark != "after" {
				t.Errorf("%s: the app is %s before it is", s.ID, state)
			}
		}
	}
}

// The states are those that package timeline knows.
func TestStates(t *testing.T) {
	known := []string{timeline.Foreground, timeline.Background, timeline.Swiped, timeline.Stopped, timeline.Closed, timeline.ScreenOff}
	if !slices.Equal(states, known) {
		t.Errorf("%q, timeline has %q", states, known)
	}
}

// Whatever a step plants, persona new makes or asks for: the list says where.
func TestPlantable(t *testing.T) {
	for _, s := range minimum(t).Steps {
		for _, typ := range s.Plant {
			for _, lang := range []string{"en", "fr"} {
				if invent.Where(typ, lang) == "" {
					t.Errorf("%s plants %s, and nobody says where (%s)", s.ID, typ, lang)
				}
			}
		}
	}
}

func outlookOf(answers []Answer) map[string]Outlook {
	m := map[string]Outlook{}
	for _, a := range answers {
		m[a.Question] = a.Outlook
	}
	return m
}

func TestAnswers(t *testing.T) {
	set, p := hong(t), minimum(t)
	got := outlookOf(Answers(set, p.For("android", "quick").Grounds("quick")))
	for id, want := range map[string]Outlook{
		"A01": Answerable, "B01": Answerable, "B05": Lacking, "C01": Answerable, "C02": Answerable, "F06": Answerable,
		"A07": Never, "B08": Never, "F05": Never, "D03": ProofOnly, "E07": Lacking, "B10": Lacking,
	} {
		if got[id] != want {
			t.Errorf("%s: %s, expected %s", id, got[id], want)
		}
	}
	if got := outlookOf(Answers(set, p.For("iphone", "quick").Grounds("quick"))); got["F06"] != Lacking || got["B01"] != Answerable {
		t.Errorf("an iPhone shows no advertising id, but hardware addresses: F06 %s, B01 %s", got["F06"], got["B01"])
	}
	if got := outlookOf(Answers(set, p.For("browser", "quick").Grounds("quick"))); got["E05"] != Lacking || got["B05"] != Lacking {
		t.Errorf("a browser has no contacts, and ten minutes closed are no hour: E05 %s, B05 %s", got["E05"], got["B05"])
	}
	if got := outlookOf(Answers(set, p.For("android", "full").Grounds("full"))); got["B05"] != Answerable {
		t.Errorf("after a night with the screen off: B05 %s", got["B05"])
	}
	child := p.For("android", "quick").Grounds("quick")
	child.Case.Child = true
	child.Case.FirstParty = []string{"app.example"}
	if got := outlookOf(Answers(set, child)); got["B10"] != Answerable {
		t.Errorf("the case says a child: B10 %s", got["B10"])
	}
	// With nothing, nothing is answerable that needs anything.
	for _, a := range Answers(set, Grounds{}) {
		q := set.Questions[slices.IndexFunc(set.Questions, func(q *question.Question) bool { return q.ID == a.Question })]
		if a.Outlook == Answerable && slices.ContainsFunc(q.Needs, func(n string) bool { return !strings.HasPrefix(n, "case:") && n != "places" && n != "servers" }) {
			t.Errorf("%s: answerable without %v", a.Question, q.Needs)
		}
	}
}

// Leaving a step out costs the questions that the sheet says it serves.
func TestServes(t *testing.T) {
	set, p := hong(t), minimum(t).For("android", "quick")
	whole := outlookOf(Answers(set, p.Grounds("quick")))
	for i, s := range p.Steps {
		rest := *p
		rest.Steps = slices.Delete(slices.Clone(p.Steps), i, i+1)
		for id, o := range outlookOf(Answers(set, rest.Grounds("quick"))) {
			if o != whole[id] && !slices.Contains(Serves(set, s), id) {
				t.Errorf("without %s, %s is %s; the sheet does not say that it serves it", s.ID, id, o)
			}
		}
	}
	if got := Serves(set, p.Steps[p.index("draft")]); !slices.Contains(got, "C01") {
		t.Errorf("a draft serves %v", got)
	}
}

// Both languages say the same things, with the same blanks.
func TestWords(t *testing.T) {
	en, fr := dictionaries()["en"].text, dictionaries()["fr"].text
	blank := regexp.MustCompile(`%(\[\d\])?[sd]`)
	for _, name := range slices.Sorted(maps.Keys(en)) {
		a, b := blank.FindAllString(en[name], -1), blank.FindAllString(fr[name], -1)
		slices.Sort(a)
		slices.Sort(b)
		if fr[name] == "" || !slices.Equal(a, b) {
			t.Errorf("%s: %q and %q", name, en[name], fr[name])
		}
	}
	for name := range fr {
		if en[name] == "" {
			t.Errorf("%s has no English", name)
		}
	}
	if got := in("fr").say("wrong"); got != "Ce qui peut mal tourner\u00a0:" {
		t.Errorf("%q", got)
	}
}

// A sheet has every step and every question, in both languages, and no phrase
// that is missing.
func TestSheet(t *testing.T) {
	set := hong(t)
	for _, lang := range []string{"en", "fr"} {
		for _, device := range Devices {
			s := NewSheet(minimum(t), Options{Lang: lang, Device: device, Length: "full", Set: set, Names: map[string]string{"log": "x.log", "persona": "p.toml", "app": "a", "how": "--browser", "events": "e.csv", "written": "", "case": "c.toml"}})
			var text, page bytes.Buffer
			if err := s.Write(&text, 100); err != nil {
				t.Fatal(err)
			}
			if err := s.HTML(&page); err != nil {
				t.Fatal(err)
			}
			for _, q := range set.Questions {
				if !regexp.MustCompile(`\n +` + q.ID + `[* ] `).Match(text.Bytes()) {
					t.Errorf("%s, %s: no %s", lang, device, q.ID)
				}
			}
			for _, x := range s.Steps {
				if !bytes.Contains(page.Bytes(), []byte(`id="`+x.ID+`"`)) {
					t.Errorf("%s, %s: no step %s on the page", lang, device, x.ID)
				}
			}
			if m := regexp.MustCompile(`(outlook|mark|wait|part|device|length|walk)-[a-z]+|\{[a-z]+\}`).Find(text.Bytes()); m != nil {
				t.Errorf("%s, %s: %s is not said", lang, device, m)
			}
		}
	}
}

// The times that were written on the sheet are an event list.
func TestEventList(t *testing.T) {
	s := NewSheet(minimum(t), Options{Lang: "en", Device: "android", Length: "quick", Set: hong(t), Names: map[string]string{"app": "com.example.video"}})
	list, minute := s.EventList(), 0
	for strings.Contains(list, "____") {
		minute++
		list = strings.Replace(list, "____-__-__T__:__:__+__:__", fmt.Sprintf("2026-11-28T10:%02d:00+01:00", minute), 1)
	}
	log, err := timeline.Read("events.csv", strings.NewReader(list+"\n"))
	if err != nil {
		t.Fatalf("%v\n%s", err, list)
	}
	states := map[string]bool{}
	for _, e := range log.Events {
		states[timeline.Of("com.example.video", log.Events).At(e.Time.Add(time.Second)).State] = true
	}
	if len(log.Events) != minute || !states[timeline.Foreground] || !states[timeline.Swiped] {
		t.Errorf("%d events of %d, states %v\n%s", len(log.Events), minute, states, list)
	}
}

func TestParseErrors(t *testing.T) {
	const head = "id=\"x\"\ntitle={en=\"a\",fr=\"b\"}\n"
	step := func(more string) string {
		return head + "[[step]]\nid=\"s\"\ntitle={en=\"a\",fr=\"b\"}\ndo={en=\"a\",fr=\"b\"}\n" + more
	}
	for text, want := range map[string]string{
		"":                               "has an id",
		head:                             "at least one",
		"id=":                            "x.toml: line 1",
		step("act=\"wave\"\n"):           `no act "wave"`,
		step("act=\"next\"\n"):           "mark says",
		step("part=\"never\"\n"):         "part is",
		step("act=\"note\"\ncolour=1\n"): `no "step.colour"`,
		step(""):                         "has an act",
		step("part=\"after\"\nstate=[\"swiped\"]"):                                 "neither act nor state",
		step("act=\"note\"\nwait={quick=\"soon\",full=\"1h\"}"):                    `"soon"`,
		step("act=\"note\"\nwait={quick=\"1s\"}"):                                  `the wait is ""`,
		step("act=\"note\"\nwait={quick=\"-1s\",full=\"1h\"}"):                     `"-1s"`,
		step("act=\"note\"\nplant=[\"contact.aura\"]"):                             `no data type "contact.aura"`,
		step("act=\"note\"\ndevices=[\"fridge\"]"):                                 `"fridge"`,
		step("act=\"note\"\nwrong=[{en=\"only\"}]"):                                "both languages",
		step("act=\"note\"\n") + strings.TrimPrefix(step("part=\"before\""), head): "of its own",
	} {
		if _, err := Parse([]byte(text), "x.toml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	b, err := embedded.ReadFile("data/minimum.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("id=\"x\"\ntitle={en=\"a\",fr=\"b\"}\n[[step]]\nid=\"s\"\npart=\"after\"\n"))
	set := hong(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b, "fuzz")
		if err != nil {
			return
		}
		s := NewSheet(p, Options{Lang: "fr", Device: "android", Length: "full", Set: set})
		var out bytes.Buffer
		if err := s.Write(&out, 80); err != nil {
			t.Fatal(err)
		}
		if err := s.HTML(&out); err != nil {
			t.Fatal(err)
		}
	})
}
