package stream

import "github.com/constat/constat/flow"

// partial is a message as far as it came.
type partial struct {
	flow.Message
	hold hold
}

// sink takes the messages of a protocol that stands on a connection or inside
// a WebSocket.
type sink interface {
	add(p *partial, m Mark)
	note(text string)
}

// gather adds bytes to a message: those within limit are kept, all are
// counted.
func (c *Conn) gather(p *partial, limit int, m Mark, b []byte) {
	body := &p.Body
	if body.Size == 0 {
		body.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
	}
	// Only a beginning is kept: once something is left out, all of the rest is.
	if kept := len(body.Data); kept < limit && int64(kept) == body.Size {
		body.Data = append(body.Data, b[:c.keep(&p.hold, min(limit-kept, len(b)))]...)
	}
	if body.Size += int64(len(b)); body.Kept {
		body.Cut = body.Size - int64(len(body.Data))
	}
}

// messageLimit is how many bytes of a message are kept.
func (c *Conn) messageLimit(side Side) int {
	if side == Up {
		return c.limits.Body
	}
	return c.limits.Response
}

// instalments puts the messages of a connection into flows of kind TCP. One is
// emitted whenever it holds as much as Limits.Messages says.
type instalments struct {
	c        *Conn
	protocol string
	f        *flow.Flow // the instalment, nil: not begun
	held     int
	hold     hold
	last     Mark // of the bytes that came last
}

// begin begins an instalment, unless there is one.
func (i *instalments) begin(m Mark) {
	if i.f == nil {
		i.f = i.c.flow(flow.TCP, i.protocol)
		i.c.handshakeDone()
		i.f.Timing.Start = m.Time
		i.f.Source = flow.Provenance{Offset: m.Offset, Frame: m.Frame}
	}
}

// add takes a message that is complete, or that will not be completed.
func (i *instalments) add(p *partial, m Mark) {
	i.begin(Mark{Time: p.Time, Offset: p.Body.Source.Offset, Frame: p.Body.Source.Frame})
	i.f.Messages = append(i.f.Messages, p.Message)
	i.last = m
	i.hold.own += p.hold.own
	i.hold.shared += p.hold.shared
	i.held += len(p.Body.Data) + messageSize
	*p = partial{}
	if i.held >= i.c.limits.Messages {
		i.flush()
	}
}

// note adds a note to the instalment, once.
func (i *instalments) note(text string) {
	i.begin(i.last)
	(&exchange{f: i.f}).note(text)
}

func (i *instalments) flush() {
	if i.f != nil {
		i.f.Timing.End = i.last.Time
		i.c.emit(i.f)
	}
	i.f, i.held = nil, 0
	i.c.release(&i.hold)
}
