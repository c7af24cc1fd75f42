package mitm

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

func messages() list {
	return list{
		list{1, true, []byte("bonjour"), at(200), false, false},
		list{2, false, []byte{0, 1, 2}, at(210), false, false},
		list{1, true, []byte("dropped"), at(220), true, false},
		list{1, true, []byte("injected"), at(230), false, true},
	}
}

func checkSocket(t *testing.T, f *flow.Flow, dump string) {
	t.Helper()
	if f.Kind != flow.WebSocket || f.Protocol != "websocket" || f.Request.URL != "http://log.quinze.test/a" || len(f.Messages) != 3 {
		t.Fatalf("%s %s %s, %d messages", f.Kind, f.Protocol, f.Request.URL, len(f.Messages))
	}
	first, second := f.Messages[0], f.Messages[1]
	if !first.FromClient || !first.Text || string(first.Body.Data) != "bonjour" || first.Time != moment(200) {
		t.Errorf("first message %+v", first)
	}
	if at := first.Body.Source; dump[at.Offset:at.Offset+at.Length] != "bonjour" {
		t.Errorf("first message stands at %+v", at)
	}
	if second.FromClient || second.Text || second.Body.Kept || second.Body.Size != 3 {
		t.Errorf("second message, not asked for: %+v", second)
	}
	if f.Timing.End != moment(240) || len(f.Notes) != 2 {
		t.Errorf("end %v, notes %q", f.Timing.End, f.Notes)
	}
}

func TestWebSocket(t *testing.T) {
	dump := edit("websocket", dict{"messages", messages(), "closed_by_client", true, "close_code", 1000, "close_reason", "", "timestamp_end", at(240)})
	checkSocket(t, one(t, dump, Options{}), dump)
}

// TestWebSocketApart joins the two flows that versions before 12 make of one
// connection.
func TestWebSocketApart(t *testing.T) {
	upgrade := edit("version", 7, "metadata", dict{"websocket", true})
	other := edit("version", 7, "id", "other")
	socket := encode(dict{"version", 7, "type", "websocket", "id", "ws", "error", nil, "metadata", dict{"websocket_handshake", "f"},
		"messages", messages(), "close_sender", "client", "close_code", 1005, "close_reason", "",
		"client_conn", dict{"address", list{"192.0.2.7", 1}}, "server_conn", server("timestamp_end", at(240))}, false)

	flows, damages := all(upgrade+other+socket, Options{})
	if len(flows) != 2 || len(damages) != 0 {
		t.Fatalf("%d flows, %v", len(flows), damages)
	}
	checkSocket(t, flows[1], upgrade+other+socket)

	// Without its upgrade, or a second time.
	f := one(t, socket, Options{})
	if f.Kind != flow.WebSocket || f.Request.URL != "ws://log.quinze.test/" || len(f.Messages) != 3 || !slices.Contains(f.Notes, noteOrphan) {
		t.Errorf("orphan %+v", f)
	}
	// An upgrade whose messages never come is told at the end.
	if f := one(t, upgrade, Options{}); f.Kind != flow.WebSocket {
		t.Errorf("upgrade alone is %s", f.Kind)
	}
	// One that waits when damage is met comes before it.
	var order []bool
	for f := range Read(strings.NewReader(upgrade+socket[:50]), Options{}) {
		order = append(order, f != nil)
	}
	if !slices.Equal(order, []bool{true, false}) {
		t.Errorf("upgrade before damage: %v", order)
	}
	// Not more of them wait than the limit.
	if flows, _ := all(strings.Repeat(upgrade, 3*maxHandshakes), Options{}); len(flows) != 3*maxHandshakes {
		t.Errorf("%d upgrades", len(flows))
	}
}

