package peel

import "encoding/binary"

// maxHead and maxTail are how many bytes of a record may stand before and after
// the one field of it that matters.
const (
	maxHead = 64
	maxTail = 10
)

// counted looks for a field whose length stands in front of it and that fills
// nearly all of a record of unknown structure (Thrift, Avro, BSON, DER, AMF,
// type-length-value): one byte, a zigzag varint, two or four bytes in either
// order, ASN.1's long form.
func (w *Walker) counted(p *Part) (sure bool) {
	b := p.Data
	for at := 1; at < min(len(b)-minLeaf, maxHead); at++ {
		rest := len(b) - at
		// Chance counts, too: the field has to be something.
		if n := countBefore(b, at, rest); n > 0 && worthCounting(b[at:at+n]) && w.proofOf(b[at:at+n]) > unproven {
			if f := w.slice(p, "counted", "", "", at, n); f != nil {
				w.later(costGuess, f, hint{inner: true})
				sure = sure || texty(f.Data)
			}
		}
	}
	return sure
}

// worthCounting reports whether b begins as text or as a known format: too many
// bytes look like a length for more to be tried.
func worthCounting(b []byte) bool {
	kinds := uint32(0)
	for _, c := range b[:min(len(b), 8)] {
		kinds += beginKinds[c]
	}
	return kinds>>16 <= 3 || knownMagic(b)
}

// countBefore is the length that the bytes before at give what follows, if
// that leaves no more than maxTail of rest bytes; 0 if none does.
func countBefore(b []byte, at, rest int) int {
	fits := func(n int) bool { return n >= minLeaf && n <= rest && rest-n <= maxTail }
	if n := int(b[at-1]); n < 0x80 && fits(n) {
		return n
	}
	if v, k := varint(b[at-1:]); k == 1 && v&1 == 0 && fits(int(v/2)) {
		return int(v / 2)
	}
	if at < 2 {
		return 0
	}
	if v := uint64(b[at-2]&0x7f) | uint64(b[at-1])<<7; b[at-2] >= 0x80 && b[at-1] < 0x80 && v&1 == 0 && fits(int(v/2)) {
		return int(v / 2)
	}
	if v := int(b[at-2]&0x7f) | int(b[at-1])<<7; b[at-2] >= 0x80 && b[at-1] < 0x80 && fits(v) {
		return v
	}
	if b[at-2] == 0x81 && fits(int(b[at-1])) { // ASN.1
		return int(b[at-1])
	}
	for _, n := range []int{int(binary.BigEndian.Uint16(b[at-2:])), int(binary.LittleEndian.Uint16(b[at-2:]))} {
		if fits(n) {
			return n
		}
	}
	if at < 4 {
		return 0
	}
	for _, n := range []uint32{binary.BigEndian.Uint32(b[at-4:]), binary.LittleEndian.Uint32(b[at-4:])} {
		if n < 1<<30 && fits(int(n)) {
			return int(n)
		}
	}
	return 0
}
