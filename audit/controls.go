package audit

import (
	"github.com/constat/constat/datatype"
	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/persona"
)

// scan looks for personal data in f. In a control, that is the canary: with an
// engine of its own, since the subject's persona does not have it.
func scan(s *detect.Scanner, f *flow.Flow) detect.Result {
	if f.Control == nil || len(f.Control.Planted) == 0 {
		return s.Scan(f)
	}
	p := &persona.Persona{}
	for i, v := range f.Control.Planted {
		p.Values = append(p.Values, persona.Value{Index: i, Type: datatype.ID(v.Type), Value: v.Value})
	}
	engine, err := detect.New(p, detect.Options{})
	if err != nil {
		return detect.Result{} // nothing found: the control fails
	}
	return engine.NewScanner().Scan(f)
}

// controls gathers the outcomes of trials.
type controls []Control

// maxControls bounds what a log may make the document list.
const maxControls = 1000

func (cs *controls) add(f *flow.Flow, res detect.Result) {
	if len(*cs) >= maxControls {
		return
	}
	c := Control{Kind: f.Control.Kind, Planted: len(f.Control.Planted), Outcome: ControlFailed}
	if c.Kind == "positive" {
		found := map[int]bool{}
		for _, x := range res.Findings {
			if x.Grade == detect.GradeA && x.PersonaValue >= 0 {
				found[x.PersonaValue] = true
			}
		}
		if c.Found = len(found); c.Found == c.Planted && c.Planted > 0 {
			c.Outcome = ControlPassed
		}
	} else {
		for _, x := range res.Findings {
			if x.Grade != detect.GradeC {
				c.Found++
			}
		}
		if c.Found == 0 {
			c.Outcome = ControlPassed
		}
	}
	*cs = append(*cs, c)
}

// rows lists the trials, and those that are missing: a live capture has one of
// each kind. Other captures were made by tools that have none.
func (cs controls) rows(inputs []Input) []Control {
	live := false
	for _, in := range inputs {
		live = live || in.Format == "constat"
	}
	if !live {
		return nil
	}
	rows := append([]Control{}, cs...)
	for _, kind := range []string{"positive", "negative"} {
		there := false
		for _, c := range cs {
			there = there || c.Kind == kind
		}
		if !there {
			rows = append(rows, Control{Kind: kind, Outcome: ControlMissing})
		}
	}
	return rows
}
