package packet

import "encoding/binary"

// null reads the loopback encapsulation of BSD: an address family in four
// bytes, in the byte order of the machine (NULL) or of the network (LOOP).
func (d *Decoder) null(v view) {
	if len(v.b) < 4 {
		d.Counts.Malformed++
		return
	}
	family := binary.LittleEndian.Uint32(v.b)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(v.b)
	}
	switch family {
	case 2, 10, 23, 24, 28, 30: // AF_INET; AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, Darwin
		d.ip(v.skip(4))
	default:
		d.Counts.NotIP++
	}
}
