package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/question"
)

// The files of a record.
const (
	ProgressFile = "progress.json" // from which a walk goes on
	EventsFile   = "events.toml"   // for constat audit --events
)

// Record is what was done of a protocol. The acts are in the capture's log, which
// is signed; what a capture has no word for, the states of the app, is here.
type Record struct {
	Protocol  string    `json:"protocol"`
	Device    string    `json:"device"`
	Length    string    `json:"length"`
	App       string    `json:"app,omitempty"` // package name or bundle id
	Next      string    `json:"next"`          // the step to do; "" at the end
	Marks     []Mark    `json:"marks"`
	Stretches []Stretch `json:"stretches"`

	save  func(name string, content []byte) error
	saved time.Time // when it was, last
}

// Mark is an act that was marked in the capture.
type Mark struct {
	Step string    `json:"step"`
	Act  string    `json:"act"`
	Time time.Time `json:"time"`
}

// Stretch is a time for which the person says in which state the app was.
type Stretch struct {
	Step   string    `json:"step"`
	States []string  `json:"states"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"` // as far as it is known
	Open   bool      `json:"open,omitempty"`
}

// reaction is how far a person's mark may lie from what it marks: timeline.Hand,
// which a script does not see; a test holds them together.
const reaction = "3s"

// beat is how often a stretch that goes on is written down: whatever happens to
// the walk, nothing is claimed of the time after the last beat.
const beat = 10 * time.Second

// NewRecord begins a record. save keeps a file of it.
func NewRecord(p *Protocol, device, length, app string, save func(name string, content []byte) error) *Record {
	r := &Record{Protocol: p.ID, Device: device, Length: length, App: app, Marks: []Mark{}, Stretches: []Stretch{}, save: save}
	if len(p.Steps) > 0 {
		r.Next = p.Steps[0].ID
	}
	return r
}

// maxRecord bounds a progress file.
const maxRecord = 16 << 20

// ReadRecord reads a progress file, to go on. p is the protocol for the device and
// the length that it names, as of gives it.
func ReadRecord(b []byte, of func(protocol, device, length string) (*Protocol, error), save func(name string, content []byte) error) (*Record, *Protocol, error) {
	if len(b) > maxRecord {
		return nil, nil, fmt.Errorf("larger than %d MB: this is no record of a walk", maxRecord>>20)
	}
	r := &Record{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, nil, fmt.Errorf("not a record of a walk: %w; name a new directory to begin again", err)
	}
	p, err := of(r.Protocol, r.Device, r.Length)
	if err != nil {
		return nil, nil, err
	}
	if r.Next != "" && p.index(r.Next) < 0 {
		return nil, nil, fmt.Errorf("it stopped before step %.40q, which the protocol does not have; name a new directory to begin again", r.Next)
	}
	for _, s := range r.Stretches {
		for _, state := range s.States {
			if !slices.Contains(states, state) {
				return nil, nil, fmt.Errorf("it has the state %.40q, and there is none", state)
			}
		}
		if s.Until.Before(s.From) {
			return nil, nil, errors.New("it has a time that ends before it begins")
		}
	}
	for _, m := range r.Marks {
		if !evidence.KnownAct(m.Act) {
			return nil, nil, fmt.Errorf("it has the act %.40q, and there is none", m.Act)
		}
	}
	r.save = save
	r.close(time.Time{})
	return r, p, nil
}

// index is where a step stands, or -1.
func (p *Protocol) index(id string) int {
	return slices.IndexFunc(p.Steps, func(s Step) bool { return s.ID == id })
}

// marked puts an act down.
func (r *Record) marked(s *Step, at time.Time) {
	r.Marks = append(r.Marks, Mark{s.ID, s.Act, at})
	if len(s.State) == 0 {
		return
	}
	if n := len(r.Stretches); n > 0 && r.Stretches[n-1].Open && slices.Equal(r.Stretches[n-1].States, s.State) {
		r.Stretches[n-1].Until = at
		return
	}
	r.close(at)
	r.Stretches = append(r.Stretches, Stretch{Step: s.ID, States: s.State, From: at, Until: at, Open: true})
}

// go on: the state is still what it was.
func (r *Record) beat(at time.Time) {
	if n := len(r.Stretches); n > 0 && r.Stretches[n-1].Open {
		r.Stretches[n-1].Until = at
	}
}

// close ends the stretch that is open, if there is one. Without a time it ends
// with its last beat.
func (r *Record) close(at time.Time) {
	n := len(r.Stretches)
	if n == 0 || !r.Stretches[n-1].Open {
		return
	}
	r.Stretches[n-1].Open = false
	if at.After(r.Stretches[n-1].Until) {
		r.Stretches[n-1].Until = at
	}
}

// keep writes both files.
func (r *Record) keep(at time.Time) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	r.saved = at
	return errors.Join(r.save(EventsFile, r.Events()), r.save(ProgressFile, append(b, '\n')))
}

// Events is the list of states, in the form that package timeline reads. What is
// between the stretches is a gap: nobody says what the app was doing.
func (r *Record) Events() []byte {
	type event struct {
		Time time.Time `toml:"time"`
		Kind string    `toml:"kind"`
		What string    `toml:"what"`
		App  string    `toml:"app,omitempty"`
		Note string    `toml:"note,omitempty"`
	}
	list := struct {
		Clock string  `toml:"clock"`
		Bound string  `toml:"bound"`
		Event []event `toml:"event"`
	}{Clock: "capture", Bound: reaction}
	for i, s := range r.Stretches {
		for _, state := range s.States {
			e := event{Time: s.From.UTC(), Kind: "state", What: state, App: r.App, Note: s.Step}
			if state == "screen-off" {
				e.App = "" // it is the device's
			}
			list.Event = append(list.Event, e)
		}
		if i+1 == len(r.Stretches) || r.Stretches[i+1].From.After(s.Until) {
			list.Event = append(list.Event, event{Time: s.Until.UTC(), Kind: "gap", What: "untold"})
		}
	}
	b := bytes.NewBufferString("# What state the app was in, as the person who walked through the protocol\n# " + strconv.Quote(r.Protocol) + " says. For constat audit --events.\n")
	if err := toml.NewEncoder(b).Encode(list); err != nil {
		panic(err) // of plain values
	}
	return b.Bytes()
}

// Grounds are what was really done: acts that were marked, and after which the walk
// went on for as long as an answer needs, and states that lasted.
func (r *Record) Grounds() Grounds {
	g := Grounds{Idle: map[string]time.Duration{}}
	var last time.Time
	for _, m := range r.Marks {
		if m.Time.After(last) {
			last = m.Time
		}
	}
	for _, s := range r.Stretches {
		if s.Until.After(last) {
			last = s.Until
		}
	}
	after := time.Duration((&question.Case{}).After() * float64(time.Second))
	for _, m := range r.Marks {
		if last.Sub(m.Time) >= after {
			g.Acts = append(g.Acts, m.Act)
		}
	}
	for _, s := range r.Stretches {
		if !s.Until.After(s.From) {
			continue
		}
		g.States = append(g.States, s.States...)
		for _, state := range s.States {
			g.Idle[state] = max(g.Idle[state], s.Until.Sub(s.From))
		}
	}
	return g
}

// Lasted is for how long the person says that the app was in each state.
func (r *Record) Lasted() map[string]time.Duration {
	m := map[string]time.Duration{}
	for _, s := range r.Stretches {
		for _, state := range s.States {
			m[state] += s.Until.Sub(s.From)
		}
	}
	return m
}
