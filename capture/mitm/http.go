package mitm

import (
	"net"
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
)

// finish makes the flow whole from what its members said. It returns false if
// there is no flow to give.
func (rd *reader) finish(rec *record) bool {
	f := rec.flow
	rec.endpoints()
	switch rec.kind {
	case "http":
		if !rec.request.whole() {
			rd.complain(&flow.Damage{Offset: f.Source.Offset, Expected: "an HTTP flow with a request", Found: "none",
				Remedy: "the flow was left out; record the dump again"})
			return false
		}
		rec.http()
	case "websocket":
		rec.orphan()
	case "tcp", "udp":
		rec.stream()
	case "dns":
		rec.lookup(rd.scanner)
	default:
		f.Kind = flow.Opaque
		f.Unread = &flow.Unread{Up: -1, Down: -1, Reason: "mitmproxy flow of unknown type " + strconv.Quote(rec.kind)}
	}
	rec.lostMessages()
	rec.weaknesses()
	rec.times()
	if !rec.neverSent() {
		rd.handshakeTimes(rec)
	}
	return true
}

// http fills an HTTP flow, which is a WebSocket one if it holds messages or an
// answered upgrade.
func (rec *record) http() {
	f := rec.flow
	f.Kind = flow.HTTP
	f.Request = rec.httpRequest()
	f.Protocol = protocol(f.Request.Version)
	if m := &rec.response; m.present {
		f.Response = &flow.Response{Version: m.httpVersion(), Headers: m.headers, Trailer: m.trailer, Body: m.body}
		if n := m.member["status_code"].integer(); n > 0 && n < 1000 {
			f.Response.Status = int(n)
		}
		if m.body.Size < 0 {
			f.Response.Body.Size = contentLength(m.headers)
		}
	}
	if f.Kind = flow.HTTP; rec.upgraded || len(f.Messages) > 0 {
		f.Kind, f.Protocol = flow.WebSocket, "websocket"
	}
	if f.Server.Name == "" && !f.Server.Addr.IsValid() {
		host, port := rec.request.host()
		f.Server.Name, f.Server.Addr = address{host, port}.name(), address{host, port}.ip()
	}
}

func (rec *record) httpRequest() *flow.Request {
	m := &rec.request
	q := &flow.Request{Method: m.text("method"), Version: m.httpVersion(), Headers: m.headers, Trailer: m.trailer, Body: m.body}
	path := m.member["path"]
	if path.data != nil {
		q.URLAt = flow.Provenance{Offset: path.at, Length: int64(len(path.data))}
	}
	scheme := strings.ToLower(m.text("scheme"))
	a := m.target()
	q.Host = a.host
	if q.Method == "CONNECT" || m.text("first_line_format") == "authority" {
		// A tunnel asked of the proxy, which did not come about.
		rec.note("CONNECT is a request to mitmproxy itself")
		q.URL = "https://" + a.authority("https")
		return q
	}
	if scheme == "" {
		scheme = "http"
		if a.port == 443 {
			scheme = "https"
		}
	}
	q.URL = scheme + "://" + a.authority(scheme)
	if p := path.text(); p != "*" { // "OPTIONS *" asks of the server, not a path
		if !strings.HasPrefix(p, "/") {
			p = "/" + p
		}
		q.URL += p
	}
	if m.body.Size < 0 {
		rec.note("request body streamed through: not kept")
		q.Body.Size = contentLength(m.headers)
	}
	return q
}

// target is the authority that the client asked for: the :authority of HTTP/2
// and 3, else the Host field, else where mitmproxy sent it.
func (m *message) target() address {
	sent := m.address()
	for _, named := range []string{m.text("authority"), flow.Header(m.headers, "host")} {
		if a, ok := splitAuthority(named); ok {
			if a.port == 0 && defaultPort(m.text("scheme")) == 0 {
				a.port = sent.port
			}
			return a
		}
	}
	return sent
}

