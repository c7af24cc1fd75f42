package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/datatype"
	"github.com/constat/constat/detect"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/report"
)

// checkFlags are what the user said to constat persona check.
type checkFlags struct {
	baseline []string
	identity string
	json     bool
	lang     string
}

func newPersonaCheck() *cobra.Command {
	var o checkFlags
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Say which values of a persona prove something, which do not, and why",
		Long: `Check judges each value of a persona file as an audit will:

  strong   met anywhere in traffic, it is evidence
  weak     it counts for less; the reason says why, the audit column how:
             everywhere  searched for everywhere, the reason stands in the report
             downgraded  grade B in a field that is not named for it
             named       only in a field that is named for it
  refused  it shows nothing (a sample, zeros, a wrong check digit, a value
           that stands there twice): plant another

Bits are an estimate, on the low side, of how rarely unrelated text has the
value: 30 are needed. What is random counts in full; listed words and names,
runs, repetitions and dates count little.

The best test is traffic: --baseline takes a capture of the app that was made
before the values were planted. What is found there is refused.

Values are shown redacted. It exits with 3 when a value is refused, and 1 when
a file could not be read.`,
		Example: `  constat persona check persona.toml
  constat persona check persona.toml --baseline before.har
  constat persona check persona.toml --json | jq '.values[] | select(.verdict != "strong")'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("persona check needs a persona file (constat persona new makes one)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return runPersonaCheck(cmd.Context(), cmd.OutOrStdout(), args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.baseline, "baseline", nil, "`capture` made before the values were planted: they must not occur in it")
	f.StringVarP(&o.identity, "identity", "i", "", "age identity `file` that opens the contents of a log; default: constat's own")
	f.BoolVar(&o.json, "json", false, "write the result as JSON")
	f.StringVar(&o.lang, "lang", "en", "language of the reasons: "+strings.Join(report.Languages(), " or "))
	return cmd
}

// checkedPersona is what check found.
type checkedPersona struct {
	Persona  string         `json:"persona"`
	SHA256   string         `json:"sha256"`
	Baseline []audit.Input  `json:"baseline,omitempty"`
	Values   []checkedValue `json:"values"`
	Strong   int            `json:"strong"`
	Weak     int            `json:"weak"`
	Refused  int            `json:"refused"`
}

// checkedValue is the judgement of one value, masked.
type checkedValue struct {
	Index    int         `json:"index"`
	DataType datatype.ID `json:"data_type"`
	Label    string      `json:"label,omitempty"`
	Redacted audit.Text  `json:"value_redacted"`
	Bits     float64     `json:"bits"`
	Verdict  string      `json:"verdict"` // strong, weak or refused
	Audit    string      `json:"audit"`   // everywhere, downgraded, named or nowhere
	Faults   []fault     `json:"faults"`
	Remarks  []fault     `json:"remarks"`
	Found    *int        `json:"found_in_baseline,omitempty"`
}

type fault struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
	Other  *int   `json:"other_value,omitempty"` // index of the value it is about, too
}

func runPersonaCheck(ctx context.Context, stdout io.Writer, path string, o checkFlags) error {
	if err := checkLang(o.lang); err != nil {
		return err
	}
	var opt audit.Options
	if err := (&auditFlags{persona: path}).loadPersona(&opt); err != nil {
		return exit{exitFailure, err}
	}
	p := opt.Persona
	if len(p.Values) == 0 {
		return exit{exitFailure, fmt.Errorf("%s has no [[value]]: there is nothing to look for", path)}
	}
	doc := checkedPersona{Persona: path, SHA256: opt.Subject.SHA256}
	judged := detect.Judge(p)
	var found []audit.SubjectValue
	if len(o.baseline) > 0 {
		a := auditFlags{persona: path, identity: o.identity, data: dataFlags{none: true}, quiet: true}
		before, err := a.conduct(ctx, o.baseline)
		if err != nil {
			return err
		}
		defer before.Transfers.Close()
		if err := a.verdict(before); err != nil {
			return err
		}
		if before.Headline.Flows == 0 {
			return exit{exitFailure, fmt.Errorf("no traffic in the baseline %s: record the app before anything is planted", strings.Join(o.baseline, ", "))}
		}
		doc.Baseline, found = before.Inputs, before.Subject.Values
		for i := range found {
			if found[i].Found > 0 {
				judged[i] = judged[i].Before()
			}
		}
	}
	phrases := report.In(o.lang)
	doc.Values = checked(p, judged, audit.NewRedactor(nil), phrases)
	for i := range doc.Values {
		if found != nil {
			doc.Values[i].Found = &found[i].Found
		}
		switch judged[i].Verdict {
		case persona.Strong:
			doc.Strong++
		case persona.Weak:
			doc.Weak++
		case persona.Refused:
			doc.Refused++
		}
	}
	if o.json {
		e := json.NewEncoder(stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(doc); err != nil {
			return err
		}
	} else {
		doc.print(stdout, phrases)
	}
	if doc.Refused > 0 {
		return exit{exitFindings, fmt.Errorf("%s: %s", path, phrases.T("check.refuse", doc.Refused))}
	}
	return nil
}

// checked masks the values of a judged persona.
func checked(p *persona.Persona, judged []persona.Judgement, r *audit.Redactor, phrases report.Phrases) []checkedValue {
	faults := func(list []persona.Fault) []fault {
		out := []fault{}
		for _, f := range list {
			x := fault{Code: f.Code, Reason: phrases.Reason(f.Why), Remedy: phrases.Reason(f.Remedy)}
			if f.Other >= 0 {
				x.Other = &f.Other
			}
			out = append(out, x)
		}
		return out
	}
	for _, v := range p.Values {
		r.Hide(v.Value)
	}
	out := []checkedValue{}
	for i, v := range p.Values {
		j := judged[i]
		out = append(out, checkedValue{
			Index: v.Index, DataType: v.Type, Label: r.Text(v.Label).String(), Redacted: r.Value(v.Type, v.Value),
			Bits: math.Floor(j.Bits + 0.2), Verdict: j.Verdict.String(), Audit: j.Use.String(),
			Faults: faults(j.Faults), Remarks: faults(j.Remarks),
		})
	}
	return out
}

// print writes a line a value, and under it what is wrong and what to do.
func (d *checkedPersona) print(w io.Writer, p report.Phrases) {
	pad := func(s string, n int) string { return s + strings.Repeat(" ", max(0, n-utf8.RuneCountInString(s))) }
	wide := [3]int{}
	columns := func(v checkedValue) [3]string {
		return [3]string{string(v.DataType), v.Label, v.Redacted.String()}
	}
	for _, v := range d.Values {
		for i, c := range columns(v) {
			wide[i] = max(wide[i], min(24, utf8.RuneCountInString(c)))
		}
	}
	var remarks []fault
	about := map[string][]string{}
	for _, v := range d.Values {
		verdict := p.T("check." + v.Verdict)
		if v.Audit != persona.Everywhere.String() {
			verdict += ", " + p.T("check."+v.Audit)
		}
		fmt.Fprintf(w, "%3d", v.Index+1)
		for i, c := range columns(v) {
			fmt.Fprintf(w, "  %s", pad(clip(c, wide[i]), wide[i]))
		}
		fmt.Fprintf(w, "  %s  %s\n", pad(p.T("check.bits", v.Bits), 8), verdict)
		for _, f := range v.Faults {
			fmt.Fprintf(w, "       %s", f.Reason)
			if f.Other != nil {
				fmt.Fprintf(w, " (%s)", p.T("check.other", *f.Other+1))
			}
			fmt.Fprintf(w, "\n         → %s\n", f.Remedy)
		}
		if v.Found != nil && *v.Found > 0 {
			fmt.Fprintf(w, "       %s\n", p.T("check.found", p.N("time", *v.Found)))
		}
		for _, f := range v.Remarks {
			if about[f.Code] == nil {
				remarks = append(remarks, f)
			}
			about[f.Code] = append(about[f.Code], strconv.Itoa(v.Index+1))
		}
	}
	for _, f := range remarks {
		fmt.Fprintf(w, "\n%s %s\n  → %s\n", p.T("check.remark", strings.Join(about[f.Code], ", ")), f.Reason, f.Remedy)
	}
	fmt.Fprintf(w, "\n%s\n", p.T("check.sum", p.N("check.value", len(d.Values)), d.Strong, d.Weak, d.Refused))
	if len(d.Baseline) == 0 {
		fmt.Fprintln(w, p.T("check.nobaseline"))
		return
	}
	flows := 0
	for _, in := range d.Baseline {
		flows += in.Flows
	}
	fmt.Fprintln(w, p.T("check.baseline", flows))
}

// clip shortens s to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
