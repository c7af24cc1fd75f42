package question

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// maxBecause and maxProofs bound what a verdict lists.
const (
	maxBecause = 50
	maxProofs  = 3
)

// Answer answers the questions of a set from a document.
func (s *Set) Answer(ctx context.Context, d *audit.Document, c Case) ([]audit.Verdict, error) {
	return Answer(ctx, []*Set{s}, d, c)
}

// Answer answers the questions of several sets. The ledger is read once.
func Answer(ctx context.Context, sets []*Set, d *audit.Document, c Case) ([]audit.Verdict, error) {
	var all []*hearing
	for _, s := range sets {
		all = append(all, s.hearing(d, c))
	}
	if err := hear(ctx, all...); err != nil {
		return nil, err
	}
	var verdicts []audit.Verdict
	var inquiries []*inquiry
	for _, h := range all {
		have := facts(h.world)
		inquiries = append(inquiries, h.inquiries...)
		for _, q := range h.inquiries {
			v, err := q.verdict(h.set, have)
			if err != nil {
				return nil, fmt.Errorf("question %s: %w", q.ID, err)
			}
			verdicts = append(verdicts, v)
		}
	}
	if err := show(ctx, d.Transfers, verdicts); err != nil {
		return nil, err
	}
	for i, q := range inquiries {
		q.locate(&verdicts[i], d)
	}
	return verdicts, nil
}

// inquiry is a question while it is being answered.
type inquiry struct {
	*Question
	counters []*counter // of ProvedBy, then of RefutedBy, then of DoubtedBy
}

func newInquiry(q *Question) *inquiry {
	in := &inquiry{Question: q}
	for _, clauses := range [][]Clause{q.ProvedBy, q.RefutedBy, q.DoubtedBy} {
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
	if len(s.French) > 0 {
		v.SaidByFR, v.LawFR = s.InFrench(v.SaidBy), s.inFrench(v.Law)
	}
	if a := have.doc.Attribution; a != nil && a.Several && q.Never == "" {
		v.Answer, v.Missing = audit.NotMeasurable, []string{"app"} // of which one?
		return v, nil
	}
	if proof := q.counters[:len(q.ProvedBy)]; decide(proof, &v) {
		v.Answer = audit.Observed
		if !slices.ContainsFunc(proof, func(k *counter) bool { return k.table != "accesses" && k.holds() }) {
			v.Shows = "access"
		}
		return v, nil
	}
	var err error
	if v.Missing, err = q.missing(s, have); err != nil {
		return v, err
	}
	for _, code := range q.open().codes() {
		if !strings.HasPrefix(code, "unmarked:") || !slices.ContainsFunc(v.Missing, ofMark) { // else that mark is what is missing
			v.Missing = append(v.Missing, code)
		}
	}
	if q.hangs() {
		v.Missing = append(v.Missing, "attribution")
	}
	if slices.ContainsFunc(q.counters[len(q.counters)-len(q.DoubtedBy):], (*counter).possible) {
		v.Missing = append(v.Missing, q.Doubt)
	}
	switch {
	case len(v.Missing) > 0:
		v.Answer = audit.NotMeasurable
	case decide(q.counters[len(q.ProvedBy):len(q.counters)-len(q.DoubtedBy)], &v):
		v.Answer = audit.Contradicted
	}
	return v, nil
}

// open says what left clauses open, so that one of them might hold.
func (q *inquiry) open() (w why) {
	for _, k := range q.counters[:len(q.ProvedBy)] {
		w |= k.open
		if k.shadow != nil {
			w |= k.shadow.open
		}
	}
	return w
}

// ofMark reports whether a code is of a mark that is missing.
func ofMark(code string) bool {
	return strings.HasPrefix(code, "act:") || strings.HasPrefix(code, "state:")
}

// decide reports whether one of the clauses holds, and puts down why: of rows,
// their ids, which show completes.
func decide(counters []*counter, v *audit.Verdict) bool {
	for _, k := range counters {
		if !k.holds() {
			continue
		}
		v.Count += k.count
		for i, b := range k.because {
			if len(v.Because) == maxBecause || slices.Contains(v.Because, b) {
				continue
			}
			v.Because = append(v.Because, b)
			if k.table != "rows" {
				continue
			}
			v.Rows = append(v.Rows, audit.Decided{ID: b})
			if i < k.leads || len(k.Together) == 0 && len(v.Proofs) < maxProofs { // no half of a message
				v.Proofs = append(v.Proofs, audit.Transfer{ID: b})
			}
		}
	}
	return len(v.Because) > 0
}

// placing are the variables that rest on where a server is.
var placing = map[string]bool{"country": true, "registered": true, "place": true, "eea": true, "adequate": true, "concern": true}

// locate puts down how well the place is known that an observation rests on, if it
// rests on one, once the rows that decide are shown.
func (q *inquiry) locate(v *audit.Verdict, d *audit.Document) {
	proof := q.counters[:len(q.ProvedBy)]
	if v.Answer != audit.Observed || !slices.ContainsFunc(proof, func(k *counter) bool {
		return k.holds() && slices.ContainsFunc(k.exprs, func(x *expression) bool { return x.uses(placing) })
	}) {
		return
	}
	better := func(place string, established bool) {
		switch {
		case established:
			v.Place = "established"
		case v.Place == "" || v.Place != "established" && place == "consistent (strong)":
			v.Place = place
		}
	}
	for i := range v.Rows {
		better(v.Rows[i].Place, v.Rows[i].Established)
	}
	for _, b := range v.Because {
		host, ok := strings.CutPrefix(b, "host ")
		for i := range d.Coverage {
			if c := &d.Coverage[i]; ok && c.Host == host {
				for _, s := range c.Servers {
					better(s.Place, s.Established)
				}
			}
		}
	}
}
