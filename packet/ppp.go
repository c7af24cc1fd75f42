package packet

import "encoding/binary"

// PPP protocols (IANA, "PPP Numbers").
const (
	pppIPv4 = 0x0021
	pppIPv6 = 0x0057
	pppMPLS = 0x0281
)

// ppp reads PPP (RFC 1661), with or without the address and control of
// RFC 1662, with a protocol of one or two bytes.
func (d *Decoder) ppp(v view) {
	if len(v.b) >= 2 && v.b[0] == 0xff && v.b[1] == 0x03 {
		v = v.skip(2)
	}
	if len(v.b) < 2 {
		d.Counts.Malformed++
		return
	}
	protocol, n := binary.BigEndian.Uint16(v.b), 2
	if v.b[0]&1 != 0 {
		protocol, n = uint16(v.b[0]), 1
	}
	switch v = v.skip(n); protocol {
	case pppIPv4, pppIPv6:
		d.ip(v)
	case pppMPLS:
		d.mpls(v)
	default:
		d.Counts.NotIP++
	}
}

// pppDirected reads PPP behind a byte that tells the direction.
func (d *Decoder) pppDirected(v view) {
	if len(v.b) < 1 {
		d.Counts.Malformed++
		return
	}
	if d.dir = Inbound; v.b[0] != 0 {
		d.dir = Outbound
	}
	d.ppp(v.skip(1))
}

// pppoe reads the session stage of PPP over Ethernet (RFC 2516, section 4).
func (d *Decoder) pppoe(v view) {
	if len(v.b) < 8 {
		d.Counts.Malformed++
		return
	}
	if v.b[0] != 0x11 || v.b[1] != 0 {
		d.Counts.NotIP++ // discovery
		return
	}
	d.ppp(v.skip(6).limit(int(binary.BigEndian.Uint16(v.b[4:]))))
}
