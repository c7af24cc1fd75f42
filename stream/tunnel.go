package stream

import (
	"net/netip"
	"strings"

	"github.com/constat/constat/flow"
)

// held takes what the client sent before the answer to an upgrade.
func (h *http1) held() ([]byte, Mark) {
	s := &h.side[Up]
	b := s.line
	s.phase, s.line = atHead, nil
	return b, s.lineAt
}

// resume goes on with requests after an upgrade that was not granted.
func (h *http1) resume() error {
	b, at := h.held()
	return h.data(Up, at, b)
}

// tunnel goes on with what the connection was upgraded to.
func (h *http1) tunnel(x *exchange, m Mark) error {
	h.now[Down] = nil
	h.open = nil // of what came before, all is answered
	r := x.f.Response
	r.Body.Kept = true
	switch upgrade := flow.Header(r.Headers, "upgrade"); {
	case x.f.Request.Method == "CONNECT":
		x.done[Down] = true
		h.inside = h.connected(x)
	case strings.EqualFold(upgrade, "websocket"):
		h.inside = newWebSocket(h.c, x)
	case strings.EqualFold(upgrade, "h2c"): // the answer follows on stream 1 (RFC 7540, 3.2)
		x.f.Response = nil
		inner := newHTTP2(h.c)
		inner.streams[1], inner.last = &stream2{x: x}, 1
		inner.streams[1].open[Up] = true
		h.inside = inner
	default:
		x.done[Down] = true
		h.inside = newRaw(h.c)
	}
	if x.done[Down] {
		h.c.finish(x, m)
	}
	if b, at := h.held(); len(b) > 0 {
		return h.inside.data(Up, at, b)
	}
	return nil
}

// connected is the connection that a CONNECT leads to: to its target, and
// whether it is secure has nothing to do with the proxy's connection.
func (h *http1) connected(x *exchange) parser {
	if h.c.depth >= maxDepth {
		return newRaw(h.c)
	}
	info := h.c.info
	info.TLS = nil
	info.Server = flow.Endpoint{Name: x.f.Request.Host}
	if addr, err := netip.ParseAddrPort(x.f.Request.URL); err == nil {
		info.Server.Addr = addr
	}
	if info.Tunnel != nil {
		if t := info.Tunnel(info); t != nil {
			return &nested{h.c, t}
		}
	}
	inner := New(info, h.c.limits, h.c.emit)
	inner.depth = h.c.depth + 1
	return &nested{h.c, inner}
}

// nested is a connection inside another one.
type nested struct {
	outer *Conn
	c     Tunnel
}

func (n *nested) data(side Side, m Mark, b []byte) error {
	n.outer.read[side] += int64(len(b))
	n.c.Data(side, m, b)
	return nil
}

func (n *nested) gap(side Side, m Mark, size int64) bool {
	n.c.Gap(side, m, size)
	return true
}

func (n *nested) eof(side Side, m Mark) { n.c.EOF(side, m) }
func (n *nested) soFar(m Mark, asked func(*flow.Flow)) {
	if c, ok := n.c.(*Conn); ok {
		c.Flush(m, asked)
	}
}
func (n *nested) end(m Mark) { n.c.Close(m) }
