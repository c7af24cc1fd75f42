package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/pflag"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/comparison"
	"github.com/constat/constat/report"
)

// compareFlags are what the user said of two audits to compare.
type compareFlags struct {
	by    string
	names []string
	audit auditFlags // how captures are audited
}

func (o *compareFlags) register(f *pflag.FlagSet) {
	f.StringVar(&o.by, "by", "", "compare two audits, in which this `thing` differs: version, consent or date")
	f.StringArrayVar(&o.names, "name", nil, "with --by, what the first audit is `called` (\"21.3\", \"refused\"), and again for the second")
	f.StringArrayVar(&o.audit.questions, "questions", nil, "with --by, answer the questions of this `set` for captures, as for audit")
	f.StringVar(&o.audit.caseFile, "case", "", "with --by, TOML `file` with what the questions must be told")
	f.StringArrayVar(&o.audit.recipients, "recipients", nil, "with --by, TOML `file` with owners and places of a lab")
	f.StringVar(&o.audit.from, "from", "", "with --by, `place` the captures were made, as for audit")
	f.StringVar(&o.audit.access, "access", "unknown", "with --by, how that place is connected: wired, cellular, satellite or unknown")
	o.audit.data.register(f)
}

// comparing reports whether the user wants two audits compared, not runs with
// two personas: he says so, or gives stored audits.
func (o *diffFlags) comparing(paths []string) bool {
	return o.compare.by != "" || slices.ContainsFunc(paths, stored)
}

// stored reports whether a file is an Audit document.
func stored(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	return audit.Stored(head[:n])
}

func (o *diffFlags) checkComparing() error {
	switch c := &o.compare; {
	case !slices.Contains([]string{"", comparison.ByVersion, comparison.ByConsent, comparison.ByDate}, c.by):
		return usage("--by %q: expected version, consent or date", c.by)
	case len(c.names) != 0 && len(c.names) != 2:
		return usage("--name is given %d times: expected twice, for the first and the second audit, or never", len(c.names))
	case len(o.same)+len(o.other) > 0:
		return usage("--same and --other are repeats for the proof by difference between two personas; two audits are compared one to one")
	case len(o.personas) > 2:
		return usage("--persona is given %d times: expected once for both audits, or twice", len(o.personas))
	case !slices.Contains([]string{"", "new", "appeared"}, o.failOn):
		return usage("--fail-on %q: expected new or appeared, when two audits are compared", o.failOn)
	}
	a := o.compare.audit
	a.lang = o.lang
	return a.check()
}

// runComparison compares two audits: captures, which it audits alike, or stored
// documents.
func runComparison(ctx context.Context, stdout io.Writer, paths []string, o diffFlags) error {
	if err := o.checkComparing(); err != nil {
		return err
	}
	if err := o.checkOutput(); err != nil {
		return err
	}
	opt := comparison.Options{By: o.compare.by, Version: version()}
	copy(opt.Names[:], o.compare.names)
	var docs [2]*audit.Document
	for i, path := range paths {
		doc, err := o.audited(ctx, i, path)
		if err != nil {
			return err
		}
		defer doc.Transfers.Close()
		if docs[i] = doc; stored(path) {
			opt.Paths[i] = path
		}
	}
	d, err := comparison.Compare(docs[0], docs[1], opt)
	if err != nil {
		return exit{exitFailure, err}
	}
	if err := o.writeComparison(stdout, d); err != nil {
		return exit{exitFailure, err}
	}
	n := 0
	for _, c := range []map[string]int{d.Counts.Transfers, d.Counts.Recipients} {
		n += c[comparison.New]
		if o.failOn == "appeared" {
			n += c[comparison.OnlyAfter]
		}
	}
	if o.failOn != "" && n > 0 {
		return exit{exitFindings, fmt.Errorf("%d new transfers and recipients (--fail-on %s)", n, o.failOn)}
	}
	return nil
}

// audited is the audit of one side.
func (o *diffFlags) audited(ctx context.Context, side int, path string) (*audit.Document, error) {
	if stored(path) {
		d, err := audit.ReadFile(path)
		if err != nil {
			return nil, exit{exitFailure, err}
		}
		return d, nil
	}
	a := o.compare.audit
	a.keys, a.fast, a.identity, a.secrets, a.lang, a.quiet = o.keys, o.fast, o.identity, o.secrets, o.lang, o.quiet
	if n := len(o.personas); n > 0 {
		a.persona = o.personas[min(side, n-1)]
	}
	return a.conduct(ctx, []string{path})
}

func (o *diffFlags) writeComparison(stdout io.Writer, d *comparison.Document) error {
	return o.render(stdout, rendering{
		html:     func(w io.Writer, ro report.Options) error { return report.ComparisonHTML(w, d, ro) },
		json:     func(w io.Writer) error { return report.ComparisonJSON(w, d) },
		terminal: func(w io.Writer, ro report.Options) error { return report.Comparison(w, d, ro) },
	})
}
