package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/lab/moments"
	"github.com/constat/constat/lab/scenario"
	"github.com/constat/constat/lab/score"
	"github.com/constat/constat/question"
)

// A capture is played once, with nothing marked in it. What the person and the
// app did stands in a list beside it, which is told in every way that
// lab/moments knows, and asked all questions of the box each time.

// thinned is from how many lists lines are taken out at random.
const thinned = 12

// toldRow is how a scenario was answered when its moments were told in one way.
type toldRow struct {
	Scenario   string   `json:"scenario"`
	Kind       string   `json:"kind"`
	Telling    string   `json:"telling"`
	Right      int      `json:"right"`
	Wrong      int      `json:"wrong"`
	Unanswered int      `json:"unanswered"`
	Failures   []string `json:"failures,omitempty"` // wrong answers, and answers that turned into others
	Open       []string `json:"open,omitempty"`     // without an answer, though everything was told
	Observed   []string `json:"observed,omitempty"` // of all sets, when everything was told: SET QUESTION

	answers map[string]string // of hong-2019
}

// momentsFile is the list of a run, beside its capture.
func (l *labRun) momentsFile() string { return filepath.Join(l.dir, "moments.csv") }

// childCase is the lab's case with a child's account, so that the rule on
// children has something to say.
const childCase = labCase + "child = true\n"

// playTold plays a scenario with nothing marked, and writes the list.
func playTold(ctx context.Context, dir, name string, seed uint64) (*labRun, moments.List, error) {
	l, err := openLab(dir, name, seed)
	if err != nil {
		return nil, nil, err
	}
	defer l.close()
	var mu sync.Mutex
	var list moments.List
	l.unmarked = true
	l.heard = func(kind, what string) {
		mu.Lock()
		defer mu.Unlock()
		m := moments.Moment{Time: time.Now(), Kind: kind, What: what}
		if kind == "state" {
			m.App = moments.App
		}
		list = append(list, m)
	}
	if err := l.record(ctx, 0); err != nil {
		return nil, nil, err
	}
	return l, list, errors.Join(os.WriteFile(l.momentsFile(), list.CSV(), 0o600), os.WriteFile(l.casefile(), []byte(childCase), 0o600))
}

// playedTold is a run that stands in a directory already.
func playedTold(dir, name string) (*labRun, moments.List, error) {
	l := &labRun{dir: dir}
	var err error
	if l.scenario, err = scenario.Load(name); err != nil {
		return nil, nil, err
	}
	f, err := os.Open(l.momentsFile())
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	list, err := moments.Read(f)
	return l, list, err
}

// answers are those to the questions of every set, when the moments are told in
// one way.
func (l *labRun) answers(ctx context.Context, t *moments.Telling) ([]audit.Verdict, error) {
	flags := l.auditFlags()
	flags.questions = question.Names()
	flags.events.bound, flags.events.app = t.Bound, t.App
	if len(t.List) > 0 {
		f, err := os.CreateTemp(l.dir, "told-*.csv")
		if err != nil {
			return nil, err
		}
		defer os.Remove(f.Name())
		if err := errors.Join(t.List.Write(f), f.Close()); err != nil {
			return nil, err
		}
		flags.events.files = []string{f.Name()}
	}
	doc, err := flags.conduct(ctx, []string{l.capture()})
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", l.scenario.Name, t.Name, err)
	}
	defer doc.Transfers.Close()
	return doc.Verdicts, nil
}

