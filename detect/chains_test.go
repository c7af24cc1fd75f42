package detect_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/lab/encode"
	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/persona"
)

// TestChains hides a subject's values in chains of random layers, which the
// lab writes with code of its own, and counts how many come back. The seed is
// new with each run of the tests (CONSTAT_SEED repeats one): nobody has tuned
// to it. The same chains around somebody else's values must give nothing.
func TestChains(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("CONSTAT_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	per := 2000
	if testing.Short() {
		per = 300
	}
	t.Logf("CONSTAT_SEED=%d", seed)
	her, other := subject.New(seed), subject.New(seed^0xdec0)
	p, err := persona.Parse(bytes.NewReader(her.Persona()), "persona.toml")
	if err != nil {
		t.Fatal(err)
	}
	e, err := detect.New(p, detect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := e.NewScanner()
	found := func(message []byte) (values []int) {
		f := &flow.Flow{Request: &flow.Request{Method: "POST", URL: "https://t.example/x"}}
		f.Request.Body = flow.Body{Data: message, Kept: true, Size: int64(len(message))}
		for _, x := range s.Scan(f).Findings {
			if x.Grade == detect.GradeA {
				values = append(values, x.PersonaValue)
			}
		}
		return values
	}
	// By depth: the least share to come back (issue 5 for 2, 3 and 4).
	for depth, least := range map[int]float64{0: 1, 1: 0.99, 2: 0.99, 3: 0.97, 4: 0.95} {
		r := rand.New(rand.NewPCG(seed, uint64(depth)))
		missed, decoys := 0, 0
		for range per {
			i := r.IntN(len(her.Values))
			for p.Values[i].Weak() != "" { // too common without a name
				i = r.IntN(len(her.Values))
			}
			message, chain := encode.Chain(r, depth, []byte(her.Values[i].Value))
			if len(message) > 64<<10 {
				continue
			}
			hit := false
			for _, v := range found(message) {
				hit = hit || v == i
			}
			if !hit {
				missed++
				if missed <= 20 || testing.Verbose() {
					t.Logf("depth %d: missed %s in %s: %.120q", depth, her.Values[i].Type, strings.Join(chain, ", "), message)
				}
			}
			message, chain = encode.Chain(r, depth, []byte(other.Values[i].Value))
			if !bytes.Contains(her.Persona(), []byte(quote(other.Values[i].Value))) && len(message) < 64<<10 && len(found(message)) > 0 {
				decoys++
				t.Errorf("depth %d: found somebody else's %s in %s", depth, other.Values[i].Type, strings.Join(chain, ", "))
			}
		}
		got := 1 - float64(missed)/float64(per)
		t.Logf("depth %d: %.2f %% of %d", depth, 100*got, per)
		if got < least && depth <= 4 {
			t.Errorf("depth %d: %.2f %% came back, want %.0f %%", depth, 100*got, 100*least)
		}
	}
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}
