package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/question"
)

// inquest is the question sets of an audit and the facts of its case.
type inquest struct {
	sets []*question.Set
	its  question.Case
}

func newInquest(o *auditFlags) (*inquest, error) {
	in := &inquest{}
	for _, name := range o.questions {
		s, err := question.Load(name)
		if err != nil {
			return nil, err
		}
		in.sets = append(in.sets, s)
	}
	if o.caseFile == "" {
		return in, nil
	}
	b, err := os.ReadFile(o.caseFile)
	if err != nil {
		return nil, err
	}
	c, err := question.ParseCase(b, o.caseFile)
	if err == nil {
		in.its = *c
	}
	return in, err
}

// claimed are the countries that a question is about, so that measurement can
// speak about them whether or not a database does.
func (in *inquest) claimed() []string {
	list := slices.Clone(in.its.FarCountries)
	for _, s := range in.sets {
		if len(in.its.FarCountries) == 0 {
			list = append(list, s.Case.FarCountries...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (in *inquest) answer(ctx context.Context, d *audit.Document) error {
	if app := in.its.App; app != (audit.App{}) {
		if a := d.Attribution; a != nil && a.Subject != "" && app.ID != "" && !strings.EqualFold(a.Subject, app.ID) {
			return fmt.Errorf("the case is of the app %s, and the audit of %s: correct id in [app] of the case, or --app", app.ID, a.Subject)
		}
		d.App = &app
	}
	v, err := question.Answer(ctx, in.sets, d, in.its)
	d.Verdicts = append(d.Verdicts, v...)
	return err
}
