package netlog

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/constat/constat/capture/line"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream/keylog"
)

type told struct {
	flows   []*flow.Flow
	damages []*flow.Damage
	wrote   []string
}

func read(t testing.TB, r io.Reader, opt Options) (x told) {
	t.Helper()
	opt.Wrote = func(s string) { x.wrote = append(x.wrote, s) }
	for f, err := range Read(r, opt) {
		var d *flow.Damage
		switch {
		case errors.As(err, &d):
			x.damages = append(x.damages, d)
		case err != nil || f.Index != len(x.flows):
			t.Fatalf("%v, %+v", err, f)
		default:
			x.flows = append(x.flows, f)
		}
	}
	return x
}

// The numbers of event types are the log's own.
var numbers = func() map[string]int {
	m := map[string]int{}
	for i, name := range slices.Sorted(maps.Keys(kinds)) {
		m[name] = 100 + i
	}
	return m
}()

type params = map[string]any

// ev writes an event of Chromium's.
func ev(ms, source int, name string, phase int, p params) string {
	x := params{"phase": phase, "source": params{"id": source, "start_time": "1", "type": 10}, "time": fmt.Sprint(ms), "type": numbers[name]}
	if p != nil {
		x["params"] = p
	}
	b, err := json.Marshal(x) // members in order of their names, as Chromium writes them
	if err != nil {
		panic(err)
	}
	return string(b)
}

func passed(s string) params {
	return params{"byte_count": len(s), "bytes": base64.StdEncoding.EncodeToString([]byte(s))}
}

func dependsOn(id int) params { return params{"source_dependency": params{"id": id, "type": 1}} }

// log writes a log in a capture mode, which ends in good order.
func log(mode string, events ...string) string {
	c := params{"logEventTypes": numbers, "timeTickOffset": 1795811000000, "clientInfo": params{"name": "Chrome", "version": "1"}, "netError": params{"ERR_CONNECTION_REFUSED": -102, "ERR_CERT_AUTHORITY_INVALID": -202}}
	if mode != "" {
		c["logCaptureMode"] = mode
	}
	b, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return `{"constants":` + string(b) + ",\n\"events\": [\n" + strings.Join(events, ",\n") + "],\n\"polledData\": {}}\n"
}

// A connection to a server that answers.
func connected(socket int) []string {
	return []string{
		ev(10, socket+1000, "SOCKET_POOL_CONNECT_JOB_CREATED", 0, params{"group_id": "pm/https://App.quinze.test:8443 <null>"}),
		ev(10, socket, "SOCKET_ALIVE", 1, dependsOn(socket+1000)),
		ev(10, socket, "TCP_CONNECT", 1, params{"address_list": []string{"198.51.100.1:443"}}),
		ev(10, socket, "TCP_CONNECT_ATTEMPT", 1, params{"address": "198.51.100.1:443"}),
		ev(35, socket, "TCP_CONNECT_ATTEMPT", 2, nil),
		ev(35, socket, "TCP_CONNECT", 2, params{"local_address": "192.0.2.10:1234", "remote_address": "198.51.100.1:443"}),
	}
}

func secured(socket int) []string {
	return append(connected(socket),
		ev(36, socket, "SSL_CONNECT", 1, nil),
		ev(60, socket, "SSL_CONNECT", 2, params{"version": "TLS 1.3", "cipher_suite": 4865, "next_proto": "http/1.1", "is_resumed": true, "encrypted_client_hello": true}))
}

const (
	question = "POST /v1/e HTTP/1.1\r\nHost: app.quinze.test\r\nContent-Length: 6\r\n\r\nclip=7"
	reply    = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
)

