package stream

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
)

// http1 parses HTTP/1.0 and 1.1 (RFC 9112), both directions.
type http1 struct {
	c       *Conn
	side    [2]half1
	open    []*exchange // requests in order, the oldest first
	up      *exchange   // whose body is arriving from the client
	down    *exchange   // whose response is arriving
	upgrade *exchange   // asked for another protocol; nothing of Up is parsed until the answer
	inside  parser      // after an upgrade or CONNECT
}

// phase is what the next bytes of a direction are.
type phase int

const (
	atHead phase = iota
	atLength
	atChunkSize
	atChunk
	atChunkEnd
	atTrailer
	untilClose
	waiting // for the answer to an upgrade
)

// half1 is one direction.
type half1 struct {
	phase  phase
	left   int64  // bytes of body or chunk to come
	line   []byte // a head or line that has not ended
	lineAt Mark
}

func newHTTP1(c *Conn) *http1 { return &http1{c: c} }

var (
	errHead     = errors.New("a head longer than the limit")
	errRequest  = errors.New("not an HTTP request where one should begin")
	errResponse = errors.New("not an HTTP response where one should begin")
	errLength   = errors.New("a Content-Length that is no length")
	errChunk    = errors.New("a chunk size that is no size")
	errPending  = errors.New("more requests without an answer than the limit")
	errHeld     = errors.New("too much sent before the answer to an upgrade")
)

func (h *http1) data(side Side, m Mark, b []byte) error {
	for len(b) > 0 {
		if h.inside != nil {
			return h.inside.data(side, m, b)
		}
		n, err := h.step(side, m, b)
		if err != nil {
			return err
		}
		b = b[n:]
		m.Offset += int64(n)
	}
	return nil
}

// step consumes some of b, at least a byte.
func (h *http1) step(side Side, m Mark, b []byte) (int, error) {
	s := &h.side[side]
	switch s.phase {
	case atHead:
		return h.head(side, m, b)
	case atTrailer:
		return h.trailer(side, m, b)
	case atLength, atChunk:
		n := int(min(s.left, int64(len(b))))
		h.content(side).write(m, b[:n])
		if s.left -= int64(n); s.left > 0 {
			return n, nil
		}
		if s.phase == atChunk {
			s.phase = atChunkEnd
			return n, nil
		}
		return n, h.bodyDone(side, m)
	case atChunkSize, atChunkEnd:
		line, n, err := s.until(b, "\n", m, 8<<10)
		if line == nil {
			return n, err
		}
		if s.phase == atChunkEnd {
			s.phase = atChunkSize
			return n, nil
		}
		size, _, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(";"))
		v, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, 62)
		if err != nil {
			return n, errChunk
		}
		if s.left = int64(v); v == 0 {
			s.phase = atTrailer
		} else {
			s.phase = atChunk
		}
		return n, nil
	case untilClose:
		h.content(side).write(m, b)
		return len(b), nil
	}
	// waiting
	if len(s.line)+len(b) > h.c.limits.Head {
		return 0, errHeld
	}
	if len(s.line) == 0 {
		s.lineAt = m
	}
	s.line = append(s.line, b...)
	return len(b), nil
}

// until gathers bytes up to the end mark; the line is valid until the next
// call, nil as long as it has not ended.
func (s *half1) until(b []byte, end string, m Mark, limit int) (line []byte, n int, err error) {
	if len(s.line) == 0 {
		s.lineAt = m
		if i := bytes.Index(b, []byte(end)); i >= 0 && i+len(end) <= limit {
			return b[:i+len(end)], i + len(end), nil
		}
	}
	// The end may lie across two pieces.
	from := max(0, len(s.line)-len(end)+1)
	old := len(s.line)
	s.line = append(s.line, b[:min(len(b), limit+1-min(old, limit))]...)
	if i := bytes.Index(s.line[from:], []byte(end)); i >= 0 {
		stop := from + i + len(end)
		line, n = s.line[:stop], stop-old
		s.line = s.line[:0]
		return line, n, nil
	}
	if len(s.line) > limit {
		return nil, 0, errHead
	}
	return nil, len(b), nil
}

// content is where the body of a direction goes.
func (h *http1) content(side Side) *content {
	if side == Up {
		return &h.up.up
	}
	return &h.down.down
}

// head reads a request's or response's head.
func (h *http1) head(side Side, m Mark, b []byte) (int, error) {
	s := &h.side[side]
	if len(s.line) == 0 { // empty lines before a start line are tolerated (RFC 9112, 2.2)
		n := 0
		for n < len(b) && (b[n] == '\r' || b[n] == '\n') {
			n++
		}
		if n > 0 {
			return n, nil
		}
		if side == Up && !requestLike(b) {
			return 0, errRequest
		}
	}
	at := m
	if len(s.line) > 0 {
		at = s.lineAt
	}
	head, n, err := s.until(b, "\r\n\r\n", m, h.c.limits.Head)
	if err != nil || head == nil {
		return n, err
	}
	if side == Up {
		return n, h.request(string(head), at, m)
	}
	return n, h.response(string(head), at, m)
}

