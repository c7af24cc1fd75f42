package nametable

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func build(t testing.TB, rows map[string]string) *Table {
	t.Helper()
	packed, err := Encode(rows)
	if err != nil {
		t.Fatal(err)
	}
	tab, err := Decode(packed)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestLookup(t *testing.T) {
	tab := build(t, map[string]string{
		"tracker.example": "T", "ads.tracker.example": "A", "b.example": "", "example.test": "E",
	})
	for host, want := range map[string][2]string{
		"tracker.example":        {"tracker.example", "T"},
		"x.y.tracker.example":    {"tracker.example", "T"},
		"ads.tracker.example":    {"ads.tracker.example", "A"},
		"eu.ads.tracker.example": {"ads.tracker.example", "A"},
		"nottracker.example":     {},
		"example":                {},
		"":                       {},
		".":                      {},
		"a.b.example":            {"b.example", ""},
	} {
		suffix, label, ok := tab.Lookup(host)
		if suffix != want[0] || label != want[1] || ok != (want[0] != "") {
			t.Errorf("%q: %q %q %v, want %q", host, suffix, label, ok, want)
		}
	}
	if tab.Len() != 4 {
		t.Errorf("%d names", tab.Len())
	}
	if _, err := Encode(map[string]string{"": "x"}); err == nil {
		t.Error("a row without a name is packed")
	}
}

// Whatever the rows, the packed table answers as the map does.
func TestPackedAnswersLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-c]{1,2}(\.[a-c]{1,2}){0,3}`)
		rows := rapid.MapOf(name, rapid.SampledFrom([]string{"", "x", "y"})).Draw(t, "rows")
		packed, err := Encode(rows)
		if err != nil {
			t.Fatal(err)
		}
		tab, err := Decode(packed)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range append(rapid.SliceOf(name).Draw(t, "asked"), fmt.Sprint(len(rows))) {
			suffix, label, ok := tab.Lookup(n)
			if want, there := rows[n]; there && (suffix != n || label != want || !ok) {
				t.Fatalf("%q: %q %q", n, suffix, label)
			}
			if ok && rows[suffix] != label {
				t.Fatalf("%q: %q has %q, not %q", n, suffix, rows[suffix], label)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	packed, err := Encode(map[string]string{"a.example": "x", "b.example": "y"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		tab, err := Decode(data)
		if err == nil {
			tab.Lookup("x.a.example")
		} else if !errors.Is(err, ErrFormat) {
			t.Fatalf("error is not ErrFormat: %v", err)
		}
	})
}

// FuzzPayload reaches the reader behind the compression.
func FuzzPayload(f *testing.F) {
	f.Add([]byte{1, 1, 'x', 2, 1, 2, 'a', 'b', 'c', 0, 0})
	f.Fuzz(func(t *testing.T, payload []byte) {
		if tab, err := parse(payload); err == nil {
			tab.Lookup("x.a.example")
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	rows := map[string]string{}
	for i := range 200_000 {
		rows[fmt.Sprintf("host-%d.%d.example", i*7919, i%977)] = "tracker\tadvertising"
	}
	packed, err := Encode(rows)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(packed); err != nil {
			b.Fatal(err)
		}
	}
}