func TestStreams(t *testing.T) {
	for _, kind := range []string{"tcp", "udp"} {
		f := one(t, encode(dict{"type", kind, "version", 20, "client_conn", dict{"peername", list{"::ffff:192.0.2.7", 1, 0, 0}}, "server_conn", server("timestamp_end", at(50)),
			"messages", list{list{true, []byte("up"), at(10)}, list{false, []byte("down"), at(20)}}}, false), Options{ResponseBodies: true})
		if string(f.Kind) != kind || f.Protocol != kind || f.Request != nil || len(f.Messages) != 2 {
			t.Fatalf("%s: %+v", kind, f)
		}
		if string(f.Messages[1].Body.Data) != "down" || f.Messages[1].FromClient || f.Timing.Start != moment(10) || f.Timing.End != moment(50) {
			t.Errorf("%s: %+v", kind, f)
		}
		if f.Client.Addr != netip.MustParseAddrPort("192.0.2.7:1") || f.Timing.TCP == nil {
			t.Errorf("%s: client %v, %+v", kind, f.Client, f.Timing)
		}
	}
}

// TestPassedThrough reads TLS that mitmproxy was told not to open.
func TestPassedThrough(t *testing.T) {
	hello := []byte("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")
	f := one(t, encode(dict{"type", "tcp", "version", 20, "client_conn", dict{"sni", "pinned.test"}, "server_conn", server(),
		"messages", list{list{true, hello, at(10)}, list{false, []byte("server"), at(20)}, list{true, []byte("more"), at(30)}}}, false), Options{})
	if f.Kind != flow.Opaque || f.Unread == nil || f.Unread.Up != 14 || f.Unread.Down != 6 || f.Host() != "pinned.test" || f.Messages != nil {
		t.Errorf("%+v, unread %+v", f, f.Unread)
	}
}

func TestDNS(t *testing.T) {
	question := list{dict{"name", "app.quinze.test", "type", 65, "class_", 1}, dict{"name", "x.test", "type", 999, "class_", 1}}
	answer := func(kind int, data string) dict {
		return dict{"name", "app.quinze.test", "type", kind, "class_", 1, "ttl", 60, "data", []byte(data)}
	}
	f := one(t, encode(dict{"type", "dns", "version", 20, "client_conn", dict{"peername", list{"192.0.2.7", 1}}, "server_conn", server("address", list{"192.0.2.53", 53}),
		"request", dict{"timestamp", at(5), "questions", question, "answers", list{}},
		"response", dict{"timestamp", at(8), "response_code", 3, "questions", question, "answers", list{
			answer(1, "\xc6\x33\x64\x09"), answer(5, "\x03cdn\x06quinze\x04test\x00"), answer(5, "\x3fcut"), answer(64, "\x00\x01\x00")}}}, false), Options{})
	if f.Kind != flow.DNS || f.Lookup == nil || f.Request != nil || f.Timing.Start != moment(5) || f.Timing.End != moment(8) {
		t.Fatalf("%+v", f)
	}
	l := f.Lookup
	if l.Code != "NXDOMAIN" || len(l.Questions) != 2 || l.Questions[0] != (flow.Question{Name: "app.quinze.test", Type: "HTTPS"}) || l.Questions[1].Type != "TYPE999" {
		t.Errorf("%+v", l)
	}
	var data []string
	for _, a := range l.Answers {
		data = append(data, a.Type+" "+a.Data)
	}
	if want := []string{"A 198.51.100.9", "CNAME cdn.quinze.test", `CNAME \# 4 3f637574`, `SVCB \# 3 000100`}; !slices.Equal(data, want) {
		t.Errorf("answers %q, want %q", data, want)
	}
	if l.Answers[0].TTL != 60 {
		t.Errorf("TTL %d", l.Answers[0].TTL)
	}
}

// TestBudget reads a connection whose messages are more than may be kept: what
// is not kept is still counted.
func TestBudget(t *testing.T) {
	const n = 600_000 // rows of messageRow bytes pass MaxFlow
	one1 := encode(list{true, []byte("x"), at(1)}, false)
	body := strings.Repeat(one1, n)
	f := one(t, encode(dict{"type", "tcp", "version", 20, "server_conn", server(), "client_conn", dict{}, "messages", raw(itoa64(int64(len(body))) + ":" + body + "]")}, false), Options{})
	var size int64
	for _, m := range f.Messages {
		size += m.Body.Size
	}
	if size != n || len(f.Messages) >= n || len(f.Notes) != 1 {
		t.Errorf("%d rows hold %d bytes of %d, notes %q", len(f.Messages), size, n, f.Notes)
	}
}
