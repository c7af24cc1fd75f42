package packet

import "encoding/binary"

// Pair is the two ends of a conversation, the same for both directions. It is
// a key for maps.
type Pair struct {
	low, high [18]byte // address as 16 bytes, port
	proto     Proto
}

// PairOf returns the pair that s belongs to, and whether its source is the
// lower end.
func PairOf(s *Segment) (pair Pair, fromLow bool) {
	src, dst := s.Src.Addr().As16(), s.Dst.Addr().As16()
	p, q := s.Src.Port(), s.Dst.Port()
	pair.proto = s.Proto
	a, b := &pair.low, &pair.high
	if fromLow = lower(&src, &dst, p, q); !fromLow {
		a, b = b, a
	}
	copy(a[:], src[:])
	a[16], a[17] = byte(p>>8), byte(p)
	copy(b[:], dst[:])
	b[16], b[17] = byte(q>>8), byte(q)
	return pair, fromLow
}

// lower reports whether the first address and port is not behind the second.
func lower(a, b *[16]byte, p, q uint16) bool {
	for i := 0; i < 16; i += 8 {
		x, y := binary.BigEndian.Uint64(a[i:]), binary.BigEndian.Uint64(b[i:])
		if x != y {
			return x < y
		}
	}
	return p <= q
}
