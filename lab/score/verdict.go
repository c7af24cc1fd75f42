package score

import (
	"io"
	"slices"
)

// The answers of a verdict (the Audit document's contract).
const (
	Observed      = "observed"
	NotObserved   = "not_observed"
	Contradicted  = "contradicted"
	NotMeasurable = "not_measurable"
)

// Answers is how an audit answers the allegations.
type Answers struct {
	Rows       []Answer `json:"rows"`
	Right      int      `json:"right"`
	Wrong      int      `json:"wrong"`
	Unanswered int      `json:"unanswered"` // no verdict, or not measurable
	Share      *float64 `json:"share"`      // right of all
}

// Answer is that to one allegation. What was done is to be observed; what was
// not is to be not observed, or contradicted. No answer is not right.
type Answer struct {
	Allegation string `json:"allegation"`
	Expected   string `json:"expected"` // observed or not_observed
	Answered   string `json:"answered"` // "" without a verdict
	Right      bool   `json:"right"`
	Wrong      bool   `json:"wrong"`
}

// Verdicts compares the verdicts of an Audit document with what a scenario
// does: observed are the allegations that it shows, all are those asked.
func Verdicts(observed, all []string, auditJSON io.Reader) (*Answers, error) {
	answered := map[string]string{}
	err := members(auditJSON, map[string]func(decode func(any) error) error{
		"verdicts": func(decode func(any) error) error {
			var v struct {
				Question string `json:"question"`
				Answer   string `json:"answer"`
			}
			if err := decode(&v); err != nil {
				return err
			}
			answered[v.Question] = v.Answer
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	out := &Answers{Rows: []Answer{}}
	for _, id := range all {
		a := Answer{Allegation: id, Expected: NotObserved, Answered: answered[id]}
		if slices.Contains(observed, id) {
			a.Expected = Observed
		}
		switch a.Answered {
		case Observed:
			a.Right = a.Expected == Observed
			a.Wrong = !a.Right
		case NotObserved, Contradicted:
			a.Right = a.Expected == NotObserved
			a.Wrong = !a.Right
		}
		switch {
		case a.Right:
			out.Right++
		case a.Wrong:
			out.Wrong++
		default:
			out.Unanswered++
		}
		out.Rows = append(out.Rows, a)
	}
	out.Share = share(out.Right, len(all))
	return out, nil
}
