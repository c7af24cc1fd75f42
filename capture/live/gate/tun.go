package gate

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.zx2c4.com/wireguard/tun"
	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// netTun is the network card of the stack and, on its other side, the device
// that WireGuard reads packets from and writes them to.
type netTun struct {
	g      *Gate
	stack  *stack.Stack
	link   *channel.Endpoint
	events chan tun.Event
	ctx    context.Context
	cancel context.CancelFunc
	tcp    atomic.Int64 // connections open
	udp    atomic.Int64 // flows open
}

const nic = 1

func newTun(g *Gate) (*netTun, error) {
	n := &netTun{g: g, link: channel.New(1024, mtu, ""), events: make(chan tun.Event, 4)}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	n.stack = stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
	})
	sack := tcpip.TCPSACKEnabled(true)
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: 4 << 10, Default: 256 << 10, Max: 1 << 20}
	send := tcpip.TCPSendBufferSizeRangeOption{Min: 4 << 10, Default: 256 << 10, Max: 1 << 20}
	for _, err := range []tcpip.Error{
		n.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &sack),
		n.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &receive),
		n.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &send),
		n.stack.CreateNIC(nic, n.link),
		// Every address is ours: packets to any are taken in, and answers come
		// from the address they were sent to.
		n.stack.SetPromiscuousMode(nic, true),
		n.stack.SetSpoofing(nic, true),
	} {
		if err != nil {
			return nil, fmt.Errorf("the TCP/IP stack: %s", err)
		}
	}
	n.stack.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: nic}, {Destination: header.IPv6EmptySubnet, NIC: nic}})
	n.stack.SetTransportProtocolHandler(tcp.ProtocolNumber, tcp.NewForwarder(n.stack, 0, 1024, n.takeTCP).HandlePacket)
	datagrams := udp.NewForwarder(n.stack, n.takeUDP)
	n.stack.SetTransportProtocolHandler(udp.ProtocolNumber, func(id stack.TransportEndpointID, p *stack.PacketBuffer) bool {
		if !n.wants(id) {
			n.g.Stats.Refused.Add(1)
			return false // the stack answers "port unreachable"
		}
		return datagrams.HandlePacket(id, p)
	})
	n.events <- tun.EventUp
	return n, nil
}

// destination of an endpoint on our side: whom the phone meant.
func destination(id stack.TransportEndpointID) netip.AddrPort {
	a, _ := netip.AddrFromSlice(id.LocalAddress.AsSlice())
	return netip.AddrPortFrom(a.Unmap(), id.LocalPort)
}

func (n *netTun) takeTCP(r *tcp.ForwarderRequest) {
	id := r.ID() // not after Complete, which makes it panic
	to := destination(id)
	if n.tcp.Add(1) > maxTCP {
		n.tcp.Add(-1)
		n.g.Stats.Busy.Add(1)
		r.Complete(true)
		return
	}
	from, _ := netip.AddrFromSlice(id.RemoteAddress.AsSlice())
	call := &Call{From: netip.AddrPortFrom(from.Unmap(), id.RemotePort), r: r}
	n.g.Stats.TCP.Add(1)
	go func() {
		defer n.tcp.Add(-1)
		defer call.Refuse()
		if to.Port() == 53 && n.g.cfg.DNS != nil {
			if c, err := call.Accept(); err == nil {
				n.dnsTCP(c)
			}
			return
		}
		n.g.cfg.TCP(call, to)
	}()
}

// wants reports whether a flow of datagrams is to be taken.
func (n *netTun) wants(id stack.TransportEndpointID) bool {
	if id.LocalPort == 53 && n.g.cfg.DNS != nil {
		return true
	}
	return n.g.cfg.UDP != nil && n.g.cfg.UDP(destination(id)) != nil
}

func (n *netTun) takeUDP(r *udp.ForwarderRequest) {
	to := destination(r.ID())
	if n.udp.Add(1) > maxUDP {
		n.udp.Add(-1)
		n.g.Stats.Busy.Add(1)
		return
	}
	var q waiter.Queue
	ep, err := r.CreateEndpoint(&q)
	if err != nil {
		n.udp.Add(-1)
		return
	}
	c := gonet.NewUDPConn(&q, ep)
	go func() {
		defer n.udp.Add(-1)
		if to.Port() == 53 && n.g.cfg.DNS != nil {
			n.dnsUDP(c)
			return
		}
		n.g.Stats.UDP.Add(1)
		if take := n.g.cfg.UDP(to); take != nil {
			take(c)
		}
		c.Close()
	}()
}

const dnsIdle = 10 * time.Second

// dnsUDP answers the queries of one socket of the phone.
func (n *netTun) dnsUDP(c net.Conn) {
	defer c.Close()
	b := make([]byte, 4096)
	for {
		c.SetReadDeadline(time.Now().Add(dnsIdle))
		k, err := c.Read(b)
		if err != nil {
			return
		}
		n.g.Stats.DNS.Add(1)
		if answer := n.g.cfg.DNS(append([]byte(nil), b[:k]...)); answer != nil {
			c.Write(answer)
		}
	}
}

// dnsTCP answers queries that have their length before them (RFC 1035, 4.2.2).
func (n *netTun) dnsTCP(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		c.SetReadDeadline(time.Now().Add(dnsIdle))
		var length [2]byte
		if _, err := io.ReadFull(r, length[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(r, query); err != nil {
			return
		}
		n.g.Stats.DNS.Add(1)
		answer := n.g.cfg.DNS(query)
		if answer == nil || len(answer) > 0xffff {
			return
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

// The device, as WireGuard sees it.

func (n *netTun) Name() (string, error)    { return "constat", nil }
func (n *netTun) File() *os.File           { return nil }
func (n *netTun) Events() <-chan tun.Event { return n.events }
func (n *netTun) MTU() (int, error)        { return mtu, nil }
func (n *netTun) BatchSize() int           { return batch }

// Read takes packets from the stack: one, and what else is there.
func (n *netTun) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	p := n.link.ReadContext(n.ctx)
	if p == nil {
		return 0, os.ErrClosed
	}
	for i := 0; ; {
		view := p.ToView()
		sizes[i] = copy(bufs[i][offset:], view.AsSlice())
		view.Release()
		p.DecRef()
		if i++; i == len(bufs) {
			return i, nil
		}
		if p = n.link.Read(); p == nil {
			return i, nil
		}
	}
}

// Write gives packets of the phone to the stack.
func (n *netTun) Write(bufs [][]byte, offset int) (int, error) {
	for _, b := range bufs {
		b = b[offset:]
		if len(b) == 0 {
			continue
		}
		proto := header.IPv4ProtocolNumber
		switch b[0] >> 4 {
		case 4:
		case 6:
			proto = header.IPv6ProtocolNumber
		default:
			return 0, syscall.EAFNOSUPPORT
		}
		p := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(b)})
		n.link.InjectInbound(proto, p)
		p.DecRef()
	}
	return len(bufs), nil
}

func (n *netTun) Close() error {
	n.cancel()
	n.stack.RemoveNIC(nic)
	n.stack.Close()
	n.link.Close()
	close(n.events)
	return nil
}
