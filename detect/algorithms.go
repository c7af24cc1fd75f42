package detect

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"hash/crc64"
	"hash/fnv"
	"math/bits"

	"github.com/cespare/xxhash/v2"
	"github.com/dchest/siphash"
	"github.com/emmansun/gmsm/sm3"
	"github.com/go-faster/city"
	"github.com/jzelinskie/whirlpool"
	"github.com/spaolacci/murmur3"
	"github.com/zeebo/blake3"
	"github.com/zeebo/xxh3"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/md4"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/ripemd160"
	legacy "golang.org/x/crypto/sha3"
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
	// java.util.UUID.nameUUIDFromBytes: RFC 9562 version 3 without a namespace.
	{"md5 as a version 3 UUID", 16, func(d, b []byte) []byte {
		s := md5.Sum(b)
		s[6], s[8] = s[6]&0x0f|0x30, s[8]&0x3f|0x80
		return append(d, s[:]...)
	}},
	{"md4", 16, func(d, b []byte) []byte { h := md4.New(); h.Write(b); return h.Sum(d) }},
	{"murmur3-128", 16, func(d, b []byte) []byte {
		x, y := murmur3.Sum128(b)
		return big64(big64(d, x), y)
	}},
	{"murmur3-128, little endian", 16, func(d, b []byte) []byte {
		x, y := murmur3.Sum128(b)
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(d, x), y)
	}},
	{"sm3", 32, func(d, b []byte) []byte { s := sm3.Sum(b); return append(d, s[:]...) }},
	{"blake3", 32, func(d, b []byte) []byte { s := blake3.Sum256(b); return append(d, s[:]...) }},
	{"sha512-256", 32, func(d, b []byte) []byte { s := sha512.Sum512_256(b); return append(d, s[:]...) }},
	{"sha3-224", 28, func(d, b []byte) []byte { s := sha3.Sum224(b); return append(d, s[:]...) }},
	{"sha3-384", 48, func(d, b []byte) []byte { s := sha3.Sum384(b); return append(d, s[:]...) }},
	{"keccak-256", 32, func(d, b []byte) []byte { h := legacy.NewLegacyKeccak256(); h.Write(b); return h.Sum(d) }},
	{"whirlpool", 64, func(d, b []byte) []byte { h := whirlpool.New(); h.Write(b); return h.Sum(d) }},
	{"xxh3-128", 16, func(d, b []byte) []byte { s := xxh3.Hash128(b).Bytes(); return append(d, s[:]...) }},
	{"cityhash128", 16, func(d, b []byte) []byte { s := city.Hash128(b); return big64(big64(d, s.Low), s.High) }},
}

func big64(d []byte, x uint64) []byte { return binary.BigEndian.AppendUint64(d, x) }

// saltedAlgorithms are those met with a salt or a key: the first of
// digestAlgorithms.
var saltedAlgorithms = []func() hash.Hash{md5.New, sha1.New, sha256.New, sha512.New}

// outer algorithms are those met around another digest; the others are only
// tried on the value itself.
var outerAlgorithms = []int{0, 1, 2, 3}

// checksums64 are 8 bytes: enough against chance, not against intent.
var checksums64 = []algorithm{
	{"xxhash64", 8, func(d, b []byte) []byte { return binary.BigEndian.AppendUint64(d, xxhash.Sum64(b)) }},
	{"fnv1a-64", 8, func(d, b []byte) []byte { h := fnv.New64a(); h.Write(b); return h.Sum(d) }},
	{"fnv1-64", 8, func(d, b []byte) []byte { h := fnv.New64(); h.Write(b); return h.Sum(d) }},
	{"xxh3-64", 8, func(d, b []byte) []byte { return big64(d, xxh3.Hash(b)) }},
	{"cityhash64", 8, func(d, b []byte) []byte { return big64(d, city.Hash64(b)) }},
	{"murmur2-64", 8, func(d, b []byte) []byte { return big64(d, murmur2(b)) }},
	{"siphash-2-4", 8, func(d, b []byte) []byte { return binary.LittleEndian.AppendUint64(d, siphash.Hash(0, 0, b)) }},
	{"crc64-iso", 8, func(d, b []byte) []byte { return big64(d, crc64.Checksum(b, isoTable)) }},
	{"crc64-ecma", 8, func(d, b []byte) []byte { return big64(d, crc64.Checksum(b, ecmaTable)) }},
}

var (
	isoTable        = crc64.MakeTable(crc64.ISO)
	ecmaTable       = crc64.MakeTable(crc64.ECMA)
	castagnoliTable = crc32.MakeTable(crc32.Castagnoli)
)

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
	{"crc32c", 4, func(d, b []byte) []byte { return big32(d, crc32.Checksum(b, castagnoliTable)) }},
	{"cityhash32", 4, func(d, b []byte) []byte { return big32(d, city.Hash32(b)) }},
	{"java hashCode", 4, func(d, b []byte) []byte { return big32(d, times(31, 0, b)) }},
	{"djb2", 4, func(d, b []byte) []byte { return big32(d, times(33, 5381, b)) }},
}

func big32(d []byte, x uint32) []byte { return binary.BigEndian.AppendUint32(d, x) }

// times is the hash of K&R's second edition and its kin: multiply, add.
func times(by, h uint32, b []byte) uint32 {
	for _, c := range b {
		h = h*by + uint32(c)
	}
	return h
}

// murmur2 is MurmurHash64A with seed 0 (Austin Appleby, public domain).
func murmur2(b []byte) uint64 {
	const m = 0xc6a4a7935bd1e995
	h := uint64(len(b)) * m
	for ; len(b) >= 8; b = b[8:] {
		k := binary.LittleEndian.Uint64(b) * m
		h = (h ^ (k^k>>47)*m) * m
	}
	if len(b) > 0 {
		var last [8]byte
		copy(last[:], b)
		h = (h ^ binary.LittleEndian.Uint64(last[:])) * m
	}
	h = (h ^ h>>47) * m
	return h ^ h>>47
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
