package detect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// occurrences is what find reports, sorted.
func occurrences(m *matcher, text []byte) []string {
	var got []string
	m.find(text, func(p *pattern, off int) { got = append(got, fmt.Sprintf("%d@%d", p.ref, off)) })
	slices.Sort(got)
	return got
}

// oracle is the definition of what find must report.
func oracle(patterns []pattern, text []byte) []string {
	fold := func(b []byte) []byte {
		b = bytes.Clone(b)
		for i := range b {
			b[i] = lower(b[i])
		}
		return b
	}
	var want []string
	folded := fold(text)
	for _, p := range patterns {
		in, what := folded, fold(p.text)
		if p.exact {
			in, what = text, p.text
		}
		for off := 0; off+len(what) <= len(in); off++ {
			if bytes.HasPrefix(in[off:], what) {
				want = append(want, fmt.Sprintf("%d@%d", p.ref, off))
			}
		}
	}
	slices.Sort(want)
	return want
}

// TestMatcherFindsWhatBytesIndexFinds holds the filter against the obvious
// search, over an alphabet small enough for overlaps and repeats.
func TestMatcherFindsWhatBytesIndexFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letter := rapid.SampledFrom([]byte("aAb\x00B1@[`{\xe9"))
		word := func(min, max int) *rapid.Generator[[]byte] { return rapid.SliceOfN(letter, min, max) }
		var patterns []pattern
		var text []byte
		for i := range rapid.IntRange(1, 12).Draw(t, "patterns") {
			p := word(minPattern, 30).Draw(t, "pattern")
			patterns = append(patterns, pattern{text: p, exact: rapid.Bool().Draw(t, "exact"), ref: i})
			text = append(text, word(0, 9).Draw(t, "before")...)
			text = append(text, p...)
		}
		text = append(text, word(0, 60).Draw(t, "after")...)
		want := oracle(patterns, text)
		if got := occurrences(newMatcher(patterns), text); !slices.Equal(got, want) {
			t.Fatalf("text %q\ngot  %v\nwant %v", text, got, want)
		}
	})
}

func TestMatcherAtEveryPosition(t *testing.T) {
	m := newMatcher([]pattern{{text: []byte("needle"), ref: 0}, {text: []byte("NeedleInHay"), ref: 1}, {text: []byte{1, 2, 3, 4, 5, 6, 7, 8}, exact: true, ref: 2}})
	for n := range 70 {
		for _, needle := range []string{"NEEDLE", "needleinhay", "\x01\x02\x03\x04\x05\x06\x07\x08"} {
			for after := range 12 {
				text := append(append(bytes.Repeat([]byte("."), n), needle...), bytes.Repeat([]byte("."), after)...)
				if got, want := occurrences(m, text), oracle(m.patterns, text); !slices.Equal(got, want) || len(want) == 0 {
					t.Fatalf("%q at %d, %d after: got %v, want %v", needle, n, after, got, want)
				}
			}
		}
	}
}

// BenchmarkMatcher searches 8 MB of JSON-like text for 2,000 patterns of 6 to
// 60 bytes, as 40 values give. The limit chased is 1 GB/s.
func BenchmarkMatcher(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	random := func(n int) []byte {
		out := make([]byte, n)
		for i := range out {
			out[i] = letters[r.IntN(len(letters))]
		}
		return out
	}
	var text []byte
	for len(text) < 8<<20 {
		text = fmt.Appendf(text, `{"event":"%s","ts":%d,"session_duration":%d,"params":{"screen":"home","id":"%x"}},`, random(8), r.Uint64(), r.IntN(1000), random(12))
	}
	for _, c := range []struct{ n, min int }{{50, 8}, {2000, 8}, {2000, 6}} {
		var patterns []pattern
		for i := range c.n {
			n := 8 + r.IntN(52)
			if c.min < 8 && i%20 == 0 {
				n = c.min
			}
			patterns = append(patterns, pattern{text: random(n), ref: i})
		}
		m := newMatcher(patterns)
		b.Run(fmt.Sprintf("patterns=%d/shortest=%d", c.n, c.min), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			hits := 0
			for b.Loop() {
				m.find(text, func(*pattern, int) { hits++ })
			}
		})
	}
}
