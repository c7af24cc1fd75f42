package question

import (
	"fmt"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types/ref"

	"github.com/constat/constat/audit"
)

// maxBecause and maxProofs bound what a verdict lists.
const (
	maxBecause = 50
	maxProofs  = 3
)

// Answer answers the questions of a set from a document. The ledger is read
// once, row by row.
func (s *Set) Answer(d *audit.Document, c Case) ([]audit.Verdict, error) {
	c = c.or(s.Case)
	w := newWorld(d, c)
	inquiries := make([]*inquiry, len(s.Questions))
	for i, q := range s.Questions {
		inquiries[i] = newInquiry(q)
	}
	if err := s.hear(w, inquiries); err != nil {
		return nil, err
	}
	have := facts(w)
	verdicts := make([]audit.Verdict, len(inquiries))
	for i, q := range inquiries {
		v, err := q.verdict(s, have)
		if err != nil {
			return nil, fmt.Errorf("question %s: %w", q.ID, err)
		}
		verdicts[i] = v
	}
	return verdicts, nil
}

// hear shows every clause the rows of its table.
func (s *Set) hear(w *world, inquiries []*inquiry) error {
	show := func(table string, vars cel.Activation, key func(string) string, flow, name string, t *audit.Transfer) error {
		for _, q := range inquiries {
			for _, k := range q.counters {
				if k.table != table {
					continue
				}
				if err := k.see(vars, key, flow, name, t); err != nil {
					return fmt.Errorf("question %s: %w", q.ID, err)
				}
			}
		}
		return nil
	}
	is := map[string]ref.Val{}
	for t, err := range w.doc.Transferred() {
		if err != nil {
			return err
		}
		if t.Grade == "C" {
			continue // a hint decides nothing
		}
		clear(is)
		r := &row{Transfer: &t, world: w, defined: s.defined, is: is}
		if err := show("rows", r, resolver(r), t.Flow.ID, t.ID, &t); err != nil {
			return err
		}
		if r.err != nil {
			return r.err
		}
	}
	for _, h := range w.hosts() {
		if err := show("hosts", &h, resolver(&h), "", "host "+h.Host, nil); err != nil {
			return err
		}
	}
	for i := range w.doc.Incidents {
		h := &happening{&w.doc.Incidents[i], w}
		if err := show("incidents", h, resolver(h), h.Flow, "incident "+h.Flow, nil); err != nil {
			return err
		}
	}
	return s.hearSharing(w, show)
}

// hearSharing shows them who can put together what.
func (s *Set) hearSharing(w *world, show func(table string, vars cel.Activation, key func(string) string, flow, name string, t *audit.Transfer) error) error {
	if w.doc.Sharing == nil {
		return nil
	}
	for i := range w.doc.Sharing.Joins {
		x := &joint{&w.doc.Sharing.Joins[i], w}
		if err := show("joins", x, resolver(x), x.Proof.Flow, "join "+x.Recipient+" "+x.Identifier+" "+x.Fact, nil); err != nil {
			return err
		}
	}
	for i := range w.doc.Sharing.Syncs {
		x := &passed{&w.doc.Sharing.Syncs[i], w}
		if err := show("syncs", x, resolver(x), x.Sent.Flow, "sync "+x.Alias+" "+x.Sent.Flow, nil); err != nil {
			return err
		}
	}
	return nil
}

// resolver gives variables as keys of a count.
func resolver(vars cel.Activation) func(string) string {
	return func(name string) string {
		v, _ := vars.ResolveName(name)
		return fmt.Sprint(v)
	}
}

// inquiry is a question while it is being answered.
type inquiry struct {
	*Question
	counters []*counter // of ProvedBy, then of RefutedBy
}

func newInquiry(q *Question) *inquiry {
	in := &inquiry{Question: q}
	for _, clauses := range [][]Clause{q.ProvedBy, q.RefutedBy} {
		for i := range clauses {
			in.counters = append(in.counters, newCounter(&clauses[i]))
		}
	}
	return in
}

func (q *inquiry) verdict(s *Set, have *grounds) (audit.Verdict, error) {
	v := audit.Verdict{
		Set: s.ID, Question: q.ID, Claim: q.Claim, SaidBy: s.name(q.SaidBy), Law: s.hooks(q.Law, have.doc), Shows: q.Shows, Answer: audit.NotObserved,
		Coverage: have.coverage, Because: []string{}, Missing: []string{}, Proofs: []audit.Transfer{},
	}
	if decide(q.counters[:len(q.ProvedBy)], &v) {
		v.Answer = audit.Observed
		return v, nil
	}
	var err error
	if v.Missing, err = q.missing(s, have); err != nil {
		return v, err
	}
	if slices.ContainsFunc(q.counters[:len(q.ProvedBy)], func(k *counter) bool { return k.open }) {
		v.Missing = append(v.Missing, "clock")
	}
	switch {
	case len(v.Missing) > 0:
		v.Answer = audit.NotMeasurable
	case decide(q.counters[len(q.ProvedBy):], &v):
		v.Answer = audit.Contradicted
	}
	return v, nil
}

// decide reports whether one of the clauses holds, and puts down why.
func decide(counters []*counter, v *audit.Verdict) bool {
	for _, k := range counters {
		if !k.holds() {
			continue
		}
		v.Count += k.count
		for _, b := range k.because {
			if len(v.Because) < maxBecause && !slices.Contains(v.Because, b) {
				v.Because = append(v.Because, b)
			}
		}
		for _, p := range k.proofs {
			if len(v.Proofs) < maxProofs && !slices.ContainsFunc(v.Proofs, func(t audit.Transfer) bool { return t.ID == p.ID }) {
				v.Proofs = append(v.Proofs, p)
			}
		}
	}
	return len(v.Because) > 0
}
