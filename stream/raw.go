package stream

import "github.com/constat/constat/flow"

// raw keeps the bytes of a connection that speaks something unknown, as
// messages: what one side sends until the other side speaks.
type raw struct {
	c    *Conn
	f    *flow.Flow
	held int
	hold hold
	cut  bool // the last message is complete
}

const (
	maxMessage  = 64 << 10 // where a long one-sided stretch is cut into messages
	messageSize = 128      // what a message costs beside its bytes
)

func (r *raw) data(side Side, m Mark, b []byte) error {
	r.c.read[side] += int64(len(b))
	for len(b) > 0 {
		last := r.message(side, m)
		k := len(b)
		if last.Body.Kept {
			k = min(k, maxMessage-len(last.Body.Data), max(1, r.c.limits.Messages-r.held))
			n := 0
			if last.Body.Cut == 0 {
				n = r.c.keep(&r.hold, k)
			}
			last.Body.Data = append(last.Body.Data, b[:n]...)
			last.Body.Cut += int64(k - n)
			r.held += n
			r.cut = len(last.Body.Data) == maxMessage
		}
		last.Body.Size += int64(k)
		r.f.Timing.End = m.Time
		b = b[k:]
		m.skip(k)
		if last.Body.Kept && r.held >= r.c.limits.Messages {
			r.flush()
		}
	}
	return nil
}

// message returns the message that bytes of a side belong to.
func (r *raw) message(side Side, m Mark) *flow.Message {
	if r.f != nil {
		if last := &r.f.Messages[len(r.f.Messages)-1]; !r.cut && last.FromClient == (side == Up) {
			return last
		}
		if r.held >= r.c.limits.Messages {
			r.flush()
		}
	}
	if r.f == nil {
		r.f = r.c.flow(flow.TCP, "tcp")
		r.f.Timing.Start = m.Time
		r.f.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
	}
	r.f.Messages = append(r.f.Messages, flow.Message{Time: m.Time, FromClient: side == Up, Body: flow.Body{
		Kept:   side == Up || r.c.limits.Response > 0,
		Source: flow.Provenance{Offset: m.Offset, Frame: m.Frame},
	}})
	r.held += messageSize
	r.cut = false
	return &r.f.Messages[len(r.f.Messages)-1]
}

// gap notes bytes that were not seen.
func (r *raw) gap(side Side, m Mark, n int64) bool {
	r.cut = true
	r.message(side, m).Body = flow.Body{Size: n}
	r.cut = true
	return true
}

func (r *raw) flush() {
	if r.f != nil {
		r.c.emit(r.f)
		r.c.handshakeDone()
	}
	r.f, r.held, r.cut = nil, 0, false
	r.c.release(&r.hold)
}

func (r *raw) eof(Side, Mark)               {}
func (r *raw) soFar(Mark, func(*flow.Flow)) { r.flush() }
func (r *raw) end(Mark)                     { r.flush() }

// lost counts what comes after the parsing of a connection had to end.
type lost struct {
	c       *Conn
	reason  string
	unseen  [2]int64
	unknown [2]bool
}

func (l *lost) data(Side, Mark, []byte) error { return nil }
func (l *lost) eof(Side, Mark)                {}
func (l *lost) soFar(Mark, func(*flow.Flow))  {}

func (l *lost) gap(side Side, _ Mark, n int64) bool {
	if n < 0 {
		l.unknown[side] = true
	} else {
		l.unseen[side] += n
	}
	return true
}

func (l *lost) end(m Mark) {
	f := l.c.flow(flow.Opaque, "tcp")
	f.Timing.Start, f.Timing.End = l.c.first, m.Time
	count := func(side Side) int64 {
		if l.unknown[side] {
			return -1
		}
		return l.c.total[side] - l.c.read[side] + l.unseen[side]
	}
	f.Unread = &flow.Unread{Up: count(Up), Down: count(Down), Reason: l.reason}
	if f.Unread.Up != 0 || f.Unread.Down != 0 {
		l.c.emit(f)
	}
}
