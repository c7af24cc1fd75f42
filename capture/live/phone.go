package live

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/constat/constat/capture/live/gate"
)

// OpenGate opens a WireGuard endpoint whose traffic the engine relays. With
// refuseQUIC, datagrams to port 443 are refused; otherwise they pass unread
// like all others. pages are served on gate.Address, for the phone's set-up.
func OpenGate(e *Engine, cfg gate.Config, pages http.Handler, refuseQUIC bool) (*gate.Gate, error) {
	names := &Resolver{Engine: e}
	target := func(to netip.AddrPort, udp bool) Target {
		host := names.Name(to.Addr())
		if host == "" {
			host = to.Addr().String()
		}
		return Target{Host: host, Port: to.Port(), Addr: to.Addr(), UDP: udp}
	}
	cfg.DNS = names.Answer
	p := &Proxy{Engine: e, Pages: pages}
	cfg.TCP = func(call *gate.Call, to netip.AddrPort) {
		if to == netip.AddrPortFrom(gate.Address, 80) {
			if c, err := call.Accept(); err == nil {
				defer c.Close()
				p.page(c, c)
			}
			return
		}
		c := &caller{call: call}
		e.Relay(c, target(to, false), c.answer)
	}
	cfg.UDP = func(to netip.AddrPort) func(net.Conn) {
		if refuseQUIC && to.Port() == 443 {
			e.RefuseDatagrams(to, names.Name(to.Addr()))
			return nil
		}
		return func(c net.Conn) { e.RelayDatagrams(c, target(to, true)) }
	}
	return gate.Open(cfg)
}

// caller is the phone's end of a connection that is made when the server's is.
type caller struct {
	call *gate.Call

	mu     sync.Mutex
	made   net.Conn
	closed bool
}

// answer makes the connection, or refuses it.
func (c *caller) answer(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && c.closed {
		err = net.ErrClosed
	}
	if err == nil {
		c.made, err = c.call.Accept()
	}
	if err != nil {
		c.call.Refuse()
	}
	return err
}

// Close closes the connection, or refuses it if it is not made.
func (c *caller) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.made == nil {
		c.call.Refuse()
		return nil
	}
	return c.made.Close()
}

// RemoteAddr is the phone's address.
func (c *caller) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.call.From) }

// The rest is only asked for when the connection is made.

func (c *caller) Read(b []byte) (int, error)         { return c.made.Read(b) }
func (c *caller) Write(b []byte) (int, error)        { return c.made.Write(b) }
func (c *caller) CloseWrite() error                  { return closeWrite(c.made) }
func (c *caller) LocalAddr() net.Addr                { return c.made.LocalAddr() }
func (c *caller) SetDeadline(t time.Time) error      { return c.made.SetDeadline(t) }
func (c *caller) SetReadDeadline(t time.Time) error  { return c.made.SetReadDeadline(t) }
func (c *caller) SetWriteDeadline(t time.Time) error { return c.made.SetWriteDeadline(t) }
