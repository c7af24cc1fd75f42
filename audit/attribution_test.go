package audit

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
	"github.com/constat/constat/timeline"
)

var dawn = time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)

// phone is a capture with events.
type phone struct {
	closed
	events []flow.Event
}

func (p phone) Events() []flow.Event { return p.events }

// post is an exchange of an app that sends the persona's address.
func post(at time.Duration, host, app string, headers ...flow.Field) *flow.Flow {
	f := &flow.Flow{Kind: flow.HTTP, Protocol: "HTTP/1.1"}
	f.Timing.Start = dawn.Add(at)
	f.Timing.Sent = f.Timing.Start.Add(10 * time.Millisecond)
	f.Request = &flow.Request{Method: "POST", Host: host, URL: "https://" + host + "/", Headers: headers, Body: flow.Body{Kept: true, Data: []byte(`{"email":"camille.ferrand.7q2x@courriel.test"}`)}}
	if app != "" {
		f.App = &flow.App{ID: app, Source: "pcapdroid uid map, uid 10215"}
	}
	return f
}

func conduct(t *testing.T, p phone, o Options) *Document {
	t.Helper()
	for i, f := range p.closed {
		f.Index = i
	}
	var err error
	if o.Book, err = recipient.Open(); err != nil {
		t.Fatal(err)
	}
	if o.Persona, err = persona.Parse(strings.NewReader("[[value]]\ntype = \"contact.email\"\nvalue = \"camille.ferrand.7q2x@courriel.test\"\n"), "p.toml"); err != nil {
		t.Fatal(err)
	}
	doc, err := Conduct(t.Context(), []Capture{p}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { doc.Transfers.Close() })
	doc.Inputs[0].SHA256 = strings.Repeat("0", 64)
	valid(t, doc)
	return doc
}

// senders are whose the rows of the ledger are, by host.
func senders(t *testing.T, doc *Document) string {
	t.Helper()
	var all []string
	for x, err := range doc.Transfers.All() {
		if err != nil {
			t.Fatal(err)
		}
		whose := "mine"
		switch {
		case x.OtherApp && x.AppOpen:
			t.Errorf("%+v", x.Sender)
		case x.OtherApp:
			whose = "other"
		case x.AppOpen:
			whose = "open"
		}
		all = append(all, fmt.Sprintf("%s %s %q %s", x.Recipient.Host, whose, x.App, x.AppConfidence))
	}
	return strings.Join(all, "\n")
}

