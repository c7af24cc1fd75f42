package main

import (
	"errors"
	"testing"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
)

// Whose law protects the subject: told, else the vantage's, else the
// persona's; a vantage that lies in several countries tells nothing.
func TestSubjectIn(t *testing.T) {
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ told, from, region, want, source string }{
		{"us", "Paris", "CH", "US", audit.SubjectTold},
		{"", "Paris", "CH", "FR", audit.SubjectVantage},
		{"", "", "CH", "CH", audit.SubjectPersona},
		{"", "46.20,6.14 ±25", "GB", "GB", audit.SubjectPersona},
		{"", "", "", "", ""},
	} {
		o, opt := auditFlags{subjectIn: test.told}, audit.Options{Book: book}
		if test.from != "" {
			v, err := recipient.ParseVantage(test.from)
			if err != nil {
				t.Fatal(err)
			}
			opt.Vantage = &v
		}
		if test.region != "" {
			opt.Persona = &persona.Persona{Region: test.region}
		}
		if err := o.loadLaw(&opt); err != nil || opt.SubjectIn != test.want || opt.SubjectFrom != test.source || opt.Law == nil {
			t.Errorf("%+v: %q from %q, %v", test, opt.SubjectIn, opt.SubjectFrom, err)
		}
	}
	for _, bad := range []string{"EU", "France", "QQ", "1"} {
		var e exit
		if err := (&auditFlags{subjectIn: bad}).loadLaw(&audit.Options{Book: book}); !errors.As(err, &e) || e.code != exitUsage {
			t.Errorf("--subject-in %s: %v", bad, err)
		}
	}
}
