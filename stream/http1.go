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
	open    []*exchange  // requests in order, the oldest first
	now     [2]*exchange // whose body is arriving
	upgrade *exchange    // asked for another protocol; nothing of Up is parsed until the answer
	inside  parser       // after an upgrade or CONNECT
	orphan  bool         // the next response is to none of open
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
	waiting   // for the answer to an upgrade
	searching // for a head after a gap
)

// half1 is one direction.
type half1 struct {
	phase  phase
	left   int64  // bytes of body or chunk to come
	line   []byte // a head or line that has not ended
	lineAt Mark
}

const (
	maxLine    = 8 << 10  // of a chunk's size and extensions
	keptBuffer = 64 << 10 // a longer one is not kept for the next head
	maxDepth   = 4        // CONNECT inside CONNECT; deeper is not parsed
)

func newHTTP1(c *Conn) *http1 { return &http1{c: c} }

var (
	errHead     = errors.New("a head longer than the limit")
	errRequest  = errors.New("not an HTTP request where one should begin")
	errResponse = errors.New("not an HTTP response where one should begin")
	errLength   = errors.New("a Content-Length that is no length, or two that differ")
	errCoding   = errors.New("a request whose Transfer-Encoding does not end in chunked")
	errChunk    = errors.New("a chunk that is none")
	errPending  = errors.New("more requests without an answer than the limit")
	errHeld     = errors.New("too much sent before the answer to an upgrade")
	errHeldAll  = errors.New("more held in open exchanges than the limit")
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
		m.skip(n)
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
		h.content(side, m, b[:n])
		if s.left -= int64(n); s.left > 0 {
			return n, nil
		}
		if s.phase == atChunk {
			s.phase = atChunkEnd
		} else {
			h.bodyDone(side, m)
		}
		return n, nil
	case atChunkSize, atChunkEnd:
		line, n, err := s.gather(b, lineEnd, m, maxLine)
		if err != nil {
			return 0, errChunk
		}
		if line != nil {
			err = h.chunk(side, line)
		}
		return n, err
	case untilClose:
		h.content(side, m, b)
		return len(b), nil
	case searching:
		return h.search(side, m, b)
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

// content takes in bytes of a body.
func (h *http1) content(side Side, m Mark, b []byte) {
	h.c.read[side] += int64(len(b))
	h.c.write(h.now[side], side, m, b)
}

// chunk reads the line before or after a chunk's data.
func (h *http1) chunk(side Side, line []byte) error {
	s := &h.side[side]
	size, ext, extended := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(";"))
	size = bytes.TrimSpace(size)
	switch {
	case s.phase == atChunkEnd:
		if len(size) > 0 || extended {
			return errChunk
		}
		s.phase = atChunkSize
	default:
		v, err := strconv.ParseUint(string(size), 16, 62)
		if err != nil {
			return errChunk
		}
		if len(ext) > 0 && side == Up {
			h.now[Up].note("chunk extensions of the request are not kept")
		}
		if s.left = int64(v); v == 0 {
			s.phase = atTrailer
			s.line = append(s.line[:0], '\n') // the end of this line: an empty trailer section ends with the next
		} else {
			s.phase = atChunk
		}
	}
	h.c.read[side] += int64(len(line))
	return nil
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
			h.c.read[side] += int64(n)
			return n, nil
		}
	}
	var start [32]byte
	if k := copy(start[:], s.line); k < len(start) {
		k += copy(start[k:], b)
		if side == Up && !requestLike(start[:k]) {
			return 0, errRequest
		}
		const version = "HTTP/1."
		if k = min(k, len(version)); side == Down && string(start[:k]) != version[:k] {
			return 0, errResponse
		}
	}
	at := m
	if len(s.line) > 0 {
		at = s.lineAt
	}
	head, n, err := s.gather(b, headEnd, m, h.c.limits.Head)
	if err != nil || head == nil {
		return n, err
	}
	if side == Up {
		return n, h.request(string(head), at, m)
	}
	return n, h.response(string(head), at, m)
}