func TestBytes(t *testing.T) {
	events := append(secured(5),
		ev(70, 5, "SSL_SOCKET_BYTES_SENT", 0, passed(question[:30])),
		ev(71, 5, "SSL_SOCKET_BYTES_SENT", 0, passed(question[30:])),
		ev(71, 9, "HTTP_TRANSACTION_SEND_REQUEST_HEADERS", 0, params{"headers": []string{"Host: app.quinze.test"}, "line": "POST /v1/e HTTP/1.1\r\n"}),
		ev(90, 5, "SSL_SOCKET_BYTES_RECEIVED", 0, passed(reply)),
		ev(99, 5, "SOCKET_ALIVE", 2, nil))
	for _, mode := range []string{"Everything", ""} {
		text := log(mode, events...)
		x := read(t, strings.NewReader(text), Options{ResponseBodies: true})
		if len(x.flows) != 1 || len(x.damages) != 0 {
			t.Fatalf("%d flows, %v", len(x.flows), x.damages)
		}
		f := x.flows[0]
		if string(f.Request.Body.Data) != "clip=7" || string(f.Response.Body.Data) != "ok" || f.Request.URL != "https://app.quinze.test/v1/e" {
			t.Errorf("%+v %+v", f.Request, f.Response)
		}
		if f.Server.Name != "app.quinze.test" || f.Server.Addr.String() != "198.51.100.1:443" || f.Client.Addr.Port() != 1234 {
			t.Errorf("%+v %+v", f.Client, f.Server)
		}
		if s := f.TLS; s.Version != "TLS 1.3" || s.Cipher != "TLS_AES_128_GCM_SHA256" || !s.Resumed || s.ECH != "accepted" {
			t.Errorf("%+v", s)
		}
		if r := f.Timing.TCP; r == nil || r.D.Milliseconds() != 25 || r.Resolution != step || f.Timing.FirstByte.D.Milliseconds() != 19 {
			t.Errorf("%+v", f.Timing)
		}
		if n := f.Request.Body.Source.Frame; !strings.Contains(strings.Split(text, "\n")[n-1], base64.StdEncoding.EncodeToString([]byte(question[30:]))) {
			t.Errorf("the body stands in line %d", n)
		}
	}
}

// What only header fields tell.
func TestHeaders(t *testing.T) {
	x := read(t, strings.NewReader(log("Default", append(secured(5),
		ev(60, 5, "SOCKET_BYTES_SENT", 0, params{"byte_count": 500}),
		ev(65, 40, "SOCKET_POOL_BOUND_TO_SOCKET", 0, dependsOn(5)),
		ev(65, 9, "URL_REQUEST_START_JOB", 1, params{"url": "https://app.quinze.test:8443/v1/e", "method": "PUT"}),
		ev(65, 9, "HTTP_STREAM_REQUEST_BOUND_TO_JOB", 0, dependsOn(40)),
		ev(66, 9, "UPLOAD_DATA_STREAM_INIT", 2, params{"total_size": 1234, "is_chunked": false}),
		ev(70, 9, "HTTP_TRANSACTION_SEND_REQUEST_HEADERS", 0, params{"headers": []string{"Host: app.quinze.test:8443", "Cookie: [11 bytes were stripped]"}, "line": "PUT /v1/e HTTP/1.1\r\n"}),
		ev(70, 5, "SSL_SOCKET_BYTES_SENT", 0, params{"byte_count": 1400}),
		ev(80, 9, "HTTP_TRANSACTION_READ_RESPONSE_HEADERS", 0, params{"headers": []string{"HTTP/1.1 103 Early Hints"}}),
		ev(99, 9, "HTTP_TRANSACTION_READ_RESPONSE_HEADERS", 0, params{"headers": []string{"HTTP/1.1 307 Temporary Redirect", "location: /v2"}}),
		ev(99, 9, "URL_REQUEST_START_JOB", 2, nil),
		ev(99, 9, "URL_REQUEST_START_JOB", 1, params{"url": "https://app.quinze.test/v2", "method": "GET"}),
		ev(100, 9, "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS", 0, params{"headers": []string{":method: GET", ":authority: app.quinze.test", ":scheme: https", ":path: /v2?a=b:c", "x: y: z"}}),
		ev(110, 9, "REQUEST_ALIVE", 2, nil),
		ev(120, 12, "URL_REQUEST_START_JOB", 1, params{"url": "https://app.quinze.test/up", "method": "POST"}),
		ev(121, 12, "UPLOAD_DATA_STREAM_INIT", 2, params{"total_size": 0, "is_chunked": true}),
		ev(122, 12, "HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS", 0, params{"headers": []string{":method: POST", ":authority: app.quinze.test", ":scheme: https", ":path: /up"}}),
		ev(130, 12, "HTTP_TRANSACTION_READ_RESPONSE_HEADERS", 0, params{"headers": []string{"HTTP/1.1 200", "server: q"}}),
	)...)), Options{})
	if len(x.flows) != 3 || len(x.damages) != 0 {
		t.Fatalf("%d flows, %v", len(x.flows), x.damages)
	}
	f := x.flows[0]
	if f.Request.Method != "PUT" || f.Request.URL != "https://app.quinze.test:8443/v1/e" || f.Host() != "app.quinze.test" || f.Protocol != "HTTP/1.1" || f.Response.Status != 307 || len(f.Response.Headers) != 1 {
		t.Errorf("%+v %+v", f.Request, f.Response)
	}
	if b := f.Request.Body; b.Kept || b.Size != 1234 {
		t.Errorf("%+v", b)
	}
	if f.Server.Addr.String() != "198.51.100.1:443" || f.TLS.Cipher != "TLS_AES_128_GCM_SHA256" || f.Timing.TCP == nil || f.Timing.FirstByte.D.Milliseconds() != 29 {
		t.Errorf("%+v %+v", f.Server, f.Timing)
	}
	if n := strings.Join(f.Notes, "; "); n != "net-log in capture mode Default: header fields only, no contents; cookies and authorisations are stripped from the log" {
		t.Error(n)
	}
	f = x.flows[1]
	if b := f.Request.Body; f.Request.URL != "https://app.quinze.test/v2?a=b:c" || !b.Kept || b.Size != 0 || f.Response != nil || !slices.Contains(f.Notes, "no response") || f.Request.Headers[4] != (flow.Field{Name: "x", Value: "y: z"}) {
		t.Errorf("%+v %v", f.Request, f.Notes)
	}
	f = x.flows[2]
	if b := f.Request.Body; f.Protocol != "HTTP/3" || b.Kept || b.Size != -1 || f.Response.Version != "HTTP/3" {
		t.Errorf("%+v %v", f.Request, f.Notes)
	}
}

