package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/question"
	"github.com/constat/constat/report"
)

// askFlags are what the user said to constat ask.
type askFlags struct {
	auditFlags
	list, explain, check bool
	stored               bool           // the document was: what was damaged, audit said then
	ofCaptures           *pflag.FlagSet // flags of how captures are read
}

func newAsk() *cobra.Command {
	var o askFlags
	cmd := &cobra.Command{
		Use:   "ask AUDIT.json|CAPTURE...",
		Short: "Answer a set of questions from an audit",
		Long: `Ask answers questions: allegations written down with what would prove them, what
would refute them, and what must be there to answer at all. It asks them of an
Audit document that was written before (constat audit --json), whose ledger is
read as a stream and can be larger than memory, or of captures, which it audits
first.

There are four answers of equal rank: observed, with the rows that decide; not
observed, with the coverage; contradicted; and not measurable here, with what is
missing to decide.

Sets that come with the program: ` + strings.Join(question.Names(), ", ") + `.
A set is a TOML file, and anybody can write one: constat ask --explain teaches it.`,
		Example: `  # what do the accusers' questions come to?
  constat audit phone.log --persona me.toml --json > audit.json
  constat ask audit.json --questions hong-2019 --case case.toml

  # other questions of the same capture, years later
  constat ask audit.json --questions gdpr --questions masvs-privacy

  # audit a capture and answer, in French
  constat ask app.har --persona me.toml --questions coppa --lang fr

  # why this answer? what is missing, which expression decided
  constat ask audit.json --questions hong-2019 --explain C02

  # what there is to ask, how to ask something else, and is it well written?
  constat ask --list
  constat ask --explain
  constat ask --check mine.toml

  # in CI: exit 3 when anything is observed
  constat ask audit.json --questions mine.toml --fail-on observed`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return o.run(cmd, args)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.list, "list", false, "list the sets that come with the program, and the questions of --questions")
	f.BoolVar(&o.explain, "explain", false, "teach how a question is written; with the ID of one, explain it, and its answer if a document is given")
	f.BoolVar(&o.check, "check", false, "check question sets: the arguments are TOML files")
	o.asking(f)
	f.BoolVar(&o.json, "json", false, "write the verdicts as JSON, as an Audit document has them; with --list, --explain and --check what these tell")
	f.StringVar(&o.failOn, "fail-on", "", "exit 3 when an answer is this: observed, contradicted, not_observed or not_measurable")
	o.ofCaptures = pflag.NewFlagSet("captures", pflag.ContinueOnError)
	o.reading(o.ofCaptures)
	f.AddFlagSet(o.ofCaptures)
	return cmd
}

func (o *askFlags) run(cmd *cobra.Command, args []string) error {
	failOn := o.failOn
	o.failOn = "" // of ask, not of audit
	if !slices.Contains([]string{"", audit.Observed, audit.Contradicted, audit.NotObserved, audit.NotMeasurable}, failOn) {
		return usage("--fail-on %q: expected observed, contradicted, not_observed or not_measurable", failOn)
	}
	if err := o.auditFlags.check(); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case o.list && o.check, o.list && o.explain, o.check && o.explain:
		return usage("--list, --explain and --check exclude each other")
	case o.check:
		return o.checkSets(out, args)
	case o.list:
		return o.listSets(out)
	case o.explain:
		return o.explainTo(cmd.Context(), out, args)
	case len(args) == 0:
		return usage("ask needs an Audit document (constat audit --json) or captures")
	case len(o.questions) == 0:
		return usage("ask needs --questions: one of %s, or a TOML file", strings.Join(question.Names(), ", "))
	}
	doc, closing, err := o.document(cmd.Context(), args)
	if err != nil {
		return err
	}
	defer closing()
	if o.json {
		err = report.AnswersJSON(out, doc)
	} else {
		err = report.Answers(out, doc, o.looks(out))
	}
	if err != nil {
		return exit{exitFailure, err}
	}
	n := 0
	for _, v := range doc.Verdicts {
		if v.Answer == failOn {
			n++
		}
	}
	if n > 0 {
		are := "answers are"
		if n == 1 {
			are = "answer is"
		}
		return exit{exitFindings, fmt.Errorf("%d %s %q (--fail-on)", n, are, failOn)}
	}
	return o.damage(doc)
}