// tell audits a run once for each way of telling, and holds the answers of
// hong-2019 against the truth, those of the other sets against those that the
// whole list gave.
func (l *labRun) tell(ctx context.Context, tellings []moments.Telling) ([]toldRow, error) {
	var rows []toldRow
	whole := map[string]string{} // by set and question
	for i := range tellings {
		t := &tellings[i]
		verdicts, err := l.answers(ctx, t)
		if err != nil {
			return nil, err
		}
		row := toldRow{Scenario: l.scenario.Name, Kind: t.Kind, Telling: t.Name}
		var hong []audit.Verdict
		for _, v := range verdicts {
			if v.Set == "hong-2019" {
				hong = append(hong, v)
			}
			name := v.Set + " " + v.Question
			switch first, ok := whole[name]; {
			case !ok:
				whole[name] = v.Answer
				if v.Answer == audit.Observed {
					row.Observed = append(row.Observed, name)
				}
			case v.Answer != first && v.Answer != audit.NotMeasurable && !(v.Answer == audit.NotObserved && first == audit.Contradicted):
				row.Failures = append(row.Failures, fmt.Sprintf("%s: %s, was %s", name, v.Answer, first))
			case v.Answer != first && t.Whole:
				row.Failures = append(row.Failures, fmt.Sprintf("%s: %s %v, was %s", name, v.Answer, v.Missing, first))
			}
		}
		b, err := json.Marshal(map[string]any{"verdicts": hong})
		if err != nil {
			return nil, err
		}
		v, err := score.Verdicts(l.scenario.Expect.Observed, scenario.Allegations, bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		row.Right, row.Wrong, row.Unanswered = v.Right, v.Wrong, v.Unanswered
		row.answers = map[string]string{}
		for _, a := range v.Rows {
			row.answers[a.Allegation] = a.Answered
			switch {
			case a.Wrong:
				row.Failures = append(row.Failures, fmt.Sprintf("hong-2019 %s: %s, is %s", a.Allegation, a.Answered, a.Expected))
			case t.Whole && !a.Right:
				row.Open = append(row.Open, a.Allegation)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// scoreTold plays scenarios, or takes those that were played into dir before,
// and tells the moments of each in every way.
func scoreTold(ctx context.Context, dir string, names []string, seed uint64, played bool, oneIn int, say func(string, ...any)) ([]toldRow, error) {
	rows, errs := make([][]toldRow, len(names)), make([]error, len(names))
	slots, audits := make(chan struct{}, atOnce), make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() {
			slots <- struct{}{}
			var l *labRun
			var list moments.List
			if at := filepath.Join(dir, name); played {
				l, list, errs[i] = playedTold(at, name)
			} else {
				l, list, errs[i] = playTold(ctx, at, name, seed+uint64(i))
			}
			<-slots
			if errs[i] != nil {
				return
			}
			audits <- struct{}{}
			defer func() { <-audits }()
			rows[i], errs[i] = l.tell(ctx, moments.Sample(moments.Tellings(list, thinned, seed+uint64(i)), oneIn, seed+uint64(i)))
			say("told %s", name)
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("scenario %s: %w", names[i], err)
		}
	}
	return slices.Concat(rows...), nil
}

// printTold writes a table of scenarios and ways of telling: right / wrong /
// without an answer, over the tellings of a kind, of hong-2019; then what failed.
func printTold(out io.Writer, rows []toldRow) error {
	var names, kinds []string
	type cell struct{ right, wrong, open, turned int }
	at, sums := map[[2]string]*cell{}, map[string]*cell{}
	for _, r := range rows {
		if !slices.Contains(names, r.Scenario) {
			names = append(names, r.Scenario)
		}
		if !slices.Contains(kinds, r.Kind) {
			kinds = append(kinds, r.Kind)
			sums[r.Kind] = &cell{}
		}
		k := [2]string{r.Scenario, r.Kind}
		at[k] = cmp.Or(at[k], &cell{})
		for _, c := range []*cell{at[k], sums[r.Kind]} {
			c.right, c.wrong, c.open, c.turned = c.right+r.Right, c.wrong+r.Wrong, c.open+r.Unanswered, c.turned+len(r.Failures)
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "right/wrong/open\t%s\n", strings.Join(kinds, "\t"))
	write := func(name string, of func(kind string) *cell) {
		fmt.Fprint(w, name)
		for _, k := range kinds {
			c := of(k)
			if c == nil { // none of the sample
				fmt.Fprint(w, "\t–")
				continue
			}
			fmt.Fprintf(w, "\t%d/%d/%d", c.right, c.wrong, c.open)
		}
		fmt.Fprintln(w)
	}
	for _, n := range names {
		write(n, func(kind string) *cell { return at[[2]string{n, kind}] })
	}
	write("all", func(kind string) *cell { return sums[kind] })
	if err := w.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		for _, f := range r.Failures {
			fmt.Fprintf(out, "%s, %s: %s\n", r.Scenario, r.Telling, f)
		}
		for _, id := range r.Open {
			fmt.Fprintf(out, "%s, %s: %s has no answer\n", r.Scenario, r.Telling, id)
		}
	}
	return nil
}

// runTold is constat lab score --moments.
func runTold(cmd *cobra.Command, o scoreFlags, dir string, names []string) error {
	rows, err := scoreTold(cmd.Context(), dir, names, o.seed, o.played != "", o.oneIn, func(format string, args ...any) {
		if !o.json {
			fmt.Fprintf(os.Stderr, format+"\n", args...)
		}
	})
	if err != nil {
		return exit{exitFailure, err}
	}
	if o.json {
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetIndent("", " ")
		err = e.Encode(rows)
	} else {
		err = printTold(cmd.OutOrStdout(), rows)
	}
	if err == nil && slices.ContainsFunc(rows, func(r toldRow) bool { return len(r.Failures) > 0 }) {
		return exit{exitFailure, errors.New("an answer was wrong")}
	}
	return err
}