// HTTP/3 is told by its header fields, also where the log holds bytes.
func TestQUICBesideBytes(t *testing.T) {
	x := read(t, strings.NewReader(log("Everything",
		ev(122, 12, "HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS", 0, params{"headers": []string{":method: GET", ":authority: app.quinze.test", ":scheme: https", ":path: /"}}),
		ev(130, 12, "HTTP_TRANSACTION_READ_RESPONSE_HEADERS", 0, params{"headers": []string{"HTTP/1.1 200"}}),
		ev(131, 12, "URL_REQUEST_JOB_FILTERED_BYTES_READ", 0, passed("hel")),
		ev(132, 12, "URL_REQUEST_JOB_FILTERED_BYTES_READ", 0, passed("lo")),
		ev(133, 12, "REQUEST_ALIVE", 2, nil),
	)), Options{ResponseBodies: true})
	if len(x.flows) != 1 || len(x.damages) != 0 {
		t.Fatalf("%d flows, %v", len(x.flows), x.damages)
	}
	if b := x.flows[0].Response.Body; string(b.Data) != "hello" || !b.Kept || !b.Decoded || !strings.Contains(x.flows[0].Notes[0], "a key log opens them") {
		t.Errorf("%+v %v", b, x.flows[0].Notes)
	}
}

