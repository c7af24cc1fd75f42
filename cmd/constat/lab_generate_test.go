package main

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/capture"
	"github.com/constat/constat/lab/generate"
	"github.com/constat/constat/lab/score"
	labtruth "github.com/constat/constat/lab/truth" // truth is the recorded page's, in this package
	"github.com/constat/constat/peel/keyring"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/report"
)

// freshSeed is made from the commit, so that nothing can be tuned to it.
func freshSeed(t *testing.T) uint64 {
	t.Helper()
	if text := os.Getenv("CONSTAT_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return seed
	}
	out, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err != nil || len(out) < 15 {
		t.Log("no git: seed 1")
		return 1
	}
	seed, err := strconv.ParseUint(string(out[:15]), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

// audited is the Audit document of a generated capture, as JSON.
func audited(t *testing.T, dir, name string, flows int) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, generate.Persona))
	if err != nil {
		t.Fatal(err)
	}
	p, err := persona.Parse(bytes.NewReader(text), generate.Persona)
	if err != nil {
		t.Fatal(err)
	}
	c, err := capture.Open(filepath.Join(dir, name), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	keys := keyring.New()
	for _, path := range generatedKeys(dir) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := keys.Add(bytes.NewReader(text), path); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := audit.Conduct(t.Context(), []audit.Capture{file{c}}, audit.Options{Persona: p, Book: book, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Transfers.Close()
	if n := doc.Inputs[0].Flows; n != flows {
		t.Errorf("%s: %d flows, want %d", name, n, flows)
	}
	var out bytes.Buffer
	if err := report.JSON(&out, doc); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func scored(t *testing.T, items []labtruth.Item, document []byte) *score.Report {
	t.Helper()
	r, err := score.Compare(items, bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const labFlows = 2000

// TestGenerated audits traffic of which everything is known. The seed is new
// with every commit.
func TestGenerated(t *testing.T) {
	seed := freshSeed(t)
	t.Logf("seed %d", seed)
	dir, flows := t.TempDir(), labFlows
	if testing.Short() { // with the race detector: what is asked of it takes few
		flows /= 8
	}
	if err := generate.Generate(seed, flows, generate.Mix, dir); err != nil {
		t.Fatal(err)
	}
	items, err := labtruth.Load(filepath.Join(dir, generate.Truth))
	if err != nil {
		t.Fatal(err)
	}
	document := audited(t, dir, generate.HAR, flows)
	har, mitm := scored(t, items, document), scored(t, items, audited(t, dir, generate.Mitm, flows))
	if !reflect.DeepEqual(har, mitm) {
		t.Errorf("the HAR and the dump of the same flows differ: %+v %+v, %+v %+v", har.All, har.Rows, mitm.All, mitm.Rows)
	}
	for _, d := range har.ByStratum {
		t.Logf("%s: %d of %d, %.2f %%", d.Name, d.Found, d.Sent, 100**d.Recall)
	}

	// What is met in the wild, less what chance takes once in a thousand times.
	// The other strata are told above: detect's TestChains judges them, each
	// value by itself and with ten times as many.
	inTheWild := scored(t, slices.DeleteFunc(slices.Clone(items), func(it labtruth.Item) bool { return it.Stratum != string(generate.Wild) }), document)
	wild := inTheWild.All
	if least := 0.995 - 3*math.Sqrt(0.995*0.005/float64(wild.Sent)); wild.Sent < flows/3 || *wild.Recall < least {
		t.Errorf("recall in the wild: %d of %d, want %.2f %%", wild.Found, wild.Sent, 100*least)
		for _, m := range inTheWild.Misses {
			t.Logf("missed: %s, %s, %s in %s", m.DataType, strings.Join(m.Chain, " › "), m.Carrier, m.Flow)
		}
	}
	if har.Decoys.Hit != 0 || har.Decoys.Sent < flows/2 {
		t.Errorf("%d of %d decoys are reported as the subject's: %+v", har.Decoys.Hit, har.Decoys.Sent, har.False)
	}
	if p := har.Rows.Precision; p == nil || *p < 0.99 {
		t.Errorf("%+v are false: %+v", har.Rows, har.False)
	}
	if har.Time.Max > 0 {
		t.Errorf("a row is %g s off", har.Time.Max)
	}
}
