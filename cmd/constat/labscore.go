package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/constat/constat/lab/generate"
	"github.com/constat/constat/lab/scenario"
	"github.com/constat/constat/lab/score"
	labtruth "github.com/constat/constat/lab/truth"
	"github.com/constat/constat/report"
)

func newLabGenerate() *cobra.Command {
	var seed uint64
	var flows int
	var out, stratum string
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Make up a capture of which everything is known",
		Long: `Generate makes up traffic with values of an invented subject in random layers
and carriers, among noise and look-alikes, as a HAR, a mitmproxy dump and
packets, with the subject's persona file, the keys of the invented app and the
truth. The same seed makes the same bytes.

Layers are drawn as the stratum says: wild (what was published of layers in
use), core (transformations of the families whose recall is set, up to five,
structure between them), uniform (the same of all that there are, each as likely
as another), layers (up to four of any kind), adversarial (what a reader of
traffic is not expected to undo), or a mix, which the truth labels.`,
		Example: `  constat lab generate --seed 1 --flows 2000 --out made
  constat audit made/capture.har --persona made/persona.toml --keys made/keys.toml --keys made/strings.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			if out == "" || flows < 1 {
				return usage("generate needs --out, a directory, and --flows of at least 1")
			}
			s, err := generate.ParseStratum(stratum)
			if err != nil {
				return usage("--stratum: %v", err)
			}
			if err := generate.Generate(seed, flows, s, out); err != nil {
				return exit{exitFailure, err}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&seed, "seed", 1, "`number` that everything is made from")
	f.IntVar(&flows, "flows", 1000, "how many requests to make up")
	f.StringVar(&stratum, "stratum", string(generate.Mix), "how layers are drawn: mix, wild, core, uniform, layers or adversarial")
	f.StringVarP(&out, "out", "o", "", "`directory` to write to")
	return cmd
}

// scoreFlags are what the user said to constat lab score.
type scoreFlags struct {
	json  bool
	seed  uint64
	flows int
	only  []string
	out   string

	stratum string
	chains  int
	misses  int
	gate    bool

	moments bool
	played  string
	oneIn   int
}

func newLabScore() *cobra.Command {
	var o scoreFlags
	cmd := &cobra.Command{
		Use:   "score",
		Short: "Hold what the instrument finds against what was sent",
		Long: `Score runs scenarios of the lab and audits a made-up capture, and compares what
constat found with what the senders wrote down: recall and precision by data
type, form, depth and carrier, the error of times, every miss, and for each
allegation whether the verdict is right. A new seed makes a subject and layers
that nobody has tuned to.

It also looks for values one by one, each in layers of a stratum (see constat
lab generate), and for somebody else's in the same layers, which must not be
taken for the subject's. With --gate it fails unless 99.5 % come back in the
wild, in core 99 % of depth 2 and less, 97 % of depth 3, 95 % of depth 4, in
uniform and layers what came back before less three points, and no decoy of at
least 10,000 is taken for hers.`,
		Example: `  constat lab score --json > score.json
  constat lab score --scenario accused --scenario benign --flows 500
  constat lab score --scenario none --flows 0 --chains 20000 --misses 50 --gate`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			if o.gate && !cmd.Flags().Changed("chains") {
				o.chains = 12000
			}
			return runScore(cmd, o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "write everything as JSON")
	f.Uint64Var(&o.seed, "seed", 0, "`number` that subjects and layers are made from; default: another each time")
	f.IntVar(&o.flows, "flows", 2000, "requests of the made-up capture; 0: none")
	f.StringSliceVarP(&o.only, "scenario", "s", nil, "`names` of scenarios, or none; default: all")
	f.StringVar(&o.stratum, "stratum", string(generate.Mix), "how layers are drawn: mix, wild, core, uniform, layers or adversarial")
	f.IntVar(&o.chains, "chains", 2000, "`number` of values to look for one by one; 0: none")
	f.IntVar(&o.misses, "misses", 20, "list the layers of so many `misses` among those")
	f.BoolVar(&o.gate, "gate", false, "fail unless enough comes back; without --chains, 12000")
	f.StringVarP(&o.out, "out", "o", "", "new `directory` to keep everything in; default: nothing is kept")
	f.BoolVar(&o.moments, "moments", false, "tell what the person did in some two hundred wrong ways, and fail if one of them makes an answer wrong")
	f.IntVar(&o.oneIn, "one-in", 1, "with --moments: only one in `n` of the ways, by chance")
	f.StringVar(&o.played, "played", "", "with --moments: `directory` of --out, to play nothing again")
	return cmd
}

// scores is the document of --json.
type scores struct {
	Seed       uint64         `json:"seed"`
	Generated  *score.Report  `json:"generated,omitempty"`
	Chains     *score.Chains  `json:"chains,omitempty"`
	Gates      []score.Gate   `json:"gates,omitempty"`
	Scenarios  []scenarioRow  `json:"scenarios"`
	Allegation []allegation   `json:"allegations"`
	Verdicts   map[string]int `json:"verdicts"` // right, wrong, unanswered
}

// scenarioRow is the score of one run.
type scenarioRow struct {
	Scenario string         `json:"scenario"`
	Report   *score.Report  `json:"report"`
	Verdicts *score.Answers `json:"verdicts"`
}

// allegation is how one allegation was answered where it is true alone, where
// everything is, and where nothing is.
type allegation struct {
	ID      string `json:"id"`
	Single  string `json:"single"`
	Accused string `json:"accused"`
	Benign  string `json:"benign"`
}

func runScore(cmd *cobra.Command, o scoreFlags) error {
	names := o.only
	switch {
	case names == nil:
		names = scenario.Names()
	case len(names) == 1 && names[0] == "none":
		names = nil
	}
	stratum, err := generate.ParseStratum(o.stratum)
	if err != nil {
		return usage("--stratum: %v", err)
	}
	for _, n := range names {
		if _, err := scenario.Load(n); err != nil {
			return exit{exitUsage, err}
		}
	}
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano())
	}
	if o.moments && o.played != "" {
		return runTold(cmd, o, o.played, names)
	}
	dir, err := newDir(o.out)
	if err != nil {
		return exit{exitFailure, err}
	}
	if o.out == "" {
		defer os.RemoveAll(dir)
	}
	if o.moments {
		return runTold(cmd, o, dir, names)
	}
	s := scores{Seed: o.seed, Verdicts: map[string]int{}}
	if o.flows > 0 {
		if s.Generated, err = scoreGenerated(cmd.Context(), filepath.Join(dir, "generated"), stratum, o.seed, o.flows); err != nil {
			return exit{exitFailure, err}
		}
	}
	if o.chains > 0 {
		if s.Chains, err = scoreChains(cmd.Context(), stratum, o.seed, o.chains, o.misses); err != nil {
			return exit{exitFailure, err}
		}
	}
	failed := false
	if o.gate && s.Chains != nil {
		s.Gates = s.Chains.Gates()
		for _, g := range s.Gates {
			failed = failed || !g.Pass
		}
	}
	if s.Scenarios, err = scoreScenarios(cmd.Context(), dir, names, o.seed, !o.json); err != nil {
		return exit{exitFailure, err}
	}
	s.tally()
	if o.json {
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetIndent("", "  ")
		err = e.Encode(s)
	} else {
		err = s.print(cmd.OutOrStdout())
	}
	if err == nil && failed {
		return exit{exitFailure, errors.New("a gate was not passed")}
	}
	return err
}

func scoreGenerated(ctx context.Context, dir string, stratum generate.Stratum, seed uint64, flows int) (*score.Report, error) {
	if err := generate.Generate(seed, flows, stratum, dir); err != nil {
		return nil, err
	}
	a := auditFlags{persona: filepath.Join(dir, generate.Persona), keys: generatedKeys(dir), data: dataFlags{none: true}, quiet: true, lang: "en"}
	r, _, err := scoreAudit(ctx, &a, filepath.Join(dir, generate.HAR), filepath.Join(dir, generate.Truth), nil)
	return r, err
}

// generatedKeys are the files that tell the keys of a made-up capture.
func generatedKeys(dir string) []string {
	return []string{filepath.Join(dir, generate.Keys), filepath.Join(dir, generate.Strings)}
}

// atOnce is how many scenarios are played at the same time: a phone mostly
// waits.
const atOnce = 8

func scoreScenarios(ctx context.Context, dir string, names []string, seed uint64, say bool) ([]scenarioRow, error) {
	rows := make([]scenarioRow, len(names))
	errs := make([]error, len(names))
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			rows[i], errs[i] = scoreScenario(ctx, filepath.Join(dir, name), name, seed+uint64(i))
			if say {
				fmt.Fprintf(os.Stderr, "played %s\n", name)
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("scenario %s: %w", names[i], err)
		}
	}
	return rows, nil
}

func scoreScenario(ctx context.Context, dir, name string, seed uint64) (row scenarioRow, err error) {
	l, err := openLab(dir, name, seed)
	if err != nil {
		return row, err
	}
	defer l.close()
	if err := l.record(ctx, 0); err != nil {
		return row, err
	}
	a := l.auditFlags()
	row.Scenario = name
	row.Report, row.Verdicts, err = scoreAudit(ctx, &a, l.capture(), l.truth(), l.scenario.Expect.Observed)
	return row, err
}

// scoreAudit audits a capture and compares the document with the truth.
func scoreAudit(ctx context.Context, a *auditFlags, capture, truth string, observed []string) (*score.Report, *score.Answers, error) {
	doc, err := a.conduct(ctx, []string{capture})
	if err != nil {
		return nil, nil, err
	}
	defer doc.Transfers.Close()
	var b bytes.Buffer
	if err := report.JSON(&b, doc); err != nil {
		return nil, nil, err
	}
	items, err := labtruth.Load(truth)
	if err != nil {
		return nil, nil, err
	}
	r, err := score.Compare(items, bytes.NewReader(b.Bytes()))
	if err != nil {
		return nil, nil, err
	}
	v, err := score.Verdicts(observed, scenario.Allegations, bytes.NewReader(b.Bytes()))
	return r, v, err
}

// tally gathers the answers by allegation.
func (s *scores) tally() {
	by := map[string]map[string]score.Answer{}
	for _, row := range s.Scenarios {
		by[row.Scenario] = map[string]score.Answer{}
		for _, a := range row.Verdicts.Rows {
			by[row.Scenario][a.Allegation] = a
		}
		s.Verdicts["right"] += row.Verdicts.Right
		s.Verdicts["wrong"] += row.Verdicts.Wrong
		s.Verdicts["unanswered"] += row.Verdicts.Unanswered
	}
	said := func(name, id string) string {
		a, ok := by[name][id]
		switch {
		case !ok:
			return "not run"
		case a.Right:
			return "right"
		case a.Wrong:
			return "wrong: " + a.Answered
		}
		return strings.TrimSuffix("no answer: "+a.Answered, ": ")
	}
	for _, id := range scenario.Allegations {
		s.Allegation = append(s.Allegation, allegation{id, said(id, id), said("accused", id), said("benign", id)})
	}
}

func inPercent(share *float64) string {
	if share == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100**share)
}

// print writes the scores for a person.
func (s *scores) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "seed %d\n\nrun\tsent\tfound\trecall\tprecision\tdecoys hit\ttime error\n", s.Seed)
	line := func(name string, r *score.Report) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%d of %d\t%.2f s\n", name, r.All.Sent, r.All.Found, inPercent(r.All.Recall), inPercent(r.Rows.Precision), r.Decoys.Hit, r.Decoys.Sent, r.Time.Max)
	}
	if s.Generated != nil {
		line("made-up capture", s.Generated)
	}
	for _, row := range s.Scenarios {
		line(row.Scenario, row.Report)
	}
	if g := s.Generated; g != nil {
		fmt.Fprint(w, "\nmade-up capture, by stratum\tsent\tfound\trecall\n")
		for _, t := range g.ByStratum {
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", t.Name, t.Sent, t.Found, inPercent(t.Recall))
		}
	}
	if s.Chains != nil {
		if err := w.Flush(); err != nil {
			return err
		}
		if err := printChains(out, s.Chains, s.Gates); err != nil {
			return err
		}
	}
	if len(s.Scenarios) == 0 {
		return w.Flush()
	}
	fmt.Fprint(w, "\nallegation\talone\taccused\tbenign\n")
	for _, a := range s.Allegation {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.ID, a.Single, a.Accused, a.Benign)
	}
	fmt.Fprintf(w, "\nverdicts: %d right, %d wrong, %d without an answer\n", s.Verdicts["right"], s.Verdicts["wrong"], s.Verdicts["unanswered"])
	fmt.Fprint(w, "\nmisses and false rows of the scenarios\n")
	for _, row := range s.Scenarios {
		for _, m := range row.Report.Misses {
			fmt.Fprintf(w, "%s\tmissed\t%s\t%s\t%s\n", row.Scenario, m.DataType, m.Form, strings.Join(m.Chain, " › "))
		}
		for _, f := range row.Report.False {
			fmt.Fprintf(w, "%s\tfalse\t%s\t%s\t%s\n", row.Scenario, f.DataType, f.Host, f.Flow)
		}
	}
	return w.Flush()
}
