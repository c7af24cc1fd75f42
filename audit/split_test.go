package audit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
)

// sender makes a live audit, and a function that sends it a body.
func sender(t testing.TB, text string) (*Live, func(host, body string)) {
	t.Helper()
	p, err := persona.Parse(strings.NewReader(text), "persona.toml")
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
	at, n := time.Unix(1700000000, 0), 0
	return l, func(host, body string) {
		at = at.Add(time.Second)
		f := &flow.Flow{Kind: flow.HTTP, Index: n, Timing: flow.Timing{Start: at}, Request: &flow.Request{
			Method: "POST", URL: "https://" + host + "/c", Host: host,
			Headers: []flow.Field{{Name: "Content-Type", Value: "application/json"}},
			Body:    flow.Body{Data: []byte(body), Kept: true, Size: int64(len(body))},
		}}
		n++
		if err := l.Add(f); err != nil {
			t.Fatal(err)
		}
	}
}

const halved = `
region = "FR"
[[value]]
type = "device.imei"
value = "352099001761481"
[[value]]
type = "contact.phone"
value = "+33 6 98 71 20 43"
`

// TestSplitOverFlows: the halves of a value meet at one recipient, whatever
// hosts it has and whatever is sent between them, and not over two recipients.
func TestSplitOverFlows(t *testing.T) {
	l, send := sender(t, halved)
	send("a.one.test", `{"d1":"35209900"}`)
	send("x.other.test", `{"d2":"1761481"}`) // another recipient: not whole for either
	for i := range 100 {
		send("a.one.test", fmt.Sprintf(`{"d1":"35209900","n":%d,"x":"86153603"}`, i))
	}
	if g := l.View(time.Now()).Document.Groups; len(g) != 0 {
		t.Fatalf("%+v", g)
	}
	send("b.one.test", `{"d2":"1761481"}`)
	send("b.one.test", `{"d2":"1761481"}`) // the first half was used
	g := l.View(time.Now()).Document.Groups
	if len(g) != 1 || g[0].Count != 1 || g[0].DataType != "device.imei" || g[0].Grade != "A" || g[0].Form != "clear" {
		t.Fatalf("%+v", g)
	}
	x := g[0].Examples[0]
	if x.Flow.ID != "f102" || x.Detail != "in 2 pieces: 1–8 in f101, 9–15 of 15 characters" || !strings.HasSuffix(x.Reason, "under the keys 'd1' and 'd2'") || *x.PersonaValue != 0 {
		t.Errorf("%+v", x)
	}
	if strings.Contains(fmt.Sprintf("%+v", g), "35209900") || strings.Contains(fmt.Sprintf("%+v", g), "1761481") {
		t.Error("a raw piece in the document")
	}
}

// TestSplitsAreBounded: pieces that never meet cost no memory without end.
func TestSplitsAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 40 {
		fmt.Fprintf(&text, "[[value]]\ntype = \"account.user_id\"\nvalue = \"%016x%08x\"\n", uint64(i+3)*0x9e3779b97f4a7c15, uint32(i+7)*0x85ebca6b)
	}
	l, send := sender(t, text.String())
	for i := range 200 {
		var b strings.Builder
		for k := range 40 {
			v := l.m.o.Persona.Values[k].Value
			fmt.Fprintf(&b, `,"k%d":"%s"`, k, v[:6+i%14])
		}
		send(fmt.Sprintf("h%d.test", i), "{"+b.String()[1:]+"}")
	}
	v := l.m.o.Persona.Values[0].Value
	for i := range 100 {
		send("one.test", fmt.Sprintf(`{"x":"%s"}`, v[1+i%10:min(8+i%10+i/10, len(v))]))
	}
	n := 0
	for _, held := range l.m.splits {
		if len(held) > heldPieces {
			t.Errorf("%d pieces of one value", len(held))
		}
		n++
	}
	if n == 0 || n > heldValues {
		t.Errorf("%d values", n)
	}
}