// Connections without an exchange are told of, with the reason.
func TestUnread(t *testing.T) {
	over := ev(200, 5, "SOCKET_ALIVE", 2, nil)
	for _, tt := range []struct {
		name, mode string
		events     []string
		up         int64
		reason     string
	}{
		{"refused", "Everything", []string{connected(5)[3], ev(12, 5, "TCP_CONNECT_ATTEMPT", 2, params{"net_error": -102}), ev(12, 5, "TCP_CONNECT", 2, params{"net_error": -102})}, 0, "not connected (ERR_CONNECTION_REFUSED)"},
		{"unknown error", "Everything", []string{connected(5)[3], ev(12, 5, "TCP_CONNECT", 2, params{"net_error": -7})}, 0, "not connected (net error -7)"},
		{"unanswered", "Everything", connected(5)[:4], 0, "not answered"},
		{"silent", "Everything", connected(5), 0, "opened, and closed without a byte"},
		{"pinned", "Everything", append(connected(5), ev(40, 5, "SSL_CONNECT", 1, nil), ev(60, 5, "SSL_CONNECT", 2, params{"net_error": -202})), 0, "the client refused the certificate (ERR_CERT_AUTHORITY_INVALID)"},
		{"no end of the handshake", "Everything", append(connected(5), ev(40, 5, "SSL_CONNECT", 1, nil)), 0, "the handshake did not end"},
		{"unused", "Everything", secured(5), 0, "no application data"},
		{"no bytes", "Default", append(secured(5), ev(70, 5, "SSL_SOCKET_BYTES_SENT", 0, params{"byte_count": 1400})), 1400, "net-log without bytes"},
		{"no bytes, in the clear", "Default", append(connected(5), ev(70, 5, "SOCKET_BYTES_SENT", 0, params{"byte_count": 140})), 140, "net-log without bytes"},
		{"TLS in TLS", "Everything", append(secured(5), ev(70, 5, "SSL_CONNECT", 1, nil), ev(71, 5, "SSL_CONNECT", 2, nil), ev(72, 5, "SSL_SOCKET_BYTES_SENT", 0, passed(question))), int64(len(question)), "TLS inside of TLS: a net-log does not tell whose bytes are whose"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := read(t, strings.NewReader(log(tt.mode, append(tt.events, over)...)), Options{})
			if len(x.flows) != 1 || len(x.damages) != 0 {
				t.Fatalf("%d flows, %v", len(x.flows), x.damages)
			}
			if f := x.flows[0]; f.Unread == nil || f.Unread.Up != tt.up || f.Unread.Reason != tt.reason || f.Server.Addr.String() != "198.51.100.1:443" {
				t.Errorf("%+v %+v", f, f.Unread)
			}
		})
	}
}

// Behind a proxy the CONNECT is a request of its own, and TLS begins after it.
func TestProxy(t *testing.T) {
	connect := "CONNECT app.quinze.test:443 HTTP/1.1\r\nHost: app.quinze.test:443\r\n\r\n"
	x := read(t, strings.NewReader(log("Everything", append(connected(5)[2:],
		ev(36, 5, "SOCKET_BYTES_SENT", 0, passed(connect)),
		ev(40, 5, "SOCKET_BYTES_RECEIVED", 0, passed("HTTP/1.1 200 OK\r\n\r\n")),
		ev(41, 5, "SSL_CONNECT", 1, nil),
		ev(41, 5, "SOCKET_BYTES_SENT", 0, passed("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")),
		ev(60, 5, "SSL_CONNECT", 2, params{"version": "TLS 1.2"}),
		ev(70, 5, "SSL_SOCKET_BYTES_SENT", 0, passed(question)),
		ev(90, 5, "SSL_SOCKET_BYTES_RECEIVED", 0, passed(reply)),
	)...)), Options{})
	if len(x.flows) != 2 || len(x.damages) != 0 {
		t.Fatalf("%d flows, %v", len(x.flows), x.damages)
	}
	if f := x.flows[0]; f.Request.Method != "CONNECT" || f.TLS != nil || f.Response.Status != 200 {
		t.Errorf("%+v", f.Request)
	}
	if f := x.flows[1]; f.Request.Method != "POST" || f.TLS == nil || f.Server.Name != "app.quinze.test" || f.Timing.TCP.Leg != flow.Inner {
		t.Errorf("%+v %+v %+v", f.Request, f.Server, f.Timing.TCP)
	}
}

