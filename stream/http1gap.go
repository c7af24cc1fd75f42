package stream

import "bytes"

// gap goes on after bytes that were not seen, where it can be told how: inside
// of a body whose length is known they are a part of it; otherwise the next
// head is looked for.
func (h *http1) gap(side Side, m Mark, n int64) bool {
	if h.inside != nil {
		return h.inside.gap(side, m, n)
	}
	if h.upgrade != nil { // what follows is another protocol's, or not
		return false
	}
	s := &h.side[side]
	switch {
	case n > 0 && (s.phase == atLength || s.phase == atChunk) && n <= s.left:
		h.now[side].hole(side, n)
		if s.left -= n; s.left > 0 {
			return true
		}
		if s.phase == atChunk {
			s.phase = atChunkEnd
		} else {
			h.bodyDone(side, m)
		}
		return true
	case n > 0 && s.phase == untilClose:
		h.now[side].hole(side, n)
		return true
	}
	if x := h.now[side]; x != nil {
		x.note(noteLost[side])
		h.now[side] = nil
		if side == Up { // its answer may still come
			x.done[Up] = true
		}
	}
	s.phase, s.line, s.left = searching, nil, 0
	if h.c.missing == nil {
		h.c.missing = &lost{c: h.c, reason: reasonMissing}
	}
	h.c.missing.gap(side, m, n)
	return true
}

var noteLost = [2]string{"the end of the request is missing in the capture", "the end of the response is missing in the capture"}

// hole takes n bytes of a body that are not in the capture. What is kept is a
// beginning, so nothing behind them is.
func (x *exchange) hole(side Side, n int64) {
	x.note("bytes of a body are missing in the capture")
	body := x.body[side].body
	body.Size += n
	if body.Kept {
		body.Cut = body.Size - int64(len(body.Data))
	}
}

// search looks for the next head after a gap, line by line.
func (h *http1) search(side Side, m Mark, b []byte) (int, error) {
	s := &h.side[side]
	if len(s.line) == 0 {
		s.lineAt = m
	}
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		if len(s.line)+len(b) > maxLine { // no line of a head: its beginning is enough to see that it is none
			s.line = append(s.line[:0], 'x')
			return len(b), nil
		}
		s.line = append(s.line, b...)
		return len(b), nil
	}
	line := append(s.line, b[:i+1]...)
	if !startLine(side, line) {
		s.line = line[:0]
		return i + 1, nil
	}
	if side == Down {
		h.skipAnswers(s.lineAt)
	}
	s.line, s.phase = line, atHead
	return i + 1, nil
}

// startLine reports whether a line begins a request or a response.
func startLine(side Side, line []byte) bool {
	if side == Down {
		return len(line) > len("HTTP/1.1 200") && bytes.HasPrefix(line, []byte("HTTP/1.")) && line[8] == ' '
	}
	if !requestLike(line) {
		return false
	}
	_, _, _, ok := requestLine(string(bytes.TrimRight(line, "\r\n")))
	return ok
}

// skipAnswers gives up on the answers that a gap swallowed. Clients that do not
// pipeline have waited for them before they asked again, so what is answered
// at m is the last request that had left by then.
func (h *http1) skipAnswers(m Mark) {
	last := -1
	for i, x := range h.open {
		if !x.done[Down] && !x.f.Timing.Start.After(m.Time) {
			last = i
		}
	}
	h.orphan = last < 0
	for i, x := range h.open {
		if i < last && !x.done[Down] {
			x.done[Down] = true
			x.note("its answer is missing in the capture")
		}
	}
}