// damage is the error of a capture that could not be read to its end, just now.
func (o *askFlags) damage(d *audit.Document) error {
	if o.stored {
		return nil
	}
	return o.verdict(d)
}

func (o *askFlags) looks(out io.Writer) report.Options {
	r := report.Options{Lang: o.lang}
	r.Width, r.Color = terminal(out)
	return r
}

// document reads a stored document, or audits captures, and answers the
// questions. closing releases the ledger.
func (o *askFlags) document(ctx context.Context, paths []string) (d *audit.Document, closing func(), err error) {
	f, stored, err := openStored(paths)
	if err != nil {
		return nil, nil, exit{exitFailure, err}
	}
	if !stored {
		if d, err = o.conduct(ctx, paths); err != nil {
			return nil, nil, err
		}
		if err := o.damage(d); err != nil && d.Headline.Flows == 0 { // answers would be about nothing
			d.Transfers.Close()
			return nil, nil, exit{exitFailure, fmt.Errorf("%w (an Audit document begins with \"schema\": %q)", err, audit.SchemaID)}
		}
		return d, func() { d.Transfers.Close() }, nil
	}
	o.stored = true
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	if said := o.saidOfCaptures(); said != nil {
		return nil, nil, usage("%s is an Audit document: %s would change nothing in it; say so to constat audit, of the captures, and ask what it writes with --json", paths[0], strings.Join(said, ", "))
	}
	ask, err := newInquest(&o.auditFlags)
	if err != nil {
		return nil, nil, exit{exitFailure, err}
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, exit{exitFailure, err}
	}
	if d, err = audit.Read(f, info.Size(), paths[0]); err != nil {
		return nil, nil, exit{exitFailure, err}
	}
	d.Verdicts = nil // those of the questions that were asked then
	if err = ask.answer(ctx, d); err != nil {
		return nil, nil, failed(err)
	}
	return d, func() { f.Close() }, nil
}

// saidOfCaptures are the flags that the user gave and that concern captures only.
func (o *askFlags) saidOfCaptures() (said []string) {
	if o.ofCaptures == nil { // no command line
		return nil
	}
	o.ofCaptures.VisitAll(func(f *pflag.Flag) {
		if f.Changed && f.Name != "quiet" {
			said = append(said, "--"+f.Name)
		}
	})
	return said
}

// failed gives an error of answering its exit code.
func failed(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return exit{exitFailure, err}
}

// openStored opens a written document, if that is what the paths name.
func openStored(paths []string) (f *os.File, stored bool, err error) {
	for _, path := range paths {
		if path == "-" {
			continue // a capture: a document is read twice
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, false, err
		}
		if info.IsDir() || !info.Mode().IsRegular() {
			continue
		}
		if f, err = os.Open(path); err != nil {
			return nil, false, err
		}
		head := make([]byte, 512)
		n, _ := io.ReadFull(f, head)
		if !audit.Stored(head[:n]) {
			f.Close()
			continue
		}
		if len(paths) > 1 {
			f.Close()
			return nil, false, fmt.Errorf("%s is an Audit document: ask it alone, without captures or other documents", path)
		}
		return f, true, nil
	}
	return nil, false, nil
}

// listSets tells what there is to ask.
func (o *askFlags) listSets(out io.Writer) error {
	names := o.questions
	if len(names) == 0 {
		names = question.Names()
	}
	list := struct {
		Sets []question.Told `json:"sets"`
	}{}
	for _, name := range names {
		s, err := question.Load(name)
		if err != nil {
			return exit{exitFailure, err}
		}
		if o.json {
			list.Sets = append(list.Sets, s.Tell())
			continue
		}
		title := s.Title.EN
		if o.lang == "fr" {
			title = s.Title.FR
		}
		fmt.Fprintf(out, "%-24s %2d  %s  %s\n", s.ID, len(s.Questions), s.Date, title)
		if len(o.questions) == 0 {
			continue
		}
		for _, q := range s.Questions {
			claim := q.Claim.EN
			if o.lang == "fr" {
				claim = q.Claim.FR
			}
			fmt.Fprintf(out, "  %-6s %s\n", q.ID, claim)
		}
	}
	if o.json {
		return writeJSON(out, list)
	}
	return nil
}

