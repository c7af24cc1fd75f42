package packet

import (
	"encoding/binary"
	"net/netip"
)

// gre reads Generic Routing Encapsulation (RFC 2784, RFC 2890), and the
// version of PPTP (RFC 2637, section 4.1).
func (d *Decoder) gre(n network, v view) {
	if len(v.b) < 4 {
		d.Counts.Malformed++
		return
	}
	flags, kind := binary.BigEndian.Uint16(v.b), binary.BigEndian.Uint16(v.b[2:])
	size := 4
	for _, f := range []uint16{0x8000, 0x2000, 0x1000} { // checksum, key, sequence number
		if flags&f != 0 {
			size += 4
		}
	}
	if flags&7 == 1 && flags&0x0080 != 0 { // PPTP: acknowledgement
		size += 4
	}
	if flags&0x4000 != 0 || flags&7 > 1 || len(v.b) < size { // routing: RFC 1701, nobody's
		d.Counts.Malformed++
		return
	}
	if !d.inner() {
		return
	}
	d.tunnel("gre", n.src, n.dst)
	v = v.skip(size)
	if flags&7 == 1 {
		d.ppp(v)
		return
	}
	d.etherType(kind, v)
}

// UDP ports of tunnels (IANA).
const (
	portGTPU  = 2152
	portVXLAN = 4789
)

// udpTunnel reads a datagram that is a tunnel's, and reports whether it was
// one. What only looks like one is a datagram like any other, and so is one
// in which no segment is found: whatever an app sends must be seen.
func (d *Decoder) udpTunnel(port uint16, n network, v view) bool {
	if port != portGTPU && port != portVXLAN {
		return false
	}
	counts, depth, outer := d.Counts, d.depth, d.seg.Outer
	if !d.inner() {
		d.Counts = counts
		return false
	}
	switch port {
	case portGTPU:
		if inner, ok := gtp(v); ok && soundIP(inner) {
			d.tunnel("gtp-u", n.src, n.dst)
			d.ip(inner)
		}
	case portVXLAN: // RFC 7348, section 5
		if b := v.b; len(b) >= 8 && b[0] == 0x08 && b[1] == 0 && b[2] == 0 && b[3] == 0 && b[7] == 0 {
			d.tunnel("vxlan", n.src, n.dst)
			d.ethernet(v.skip(8))
		}
	}
	if d.Counts.TCP+d.Counts.UDP > counts.TCP+counts.UDP {
		return true
	}
	d.Counts, d.depth, d.seg.Outer = counts, depth, outer
	return false
}

// gtp steps over a GTP-U header (3GPP TS 29.281, section 5.1), if it is that
// of a user's packet.
func gtp(v view) (view, bool) {
	const version1, options, userPacket = 0x30, 0x07, 0xff
	if len(v.b) < 8 || v.b[0]&0xf0 != version1 || v.b[1] != userPacket {
		return v, false
	}
	flags := v.b[0]
	v = v.limit(min(8+int(binary.BigEndian.Uint16(v.b[2:])), len(v.b)+v.cut)).skip(8)
	if flags&options == 0 {
		return v, true
	}
	if len(v.b) < 4 {
		return v, false
	}
	next := v.b[3]
	if flags&0x04 == 0 {
		next = 0
	}
	v = v.skip(4)
	for range 8 { // extension headers: length in units of four bytes, …, type of the next
		if next == 0 {
			return v, true
		}
		if len(v.b) < 4 || v.b[0] == 0 || len(v.b) < int(v.b[0])*4 {
			return v, false
		}
		size := int(v.b[0]) * 4
		next, v = v.b[size-1], v.skip(size)
	}
	return v, false
}

// soundIP reports whether v is an IP packet whose length is that of v.
func soundIP(v view) bool {
	b, whole := v.b, len(v.b)+v.cut
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		return b[0]&0x0f >= 5 && int(binary.BigEndian.Uint16(b[2:])) == whole
	case len(b) >= 40 && b[0]>>4 == 6:
		return int(binary.BigEndian.Uint16(b[4:]))+40 == whole
	}
	return false
}

// tunnel notes the outermost tunnel of a packet.
func (d *Decoder) tunnel(kind string, src, dst netip.Addr) {
	if d.seg.Outer.Kind == "" {
		d.seg.Outer = Outer{kind, src, dst}
	}
}
