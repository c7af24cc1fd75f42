package detect

import (
	"strings"
	"testing"

	"github.com/constat/constat/persona"
)

// BenchmarkBuild prepares the search for forty values: the limit is 150 ms.
func BenchmarkBuild(b *testing.B) {
	p, err := persona.Parse(strings.NewReader(fortyValues()), "forty.toml")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var e *Engine
	for b.Loop() {
		if e, err = New(p, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(e.patterns)), "patterns")
	b.ReportMetric(float64(len(e.digests.forms)), "forms")
	b.ReportMetric(float64(len(e.digests.by64)), "keys")
}
