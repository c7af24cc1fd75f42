package detect

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/flow"
)

const householder = subject + `
[[value]]
type = "contact.address"
value = "12 rue du Moulin Vert, 75014 Paris, France"
[[value]]
type = "account.user_id"
value = "7c1e9f04ab3d52e86f10c7d9"
[[value]]
type = "content.message"
value = "On se retrouve devant la brasserie du coin vers huit heures moins le quart"
`

// TestSplit: a value whose pieces stand in fields of one message is found
// once, and says in how many pieces; neither somebody else's pieces nor a
// piece missing is.
func TestSplit(t *testing.T) {
	s, decoy := engine(t, householder, Options{}).NewScanner(), engine(t, twin, Options{}).NewScanner()
	h := func(s string) string { return hex.EncodeToString([]byte(s)) }
	for _, c := range []struct {
		name, mediaType, body string
		typ                   datatype.ID // "": nothing of grade A
		form                  string
		detail                string
	}{
		{"IMEI in halves", asJSON, `{"d1":"35209900","t":1,"d2":"1761481"}`, "device.imei", Clear, "in 2 pieces: 1–8, 9–15 of 15 characters"},
		{"halves as numbers", asJSON, `{"d1":35209900,"d2":1761481}`, "device.imei", Clear, "in 2 pieces: 1–8, 9–15 of 15 characters"},
		{"second half first", asJSON, `{"b":"1761481","a":"35209900"}`, "device.imei", Clear, "in 2 pieces: 1–8, 9–15 of 15 characters"},
		{"without check digit", asForm, "x=3520990&y=0176148", "device.imei", Clear, "in 2 pieces: 1–7, 8–14 of 14 characters"},
		{"halves in base64", asJSON, `{"d1":"` + b64("35209900") + `","d2":"` + b64("1761481") + `"}`, "device.imei", Encoded, "in 2 pieces: 1–8, 9–15 of 15 characters"},
		{"halves in hex", asForm, "d1=" + h("35209900") + "&d2=" + h("1761481"), "device.imei", Encoded, "in 2 pieces: 1–8, 9–15 of 15 characters"},
		{"three digits each, numbered", asJSON, `{"p1":"352","z":0,"p2":"099","p3":"001","p4":"761","p5":"481"}`, "device.imei", Clear, "in 5 pieces: 1–3, 4–6, 7–9, 10–12, 13–15 of 15 characters"},
		{"the last piece is short", asJSON, `{"p1":"3520990","p2":"0176148","p3":"1"}`, "device.imei", Clear, "in 3 pieces: 1–7, 8–14, 15 of 15 characters"},
		{"array", asJSON, `{"id":["352099","001761","481"]}`, "device.imei", Clear, "in 3 pieces: 1–6, 7–12, 13–15 of 15 characters"},
		{"bytes of an address", asJSON, `{"hw":["3c","5a","b4","91","7e","02"]}`, "device.mac", Clear, "in 6 pieces: 1–2, 3–4, 5–6, 7–8, 9–10, 11–12 of 12 characters"},
		{"UUID at its dashes", asJSON, `{"hi":"a1b2c3d4-e5f6-4789","lo":"8abc-def012345678"}`, "device.ad_id", Clear, "in 2 pieces: 1–16, 17–32 of 32 characters"},
		{"telephone", asJSON, `{"cc":"+33","n1":"61234","n2":"5678"}`, "contact.phone", Clear, "in 2 pieces: 1–5, 6–9 of 9 characters"},
		{"mailbox and domain", asForm, "u=camille.roussel&x=1&d=example.org", "contact.email", Clear, "in 2 pieces: 1–15, 16–26 of 26 characters"},
		{"mailbox in a query", asJSON, `{"local":"camille.roussel","n":2,"domain":"example.org"}`, "contact.email", Clear, "in 2 pieces: 1–15, 16–26 of 26 characters"},
		{"name", asJSON, `{"first_name":"Zoé","age":3,"last_name":"Lefèbrac"}`, "contact.name", Clear, "in 2 pieces: 1–4, 5–13 of 13 characters"},
		{"family name first", asJSON, `{"nom":"LEFEBRAC","id":7,"prenom":"Zoe"}`, "contact.name", Clear, "in 2 pieces: 1–3, 4–11 of 11 characters"},
		{"address", asJSON, `{"street":"12 rue du Moulin Vert","k":1,"zip":"75014","city":"Paris","country":"France"}`, "contact.address", Clear, "in 4 pieces: 1–17, 18–22, 23–27, 28–33 of 33 characters"},
		{"birth date", asJSON, `{"birth":{"day":27,"month":4,"year":1991}}`, "contact.birthdate", Clear, "in 3 pieces: year, month, day"},
		{"birth date in a form", asForm, "birth_y=1991&birth_m=04&birth_d=27", "contact.birthdate", Clear, "in 3 pieces: year, month, day"},
		{"chunks of a text", asJSON, `{"c0":"On se retrouve devant la bra","c1":"sserie du coin vers huit heu","c2":"res moins le quart"}`, "content.message", Clear, "in 3 pieces: 1–23, 24–46, 47–61 of 61 characters"},
		{"user id in thirds", asJSON, `{"x":"7c1e9f04","y":"ab3d52e8","z":"6f10c7d9"}`, "account.user_id", Clear, "in 3 pieces: 1–8, 9–16, 17–24 of 24 characters"},

		{"one half only", asJSON, `{"d1":"35209900","d2":"1761482"}`, "", "", ""},
		{"small pieces apart", asJSON, `{"a":"352","q":1,"b":"099","r":1,"c":"001","s":1,"d":"761","t":1,"e":"481"}`, "device.imei", Clear, "in 5 pieces: 1–3, 4–6, 7–9, 10–12, 13–15 of 15 characters"},
		{"small pieces, nothing ties them", asJSON, `{"foo":"352","q":1,"bar":"099","r":1,"baz":"001","s":1,"qux":"761","t":1,"quux":"481"}`, "", "", ""},
		{"small pieces, each with a number of its own", asJSON, `{"foo1":"352","q":1,"bar1":"099","r":1,"baz1":"001","s":1,"qux1":"761","t":1,"quux1":"481"}`, "", "", ""},
		{"words in different objects", asJSON, `{"tags":[{"t":"zoé"}],"x":[{"u":"lefèbrac"}]}`, "", "", ""},
		{"a first name beside a domain", asJSON, `{"camille":"camille","site":"example.org"}`, "", "", ""},
		{"a date, not of birth", asJSON, `{"day":28,"month":4,"year":1991}`, "", "", ""},
		{"day and month only", asJSON, `{"birth":{"day":27,"month":4}}`, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := post("/p", c.mediaType, []byte(c.body))
			var got []Finding
			for _, x := range s.Scan(f).Findings {
				if x.Grade == GradeA {
					got = append(got, x)
				}
			}
			if c.typ == "" {
				if len(got) > 0 {
					t.Errorf("found %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Type != c.typ || got[0].Form != c.form || got[0].Detail != c.detail {
				t.Fatalf("%+v", got)
			}
			if x := got[0]; x.Off < 0 || x.Len <= 0 || x.Off+x.Len > len(c.body) || !strings.HasPrefix(x.Reason, "the pieces") && !strings.HasPrefix(x.Reason, "day") {
				t.Errorf("%+v", x)
			}
			for _, x := range s.Scan(f).Findings {
				if x.PersonaValue < 0 && x.Type == c.typ {
					t.Errorf("a piece is found again: %+v", x)
				}
			}
			for _, x := range decoy.Scan(f).Findings {
				if x.Grade == GradeA {
					t.Errorf("decoy found: %+v", x)
				}
			}
		})
	}
}

// TestSplitRange: the range reaches from the first piece to the last.
func TestSplitRange(t *testing.T) {
	body := `{"d1":"35209900","d2":"1761481"}`
	x := find(engine(t, subject, Options{}).NewScanner().Scan(post("/p", asJSON, []byte(body))).Findings, "device.imei", GradeA)
	if x == nil || body[x.Off:x.Off+x.Len] != `35209900","d2":"1761481` || x.Reason != reasonSplit+", under the keys 'd1' and 'd2'" || x.Path != "$.d2" {
		t.Errorf("%+v", x)
	}
}

// TestSplitOverParts: query, header and body of one request.
func TestSplitOverParts(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	f := post("/p?a=35209900", asJSON, []byte(`{"z":"1761481"}`))
	if x := find(s.Scan(f).Findings, "device.imei", GradeA); x == nil || x.Part != "request.body" {
		t.Errorf("%+v", x)
	}
	if x := find(s.Scan(post("/p?lat=48.85837", asJSON, []byte(`{"lon":2.294481}`))).Findings, "location.precise", GradeA); x == nil || x.Detail != "in 2 pieces: latitude, longitude" || x.Decimals != 5 {
		t.Errorf("%+v", x)
	}
	f = post("/p", asJSON, []byte(`{}`), flow.Field{Name: "X-Part-1", Value: "352099001"}, flow.Field{Name: "X-Part-2", Value: "761481"})
	for range 2 { // also when the fields were seen before
		if x := find(s.Scan(f).Findings, "device.imei", GradeA); x == nil || x.Part != "request.header" {
			t.Errorf("%+v", x)
		}
	}
}

// TestPiecesOfFlows: halves in two requests meet when they are joined, once.
func TestPiecesOfFlows(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	join := func(bodies ...string) (whole Finding, ok bool) {
		var all []Piece
		for i, b := range bodies {
			r := s.Scan(post("/p", asJSON, []byte(b)))
			for _, x := range r.Findings {
				if x.Grade == GradeA {
					t.Fatalf("%s: %+v", b, x)
				}
			}
			fresh := len(all)
			for _, x := range r.Pieces {
				x.Flow = fmt.Sprintf("f%d", i)
				all = append(all, x)
			}
			whole, _, ok = Join(all, fresh)
		}
		return whole, ok
	}
	for _, c := range []struct {
		bodies []string
		detail string
	}{
		{[]string{`{"d1":"35209900"}`, `{"d2":"1761481"}`}, "in 2 pieces: 1–8 in f0, 9–15 of 15 characters"},
		{[]string{`{"d2":"1761481"}`, `{"x":1}`, `{"d1":"35209900"}`}, "in 2 pieces: 1–8, 9–15 in f0 of 15 characters"},
		{[]string{`{"lat":48.85837}`, `{"lon":2.294481}`}, "in 2 pieces: latitude in f0, longitude"},
		{[]string{`{"a":"48.858370"}`, `{"b":"2.294481"}`}, "in 2 pieces: latitude in f0, longitude"},
		{[]string{`{"first_name":"Zoé"}`, `{"last_name":"Lefèbrac"}`}, "in 2 pieces: 1–4 in f0, 5–13 of 13 characters"},
		{[]string{`{"u":"camille.roussel"}`, `{"domain":"example.org"}`}, "in 2 pieces: 1–15 in f0, 16–26 of 26 characters"},
	} {
		if x, ok := join(c.bodies...); !ok || x.Detail != c.detail || x.Grade != GradeA {
			t.Errorf("%q: %+v", c.bodies, x)
		}
	}
	for _, bodies := range [][]string{
		{`{"d1":"35209900"}`, `{"d2":"1761482"}`},
		{`{"a":"352"}`, `{"b":"099001761481"}`},            // three digits by themselves
		{`{"a":48.858}`, `{"b":2.2945}`},                   // numbers, in no field for a position
		{`{"tag":"zoé"}`, `{"tag":"lefèbrac"}`},            // words
		{`{"u":"camille.roussel"}`, `{"s":"example.org"}`}, // any domain
	} {
		if x, ok := join(bodies...); ok {
			t.Errorf("%q: %+v", bodies, x)
		}
	}
}
