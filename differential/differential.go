// Package differential proves by difference: it compares captures of an app
// that did the same acts twice, with two personas, and tells what changed
// because the persona did. It needs to read nothing: a digest with a secret
// salt, or the length of an encrypted message, gives itself away by changing
// if and only if the persona does (Continella et al., "Obfuscation-Resilient
// Privacy Leak Detection for Mobile Apps Through Differential Analysis", NDSS
// 2017).
//
// # How
//
// Each run is taken apart into units (a request, a WebSocket message, a
// connection that nobody could read) and each unit into its fields, named by
// the layers undone to reach them ("request.body › json $.dev.mac"). Of a
// field's content only a digest, a length and a shape are kept. Then:
//
//   - units of all runs are laid side by side (see align.go), which missing,
//     additional and reordered ones do not upset;
//   - a content is judged by the set of runs it stands in: all of them
//     (constant), exactly those with one persona (it may depend on it), or
//     any other set (noise: it changes though the persona does not);
//   - what could be a ciphertext is judged by its length and its bytes.
//
// # What the runs can prove
//
// Two runs prove nothing by themselves: every nonce changes, too. A repeat
// with the same persona (a control) tells noise from dependence. So:
//
//   - grade A: the field holds the known value of each run's own persona, as
//     package detect finds it;
//   - grade B: equal in all runs with the same persona, different between the
//     personas, and so rich in content that noise would not have come twice;
//   - grade C: a candidate. One run each, or too little content, or too few
//     runs to exclude chance.
//
// A change is put down to a value only if it is the only one that differs
// between the personas, or if it was found in the field. What else differed
// between the runs (time, device, what a server gave to an account) is the
// experimenter's to hold still; the document says what it cannot exclude.
//
// The package shows no values: names, lengths and shapes only, past an
// audit.Redactor.
package differential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
	"github.com/constat/constat/peel/keyring"
	"github.com/constat/constat/persona"
)

// Run is a capture of the acts with one of the two personas.
type Run struct {
	Capture audit.Capture
	Persona int // 0 or 1
}

// maxRuns bounds the runs of one comparison: with ten of each persona the
// chance of a coincidence is 1 in 184,756.
const maxRuns = 20

// Options are the inputs of a comparison beside its runs.
type Options struct {
	Version  string
	Personas [2]*persona.Persona // both or none: what differed between the runs is then not known
	Subjects [2]Persona          // file and hash of each
	Fast     bool                // the fast tier of peeling: nothing is guessed, no key is tried
	Keys     *keyring.Ring       // keys that are known; nil: those the program brings
	Rules    []audit.Rules       // the files that Keys came from
}

// Compare reads the runs, one after the other, and tells what in them depends
// on the persona. What a damaged capture still gives is compared, with a row
// in Errors. The error is of the comparison itself: a run missing, a copy of a
// run in place of a repeat.
func Compare(ctx context.Context, runs []Run, o Options) (*Document, error) {
	var n [2]int
	for _, r := range runs {
		n[r.Persona]++
	}
	switch {
	case n[0] == 0 || n[1] == 0:
		return nil, errors.New("a comparison needs a run with each of the two personas")
	case len(runs) > maxRuns:
		return nil, fmt.Errorf("%d runs: %d at most can be compared", len(runs), maxRuns)
	case (o.Personas[0] == nil) != (o.Personas[1] == nil):
		return nil, errors.New("one persona is known and the other is not: give both or none")
	}
	s := newSubjects(o.Personas)
	if s.known && len(s.changed) == 0 {
		return nil, errors.New("the two personas have the same values: nothing can depend on a difference")
	}
	if o.Keys == nil {
		o.Keys = keyring.New()
	}
	engine, err := detect.New(s.both, detect.Options{Keys: o.Keys, Limits: peel.Limits{Fast: o.Fast}})
	if err != nil {
		return nil, err
	}
	t := newTable(runs)
	rd := &reader{
		table: t, subjects: s, scanner: engine.NewScanner(), redactor: s.redactor(),
		walker: peel.NewWalker(peel.Options{Limits: peel.Limits{Fast: o.Fast}, Keys: o.Keys}),
	}
	doc := &Document{Schema: SchemaID, Tool: tool(&o), Runs: []RunRow{}, Findings: []Finding{}, Fields: []FieldRow{}, Limits: []string{}, Errors: []audit.ErrorRow{}}
	if s.known {
		doc.Subjects = o.Subjects[:]
	}
	for i, r := range runs {
		for f, err := range r.Capture.Flows() {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				rd.damage(i, err)
				continue
			}
			rd.read(i, f)
		}
		in := r.Capture.Describe()
		in.Flows, in.First, in.Last = rd.flows, rd.first, rd.last
		rd.flows, rd.first, rd.last = 0, time.Time{}, time.Time{}
		doc.Runs = append(doc.Runs, RunRow{Input: in, Persona: r.Persona, Foreign: rd.foreign})
		rd.foreign = 0
		for j := range i {
			if in.SHA256 != "" && doc.Runs[j].SHA256 == in.SHA256 {
				return nil, fmt.Errorf("%s and %s are the same recording: a copy is no other run, and no repeat", doc.Runs[j].Path, in.Path)
			}
		}
	}
	t.unite()
	slots := align(t)
	j := newJudge(t, s, rd.redactor, runs, slots)
	j.judge()
	j.report(doc)
	doc.Errors = append(doc.Errors, rd.errors()...)
	return doc, nil
}

// control reports whether f is a trial of the instrument, nobody's data, or
// an exchange for which nothing left the device.
func control(f *flow.Flow) bool {
	if f.Control != nil {
		return true
	}
	for _, note := range f.Notes {
		if note == "from cache" || note == "never sent" {
			return true
		}
	}
	return false
}
