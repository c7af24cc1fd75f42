package detect_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/lab/encode"
	"github.com/constat/constat/lab/generate"
	"github.com/constat/constat/lab/score"
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
//
// What must come back is told by score.Gates. The seed is another with each run,
// so a share fails that is so far below that chance does it once in a thousand
// times.
func TestChains(t *testing.T) {
	seed := chainSeed(t)
	keys := keyring.New()
	for name, text := range map[string][]byte{generate.Keys: encode.Rules(), generate.Strings: encode.Strings()} {
		if err := keys.Add(bytes.NewReader(text), name); err != nil {
			t.Fatal(err)
		}
	}
	type lot struct {
		stratum generate.Stratum
		depth   int
		size    int
	}
	lots := []lot{{generate.Wild, -1, 1600}, {generate.Adversarial, -1, 200}}
	for depth := range 5 {
		lots = append(lots, lot{generate.Core, depth, 600}, lot{generate.Uniform, depth, 200}, lot{generate.Layers, depth, 200})
	}
	count := score.NewChains(1000)
	for i, l := range lots {
		if testing.Short() {
			l.size /= 4
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
		sent := 0
		for x := range samples {
			if x.Item.Stratum != string(l.stratum) || x.Item.Beyond != "" && l.stratum != generate.Adversarial {
				continue // a value too common for it
			}
			if sent++; sent > l.size {
				break
			}
			hit := false
			for _, v := range s.Scan(chainFlow(&x.Request)).Findings {
				hit = hit || v.PersonaValue == x.Item.Subject && v.Grade != detect.GradeC
			}
			count.Add(&x.Item, hit)
			if x.Twin == nil {
				continue
			}
			wrong := false
			for _, v := range s.Scan(chainFlow(x.Twin)).Findings {
				if v.PersonaValue >= 0 && v.Grade != detect.GradeC {
					wrong = true
					t.Errorf("%s: %s of somebody else's in %v, carrier %s, is taken for her %s", l.stratum, x.Item.DataType, x.Item.Chain, x.Item.Carrier, v.Type)
				}
			}
			count.Decoy(wrong)
		}
	}
	count.Close()
	failed := false
	for _, g := range count.Gates() {
		if g.Want == 1 {
			continue // the decoys: told above
		}
		t.Logf("%s: %.2f %% of %d, want %.1f %%", g.Name, 100*g.Got, g.Sent, 100*g.Want)
		if chance := 3 * math.Sqrt(g.Want*(1-g.Want)/float64(g.Sent)); g.Sent == 0 || g.Got < g.Want-chance {
			failed = true
			t.Errorf("%s: %.2f %% of %d came back, want %.1f %%", g.Name, 100*g.Got, g.Sent, 100*g.Want)
		}
	}
	for _, b := range count.Beyond {
		t.Logf("not expected: %d of %d: %s", b.Found, b.Sent, b.Name)
	}
	for i, m := range count.Misses {
		if failed && i < 40 || testing.Verbose() {
			t.Logf("missed %s, carrier %s: %s", m.DataType, m.Carrier, strings.Join(m.Chain, " › "))
		}
	}
	t.Logf("%d decoys", count.Decoys.Sent)
}
