package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/comparison"
	"github.com/constat/constat/report"
)

// labAudits plays scenarios with one subject, and stores what an audit of each
// gives. Scenarios are played one after the other, so that their order is sure.
func labAudits(t *testing.T, scenarios ...string) map[string]string {
	t.Helper()
	if testing.Short() {
		t.Skip("plays the lab several times")
	}
	dir, seed := t.TempDir(), freshSeed(t)
	paths := map[string]string{}
	for _, name := range scenarios {
		l, err := openLab(filepath.Join(dir, name), name, seed)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.record(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		l.close()
		flags := l.auditFlags()
		doc, err := flags.conduct(t.Context(), []string{l.capture()})
		if err != nil {
			t.Fatal(err)
		}
		paths[name] = filepath.Join(dir, name+".json")
		err = writePrivate(paths[name], func(w io.Writer) error { return report.JSON(w, doc) })
		doc.Transfers.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

func readAudit(t *testing.T, path string) *audit.Document {
	t.Helper()
	d, err := audit.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Transfers.Close() })
	return d
}

func compareAudits(t *testing.T, before, after *audit.Document, by string) *comparison.Document {
	t.Helper()
	d, err := comparison.Compare(before, after, comparison.Options{By: by})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestLabComparison: what the accused app did and the benign one does not has
// ended, and nothing else; where the later audit could not see, nothing has.
func TestLabComparison(t *testing.T) {
	t.Parallel()
	paths := labAudits(t, "accused", "C02", "benign")
	open := func(name string) *audit.Document { return readAudit(t, paths[name]) }

	t.Run("everything ended", func(t *testing.T) {
		before := open("accused")
		d := compareAudits(t, before, open("benign"), comparison.ByDate)
		observed := 0
		for _, v := range before.Verdicts {
			if v.Answer == audit.Observed {
				observed++
			}
		}
		if n := d.Counts.Verdicts[comparison.Ended]; observed < 30 || n != observed {
			t.Errorf("%d of %d practices ended: %+v", n, observed, d.Counts)
		}
		if k := d.Counts; k.Transfers[comparison.Gone] < 40 || k.Recipients[comparison.Gone] != 5 || k.Transfers[comparison.New]+k.Recipients[comparison.New] > 0 || k.Transfers[comparison.OnlyBefore] > 0 {
			t.Errorf("%+v", k)
		}
	})
	t.Run("everything began", func(t *testing.T) {
		d := compareAudits(t, open("benign"), open("accused"), comparison.ByVersion)
		if k := d.Counts; k.Verdicts[comparison.Began] < 30 || k.Verdicts[comparison.Ended] > 0 || k.Transfers[comparison.New] < 40 || k.Recipients[comparison.New] != 5 {
			t.Errorf("%+v", k)
		}
	})
	t.Run("one practice ended", func(t *testing.T) {
		d := compareAudits(t, open("C02"), open("benign"), comparison.ByDate)
		var ended []string
		for _, v := range d.Verdicts {
			if v.Change != comparison.Same {
				ended = append(ended, v.Question+" "+v.Change)
			}
		}
		if !slices.Equal(ended, []string{"A02 ended", "C02 ended"}) {
			t.Errorf("%q", ended)
		}
		for _, r := range d.Transfers {
			if r.Change != comparison.Same && (r.DataType != "content.media" || r.Change != comparison.Changed || !slices.Contains(r.What, "clip")) {
				t.Errorf("%+v", r)
			}
		}
	})
	t.Run("nothing differs", func(t *testing.T) {
		d := compareAudits(t, open("accused"), open("accused"), comparison.ByDate)
		for _, by := range []map[string]int{d.Counts.Verdicts, d.Counts.Transfers, d.Counts.Recipients, d.Counts.Contacts} {
			for change := range by {
				if change != comparison.Same {
					t.Errorf("%+v", d.Counts)
				}
			}
		}
	})
	t.Run("unread", func(t *testing.T) {
		after := open("benign")
		for i := range after.Coverage { // a third of what left could not be read
			c := &after.Coverage[i]
			c.Opaque = c.Out / 3
			c.Read -= c.Opaque
		}
		after.Verdicts = nil
		in, err := newInquest(&auditFlags{questions: []string{"hong-2019"}, caseFile: filepath.Join(filepath.Dir(paths["benign"]), "benign", "case.toml")})
		if err != nil {
			t.Fatal(err)
		}
		if err := in.answer(t.Context(), after); err != nil {
			t.Fatal(err)
		}
		d := compareAudits(t, open("accused"), after, comparison.ByDate)
		if d.Counts.Verdicts[comparison.Ended] > 2 || d.Counts.Verdicts[comparison.Lost] < 30 {
			t.Errorf("%+v", d.Counts)
		}
		for _, v := range d.Verdicts {
			if v.Change == comparison.Ended && v.After.Answer != audit.Contradicted {
				t.Errorf("%+v", v)
			}
		}
		for _, r := range d.Transfers {
			if r.Change == comparison.Gone && strings.HasPrefix(r.Recipient, "Quinze (") {
				t.Errorf("said to be gone, with unread bytes to it: %+v", r)
			}
		}
	})
	t.Run("the window shows what the headline counts", func(t *testing.T) {
		doc := open("accused")
		var b bytes.Buffer
		if err := report.HTML(&b, doc, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if s := fmt.Sprintf("Timeline of the busiest 15 seconds: %d\u00a0items", doc.Headline.Worst15.Items); !strings.Contains(b.String(), s) {
			t.Errorf("no %q", s)
		}
	})
	t.Run("command", func(t *testing.T) { compareByCommand(t, paths) })
}

// compareByCommand runs the command on stored audits.
func compareByCommand(t *testing.T, paths map[string]string) {
	run := func(args ...string) (string, int) {
		var out bytes.Buffer
		cmd := newRoot()
		cmd.SetOut(&out)
		cmd.SetArgs(append([]string{"diff", "--quiet"}, args...))
		err := cmd.ExecuteContext(t.Context())
		var e exit
		if errors.As(err, &e) {
			return out.String(), e.code
		} else if err != nil {
			t.Fatal(err)
		}
		return out.String(), 0
	}
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{paths["accused"], paths["benign"], "--fail-on", "new"}, 0, "36 ended"},
		{[]string{paths["benign"], paths["accused"], "--fail-on", "new", "--by", "version"}, exitFindings, "36 began"},
		{[]string{paths["benign"], paths["C02"], "--fail-on", "new", "--by", "version"}, 0, "clip recorded, not yet saved or posted"}, // no new row: an old one, sooner
		{[]string{paths["benign"], paths["benign"], "--fail-on", "appeared"}, 0, "No difference"},
		{[]string{paths["accused"], paths["benign"], "--lang", "fr"}, 0, "36 terminés"},
		{[]string{paths["accused"], paths["benign"], "--json"}, 0, comparison.SchemaID},
		{[]string{paths["accused"], paths["benign"], "--html", "-", "--by", "consent"}, 0, "<h1>What the consent changed</h1>"},
		{[]string{paths["accused"], paths["benign"], "--by", "mood"}, exitUsage, ""},
		{[]string{paths["accused"], paths["benign"], "--fail-on", "changed"}, exitUsage, ""},
		{[]string{paths["accused"], paths["benign"], "--same", paths["benign"]}, exitUsage, ""},
		{[]string{paths["accused"], paths["benign"], "--name", "one"}, exitUsage, ""},
	} {
		out, code := run(test.args...)
		if code != test.code || !strings.Contains(out, test.says) {
			t.Errorf("%q: exit %d, want %d with %q:\n%.2000s", test.args, code, test.code, test.says, out)
		}
	}
}

// TestDiffByCaptures audits two captures with one persona, and compares.
func TestDiffByCaptures(t *testing.T) {
	t.Parallel()
	path := filepath.Join("../../testdata", recorded[1])
	var out bytes.Buffer
	cmd := newRoot()
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"diff", "--quiet", "--by", "version", "--name", "21", "--name", "22", "--no-user-data", path, path})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"Before: 21", "After: 22", "Both audits are of the same capture.", "No difference"} {
		if !strings.Contains(out.String(), s) {
			t.Errorf("no %q:\n%s", s, out.String())
		}
	}
}