// TestAttribution: rows of other apps stay and are marked, in the ledger, in the
// rows that open to proof, in the coverage; without a system that tells, the user's
// word is all there is.
func TestAttribution(t *testing.T) {
	flows := closed{
		post(0, "a.example", ""),
		post(time.Second, "a.example", "com.example.video"),
		post(2*time.Second, "b.example", "com.example.other"),
		post(3*time.Second, "c.example", "com.google.android.gms"),
		post(4*time.Second, "d.example", "com.google.android.gms", flow.Field{Name: "X-Android-Package", Value: "com.example.video"}),
	}
	doc := conduct(t, phone{closed: flows}, Options{App: "com.example.video"})
	want := `a.example open "" unknown
a.example mine "com.example.video" told by the system
b.example other "com.example.other" told by the system
c.example open "com.google.android.gms" told by the system
d.example mine "com.example.video" named in the traffic`
	if got := senders(t, doc); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	a := doc.Attribution
	if a == nil || a.Flows != 2 || a.Open != 2 || a.Read != 2 || a.Others != 1 || a.Several || len(a.Apps) != 5 {
		t.Errorf("%+v", a)
	}
	// What is the app's, what may be and what is not are counted apart.
	h := doc.Headline
	if h.Total.Items != 2 || h.Worst15.Items != 2 || h.Grades != (Grades{A: 2}) || h.FirstDeparture != 1 || h.Total.Recipients != 2 || h.Flows != 5 ||
		h.Open == nil || h.Open.Items != 2 || h.Others == nil || h.Others.Items != 1 || h.Others.Recipients != 1 {
		t.Errorf("%+v", h)
	}
	groups := ""
	for _, g := range doc.Groups {
		groups += fmt.Sprintf("%s %d %v %v; ", g.Recipient, g.Count, g.AppOpen, g.OtherApp)
		for _, x := range g.Examples {
			if x.OtherApp != g.OtherApp || x.AppOpen != g.AppOpen || x.OtherApp != (x.Recipient.Host == "b.example") {
				t.Errorf("%+v in %+v", x.Sender, g)
			}
		}
	}
	if groups != "r1 1 false false; r4 1 false false; r1 1 true false; r3 1 true false; r2 1 false true; " {
		t.Errorf("groups %s", groups)
	}
	lanes := ""
	for _, l := range doc.Lanes {
		for _, m := range l.Marks {
			lanes += fmt.Sprintf("%s %d %v; ", l.Recipient, m.Items, m.AppOpen)
		}
	}
	if lanes != "r1 1 true; r1 1 false; r3 1 true; r4 1 false; " {
		t.Errorf("lanes %s", lanes)
	}
	if got := doc.Subject.Values[0].Found; got != 4 { // the fifth is another's
		t.Errorf("found %d times", got)
	}
	for _, c := range doc.Coverage {
		mine, open := c.Own()
		var sum Amounts
		for _, x := range c.Apps {
			sum = sum.Plus(x.Amounts)
		}
		if sum != c.All() {
			t.Errorf("%s: %+v, want %+v", c.Host, sum, c.All())
		}
		if got, want := fmt.Sprint(c.Host, mine.Flows, open.Flows), map[string]string{"a": "a.example1 1", "b": "b.example0 0", "c": "c.example0 1", "d": "d.example1 0"}[c.Host[:1]]; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for _, r := range doc.Recipients {
		if r.Others != map[string]int{"b.example": 1}[r.Domain] || r.Open != map[string]int{"a.example": 1, "c.example": 1}[r.Domain] {
			t.Errorf("%s: %d of others, %d open", r.Domain, r.Others, r.Open)
		}
		if other := r.Domain == "b.example" || r.Domain == "c.example"; (len(r.DataTypes) == 0) != other || (r.BytesOut == 0) != other || (r.First < 0) != other || (r.Identifying == nil) != other {
			t.Errorf("%s: %+v", r.Domain, r)
		}
	}

	doc = conduct(t, phone{closed: closed{post(0, "a.example", ""), post(time.Second, "b.example", "", flow.Field{Name: "X-Requested-With", Value: "com.example.other"})}}, Options{App: "com.example.video"})
	if got := senders(t, doc); got != `a.example mine "com.example.video" stated by the user`+"\n"+`b.example open "com.example.other" named in the traffic` {
		t.Error(got)
	}
	doc = conduct(t, phone{closed: flows}, Options{})
	if a := doc.Attribution; a == nil || !a.Several || a.Others+a.Open > 0 {
		t.Errorf("%+v", a)
	}
	if doc = conduct(t, phone{closed: closed{post(0, "a.example", "")}}, Options{}); doc.Attribution != nil || doc.Coverage[0].Apps != nil {
		t.Errorf("%+v", doc.Attribution)
	}
}

// TestIdle: what left in which state, and for how long silence was proven.
func TestIdle(t *testing.T) {
	beat := func(at time.Duration) *flow.Flow {
		f := post(at, "control.constat.invalid", "")
		f.Control = &flow.Control{Kind: flow.Beat}
		f.Request.Body.Data = nil
		return f
	}
	flows := closed{
		post(0, "a.example", "com.example.video"),              // foreground
		post(12*time.Second, "a.example", ""),                  // swiped, and whose?
		post(20*time.Second, "b.example", "com.example.other"), // swiped
		beat(70 * time.Second), beat(130 * time.Second),        // and then nothing until
		post(900*time.Second, "b.example", "com.example.other"),
		post(1000*time.Second, "a.example", "com.example.video"), // foreground, or not yet
		post(1100*time.Second, "a.example", "com.example.video"),
	}
	long := &flow.Flow{Kind: flow.Opaque, Server: flow.Endpoint{Name: "l.example"}, Unread: &flow.Unread{Up: 77, Reason: "no key"}, App: flows[0].App}
	long.Timing.Start, long.Timing.End = dawn.Add(5*time.Second), dawn.Add(15*time.Second)
	state := func(at, bound time.Duration, what string) flow.Event {
		return flow.Event{Time: dawn.Add(at), Bound: bound, Kind: "state", What: what, App: "com.example.video"}
	}
	doc := conduct(t, phone{append(flows, long), []flow.Event{
		state(-time.Minute, 0, "foreground"), state(10*time.Second, 0, "swiped"), state(1000*time.Second, time.Second, "foreground"),
	}}, Options{App: "com.example.video"})
	if len(doc.Idle) != 1 {
		t.Fatalf("%+v", doc.Idle)
	}
	// Proven: from 10 s to 130 s by traffic (12, 20) and controls (70, 130), by traffic alone to 20 s.
	x := doc.Idle[0]
	if x.State != "swiped" || x.From != 10 || x.To < 998.9 || x.To > 999 || x.Proven < 119.9 || x.Proven > 120.1 || x.ByTraffic < 10 || x.ByTraffic > 10.1 || x.Alive != "traffic and control" || x.Flows != 2 || x.Others != 2 {
		t.Errorf("%+v", x)
	}
	var got []string
	for _, c := range doc.Coverage {
		for _, s := range c.ByState {
			got = append(got, fmt.Sprintf("%s %s %d", c.Host, s.State, s.Flows))
		}
	}
	slices.Sort(got)
	if s := strings.Join(got, ", "); s != "a.example foreground 2, a.example swiped 1, a.example unknown 1, l.example unknown 1" {
		t.Error(s)
	}
	if len(doc.Controls) != 0 {
		t.Errorf("a beat is no trial: %+v", doc.Controls)
	}
}

// TestActivityFolds: sums are the same however much is folded, a spell in a known
// state is never wrong, and memory is bounded.
func TestActivityFolds(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	x := activity{}
	judged := make([]attributed, 3)
	judged[2].Whose = attribution.Others
	when := timeline.New([]flow.Event{
		{Time: dawn, Kind: "state", What: "foreground"}, {Time: dawn.Add(time.Hour), Kind: "state", What: "closed"}, {Time: dawn.Add(2 * time.Hour), Kind: "state", What: "foreground"},
	})
	var sum Amounts
	closed := map[int]int64{}
	for range 200_000 {
		f := &flow.Flow{Kind: flow.HTTP, Request: &flow.Request{}}
		f.Timing.Start = dawn.Add(time.Duration(r.Int64N(int64(3 * time.Hour))))
		a := Amounts{Flows: 1, Out: r.Int64N(100), Read: 3}
		dest, who := r.IntN(5), r.IntN(3)
		if when.At(f.Timing.Start).State == "closed" && who != 2 {
			closed[dest] += a.Out
		}
		x.add(dest, who, f, a)
		sum = sum.Plus(a)
	}
	if len(x.spells) > maxSpells {
		t.Errorf("%d spells", len(x.spells))
	}
	var got Amounts
	for _, a := range x.sent() {
		got = got.Plus(a)
	}
	if got != sum {
		t.Errorf("%+v, want %+v", got, sum)
	}
	rows := map[int]*Coverage{}
	for i := range 5 {
		rows[i] = &Coverage{}
	}
	list := stretches(when, x.end())
	x.spread(rows, judged, list, true)
	for i, c := range rows {
		for _, s := range c.ByState {
			if s.State == "closed" && (s.Out > closed[i] || s.Out < closed[i]*99/100) {
				t.Errorf("closed: %d, want %d", s.Out, closed[i])
			}
		}
	}
	if idle := x.idle(judged, list, dawn); len(idle) != 1 || idle[0].Proven < 3599 || idle[0].Proven > 3600 {
		t.Errorf("%+v", idle)
	}
}

// TestStretches: nothing is certain that an event may have ended by the error of
// its clock, whichever of the later events it is.
func TestStretches(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var events []flow.Event
		for range 6 {
			events = append(events, flow.Event{Time: dawn.Add(time.Duration(r.IntN(100)) * time.Second), Bound: time.Duration(r.IntN(20)) * time.Second, Kind: "state", What: []string{"foreground", "swiped", "closed"}[r.IntN(3)]})
		}
		when := timeline.New(events)
		list := stretches(when, dawn.Add(100*time.Second).UnixNano())
		for s := range 1000 {
			at := dawn.Add(time.Duration(s) * 100 * time.Millisecond)
			state := within(list, &spell{from: at.UnixNano(), to: at.UnixNano()})
			if m := when.At(at); state != timeline.Unknown && (m.State != state || m.Open&timeline.State != 0) {
				t.Fatalf("%s at %s: the timeline says %+v\n%+v", state, at.Sub(dawn), m, events)
			}
		}
	}
}

