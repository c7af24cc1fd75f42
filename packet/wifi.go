package packet

import "encoding/binary"

// IEEE 802.11-2020, section 9.2.4 and 9.3.2. Only data frames that are not
// encrypted hold IP.

// radiotap reads the header that most tools put before 802.11 frames
// (https://www.radiotap.org). Of its fields only the flags count here.
func (d *Decoder) radiotap(v view) {
	if len(v.b) < 8 || v.b[0] != 0 {
		d.Counts.Malformed++
		return
	}
	size := int(binary.LittleEndian.Uint16(v.b[2:]))
	if size < 8 || size > len(v.b) {
		d.Counts.Malformed++
		return
	}
	flags := radiotapFlags(v.b[:size])
	v = v.skip(size)
	if flags&0x10 != 0 { // the frame check sequence is at the end
		v = v.limit(max(0, len(v.b)+v.cut-4))
	}
	if flags&0x40 != 0 { // it is wrong
		d.Counts.Malformed++
		return
	}
	d.frame80211(v, flags&0x20 != 0)
}

// radiotapFlags returns the field of that name, 0 if there is none.
func radiotapFlags(b []byte) byte {
	present := binary.LittleEndian.Uint32(b[4:])
	at := 8
	for more := present; more&(1<<31) != 0; at += 4 {
		if at+4 > len(b) {
			return 0
		}
		more = binary.LittleEndian.Uint32(b[at:])
	}
	if present&1 != 0 { // TSFT, 8 bytes, aligned
		at = (at+7)&^7 + 8
	}
	if present&2 == 0 || at >= len(b) {
		return 0
	}
	return b[at]
}

// ppi reads a Per-Packet Information header: version, flags, length, link type.
func (d *Decoder) ppi(v view) {
	if len(v.b) < 8 {
		d.Counts.Malformed++
		return
	}
	size := int(binary.LittleEndian.Uint16(v.b[2:]))
	if size < 8 || size > len(v.b) {
		d.Counts.Malformed++
		return
	}
	d.layer(LinkType(binary.LittleEndian.Uint32(v.b[4:])), v.skip(size))
}

// wifi reads a frame without a header before it.
func (d *Decoder) wifi(v view) { d.frame80211(v, false) }

// frame80211 reads a data frame. If padded, what stands behind its header is
// aligned to four bytes.
func (d *Decoder) frame80211(v view, padded bool) {
	if len(v.b) < 2 {
		d.Counts.Malformed++
		return
	}
	control, flags := v.b[0], v.b[1]
	const data, null, qos = 0x08, 0x40, 0x80
	switch {
	case control&0x03 != 0:
		d.Counts.Malformed++ // a version that is not known
		return
	case control&0x0c != data || control&null != 0:
		d.Counts.NotIP++
		return
	case flags&0x40 != 0:
		d.Counts.Protected++
		return
	}
	size := 24
	if flags&0x03 == 0x03 { // between access points: a fourth address
		size += 6
	}
	aggregate := false
	if control&qos != 0 {
		if len(v.b) > size {
			aggregate = v.b[size]&0x80 != 0
		}
		size += 2
		if flags&0x80 != 0 { // HT Control
			size += 4
		}
	}
	if padded {
		size = (size + 3) &^ 3
	}
	if len(v.b) < size {
		d.Counts.Malformed++
		return
	}
	if v.b[22]&0x0f != 0 || flags&0x04 != 0 {
		d.Counts.Fragment++
		return
	}
	v = v.skip(size)
	if !aggregate {
		d.llc(v)
		return
	}
	// A-MSDU: frames of destination, source, length and LLC, each aligned to
	// four bytes.
	depth := d.depth
	for range 64 {
		if len(v.b) < 14 {
			return
		}
		n := int(binary.BigEndian.Uint16(v.b[12:]))
		v = v.skip(14)
		d.depth = depth
		d.llc(v.limit(n))
		if v.cut > 0 && n >= len(v.b) {
			return
		}
		v = v.skip(min(len(v.b), (14+n+3)&^3-14))
	}
}
