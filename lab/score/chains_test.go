package score

import (
	"fmt"
	"testing"

	"github.com/constat/constat/lab/truth"
)

// drawn is an item of a stratum.
func drawn(stratum string, transformations int, chain ...string) *truth.Item {
	return &truth.Item{DataType: "contact.email", Value: "SECRET", Chain: chain, Carrier: "json", Stratum: stratum, Transformations: transformations}
}

// passing is a count that passes every gate.
func passing() *Chains {
	c := NewChains(5)
	for n := range 1000 {
		c.Add(drawn("wild", 1, "md5"), n >= 5)
		for depth := range 5 {
			c.Add(drawn("core", depth, "hex"), n >= 10)
			c.Add(drawn("uniform", depth, "hex"), n >= 10)
			c.Add(drawn("layers", depth, make([]string, depth)...), n >= 10)
		}
	}
	for range EnoughDecoys {
		c.Decoy(false)
	}
	return c
}

func failed(c *Chains) (names []string) {
	c.Close()
	for _, g := range c.Gates() {
		if !g.Pass {
			names = append(names, g.Name)
		}
	}
	return names
}

func TestGates(t *testing.T) {
	if got := failed(passing()); got != nil {
		t.Errorf("%v fail", got)
	}
	for want, spoil := range map[string]func(c *Chains){
		"wild":          func(c *Chains) { c.Add(drawn("wild", 1, "md5"), false) }, // 995 of 1001
		"core, depth 2": func(c *Chains) { c.Add(drawn("core", 2, "json", "hex", "hex"), false) },
		"uniform, depth 0": func(c *Chains) {
			for range 25 {
				c.Add(drawn("uniform", 0, "json"), false)
			}
		},
		"layers, depth 1": func(c *Chains) {
			for range 35 {
				c.Add(drawn("layers", 0, "json"), false)
			}
		},
		"core, depth 4": func(c *Chains) {
			for range 50 {
				c.Add(drawn("core", 4), false)
			}
		},
		"decoys untouched": func(c *Chains) { c.Decoy(true) },
	} {
		c := passing()
		spoil(c)
		if got := failed(c); fmt.Sprint(got) != "["+want+"]" {
			t.Errorf("%v fail, want %s", got, want)
		}
	}
	// What is not judged changes no gate.
	c := passing()
	c.Add(drawn("uniform", 6), false)
	hopeless := drawn("adversarial", 1, "crc32")
	hopeless.Beyond = "crc32"
	c.Add(hopeless, false)
	if got := failed(c); got != nil {
		t.Errorf("%v fail", got)
	}
	if len(c.Beyond) != 1 || c.Beyond[0].Sent != 1 {
		t.Errorf("beyond: %+v", c.Beyond)
	}
	// Nothing tried is nothing passed.
	if got := failed(NewChains(0)); len(got) != len(gates)+1 {
		t.Errorf("without a value only %v fail", got)
	}
	few := NewChains(0)
	few.Decoy(false)
	if got := failed(few); got[len(got)-1] != "decoys untouched" {
		t.Errorf("one decoy is enough: %v", got)
	}
}

func TestMissesListed(t *testing.T) {
	c := passing()
	c.Close()
	if len(c.Misses) != 5 || c.MissesLeftOut != 5+10*15-5 {
		t.Errorf("%d misses, %d left out", len(c.Misses), c.MissesLeftOut)
	}
}
