package quic

import (
	"bytes"
	"maps"
	"slices"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/stream"
)

// plain reads the streams of a protocol that is not HTTP/3: each is a
// connection by itself. Its datagrams (RFC 9221) are one flow of messages.
type plain struct {
	c     *conn
	info  stream.Info
	conns map[uint64]*stream.Conn
	dgram *flow.Flow // not emitted yet
	held  int        // bytes of its messages
}

// messageCost is what a message takes beside its bytes.
const messageCost = 128

func (p *plain) conn(id uint64) *stream.Conn {
	s := p.conns[id]
	if s == nil {
		s = stream.New(p.info, p.c.t.limits.Stream, func(f *flow.Flow) {
			if f.Protocol == "tcp" {
				f.Protocol = "quic"
			}
			p.c.give(f)
		})
		p.conns[id] = s
	}
	return s
}

func (p *plain) Stream(id uint64, side stream.Side, m stream.Mark, b []byte, fin bool) {
	s := p.conn(id)
	s.Data(side, m, b)
	if fin {
		p.end(id, side, m)
	}
}

// end ends a direction of a stream, and the stream when both have ended.
func (p *plain) end(id uint64, side stream.Side, m stream.Mark) {
	s := p.conn(id)
	s.EOF(side, m)
	if f := p.c.streams[id]; f == nil || f.over[0] && f.over[1] {
		s.Close(m)
		delete(p.conns, id)
	}
}

func (p *plain) Reset(id uint64, side stream.Side, m stream.Mark, _ uint64) { p.end(id, side, m) }

func (p *plain) Gap(id uint64, side stream.Side, m stream.Mark, n int64) {
	p.conn(id).Gap(side, m, n)
}

func (p *plain) Datagram(side stream.Side, m stream.Mark, b []byte) {
	if side == stream.Down && p.c.t.limits.Stream.Response == 0 {
		return // is not kept, as the other things that a server says
	}
	if !p.c.book(len(b) + messageCost) {
		p.c.lose(side, len(b), reasonDatagrams)
		return
	}
	at := flow.Provenance{Offset: m.Offset, Frame: m.Frame}
	if p.dgram == nil {
		p.dgram = &flow.Flow{
			Kind: flow.UDP, Protocol: "quic", Source: at, Client: p.info.Client, Server: p.info.Server, TLS: p.info.TLS, App: p.info.App,
			Timing: flow.Timing{Start: m.Time},
		}
	}
	p.dgram.Messages = append(p.dgram.Messages, flow.Message{Time: m.Time, FromClient: side == stream.Up, Body: flow.Body{
		Data: bytes.Clone(b), Kept: true, Size: int64(len(b)), Source: at,
	}})
	p.dgram.Timing.End = m.Time
	if p.held += len(b) + messageCost; p.held >= maxMessages {
		p.flush()
	}
}

// maxMessages is after how many bytes the datagrams so far are emitted.
const maxMessages = 256 << 10

func (p *plain) flush() {
	if p.dgram != nil {
		p.c.give(p.dgram)
		p.c.settle(-p.held)
	}
	p.dgram, p.held = nil, 0
}

func (p *plain) ids() []uint64 { return slices.Sorted(maps.Keys(p.conns)) }

func (p *plain) Flush(m stream.Mark, asked func(*flow.Flow)) {
	for _, id := range p.ids() {
		p.conns[id].Flush(m, asked)
	}
	p.flush()
}

func (p *plain) Close(m stream.Mark) {
	for _, id := range p.ids() {
		p.conns[id].Close(m)
	}
	clear(p.conns)
	p.flush()
}
