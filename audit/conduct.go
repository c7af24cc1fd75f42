package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strconv"
	"time"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/law"
	"github.com/constat/constat/peel"
	"github.com/constat/constat/peel/keyring"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
)

// Capture is where flows come from: a capture file, or a live capture that
// has not ended.
type Capture interface {
	Flows() iter.Seq2[*flow.Flow, error]
	// Describe tells what was read; it is called after Flows has ended.
	Describe() Input
}

// witness is a capture that also knows what happened on the device. Its events
// are asked for after Flows has ended.
type witness interface{ Events() []flow.Event }

// overseer is a capture that knows what apps accessed, complete after Flows.
type overseer interface{ Accesses() []flow.Event }

// Options are the inputs of an audit beside the captures.
type Options struct {
	Version     string           // of constat, for the document
	Persona     *persona.Persona // nil: only what needs no known values is found
	Subject     Subject          // file and hash of the persona
	Book        *recipient.Book
	Vantage     *recipient.Vantage // where the capture was made; nil: not told
	Law         *law.Book          // nil: nothing is said of law
	Claimed     []string           // countries to judge every place against, besides those that a table names
	SubjectIn   string             // country whose law protects the subject, ISO 3166-1 alpha-2; "": not told
	SubjectFrom string             // where SubjectIn is from, see Subject.CountryFrom
	Reveal      bool               // show the persona's own values
	Hints       bool               // also report grade C: shape without key
	Fast        bool               // the fast tier of peeling: nothing is guessed
	Keys        *keyring.Ring      // keys, salts and envelopes that the user knows; nil: those the program brings
	Rules       []Rules            // the files that Keys came from
	App         string             // whose traffic it is, by package name or bundle id; "": the only app that events name
	AppNames    []string           // further names of App in captures: its label, its process
	AppSaid     time.Time          // when the operator of a capture said that it is of App; zero: it was said to the audit
	Records     []Record           // what the device or a person wrote down beside the captures
	Zone        *time.Location     // of records that tell none; nil: not told
	Year        int                // of records that tell none; 0: the nearest to the captures
	Workers     int                // 0: one per processor
	Spool       string             // folder for the ledger's spool file, "" for the system's

	// ClockBound is how far a record's clock may be off when nothing tells; 0:
	// what such a record says is not used.
	ClockBound time.Duration
	// Hand is how far what a person did may lie from the key that marks it; nil:
	// timeline.Hand.
	Hand *time.Duration
}

// detection is what the options say to the detector.
func (o *Options) detection() detect.Options {
	return detect.Options{Hints: o.Hints, Keys: o.Keys, Limits: peel.Limits{Fast: o.Fast}}
}

// tier names how far layers were guessed.
func (o *Options) tier() string {
	if o.Fast {
		return "fast"
	}
	return "deep"
}

// batchBytes is how much work is handed to a worker at once: enough that
// the hand-over costs nothing, little enough that memory stays small.
const batchBytes = 256 << 10

// batch is a stretch of flows on its way through a worker. Batches are
// merged in the order they were read, so that the document does not depend
// on which worker was faster.
type batch struct {
	input   int
	flows   []*flow.Flow
	damage  []error
	results []look
	done    chan struct{}
}

// Conduct audits the sources, one after the other, into one Document. What a
// damaged capture still gives is in the document, with a row in Errors. The
// error is of the audit itself: a cancelled context, a full disk, a persona
// that cannot be searched for.
//
// The caller closes the document's Transfers when it is done with it.
func Conduct(ctx context.Context, sources []Capture, o Options) (*Document, error) {
	engine, err := detect.New(o.Persona, o.detection())
	if err != nil {
		return nil, err
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	m := newMerger(o)
	work := make(chan *batch)
	order := make(chan *batch, 2*o.Workers)
	for range o.Workers {
		go func() {
			looker := newLooker(engine)
			for b := range work {
				for _, f := range b.flows {
					b.results = append(b.results, looker.look(f))
				}
				close(b.done)
			}
		}()
	}
	go func() {
		defer close(order)
		defer close(work)
		for i, src := range sources {
			read(ctx, i, src, func(b *batch) bool {
				select {
				case order <- b:
				case <-ctx.Done():
					return false
				}
				select {
				case work <- b:
				case <-ctx.Done():
					return false
				}
				return true
			})
		}
	}()
	for b := range order {
		select {
		case <-b.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if err := m.merge(b); err != nil {
			m.ledger.Close()
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		m.ledger.Close()
		return nil, err
	}
	for len(m.inputs) < len(sources) { // captures without a flow
		m.inputs = append(m.inputs, Input{})
	}
	for i, src := range sources {
		in := src.Describe()
		in.Flows, in.First, in.Last = m.inputs[i].Flows, m.inputs[i].First, m.inputs[i].Last
		m.inputs[i] = in
		if w, ok := src.(witness); ok {
			for _, e := range m.byHand(w.Events()) {
				m.happened(e)
			}
		}
		if w, ok := src.(overseer); ok {
			m.accesses = append(m.accesses, w.Accesses()...)
		}
	}
	if err := m.reckon(); err != nil {
		m.ledger.Close()
		return nil, err
	}
	return m.document(), nil
}

// read cuts a source into batches.
func read(ctx context.Context, input int, src Capture, send func(*batch) bool) {
	b := &batch{input: input, done: make(chan struct{})}
	size := 0
	flush := func() bool {
		if len(b.flows) == 0 && len(b.damage) == 0 {
			return true
		}
		full := b
		b, size = &batch{input: input, done: make(chan struct{})}, 0
		return send(full)
	}
	for f, err := range src.Flows() {
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			b.damage = append(b.damage, err)
			continue
		}
		b.flows = append(b.flows, f)
		if size += weight(f); size >= batchBytes && !flush() {
			return
		}
	}
	flush()
}

// weight is about how many bytes of f a worker has to look at.
func weight(f *flow.Flow) int {
	n := 512
	if f.Request != nil {
		n += len(f.Request.URL) + len(f.Request.Body.Data)
	}
	for i := range f.Messages {
		n += len(f.Messages[i].Body.Data)
	}
	return n
}

// damageRow makes an error row of a reader's error.
func damageRow(input int, err error, r *Redactor) ErrorRow {
	row := ErrorRow{Input: input, Kind: "damage", Message: r.Text(err.Error()), Count: 1}
	if d := (*flow.Damage)(nil); errors.As(err, &d) && d.Missing {
		row.Kind = "shortfall"
	}
	var d *flow.Damage
	if errors.As(err, &d) {
		row.Offset = d.Offset
	}
	return row
}

// flowTime is the moment that a row of the ledger is filed under: when the
// request, or for a message the message, began to leave.
func flowTime(f *flow.Flow, r peel.Root) time.Time {
	if r.Name == "message" {
		if n, err := strconv.Atoi(r.Label); err == nil && n < len(f.Messages) && !f.Messages[n].Time.IsZero() {
			return f.Messages[n].Time
		}
	}
	return f.Timing.Start
}

// flowID names a flow of an input.
func flowID(input, index int) string {
	if input == 0 {
		return fmt.Sprintf("f%d", index)
	}
	return fmt.Sprintf("%d:f%d", input+1, index)
}
