package protocol

import (
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/question"
)

// Grounds are what there is to answer on.
type Grounds struct {
	Acts    []string
	States  []string
	Planted []string                 // data types
	Idle    map[string]time.Duration // the longest stretch in each state
	Case    question.Case
}

func (g *Grounds) add(s Step) {
	if s.Act != "" {
		g.Acts = append(g.Acts, s.Act)
	}
	g.States = append(g.States, s.State...)
}

// Outlook is how a question stands before the audit.
type Outlook string

// The outlooks.
const (
	Answerable Outlook = "answerable" // everything it needs is there
	Lacking    Outlook = "lacking"    // what leaves is observed, but silence says nothing
	ProofOnly  Outlook = "proof_only" // a handset can show it, and never that it is not so
	Never      Outlook = "never"      // no handset can tell
)

// Answer is the outlook of one question.
type Answer struct {
	Question string   `json:"question"`
	Claim    Text     `json:"-"`
	Outlook  Outlook  `json:"outlook"`
	Missing  []string `json:"missing"` // codes, as in audit.Verdict
	// Places: it also needs the places of the recipients, which the audit learns.
	Places bool `json:"places,omitempty"`
}

// Answers says of each question of a set how it stands on these grounds.
func Answers(set *question.Set, g Grounds) []Answer {
	answers := make([]Answer, len(set.Questions))
	for i, q := range set.Questions {
		a := Answer{Question: q.ID, Claim: Text{q.Claim.EN, q.Claim.FR}, Outlook: Answerable, Missing: []string{}}
		switch {
		case q.Never != "" && len(q.ProvedBy) == 0:
			a.Outlook, a.Missing = Never, append(a.Missing, q.Never)
		case q.Never != "":
			a.Outlook, a.Missing = ProofOnly, append(a.Missing, q.Never)
		default:
			for _, need := range q.Needs {
				switch {
				case need == "parties":
					if len(g.Case.FirstParty)+len(set.Case.FirstParty) == 0 {
						a.Outlook, a.Missing = Lacking, append(a.Missing, "case:first_party")
					}
				case need == "places" || need == "servers":
					a.Places = true
				case !g.meets(need, set.Case):
					a.Outlook, a.Missing = Lacking, append(a.Missing, need)
				}
			}
		}
		answers[i] = a
	}
	return answers
}

// meets reports whether a need is met. One of a kind that is not known here is
// not: better to say too little.
func (g *Grounds) meets(need string, named question.Case) bool {
	kind, what, _ := strings.Cut(need, ":")
	var of []string
	if kind == "idle" {
		least := max(g.Case.Idle(), 1)
		for state, lasted := range g.Idle {
			if lasted.Seconds() >= least {
				of = append(of, state)
			}
		}
	}
	switch kind {
	case "act":
		of = g.Acts
	case "state":
		of = g.States
	case "planted":
		of = g.Planted
	case "case":
		of = append(told(g.Case), told(named)...)
	}
	return slices.ContainsFunc(strings.Split(what, "|"), func(alternative string) bool { return slices.Contains(of, alternative) })
}

// told are the facts that a case tells, by name.
func told(c question.Case) (names []string) {
	for name, is := range map[string]bool{
		"first_party": len(c.FirstParty) > 0, "named_sdks": len(c.NamedSDKs) > 0,
		"promised_countries": len(c.PromisedCountries) > 0, "far_countries": len(c.FarCountries) > 0, "child": c.Child,
	} {
		if is {
			names = append(names, name)
		}
	}
	return names
}

// Serves are the questions of a set that need something of a step: its act, a
// state that it leaves the app in, or a value that it plants.
func Serves(set *question.Set, s Step) (ids []string) {
	var own Grounds
	own.add(s)
	for _, t := range s.Plant {
		own.Planted = append(own.Planted, string(t))
	}
	for _, q := range set.Questions {
		if q.Never == "" && slices.ContainsFunc(q.Needs, func(need string) bool {
			return !strings.HasPrefix(need, "case:") && own.meets(need, question.Case{})
		}) {
			ids = append(ids, q.ID)
		}
	}
	return ids
}
