package audit

import (
	"bytes"
	"encoding/json"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
)

// recorded is a capture of some flows.
type recorded []*flow.Flow

func (r recorded) Flows() iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		for i, f := range r {
			f.Index = i
			if !yield(f, nil) {
				return
			}
		}
	}
}
func (recorded) Describe() Input { return Input{} }

func audited(t *testing.T, o Options, flows ...*flow.Flow) *Document {
	t.Helper()
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	o.Book = book
	doc, err := Conduct(t.Context(), []Capture{recorded(flows)}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { doc.Transfers.Close() })
	return doc
}

func sent(host string, second int) *flow.Flow {
	return &flow.Flow{
		Kind: flow.HTTP, Server: flow.Endpoint{Addr: netip.MustParseAddrPort("71.18.5.1:443")},
		Timing:  flow.Timing{Start: time.Date(2026, 7, 1, 12, 0, second, 0, time.UTC)},
		Request: &flow.Request{Method: "GET", Host: host, URL: "https://" + host + "/e?email=jean.dupont@mail.fr"},
	}
}

func answered(name, kind, data string) *flow.Flow {
	return &flow.Flow{Kind: flow.DNS, Protocol: "dns", Lookup: &flow.Lookup{
		Questions: []flow.Question{{Name: name, Type: "A"}}, Answers: []flow.Answer{{Name: name, Type: kind, Data: data}}, Code: "NOERROR",
	}}
}

func recipientOf(t *testing.T, doc *Document, host string) *Recipient {
	t.Helper()
	for i := range doc.Recipients {
		if slices.Contains(doc.Recipients[i].Hosts, host) {
			return &doc.Recipients[i]
		}
	}
	t.Fatalf("nobody has %s: %+v", host, doc.Recipients)
	return nil
}

// J56, whenever the answer comes: what went to the alias is the tracker's, in
// every part of the document, and what went to the shop's other names is not.
func TestCloakedRecipient(t *testing.T) {
	alias := func() *flow.Flow { return answered("Metrics.shop.example.", "CNAME", "x.appsflyersdk.com.") }
	flows := func() []*flow.Flow {
		return []*flow.Flow{sent("metrics.shop.example", 1), sent("api.shop.example", 2), sent("metrics.shop.example", 3), sent("t.appsflyer.com", 4)}
	}
	before := append([]*flow.Flow{alias()}, flows()...)
	for name, fs := range map[string][]*flow.Flow{"before": before, "after": append(flows(), alias()), "without": flows()} {
		doc := audited(t, Options{}, fs...)
		cloaked, shop := recipientOf(t, doc, "metrics.shop.example"), recipientOf(t, doc, "api.shop.example")
		owner, transfers, of15 := "AppsFlyer", 3, 2
		if name == "without" {
			owner, transfers = "shop.example", 3
		}
		if cloaked.Owner != owner || cloaked.Transfers != transfers || doc.Headline.Worst15.Recipients != of15 {
			t.Errorf("%s: %s got %d; %d recipients", name, cloaked.Owner, cloaked.Transfers, doc.Headline.Worst15.Recipients)
		}
		if name == "without" {
			if cloaked.ID != shop.ID || len(cloaked.Cloaked) > 0 || len(cloaked.Control) != 1 {
				t.Errorf("%s: %+v", name, cloaked)
			}
			continue
		}
		if shop.Owner != "shop.example" || shop.Transfers != 1 || cloaked.ID == shop.ID || cloaked.ID != recipientOf(t, doc, "t.appsflyer.com").ID {
			t.Errorf("%s: %+v", name, shop)
		}
		if !slices.Equal(cloaked.Cloaked, []string{"metrics.shop.example"}) || !slices.Equal(cloaked.Customers, []string{"shop.example"}) || shop.Cloaked != nil {
			t.Errorf("%s: cloaked %q of %q", name, cloaked.Cloaked, cloaked.Customers)
		}
		if !slices.ContainsFunc(cloaked.OwnerEvidence, func(e OwnerEvidence) bool {
			return e.Kind == "cname" && e.Says == "AppsFlyer" && strings.HasPrefix(e.Source, "DNS answer in the capture")
		}) {
			t.Errorf("%s: %+v", name, cloaked.OwnerEvidence)
		}
		for x, err := range doc.Transferred() {
			if err != nil {
				t.Fatal(err)
			}
			if want := recipientOf(t, doc, x.Recipient.Host); x.Recipient.ID != want.ID || x.Recipient.Owner != want.Owner {
				t.Errorf("%s: %+v", name, x.Recipient)
			}
		}
		count := map[string]int{}
		for _, g := range doc.Groups {
			count[g.Recipient] += g.Count
			if len(g.Examples) != g.Count {
				t.Errorf("%s: %d examples of %d", name, len(g.Examples), g.Count)
			}
		}
		items := map[string]int{}
		for _, l := range doc.Lanes {
			for _, m := range l.Marks {
				items[l.Recipient] += m.Items
			}
		}
		for _, m := range []map[string]int{count, items} {
			if len(m) != 2 || m[cloaked.ID] != 3 || m[shop.ID] != 1 {
				t.Errorf("%s: %v", name, m)
			}
		}
		for _, c := range doc.Coverage {
			if c.Host != "" && c.Recipient != recipientOf(t, doc, c.Host).ID {
				t.Errorf("%s: %s covered under %s", name, c.Host, c.Recipient)
			}
		}
	}
}

