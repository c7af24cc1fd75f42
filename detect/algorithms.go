package detect

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"hash/fnv"
	"math/bits"

	"github.com/cespare/xxhash/v2"
	"github.com/spaolacci/murmur3"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/md4"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/ripemd160"
)

// algorithm is a one-way function met in tracking traffic: the list is that
// of Englehardt et al. (PETS 2018) and Senol et al. (USENIX Security 2022),
// grown by what advertising SDKs document.
type algorithm struct {
	name string
	size int // bytes
	sum  func(dst, data []byte) []byte
}

// cryptographic digests: 16 bytes and more, no collisions by chance.
var digestAlgorithms = []algorithm{
	{"md5", 16, func(d, b []byte) []byte { s := md5.Sum(b); return append(d, s[:]...) }},
	{"sha1", 20, func(d, b []byte) []byte { s := sha1.Sum(b); return append(d, s[:]...) }},
	{"sha256", 32, func(d, b []byte) []byte { s := sha256.Sum256(b); return append(d, s[:]...) }},
	{"sha512", 64, func(d, b []byte) []byte { s := sha512.Sum512(b); return append(d, s[:]...) }},
	{"sha224", 28, func(d, b []byte) []byte { s := sha256.Sum224(b); return append(d, s[:]...) }},
	{"sha384", 48, func(d, b []byte) []byte { s := sha512.Sum384(b); return append(d, s[:]...) }},
	{"sha3-256", 32, func(d, b []byte) []byte { s := sha3.Sum256(b); return append(d, s[:]...) }},
	{"sha3-512", 64, func(d, b []byte) []byte { s := sha3.Sum512(b); return append(d, s[:]...) }},
	{"ripemd160", 20, func(d, b []byte) []byte { h := ripemd160.New(); h.Write(b); return h.Sum(d) }},
	{"blake2b-512", 64, func(d, b []byte) []byte { s := blake2b.Sum512(b); return append(d, s[:]...) }},
	{"blake2b-256", 32, func(d, b []byte) []byte { s := blake2b.Sum256(b); return append(d, s[:]...) }},
	{"blake2s-256", 32, func(d, b []byte) []byte { s := blake2s.Sum256(b); return append(d, s[:]...) }},
	{"md4", 16, func(d, b []byte) []byte { h := md4.New(); h.Write(b); return h.Sum(d) }},
	{"murmur3-128", 16, func(d, b []byte) []byte {
		x, y := murmur3.Sum128(b)
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(d, x), y)
	}},
}

// outer algorithms are those met around another digest; the others are only
// tried on the value itself.
var outerAlgorithms = []int{0, 1, 2, 3}

// checksums64 are 8 bytes: enough against chance, not against intent.
var checksums64 = []algorithm{
	{"xxhash64", 8, func(d, b []byte) []byte { return binary.BigEndian.AppendUint64(d, xxhash.Sum64(b)) }},
	{"fnv1a-64", 8, func(d, b []byte) []byte { h := fnv.New64a(); h.Write(b); return h.Sum(d) }},
	{"fnv1-64", 8, func(d, b []byte) []byte { h := fnv.New64(); h.Write(b); return h.Sum(d) }},
}

// checksums32 are 4 bytes: with 400 forms, one random field in a million
// collides, and Englehardt et al. had to switch theirs off. They count only
// where the field's name says what was hashed.
var checksums32 = []algorithm{
	{"crc32", 4, func(d, b []byte) []byte { return binary.BigEndian.AppendUint32(d, crc32.ChecksumIEEE(b)) }},
	{"adler32", 4, func(d, b []byte) []byte { return binary.BigEndian.AppendUint32(d, adler32.Checksum(b)) }},
	{"murmur3-32", 4, func(d, b []byte) []byte { return binary.BigEndian.AppendUint32(d, murmur32(b)) }},
	{"xxhash32", 4, func(d, b []byte) []byte { return binary.BigEndian.AppendUint32(d, xxhash32(b)) }},
	{"fnv1a-32", 4, func(d, b []byte) []byte { h := fnv.New32a(); h.Write(b); return h.Sum(d) }},
	{"fnv1-32", 4, func(d, b []byte) []byte { h := fnv.New32(); h.Write(b); return h.Sum(d) }},
}

// murmur32 is MurmurHash3_x86_32 with seed 0 (Austin Appleby, public domain).
// The module's own Sum32 does pointer arithmetic that the race detector's
// pointer checks reject.
func murmur32(b []byte) uint32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	var h uint32
	n := uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		h ^= bits.RotateLeft32(binary.LittleEndian.Uint32(b)*c1, 15) * c2
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	var k uint32
	for i, c := range b {
		k |= uint32(c) << (8 * i)
	}
	h ^= bits.RotateLeft32(k*c1, 15) * c2
	h ^= n
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

// xxhash32 is XXH32 with seed 0
// (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).
func xxhash32(b []byte) uint32 {
	const p1, p2, p3, p4, p5 uint32 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1
	rot := bits.RotateLeft32
	n := uint32(len(b))
	var h uint32
	if len(b) >= 16 {
		var seed uint32
		v := [4]uint32{seed + p1 + p2, seed + p2, seed, seed - p1}
		for ; len(b) >= 16; b = b[16:] {
			for i := range v {
				v[i] = rot(v[i]+binary.LittleEndian.Uint32(b[4*i:])*p2, 13) * p1
			}
		}
		h = rot(v[0], 1) + rot(v[1], 7) + rot(v[2], 12) + rot(v[3], 18)
	} else {
		h = p5
	}
	h += n
	for ; len(b) >= 4; b = b[4:] {
		h = rot(h+binary.LittleEndian.Uint32(b)*p3, 17) * p4
	}
	for _, c := range b {
		h = rot(h+uint32(c)*p5, 11) * p1
	}
	h ^= h >> 15
	h *= p2
	h ^= h >> 13
	h *= p3
	return h ^ h>>16
}
