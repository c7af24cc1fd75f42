package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture"
	"github.com/constat/constat/peel/keyring"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/question"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/report"
)

// auditFlags are what the user said to constat audit.
type auditFlags struct {
	persona, from, access string
	subjectIn             string
	recipients, questions []string
	keys                  []string
	fast                  bool
	caseFile              string
	identity              string
	secrets               secretFlags
	data                  dataFlags
	events                eventFlags
	json, reveal, hints   bool
	html, lang            string
	failOn                string
	minCoverage           float64
	quiet                 bool
}

func newAudit() *cobra.Command {
	var o auditFlags
	cmd := &cobra.Command{
		Use:   "audit CAPTURE...",
		Short: "Account for the personal data in captures",
		Long: `Audit reads captures and accounts for the personal data that left: which
data, in what form, to whom, where and when, with the steps and bytes that
prove each row, and how much of the traffic could not be read.

A capture is a packet capture (pcap or pcapng, of tcpdump, Wireshark or
PCAPdroid), a HAR 1.2 file (any browser or proxy; .har.gz and .zhar too), a
mitmproxy flow dump, a net-log of Chromium, or the log (a directory) that
constat capture writes. Of contacts without contents tell Apple's App Privacy
Report, PCAPdroid's CSV export and PiRogue's socket traces.
Packet captures are decrypted with the secrets they hold and with those of
--keylog; what has no key is counted, with its sizes, times and reasons.
"-" reads a file from standard input. With a persona
(the subject's known values) exact values are found, in clear, encoded or
hashed; without one, only what its field name and format give away.

Reports are redacted: values appear as shapes (l•••@•••). --reveal shows the
persona's own values; nobody else's are ever shown.`,
		Example: `  # what did this app send?
  constat audit app.har --persona persona.toml

  # one page to read, print or hand over
  constat audit app.har --persona persona.toml --html report.html

  # the whole ledger, for a program
  constat audit app.har --persona persona.toml --json > audit.json

  # with a table of places of one's own, for this run only (see constat data)
  constat audit app.har --from Paris --data dbip-country-lite-2026-06.mmdb

  # a packet capture, opened with the key log written beside it
  constat audit app.pcapng --keylog sslkeys.log --persona persona.toml

  # open a second layer of encryption with keys found in the app
  strings libshop.so > strings.txt
  constat audit app.har --persona persona.toml --keys strings.txt --keys shop-rules.toml

  # with what the phone itself wrote down of its apps and its screen
  adb logcat -b events -v epoch,uid -d > phone.log
  constat audit app.pcapng --events phone.log --app com.example.video

  # what do the accusers' questions come to? (four answers)
  constat audit capture --persona persona.toml --questions hong-2019 --case case.toml

  # in CI: exit 3 when a known value left, exit 5 when too much was unreadable
  constat audit app.har --persona persona.toml --fail-on observed --min-coverage 95`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("audit needs a capture file (a .pcapng, .har or .mitm; - for standard input)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cmd.SilenceUsage = true
			return runAudit(cmd, args, o)
		},
	}
	f := cmd.Flags()
	o.reading(f)
	o.asking(f)
	f.BoolVar(&o.json, "json", false, "write the Audit document as JSON (schema: constat schema)")
	f.StringVar(&o.html, "html", "", "also write the report as one self-contained HTML `file` (mode 0600; - for standard output)")
	f.BoolVar(&o.reveal, "reveal", false, "show the persona's own values (never other people's)")
	f.BoolVar(&o.hints, "hints", false, "also list values by shape alone (grade C: a hint, not evidence)")
	f.StringVar(&o.failOn, "fail-on", "", "exit 3 when this is found: observed (grade A or B), known (grade A) or any")
	f.Float64Var(&o.minCoverage, "min-coverage", 0, "exit 5 when less than this `percent` of the bytes out could be read")
	return cmd
}