// fieldLines cuts header or trailer lines into fields. A line that is none is
// kept as a name without value: it left the client all the same.
func fieldLines(text string) []flow.Field {
	fields := make([]flow.Field, 0, strings.Count(text, "\n"))
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		if (line[0] == ' ' || line[0] == '\t') && len(fields) > 0 { // obsolete folding (RFC 9112, 5.2)
			last := &fields[len(fields)-1]
			last.Value += " " + strings.TrimSpace(line)
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		fields = append(fields, flow.Field{Name: name, Value: strings.TrimSpace(value)})
	}
	return fields
}

func (h *http1) request(head string, at, m Mark) error {
	line, rest, _ := strings.Cut(head, "\n")
	line = strings.TrimSuffix(line, "\r")
	method, target, ok := strings.Cut(line, " ")
	i := strings.LastIndex(target, " ")
	if !ok || i < 0 || !strings.HasPrefix(target[i+1:], "HTTP/1.") {
		return errRequest
	}
	version := target[i+1:]
	target = target[:i]
	x := h.c.open(version, at)
	r := &flow.Request{Method: method, Version: version, Headers: fieldLines(rest)}
	r.URLAt = flow.Provenance{Frame: at.Frame}
	if at.Offset > 0 {
		r.URLAt = flow.Provenance{Offset: at.Offset + int64(len(method)) + 1, Length: int64(len(target)), Frame: at.Frame}
	}
	authority := flow.Header(r.Headers, "host")
	switch {
	case method == "CONNECT":
		authority, r.URL = target, target
	case strings.Contains(target, "://"):
		r.URL = target
		if authority == "" {
			authority, _, _ = strings.Cut(target[strings.Index(target, "://")+3:], "/")
		}
	default:
		r.URL = h.c.url("", authority, target)
	}
	if r.Host = hostOf(authority); r.Host == "" {
		r.Host = hostOf(h.c.serverName())
	}
	x.f.Request = r
	if len(h.open) >= h.c.limits.Pending {
		return errPending
	}
	h.open = append(h.open, x)
	h.up = x
	n, chunked, err := framing(r.Headers)
	if err != nil {
		return err
	}
	s := &h.side[Up]
	switch {
	case chunked:
		x.up.begin(h.c, &r.Body, h.c.limits.Body, -1)
		s.phase = atChunkSize
	case n > 0:
		x.up.begin(h.c, &r.Body, h.c.limits.Body, n)
		s.phase, s.left = atLength, n
	default:
		r.Body.Kept = true
		return h.bodyDone(Up, m)
	}
	return nil
}

// framing tells how a body is delimited (RFC 9112, section 6): its length,
// -1 if not told, or chunked.
func framing(fields []flow.Field) (n int64, chunked bool, err error) {
	n = -1
	for i := range fields {
		f := &fields[i]
		switch {
		case strings.EqualFold(f.Name, "transfer-encoding"):
			codings := strings.Split(strings.ToLower(f.Value), ",")
			chunked = strings.TrimSpace(codings[len(codings)-1]) == "chunked"
		case strings.EqualFold(f.Name, "content-length"):
			v, _, _ := strings.Cut(f.Value, ",") // the same length twice
			if n, err = strconv.ParseInt(strings.TrimSpace(v), 10, 64); err != nil || n < 0 {
				return 0, false, errLength
			}
		}
	}
	return n, chunked, nil
}

func (h *http1) response(head string, at, m Mark) error {
	line, rest, _ := strings.Cut(head, "\n")
	line = strings.TrimSuffix(line, "\r")
	version, after, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(after, " ")
	status, err := strconv.Atoi(code)
	if !strings.HasPrefix(version, "HTTP/1.") || err != nil || status < 100 || status > 999 {
		return errResponse
	}
	if status < 200 && status != 101 {
		return nil // interim: the final response is to come
	}
	if len(h.open) == 0 { // the request was not seen
		h.open = append(h.open, h.c.open(version, at))
		h.open[0].upDone = true
	}
	x := h.open[0]
	h.down = x
	r := &flow.Response{Status: status, Version: version, Headers: fieldLines(rest)}
	x.f.Response = r
	x.f.Timing.Answered = at.Time
	method := ""
	if x.f.Request != nil {
		method = x.f.Request.Method
	}
	if h.upgrade == x {
		h.upgrade = nil
		if status == 101 || method == "CONNECT" && status/100 == 2 {
			x.downDone = true
			return h.tunnel(x, r, m)
		}
		if err := h.resume(m); err != nil {
			return err
		}
	}
	n, chunked, err := framing(r.Headers)
	if err != nil {
		return err
	}
	s := &h.side[Down]
	switch {
	case method == "HEAD", status == 204, status == 304, !chunked && n == 0:
		r.Body.Kept = true
		return h.bodyDone(Down, m)
	case chunked:
		x.down.begin(h.c, &r.Body, h.c.limits.Response, -1)
		s.phase = atChunkSize
	case n > 0:
		x.down.begin(h.c, &r.Body, h.c.limits.Response, n)
		s.phase, s.left = atLength, n
	default:
		x.down.begin(h.c, &r.Body, h.c.limits.Response, -1)
		s.phase = untilClose
	}
	return nil
}