// Of what passes a proxy that is reached by TLS, header fields are told if the
// log binds the request to the socket.
func TestSecureProxy(t *testing.T) {
	x := read(t, strings.NewReader(log("Everything", append(secured(5),
		ev(70, 5, "SSL_CONNECT", 1, nil), ev(71, 5, "SSL_CONNECT", 2, nil),
		ev(71, 40, "SOCKET_POOL_BOUND_TO_SOCKET", 0, dependsOn(5)),
		ev(71, 9, "HTTP_STREAM_REQUEST_BOUND_TO_JOB", 0, dependsOn(40)),
		ev(72, 9, "HTTP_TRANSACTION_SEND_REQUEST_HEADERS", 0, params{"headers": []string{"Host: app.quinze.test"}, "line": "GET / HTTP/1.1\r\n"}),
		ev(72, 5, "SSL_SOCKET_BYTES_SENT", 0, passed(question)),
		ev(99, 9, "REQUEST_ALIVE", 2, nil),
	)...)), Options{})
	if len(x.flows) != 1 || len(x.damages) != 0 || x.flows[0].Request == nil || !strings.Contains(x.flows[0].Notes[0], inProxy) {
		t.Fatalf("%d flows, %v", len(x.flows), x.damages)
	}
}

func TestDamage(t *testing.T) {
	good := append(secured(5), ev(70, 5, "SSL_SOCKET_BYTES_SENT", 0, passed(question)), ev(90, 5, "SSL_SOCKET_BYTES_RECEIVED", 0, passed(reply)))
	with := func(line string) string {
		return log("Everything", append(slices.Clone(good[:len(good)-2]), append([]string{line}, good[len(good)-2:]...)...)...)
	}
	for _, tt := range []struct {
		name, text string
		flows      int
		found      string
	}{
		{"a line that is none", with("boo"), 1, `"boo,"`},
		{"an event cut short", with(good[0][:50]), 1, "params"},
		{"an event without a type", with(`{"source":{"id":1}}`), 1, "source"},
		{"bytes that are not base64", with(ev(65, 5, "SSL_SOCKET_BYTES_SENT", 0, params{"byte_count": 3, "bytes": "!!"})), 1, "!!"},
		{"fewer bytes than told", with(ev(65, 6, "SSL_SOCKET_BYTES_SENT", 0, params{"byte_count": 3, "bytes": "AA=="})), 1, "AA=="},
		{"a long line", with(`{"params":{"bytes":"` + strings.Repeat("A", maxLine) + `"}}`), 1, "a line of 16777"},
		{"laid out anew", "{\n \"constants\": {\n  \"logEventTypes\": {\n", 0, "a line of 2 bytes"},
		{"no event types", `{"constants":{},` + "\n", 0, "constants without logEventTypes"},
		{"cut constants", log("")[:100], 0, "a line of 100 bytes"},
		{"no events", strings.Replace(log("Everything"), `"events"`, `"happenings"`, 1), 0, "happenings"},
		{"empty", "", 0, "an empty file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := read(t, strings.NewReader(tt.text), Options{})
			if len(x.flows) != tt.flows || len(x.damages) == 0 || !strings.Contains(x.damages[0].Found, tt.found) || x.damages[0].Remedy == "" {
				t.Errorf("%d flows, %v", len(x.flows), x.damages)
			}
		})
	}
	whole := log("Everything", good...)
	cut := whole[:strings.Index(whole, "],\n\"polledData")]
	x := read(t, strings.NewReader(cut), Options{})
	if len(x.flows) != 1 || len(x.damages) != 1 || !x.damages[0].Missing {
		t.Errorf("%d flows, %v", len(x.flows), x.damages)
	}
	x = read(t, strings.NewReader(cut[:len(cut)-20]), Options{})
	if len(x.flows) != 1 || len(x.damages) != 2 || !strings.Contains(x.damages[0].Remedy, "killed") {
		t.Errorf("%d flows, %v", len(x.flows), x.damages)
	}
	x = read(t, io.MultiReader(strings.NewReader(cut), iotest.ErrReader(errors.New("unplugged"))), Options{})
	if len(x.flows) != 1 || len(x.damages) == 0 || x.damages[0].Found != "unplugged" {
		t.Errorf("%d flows, %v", len(x.flows), x.damages)
	}
	x = read(t, strings.NewReader(with(strings.Repeat("boo\n", 1000))), Options{})
	if n := len(x.damages); len(x.flows) != 1 || n != maxDamage+1 || !strings.Contains(x.damages[n-1].Found, "937 more") {
		t.Errorf("%d flows, %d damages, %v", len(x.flows), n, x.damages[n-1])
	}
}

