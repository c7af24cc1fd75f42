package mitm

import (
	"errors"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// all reads a dump whole.
func all(dump string, opt Options) (flows []*flow.Flow, damages []*flow.Damage) {
	for f, err := range Read(strings.NewReader(dump), opt) {
		var d *flow.Damage
		if errors.As(err, &d) {
			damages = append(damages, d)
		} else if err != nil {
			panic(err)
		} else {
			flows = append(flows, f)
		}
	}
	return flows, damages
}

func one(t *testing.T, dump string, opt Options) *flow.Flow {
	t.Helper()
	flows, damages := all(dump, opt)
	if len(flows) != 1 || len(damages) != 0 {
		t.Fatalf("%d flows, damages %v; want one flow", len(flows), damages)
	}
	return flows[0]
}

func moment(ms int) time.Time { return time.Unix(1700000000, int64(ms)*1e6).UTC() }

// TestVersions writes one exchange in every version and wants one flow.
func TestVersions(t *testing.T) {
	for _, v := range every() {
		t.Run(v.String(), func(t *testing.T) {
			dump := sample(v.major, v.minor)
			if !Match([]byte(dump)) {
				t.Error("not matched")
			}
			var wrote string
			f := one(t, dump, Options{ResponseBodies: true, Wrote: func(c string) { wrote += c }})
			if !strings.HasPrefix(wrote, "mitmproxy dump version "+v.String()) {
				t.Errorf("creator %q", wrote)
			}
			q, r := f.Request, f.Response
			if f.Kind != flow.HTTP || f.Protocol != "HTTP/1.1" || len(f.Notes) != 0 {
				t.Errorf("kind %q, protocol %q, notes %q", f.Kind, f.Protocol, f.Notes)
			}
			if q.Method != "POST" || q.URL != "https://app.quinze.test:8443/v1/log?x=1" || q.Host != "app.quinze.test" || len(q.Headers) != 2 {
				t.Errorf("request %+v", q)
			}
			if !q.Body.Kept || string(q.Body.Data) != "\x00\xffbody" || q.Body.Decoded || q.Body.Size != 6 {
				t.Errorf("body %+v", q.Body)
			}
			if r.Status != 200 || string(r.Body.Data) != "ok" {
				t.Errorf("response %+v", r)
			}
			for _, at := range []struct {
				is   flow.Provenance
				want string
			}{{q.Body.Source, "\x00\xffbody"}, {q.URLAt, "/v1/log?x=1"}, {r.Body.Source, "ok"}, {f.Source, dump}} {
				if got := dump[at.is.Offset : at.is.Offset+at.is.Length]; got != at.want {
					t.Errorf("source leads to %q, want %q", got, at.want)
				}
			}
			if f.Server.Name != "app.quinze.test" || f.Client.Addr != netip.MustParseAddrPort("192.0.2.7:51234") {
				t.Errorf("server %v, client %v", f.Server, f.Client)
			}
			if want := netip.MustParseAddrPort("198.51.100.9:8443"); f.Server.Addr != want && !(v.minor >= 0 && v.before(0, 17)) {
				t.Errorf("server address %v", f.Server.Addr)
			}
			if f.TLS == nil || f.TLS.SNI != "app.quinze.test" || len(f.TLS.Certificates) != 1 {
				t.Errorf("TLS %+v", f.TLS)
			} else if v.minor < 0 && (f.TLS.Version != "TLS 1.3" || f.TLS.ALPN != "h2") {
				t.Errorf("TLS %+v", f.TLS)
			}
			tm := f.Timing
			if tm.Start != moment(10) || tm.Sent != moment(70) || tm.Answered != moment(110) || tm.End != moment(120) {
				t.Errorf("times %+v", tm)
			}
			for _, r := range []struct {
				is   *flow.RTT
				want time.Duration
			}{{tm.TCP, 12 * time.Millisecond}, {tm.TLS, 28 * time.Millisecond}, {tm.FirstByte, 40 * time.Millisecond}} {
				if r.is == nil || r.is.D != r.want || r.is.Leg != flow.Outer || r.is.Resolution != time.Microsecond {
					t.Errorf("round trip %+v, want %v", r.is, r.want)
				}
			}
		})
	}
}

// TestMixed reads versions appended to each other, in which the handshake of
// a connection is told once.
func TestMixed(t *testing.T) {
	flows, damages := all(sample(0, 11)+sample(7, -1)+sample(21, -1)+sample(21, -1), Options{})
	if len(flows) != 4 || len(damages) != 0 {
		t.Fatalf("%d flows, %v", len(flows), damages)
	}
	for i, f := range flows {
		if f.Index != i {
			t.Errorf("flow %d has index %d", i, f.Index)
		}
		if told := f.Timing.TCP != nil; told != (i < 2) { // 7 and 21 share id s-1
			t.Errorf("flow %d: handshake told %v", i, told)
		}
		if f.Response.Body.Kept || f.Response.Body.Size != 2 || f.Response.Body.Source.Length != 2 {
			t.Errorf("response body not asked for: %+v", f.Response.Body)
		}
	}
}

// edit replaces members of a version 20 flow.
func edit(members ...any) string {
	base := dict{"type", "http", "id", "f", "version", 20, "error", nil, "metadata", dict{}, "is_replay", nil, "websocket", nil, "backup", nil,
		"client_conn", dict{"id", "c", "peername", list{"192.0.2.7", 1}},
		"server_conn", server(),
		"request", request(), "response", nil}
	for i := 0; i < len(members); i += 2 {
		base = with(base, members[i].(string), members[i+1])
	}
	return encode(base, false)
}

func with(d dict, members ...any) dict {
	d = slices.Clone(d)
next:
	for i := 0; i < len(members); i += 2 {
		for j := 0; j < len(d); j += 2 {
			if d[j] == members[i] {
				d[j+1] = members[i+1]
				continue next
			}
		}
		d = append(d, members[i], members[i+1])
	}
	return d
}

func server(members ...any) dict {
	return with(dict{"id", "s", "address", list{"log.quinze.test", 80}, "peername", list{"127.0.0.2", 80}, "timestamp_start", at(1), "timestamp_tcp_setup", at(2),
		"timestamp_tls_setup", nil, "via", nil, "tls", false}, members...)
}

func request(members ...any) dict {
	return with(dict{"method", []byte("GET"), "scheme", []byte("http"), "host", "log.quinze.test", "port", 80, "path", []byte("/a"), "authority", []byte(""),
		"http_version", []byte("HTTP/1.1"), "headers", list{}, "content", []byte(""), "timestamp_start", at(3), "timestamp_end", at(4), "trailers", nil}, members...)
}

func field(name, value string) list { return list{[]byte(name), []byte(value)} }

func TestURL(t *testing.T) {
	for name, c := range map[string]struct {
		request dict
		url     string
		host    string
	}{
		"address only":           {request("host", "192.0.2.9"), "http://192.0.2.9/a", "192.0.2.9"},
		"host field":             {request("host", "192.0.2.9", "headers", list{field("HOST", "a.test")}), "http://a.test/a", "a.test"},
		"host field with port":   {request("headers", list{field("host", "a.test:81")}), "http://a.test:81/a", "a.test"},
		"authority":              {request("authority", []byte("b.test"), "headers", list{field("host", "a.test")}), "http://b.test/a", "b.test"},
		"default port":           {request("scheme", []byte("https"), "port", 443, "headers", list{field("host", "a.test:443")}), "https://a.test/a", "a.test"},
		"IPv6":                   {request("host", "2001:db8::1", "port", 8080), "http://[2001:db8::1]:8080/a", "2001:db8::1"},
		"IPv6 host field":        {request("headers", list{field("host", "[2001:db8::1]")}), "http://[2001:db8::1]/a", "2001:db8::1"},
		"host field of nonsense": {request("headers", list{field("host", "a b/c")}), "http://log.quinze.test/a", "log.quinze.test"},
		"options of the server":  {request("method", []byte("OPTIONS"), "path", []byte("*")), "http://log.quinze.test", "log.quinze.test"},
		"connect":                {request("method", []byte("CONNECT"), "path", []byte(""), "scheme", []byte(""), "port", 443), "https://log.quinze.test", "log.quinze.test"},
	} {
		f := one(t, edit("request", c.request), Options{})
		if f.Request.URL != c.url || f.Request.Host != c.host {
			t.Errorf("%s: %s, host %s; want %s, host %s", name, f.Request.URL, f.Request.Host, c.url, c.host)
		}
	}
}

func TestWeaknesses(t *testing.T) {
	response := dict{"status_code", 200, "headers", list{field("Content-Length", "5000")}, "content", nil, "timestamp_start", at(9)}
	unconnected := server("peername", nil, "timestamp_start", nil, "timestamp_tcp_setup", nil)
	for name, c := range map[string]struct {
		dump  string
		check func(f *flow.Flow) bool
	}{
		"streamed request": {edit("request", request("content", nil, "headers", list{field("Content-Length", "77")})), func(f *flow.Flow) bool {
			return !f.Request.Body.Kept && f.Request.Body.Size == 77 && slices.Contains(f.Notes, "request body streamed through: not kept")
		}},
		"streamed request of unknown size": {edit("request", request("content", nil)), func(f *flow.Flow) bool { return f.Request.Body.Size == -1 }},
		"empty body":                       {edit(), func(f *flow.Flow) bool { return f.Request.Body.Kept && f.Request.Body.Size == 0 }},
		"streamed response": {edit("response", response), func(f *flow.Flow) bool {
			return !f.Response.Body.Kept && f.Response.Body.Size == 5000
		}},
		"refused": {edit("error", dict{"msg", "refused"}, "server_conn", server("peername", nil, "timestamp_tcp_setup", nil)), func(f *flow.Flow) bool {
			return slices.Contains(f.Notes, NoteNeverSent) && slices.Contains(f.Notes, "mitmproxy: refused") && f.Timing.FirstByte == nil && f.Timing.TCP == nil
		}},
		"cut connection": {edit("error", dict{"msg", "reset"}), func(f *flow.Flow) bool {
			return !slices.Contains(f.Notes, NoteNeverSent) && slices.Contains(f.Notes, "mitmproxy: reset")
		}},
		"answered by a script": {edit("response", response, "server_conn", unconnected), func(f *flow.Flow) bool {
			return slices.Contains(f.Notes, NoteNeverSent) && f.Timing.FirstByte == nil
		}},
		"server replay": {edit("is_replay", "response", "response", response), func(f *flow.Flow) bool { return slices.Contains(f.Notes, NoteNeverSent) }},
		"client replay": {edit("is_replay", "request"), func(f *flow.Flow) bool { return slices.Contains(f.Notes, NoteReplayed) }},
		"changed":       {edit("backup", dict{"id", "x"}), func(f *flow.Flow) bool { return len(f.Notes) == 1 }},
		"upstream proxy": {edit("server_conn", server("via", list{"http", list{"proxy.test", 3128}})), func(f *flow.Flow) bool {
			return f.Timing.TCP == nil && !f.Server.Addr.IsValid() && len(f.Notes) == 1
		}},
		"upstream proxy before 10": {edit("version", 7, "server_conn", server("via", server("address", list{"proxy.test", 3128}))), func(f *flow.Flow) bool {
			return f.Timing.TCP == nil && !f.Server.Addr.IsValid() && len(f.Notes) == 1
		}},
		"via that is the server itself": {edit("version", 7, "server_conn", server("via", server())), func(f *flow.Flow) bool { return f.Timing.TCP != nil }},
		"clock went back":               {edit("server_conn", server("timestamp_tcp_setup", at(0))), func(f *flow.Flow) bool { return f.Timing.TCP == nil }},
		"QUIC": {edit("server_conn", server("timestamp_tcp_setup", nil, "timestamp_tls_setup", at(9), "tls_version", "QUICv1")), func(f *flow.Flow) bool {
			return f.Timing.TCP == nil && f.Timing.TLS == nil && f.Timing.Connect.D == 8*time.Millisecond && f.TLS.Version == "TLS 1.3"
		}},
		"whole seconds": {edit("request", request("timestamp_start", 1700000000)), func(f *flow.Flow) bool { return f.Timing.Start == moment(0) }},
		"newer":         {edit("version", 22, "invented", list{dict{}}), func(f *flow.Flow) bool { return len(f.Notes) == 1 && strings.Contains(f.Notes[0], "newer") }},
		"unknown type":  {edit("type", "carrier pigeon", "version", 22), func(f *flow.Flow) bool { return f.Kind == flow.Opaque && f.Unread.Up == -1 }},
	} {
		if f := one(t, c.dump, Options{ResponseBodies: true}); !c.check(f) {
			t.Errorf("%s: %+v, timing %+v", name, f, f.Timing)
		}
	}
}

func TestMatch(t *testing.T) {
	for text, want := range map[string]bool{
		"1383:7:version;2:10#": true, "90:7:version,": true, "1383:": true, "1383:7": true, "1383:7:ver": true,
		"": false, "12": false, ":": false, "{\"log\":": false, "12:34:56 started": false, "9999999999999:7:version;": false,
		"5:7:version;": false, "7:hello,": false, "99:3:A B;": false, "PK\x03\x04": false,
	} {
		if got := Match([]byte(text)); got != want {
			t.Errorf("Match(%q) = %v", text, got)
		}
	}
}

// claim is a reader that serves a dump with one enormous value in it.
func claim(before string, n int64, after string) io.Reader {
	return io.MultiReader(strings.NewReader(before), io.LimitReader(zeros{}, n), strings.NewReader(after))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestLarge reads a response far larger than what may be kept.
func TestLarge(t *testing.T) {
	const n = 300 << 20
	mark := "\x01here\x02"
	dump := edit("response", dict{"status_code", 200, "headers", list{}, "content", []byte(mark)})
	// Grow the lengths around the content by hand: outermost, response, content.
	resp := encode(dict{"status_code", 200, "headers", list{}, "content", []byte(mark)}, false)
	payload := resp[strings.IndexByte(resp, ':')+1 : len(resp)-1]
	grownPayload := strings.Replace(payload, "6:"+mark, itoa64(n)+":"+mark, 1)
	grown := itoa64(int64(len(grownPayload))+n-int64(len(mark))) + ":" + grownPayload + "}"
	body := strings.Replace(dump[strings.IndexByte(dump, ':')+1:], resp, grown, 1)
	whole := itoa64(int64(len(body))-1+n-int64(len(mark))) + ":" + body
	before, after, _ := strings.Cut(whole, mark)
	for _, keep := range []bool{false, true} {
		var m0, m1 runtime.MemStats
		runtime.ReadMemStats(&m0)
		count := 0
		for f, err := range Read(claim(before, n, after), Options{ResponseBodies: keep}) {
			if err != nil {
				t.Fatal(err)
			}
			count++
			if f.Response.Body.Kept || f.Response.Body.Size != n || keep != (len(f.Notes) == 1) {
				t.Fatalf("size %d, notes %q", f.Response.Body.Size, f.Notes)
			}
		}
		if count != 1 {
			t.Fatalf("%d flows", count)
		}
		runtime.ReadMemStats(&m1)
		allocated := m1.TotalAlloc - m0.TotalAlloc
		if allocated > 4<<20 {
			t.Errorf("keep %v: %d bytes allocated for one flow", keep, allocated)
		}
	}
}

func itoa64(n int64) string { return strconv.FormatInt(n, 10) }
