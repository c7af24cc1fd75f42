package pcap

import (
	"github.com/constat/constat/packet/tcp"
	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/tls"
)

// tunnel is what an HTTP proxy passes on after a CONNECT: TLS, mostly.
type tunnel struct {
	c     *conn
	info  stream.Info
	inner tcp.Handler
	held  []byte
	mark  stream.Mark
}

// Data implements stream.Tunnel.
func (t *tunnel) Data(side stream.Side, m stream.Mark, b []byte) {
	if t.inner != nil {
		t.inner.Data(side, m, b)
		return
	}
	if side == stream.Down {
		t.settle(t.c.reader(t.info))
		t.inner.Data(side, m, b)
		return
	}
	if len(t.held) == 0 {
		t.mark = m
	}
	t.held = append(t.held, b...)
	switch is, enough := tls.Looks(t.held); {
	case is && enough:
		t.settle(newSecure(t.c, t.info, true))
	case enough:
		t.settle(t.c.reader(t.info))
	}
}

func (t *tunnel) settle(h tcp.Handler) {
	t.inner = h
	if held := t.held; len(held) > 0 {
		t.held = nil
		h.Data(stream.Up, t.mark, held)
	}
}

// Gap implements stream.Tunnel.
func (t *tunnel) Gap(side stream.Side, m stream.Mark, n int64) {
	if t.inner == nil {
		t.settle(t.c.reader(t.info))
	}
	t.inner.Gap(side, m, n)
}

// EOF implements stream.Tunnel.
func (t *tunnel) EOF(side stream.Side, m stream.Mark) {
	if t.inner == nil && len(t.held) > 0 {
		t.settle(t.c.reader(t.info))
	}
	if t.inner != nil {
		t.inner.EOF(side, m)
	}
}

// Close implements stream.Tunnel.
func (t *tunnel) Close(m stream.Mark) {
	t.EOF(stream.Up, m)
	if t.inner != nil {
		t.inner.Close(m)
	}
}