// More sockets and requests than are held at once are all told of.
func TestMany(t *testing.T) {
	var events []string
	for i := range maxSockets + 100 {
		events = append(events, ev(10, 10*i, "TCP_CONNECT_ATTEMPT", 1, params{"address": "198.51.100.1:443"}),
			ev(11, 10*i+1, "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS", 0, params{"headers": []string{":method: GET", ":authority: a.test", ":scheme: https", ":path: /"}}))
	}
	x := read(t, strings.NewReader(log("Default", events...)), Options{})
	if len(x.flows) != 2*(maxSockets+100) || len(x.damages) != 0 {
		t.Errorf("%d flows, %v", len(x.flows), x.damages)
	}
}

// Requests that together hold too much are told as far as they came.
func TestHeld(t *testing.T) {
	var events []string
	for i := range 6 {
		events = append(events, ev(10, i, "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS", 0, params{"headers": []string{":method: GET", ":authority: a.test", ":scheme: https", ":path: /", "x: " + strings.Repeat("x", 15<<20)}}))
	}
	rd := newReader(Options{})
	rd.started, rd.mute = inEvents, true
	rd.constants.read([]byte(strings.SplitN(log("Default"), "\n", 2)[0][len(`{"constants":`):]))
	told := 0
	for _, e := range events {
		rd.line(line.Line{Text: []byte(e), Length: int64(len(e))})
		if rd.held > maxHeld {
			t.Errorf("%d bytes held", rd.held)
		}
		rd.hand(func(f *flow.Flow, err error) bool { told++; return err == nil })
	}
	if told == 0 {
		t.Error("nothing told early")
	}
	rd.ended = true
	rd.close()
	rd.hand(func(f *flow.Flow, err error) bool { told++; return err == nil })
	if told != len(events) || rd.held != 0 {
		t.Errorf("%d told, %d bytes held", told, rd.held)
	}
}

// What is asked for is not forgotten.
func TestLeads(t *testing.T) {
	var l leads
	l.set(-1, 7)
	for i := range int64(5 * maxLeads) {
		l.set(i, i)
		if to, ok := l.get(-1); i%1000 == 0 && (!ok || to != 7) {
			t.Fatal("forgotten after ", i)
		}
	}
	if _, ok := l.get(0); ok || len(l.now)+len(l.before) > 2*maxLeads {
		t.Errorf("%d and %d held", len(l.now), len(l.before))
	}
}

func TestMatch(t *testing.T) {
	for _, s := range []string{`{"constants":{"a`, "\ufeff{ \"constants\" : {", "{\n\"constants\""} {
		if !Match([]byte(s)) {
			t.Errorf("not matched: %s", s)
		}
	}
	for _, s := range []string{"", "{", `{"log":{"constants":{}}}`, `["constants"`, `{"events":[]}`} {
		if Match([]byte(s)) {
			t.Errorf("matched: %s", s)
		}
	}
}

func TestHostOfGroup(t *testing.T) {
	for group, want := range map[string]string{
		"https://app.quinze.test <https://quinze.test same_site>": "app.quinze.test", "pm/http://App.test:8080 <null>": "app.test",
		"ssl/app.test:443": "app.test", "app.test:80": "app.test", "https://[2001:db8::1]:443 <null>": "2001:db8::1", "https://[2001:db8::1] <null>": "2001:db8::1", "": "",
	} {
		if got := hostOfGroup(group); got != want {
			t.Errorf("%s: %q, want %q", group, got, want)
		}
	}
}

