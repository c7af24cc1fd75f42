package netlog

import (
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/capture/line"
	"github.com/constat/constat/flow"
)

// Bounds on one request.
const (
	maxFields   = 1000
	maxField    = 256 << 10 // bytes
	maxMessages = 10_000
	messageSize = 256 // bytes that one holds, about
)

// request is a request of the browser, of which the log tells the header
// fields.
type request struct {
	rd     *reader
	id     int64
	url    string
	method string
	upload int64      // bytes, -1 if unknown
	has    bool       // there is something to upload
	f      *flow.Flow // nil: it did not leave so far, or somebody else tells
	quic   bool
	sent   time.Time
	held   int64 // of maxHeld
}

// hold books n bytes for the request. When all hold too much, the oldest are
// told as far as they came.
func (q *request) hold(n int64, at time.Time) {
	q.held += n
	q.rd.held += n
	if q.rd.held <= maxHeld {
		return
	}
	for _, id := range sorted(q.rd.requests) {
		q.rd.requests[id].finish(at)
		if q.rd.held <= maxHeld/2 {
			return
		}
	}
}

// request lets an event of a request have its effect.
func (rd *reader) request(e *event) {
	const end = 2
	q := rd.requests[e.source]
	if e.kind == requestAlive {
		// A request for a WebSocket is over for the browser when the answer is
		// there; frames follow under its number.
		if q != nil && e.phase == end && (q.f == nil || q.f.Kind != flow.WebSocket || q.f.Response == nil) {
			q.finish(e.at)
			delete(rd.requests, e.source)
		}
		return
	}
	if q == nil {
		if len(rd.requests) >= maxRequests {
			oldest := e.source
			for id := range rd.requests {
				oldest = min(oldest, id)
			}
			if x := rd.requests[oldest]; x != nil {
				x.finish(e.at)
				delete(rd.requests, oldest)
			}
		}
		q = &request{rd: rd, id: e.source}
		rd.requests[e.source] = q
	}
	switch e.kind {
	case startJob:
		if e.phase != end {
			q.finish(e.at) // a redirect
			q.url, q.method, q.upload, q.has = text(member(e.params, "url")), text(member(e.params, "method")), 0, false
		}
	case uploadInit:
		q.has, q.upload = true, -1
		if n, ok := integer(member(e.params, "total_size")); ok && string(member(e.params, "is_chunked")) != "true" {
			q.upload = n
		}
	case sendHeaders:
		q.send(e, "HTTP/1.1")
	case sendHeaders2:
		q.send(e, "HTTP/2")
	case sendHeaders3:
		q.send(e, "HTTP/3")
	case readHeaders:
		q.answer(e)
	case readBody:
		q.read(e)
	case frameSent:
		q.frame(e, true)
	case frameReceived:
		q.frame(e, false)
	}
}

// send begins a flow, if nobody reads the bytes of the request itself.
func (q *request) send(e *event, version string) {
	q.finish(e.at)
	q.quic = version == "HTTP/3"
	s := q.rd.socketOf(q.id)
	if q.rd.bytes && !q.quic && (s == nil || s.layers < 2) {
		return
	}
	r := &flow.Request{Method: q.method, URL: q.url, Version: version, Headers: fields(member(e.params, "headers"))}
	if l := text(member(e.params, "line")); l != "" {
		method, rest, _ := strings.Cut(strings.TrimSpace(l), " ")
		target, v, _ := strings.Cut(rest, " ")
		r.Method, r.Version = method, v
		if r.URL == "" {
			r.URL = "http://" + flow.Header(r.Headers, "host") + target
		}
	}
	if host := flow.Header(r.Headers, ":authority"); host != "" {
		r.Method = flow.Header(r.Headers, ":method")
		r.Host, r.URL = host, flow.Header(r.Headers, ":scheme")+"://"+host+flow.Header(r.Headers, ":path")
	} else {
		r.Host = flow.Header(r.Headers, "host")
	}
	r.Host = withoutPort(r.Host)
	switch {
	case q.has && q.upload != 0:
		r.Body = flow.Body{Size: q.upload}
	default:
		r.Body = flow.Body{Kept: true}
	}
	f := &flow.Flow{
		Kind: flow.HTTP, Protocol: version, Request: r, Timing: flow.Timing{Start: e.at}, App: q.rd.app,
		Source: flow.Provenance{Offset: e.offset, Length: e.length, Frame: q.rd.number},
	}
	if flow.Header(r.Headers, ":protocol") == "websocket" || strings.EqualFold(flow.Header(r.Headers, "upgrade"), "websocket") {
		f.Kind, f.Protocol = flow.WebSocket, "websocket"
		if after, ok := strings.CutPrefix(r.URL, "ws"); ok {
			r.URL = "http" + after // as it is sent
		}
	}
	if q.quic {
		if id, ok := q.rd.leads.get(q.id); ok && q.rd.sessions[id] != nil {
			q.rd.sessions[id].channel(f)
		}
	} else if s != nil {
		i := s.info()
		f.Client, f.Server, f.TLS = i.Client, i.Server, i.TLS
		if !s.told {
			f.Timing.TCP, f.Timing.TLS = i.Timing.TCP, i.Timing.TLS
		}
		s.told = true
	}
	f.Notes = q.rd.weakness(r, q.quic)
	q.f, q.sent = f, e.at
	q.hold(e.length, e.at)
}

