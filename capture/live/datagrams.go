package live

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/stream"
)

// udpIdle is how long a flow of datagrams may be silent before it is over
// (RFC 4787, REQ-5, asks for two minutes at least).
const udpIdle = 2 * time.Minute

// RelayDatagrams relays datagrams to an address, unread: they are counted.
func (e *Engine) RelayDatagrams(client net.Conn, target Target) {
	e.serve(client, target, func(err error) error { return err }, func(s *session) {
		s.open(evidence.Passed, "datagrams of an unknown protocol", nil)
		var wg sync.WaitGroup
		pump := func(side stream.Side, from, to net.Conn, count *int64) {
			defer wg.Done()
			// There is no end of one direction: the other pump ends too.
			defer from.Close()
			defer to.Close()
			b := make([]byte, 64<<10)
			for {
				from.SetReadDeadline(time.Now().Add(udpIdle))
				n, err := from.Read(b)
				if err != nil {
					return
				}
				*count += int64(n)
				if side == stream.Up {
					e.Stats.OpaqueUp.Add(int64(n))
				} else {
					e.Stats.OpaqueDown.Add(int64(n))
				}
				if _, err := to.Write(b[:n]); err != nil {
					return
				}
			}
		}
		wg.Add(2)
		go pump(stream.Down, s.server, s.client, &s.down)
		pump(stream.Up, s.client, s.server, &s.up)
		wg.Wait()
		s.close("")
	})
}

// refusedDatagrams remembers whose datagrams were refused, to log each
// destination once.
type refusedDatagrams struct {
	mu   sync.Mutex
	seen map[netip.AddrPort]bool
}

// RefuseDatagrams logs that datagrams to an address are refused: QUIC, which
// cannot be read, and whose clients fall back to TCP.
func (e *Engine) RefuseDatagrams(to netip.AddrPort, host string) {
	e.refused.mu.Lock()
	defer e.refused.mu.Unlock()
	if e.refused.seen == nil {
		e.refused.seen = map[netip.AddrPort]bool{}
	}
	if e.refused.seen[to] || len(e.refused.seen) >= maxRefusals {
		return
	}
	e.refused.seen[to] = true
	if host == "" {
		host = to.Addr().String()
	}
	e.gap(evidence.Gap{Kind: "datagrams", Host: host, Reason: "QUIC was refused, so that the client falls back to TCP"})
}
