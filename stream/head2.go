package stream

import (
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
)

func (h *http2) request(s *stream2, at Mark, fields []flow.Field) {
	s.open[Up], s.x.done[Up] = true, false
	r := &flow.Request{Version: "HTTP/2", Headers: fields, URLAt: flow.Provenance{Frame: at.Frame}}
	r.Method = flow.Header(fields, ":method")
	authority := flow.Header(fields, ":authority")
	if authority == "" {
		authority = flow.Header(fields, "host")
	}
	if r.Method == "CONNECT" && flow.Header(fields, ":protocol") == "" {
		r.URL = authority
	} else {
		r.URL = h.c.url(flow.Header(fields, ":scheme"), authority, flow.Header(fields, ":path"))
	}
	if r.Host = hostOf(authority); r.Host == "" {
		r.Host = hostOf(h.c.serverName())
	}
	s.x.f.Request = r
	h.c.begin(s.x, Up, length(fields))
}

func (h *http2) response(s *stream2, at Mark, fields []flow.Field) {
	s.open[Down] = true
	x := s.x
	r := &flow.Response{Version: "HTTP/2", Headers: fields}
	r.Status, _ = strconv.Atoi(flow.Header(fields, ":status"))
	x.f.Response = r
	x.f.Timing.Answered = at.Time
	if q := x.f.Request; q == nil || r.Status/100 != 2 || flow.Header(q.Headers, ":protocol") != "websocket" {
		h.c.begin(x, Down, length(fields))
		return
	}
	early := x.f.Request.Body // frames sent before the answer
	x.f.Request.Body = flow.Body{}
	s.ws = newWebSocket(h.c, x)
	h.c.read[Up] -= int64(len(early.Data))
	_ = s.ws.data(Up, Mark{Time: at.Time, Offset: early.Source.Offset, Frame: early.Source.Frame}, early.Data)
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
