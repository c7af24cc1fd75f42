package identity

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"hash/adler32"
	"hash/crc32"
	"hash/fnv"
	"strconv"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/spaolacci/murmur3"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/md4"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/ripemd160"
)

var sink byte

// cores are the functions that BenchmarkCore measures: what one core can do
// with plain Go, which anyone can run.
var cores = []struct {
	digest string
	sum    func(b []byte)
}{
	{"md5", func(b []byte) { s := md5.Sum(b); sink ^= s[0] }},
	{"md4", func(b []byte) { h := md4.New(); h.Write(b); var s [16]byte; sink ^= h.Sum(s[:0])[0] }},
	{"sha1", func(b []byte) { s := sha1.Sum(b); sink ^= s[0] }},
	{"sha224", func(b []byte) { s := sha256.Sum224(b); sink ^= s[0] }},
	{"sha256", func(b []byte) { s := sha256.Sum256(b); sink ^= s[0] }},
	{"sha384", func(b []byte) { s := sha512.Sum384(b); sink ^= s[0] }},
	{"sha512", func(b []byte) { s := sha512.Sum512(b); sink ^= s[0] }},
	{"sha3-256", func(b []byte) { s := sha3.Sum256(b); sink ^= s[0] }},
	{"sha3-512", func(b []byte) { s := sha3.Sum512(b); sink ^= s[0] }},
	{"ripemd160", func(b []byte) { h := ripemd160.New(); h.Write(b); var s [20]byte; sink ^= h.Sum(s[:0])[0] }},
	{"blake2b-256", func(b []byte) { s := blake2b.Sum256(b); sink ^= s[0] }},
	{"blake2b-512", func(b []byte) { s := blake2b.Sum512(b); sink ^= s[0] }},
	{"blake2s-256", func(b []byte) { s := blake2s.Sum256(b); sink ^= s[0] }},
	{"murmur3-128", func(b []byte) { x, _ := murmur3.Sum128(b); sink ^= byte(x) }},
	{"murmur3-32", func(b []byte) { sink ^= byte(murmur3.Sum32(b)) }},
	{"xxhash64", func(b []byte) { sink ^= byte(xxhash.Sum64(b)) }},
	{"fnv1-64", func(b []byte) { h := fnv.New64(); h.Write(b); sink ^= byte(h.Sum64()) }},
	{"fnv1a-64", func(b []byte) { h := fnv.New64a(); h.Write(b); sink ^= byte(h.Sum64()) }},
	{"fnv1-32", func(b []byte) { h := fnv.New32(); h.Write(b); sink ^= byte(h.Sum32()) }},
	{"fnv1a-32", func(b []byte) { h := fnv.New32a(); h.Write(b); sink ^= byte(h.Sum32()) }},
	{"crc32", func(b []byte) { sink ^= byte(crc32.ChecksumIEEE(b)) }},
	{"adler32", func(b []byte) { sink ^= byte(adler32.Checksum(b)) }},
}

// BenchmarkCore puts phone numbers, written out one after the other, through
// each function on one core. data/rates.toml has its figures, in values a
// second.
func BenchmarkCore(b *testing.B) {
	for _, c := range cores {
		b.Run(c.digest, func(b *testing.B) {
			buf := make([]byte, 0, 32)
			n := uint64(4915100000000)
			for b.Loop() {
				buf = strconv.AppendUint(append(buf[:0], '+'), n, 10)
				c.sum(buf)
				n++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
		})
	}
}

// BenchmarkJudge is what a row of the ledger costs: its verdict, and what it
// tells of the person.
func BenchmarkJudge(b *testing.B) {
	for _, s := range []Sent{
		{Type: "contact.phone", Form: "clear"},
		{Type: "contact.phone", Form: "hashed", Digest: "md5 of sha256"},
		{Type: "device.ad_id", Form: "hashed", Digest: "sha256", Value: []byte(uuid)},
		{Type: "location.precise", Form: "clear", Decimals: 5},
	} {
		b.Run(string(s.Type)+" "+s.Form, func(b *testing.B) {
			b.ReportAllocs()
			var p Profile
			for b.Loop() {
				Judge(s)
				p.Add(FactOf(s))
			}
		})
	}
}
