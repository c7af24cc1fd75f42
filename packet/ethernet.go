package packet

import "encoding/binary"

// EtherTypes (IANA, "IEEE 802 Numbers").
const (
	etherIPv4    = 0x0800
	etherIPv6    = 0x86dd
	etherVLAN    = 0x8100 // IEEE 802.1Q
	etherVLANs   = 0x88a8 // IEEE 802.1ad, the outer tag
	etherVLANOld = 0x9100
	etherMPLS    = 0x8847
	etherMPLSUp  = 0x8848
	etherPPPoE   = 0x8864 // session stage (RFC 2516)
	etherBridge  = 0x6558 // Ethernet in GRE, in SLL
)

// ethernetFrame reads a frame that was captured, perhaps with PCAPdroid's
// trailer.
func (d *Decoder) ethernetFrame(v view) { d.ethernet(d.trailer(v)) }

// ethernet reads destination, source and type.
func (d *Decoder) ethernet(v view) {
	if len(v.b) < 14 {
		d.Counts.Malformed++
		return
	}
	d.etherType(binary.BigEndian.Uint16(v.b[12:]), v.skip(14))
}

// etherType reads what stands behind an EtherType, or behind a length (at
// most 1500), which IEEE 802.2 LLC follows.
func (d *Decoder) etherType(kind uint16, v view) {
	for range maxDepth {
		switch kind {
		case etherIPv4, etherIPv6:
			d.ip(v)
			return
		case etherVLAN, etherVLANs, etherVLANOld:
			if len(v.b) < 4 {
				d.Counts.Malformed++
				return
			}
			kind = binary.BigEndian.Uint16(v.b[2:])
			v = v.skip(4)
			continue
		case etherMPLS, etherMPLSUp:
			d.mpls(v)
			return
		case etherPPPoE:
			d.pppoe(v)
			return
		case etherBridge:
			if d.inner() {
				d.ethernet(v)
			}
			return
		}
		if kind <= 1500 {
			d.llc(v.limit(int(kind)))
			return
		}
		d.Counts.NotIP++
		return
	}
	d.Counts.Deep++
}

// llc reads IEEE 802.2 with SNAP (RFC 1042).
func (d *Decoder) llc(v view) {
	if len(v.b) >= 8 && v.b[0]&0xfe == 0xaa && v.b[1]&0xfe == 0xaa && v.b[2] == 3 &&
		v.b[3] == 0 && v.b[4] == 0 && (v.b[5] == 0 || v.b[5] == 0xf8) {
		if kind := binary.BigEndian.Uint16(v.b[6:]); kind > 1500 {
			if d.inner() {
				d.etherType(kind, v.skip(8))
			}
			return
		}
	}
	d.Counts.NotIP++
}

// mpls steps over a label stack (RFC 3032). What it carries is nowhere said;
// IP tells itself by its first four bits.
func (d *Decoder) mpls(v view) {
	for range maxDepth {
		if len(v.b) < 4 {
			d.Counts.Malformed++
			return
		}
		last := v.b[2]&1 != 0
		v = v.skip(4)
		if last {
			d.ip(v)
			return
		}
	}
	d.Counts.Deep++
}
