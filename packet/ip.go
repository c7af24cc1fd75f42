package packet

import (
	"encoding/binary"
	"net/netip"
)

// IP protocol numbers (IANA).
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoIGMP     = 2
	protoIPv4     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoAuth     = 51
	protoICMPv6   = 58
	protoOptions  = 60
	protoMobility = 135
	protoHIP      = 139
	protoShim6    = 140
)

// network is what an IP header says of the layers below.
type network struct {
	src, dst netip.Addr
	ttl      uint8
	id       uint16
}

// ip reads IPv4 or IPv6, whichever the first four bits say.
func (d *Decoder) ip(v view) {
	if len(v.b) == 0 {
		d.Counts.Malformed++
		return
	}
	switch v.b[0] >> 4 {
	case 4:
		d.ipv4(v)
	case 6:
		d.ipv6(v)
	default:
		d.Counts.NotIP++
	}
}

// ipv4 reads RFC 791. A total length of 0 is that of a packet which the
// network card was to cut into segments: it goes to the end.
func (d *Decoder) ipv4(v view) {
	b := v.b
	if len(b) < 20 || b[0]>>4 != 4 {
		d.Counts.Malformed++
		return
	}
	head, total := int(b[0]&0x0f)*4, int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 {
		total = len(b) + v.cut
	}
	if head < 20 || total < head || len(b) < head {
		d.Counts.Malformed++
		return
	}
	v = v.limit(total).skip(head)
	n := network{netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20])), b[8], binary.BigEndian.Uint16(b[4:])}
	if f := binary.BigEndian.Uint16(b[6:]); f&0x3fff != 0 {
		d.fragment(b[9], n, uint32(n.id), int(f&0x1fff)*8, f&0x2000 != 0, v)
		return
	}
	d.transport(b[9], n, v)
}

// ipv6 reads RFC 8200 and its extension headers. A payload length of 0 is that
// of a jumbogram (RFC 2675), or of TSO: it goes to the end.
func (d *Decoder) ipv6(v view) {
	b := v.b
	if len(b) < 40 || b[0]>>4 != 6 {
		d.Counts.Malformed++
		return
	}
	size := int(binary.BigEndian.Uint16(b[4:]))
	if size == 0 {
		size = len(b) + v.cut - 40
	}
	n := network{src: netip.AddrFrom16([16]byte(b[8:24])), dst: netip.AddrFrom16([16]byte(b[24:40])), ttl: b[7]}
	next := b[6]
	v = v.skip(40).limit(size)
	for range 16 {
		switch next {
		case protoHopByHop, protoRouting, protoOptions, protoMobility, protoHIP, protoShim6, protoAuth:
			if len(v.b) < 8 {
				d.Counts.Malformed++
				return
			}
			size := int(v.b[1])*8 + 8
			if next == protoAuth {
				size = int(v.b[1])*4 + 8 // RFC 4302, 2.2
			}
			if len(v.b) < size {
				d.Counts.Malformed++
				return
			}
			next, v = v.b[0], v.skip(size)
		case protoFragment:
			if len(v.b) < 8 {
				d.Counts.Malformed++
				return
			}
			f, id := binary.BigEndian.Uint16(v.b[2:]), binary.BigEndian.Uint32(v.b[4:])
			next, v = v.b[0], v.skip(8)
			if f&0xfff9 != 0 { // one that is whole is read on (RFC 6946)
				d.fragment(next, n, id, int(f&0xfff8), f&1 != 0, v)
				return
			}
		default:
			d.transport(next, n, v)
			return
		}
	}
	d.Counts.Deep++
}

// transport reads what an IP packet carries.
func (d *Decoder) transport(proto uint8, n network, v view) {
	switch proto {
	case protoTCP:
		d.tcp(n, v)
	case protoUDP:
		d.udp(n, v)
	case protoICMP, protoICMPv6, protoIGMP:
		d.Counts.ICMP++
	case protoIPv4, protoIPv6:
		if d.inner() {
			d.tunnel("ip-in-ip", n.src, n.dst) // RFC 2003, RFC 4213, RFC 2473
			d.ip(v)
		}
	case protoGRE:
		d.gre(n, v)
	case protoHopByHop, protoRouting, protoOptions, protoMobility, protoHIP, protoShim6, protoAuth:
		d.extended(proto, n, v)
	default:
		d.Counts.Transport++
	}
}

// extended reads extension headers that stand behind a fragment header and
// were put together, and the Authentication Header of IPv4.
func (d *Decoder) extended(proto uint8, n network, v view) {
	for range 16 {
		switch proto {
		case protoHopByHop, protoRouting, protoOptions, protoMobility, protoHIP, protoShim6, protoAuth:
			if len(v.b) < 8 {
				d.Counts.Malformed++
				return
			}
			size := int(v.b[1])*8 + 8
			if proto == protoAuth {
				size = int(v.b[1])*4 + 8
			}
			if len(v.b) < size {
				d.Counts.Malformed++
				return
			}
			proto, v = v.b[0], v.skip(size)
		case protoFragment:
			d.Counts.Malformed++ // a fragment of a fragment
			return
		default:
			d.transport(proto, n, v)
			return
		}
	}
	d.Counts.Deep++
}
