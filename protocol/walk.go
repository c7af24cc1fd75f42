package protocol

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
)

// Walk goes through a protocol with a person.
type Walk struct {
	Protocol *Protocol // for one device and one length
	Record   *Record
	Lines    <-chan string // what the person types; closed at the end
	// Script: the lines come from a file or a pipe and not from a keyboard. A
	// line that is not for a wait is then kept for the step after it.
	Script bool
	Tell   func(Event)
	// Begin makes sure that a capture runs, and returns how acts are marked in it.
	// It is called before the first step of the capture.
	Begin func(context.Context) (func(evidence.Mark) error, error)
	// End is called after the last one.
	End   func() error
	Now   func() time.Time
	After func(time.Duration) <-chan time.Time

	mark  func(evidence.Mark) error
	notes []string // from before the capture
	held  *string
}

// Event is something that a walk tells: to a person, or as a line of JSON.
type Event struct {
	Event string    `json:"event"` // step, marked, wait, left, waited, skipped, back, noted, refused, unknown, hasty, capture, ended, stopped
	Step  string    `json:"step,omitempty"`
	Act   string    `json:"act,omitempty"`
	Mark  string    `json:"mark,omitempty"`
	Time  time.Time `json:"time,omitzero"`
	N     int       `json:"n,omitempty"` // of the step
	Of    int       `json:"of,omitempty"`
	Left  float64   `json:"left_s,omitempty"`
	Wait  float64   `json:"wait_s,omitempty"`
	Note  string    `json:"note,omitempty"`
	Why   string    `json:"why,omitempty"`

	step *Step
}

// What a person may type. A key alone is done.
const (
	done = ""
	skip = "s"
	back = "b"
	note = "n"
	quit = "q"
)

// ErrStopped is that the person stopped. The record says where.
var ErrStopped = errors.New("stopped before the end")

// errInput is that nobody answers any more.
var errInput = errors.New("the input ended")

// Run walks from where the record is to the end.
func (w *Walk) Run(ctx context.Context) (err error) {
	defer func() {
		w.Record.close(time.Time{})
		err = errors.Join(err, w.Record.keep(w.Now()))
	}()
	ended := false
	for i := max(0, w.Protocol.index(w.Record.Next)); i < len(w.Protocol.Steps) && w.Record.Next != ""; {
		s := &w.Protocol.Steps[i]
		if s.Part == During && w.mark == nil {
			if err := w.begin(ctx); err != nil {
				return err
			}
		}
		if s.Part == After && !ended {
			ended = true
			if err := w.end(); err != nil {
				return err
			}
		}
		to, err := w.step(ctx, i, s)
		if err != nil {
			return w.stop(ctx, s, err)
		}
		i, w.Record.Next = to, ""
		if to < len(w.Protocol.Steps) {
			w.Record.Next = w.Protocol.Steps[to].ID
		}
		if err := w.Record.keep(w.Now()); err != nil {
			return err
		}
	}
	if !ended {
		if err := w.end(); err != nil {
			return err
		}
	}
	w.Tell(Event{Event: "ended", Time: w.Now()})
	return nil
}

// begin begins the capture, and puts down what happened before it.
func (w *Walk) begin(ctx context.Context) (err error) {
	if w.mark, err = w.Begin(ctx); err != nil {
		return err
	}
	r := w.Record
	for _, n := range append([]string{fmt.Sprintf("protocol %s for %s, %s: begins before step %s", r.Protocol, r.Device, r.Length, r.Next)}, w.notes...) {
		if err := w.mark(evidence.Mark{Act: "note", Note: n}); err != nil {
			return fmt.Errorf("the capture does not take marks: %w", err)
		}
	}
	w.notes = nil
	w.Tell(Event{Event: "capture", Time: w.Now()})
	return nil
}

func (w *Walk) end() error {
	w.Record.close(w.Now())
	if w.mark == nil {
		return nil
	}
	w.jot(nil, "the protocol is done")
	return w.End()
}