// Whose law reaches a recipient is a column of its own, with the network's
// holder in it.
func TestControlOfARecipient(t *testing.T) {
	doc := audited(t, Options{}, sent("api.tiktokv.us", 1), answered("1.5.18.71.in-addr.arpa", "PTR", "host.bytedance.net"))
	r := recipientOf(t, doc, "api.tiktokv.us")
	var got []string
	for _, c := range r.Control {
		if c.Source == "" || c.Strength == 0 {
			t.Errorf("%+v", c)
		}
		got = append(got, c.Country+" "+c.Through)
	}
	for _, want := range []string{"US seat of the owner", "CN seat of a shareholder", "US seat of a shareholder", "US holder of the network"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if !slices.ContainsFunc(r.OwnerEvidence, func(e OwnerEvidence) bool { return e.Kind == "reverse" && e.Says == "ByteDance Ltd." }) {
		t.Errorf("%+v", r.OwnerEvidence)
	}
}

// A name that holds a planted value is masked wherever it is told.
func TestCluesAreRedacted(t *testing.T) {
	const secret = "jeanne-dupontel"
	p := &persona.Persona{Values: []persona.Value{{Type: "account.user_id", Value: secret}}}
	f := sent(secret+".shop.example", 1)
	f.TLS = &flow.TLS{Certificates: [][]byte{{0x30}}}
	doc := audited(t, Options{Persona: p}, f, answered(secret+".shop.example", "CNAME", secret+".appsflyersdk.com"))
	b, err := json.Marshal(doc.Recipients)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte(secret)) || !bytes.Contains(b, []byte("AppsFlyer")) || !bytes.Contains(b, []byte("is an alias of")) {
		t.Errorf("%s", b)
	}
}

func TestChainOfAliases(t *testing.T) {
	var c clues
	add := func(name, kind, data string) {
		c.add(&flow.Lookup{Answers: []flow.Answer{{Name: name, Type: kind, Data: data}}})
	}
	add("a.example.", "CNAME", "B.example.")
	add("b.example", "CNAME", "c.example")
	add("b.example", "CNAME", "other.example") // the first answer stands
	add("c.example", "CNAME", "a.example")     // a loop
	add("d.example", "A", "192.0.2.1")
	add(strings.Repeat("x", 300), "CNAME", "y.example")
	if got := c.chain("A.example"); !slices.Equal(got, []string{"b.example", "c.example"}) {
		t.Errorf("%q", got)
	}
	if got := c.chain("d.example"); got != nil {
		t.Errorf("%q", got)
	}
	for name, want := range map[string]string{
		"7.2.0.192.in-addr.arpa": "192.0.2.7",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": "2001:db8::1",
	} {
		if a, ok := reversed(name); !ok || a.String() != want {
			t.Errorf("%s: %s", name, a)
		}
	}
	for _, name := range []string{"", "in-addr.arpa", "x.in-addr.arpa", "1.2.3.in-addr.arpa", "1.0.ip6.arpa", "::1.in-addr.arpa"} {
		if a, ok := reversed(name); ok {
			t.Errorf("%s: %s", name, a)
		}
	}
	for i := range maxAnswers + 10 {
		add(string(rune('a'+i%26))+time.Duration(i).String()+".example", "CNAME", "t.example")
	}
	if len(c.alias) > maxAnswers {
		t.Errorf("%d answers are kept", len(c.alias))
	}
}

func FuzzClues(f *testing.F) {
	f.Add("a.example", "b.example", "7.2.0.192.in-addr.arpa")
	f.Add(".", "..", "\xff.ip6.arpa")
	f.Fuzz(func(t *testing.T, name, data, address string) {
		var c clues
		c.add(&flow.Lookup{Answers: []flow.Answer{
			{Name: name, Type: "CNAME", Data: data}, {Name: data, Type: "CNAME", Data: address}, {Name: address, Type: "PTR", Data: name},
		}})
		if got := c.chain(name); len(got) > 2 || slices.Contains(got, plain(name)) {
			t.Fatalf("%q", got)
		}
		if a, ok := reversed(address); ok && !a.IsValid() {
			t.Fatal(address)
		}
	})
}