// What is an object to encoding/json is one to members, with the same members.
func TestMembers(t *testing.T) {
	for _, s := range []string{`{}`, `{"a":1,"b":"x\"y\\","c":{"d":[1,{"e":"}"}]},"f":null}`, " { \"a\" : [ ] , \"b\" : true } ", `{"a":"\\\\","b":"\\\""}`} {
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			t.Fatal(err)
		}
		o := members([]byte(s))
		n := 0
		for {
			key, value, ok := o.next()
			if !ok {
				break
			}
			n++
			if string(value) != string(want[string(key)]) {
				t.Errorf("%s: %s is %s, want %s", s, key, value, want[string(key)])
			}
		}
		if o.bad || n != len(want) {
			t.Errorf("%s: %d members, bad %v", s, n, o.bad)
		}
	}
}

// Whatever encoding/json takes for an object, members takes apart alike.
func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"\\\""}],"c":-1.5e3,"d":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		valid := json.Unmarshal(data, &want) == nil && want != nil
		o := members(data)
		got := map[string]string{}
		for {
			key, value, ok := o.next()
			if !ok {
				break
			}
			text(value)
			integer(value)
			got[text(append(append([]byte{'"'}, key...), '"'))] = string(value)
		}
		if !valid {
			return
		}
		if o.bad || len(got) != len(want) || len(bytes.TrimSpace(o.rest())) > 0 {
			t.Fatalf("%d members, want %d, bad %v", len(got), len(want), o.bad)
		}
		for k, v := range want {
			if got[k] != string(v) {
				t.Fatalf("%q is %q, want %q", k, got[k], v)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	events := append(secured(5), ev(70, 5, "SSL_SOCKET_BYTES_SENT", 0, passed(question)), ev(90, 5, "SSL_SOCKET_BYTES_RECEIVED", 0, passed(reply)), ev(99, 5, "SOCKET_ALIVE", 2, nil))
	f.Add([]byte(strings.SplitN(log("Everything", events...), "[\n", 2)[1]), true)
	f.Add([]byte(strings.Join([]string{
		ev(1, 9, "URL_REQUEST_START_JOB", 1, params{"url": "wss://a.test/", "method": "GET"}),
		ev(2, 9, "HTTP_TRANSACTION_SEND_REQUEST_HEADERS", 0, params{"headers": []string{"Host: a.test", "Upgrade: websocket"}, "line": "GET / HTTP/1.1\r\n"}),
		ev(3, 9, "HTTP_TRANSACTION_READ_RESPONSE_HEADERS", 0, params{"headers": []string{"HTTP/1.1 101"}}),
		ev(4, 9, "REQUEST_ALIVE", 2, nil),
		ev(5, 9, "WEBSOCKET_SENT_FRAME_HEADER", 0, params{"opcode": 1, "payload_length": 5}),
		ev(6, 9, "WEBSOCKET_RECV_FRAME_HEADER", 0, params{"opcode": 8, "payload_length": 5}),
		ev(7, 8, "UDP_CONNECT", 1, params{"address": "198.51.100.1:443"}),
		ev(8, 8, "UDP_BYTES_SENT", 0, passed("\xc0\x00\x00\x00\x01")),
	}, ",\n")), false)
	head := strings.SplitN(log("Everything"), "[\n", 2)[0] + "[\n"
	mute := strings.Replace(head, "Everything", "Default", 1)
	f.Fuzz(func(t *testing.T, data []byte, bytesToo bool) {
		text := head
		if !bytesToo {
			text = mute
		}
		x := read(t, io.MultiReader(strings.NewReader(text), bytes.NewReader(data)), Options{ResponseBodies: true, Secrets: keylog.New()})
		for _, f := range x.flows {
			if f.Request == nil && f.Unread == nil && len(f.Messages) == 0 {
				t.Fatalf("%+v", f)
			}
			f.Host()
		}
		again := read(t, io.MultiReader(strings.NewReader(text), bytes.NewReader(data)), Options{ResponseBodies: true, Secrets: keylog.New()})
		if len(again.flows) != len(x.flows) || len(again.damages) != len(x.damages) {
			t.Fatal("the same bytes, other flows")
		}
	})
}