// reading are the flags of how captures are read.
func (o *auditFlags) reading(f *pflag.FlagSet) {
	f.StringVarP(&o.persona, "persona", "p", "", "TOML `file` with the subject's known values")
	f.StringArrayVarP(&o.keys, "keys", "k", nil, "`file` of keys to open what is encrypted: rules (TOML), the strings of an app, or a hook's log (JSON)")
	f.BoolVar(&o.fast, "fast", false, "do not try layers that nothing suggests (backwards, XOR, other alphabets): five times the speed, for bulk work")
	f.StringVarP(&o.identity, "identity", "i", "", "age identity `file` that opens the contents of a log; default: constat's own")
	o.secrets.register(f)
	o.data.register(f)
	o.events.register(f)
	f.StringVar(&o.from, "from", "", "`place` the capture was made, \"Paris\" or \"48.86,2.35 ±25\" (km): lets round trips exclude countries")
	f.StringVar(&o.subjectIn, "subject-in", "", "`country` whose data-protection law protects the subject, as in FR; default: that of --from, else the persona's region")
	f.StringArrayVar(&o.recipients, "recipients", nil, "TOML `file` with owners and places that the program does not know; so far only those of a lab")
	f.StringVar(&o.access, "access", "unknown", "how that place is connected: wired, cellular, satellite or unknown")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no summary on standard error")
}

// asking are the flags of questions and of the language of their answers.
func (o *auditFlags) asking(f *pflag.FlagSet) {
	f.StringArrayVar(&o.questions, "questions", nil, "answer the questions of this `set`: "+strings.Join(question.Names(), ", ")+", or a TOML file")
	f.StringVar(&o.caseFile, "case", "", "TOML `file` with what the questions must be told: "+question.Facts)
	f.StringVar(&o.lang, "lang", "en", "language of the report: "+strings.Join(report.Languages(), " or "))
}

func runAudit(cmd *cobra.Command, paths []string, o auditFlags) error {
	if err := o.check(); err != nil {
		return err
	}
	if f, stored, _ := openStored(paths[:1]); stored {
		f.Close()
		return usage("%s is an Audit document, which an audit wrote: constat ask %[1]s --questions SET asks it, constat diff lays two side by side", paths[0])
	}
	doc, err := o.conduct(cmd.Context(), paths)
	if err != nil {
		return err
	}
	defer doc.Transfers.Close()
	if err := o.write(cmd.OutOrStdout(), doc); err != nil {
		return exit{exitFailure, err}
	}
	return o.verdict(doc)
}

// conduct audits captures. The caller closes the document's Transfers.
func (o *auditFlags) conduct(ctx context.Context, paths []string) (*audit.Document, error) {
	opt := audit.Options{Version: version(), Reveal: o.reveal, Hints: o.hints, Fast: o.fast}
	if err := o.loadKeys(&opt); err != nil {
		return nil, exit{exitFailure, err}
	}
	ask, err := newInquest(o)
	if err != nil {
		return nil, exit{exitFailure, err}
	}
	opt.Claimed = ask.claimed()
	if err := o.loadPersona(&opt); err != nil {
		return nil, exit{exitFailure, err}
	}
	if opt.Book, err = o.book(); err != nil {
		return nil, exit{exitFailure, err}
	}
	if o.from != "" {
		v, err := recipient.ParseVantage(o.from)
		if err != nil {
			return nil, exit{exitUsage, err}
		}
		v.Access = recipient.Access(o.access)
		opt.Vantage = &v
	}
	if err := o.loadLaw(&opt); err != nil {
		return nil, err
	}

	ids, err := identities(o.identity)
	if err != nil {
		return nil, exit{exitFailure, err}
	}
	secrets, err := o.secrets.load()
	if err != nil {
		return nil, exit{exitFailure, err}
	}
	co := capture.Options{Identities: ids, Secrets: secrets}
	if err := o.events.load(&opt, co); err != nil {
		return nil, err
	}
	var sources []audit.Capture
	var captures []*capture.Capture
	for _, path := range paths {
		c, err := capture.Open(path, co)
		if err != nil {
			return nil, exit{exitFailure, err}
		}
		defer c.Close()
		captures = append(captures, c)
		sources = append(sources, file{c})
	}
	if err := stated(&opt, captures); err != nil {
		return nil, err
	}
	bar := startProgress(captures, o.quiet)
	doc, err := audit.Conduct(ctx, sources, opt)
	bar.stop()
	if err != nil {
		return nil, err
	}
	if err := ask.answer(ctx, doc); err != nil {
		doc.Transfers.Close()
		return nil, exit{exitFailure, err}
	}
	return doc, nil
}

