package encode

import (
	"encoding/binary"
	"math/bits"
)

// murmur128 is MurmurHash3_x64_128 with seed 0 (Austin Appleby), its two
// halves as numbers are printed.
func murmur128(in []byte) []byte {
	const c1, c2 = 0x87c37b91114253d5, 0x4cf5ad432745937f
	var h1, h2 uint64
	left := in
	for ; len(left) >= 16; left = left[16:] {
		k1, k2 := binary.LittleEndian.Uint64(left), binary.LittleEndian.Uint64(left[8:])
		h1 ^= bits.RotateLeft64(k1*c1, 31) * c2
		h1 = (bits.RotateLeft64(h1, 27)+h2)*5 + 0x52dce729
		h2 ^= bits.RotateLeft64(k2*c2, 33) * c1
		h2 = (bits.RotateLeft64(h2, 31)+h1)*5 + 0x38495ab5
	}
	var tail [16]byte
	copy(tail[:], left)
	h2 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(tail[8:])*c2, 33) * c1
	h1 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(tail[:])*c1, 31) * c2
	h1 ^= uint64(len(in))
	h2 ^= uint64(len(in))
	h1 += h2
	h2 += h1
	mix := func(k uint64) uint64 {
		k = (k ^ k>>33) * 0xff51afd7ed558ccd
		k = (k ^ k>>33) * 0xc4ceb9fe1a85ec53
		return k ^ k>>33
	}
	h1, h2 = mix(h1), mix(h2)
	h1 += h2
	h2 += h1
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, h1), h2)
}

// xxh64 is XXH64 with seed 0 (xxHash's specification, 0.1.1).
func xxh64(in []byte) uint64 {
	p := [...]uint64{0, 0x9e3779b185ebca87, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9, 0x85ebca77c2b2ae63, 0x27d4eb2f165667c5}
	round := func(acc, lane uint64) uint64 { return bits.RotateLeft64(acc+lane*p[2], 31) * p[1] }
	left, acc := in, p[5]
	if len(in) >= 32 {
		var a [4]uint64
		a[0] = p[1]
		a[0] += p[2]
		a[1], a[3] = p[2], -p[1]
		for ; len(left) >= 32; left = left[32:] {
			for i := range a {
				a[i] = round(a[i], binary.LittleEndian.Uint64(left[8*i:]))
			}
		}
		acc = bits.RotateLeft64(a[0], 1) + bits.RotateLeft64(a[1], 7) + bits.RotateLeft64(a[2], 12) + bits.RotateLeft64(a[3], 18)
		for _, x := range a {
			acc = (acc^round(0, x))*p[1] + p[4]
		}
	}
	acc += uint64(len(in))
	for ; len(left) >= 8; left = left[8:] {
		acc = bits.RotateLeft64(acc^round(0, binary.LittleEndian.Uint64(left)), 27)*p[1] + p[4]
	}
	if len(left) >= 4 {
		acc = bits.RotateLeft64(acc^uint64(binary.LittleEndian.Uint32(left))*p[1], 23)*p[2] + p[3]
		left = left[4:]
	}
	for _, c := range left {
		acc = bits.RotateLeft64(acc^uint64(c)*p[5], 11) * p[1]
	}
	acc = (acc ^ acc>>33) * p[2]
	acc = (acc ^ acc>>29) * p[3]
	return acc ^ acc>>32
}

// sip24 is SipHash-2-4 under a key of zeros (Aumasson and Bernstein 2012).
func sip24(in []byte) uint64 {
	v0, v1, v2, v3 := uint64(0x736f6d6570736575), uint64(0x646f72616e646f6d), uint64(0x6c7967656e657261), uint64(0x7465646279746573)
	round := func() {
		v0 += v1
		v2 += v3
		v1, v3 = bits.RotateLeft64(v1, 13)^v0, bits.RotateLeft64(v3, 16)^v2
		v0 = bits.RotateLeft64(v0, 32)
		v2 += v1
		v0 += v3
		v1, v3 = bits.RotateLeft64(v1, 17)^v2, bits.RotateLeft64(v3, 21)^v0
		v2 = bits.RotateLeft64(v2, 32)
	}
	padded := append([]byte{}, in...)
	for len(padded)%8 != 7 {
		padded = append(padded, 0)
	}
	padded = append(padded, byte(len(in)))
	for ; len(padded) > 0; padded = padded[8:] {
		m := binary.LittleEndian.Uint64(padded)
		v3 ^= m
		round()
		round()
		v0 ^= m
	}
	v2 ^= 0xff
	for range 4 {
		round()
	}
	return v0 ^ v1 ^ v2 ^ v3
}

// whirlpool is that of ISO/IEC 10118-3:2004, its box made from the three
// small ones that its designers give.
func whirlpool(in []byte) []byte {
	m := append(append([]byte{}, in...), 0x80)
	for len(m)%64 != 32 {
		m = append(m, 0)
	}
	m = binary.BigEndian.AppendUint64(append(m, make([]byte, 24)...), uint64(len(in))*8)
	var h [64]byte
	for ; len(m) > 0; m = m[64:] {
		key, state := h, [64]byte(m[:64])
		for i := range state {
			state[i] ^= key[i]
		}
		for r := range 10 {
			var constant [64]byte
			copy(constant[:8], whirlpoolBox[8*r:])
			key = whirlpoolRound(key, constant)
			state = whirlpoolRound(state, key)
		}
		for i := range h {
			h[i] ^= state[i] ^ m[i]
		}
	}
	return h[:]
}

// whirlpoolRound substitutes, moves columns down, mixes rows and adds a key.
func whirlpoolRound(in, key [64]byte) (out [64]byte) {
	var moved [64]byte
	for i := range 8 {
		for j := range 8 {
			moved[(i+j)%8*8+j] = whirlpoolBox[in[i*8+j]]
		}
	}
	row := [8]int{1, 1, 4, 1, 8, 5, 2, 9}
	for i := range 8 {
		for j := range 8 {
			x := 0
			for k := range 8 {
				a := int(moved[i*8+k])
				for b := row[(j-k+8)%8]; b > 0; b >>= 1 {
					if b&1 == 1 {
						x ^= a
					}
					if a <<= 1; a&0x100 != 0 {
						a ^= 0x11d
					}
				}
			}
			out[i*8+j] = byte(x) ^ key[i*8+j]
		}
	}
	return out
}

var whirlpoolBox = func() (box [256]byte) {
	e := [16]byte{1, 0xb, 9, 0xc, 0xd, 6, 0xf, 3, 0xe, 8, 7, 4, 0xa, 2, 5, 0}
	r := [16]byte{7, 0xc, 0xb, 0xd, 0xe, 4, 9, 0xf, 6, 3, 8, 0xa, 2, 5, 1, 0}
	var back [16]byte
	for i, x := range e {
		back[x] = byte(i)
	}
	for x := range 256 {
		high, low := e[x>>4], back[x&15]
		mid := r[high^low]
		box[x] = e[high^mid]<<4 | back[low^mid]
	}
	return box
}()
