package question

import (
	"slices"

	"github.com/google/cel-go/cel"

	"github.com/constat/constat/audit"
)

// unknown is a state or a consent of which nothing was marked.
const unknown = "unknown"

// why says why a variable of the moment has no value.
type why uint16

// A clause gathers one bit for each reason that left it open.
const (
	told     why = 0         // it has one
	byClocks why = 1 << iota // which came first, the clocks do not tell
	tooMany                  // values are more than are counted apart
	unmarked                 // and one bit more for each of markable, from here on
)

// markable are the facts that marks tell, by the names that a document gives them.
var markable = []string{"state", "act", "consent", "draft_open", "clip_fate", "clip_ended", "signed_up"}

// untold says why a variable of the moment has no value.
func untold(c *audit.Circumstance, name string) why {
	if name == "since_act_s" {
		name = "act"
	}
	n := slices.Index(markable, name)
	switch {
	case n < 0:
		return told
	case slices.Contains(c.Open, name):
		return byClocks
	case slices.Contains(c.Unmarked, name),
		name == "state" && (c.State == unknown || c.State == ""),
		name == "consent" && (c.Consent == unknown || c.Consent == ""),
		name != "state" && name != "consent" && c.Act == "":
		return unmarked << n
	}
	return told
}

// whyOpen says why an expression that uses some variables has no value.
func whyOpen(c *audit.Circumstance, names []string) (w why) {
	for _, name := range names {
		if w |= untold(c, name); name == sinceAct && c.Within > 0 { // a limit lies within its error
			w |= byClocks
		}
	}
	return w
}

// whyOpen says why an expression over what is no row has no value.
func (w *world) whyOpen(vars cel.Activation, names []string) why {
	switch x := vars.(type) {
	case *happening:
		return whyOpen(&x.Circumstance, names)
	case *accessed:
		return whyOpen(&x.Circumstance, names)
	}
	return byClocks // nothing else has a moment
}

// codes are what is missing, as a verdict lists it.
func (w why) codes() (list []string) {
	if w&byClocks != 0 {
		list = append(list, "clock")
	}
	if w&tooMany != 0 {
		list = append(list, "too-many")
	}
	for n, fact := range markable {
		if w&(unmarked<<n) != 0 {
			list = append(list, "unmarked:"+fact)
		}
	}
	return list
}
