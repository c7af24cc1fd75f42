package detect_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/lab/encode"
	"github.com/constat/constat/lab/generate"
	"github.com/constat/constat/peel/keyring"
	"github.com/constat/constat/persona"
)

// chainSeed is new with each run of the tests (CONSTAT_SEED repeats one):
// nobody has tuned to it.
func chainSeed(t *testing.T) uint64 {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("CONSTAT_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("CONSTAT_SEED=%d", seed)
	return seed
}

// chainFlow is a request of the generator as a reader of captures gives it.
func chainFlow(q *generate.Request) *flow.Flow {
	f := &flow.Flow{Kind: flow.HTTP, Request: &flow.Request{Method: q.Method, URL: q.URL}}
	for _, h := range q.Headers {
		f.Request.Headers = append(f.Request.Headers, flow.Field{Name: h[0], Value: h[1]})
	}
	if q.Body != nil {
		f.Request.Body = flow.Body{Data: q.Body, Kept: true, Size: int64(len(q.Body))}
	}
	for _, m := range q.Socket {
		f.Kind = flow.WebSocket
		f.Messages = append(f.Messages, flow.Message{FromClient: true, Text: m.Text, Body: flow.Body{Data: m.Data, Kept: true, Size: int64(len(m.Data))}})
	}
	return f
}

// TestChains hides a subject's values in layers, which the lab writes with
// code of its own, and counts how many come back. The same layers around
// somebody else's values must give nothing of hers.
func TestChains(t *testing.T) {
	seed := chainSeed(t)
	keys := keyring.New()
	for name, text := range map[string][]byte{generate.Keys: encode.Rules(), generate.Strings: encode.Strings()} {
		if err := keys.Add(bytes.NewReader(text), name); err != nil {
			t.Fatal(err)
		}
	}
	// The least share to come back (issue 5 names wild, and depths 2, 3, 4).
	// Uniform at 5 and the adversarial are told, not judged.
	type lot struct {
		stratum generate.Stratum
		depth   int
		least   float64
	}
	lots := []lot{{generate.Wild, -1, 0.995}, {generate.Uniform, 5, 0}, {generate.Adversarial, -1, 0}}
	for depth, least := range []float64{1, 0.99, 0.99, 0.97, 0.95} {
		lots = append(lots, lot{generate.Uniform, depth, least}, lot{generate.Layers, depth, least})
	}
	decoys := 0
	for i, l := range lots {
		per := 600
		if l.stratum == generate.Wild {
			per = 2400 // one in 200 may be missed
		}
		if testing.Short() {
			per /= 3
		}
		her, samples := generate.Samples(seed+uint64(i)<<32, l.stratum, l.depth)
		p, err := persona.Parse(bytes.NewReader(her.Persona()), "persona.toml")
		if err != nil {
			t.Fatal(err)
		}
		e, err := detect.New(p, detect.Options{Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		s := e.NewScanner()
		name := string(l.stratum)
		if l.depth >= 0 {
			name = fmt.Sprintf("%s, depth %d", l.stratum, l.depth)
		}
		sent, found, missedBy := 0, 0, map[string]int{}
		for x := range samples {
			if x.Item.Stratum != string(l.stratum) || x.Item.Beyond != "" && l.stratum != generate.Adversarial {
				continue // a value too common for it
			}
			if sent++; sent > per {
				sent--
				break
			}
			hit := false
			for _, v := range s.Scan(chainFlow(&x.Request)).Findings {
				hit = hit || v.PersonaValue == x.Item.Subject && v.Grade != detect.GradeC
			}
			if hit {
				found++
			} else {
				chain := strings.Join(x.Item.Chain, " › ")
				missedBy[chain]++
				if l.least > 0 && len(missedBy) <= 12 || testing.Verbose() {
					t.Logf("%s: missed %s in %s, carrier %s", name, x.Item.DataType, chain, x.Item.Carrier)
				}
			}
			if x.Twin == nil {
				continue
			}
			decoys++
			for _, v := range s.Scan(chainFlow(x.Twin)).Findings {
				if v.PersonaValue >= 0 && v.Grade != detect.GradeC {
					t.Errorf("%s: %s of somebody else's in %v, carrier %s, is taken for her %s", name, x.Item.DataType, x.Item.Chain, x.Item.Carrier, v.Type)
				}
			}
		}
		got := float64(found) / float64(sent)
		t.Logf("%s: %.2f %% of %d", name, 100*got, sent)
		if got < l.least {
			t.Errorf("%s: %.2f %% came back, want %.1f %%", name, 100*got, 100*l.least)
		}
		if l.stratum == generate.Adversarial {
			for _, chain := range slices.Sorted(maps.Keys(missedBy)) {
				t.Logf("  not found, as expected: %4d %s", missedBy[chain], chain)
			}
		}
	}
	t.Logf("%d decoys", decoys)
}
