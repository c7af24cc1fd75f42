package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
)

// phoneSHA256 is that of +33612345678.
const phoneSHA256 = "42d573cfc315801d4cd8eddd5416b416a0bf298b9b9e12d6b07442c91db42bd8"

const somebody = `
region = "FR"
[[value]]
type = "contact.phone"
value = "+33 6 12 34 56 78"
[[value]]
type = "device.ad_id"
value = "a1b2c3d4-e5f6-4789-8abc-def012345678"
[[value]]
type = "location.precise"
value = "48.858370,2.294481"
`

// TestIdentifying: what one recipient got is put together over the session,
// whatever hosts it has, and what another got is not.
func TestIdentifying(t *testing.T) {
	p, err := persona.Parse(strings.NewReader(somebody), "persona.toml")
	if err != nil {
		t.Fatal(err)
	}
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLive(Options{Persona: p, Book: book})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1700000000, 0)
	send := func(host, body string) {
		at = at.Add(time.Second)
		f := &flow.Flow{Kind: flow.HTTP, Timing: flow.Timing{Start: at}, Request: &flow.Request{
			Method: "POST", URL: "https://" + host + "/c", Host: host,
			Headers: []flow.Field{{Name: "Content-Type", Value: "application/json"}},
			Body:    flow.Body{Data: []byte(body), Kept: true, Size: int64(len(body))},
		}}
		if err := l.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	send("a.coarse.test", `{"lat":48.9,"lon":2.3,"gender":"female","device_model":"Pixel 8 Pro"}`)
	send("b.coarse.test", `{"timezone":"Europe/Paris"}`)
	send("c.exact.test", `{"pos":"48.85837,2.29448"}`)
	send("c.exact.test", `{"h":"`+phoneSHA256+`"}`) // the number in E.164
	send("d.nothing.test", `{"a":1}`)
	doc := l.View(at).Document

	by := map[string]Recipient{}
	for _, r := range doc.Recipients {
		by[r.Owner] = r
	}
	if x := by["nothing.test"].Identifying; x != nil {
		t.Errorf("nothing.test got nothing, and yet %+v", x)
	}
	coarse := by["coarse.test"]
	if len(coarse.Hosts) != 2 || coarse.Identifying == nil {
		t.Fatalf("coarse.test: %+v", coarse)
	}
	// A cell of 11 by 11 km has 11.7 bits in a very dense city, 20.2 on the
	// Earth's land; the time zone is of the place, too; the sex is not, and adds 1.
	x := coarse.Identifying
	if x.Through != "" || x.Bits == nil || *x.Bits != [2]float64{11.7, 21.2} || !slices.Equal(x.Unknown, []string{"device.model"}) || x.Others[0] < 1e6 || x.Others[1] > x.Others[0] {
		t.Errorf("coarse.test: %+v, bits %v, others %v", x, x.Bits, x.Others)
	}
	exact := by["exact.test"].Identifying
	if exact == nil || exact.Through != "contact.phone" || !slices.Equal(exact.Linked, []string{"location.precise"}) || *exact.Others != [2]float64{} {
		t.Errorf("exact.test: %+v", exact)
	}

	verdicts := map[string]Anonymity{}
	for _, g := range doc.Groups {
		verdicts[g.DataType+" "+g.Form+" "+g.Recipient] = g.Examples[0].Anonymity
	}
	hashed := verdicts["contact.phone hashed "+by["exact.test"].ID]
	if hashed.Verdict != "brute_forceable" || hashed.Digest != "sha256" || hashed.Domain != 1.18e11 || hashed.Card != 5.37 || hashed.Means != "anyone" {
		t.Errorf("the digest of the number: %+v", hashed)
	}
	if a := verdicts["location.precise truncated "+coarse.ID]; a.Verdict != "aggregate" || a.Radius != 7900 || a.SinglingOut != "no" {
		t.Errorf("one decimal: %+v", a)
	}
	if a := verdicts["location.precise clear "+by["exact.test"].ID]; a.Verdict != "clear" || a.Radius != 4.9 {
		t.Errorf("five decimals: %+v", a)
	}
	cited := map[string]bool{}
	for _, s := range doc.Sources {
		cited[s.ID] = true
	}
	for id, want := range map[string]bool{"rate-card": true, "domain-mobile_numbers": true, "people-world": true, "domain-imei": false} {
		if cited[id] != want {
			t.Errorf("source %s: %v", id, cited[id])
		}
	}
}
