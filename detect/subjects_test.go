package detect_test

import (
	"bytes"
	"testing"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/persona"
)

// TestSubjectsAreStrong: what the lab plants is searched for everywhere, but
// for what is weak by nature. Otherwise its recall would depend on the seed.
func TestSubjectsAreStrong(t *testing.T) {
	for seed := range uint64(100) {
		p, err := persona.Parse(bytes.NewReader(subject.New(seed*7919).Persona()), "persona.toml")
		if err != nil {
			t.Fatal(err)
		}
		for i, j := range detect.Judge(p) {
			v := p.Values[i]
			if j.Use != persona.Everywhere && v.Type != "contact.birthdate" && (v.Type != "network.local_ip" || len(v.Value) > 11) {
				t.Errorf("subject %d: %s (%s) is %s, used %s: %s", seed*7919, v.Type, v.Value, j.Verdict, j.Use, j.Why())
			}
		}
	}
}