// weakness says what the log lacks of a request.
func (rd *reader) weakness(r *flow.Request, quic bool) (notes []string) {
	mode := rd.mode
	if mode == "" {
		mode = "unknown"
	}
	switch {
	case quic && rd.bytes:
		notes = append(notes, "net-log: of HTTP/3 the header fields only; contents are encrypted in it, a key log opens them")
	case rd.bytes:
		notes = append(notes, "net-log: "+inProxy+", so header fields only")
	default:
		notes = append(notes, "net-log in capture mode "+mode+": header fields only, no contents")
	}
	for _, f := range r.Headers {
		if strings.HasSuffix(f.Value, "were stripped]") { // net/http/http_log_util.cc
			return append(notes, "cookies and authorisations are stripped from the log")
		}
	}
	if rd.mode == "Default" {
		notes = append(notes, "cookies and authorisations are stripped from the log")
	}
	return notes
}

// answer takes the header fields of a response.
func (q *request) answer(e *event) {
	if q.f == nil {
		return
	}
	list := fields(member(e.params, "headers"))
	if len(list) == 0 {
		return
	}
	// The first is the status line, in all versions of HTTP.
	status := strings.TrimSpace(list[0].Name + " " + list[0].Value)
	version, rest, _ := strings.Cut(status, " ")
	code, _, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(code)
	if err != nil || n < 200 && n != 101 {
		return
	}
	if q.f.Request.Version != "HTTP/1.1" {
		version = q.f.Request.Version
	}
	q.f.Response = &flow.Response{Status: n, Version: line.Clip(version, maxText), Headers: list[1:], Body: flow.Body{Size: -1}}
	q.f.Timing.Answered = e.at
	defer q.hold(e.length, e.at)
	if d := e.at.Sub(q.sent); !e.at.IsZero() && !q.sent.IsZero() && d >= 0 {
		q.f.Timing.FirstByte = &flow.RTT{D: d, Resolution: step, Leg: flow.Direct, Basis: "net-log, request headers to response headers"}
	}
}

// read takes contents of a response, as decoded by the browser.
func (q *request) read(e *event) {
	if q.f == nil || q.f.Response == nil || !q.rd.opt.ResponseBodies {
		return
	}
	b, n, ok := q.rd.content(e)
	body := &q.f.Response.Body
	room := maxResponse - len(body.Data)
	switch {
	case !ok || body.Cut > 0 || len(b) > room:
		body.Cut += n
	default:
		body.Kept, body.Decoded = true, true
		body.Data = append(body.Data, b...)
		q.hold(int64(len(b)), e.at)
	}
}

// frame takes the size of a WebSocket frame. Contents are never in the log.
func (q *request) frame(e *event, up bool) {
	if q.f == nil {
		return
	}
	q.f.Kind, q.f.Protocol = flow.WebSocket, "websocket"
	n, ok := integer(member(e.params, "payload_length"))
	if !ok {
		n = -1
	}
	opcode, _ := integer(member(e.params, "opcode"))
	if opcode >= 8 { // RFC 6455, 5.5: control frames
		if opcode == 8 && !up {
			q.finish(e.at)
			delete(q.rd.requests, q.id)
		}
		return
	}
	if len(q.f.Messages) >= maxMessages {
		return
	}
	q.f.Messages = append(q.f.Messages, flow.Message{Time: e.at, FromClient: up, Text: opcode == 1, Body: flow.Body{Size: n}})
	q.hold(messageSize, e.at)
}

// finish emits the flow of the request, if there is one.
func (q *request) finish(at time.Time) {
	f := q.f
	if f == nil {
		return
	}
	q.f = nil
	held := q.held
	q.rd.held -= held
	q.held = 0
	f.Timing.End = at
	if f.Response == nil {
		f.Notes = append(f.Notes, "no response")
	}
	if q.quic && q.rd.quic != nil && len(q.rd.apart) < maxRequests && q.rd.held+held < maxHeld/2 {
		q.rd.held += held // until the end
		q.rd.apart = append(q.rd.apart, f)
		return
	}
	q.rd.emit(f)
}

// fields are the header fields in an array of "name: value".
func fields(b []byte) (list []flow.Field) {
	for o := elements(b); len(list) < maxFields; {
		_, value, ok := o.next()
		if !ok {
			break
		}
		s := text(value)
		if len(s) > maxField {
			s = s[:maxField]
		}
		i := strings.IndexByte(s[min(1, len(s)):], ':') + 1 // ":method: GET"
		if i <= 0 {
			list = append(list, flow.Field{Name: s})
			continue
		}
		list = append(list, flow.Field{Name: s[:i], Value: strings.TrimSpace(s[i+1:])})
	}
	return list
}

// withoutPort is the host of an authority.
func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.Trim(host, "[]")
}
