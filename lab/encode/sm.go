package encode

import (
	"encoding/binary"
	"math/bits"
)

// sm3 is the digest of GB/T 32905-2016.
func sm3(in []byte) []byte {
	v := [8]uint32{0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e}
	rot := bits.RotateLeft32
	p0 := func(x uint32) uint32 { return x ^ rot(x, 9) ^ rot(x, 17) }
	p1 := func(x uint32) uint32 { return x ^ rot(x, 15) ^ rot(x, 23) }
	m := append(append([]byte{}, in...), 0x80)
	for len(m)%64 != 56 {
		m = append(m, 0)
	}
	m = binary.BigEndian.AppendUint64(m, uint64(len(in))*8)
	for ; len(m) > 0; m = m[64:] {
		var w [68]uint32
		for j := range 16 {
			w[j] = binary.BigEndian.Uint32(m[4*j:])
		}
		for j := 16; j < 68; j++ {
			w[j] = p1(w[j-16]^w[j-9]^rot(w[j-3], 15)) ^ rot(w[j-13], 7) ^ w[j-6]
		}
		a, b, c, d, e, f, g, h := v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
		for j := range 64 {
			t, ff, gg := uint32(0x79cc4519), a^b^c, e^f^g
			if j >= 16 {
				t, ff, gg = 0x7a879d8a, a&b|a&c|b&c, e&f|^e&g
			}
			ss1 := rot(rot(a, 12)+e+rot(t, j%32), 7)
			tt1 := ff + d + (ss1 ^ rot(a, 12)) + (w[j] ^ w[j+4])
			tt2 := gg + h + ss1 + w[j]
			d, c, b, a = c, rot(b, 9), a, tt1
			h, g, f, e = g, rot(f, 19), e, p0(tt2)
		}
		for i, x := range [8]uint32{a, b, c, d, e, f, g, h} {
			v[i] ^= x
		}
	}
	var out []byte
	for _, x := range v {
		out = binary.BigEndian.AppendUint32(out, x)
	}
	return out
}

// sm4 is the block cipher of GB/T 32907-2016, for encryption.
type sm4 struct{ keys [32]uint32 }

func newSM4(key []byte) *sm4 {
	fk := [4]uint32{0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc}
	var k [36]uint32
	for i := range 4 {
		k[i] = binary.BigEndian.Uint32(key[4*i:]) ^ fk[i]
	}
	c := &sm4{}
	for i := range 32 {
		var ck uint32
		for j := range 4 {
			ck = ck<<8 | uint32(byte((4*i+j)*7))
		}
		b := sm4Substitute(k[i+1] ^ k[i+2] ^ k[i+3] ^ ck)
		k[i+4] = k[i] ^ b ^ bits.RotateLeft32(b, 13) ^ bits.RotateLeft32(b, 23)
		c.keys[i] = k[i+4]
	}
	return c
}

func (c *sm4) BlockSize() int { return 16 }

func (c *sm4) Encrypt(dst, src []byte) {
	var x [36]uint32
	for i := range 4 {
		x[i] = binary.BigEndian.Uint32(src[4*i:])
	}
	for i := range 32 {
		b := sm4Substitute(x[i+1] ^ x[i+2] ^ x[i+3] ^ c.keys[i])
		x[i+4] = x[i] ^ b ^ bits.RotateLeft32(b, 2) ^ bits.RotateLeft32(b, 10) ^ bits.RotateLeft32(b, 18) ^ bits.RotateLeft32(b, 24)
	}
	for i := range 4 {
		binary.BigEndian.PutUint32(dst[4*i:], x[35-i])
	}
}

func (c *sm4) Decrypt(_, _ []byte) { panic("the lab only encrypts") }

func sm4Substitute(x uint32) uint32 {
	var out uint32
	for s := 24; s >= 0; s -= 8 {
		out = out<<8 | uint32(sm4Box[byte(x>>s)])
	}
	return out
}

// sm4Box is the substitution of SM4, made as its designers did: an affine map
// around the inverse in GF(2^8) modulo x^8+x^7+x^6+x^5+x^4+x^2+1.
var sm4Box = func() (box [256]byte) {
	times := func(a, b int) int {
		p := 0
		for ; b > 0; b >>= 1 {
			if b&1 == 1 {
				p ^= a
			}
			if a <<= 1; a&0x100 != 0 {
				a ^= 0x1f5
			}
		}
		return p
	}
	affine := func(x int) int {
		out := 0
		for i := range 8 { // rows are rotations of 0xa7
			row := bits.RotateLeft8(0xa7, i)
			out |= bits.OnesCount8(row&byte(x)) & 1 << i
		}
		return out ^ 0xd3
	}
	for x := range 256 {
		y := affine(x)
		inverse := 0
		for z := 1; z < 256 && y != 0; z++ {
			if times(y, z) == 1 {
				inverse = z
				break
			}
		}
		box[x] = byte(affine(inverse))
	}
	return box
}()