func (h *http1) request(head string, at, m Mark) error {
	line, rest, _ := strings.Cut(head, "\n")
	method, target, version, ok := requestLine(line)
	if !ok {
		return errRequest
	}
	if len(h.open) >= h.c.limits.Pending {
		return errPending
	}
	x := h.c.open(version, at)
	if err := h.c.keepHead(&x.hold, len(head)); err != nil {
		return err
	}
	r := &flow.Request{Method: method, Version: version, Headers: fieldLines(rest)}
	r.URLAt = flow.Provenance{Frame: at.Frame}
	if at.Offset > 0 {
		r.URLAt = flow.Provenance{Offset: at.Offset + int64(len(method)) + 1, Length: int64(len(target)), Frame: at.Frame}
	}
	authority := flow.Header(r.Headers, "host")
	switch _, after, absolute := strings.Cut(target, "://"); {
	case method == "CONNECT":
		authority, r.URL = target, target
	case absolute && target[0] != '/': // its authority counts, not Host (RFC 9112, 3.2.2)
		authority, r.URL = after, target
		if i := strings.IndexAny(after, "/?#"); i >= 0 {
			authority = after[:i]
		}
	default:
		r.URL = h.c.url("", authority, target)
	}
	if r.Host = hostOf(authority); r.Host == "" {
		r.Host = hostOf(h.c.serverName())
	}
	x.f.Request = r
	h.open = append(h.open, x)
	h.now[Up] = x
	h.c.read[Up] += int64(len(head))
	n, chunked, err := x.framing(Up, r.Headers)
	switch {
	case err != nil:
		return err
	case chunked:
		h.c.begin(x, Up, -1)
		h.side[Up].phase = atChunkSize
	case n > 0:
		h.c.begin(x, Up, n)
		h.side[Up].phase, h.side[Up].left = atLength, n
	default:
		r.Body.Kept = true
		h.bodyDone(Up, m)
	}
	return nil
}

func (h *http1) response(head string, at, m Mark) error {
	line, rest, _ := strings.Cut(head, "\n")
	line = strings.TrimSuffix(line, "\r")
	version, after, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(after, " ")
	status, err := strconv.Atoi(code)
	if err != nil || status < 100 || status > 999 {
		return errResponse
	}
	if status < 200 && status != 101 {
		h.c.read[Down] += int64(len(head))
		return nil // interim: the final response is to come
	}
	x := h.unanswered()
	if h.orphan {
		x, h.orphan = nil, false
	}
	if x == nil { // the request was not seen
		if len(h.open) >= h.c.limits.Pending {
			return errPending
		}
		x = h.c.open(version, at)
		x.done[Up] = true
		h.open = append(h.open, x)
	}
	if err := h.c.keepHead(&x.hold, len(head)); err != nil {
		return err
	}
	h.now[Down] = x
	h.c.read[Down] += int64(len(head))
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
			return h.tunnel(x, m)
		}
		if err := h.resume(); err != nil {
			return err
		}
	}
	n, chunked, err := x.framing(Down, r.Headers)
	s := &h.side[Down]
	switch {
	case method == "HEAD", status == 204, status == 304:
		r.Body.Kept = true
		h.bodyDone(Down, m)
	case err != nil:
		return err
	case !chunked && n == 0:
		r.Body.Kept = true
		h.bodyDone(Down, m)
	case chunked:
		h.c.begin(x, Down, -1)
		s.phase = atChunkSize
	case n > 0:
		h.c.begin(x, Down, n)
		s.phase, s.left = atLength, n
	default:
		h.c.begin(x, Down, -1)
		s.phase = untilClose
	}
	return nil
}

// unanswered is the oldest request that has no response yet.
func (h *http1) unanswered() *exchange {
	for _, x := range h.open {
		if !x.done[Down] {
			return x
		}
	}
	return nil
}

// trailer reads the trailer section after the last chunk.
func (h *http1) trailer(side Side, m Mark, b []byte) (int, error) {
	text, n, err := h.side[side].gather(b, headEnd, m, h.c.limits.Head)
	if text == nil {
		return n, err
	}
	x := h.now[side]
	if fields := fieldLines(string(text)); len(fields) > 0 {
		if err := h.c.keepHead(&x.hold, len(text)); err != nil {
			return 0, err
		}
		if side == Up {
			x.f.Request.Trailer = fields
		} else {
			x.f.Response.Trailer = fields
		}
	}
	h.c.read[side] += int64(len(text) - 1) // without the end of the line before
	h.bodyDone(side, m)
	return n, nil
}

// bodyDone ends the message of a direction.
func (h *http1) bodyDone(side Side, m Mark) {
	x := h.now[side]
	x.done[side] = true
	h.now[side] = nil
	h.side[side].phase = atHead
	if side == Up {
		x.f.Timing.Sent = m.Time
		if x.f.Response == nil && (x.f.Request.Method == "CONNECT" || flow.Header(x.f.Request.Headers, "upgrade") != "") {
			h.upgrade = x
			h.side[Up].phase = waiting
		}
	} else {
		x.f.Timing.End = m.Time
	}
	n := 0
	for n < len(h.open) && h.open[n].done == [2]bool{true, true} {
		h.c.finish(h.open[n], m)
		n++
	}
	if n == len(h.open) {
		clear(h.open)
		h.open = h.open[:0]
	} else {
		clear(h.open[:n])
		h.open = h.open[n:]
	}
}

func (h *http1) eof(side Side, m Mark) {
	if h.inside != nil {
		h.inside.eof(side, m)
	} else if side == Down && h.side[Down].phase == untilClose {
		h.bodyDone(Down, m)
	}
}

func (h *http1) end(m Mark) {
	if h.inside != nil {
		h.inside.end(m)
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
