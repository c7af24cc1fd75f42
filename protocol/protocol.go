// Package protocol is the experiment: what to do with a device, in which order
// and with which waits, so that a capture comes out on which the questions can be
// answered.
//
// A protocol is data (data/minimum.toml; anyone can write another). A [Step] says
// in two languages what to do, which act it is, in which state it leaves the app,
// which values must be planted by then and how long to wait. What a step makes
// answerable is nowhere written down: [Answers] works it out from what each
// question of a set needs.
//
// There are two ways to follow one. A [Sheet] is for paper: a list with boxes and
// lines for the time. A [Walk] goes through it step by step, marks each act in a
// running capture at that instant, counts the waits down, and keeps a [Record]
// from which it can go on and from which an audit learns the app's states.
//
// # Before or after
//
// A person needs a second from the tap to the key. What leaves in that second
// must never accuse wrongly, so [Step.Mark] says which comes first. An act that
// ends what an accusation is about (consent, save, post, opening the app) is marked
// before the tap; one that begins it (Next, swiping away) after.
package protocol

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/evidence"
)

// Text is what a reader sees, in both languages.
type Text struct {
	EN string `toml:"en"`
	FR string `toml:"fr"`
}

// In is the text in a language.
func (t Text) In(lang string) string {
	if lang == "fr" {
		return unbroken.Replace(t.FR)
	}
	return t.EN
}

// unbroken keeps a line from breaking before a French colon or inside a quotation
// mark.
var unbroken = strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!", "« ", "«\u00a0", " »", "\u00a0»")

// The devices that a protocol can be for, and its lengths.
var (
	Devices = []string{"android", "iphone", "browser"}
	Lengths = []string{"quick", "full"}
)

// The parts of a protocol: before the capture, during it (""), and after it.
const (
	Before = "before"
	During = ""
	After  = "after"
)

// Protocol is an experiment.
type Protocol struct {
	ID     string `toml:"id"`
	Title  Text   `toml:"title"`
	Date   string `toml:"date"`
	Source string `toml:"source"`
	Steps  []Step `toml:"step"`
}

// Step is one thing to do.
type Step struct {
	ID       string        `toml:"id"`
	Title    Text          `toml:"title"`
	Do       Text          `toml:"do"`
	Part     string        `toml:"part"`
	Devices  []string      `toml:"devices"`  // none: all
	Lengths  []string      `toml:"lengths"`  // none: all
	Commands []string      `toml:"commands"` // on the computer
	Act      string        `toml:"act"`      // of evidence.Acts
	Mark     string        `toml:"mark"`     // the key comes "before" or "after" the tap
	State    []string      `toml:"state"`    // what the step leaves the app in, until its wait is over
	Plant    []datatype.ID `toml:"plant"`    // what must be planted by then
	Wait     Wait          `toml:"wait"`
	Touch    bool          `toml:"touch"` // during the wait the device is in use
	Wrong    []Text        `toml:"wrong"` // what can go wrong
}

// Wait is how long to wait after a step, by length.
type Wait struct {
	Quick string `toml:"quick"`
	Full  string `toml:"full"`
}

// Of is the wait of a length.
func (w Wait) Of(length string) time.Duration {
	s := w.Quick
	if length == "full" {
		s = w.Full
	}
	d, _ := time.ParseDuration(s) // checked by Parse
	return d
}

// states are those that a step can leave an app in (package timeline).
var states = []string{"foreground", "background", "swiped", "force-stopped", "closed", "screen-off"}

//go:embed data/*.toml
var embedded embed.FS

// Minimum is the protocol in the box.
const Minimum = "minimum"

// maxFile bounds a protocol: it is written by hand.
const maxFile = 1 << 20

// Load reads the protocol of the box by its name, or the file of another.
func Load(name string) (*Protocol, error) {
	if name == Minimum {
		b, err := embedded.ReadFile(path.Join("data", name+".toml"))
		if err != nil {
			return nil, err
		}
		return Parse(b, name)
	}
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no protocol %q: neither a file nor %s", name, Minimum)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	return Parse(b, name)
}

