package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture"
	"github.com/constat/constat/differential"
	"github.com/constat/constat/report"
)

// diffFlags are what the user said to constat diff.
type diffFlags struct {
	personas, same, other []string
	keys                  []string
	fast                  bool
	identity              string
	secrets               secretFlags
	json                  bool
	html, lang            string
	failOn                string
	quiet                 bool
	compare               compareFlags // of two audits, see compare.go
}

func newDiff() *cobra.Command {
	var o diffFlags
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two audits, or prove by difference what depends on the person",
		Long: `Diff answers two questions.

What changed between two versions, two answers to a request for consent, or two
dates? With --by, or when A and B are stored audits (constat audit --json), diff
compares two audits: A is the one before, B the one after. It says first what else differs between them; then which transfers,
recipients and verdicts are new, gone or changed. What is not seen is not gone:
a practice has ended only if the later audit could have shown it. Captures are
audited alike, with --questions and the flags of audit; for all that audit can
do (--events and more), audit each of them, and compare the documents.

What depends on the person? Without --by, diff compares captures of an app that did the same acts with two personas, and tells
what changed because the persona did: also where nothing can be read, as in a
digest with a secret salt or the length of an encrypted message. A and B are
then runs:

A is made with the first persona, B with the second. Two runs prove
little, for every random number changes too: what they show are candidates
(grade C). Do the same once more with the first persona (--same), better also
with the second (--other), and in turn (1, 2, 1, 2). Then what changes by
itself is told from what changes with the persona (grade B). A field in which
each run's own value was found is grade A.

Change one value at a time to know which one it was: of all that differs
between the personas, only what was found or what is alone is named.`,
		Example: `  # what did the new version change?
  constat diff v21.har v22.har --by version --name 21.3 --name 22.0 --persona me.toml --questions hong-2019

  # two dates, from stored audits: what ended, what began
  constat diff audit-2020.json audit-2026.json --by date --html changes.html

  # in CI: exit 3 when a transfer or a recipient is new
  constat diff main.har branch.har --by version --persona me.toml --fail-on new

  # the same acts with two personas, and a repeat with the first
  constat diff anna.har bruno.har --same anna-again.har --persona anna.toml --persona bruno.toml

  # only the phone number differs; a page to hand over
  constat diff phone1.mitm phone2.mitm --same phone1b.mitm --other phone2b.mitm -p p1.toml -p p2.toml --html diff.html

  # in CI: exit 3 when something is proven to depend on the person
  constat diff a.har b.har --same a2.har -p a.toml -p b.toml --fail-on changed --json > diff.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("diff needs two captures or stored audits (repeats of runs with two personas go to --same and --other)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			if o.comparing(args) {
				return runComparison(cmd.Context(), cmd.OutOrStdout(), args, o)
			}
			return runDiff(cmd, args, o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&o.personas, "persona", "p", nil, "TOML `file` with the known values of the first persona, and again of the second; once: of both audits")
	f.StringArrayVar(&o.same, "same", nil, "another `run` of the same acts with the first persona")
	f.StringArrayVar(&o.other, "other", nil, "another `run` of the same acts with the second persona")
	f.StringArrayVarP(&o.keys, "keys", "k", nil, "`file` of keys to open what is encrypted, as for audit")
	f.BoolVar(&o.fast, "fast", false, "look for known values only in layers that something suggests")
	f.StringVarP(&o.identity, "identity", "i", "", "age identity `file` that opens the contents of a log; default: constat's own")
	o.secrets.register(f)
	f.BoolVar(&o.json, "json", false, "write the document as JSON (schema: constat schema comparison, constat schema differential)")
	f.StringVar(&o.html, "html", "", "also write the comparison as one self-contained HTML `file` (mode 0600; - for standard output)")
	f.StringVar(&o.lang, "lang", "en", "language of the report: "+strings.Join(report.Languages(), " or "))
	f.StringVar(&o.failOn, "fail-on", "", "exit 3 when this is found: new, or appeared (perhaps unseen before), of two audits; changed (grade A or B) or candidate (any), of two personas")
	o.compare.register(f)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress on standard error")
	return cmd
}

func (o *diffFlags) check() error {
	switch {
	case len(o.personas) != 0 && len(o.personas) != 2:
		return usage("--persona is given %d times: expected twice, for the first and the second persona, or never; to compare two audits of one person, add --by version, consent or date", len(o.personas))
	case !slices.Contains([]string{"", "changed", "candidate"}, o.failOn):
		return usage("--fail-on %q: expected changed or candidate, when runs with two personas are compared", o.failOn)
	case len(o.compare.names) > 0 || len(o.compare.audit.questions) > 0:
		return usage("--name and --questions go with two audits: add --by version, consent or date")
	}
	return o.checkOutput()
}

func (o *diffFlags) checkOutput() error {
	switch {
	case !slices.Contains(report.Languages(), o.lang):
		return usage("--lang %q: expected %s", o.lang, strings.Join(report.Languages(), " or "))
	case o.json && o.html == "-":
		return usage("--json and --html - both want standard output; give --html a file")
	}
	return nil
}

func runDiff(cmd *cobra.Command, args []string, o diffFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	doc, err := o.difference(cmd, args)
	if err != nil {
		return err
	}
	if err := o.write(cmd.OutOrStdout(), doc); err != nil {
		return exit{exitFailure, err}
	}
	return o.verdict(doc)
}

// difference opens the runs, those with the first persona first.
func (o *diffFlags) difference(cmd *cobra.Command, args []string) (*differential.Document, error) {
	opt, err := o.options()
	if err != nil {
		return nil, exit{exitFailure, err}
	}
	ids, err := identities(o.identity)
	if err != nil {
		return nil, exit{exitFailure, err}
	}
	secrets, err := o.secrets.load()
	if err != nil {
		return nil, exit{exitFailure, err}
	}
	var runs []differential.Run
	var captures []*capture.Capture
	for who, list := range [2][]string{append([]string{args[0]}, o.same...), append([]string{args[1]}, o.other...)} {
		for _, path := range list {
			c, err := capture.Open(path, capture.Options{Identities: ids, Secrets: secrets})
			if err != nil {
				return nil, exit{exitFailure, err}
			}
			defer c.Close()
			captures = append(captures, c)
			runs = append(runs, differential.Run{Capture: file{c}, Persona: who})
		}
	}
	bar := startProgress(captures, o.quiet)
	doc, err := differential.Compare(cmd.Context(), runs, opt)
	bar.stop()
	return doc, err
}

// options reads the files of personas and keys.
func (o *diffFlags) options() (opt differential.Options, err error) {
	opt = differential.Options{Version: version(), Fast: o.fast}
	for i, path := range o.personas {
		var a audit.Options
		if err := (&auditFlags{persona: path}).loadPersona(&a); err != nil {
			return opt, err
		}
		opt.Personas[i] = a.Persona
		opt.Subjects[i] = differential.Persona{Path: a.Subject.Persona, SHA256: a.Subject.SHA256}
	}
	var a audit.Options
	err = (&auditFlags{keys: o.keys}).loadKeys(&a)
	opt.Keys, opt.Rules = a.Keys, a.Rules
	return opt, err
}

// write renders the document to where the user wants it.
func (o *diffFlags) write(stdout io.Writer, doc *differential.Document) error {
	return o.render(stdout, rendering{
		html:     func(w io.Writer, ro report.Options) error { return report.DifferentialHTML(w, doc, ro) },
		json:     func(w io.Writer) error { return report.DifferentialJSON(w, doc) },
		terminal: func(w io.Writer, ro report.Options) error { return report.Differential(w, doc, ro) },
	})
}

// rendering writes one document in each way there is.
type rendering struct {
	html, terminal func(io.Writer, report.Options) error
	json           func(io.Writer) error
}

func (o *diffFlags) render(stdout io.Writer, of rendering) error {
	ro := report.Options{Lang: o.lang}
	if o.html == "-" {
		return of.html(stdout, ro)
	}
	if o.html != "" {
		if err := writePrivate(o.html, func(w io.Writer) error { return of.html(w, ro) }); err != nil {
			return err
		}
		if !o.quiet {
			fmt.Fprintf(os.Stderr, "report written to %s\n", o.html)
		}
	}
	if o.json {
		return of.json(stdout)
	}
	ro.Width, ro.Color = terminal(stdout)
	return of.terminal(stdout, ro)
}

// verdict turns the document into an exit code.
func (o *diffFlags) verdict(doc *differential.Document) error {
	n := 0
	for _, f := range doc.Findings {
		if f.Grade != "C" || o.failOn == "candidate" {
			n++
		}
	}
	if o.failOn != "" && n > 0 {
		return exit{exitFindings, fmt.Errorf("%d findings (--fail-on %s)", n, o.failOn)}
	}
	for _, e := range doc.Errors {
		if e.Kind == "damage" {
			return exit{exitFailure, errors.New(e.Message.String() + "; everything before it was compared")}
		}
	}
	return nil
}
