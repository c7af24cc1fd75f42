package packet

import "encoding/binary"

// What Linux puts before packets of its "any" device.

const (
	cookedOutgoing = 4
	cookedLLC      = 0x0004 // instead of an EtherType
	arphrdNetlink  = 824
	arphrdGRE      = 778
)

// cooked reads LINUX_SLL: packet type, hardware type, length and bytes of the
// sender's address, protocol; 16 bytes.
func (d *Decoder) cooked(v view) {
	if len(v.b) < 16 {
		d.Counts.Malformed++
		return
	}
	d.cookedBody(binary.BigEndian.Uint16(v.b), binary.BigEndian.Uint16(v.b[2:]), binary.BigEndian.Uint16(v.b[14:]), v.skip(16))
}

// cooked2 reads LINUX_SLL2: protocol, reserved, interface, hardware type,
// packet type, length and bytes of the sender's address; 20 bytes.
func (d *Decoder) cooked2(v view) {
	if len(v.b) < 20 {
		d.Counts.Malformed++
		return
	}
	d.cookedBody(uint16(v.b[10]), binary.BigEndian.Uint16(v.b[8:]), binary.BigEndian.Uint16(v.b), v.skip(20))
}

func (d *Decoder) cookedBody(kind, hardware, protocol uint16, v view) {
	if d.dir == Unknown {
		switch kind {
		case 0: // to us
			d.dir = Inbound
		case cookedOutgoing:
			d.dir = Outbound
		}
	}
	switch {
	case hardware == arphrdNetlink:
		d.Counts.NotIP++
	case protocol == cookedLLC:
		d.llc(v)
	case protocol < 1536 && hardware != arphrdGRE: // a number of Linux's own, not an EtherType
		d.Counts.NotIP++
	default:
		d.etherType(protocol, v)
	}
}
