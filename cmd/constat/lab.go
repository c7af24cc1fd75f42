package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/constat/constat/lab/scenario"
	"github.com/constat/constat/report"
)

// labFlags are what the user said to constat lab.
type labFlags struct {
	auditFlags
	scenario, out string
	seed          uint64
	headless      bool
}

// define makes the flags of a run.
func (o *labFlags) define(f *pflag.FlagSet) {
	f.StringVarP(&o.scenario, "scenario", "s", o.scenario, "how the app behaves: benign, accused, or an allegation's `name` (constat lab scenarios)")
	f.StringVarP(&o.out, "out", "o", "", "new `directory` for everything that comes out; default: a temporary one")
	f.Uint64Var(&o.seed, "seed", 0, "`number` that the invented subject is made from; default: another each time")
	f.BoolVar(&o.headless, "headless", false, "do not open the report")
	f.BoolVar(&o.json, "json", false, "write the Audit document as JSON")
	f.StringVar(&o.html, "html", "", "write the report to this `file`; default: report.html in the directory")
	f.StringVar(&o.lang, "lang", "en", "language of the report: "+strings.Join(report.Languages(), " or "))
}

func newLab() *cobra.Command {
	o := labFlags{scenario: "accused", auditFlags: auditFlags{access: "unknown", data: dataFlags{none: true}}}
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Try the whole instrument on an app whose every behaviour is known",
		Long: `Lab brings up Quinze, a 15-second-video service, on a small simulated internet
on this machine's loopback; plays a scripted user on a phone without a screen;
captures what the app sends, audits it, and opens the report.

Each of the alleged behaviours is a switch in a scenario: all are on in
"accused", none in "benign", one in each of the others, which are named like
the allegation (C02). The sender itself writes down what it sends (truth.jsonl),
so what the instrument finds can be held against what there was.

The subject, the companies and the places are invented. Nothing leaves
loopback.`,
		Example: `  # everything at once, and look at the report
  constat lab

  # one scenario, for a program
  constat lab run --scenario C02 --headless --json | jq .headline

  # the app, to use by hand
  constat lab serve --scenario benign`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			return runLab(cmd, o)
		},
	}
	o.define(cmd.Flags())
	cmd.AddCommand(newLabRun(), newLabScore(), newLabGenerate(), newLabServe(), newLabScenarios())
	return cmd
}

func newLabRun() *cobra.Command {
	o := labFlags{scenario: "accused", auditFlags: auditFlags{access: "unknown", data: dataFlags{none: true}}}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Play one scenario, capture it, and audit it",
		Example: `  constat lab run --scenario C02 --headless --json
  constat lab run --scenario benign --html benign.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			return runLab(cmd, o)
		},
	}
	o.define(cmd.Flags())
	return cmd
}

func newLabScenarios() *cobra.Command {
	return &cobra.Command{
		Use:     "scenarios",
		Short:   "List the scenarios",
		Example: "  constat lab scenarios",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, n := range scenario.Names() {
				s, err := scenario.Load(n)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%-14s %s\n", n, s.Title.EN)
			}
			return nil
		},
	}
}

// runLab plays a scenario and reports.
func runLab(cmd *cobra.Command, o labFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	dir, err := newDir(o.out)
	if err != nil {
		return exit{exitFailure, err}
	}
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano())
	}
	l, err := openLab(dir, o.scenario, o.seed)
	if err != nil {
		return err
	}
	defer l.close()
	say := func(format string, args ...any) {
		if !o.json {
			fmt.Fprintf(os.Stderr, format+"\n", args...)
		}
	}
	say("Quinze runs on loopback; scenario %s: %s.", l.scenario.Name, title(l.scenario, o.lang))
	say("A scripted user opens it, refuses, accepts, records, discards, closes, signs up, posts …")
	if err := l.record(cmd.Context(), 0); err != nil {
		return err
	}
	a := l.auditFlags()
	a.json, a.lang = o.json, o.lang
	if a.html = o.html; a.html == "" {
		a.html = filepath.Join(dir, "report.html")
	}
	doc, err := a.conduct(cmd.Context(), []string{l.capture()})
	if err != nil {
		return err
	}
	defer doc.Transfers.Close()
	if err := a.write(cmd.OutOrStdout(), doc); err != nil {
		return exit{exitFailure, err}
	}
	say("\nreport   %s\nlog      %s\ntruth    %s", a.html, l.capture(), l.truth())
	if !o.headless && !o.json {
		show(a.html)
	}
	return nil
}

func title(s *scenario.Scenario, lang string) string {
	if lang == "fr" {
		return s.Title.FR
	}
	return s.Title.EN
}

// show opens a file with what the person's system opens such files with, if
// there is a screen.
func show(path string) {
	switch {
	case runtime.GOOS == "darwin":
		exec.Command("open", path).Start()
	case runtime.GOOS == "windows":
		exec.Command("rundll32", "url.dll,FileProtocolHandler", path).Start()
	case os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "":
		exec.Command("xdg-open", path).Start()
	}
}

func newLabServe() *cobra.Command {
	o := labFlags{scenario: "benign", auditFlags: auditFlags{access: "unknown", data: dataFlags{none: true}}}
	listen := ""
	browser := false
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the app, to use it by hand",
		Long: `Serve serves Quinze for a browser on this machine. With --browser it opens a
throw-away Chromium in front of the capture, with Quinze at the address it has
in the simulated internet; when the window is closed the session is audited.`,
		Example: `  constat lab serve
  constat lab serve --scenario accused --browser`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			if browser {
				return browseLab(cmd, o)
			}
			return serveLab(cmd, o, listen)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.scenario, "scenario", "s", o.scenario, "`name` of the scenario (constat lab scenarios)")
	f.StringVarP(&listen, "listen", "l", "127.0.0.1:1515", "loopback `address` to serve on")
	f.BoolVar(&browser, "browser", false, "open it in a throw-away Chromium, and capture and audit the session")
	f.StringVarP(&o.out, "out", "o", "", "new `directory` for everything that comes out; default: a temporary one")
	f.StringVar(&o.lang, "lang", "en", "language of the report: "+strings.Join(report.Languages(), " or "))
	return cmd
}

// browseLab captures and audits a session that a person has with the app.
func browseLab(cmd *cobra.Command, o labFlags) error {
	dir, err := newDir(o.out)
	if err != nil {
		return exit{exitFailure, err}
	}
	l, err := openLab(dir, o.scenario, uint64(time.Now().UnixNano()))
	if err != nil {
		return err
	}
	defer l.close()
	r := l.recording()
	r.o.quiet, r.o.headless, r.o.browser, r.o.url, r.o.lang = false, false, true, "https://quinze.example/", o.lang
	if err := r.open(); err != nil {
		return err
	}
	if err := r.run(cmd.Context()); err != nil {
		return err
	}
	a := l.auditFlags()
	a.lang, a.html = o.lang, filepath.Join(dir, "report.html")
	doc, err := a.conduct(context.WithoutCancel(cmd.Context()), []string{l.capture()}) // Ctrl-C ended the capture only
	if err != nil {
		return err
	}
	defer doc.Transfers.Close()
	if err := a.write(cmd.OutOrStdout(), doc); err != nil {
		return exit{exitFailure, err}
	}
	fmt.Fprintf(os.Stderr, "\nreport   %s\nlog      %s\n", a.html, l.capture())
	show(a.html)
	return nil
}
