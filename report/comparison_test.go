package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/constat/constat/comparison"
)

// TestComparisonWords: each code that the schema allows has words in both
// languages, with room for what the other audit has beside what this one has.
func TestComparisonWords(t *testing.T) {
	type enum struct {
		Enum []string `json:"enum"`
	}
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct {
				enum
				Items struct {
					enum
					Properties map[string]enum `json:"properties"`
				} `json:"items"`
			} `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(comparison.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	keys := []string{}
	add := func(kind string, codes []string) {
		if len(codes) == 0 {
			t.Fatalf("the schema names no codes of %s", kind)
		}
		for _, c := range codes {
			keys = append(keys, kind+c)
		}
	}
	add("cmp.caveat.", schema.Defs["caveat"].Properties["code"].Enum)
	add("cmp.change.", schema.Defs["verdict"].Properties["change"].Enum)
	for _, change := range schema.Defs["verdict"].Properties["change"].Enum {
		keys = append(keys, "cmp.tally."+change+".one", "cmp.tally."+change+".other")
	}
	add("cmp.what.", schema.Defs["transfer"].Properties["what"].Items.Enum)
	add("cmp.place.", schema.Defs["recipient"].Properties["places"].Items.Properties["kind"].Enum)
	for _, what := range schema.Defs["recipient"].Properties["what"].Items.Enum {
		if what != "place" {
			keys = append(keys, "cmp.what."+what)
		}
	}
	add("consent.", schema.Defs["side"].Properties["consents"].Items.Enum)
	for _, key := range keys {
		en, ok := language("en").lookup(key)
		fr, ok2 := language("fr").lookup(key)
		if !ok || !ok2 || strings.Count(en, "%s") != strings.Count(fr, "%s") {
			t.Errorf("%s: %q, %q", key, en, fr)
		}
	}
}

// versusSketch has a row of every kind, and names that would break a page.
func versusSketch() *comparison.Document {
	seen := func(form string) *comparison.Seen {
		return &comparison.Seen{Count: 2, First: 1.5, Forms: map[string]int{form: 2}, Grades: map[string]int{"A": 2}, Consents: map[string]int{"none": 2}, States: map[string]int{"background": 2}, Hosts: []string{"h.example"}}
	}
	d := &comparison.Document{By: comparison.ByDate, Before: comparison.Side{Name: "<b>2020"}}
	d.Caveats = []comparison.Caveat{{Code: "planted", Before: []string{"contact.phone"}}, {Code: "order"}, {Code: "acts", After: []string{"post", "mine\x1b[2J"}}}
	d.Transfers = []comparison.Transfer{
		{DataType: "contact.phone", Recipient: "Acme<script>", Change: comparison.OnlyBefore, Open: []string{"unread:h.example:4000", "consent:accepted", "nameless:20", "instrument"}, Before: seen("clear")},
		{DataType: "contact.email", Recipient: "Acme", Change: comparison.Changed, What: []string{"form", "count"}, Before: seen("clear"), After: seen("hashed")},
	}
	d.Verdicts = []comparison.Verdict{{Question: "C02", Change: comparison.Lost, Before: &comparison.Answer{Answer: "observed"}, After: &comparison.Answer{Answer: "not_measurable", Missing: []string{"act:next"}}}}
	d.Counts = comparison.Counts{Transfers: map[string]int{"only_before": 1, "changed": 1}, Verdicts: map[string]int{"lost": 1}}
	return d
}

func TestComparisonSays(t *testing.T) {
	for _, test := range []struct {
		name   string
		render func(io.Writer) error
		says   []string
	}{
		{"terminal", func(w io.Writer) error { return Comparison(w, versusSketch(), Options{Width: 200}) }, []string{
			"Known values in one audit only: before phone number; after none.", "before none; after Posted, mine·[2J.",
			"? seen only before: phone number → Acme<script>", "what 4.0 kB to h.example say, which nobody could read; a time with the consent accepted",
			"form: clear → hashed; number: 2 → 2", "Whether it ended cannot be said, for want of a mark of the moment: Next.", "Not seen is not gone",
		}},
		{"page", func(w io.Writer) error { return ComparisonHTML(w, versusSketch(), Options{Lang: "fr"}) }, []string{
			"Acme&lt;script&gt;", "&lt;b&gt;2020", "avant Téléphone", "On ne peut dire si elle a pris fin.", "forme\u00a0: en clair → haché",
		}},
	} {
		var b bytes.Buffer
		if err := test.render(&b); err != nil {
			t.Fatal(err)
		}
		for _, s := range test.says {
			if !strings.Contains(strings.ToLower(b.String()), strings.ToLower(s)) {
				t.Errorf("%s: no %q in:\n%s", test.name, s, b.String())
			}
		}
	}
}
