package differential

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// pictured draws an arrangement: a letter for each element, a dot where a
// sequence has none, a line for each sequence.
func pictured(list []string) string {
	rows := arrange(sequencesOf(list))
	var lines []string
	for run := range list {
		var b strings.Builder
		for _, row := range rows {
			if row[run] < 0 {
				b.WriteByte('.')
			} else {
				b.WriteByte(list[run][row[run]])
			}
		}
		lines = append(lines, b.String())
	}
	return strings.Join(lines, " ")
}

func sequencesOf(list []string) (out [][]int32) {
	for _, s := range list {
		var seq []int32
		for _, c := range []byte(s) {
			seq = append(seq, int32(c))
		}
		out = append(out, seq)
	}
	return out
}

func TestArrange(t *testing.T) {
	for _, c := range []struct{ runs, want string }{
		{"abc abc", "abc abc"},
		{"abc ac", "abc a.c"},
		{"ac abc", "a.c abc"},
		{"abc acb", "abc abc"}, // moved
		{"bLbMb LbMb", "bLbMb .LbMb"},
		{"bLbMb bLMb", "bLbMb bL.Mb"}, // which beacon is lost, its neighbours tell
		{"aXa aYa", "a.Xa aY.a"},
		{"aaa aa", "aaa aa."},
		{"abc bcd abd", "abc. .bcd ab.d"},
		{" abc", "... abc"},
	} {
		runs := strings.Split(c.runs, " ")
		got := pictured(runs)
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.runs, got, c.want)
		}
	}
}

// FuzzArrange: whatever the sequences, each element has one place, a row holds
// equal elements, no two rows could be one, and equal sequences stay together.
func FuzzArrange(f *testing.F) {
	f.Add("abc", "acb", "b")
	f.Add("bLbMb", "bLMbb", "")
	f.Add("aabbaabb", "abababab", "bbbbaaaa")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		list := []string{a, b, c}
		seqs := sequencesOf(list)
		rows := arrange(seqs)
		for run, seq := range seqs {
			places := make([]int, len(seq))
			for _, row := range rows {
				if row[run] >= 0 {
					places[row[run]]++
				}
			}
			for i, n := range places {
				if n != 1 {
					t.Fatalf("%q: element %d of %d has %d places", list, i, run, n)
				}
			}
		}
		missing := map[string]bool{} // element and run, of rows without that run
		for _, row := range rows {
			e := element(seqs, row)
			for run, i := range row {
				if i >= 0 && seqs[run][i] != e {
					t.Fatalf("%q: a row of %d and %d", list, e, seqs[run][i])
				}
			}
			for run, i := range row {
				if i < 0 {
					missing[fmt.Sprint(e, " ", run)] = true
				}
			}
		}
		for _, row := range rows {
			// A row of one run alone, whose element another row of no such run has.
			have := slices.DeleteFunc([]int{0, 1, 2}, func(run int) bool { return row[run] < 0 })
			if len(have) == 1 && have[0] > 0 && missing[fmt.Sprint(element(seqs, row), " ", have[0])] {
				t.Fatalf("%q: %d of run %d stands apart, and there was a place for it", list, element(seqs, row), have[0])
			}
		}
		if a == b {
			for _, row := range rows {
				if row[0] != row[1] {
					t.Fatalf("%q: equal sequences are apart", list)
				}
			}
		}
	})
}
