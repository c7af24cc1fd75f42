package live

import (
	"net"
	"net/http"
	"net/netip"

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
	cfg.TCP = func(c net.Conn, to netip.AddrPort) {
		if to == netip.AddrPortFrom(gate.Address, 80) {
			defer c.Close()
			p.page(c, c)
			return
		}
		e.Relay(c, target(to, false), func(err error) error { return err })
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