// TestNotJoined: what another app told a company is not joined to what this one
// did, and the address it was told at is none of this one's.
func TestNotJoined(t *testing.T) {
	for other, joins := range map[string]int{"com.example.video": 2, "com.example.other": 0} {
		first := post(0, "ads.test", "com.example.video")
		first.Request.Body.Data = []byte(`{"gaid":"38400000-8cf0-11bd-b23e-10b96e40000d"}`)
		second := post(time.Second, "ads.test", other)
		second.Request.Body.Data = []byte(`{"gaid":"38400000-8cf0-11bd-b23e-10b96e40000d","email":"camille.ferrand.7q2x@courriel.test"}`)
		third := post(2*time.Second, "shop.test", "com.example.video")
		third.Request.Body.Data = first.Request.Body.Data
		first.Server.Addr, second.Server.Addr = netip.MustParseAddrPort("192.0.2.1:443"), netip.MustParseAddrPort("192.0.2.2:443")
		doc := conduct(t, phone{closed: closed{first, second, third}}, Options{App: "com.example.video"})
		n := 0
		if doc.Sharing != nil {
			n = len(doc.Sharing.Joins)
		}
		servers := 0
		for _, c := range doc.Coverage {
			if c.Host == "ads.test" {
				servers = len(c.Servers)
			}
		}
		if n != joins || servers != min(joins, 1)+1 {
			t.Errorf("%s: %d joins, %d servers: %+v", other, n, servers, doc.Sharing)
		}
	}
}