// trailer reads the trailer section after the last chunk.
func (h *http1) trailer(side Side, m Mark, b []byte) (int, error) {
	s := &h.side[side]
	if len(s.line) == 0 {
		s.lineAt = m
	}
	old := len(s.line)
	limit := h.c.limits.Head
	s.line = append(s.line, b[:min(len(b), limit+1-min(old, limit))]...)
	stop := -1
	switch {
	case s.line[0] == '\n':
		stop = 1
	case bytes.HasPrefix(s.line, []byte("\r\n")):
		stop = 2
	default:
		if i := bytes.Index(s.line, []byte("\r\n\r\n")); i >= 0 {
			stop = i + 4
		}
	}
	if stop < 0 {
		if len(s.line) > limit {
			return 0, errHead
		}
		return len(b), nil
	}
	if fields := fieldLines(string(s.line[:stop])); len(fields) > 0 {
		if side == Up {
			h.up.f.Request.Trailer = fields
		} else {
			h.down.f.Response.Trailer = fields
		}
	}
	s.line = s.line[:0]
	return stop - old, h.bodyDone(side, m)
}

// bodyDone ends the message of a direction.
func (h *http1) bodyDone(side Side, m Mark) error {
	h.side[side].phase = atHead
	if side == Up {
		x := h.up
		x.upDone = true
		x.f.Timing.Sent = m.Time
		h.up = nil
		if x.f.Response == nil && (x.f.Request.Method == "CONNECT" || flow.Header(x.f.Request.Headers, "upgrade") != "") {
			h.upgrade = x
			h.side[Up].phase = waiting
		}
	} else {
		h.down.downDone = true
		h.down.f.Timing.End = m.Time
		h.down = nil
	}
	for len(h.open) > 0 && h.open[0].upDone && h.open[0].downDone {
		h.c.finish(h.open[0], m)
		h.open[0] = nil
		h.open = h.open[1:]
	}
	return nil
}

// resume goes on with requests after an upgrade that was not granted.
func (h *http1) resume(m Mark) error {
	s := &h.side[Up]
	held, at := s.line, s.lineAt
	s.phase, s.line = atHead, nil
	at.Time = m.Time
	return h.data(Up, at, held)
}

// tunnel goes on with what the connection was upgraded to.
func (h *http1) tunnel(x *exchange, r *flow.Response, m Mark) error {
	held, at := h.side[Up].line, h.side[Up].lineAt
	h.side[Up].line = nil
	h.open = h.open[1:]
	switch upgrade := strings.ToLower(flow.Header(r.Headers, "upgrade")); {
	case x.f.Request.Method == "CONNECT":
		h.c.finish(x, m)
		h.inside = &nested{New(h.c.info, h.c.limits, h.c.emit)}
	case upgrade == "websocket":
		h.inside = newWebSocket(h.c, x)
	case upgrade == "h2c":
		h.c.finish(x, m)
		h.inside = newHTTP2(h.c)
	default:
		h.c.finish(x, m)
		h.inside = &raw{c: h.c}
	}
	if len(held) > 0 {
		return h.inside.data(Up, at, held)
	}
	return nil
}

func (h *http1) eof(side Side, m Mark) {
	if h.inside != nil {
		h.inside.eof(side, m)
		return
	}
	if side == Down && h.side[Down].phase == untilClose {
		h.bodyDone(Down, m)
	}
}

func (h *http1) end(m Mark) {
	if h.inside != nil {
		h.inside.end(m)
	} else if h.side[Down].phase == untilClose && h.down != nil {
		h.down.downDone = true // close-delimited: the end of the connection is its end
	}
	for _, x := range h.open {
		h.c.finish(x, m)
	}
	h.open = nil
}

func (h *http1) soFar(m Mark, asked func(*flow.Flow)) {
	if h.inside != nil {
		h.inside.soFar(m, asked)
		return
	}
	for _, x := range h.open {
		x.waiting(asked)
	}
}

// nested is a connection inside another one: what a CONNECT leads to.
type nested struct{ c *Conn }

func (n *nested) data(side Side, m Mark, b []byte) error { n.c.Data(side, m, b); return nil }
func (n *nested) eof(side Side, m Mark)                  { n.c.EOF(side, m) }
func (n *nested) soFar(m Mark, asked func(*flow.Flow))   { n.c.Flush(m, asked) }
func (n *nested) end(m Mark)                             { n.c.Close(m) }
