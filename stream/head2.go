package stream

import (
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
)

func (h *http2) request(s *stream2, at Mark, fields []flow.Field) {
	s.open[Up] = true
	h.c.request(s.x, "HTTP/2", at, fields)
}

func (h *http2) response(s *stream2, at Mark, fields []flow.Field) {
	s.open[Down] = true
	s.ws = h.c.response(s.x, "HTTP/2", at, fields)
}

// request takes the head of a request in HTTP/2 or HTTP/3, whose control data
// are pseudo-header fields (RFC 9113, 8.3.1; RFC 9114, 4.3.1).
func (c *Conn) request(x *exchange, version string, at Mark, fields []flow.Field) {
	x.done[Up] = false
	r := &flow.Request{Version: version, Headers: fields, URLAt: flow.Provenance{Frame: at.Frame}}
	r.Method = flow.Header(fields, ":method")
	authority := flow.Header(fields, ":authority")
	if authority == "" {
		authority = flow.Header(fields, "host")
	}
	if r.Method == "CONNECT" && flow.Header(fields, ":protocol") == "" {
		r.URL = authority
	} else {
		r.URL = c.url(flow.Header(fields, ":scheme"), authority, flow.Header(fields, ":path"))
	}
	if r.Host = hostOf(authority); r.Host == "" {
		r.Host = hostOf(c.serverName())
	}
	x.f.Request = r
	c.begin(x, Up, length(fields))
}

// response takes the head of a final response in HTTP/2 or HTTP/3. If it
// accepts a WebSocket (RFC 8441, RFC 9220), that is returned.
func (c *Conn) response(x *exchange, version string, at Mark, fields []flow.Field) *webSocket {
	r := &flow.Response{Version: version, Headers: fields}
	r.Status, _ = strconv.Atoi(flow.Header(fields, ":status"))
	x.f.Response = r
	x.f.Timing.Answered = at.Time
	if q := x.f.Request; q == nil || r.Status/100 != 2 || flow.Header(q.Headers, ":protocol") != "websocket" {
		c.begin(x, Down, length(fields))
		return nil
	}
	early := x.f.Request.Body // frames sent before the answer
	x.f.Request.Body = flow.Body{}
	ws := newWebSocket(c, x)
	c.read[Up] -= int64(len(early.Data))
	_ = ws.data(Up, Mark{Time: at.Time, Offset: early.Source.Offset, Frame: early.Source.Frame}, early.Data)
	return ws
}

// interim tells whether the fields are those of a 1xx response.
func interim(fields []flow.Field) bool {
	status := flow.Header(fields, ":status")
	return len(status) == 3 && status[0] == '1'
}

// length is what a Content-Length field says, -1 without one.
func length(fields []flow.Field) int64 {
	if n, err := strconv.ParseInt(strings.TrimSpace(flow.Header(fields, "content-length")), 10, 64); err == nil && n >= 0 {
		return n
	}
	return -1
}
