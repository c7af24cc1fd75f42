package peel

import (
	"encoding/binary"
	"math/bits"
)

// deflateHead reports whether b may begin a DEFLATE stream (RFC 1951) that is
// worth the attempt: a decoder set up for noise costs more than everything
// else that is tried on it. It reads the first block's head, and in the fixed
// code as many symbols as noise seldom survives.
func deflateHead(b []byte) bool { return deflateStart(b, false) }

// deflateStart is deflateHead; cut says that more bytes follow b.
func deflateStart(b []byte, cut bool) bool {
	if len(b) < 3 {
		return false
	}
	switch b[0] >> 1 & 3 {
	case 0: // stored
		return len(b) >= 5 && binary.LittleEndian.Uint16(b[1:]) == ^binary.LittleEndian.Uint16(b[3:])
	case 1:
		return fixedHead64(b, cut)
	case 2:
		return dynamicHead(b, cut)
	}
	return false
}

// bitReader takes bits, the lowest first.
type bitReader struct {
	b    []byte
	acc  uint64
	have uint
}

func (r *bitReader) fill() {
	for r.have <= 56 && len(r.b) > 0 {
		r.acc |= uint64(r.b[0]) << r.have
		r.have += 8
		r.b = r.b[1:]
	}
}

func (r *bitReader) take(n uint) (v uint, ok bool) {
	if r.have < n {
		if r.fill(); r.have < n {
			return 0, false
		}
	}
	v = uint(r.acc & (1<<n - 1))
	r.acc >>= n
	r.have -= n
	return v, true
}

// code takes a Huffman code's bits, which stand highest first.
func (r *bitReader) code(n uint, so uint) (uint, bool) {
	v, ok := r.take(n)
	return so<<n | uint(bits.Reverse64(uint64(v))>>(64-n)), ok
}

var (
	lengthBase  = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distBase    = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distExtra   = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// fixedHead64 reads up to 64 symbols of the fixed code (section 3.2.6).
func fixedHead64(b []byte, cut bool) bool {
	r := &bitReader{b: b}
	r.take(3)
	out := uint(0)
	for range 64 {
		c, ok := r.code(7, 0)
		if !ok {
			return cut
		}
		var sym uint
		switch {
		case c <= 0b0010111:
			sym = 256 + c
		default:
			if c, ok = r.code(1, c); !ok {
				return cut
			}
			switch {
			case c >= 0b00110000 && c <= 0b10111111:
				out++
				continue
			case c >= 0b11000000 && c <= 0b11000111:
				sym = 280 + c - 0b11000000
			default:
				if _, ok = r.code(1, c); !ok {
					return cut
				}
				out++
				continue
			}
		}
		if sym == 256 {
			return out >= minLeaf
		}
		if sym > 285 {
			return false
		}
		x, ok := r.take(uint(lengthExtra[sym-257]))
		if !ok {
			return cut
		}
		n := uint(lengthBase[sym-257]) + x
		d, ok := r.code(5, 0)
		if !ok {
			return cut
		}
		if d > 29 || uint(distBase[d]) > out {
			return false
		}
		if x, ok = r.take(uint(distExtra[d])); !ok {
			return cut
		}
		if uint(distBase[d])+x > out {
			return false
		}
		out += n
	}
	return true
}

// dynamicHead checks that the code of code lengths is a whole one (section
// 3.2.7), which noise hardly ever is.
func dynamicHead(b []byte, cut bool) bool {
	r := &bitReader{b: b}
	r.take(3)
	lit, _ := r.take(5)
	dist, _ := r.take(5)
	n, ok := r.take(4)
	if !ok || lit > 29 || dist > 29 {
		return false
	}
	sum := uint(0)
	for range n + 4 {
		k, ok := r.take(3)
		if !ok {
			return cut
		}
		if k > 0 {
			sum += 128 >> k
		}
	}
	return sum == 128
}
