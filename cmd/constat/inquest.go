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
	told bool // its is of a case file
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
		in.its, in.told = *c, true
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

// of are the facts of the case of a document: those of the case file, or else those
// that were told when the document was made. They are put down in it.
func (in *inquest) of(d *audit.Document) (question.Case, error) {
	its := in.its
	switch {
	case in.told:
		stated := audit.Case(its)
		d.Case = &stated
	case d.Case != nil:
		its = question.Case(*d.Case)
	}
	if a, id := d.Attribution, its.App.ID; a != nil && a.Subject != "" && id != "" && !strings.EqualFold(a.Subject, id) {
		return its, fmt.Errorf("the case is of the app %s, and the audit of %s: correct id in [app] of the case, or --app", id, a.Subject)
	}
	return its, nil
}

func (in *inquest) answer(ctx context.Context, d *audit.Document) error {
	its, err := in.of(d)
	if err != nil {
		return err
	}
	v, err := question.Answer(ctx, in.sets, d, its)
	d.Verdicts = append(d.Verdicts, v...)
	return err
}
