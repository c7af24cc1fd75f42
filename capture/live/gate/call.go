package gate

import (
	"errors"
	"net"
	"net/netip"
	"sync"

	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// Call is a connection that the phone wants to make: its SYN has come and is
// not answered.
type Call struct {
	From netip.AddrPort // the phone's end

	mu sync.Mutex
	r  *tcp.ForwarderRequest // nil when it was answered
}

var errAnswered = errors.New("the connection was accepted or refused already")

// Accept makes the connection. The caller closes it.
func (c *Call) Accept() (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.r == nil {
		return nil, errAnswered
	}
	r := c.r
	c.r = nil
	var q waiter.Queue
	ep, err := r.CreateEndpoint(&q)
	if err != nil {
		r.Complete(true)
		return nil, errors.New(err.String())
	}
	r.Complete(false)
	ep.SocketOptions().SetKeepAlive(true)
	return gonet.NewTCPConn(&q, ep), nil
}

// Refuse answers with a reset, if the call is not answered yet.
func (c *Call) Refuse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.r != nil {
		c.r.Complete(true)
		c.r = nil
	}
}
