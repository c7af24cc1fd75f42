package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/report"
)

// TestDocumentsFollowTheSchema validates real documents against the
// published schema, which allows nothing that it does not name.
func TestDocumentsFollowTheSchema(t *testing.T) {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(audit.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(audit.SchemaID, schema); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(audit.SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range recorded {
		for _, opt := range []audit.Options{{}, {Persona: recordedPersona(t), Hints: true}} {
			doc := auditRecorded(t, name, opt)
			var b bytes.Buffer
			if err := report.JSON(&b, doc); err != nil {
				t.Fatal(err)
			}
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(b.String()))
			if err != nil {
				t.Fatalf("%s: not JSON: %v", name, err)
			}
			if err := s.Validate(v); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
