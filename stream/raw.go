package stream

import "github.com/constat/constat/flow"

// raw keeps the bytes of a connection that speaks something unknown, as
// messages: what one side sends until the other side speaks.
type raw struct {
	c    *Conn
	f    *flow.Flow
	held int
}

// maxMessage is where a long one-sided stretch is cut into messages.
const maxMessage = 64 << 10

func (r *raw) data(side Side, m Mark, b []byte) error {
	for len(b) > 0 {
		if r.f == nil {
			r.f = r.c.flow(flow.TCP, "tcp")
			r.f.Timing.Start = m.Time
			r.f.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
		}
		f := r.f
		n := len(f.Messages)
		if n == 0 || f.Messages[n-1].FromClient != (side == Up) || len(f.Messages[n-1].Body.Data) >= maxMessage || !f.Messages[n-1].Body.Kept {
			f.Messages = append(f.Messages, flow.Message{Time: m.Time, FromClient: side == Up, Body: flow.Body{Kept: true}})
			n++
		}
		last := &f.Messages[n-1]
		k := min(len(b), maxMessage-len(last.Body.Data))
		if side == Up || r.c.limits.Response > 0 {
			last.Body.Data = append(last.Body.Data, b[:k]...)
			r.held += k
		} else {
			last.Body.Kept = false
			k = len(b)
		}
		last.Body.Size += int64(k)
		f.Timing.End = m.Time
		b = b[k:]
		if r.held >= r.c.limits.Messages {
			r.flush()
		}
	}
	return nil
}

// gap notes bytes that were not seen.
func (r *raw) gap(side Side, m Mark, n int64) {
	if r.f == nil {
		r.f = r.c.flow(flow.TCP, "tcp")
		r.f.Timing.Start = m.Time
	}
	r.f.Messages = append(r.f.Messages, flow.Message{Time: m.Time, FromClient: side == Up, Body: flow.Body{Size: n}})
}

func (r *raw) flush() {
	if r.f != nil {
		r.c.emit(r.f)
		r.c.handshakeDone()
	}
	r.f, r.held = nil, 0
}

func (r *raw) eof(Side, Mark)               {}
func (r *raw) soFar(Mark, func(*flow.Flow)) { r.flush() }
func (r *raw) end(Mark)                     { r.flush() }

// lost counts what comes after the parsing of a connection had to end.
type lost struct {
	c       *Conn
	reason  string
	from    [2]int64 // of c.total, when it ended
	unseen  [2]int64
	unknown [2]bool
}

func (l *lost) data(Side, Mark, []byte) error { return nil }
func (l *lost) eof(Side, Mark)                {}
func (l *lost) soFar(Mark, func(*flow.Flow))  {}

func (l *lost) missing(side Side, n int64) {
	if n < 0 {
		l.unknown[side] = true
	} else {
		l.unseen[side] += n
	}
}

func (l *lost) end(m Mark) {
	f := l.c.flow(flow.Opaque, "tcp")
	f.Timing.Start, f.Timing.End = l.c.first, m.Time
	count := func(side Side) int64 {
		if l.unknown[side] {
			return -1
		}
		return l.c.total[side] - l.from[side] + l.unseen[side]
	}
	f.Unread = &flow.Unread{Up: count(Up), Down: count(Down), Reason: l.reason}
	if f.Unread.Up != 0 || f.Unread.Down != 0 {
		l.c.emit(f)
	}
}
