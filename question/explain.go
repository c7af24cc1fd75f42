package question

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// Explanation says why a question got its answer.
type Explanation struct {
	Set      *Set
	Question *Question
	Case     Case
	Verdict  audit.Verdict
	Proved   []Weighed // in the order of ProvedBy
	Refuted  []Weighed // in the order of RefutedBy
	Needs    []Met     // needs, conditions and what goes for every question
}

// Weighed is what became of a clause.
type Weighed struct {
	Clause *Clause
	Table  string
	Each   []int // for how many rows, hosts … each expression was true
	Count  int   // what decides
	Open   bool  // of some it cannot be said: it depends on an order that the clocks do not tell
	Holds  bool
}

// Expressions are those of the clause, as written.
func (w *Weighed) Expressions() []string { return w.Clause.Expressions() }

// Table is what a clause looks at, as in Tables.
func (c *Clause) Table() string { return c.table }

// Expressions are those of the clause, as written.
func (c *Clause) Expressions() []string {
	var list []string
	for _, x := range c.exprs {
		list = append(list, x.text)
	}
	return list
}

// Met is something that must be there to say that a question is not observed.
type Met struct {
	Need    string
	Missing []string // codes; none if it is there
}

// Explain answers one question and says why.
func (s *Set) Explain(ctx context.Context, d *audit.Document, c Case, id string) (*Explanation, error) {
	q := s.Question(id)
	if q == nil {
		return nil, fmt.Errorf("set %s has no question %s; it has %s", s.ID, id, strings.Join(s.ids(), " "))
	}
	c = c.or(s.Case)
	alone := *s
	alone.Questions = []*Question{q}
	h := alone.hearing(d, c)
	if err := hear(ctx, h); err != nil {
		return nil, err
	}
	in := h.inquiries[0]
	have := facts(h.world)
	v, err := in.verdict(s, have)
	if err != nil {
		return nil, err
	}
	only := []audit.Verdict{v}
	if err := show(ctx, d.Transfers, only); err != nil {
		return nil, err
	}
	in.locate(&only[0], d)
	v = only[0]
	e := &Explanation{Set: s, Question: q, Case: c, Verdict: v}
	for i, k := range in.counters[:len(in.counters)-len(q.DoubtedBy)] {
		to := &e.Proved
		if i >= len(q.ProvedBy) {
			to = &e.Refuted
		}
		*to = append(*to, Weighed{Clause: k.Clause, Table: k.table, Each: k.each, Count: k.count, Open: k.open != told, Holds: k.holds()})
	}
	e.Needs, err = in.needs(s, have)
	return e, err
}

// Question is the one with an id, nil if there is none.
func (s *Set) Question(id string) *Question {
	for _, q := range s.Questions {
		if q.ID == id {
			return q
		}
	}
	return nil
}

func (s *Set) ids() []string {
	var list []string
	for _, q := range s.Questions {
		list = append(list, q.ID)
	}
	return list
}

// Used are the definitions that an expression's text names, and those that they
// name, in the order of the file.
func (s *Set) Used(texts []string) []Define {
	wanted := map[string]bool{}
	for _, d := range slices.Backward(s.Define) {
		for _, text := range texts {
			if mentions(text, d.Name) {
				wanted[d.Name] = true
			}
		}
		if wanted[d.Name] {
			texts = append(texts, d.Is)
		}
	}
	return slices.DeleteFunc(slices.Clone(s.Define), func(d Define) bool { return !wanted[d.Name] })
}

// mentions reports whether a word stands in a text.
func mentions(text, name string) bool {
	inWord := func(r rune) bool {
		return r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.'
	}
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return !inWord(r) }), name)
}

// Example is a set that teaches how one is written.
//
//go:embed example.toml
var Example []byte

// Tables lists the tables that expressions can be over, in the order in which
// they are taught.
func Tables() []string {
	return []string{"rows", "hosts", "incidents", "accesses", "joins", "syncs", "document"}
}
