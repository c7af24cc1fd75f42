package main

import (
	"strings"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/law"
	"github.com/constat/constat/persona"
)

// loadLaw opens the law tables and settles whose law protects the subject:
// the country told, else that of the vantage, else the persona's. The vantage
// comes first because the laws follow the person's place more than the SIM's.
func (o *auditFlags) loadLaw(opt *audit.Options) (err error) {
	if opt.Law, err = law.Open(); err != nil {
		return exit{exitFailure, err}
	}
	opt.SubjectIn = strings.ToUpper(strings.TrimSpace(o.subjectIn))
	switch {
	case opt.SubjectIn != "":
		if !persona.ValidRegion(opt.SubjectIn) {
			return usage("--subject-in %q: expected a country code (ISO 3166-1 alpha-2), as in FR", o.subjectIn)
		}
		opt.SubjectFrom = audit.SubjectTold
		return nil
	case opt.Vantage != nil:
		opt.SubjectIn, opt.SubjectFrom = opt.Book.CountryOf(*opt.Vantage), audit.SubjectVantage
	}
	if opt.SubjectIn == "" && opt.Persona != nil {
		opt.SubjectIn, opt.SubjectFrom = opt.Persona.Region, audit.SubjectPersona
	}
	if opt.SubjectIn == "" {
		opt.SubjectFrom = ""
	}
	return nil
}