// splitAuthority reads host and port (RFC 3986, 3.2); ok is false for what
// cannot be one.
func splitAuthority(s string) (a address, ok bool) {
	s = s[strings.LastIndexByte(s, '@')+1:]
	host, port := s, ""
	if rest, bracket := strings.CutPrefix(s, "["); bracket {
		host, port, ok = strings.Cut(rest, "]")
		if !ok || address.name(address{host: host}) != "" {
			return address{}, false
		}
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		host, port = s[:i], s[i:]
	}
	if host == "" || strings.ContainsAny(host, "/?#\\ \t\r\n\x00<>\"") {
		return address{}, false
	}
	a.host = host
	if port != "" && port != ":" {
		n, err := strconv.ParseUint(strings.TrimPrefix(port, ":"), 10, 16)
		if err != nil || port[0] != ':' {
			return address{}, false
		}
		a.port = uint16(n)
	}
	return a, true
}

// authority writes the address as in a URL, without a port that scheme
// implies.
func (a address) authority(scheme string) string {
	if a.port == 0 || a.port == defaultPort(scheme) {
		if strings.Contains(a.host, ":") {
			return "[" + a.host + "]"
		}
		return a.host
	}
	return net.JoinHostPort(a.host, itoa(a.port))
}

func defaultPort(scheme string) uint16 {
	switch strings.ToLower(scheme) {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	}
	return 0
}

func itoa(port uint16) string { return strconv.Itoa(int(port)) }

// httpVersion returns "HTTP/1.1", which versions before 0.14 keep as (1, 1).
func (m *message) httpVersion() string {
	v := m.member["http_version"]
	if v.tag != ']' {
		return v.text()
	}
	name := "HTTP/"
	for i := 0; ; i++ {
		part, _, ok := v.next()
		if !ok || i == 2 {
			return name
		}
		if i > 0 {
			name += "."
		}
		name += strconv.FormatInt(part.integer(), 10)
	}
}

// protocol gives a version its one name.
func protocol(version string) string {
	switch version {
	case "HTTP/2.0", "HTTP/2":
		return "HTTP/2"
	case "HTTP/3", "HTTP/3.0":
		return "HTTP/3"
	}
	return version
}

func contentLength(headers []flow.Field) int64 {
	n, err := strconv.ParseInt(flow.Header(headers, "content-length"), 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// neverSent reports whether no byte of the request can have reached a server:
// no connection was made, or the flow failed while making it.
func (rec *record) neverSent() bool {
	return !rec.server.connected() || rec.kind == "http" && rec.failure != "" && !rec.response.present &&
		rec.server.tcp.IsZero() && rec.server.tlsSetup.IsZero()
}

// weaknesses notes what did not reach the server as the app sent it.
func (rec *record) weaknesses() {
	if rec.kind == "http" || rec.kind == "websocket" {
		switch {
		case rec.replay == "response":
			rec.note("answered by mitmproxy from a recording")
			rec.note(NoteNeverSent)
		case rec.neverSent() && rec.routed: // else cut off before the connection was told
			rec.note(NoteNeverSent)
		}
		if rec.replay == "request" || rec.request.member["is_replay"].yes() {
			rec.note(NoteReplayed)
		}
	}
	if rec.failure != "" {
		rec.note("mitmproxy: " + rec.failure)
	}
}

// times sets the clocks of the exchange.
func (rec *record) times() {
	t, q, r := &rec.flow.Timing, &rec.request, &rec.response
	t.Start, t.Sent = q.start(), q.end()
	t.Answered, t.End = r.start(), r.end()
	if rec.kind == "dns" {
		t.Start, t.Sent = q.member["timestamp"].time(), q.member["timestamp"].time()
		t.Answered, t.End = r.member["timestamp"].time(), r.member["timestamp"].time()
	}
	if t.Start.IsZero() && len(rec.flow.Messages) > 0 {
		t.Start = rec.flow.Messages[0].Time
	}
	if t.Start.IsZero() {
		t.Start = rec.created
	}
	if t.Start.IsZero() {
		t.Start = rec.client.start
	}
	if rec.flow.Kind != flow.HTTP && rec.kind != "dns" {
		if !rec.closed.IsZero() {
			t.End = rec.closed
		} else if n := len(rec.flow.Messages); n > 0 {
			t.End = rec.flow.Messages[n-1].Time
		}
	}
	if rec.kind == "http" && rec.replay != "response" && !rec.neverSent() {
		t.FirstByte = outer(t.Sent, t.Answered, "mitmproxy response.timestamp_start - request.timestamp_end")
	}
}
