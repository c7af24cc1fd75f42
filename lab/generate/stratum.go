package generate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/constat/constat/lab/encode"
	"github.com/constat/constat/lab/subject"
)

// Stratum is how layers are drawn.
type Stratum string

const (
	// Mix is some of all.
	Mix Stratum = "mix"
	// Wild follows what was published of layers in use (data/wild.toml).
	Wild Stratum = "wild"
	// Uniform is a number of transformations, each as likely as the others of
	// its family; structure in between does not count.
	Uniform Stratum = "uniform"
	// Core is drawn as Uniform is, from the layers alone whose recall is gated
	// (lab/encode/data/core.toml).
	Core Stratum = "core"
	// Layers is a number of layers of any kind, structure counted too.
	Layers Stratum = "layers"
	// Adversarial is what a reader of traffic is not expected to undo.
	Adversarial Stratum = "adversarial"
)

// Strata are all of them.
var Strata = []Stratum{Mix, Wild, Core, Uniform, Layers, Adversarial}

// ParseStratum finds a stratum by its name.
func ParseStratum(name string) (Stratum, error) {
	if s := Stratum(name); slices.Contains(Strata, s) {
		return s, nil
	}
	return "", fmt.Errorf("no stratum %q; there are %v", name, Strata)
}

// mix is how often a stratum falls in a mix.
var mix = []struct {
	Stratum
	weight int
}{{Wild, 40}, {Core, 20}, {Uniform, 10}, {Layers, 20}, {Adversarial, 10}}

// Deepest is the largest number of transformations that Uniform and Core draw,
// and DeepestLayers that of Layers.
const (
	Deepest       = 5
	DeepestLayers = 4
)

// one draws a stratum out of a mix.
func (s Stratum) one(r *rand.Rand) Stratum {
	if s != Mix {
		return s
	}
	return mix[weighted(r, len(mix), func(i int) int { return mix[i].weight })].Stratum
}

// wrapped is a value in layers.
type wrapped struct {
	data   []byte
	chain  []string
	family string // of Uniform, Core and Wild: what it was drawn from
	beyond string // why nobody is expected to find it
}

// wrap draws layers around a value, so many of them if depth says so, else as
// many as the stratum likes.
func (s Stratum) wrap(r *rand.Rand, depth int, v subject.Value, value string) (w wrapped) {
	in := []byte(value)
	switch s {
	case Wild:
		w.data, w.chain, w.family = drawWild(r, v.Type, in)
	case Uniform, Core:
		from := encode.All
		if s == Core {
			from = encode.Core
		}
		f := encode.Families[r.IntN(len(encode.Families))]
		if depth < 0 {
			depth = r.IntN(Deepest + 1)
		}
		if depth == 0 {
			f = encode.Encodings
		}
		w.family = string(f)
		w.data, w.chain = from.Draw(r, f, depth, in)
	case Adversarial:
		step := encode.Hopeless[r.IntN(len(encode.Hopeless))]
		for step.Fits != nil && !step.Fits(in) {
			step = encode.Hopeless[r.IntN(len(encode.Hopeless))]
		}
		w.data, w.chain, w.beyond = step.Apply(r, in), []string{step.Name}, step.Name
	default:
		if depth < 0 {
			depth = r.IntN(DeepestLayers + 1)
		}
		w.data, w.chain = encode.Chain(r, depth, in)
	}
	w.data = bytes.Clone(w.data)
	return w
}
