package stream

import "github.com/constat/constat/flow"

// raw keeps the bytes of a connection that speaks something unknown, as
// messages: what one side sends until the other side speaks. Once it shows
// that the client sends frames with their length in front (see framing), each
// frame is a message, length and all.
type raw struct {
	instalments
	cut   bool     // the last message is complete
	gone  [2]int64 // bytes in instalments that are emitted
	guess *framing // nil: there is nothing to find out any more
	frame *framed  // nil: no frames have shown
}

const (
	maxMessage  = 64 << 10 // where a long one-sided stretch is cut into messages
	messageSize = 128      // what a message costs beside its bytes
)

func newRaw(c *Conn) *raw {
	return &raw{instalments: instalments{c: c, protocol: "tcp"}, guess: newFraming()}
}

func (r *raw) data(side Side, m Mark, b []byte) error {
	r.c.read[side] += int64(len(b))
	for r.guess != nil && len(b) > 0 {
		n, shown := r.guess.data(side, m, b)
		r.keep(side, m, b[:n])
		b = b[n:]
		m.skip(n)
		if shown != nil {
			r.settle(shown)
		} else if r.guess.hopeless() {
			r.guess = nil
		}
	}
	if r.frame != nil {
		r.frame.data(side, m, b)
	} else {
		r.keep(side, m, b)
	}
	return nil
}

// keep adds bytes to the message that they belong to.
func (r *raw) keep(side Side, m Mark, b []byte) {
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
		r.last = m
		b = b[k:]
		m.skip(k)
		if last.Body.Kept && r.held >= r.c.limits.Messages {
			r.flush()
		}
	}
}

// message returns the message that bytes of a side belong to.
func (r *raw) message(side Side, m Mark) *flow.Message {
	if r.f != nil && len(r.f.Messages) > 0 {
		if last := &r.f.Messages[len(r.f.Messages)-1]; !r.cut && last.FromClient == (side == Up) {
			return last
		}
		if r.held >= r.c.limits.Messages {
			r.flush()
		}
	}
	r.begin(m)
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
	r.guess = nil
	if r.frame != nil {
		r.frame.gap(side, m)
	}
	r.cut = true
	r.message(side, m).Body = flow.Body{Size: n}
	r.last = m
	r.cut = true
	return true
}

func (r *raw) flush() {
	if r.f != nil && r.guess != nil {
		for i := range r.f.Messages {
			x := &r.f.Messages[i]
			r.gone[sideOf(x)] += x.Body.Size
		}
	}
	r.instalments.flush()
	r.cut = false
}

func sideOf(x *flow.Message) Side {
	if x.FromClient {
		return Up
	}
	return Down
}

// eof of the client ends its turn.
func (r *raw) eof(side Side, _ Mark) {
	if side == Up && r.guess != nil {
		if shown := r.guess.turnEnd(); shown != nil {
			r.settle(shown)
		}
	}
}

func (r *raw) soFar(m Mark, _ func(*flow.Flow)) {
	if r.frame != nil {
		r.frame.soFar(m)
	}
	r.flush()
}

func (r *raw) end(m Mark) {
	r.eof(Up, m)
	if r.frame != nil {
		r.frame.end(m)
	}
	r.flush()
}

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