func (o *auditFlags) check() error {
	switch o.failOn {
	case "", "observed", "known", "any":
	default:
		return usage("--fail-on %q: expected observed, known or any", o.failOn)
	}
	switch o.access {
	case "unknown", "wired", "cellular", "satellite":
	default:
		return usage("--access %q: expected wired, cellular, satellite or unknown", o.access)
	}
	known := false
	for _, l := range report.Languages() {
		known = known || l == o.lang
	}
	if !known {
		return usage("--lang %q: expected %s", o.lang, strings.Join(report.Languages(), " or "))
	}
	if o.json && o.html == "-" {
		return usage("--json and --html - both want standard output; give --html a file")
	}
	if o.caseFile != "" && len(o.questions) == 0 {
		return usage("--case tells facts to questions: it needs --questions, for instance hong-2019")
	}
	if o.reveal && o.persona == "" {
		return usage("--reveal shows the persona's own values: it needs --persona")
	}
	return nil
}

// book is what is known of recipients, with the user's tables.
func (o *auditFlags) book() (*recipient.Book, error) {
	var labs []recipient.Table
	for _, path := range o.recipients {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		labs = append(labs, recipient.Table{Path: path, Text: b})
	}
	user, err := o.data.load()
	if err != nil {
		return nil, err
	}
	return recipient.OpenWith(user, labs...)
}

// loadKeys reads the files of keys and keeps their hashes for the document.
func (o *auditFlags) loadKeys(opt *audit.Options) error {
	if len(o.keys) == 0 {
		return nil
	}
	opt.Keys = keyring.New()
	for _, path := range o.keys {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := opt.Keys.Add(bytes.NewReader(b), path); err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		opt.Rules = append(opt.Rules, audit.Rules{Path: path, SHA256: hex.EncodeToString(sum[:])})
	}
	return nil
}

// loadPersona reads the persona file and keeps its hash for the document.
func (o *auditFlags) loadPersona(opt *audit.Options) error {
	if o.persona == "" {
		return nil
	}
	b, err := os.ReadFile(o.persona)
	if err != nil {
		return err
	}
	p, err := persona.Parse(bytes.NewReader(b), o.persona)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	opt.Persona = p
	opt.Subject = audit.Subject{Persona: o.persona, SHA256: hex.EncodeToString(sum[:])}
	return nil
}

// write renders the document to where the user wants it: the result on
// standard output, the HTML page in its file.
func (o *auditFlags) write(stdout io.Writer, doc *audit.Document) error {
	ro := report.Options{Lang: o.lang}
	if o.html == "-" {
		return report.HTML(stdout, doc, ro)
	}
	if o.html != "" {
		if err := writePrivate(o.html, func(w io.Writer) error { return report.HTML(w, doc, ro) }); err != nil {
			return err
		}
		if !o.quiet {
			fmt.Fprintf(os.Stderr, "report written to %s\n", o.html)
		}
	}
	if o.json {
		return report.JSON(stdout, doc)
	}
	ro.Width, ro.Color = terminal(stdout)
	return report.Terminal(stdout, doc, ro)
}

// verdict turns the document into an exit code.
func (o *auditFlags) verdict(doc *audit.Document) error {
	g := doc.Headline.Grades
	found := map[string]int{"": 0, "known": g.A, "observed": g.A + g.B, "any": g.A + g.B + g.C}[o.failOn]
	if found > 0 {
		return exit{exitFindings, fmt.Errorf("%d transfers found (--fail-on %s)", found, o.failOn)}
	}
	if (o.failOn != "" || o.minCoverage > 0) && !doc.Shown() {
		return exit{exitCoverage, errors.New("a control is missing or failed: the instrument was not shown to work during the capture, so nothing found means nothing")}
	}
	if a := doc.Attribution; (o.failOn != "" || o.minCoverage > 0) && a != nil && a.Unmet() {
		return exit{exitCoverage, fmt.Errorf("nothing in the captures is surely of %s: nothing found means nothing", a.Subject)}
	}
	if covered := 100 - doc.Headline.Unreadable - doc.Headline.NotCaptured; covered < o.minCoverage {
		return exit{exitCoverage, fmt.Errorf("only %.1f %% of the bytes out could be read (--min-coverage %g): not enough to conclude", covered, o.minCoverage)}
	}
	for _, e := range doc.Errors {
		if e.Kind == "damage" {
			return exit{exitFailure, errors.New(e.Message.String() + "; everything before it is in the report")}
		}
	}
	return nil
}

// writePrivate writes a file only its owner can read, whole or not at all.
func writePrivate(path string, render func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(dirOf(path), ".constat-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err = render(f); err != nil {
		f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