// Parse reads a protocol. path is for messages.
func Parse(text []byte, path string) (*Protocol, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d MB: is this a protocol?", path, maxFile>>20)
	}
	p := &Protocol{}
	meta, err := toml.Decode(string(text), p)
	var bad toml.ParseError
	if errors.As(err, &bad) {
		return nil, fmt.Errorf("%s: line %d: %s", path, bad.Position.Line, bad.Message)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("%s: there is no %q in a protocol", path, extra[0].String())
	}
	if p.ID == "" || !p.Title.told() || len(p.Steps) == 0 {
		return nil, fmt.Errorf("%s: a protocol has an id, a title in both languages (title.en, title.fr) and at least one [[step]]", path)
	}
	seen, part := map[string]bool{}, Before
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.ID == "" || seen[s.ID] {
			return nil, fmt.Errorf("%s: step %d: each step has an id of its own; %q is not", path, i+1, s.ID)
		}
		seen[s.ID] = true
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("%s: step %s: %w", path, s.ID, err)
		}
		if order(s.Part) < order(part) {
			return nil, fmt.Errorf("%s: step %s: its part comes before that of the step above; the order is before, then the capture, then after", path, s.ID)
		}
		part = s.Part
	}
	return p, nil
}

func order(part string) int { return slices.Index([]string{Before, During, After}, part) }

func (t Text) told() bool { return t.EN != "" && t.FR != "" }

func (s *Step) check() error {
	for _, x := range []struct {
		name  string
		list  []string
		known []string
	}{
		{"part", []string{s.Part}, []string{Before, During, After}},
		{"devices", s.Devices, Devices}, {"lengths", s.Lengths, Lengths}, {"state", s.State, states},
		{"mark", []string{s.Mark}, []string{"before", "after", ""}},
	} {
		for _, v := range x.list {
			if !slices.Contains(x.known, v) {
				return fmt.Errorf("%s is %q: one of %s", x.name, v, strings.Trim(strings.Join(x.known, ", "), ", "))
			}
		}
	}
	switch {
	case !s.Title.told() || !s.Do.told():
		return errors.New("title and do are written in both languages: title.en, title.fr, do.en, do.fr")
	case s.Part == During && s.Act == "":
		return errors.New(`a step of the capture has an act; "note" if it is none of the others`)
	case s.Part != During && (s.Act != "" || len(s.State) > 0):
		return errors.New("what is done before or after the capture has neither act nor state: nothing would record it")
	case s.Act != "" && !evidence.KnownAct(s.Act):
		return fmt.Errorf("there is no act %q", s.Act)
	case s.Act != "" && s.Act != "note" && s.Mark == "":
		return errors.New(`mark says which comes first, the key or the tap: "before" or "after"`)
	}
	for _, w := range s.Wrong {
		if !w.told() {
			return errors.New("wrong is written in both languages")
		}
	}
	for _, w := range []string{s.Wait.Quick, s.Wait.Full} {
		if w == "" && s.Wait == (Wait{}) {
			continue
		}
		if d, err := time.ParseDuration(w); err != nil || d < 0 || d > 366*24*time.Hour {
			return fmt.Errorf("the wait is %q: expected a time such as 60s or 24h, for quick and for full", w)
		}
	}
	for _, t := range s.Plant {
		if _, ok := datatype.Get(t); !ok {
			return fmt.Errorf("there is no data type %q", t)
		}
	}
	return nil
}

// For is the protocol for a device and a length.
func (p *Protocol) For(device, length string) *Protocol {
	q := *p
	q.Steps = nil
	for _, s := range p.Steps {
		if (len(s.Devices) == 0 || slices.Contains(s.Devices, device)) && (len(s.Lengths) == 0 || slices.Contains(s.Lengths, length)) {
			q.Steps = append(q.Steps, s)
		}
	}
	return &q
}

// Waits is how long the waits of a length take.
func (p *Protocol) Waits(length string) (total time.Duration) {
	for _, s := range p.Steps {
		total += s.Wait.Of(length)
	}
	return total
}

// Grounds is what the protocol gives to answer on if it is followed to the end
// at that length.
func (p *Protocol) Grounds(length string) Grounds {
	g := Grounds{Idle: map[string]time.Duration{}}
	for _, s := range p.Steps {
		g.add(s)
		for _, state := range s.State {
			g.Idle[state] = max(g.Idle[state], s.Wait.Of(length))
		}
		for _, t := range s.Plant {
			g.Planted = append(g.Planted, string(t))
		}
	}
	return g
}
