package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
)

// exchanged is a request with the answer's header fields.
type exchanged struct {
	url, body string
	headers   []flow.Field // of the request
	answers   []flow.Field
}

const (
	cookieOfA = "CAESEKx8vLq3T9yW2mZ1pQ7rB"
	cookieOfB = "9f27c1d08ab34e56b7c8d9e0f1a2b3c4"
	someHash  = "5d41402abc4b2a76b9719d911017c592"
)

// traffic is a small capture: an app whose advertising id goes to three
// companies, one of which also gets the number; a cookie sync; and what looks
// like one.
var traffic = []exchanged{
	{url: "https://a.first.test/hello", body: `{"ad_id":"a1b2c3d4-e5f6-4789-8abc-def012345678"}`},
	{url: "https://b.second.test/c", body: `{"ifa":"A1B2C3D4-E5F6-4789-8ABC-DEF012345678","ph":"` + phoneSHA256 + `"}`},
	{url: "https://c.third.test/c?idfa=a1b2c3d4-e5f6-4789-8abc-def012345678"},
	{url: "https://d.fourth.test/", body: `{"gps":"48.858370,2.294481"}`},
	// A sync by redirect, with B's own cookie beside it.
	{url: "https://px.adone.test/p", answers: []flow.Field{
		{Name: "Set-Cookie", Value: "tuid=" + cookieOfA + "; Max-Age=31536000"},
		{Name: "Location", Value: "https://match.adtwo.test/m?puid=" + cookieOfA},
	}},
	{url: "https://match.adtwo.test/m?puid=" + cookieOfA, headers: []flow.Field{{Name: "Cookie", Value: "vid=" + cookieOfB}}},
	// Look-alikes: a script's hash, an ETag, a campaign, a date.
	{url: "https://cdn.adone.test/app." + someHash + ".js", answers: []flow.Field{{Name: "ETag", Value: someHash}}},
	{url: "https://cdn.adtwo.test/app." + someHash + ".js?build_hash=" + someHash},
	{url: "https://px.adone.test/p?campaign_id=3f2a9c817b5e4d06aa11&at=2026-11-28T10-22-33Z"},
	{url: "https://match.adtwo.test/m?campaign_id=3f2a9c817b5e4d06aa11&at=2026-11-28T10-22-33Z"},
}