// checkSets reads question sets and says what is wrong with them.
func (o *askFlags) checkSets(out io.Writer, paths []string) error {
	if len(paths) == 0 {
		return usage("--check needs the TOML file of a question set")
	}
	type checked struct {
		File      string `json:"file"`
		Set       string `json:"set,omitempty"`
		Questions int    `json:"questions,omitempty"`
		Error     string `json:"error,omitempty"`
	}
	list := struct {
		Checked []checked `json:"checked"`
	}{}
	var bad []error
	for _, path := range paths {
		s, err := question.Load(path)
		if err != nil {
			bad = append(bad, err)
			list.Checked = append(list.Checked, checked{File: path, Error: err.Error()})
			continue
		}
		list.Checked = append(list.Checked, checked{File: path, Set: s.ID, Questions: len(s.Questions)})
		if !o.json {
			fmt.Fprintf(out, "%s: set %s, %s: well written\n", path, s.ID, strings.ReplaceAll(report.In("en").N("question", len(s.Questions)), "\u00a0", " "))
		}
	}
	if o.json {
		if err := writeJSON(out, list); err != nil {
			return exit{exitFailure, err}
		}
	}
	if len(bad) > 0 {
		return exit{exitFailure, errors.Join(bad...)}
	}
	return nil
}

// explainTo teaches how a question is written, or explains one.
func (o *askFlags) explainTo(ctx context.Context, out io.Writer, args []string) error {
	var ids, paths []string
	for _, a := range args {
		if _, err := os.Stat(a); err == nil || a == "-" {
			paths = append(paths, a)
		} else {
			ids = append(ids, a)
		}
	}
	if len(ids) == 0 && len(paths) == 0 {
		if o.json {
			return writeJSON(out, question.Teach())
		}
		return teach(out, o.lang)
	}
	if len(ids) == 0 {
		return usage("--explain needs the ID of a question beside the document, as in: constat ask audit.json --questions hong-2019 --explain C02")
	}
	names := o.questions
	if len(names) == 0 {
		if len(paths) > 0 {
			return usage("--explain of an answer needs --questions")
		}
		names = question.Names()
	}
	var d *audit.Document
	if len(paths) > 0 {
		var closing func()
		var err error
		if d, closing, err = o.document(ctx, paths); err != nil {
			return err
		}
		defer closing()
	}
	its, err := newInquest(&auditFlags{caseFile: o.caseFile, questions: names})
	if err != nil {
		return exit{exitFailure, err}
	}
	told := struct {
		Questions []question.ToldQuestion `json:"questions"`
	}{}
	for i, id := range ids {
		found := false
		for _, s := range its.sets {
			q := s.Question(id)
			if q == nil {
				continue
			}
			if (i > 0 || found) && !o.json {
				fmt.Fprintln(out)
			}
			found = true
			var e *question.Explanation
			if d != nil {
				var facts question.Case
				if facts, err = its.of(d); err == nil {
					e, err = s.Explain(ctx, d, facts, id)
				}
				if err != nil {
					return failed(err)
				}
			}
			switch {
			case o.json && e != nil:
				told.Questions = append(told.Questions, e.Tell())
			case o.json:
				told.Questions = append(told.Questions, s.TellQuestion(q))
			case e != nil:
				err = report.Explanation(out, d, e, o.looks(out))
			default:
				err = report.Question(out, s, q, o.looks(out))
			}
			if err != nil {
				return failed(err)
			}
		}
		if !found {
			return usage("there is no question %s in %s, and no file of that name; constat ask --list --questions SET lists them", id, strings.Join(names, ", "))
		}
	}
	if o.json {
		return writeJSON(out, told)
	}
	return nil
}