// stop puts down that the walk was stopped, and why, where it can.
func (w *Walk) stop(ctx context.Context, s *Step, why error) error {
	if w.mark != nil {
		w.jot(s, "stopped here: "+why.Error())
		if err := w.End(); err != nil {
			return errors.Join(why, err)
		}
	}
	w.Tell(Event{Event: "stopped", Step: s.ID, Time: w.Now(), Why: why.Error()})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(why, errInput) {
		return fmt.Errorf("%w: %w", ErrStopped, why)
	}
	return why
}

// jot puts a note into the capture, of a step if there is one.
func (w *Walk) jot(s *Step, text string) {
	if s != nil {
		text = s.ID + ": " + text
	}
	text = strings.ToValidUTF8(text[:min(len(text), maxNote)], "")
	if w.mark == nil {
		w.notes = append(w.notes, text)
	} else if err := w.mark(evidence.Mark{Act: "note", Note: text}); err != nil {
		w.Tell(Event{Event: "refused", Why: err.Error()})
	}
}

// maxNote bounds a note, in bytes; a capture takes 8 kB.
const maxNote = 4 << 10

// step does one, and returns the next.
func (w *Walk) step(ctx context.Context, i int, s *Step) (to int, err error) {
	r := w.Record
	if s.Mark == "after" || len(s.State) == 0 {
		if n := len(r.Stretches); n > 0 && !slices.Equal(r.Stretches[n-1].States, s.State) {
			r.close(w.Now()) // from here on the person is leaving that state
		}
	}
	wait := s.Wait.Of(r.Length)
	w.Tell(Event{Event: "step", Step: s.ID, Act: s.Act, Mark: s.Mark, N: i + 1, Of: len(w.Protocol.Steps), Wait: wait.Seconds(), Time: w.Now(), step: s})
	for {
		verb, text, err := w.ask(ctx, s)
		if err != nil {
			return 0, err
		}
		switch verb {
		case done:
			if s.Part == During {
				if err := w.mark(evidence.Mark{Act: s.Act, Note: r.Protocol + "/" + s.ID, First: s.first()}); err != nil {
					w.Tell(Event{Event: "refused", Step: s.ID, Act: s.Act, Why: err.Error()})
					continue
				}
				at := w.Now()
				r.marked(s, at)
				w.Tell(Event{Event: "marked", Step: s.ID, Act: s.Act, Mark: s.Mark, Time: at, step: s})
				if err := r.keep(at); err != nil {
					return 0, err
				}
			}
			if wait > 0 && s.Part == During {
				return w.wait(ctx, i, s, wait)
			}
			return i + 1, nil
		case skip:
			r.close(w.Now())
			w.jot(s, "skipped. "+text)
			w.Tell(Event{Event: "skipped", Step: s.ID, Note: text})
			return i + 1, nil
		case back:
			return w.back(i, s, text), nil
		}
	}
}

// first is which comes first, as the person is told: the key or the tap.
func (s *Step) first() string {
	switch s.Mark {
	case "before":
		return flow.KeyFirst
	case "after":
		return flow.TapFirst
	}
	return ""
}

// back returns to the step before, which is then done once more. What was marked
// stays marked.
func (w *Walk) back(i int, s *Step, text string) int {
	to := max(0, i-1)
	w.Record.close(w.Now())
	w.jot(s, "went back to "+w.Protocol.Steps[to].ID+". "+text)
	w.Tell(Event{Event: "back", Step: s.ID, Note: text})
	return to
}

// dwell is how soon nobody has read a step and done it: a key that bounced, or was
// pressed twice, must not mark an act.
const dwell = 300 * time.Millisecond