func sharingOf(t *testing.T, exchanges []exchanged) *Document {
	t.Helper()
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
	start := time.Unix(1_700_000_000, 0)
	for i, x := range exchanges {
		host, _, _ := strings.Cut(strings.TrimPrefix(x.url, "https://"), "/")
		f := &flow.Flow{
			Index: i, Kind: flow.HTTP, Timing: flow.Timing{Start: start.Add(time.Duration(i) * time.Second)},
			Request:  &flow.Request{Method: "POST", URL: x.url, Host: host, Headers: append([]flow.Field{{Name: "Content-Type", Value: "application/json"}}, x.headers...)},
			Response: &flow.Response{Status: 200, Headers: x.answers},
		}
		if x.body != "" {
			f.Request.Body = flow.Body{Data: []byte(x.body), Kept: true, Size: int64(len(x.body))}
		}
		if flow.Header(x.answers, "location") != "" {
			f.Response.Status = 302
		}
		if err := l.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	return l.m.document()
}

func TestSharing(t *testing.T) {
	doc := sharingOf(t, traffic)
	s := doc.Sharing
	if s == nil {
		t.Fatal("nothing is shared")
	}
	owner := map[string]string{}
	for _, r := range doc.Recipients {
		owner[r.ID] = r.Owner
	}
	var got []string
	for _, x := range s.Identifiers {
		line := fmt.Sprintf("%s %s %s %d:", x.Alias, x.Kind, x.Grade, x.Companies)
		for _, r := range x.Recipients {
			line += fmt.Sprintf(" %s %s %v %s", owner[r.Recipient], strings.Join(r.Forms, "+"), r.With, r.Proof.Flow)
			if x.Kind == "planted" && (r.Proof.Transfer == "" || r.Proof.Range.Length == 0) {
				t.Errorf("no proof in the ledger: %+v", r)
			}
		}
		got = append(got, line)
	}
	want := []string{
		"device.ad_id-1 planted A 3: first.test clear [] f0 second.test clear [contact.phone] f1 third.test clear [] f2",
		"token-1 token A 1: adtwo.test clear [] f5",
		"contact.phone-1 planted A 1: second.test hashed [] f1",
		"token-2 token B 1: adtwo.test clear [] f5",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("identifiers\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	got = nil
	for _, j := range s.Joins {
		line := fmt.Sprintf("%s %s>%s %v %s", owner[j.Recipient], j.Identifier, j.Fact, j.Alone, j.Grade)
		for _, x := range j.Steps {
			line += " " + owner[x.Recipient] + " " + x.Proof.Flow
		}
		got = append(got, line)
	}
	want = []string{
		"first.test device.ad_id-1>contact.phone-1 false A second.test f1",
		"second.test device.ad_id-1>contact.phone-1 true A second.test f1",
		"third.test device.ad_id-1>contact.phone-1 false A second.test f1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("joins\n%s", strings.Join(got, "\n"))
	}
	if len(s.Syncs) != 1 {
		t.Fatalf("syncs: %+v", s.Syncs)
	}
	for _, x := range s.Identifiers {
		if set := owner[x.SetBy]; (set == "adone.test") != (x.Alias == "token-1") {
			t.Errorf("%s set by %q", x.Alias, set)
		}
	}
	if x := s.Syncs[0]; owner[x.From] != "adone.test" || owner[x.To] != "adtwo.test" || x.Alias != "token-1" || x.Matched != "token-2" || x.How != "redirect" || x.Grade != "A" || x.Set.Flow != "f4" || x.Sent.Flow != "f5" {
		t.Errorf("%+v", x)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{cookieOfA, cookieOfB, "a1b2c3d4", "A1B2C3D4", phoneSHA256, "33612345678"} {
		for i := 0; i+6 <= len(raw); i++ {
			if strings.Contains(string(b), raw[i:i+6]) {
				t.Errorf("a piece of %s is shown: %s", raw, b)
				break
			}
		}
	}
}

// Nothing of that without anything shared.
func TestNothingShared(t *testing.T) {
	if s := sharingOf(t, traffic[6:]).Sharing; s != nil {
		t.Errorf("%+v", s)
	}
	if s := sharingOf(t, traffic[:1]).Sharing; s != nil {
		t.Errorf("%+v", s)
	}
}

// Tokens are found under layers, and planted values are no tokens, whatever
// their form.
func TestTokensUnderLayers(t *testing.T) {
	b64 := "eyJ1c2VyIjp7InV1aWQiOiI5ZjI3YzFkMC04YWIzLTRlNTYtYjdjOC1kOWUwZjFhMmIzYzQifX0=" // {"user":{"uuid":"9f27c1d0-…"}}
	doc := sharingOf(t, []exchanged{
		{url: "https://a.first.test/e?d=" + b64},
		{url: "https://b.second.test/e", headers: []flow.Field{{Name: "Cookie", Value: "v=" + cookieOfB + "; h=" + phoneSHA256}}},
		{url: "https://c.third.test/e", headers: []flow.Field{{Name: "Cookie", Value: "h=" + phoneSHA256}}},
	})
	var aliases []string
	for _, x := range doc.Sharing.Identifiers {
		aliases = append(aliases, fmt.Sprint(x.DataType, " ", x.Companies))
	}
	slices.Sort(aliases)
	if !slices.Equal(aliases, []string{"contact.phone 2", "token 2"}) {
		t.Errorf("%q", aliases)
	}
}

// Messages of one connection are messages apart: what travels in two of them did
// not travel together.
func TestMessagesApart(t *testing.T) {
	const ad, number = `{"ad_id":"a1b2c3d4-e5f6-4789-8abc-def012345678"}`, `{"ph":"` + phoneSHA256 + `"}`
	for name, c := range map[string]struct {
		messages []string
		joined   bool
	}{
		"in two": {[]string{ad, number}, false},
		"in one": {[]string{`{"hello":1}`, ad[:len(ad)-1] + "," + number[1:]}, true},
	} {
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
		f := &flow.Flow{Kind: flow.WebSocket, Protocol: "websocket", Request: &flow.Request{Method: "GET", URL: "wss://a.first.test/s", Host: "a.first.test"}}
		for _, m := range c.messages {
			f.Messages = append(f.Messages, flow.Message{FromClient: true, Text: true, Body: flow.Body{Data: []byte(m), Kept: true, Size: int64(len(m))}})
		}
		if err := l.Add(f); err != nil {
			t.Fatal(err)
		}
		doc := l.m.document()
		if doc.Headline.Total.Items != 2 {
			t.Fatalf("%s: %d items", name, doc.Headline.Total.Items)
		}
		if joined := doc.Sharing != nil && len(doc.Sharing.Joins) > 0; joined != c.joined {
			t.Errorf("%s: joined %v", name, joined)
		}
	}
}
