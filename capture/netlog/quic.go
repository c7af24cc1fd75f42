package netlog

import (
	"crypto/sha256"
	"net/netip"

	"github.com/constat/constat/capture/line"
	"github.com/constat/constat/flow"
)

// session is a QUIC connection of the browser.
type session struct {
	host           string
	client, server netip.AddrPort
}

// session notes between whom a QUIC connection is.
func (rd *reader) session(e *event) {
	q := rd.sessions[e.source]
	switch {
	case e.kind == quicSession && e.phase == 1:
		if len(rd.sessions) >= maxSockets {
			clear(rd.sessions)
		}
		rd.sessions[e.source] = &session{host: line.Clip(text(member(e.params, "host")), maxText)}
	case e.kind == quicSession:
		delete(rd.sessions, e.source)
	case q != nil && !q.server.IsValid():
		q.client, q.server = address(member(e.params, "self_address")), address(member(e.params, "peer_address"))
	}
}

// channel sets what a session tells of a flow. QUIC has no TLS but 1.3
// (RFC 9001, 4.2).
func (q *session) channel(f *flow.Flow) {
	f.Client.Addr = q.client
	f.Server = flow.Endpoint{Name: q.host, Addr: q.server}
	f.TLS = &flow.TLS{Version: "TLS 1.3", ALPN: "h3"}
}

// udpSocket is a UDP socket of the browser.
type udpSocket struct{ local, remote netip.AddrPort }

// udp gives the datagrams of a UDP socket to who may read QUIC in them.
func (rd *reader) udp(e *event) {
	if rd.quic == nil {
		return
	}
	u := rd.datagram[e.source]
	if u == nil {
		if len(rd.datagram) >= maxSockets {
			clear(rd.datagram)
		}
		u = &udpSocket{}
		rd.datagram[e.source] = u
	}
	switch a := address(member(e.params, "address")); {
	case e.kind == udpLocal:
		u.local = a
		return
	case a.IsValid():
		u.remote = a
	}
	if e.kind == udpConnect || !u.remote.IsValid() {
		return
	}
	b, _, ok := rd.content(e)
	if !ok {
		return
	}
	// A log that does not tell the own address still tells sockets apart.
	local := u.local
	if !local.IsValid() {
		local = netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(e.source))
	}
	if e.kind == udpSent {
		rd.quic.Datagram(local, u.remote, e.mark(rd), b, rd.app)
	} else {
		rd.quic.Datagram(u.remote, local, e.mark(rd), b, rd.app)
	}
}

// exchangeOf tells requests apart, by method and URL.
func exchangeOf(f *flow.Flow) [sha256.Size]byte {
	return sha256.Sum256([]byte(f.Request.Method + " " + f.Request.URL))
}

// emitQUIC takes a flow that the QUIC tracker has read. A connection that it
// could not read waits: it may be that the log tells its requests.
func (rd *reader) emitQUIC(f *flow.Flow) {
	if f.Request != nil && len(rd.opened) < maxLeads {
		rd.opened[exchangeOf(f)]++
	}
	if f.Server.Name == "" && f.TLS != nil {
		f.Server.Name = f.TLS.SNI
	}
	if f.Unread != nil && len(rd.closed) < maxSockets {
		rd.closed = append(rd.closed, f)
		return
	}
	rd.emit(f)
}

// closeQUIC tells the requests over QUIC that nobody could decrypt, and the
// connections of which not even those are known.
func (rd *reader) closeQUIC() {
	if rd.quic == nil {
		return
	}
	rd.quic.Close()
	told := map[netip.AddrPort]bool{}
	for _, f := range rd.apart {
		if k := exchangeOf(f); rd.opened[k] > 0 {
			rd.opened[k]--
			continue
		}
		told[f.Server.Addr] = true
		rd.emit(f)
	}
	for _, f := range rd.closed {
		if !told[f.Server.Addr] {
			rd.emit(f)
		}
	}
	rd.apart, rd.closed = nil, nil
}
