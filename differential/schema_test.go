package differential_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/constat/constat/differential"
)

// TestDocumentsFollowTheSchema validates documents with every kind of finding
// against the published schema, which allows nothing that it does not name.
func TestDocumentsFollowTheSchema(t *testing.T) {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(differential.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(differential.SchemaID, schema); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(differential.SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	everything := app{salted: true, envelope: true, fixed: true, clear: true, upload: true, profile: true, more: true, unsteady: true}
	seen := map[string]bool{}
	for _, n := range [][2]int{{1, 1}, {2, 2}} {
		for seed := range uint64(3) {
			list := experiment(everything, seed, n, two(seed))
			d, err := compare(t, list, personas(two(seed), [2]string{}))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range d.Findings {
				seen[f.Kind] = true
			}
			b, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(v); err != nil {
				t.Errorf("%v", err)
			}
		}
	}
	for _, kind := range []string{differential.KindValue, differential.KindDigest, differential.KindBytes, differential.KindSize, differential.KindEntropy, differential.KindCount, differential.KindPresence} {
		if !seen[kind] {
			t.Errorf("no finding of kind %s was tried", kind)
		}
	}
}
