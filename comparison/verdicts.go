package comparison

import (
	"cmp"
	"slices"

	"github.com/constat/constat/audit"
)

// maxBecause is how many ids of the rows that decide are repeated here.
const maxBecause = 5

// verdicts lays the answers side by side.
func (c *comparer) verdicts() []Verdict {
	rows := []Verdict{}
	after := map[string]*audit.Verdict{}
	for i := range c.halves[1].doc.Verdicts {
		v := &c.halves[1].doc.Verdicts[i]
		after[question(*v)] = v
	}
	for i := range c.halves[0].doc.Verdicts {
		v := &c.halves[0].doc.Verdicts[i]
		q := question(*v)
		rows = append(rows, c.verdict(v, after[q]))
		delete(after, q)
	}
	for i := range c.halves[1].doc.Verdicts {
		v := &c.halves[1].doc.Verdicts[i]
		if after[question(*v)] == v {
			rows = append(rows, c.verdict(nil, v))
		}
	}
	slices.SortStableFunc(rows, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(rank(a.Change), rank(b.Change)), cmp.Compare(a.Set, b.Set), cmp.Compare(a.Question, b.Question))
	})
	return rows
}

func (c *comparer) verdict(a, b *audit.Verdict) Verdict {
	row := Verdict{Before: answer(a), After: answer(b)}
	of := b
	if of == nil {
		of = a
	}
	row.Set, row.Question, row.Claim = of.Set, of.Question, of.Claim
	switch {
	case a == nil:
		row.Change = AskedAfter
		return row
	case b == nil:
		row.Change = AskedBefore
		return row
	case a.Answer == b.Answer:
		row.Change = Same
		return row
	}
	sure, unsure := [2]string{Began, Ended}, [2]string{OnlyAfter, OnlyBefore}
	if c.by == ByConsent {
		sure = [2]string{New, Gone} // a choice ends no practice
	}
	// absent is the side on which the practice was looked for in vain.
	absent := -1
	switch {
	case a.Answer == audit.Observed && denied(b):
		absent = 1
	case b.Answer == audit.Observed && denied(a):
		absent = 0
	case a.Answer == audit.Observed:
		row.Change = Lost
	case b.Answer == audit.Observed:
		row.Change = Found
	default:
		row.Change = Changed
	}
	if absent < 0 {
		return row
	}
	row.Open = c.moments(absent, c.halves[1-absent].because[question(*of)])
	if a.Claim != b.Claim {
		row.Open = append(row.Open, "question") // it is another one by the same name
	}
	if c.by == ByDate && !c.ordered() {
		row.Open = append(row.Open, "order")
	}
	row.Change = either(row.Open, sure[absent], unsure[absent])
	if from, to := c.halves[0].side.Last, c.halves[1].side.First; len(row.Open) == 0 && c.by != ByConsent && c.ordered() {
		row.Between = &Between{from, to}
	}
	return row
}

// denied reports whether a verdict says that a practice was not there. "Not
// measurable" does not.
func denied(v *audit.Verdict) bool {
	return v.Answer == audit.NotObserved || v.Answer == audit.Contradicted
}

func answer(v *audit.Verdict) *Answer {
	if v == nil {
		return nil
	}
	return &Answer{
		Answer: v.Answer, Coverage: v.Coverage, Count: v.Count, Missing: orEmpty(v.Missing),
		Because: orEmpty(v.Because[:min(len(v.Because), maxBecause)]),
	}
}
