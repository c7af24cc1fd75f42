package differential

import "math"

// design is what the number of runs allows to conclude.
type design struct {
	runs     [2]int
	repeats  int     // runs that another one with the same persona can contradict
	ways     float64 // to tell the runs apart into two sets of these sizes
	accident float64 // share of the ways that look like the true one
}

// newDesign counts. If the persona had no effect, every way to call some of the
// runs the first persona's would be as good (Fisher's permutation argument):
// a pattern that fits the true way alone comes by chance once in so many. Two
// sets of one size cannot be told from each other, so two ways look like the
// true one.
func newDesign(a, b int) design {
	d := design{runs: [2]int{a, b}, repeats: a + b - 2, ways: 1}
	for i := range min(a, b) {
		d.ways = d.ways * float64(a+b-i) / float64(i+1)
	}
	d.ways = math.Round(d.ways)
	d.accident = 1 / d.ways
	if a == b {
		d.accident *= 2
	}
	return d
}

// Thresholds of grade B.
const (
	// noiseBits is what chance must have to make for noise to look like
	// dependence: as much as a canary must have (persona.Value.Weak).
	noiseBits = 30
	// significant is the customary bound on the chance of an accident, for
	// what carries no bits: lengths, counts.
	significant = 0.05
)

// stability is the chance that what was equal in n comparisons of runs with
// the same persona, and never unequal, is unequal in the next one by itself
// (Laplace's rule of succession).
func stability(n int) float64 { return 1 / float64(n+2) }