// ask takes a line that is for this step.
func (w *Walk) ask(ctx context.Context, s *Step) (verb, text string, err error) {
	asked := w.Now()
	for {
		var line string
		select {
		case <-ctx.Done():
			return "", "", ctx.Err()
		case <-w.After(beat):
			w.Record.beat(w.Now())
			if err := w.Record.keep(w.Now()); err != nil {
				return "", "", err
			}
			continue
		case got, ok := <-w.next():
			if !ok {
				return "", "", errInput
			}
			line = got
		}
		verb, text = parse(line)
		if verb == done && !w.Script && w.Now().Sub(asked) < dwell {
			w.Tell(Event{Event: "hasty", Step: s.ID})
			continue
		}
		if err := w.common(s, verb, text); err != nil {
			return "", "", err
		}
		if verb == done || verb == skip || verb == back {
			return verb, text, nil
		}
	}
}

// common does what can be typed at any time.
func (w *Walk) common(s *Step, verb, text string) error {
	switch verb {
	case quit:
		if text != "" {
			w.jot(s, text)
		}
		return ErrStopped
	case note:
		w.jot(s, text)
		w.Tell(Event{Event: "noted", Step: s.ID, Note: text})
	case done, skip, back:
	default:
		w.Tell(Event{Event: "unknown", Step: s.ID, Note: text})
	}
	return nil
}

// parse takes a line apart: a letter, and what follows it.
func parse(line string) (verb, text string) {
	verb, text, _ = strings.Cut(strings.TrimSpace(line), " ")
	switch verb = strings.ToLower(verb); verb {
	case done, skip, back, note, quit:
		return verb, strings.TrimSpace(text)
	}
	return "?", line
}

// next is where lines come from: one that was kept, or the person.
func (w *Walk) next() <-chan string {
	if w.held == nil {
		return w.Lines
	}
	c := make(chan string, 1)
	c <- *w.held
	w.held = nil
	return c
}

// tick is how often the time that is left is told.
const tick = time.Second

// wait counts the time of a step down.
func (w *Walk) wait(ctx context.Context, i int, s *Step, long time.Duration) (to int, err error) {
	from := w.Now()
	w.Tell(Event{Event: "wait", Step: s.ID, Wait: long.Seconds(), Time: from, step: s})
	lines := w.Lines
	for {
		now := w.Now()
		left := long - now.Sub(from)
		if left <= 0 {
			w.over(s, now)
			w.Tell(Event{Event: "waited", Step: s.ID, Wait: now.Sub(from).Seconds(), Time: now, step: s})
			return i + 1, nil
		}
		w.Tell(Event{Event: "left", Step: s.ID, Left: left.Seconds(), Wait: long.Seconds(), Time: now, step: s})
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-w.After(min(tick, left)):
			now := w.Now()
			w.Record.beat(now)
			if now.Sub(w.Record.saved) >= beat {
				if err := w.Record.keep(now); err != nil {
					return 0, err
				}
			}
		case line, ok := <-lines:
			if !ok {
				lines = nil // nobody is there, which a wait does not need
				continue
			}
			verb, text := parse(line)
			if err := w.common(s, verb, text); err != nil {
				w.over(s, w.Now())
				return 0, err
			}
			switch verb {
			case done:
				if w.Script {
					w.held, lines = &line, nil
				}
			case skip:
				now := w.Now()
				w.over(s, now)
				w.jot(s, fmt.Sprintf("waited %s of %s. %s", now.Sub(from).Round(time.Second), long, text))
				w.Tell(Event{Event: "skipped", Step: s.ID, Note: text, Wait: now.Sub(from).Seconds(), Time: now})
				return i + 1, nil
			case back:
				return w.back(i+1, s, text), nil
			}
		}
	}
}

// over ends what the person said of the time of a wait: only an app that is in
// front stays there while its user reads the next step.
func (w *Walk) over(s *Step, at time.Time) {
	w.Record.beat(at)
	if !slices.Contains(s.State, "foreground") {
		w.Record.close(at)
	}
}
