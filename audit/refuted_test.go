package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
)

func sha(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }

// live is the document of a live audit of POSTs of JSON.
func live(t *testing.T, p *persona.Persona, bodies ...string) *Document {
	t.Helper()
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLive(Options{Persona: p, Book: book})
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range bodies {
		f := &flow.Flow{Index: i, Kind: flow.HTTP, Protocol: "HTTP/1.1", Request: &flow.Request{
			Method: "POST", URL: "https://collect.tracker.test/p?q=1", Host: "collect.tracker.test", Version: "HTTP/1.1",
			Headers: []flow.Field{{Name: "Content-Type", Value: "application/json"}},
			Body:    flow.Body{Data: []byte(b), Kept: true, Size: int64(len(b))},
		}}
		if err := l.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	return l.m.document()
}

// TestRefutedIsNoTransfer: a placeholder hashed under em gives one refutation
// and no transfer; the digest of the persona's value there gives a transfer and
// no refutation.
func TestRefutedIsNoTransfer(t *testing.T) {
	const mail = "camille.roussel@courriel.example"
	p, err := persona.Parse(strings.NewReader("[[value]]\ntype=\"contact.email\"\nvalue=\""+mail+"\"\n"), "p.toml")
	if err != nil {
		t.Fatal(err)
	}
	tag := `{"user_data":{"em":["` + sha("<user_email_address>") + `"]}}`
	doc := live(t, p, tag, tag, `{"em":"`+sha("__insert_user_email__")+`"}`, `{"email":"test@test.com"}`)
	if doc.Headline.Total.Items != 0 || len(doc.Groups) != 0 {
		t.Errorf("%d items, %d groups, want none", doc.Headline.Total.Items, len(doc.Groups))
	}
	if len(doc.Refuted) != 2 {
		t.Fatalf("%d refutations, want 2: %+v", len(doc.Refuted), doc.Refuted)
	}
	x := doc.Refuted[0]
	if x.ID != "n1" || x.Count != 3 || x.DataType != "contact.email" || x.Kind != "unfilled_tag" || x.Digest != "sha256" || x.Example.s != "<user_email_address>" ||
		x.Key != "em" || x.Flow.ID != "f0" || x.Recipient != "r1" || x.Part != "request.body" || x.Range.Length != 64 || x.Flow.URL.s != "https://collect.tracker.test/p?q=•" {
		t.Errorf("%+v", x)
	}
	doc = live(t, p, `{"user_data":{"em":["`+sha(mail)+`"]}}`)
	if doc.Headline.Total.Items != 1 || doc.Headline.Grades.A != 1 || len(doc.Refuted) != 0 {
		t.Errorf("%+v, refuted %+v", doc.Headline, doc.Refuted)
	}
}

// TestRefutedShowsNoPieceOfAValue: a sample in the persona's own domain.
func TestRefutedShowsNoPieceOfAValue(t *testing.T) {
	p, err := persona.Parse(strings.NewReader("[[value]]\ntype=\"contact.email\"\nvalue=\"zelie.martin@example.com\"\n"), "p.toml")
	if err != nil {
		t.Fatal(err)
	}
	doc := live(t, p, `{"email":"john.doe@example.com"}`, `{"email":"<zelie.martin>"}`)
	if len(doc.Refuted) == 0 {
		t.Fatal("nothing is refuted, so nothing is tested")
	}
	b, err := json.Marshal(doc.Refuted)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.ReplaceAll(b, []byte(`"example":`), nil) // the name of a member
	const secret = "zelie.martin@example.com"
	for i := range len(secret) - 5 {
		if bytes.Contains(b, []byte(secret[i:i+6])) {
			t.Errorf("%s shows %q", b, secret[i:i+6])
		}
	}
}

// TestRefutedByRuleIsMasked: whoever's number it is, a report does not show it.
func TestRefutedByRuleIsMasked(t *testing.T) {
	doc := live(t, nil, `{"phone":"+33 6 39 98 74 21"}`, `{"phone":"+33639987421"}`, `{"client_ip":"203.0.113.97"}`)
	if len(doc.Refuted) != 2 || doc.Refuted[0].Count != 2 {
		t.Fatalf("%+v", doc.Refuted)
	}
	for _, x := range doc.Refuted {
		if strings.ContainsAny(x.Example.s[1:], "0123456789") || x.Kind != "reserved" {
			t.Errorf("%+v", x)
		}
	}
}

func TestRefutedIsBoundedInTheDocument(t *testing.T) {
	var rs refutations
	r := NewRedactor(nil)
	f := &flow.Flow{Kind: flow.HTTP, Request: &flow.Request{Method: "GET", URL: "https://h.test/"}}
	res := detect.Result{Parts: make([]detect.PartReport, 1)}
	for i := range 3 * maxRefutations {
		res.Refuted = []detect.Refuted{{Type: "contact.email", Kind: "sample", Why: fmt.Sprint("reason ", i), Text: "x"}}
		rs.add(&destination{}, 0, f, lot{}, res, r)
	}
	if len(rs.rows) != maxRefutations {
		t.Errorf("%d rows, want %d", len(rs.rows), maxRefutations)
	}
}

// TestSchemaKnowsTheKinds: the schema lists what detect can say.
func TestSchemaKnowsTheKinds(t *testing.T) {
	var s struct {
		Defs map[string]struct {
			Properties map[string]struct{ Enum []string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(Schema, &s); err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, k := range s.Defs["refuted"].Properties["kind"].Enum {
		listed[k] = true
	}
	for _, k := range detect.RefutedKinds() {
		if !listed[k] {
			t.Errorf("%q is not in the schema", k)
		}
		delete(listed, k)
	}
	if len(listed) > 0 {
		t.Errorf("the schema lists %v, which detect does not say", listed)
	}
}
