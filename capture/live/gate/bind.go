package gate

import (
	"errors"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/net/ipv4"
	"golang.zx2c4.com/wireguard/conn"
)

// bind is WireGuard's UDP socket: one address, where the library's own listens
// on every address of the machine.
type bind struct {
	addr netip.AddrPort

	mu  sync.Mutex
	udp *net.UDPConn
}

const batch = 64 // datagrams a system call

func listen(at netip.AddrPort) (*bind, error) {
	udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	udp.SetReadBuffer(4 << 20)
	udp.SetWriteBuffer(4 << 20)
	a := udp.LocalAddr().(*net.UDPAddr).AddrPort()
	return &bind{addr: netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), udp: udp}, nil
}

// Open is called when the device goes up; it may go down and up again.
func (b *bind) Open(uint16) ([]conn.ReceiveFunc, uint16, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.udp == nil {
		udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(b.addr))
		if err != nil {
			return nil, 0, err
		}
		b.udp = udp
	}
	udp := b.udp
	// Despite its name it reads either family: only the system call matters.
	packets := ipv4.NewPacketConn(udp)
	msgs := make([]ipv4.Message, batch)
	for i := range msgs {
		msgs[i].Buffers = make([][]byte, 1)
	}
	return []conn.ReceiveFunc{func(bufs [][]byte, sizes []int, eps []conn.Endpoint) (int, error) {
		for i := range bufs {
			msgs[i].Buffers[0] = bufs[i]
		}
		n, err := packets.ReadBatch(msgs[:min(len(bufs), batch)], 0)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return 0, net.ErrClosed
			}
			return 0, err
		}
		for i := range n {
			sizes[i] = msgs[i].N
			a := msgs[i].Addr.(*net.UDPAddr).AddrPort()
			eps[i] = endpoint(netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
		}
		return n, nil
	}}, b.addr.Port(), nil
}

func (b *bind) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.udp == nil {
		return nil
	}
	err := b.udp.Close()
	b.udp = nil
	return err
}

func (b *bind) Send(bufs [][]byte, to conn.Endpoint) error {
	b.mu.Lock()
	udp := b.udp
	b.mu.Unlock()
	e, ok := to.(endpoint)
	if udp == nil || !ok {
		return net.ErrClosed
	}
	for _, p := range bufs {
		if _, err := udp.WriteToUDPAddrPort(p, netip.AddrPort(e)); err != nil {
			return err
		}
	}
	return nil
}

func (b *bind) SetMark(uint32) error { return nil }
func (b *bind) BatchSize() int       { return batch }

func (b *bind) ParseEndpoint(s string) (conn.Endpoint, error) {
	a, err := netip.ParseAddrPort(s)
	return endpoint(a), err
}

// endpoint is where a phone is.
type endpoint netip.AddrPort

func (e endpoint) ClearSrc()           {}
func (e endpoint) SrcToString() string { return "" }
func (e endpoint) DstToString() string { return netip.AddrPort(e).String() }
func (e endpoint) DstIP() netip.Addr   { return netip.AddrPort(e).Addr() }
func (e endpoint) SrcIP() netip.Addr   { return netip.Addr{} }
func (e endpoint) DstToBytes() []byte {
	b, _ := netip.AddrPort(e).MarshalBinary()
	return b
}
