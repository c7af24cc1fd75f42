package encode

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"hash/crc64"
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/md4"
	//lint:ignore SA1019 it is met in traffic
	"golang.org/x/crypto/ripemd160"
	legacy "golang.org/x/crypto/sha3"
	"lukechampine.com/blake3"
)

// function is a one-way function.
type function struct {
	name string
	sum  func(in []byte) []byte
}

func of(open func() hash.Hash) func([]byte) []byte {
	return func(in []byte) []byte {
		h := open()
		h.Write(in)
		return h.Sum(nil)
	}
}

// functions are those of the literature on trackers' digests (Englehardt 2018,
// Senol 2022), of Chinese norms, and of hash tables.
var functions = []function{
	{"md5", of(md5.New)}, {"sha1", of(sha1.New)}, {"sha224", of(sha256.New224)}, {"sha256", of(sha256.New)}, {"sha384", of(sha512.New384)},
	{"sha512", of(sha512.New)}, {"sha512-256", of(sha512.New512_256)},
	{"sha3-224", of(func() hash.Hash { return sha3.New224() })}, {"sha3-256", of(func() hash.Hash { return sha3.New256() })},
	{"sha3-384", of(func() hash.Hash { return sha3.New384() })}, {"sha3-512", of(func() hash.Hash { return sha3.New512() })},
	{"keccak-256", of(legacy.NewLegacyKeccak256)},
	{"md4", of(md4.New)}, {"ripemd160", of(ripemd160.New)},
	{"blake2b-256", of(func() hash.Hash { return must(blake2b.New256(nil)) })}, {"blake2b-512", of(func() hash.Hash { return must(blake2b.New512(nil)) })},
	{"blake2s-256", of(func() hash.Hash { return must(blake2s.New256(nil)) })},
	{"blake3", func(in []byte) []byte { s := blake3.Sum256(in); return s[:] }},
	{"sm3", sm3},
	{"murmur3-128", murmur128},
	{"whirlpool", whirlpool},
	{"xxhash64", func(in []byte) []byte { return binary.BigEndian.AppendUint64(nil, xxh64(in)) }},
	{"fnv1-64", of(func() hash.Hash { return fnv.New64() })}, {"fnv1a-64", of(func() hash.Hash { return fnv.New64a() })},
	{"crc64-ecma", of(func() hash.Hash { return crc64.New(crc64.MakeTable(crc64.ECMA)) })},
	{"crc64-iso", of(func() hash.Hash { return crc64.New(crc64.MakeTable(crc64.ISO)) })},
	{"siphash-2-4", func(in []byte) []byte { return binary.LittleEndian.AppendUint64(nil, sip24(in)) }},
}

func fn(name string) func([]byte) []byte {
	for _, f := range functions {
		if f.name == name {
			return f.sum
		}
	}
	panic("no function " + name)
}

func lowerHex(b []byte) []byte { return hex.AppendEncode(nil, b) }
func upperHex(b []byte) []byte { return bytes.ToUpper(lowerHex(b)) }
func plain64(b []byte) []byte  { return base64.StdEncoding.AppendEncode(nil, b) }

// writings are how a digest is written down.
var writings = []struct {
	name string
	text bool
	do   func([]byte) []byte
}{
	{"", true, lowerHex}, {", upper case", true, upperHex}, {", base64", true, plain64}, {", raw", false, same},
	{", base64url", true, func(b []byte) []byte { return base64.RawURLEncoding.AppendEncode(nil, b) }},
}

// chain makes a step of functions, the innermost first.
func chain(fs ...func([]byte) []byte) func(*rand.Rand, []byte) []byte {
	return fixed(func(in []byte) []byte {
		for _, f := range fs {
			in = f(in)
		}
		return in
	})
}

func sum(name string, fs ...func([]byte) []byte) Step {
	return Step{Name: name, Text: true, Digest: true, do: chain(fs...)}
}

func first(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:n] } }

func mac(open func() hash.Hash) func([]byte) []byte {
	return func(in []byte) []byte {
		h := hmac.New(open, []byte(macKey))
		h.Write(in)
		return h.Sum(nil)
	}
}

func before(in []byte) []byte { return append([]byte(salt), in...) }
func after(in []byte) []byte  { return append(bytes.Clone(in), salt...) }

// keep leaves the characters of a set.
func keep(set string) func([]byte) []byte {
	return func(in []byte) []byte {
		return []byte(strings.Map(func(c rune) rune {
			if strings.ContainsRune(set, c) {
				return c
			}
			return -1
		}, string(in)))
	}
}

// only reports whether a value has no characters but those.
func only(set string) func([]byte) bool {
	return func(in []byte) bool { return bytes.Equal(keep(set)(in), in) }
}

func fits(s Step, f func([]byte) bool) Step {
	s.Fits = f
	return s
}

// moreDigests are made of the functions in the ways that they are used: twice,
// cut, with a salt or a key that a file tells, of a value as a platform
// normalises it first.
var moreDigests = func() []Step {
	var all []Step
	plain := map[string]bool{"md5": true, "sha1": true, "sha256": true, "sha512": true} // they stand in digests
	for i, f := range functions {
		for j, w := range writings {
			if j == 0 && plain[f.name] || j > 0 && i > 6 && (i+j)%4 != 0 { // each function in hex; the rare ones in one writing more
				continue
			}
			all = append(all, Step{Name: f.name + w.name, Text: w.text, Digest: true, do: chain(f.sum, w.do)})
		}
	}
	m5, s1, s256, s512 := fn("md5"), fn("sha1"), fn("sha256"), fn("sha512")
	phone, address := only("+0123456789 -()."), only("0123456789abcdefABCDEF:-")
	return append(all,
		sum("md5 of md5", m5, lowerHex, m5, lowerHex),
		sum("md5 of sha256", s256, lowerHex, m5, lowerHex),
		sum("sha256 of md5", m5, lowerHex, s256, lowerHex),
		sum("sha1 of md5, upper case", m5, upperHex, s1, lowerHex),
		sum("sha256 of sha256, raw", s256, s256, lowerHex),
		sum("sha256 of sha1, base64", s1, plain64, s256, lowerHex),
		sum("sha512 of sha256", s256, lowerHex, s512, lowerHex),
		sum("sha256 of sm3", sm3, lowerHex, s256, lowerHex),
		sum("md5 of base64", plain64, m5, lowerHex),
		sum("sha256 of base64", plain64, s256, lowerHex),
		sum("sha1 of hex", lowerHex, s1, lowerHex),
		sum("md5, 16 digits", m5, lowerHex, func(b []byte) []byte { return b[8:24] }),
		sum("md5, 16 digits, upper case", m5, upperHex, func(b []byte) []byte { return b[8:24] }),
		sum("md5, first 16 digits", m5, lowerHex, first(16)),
		sum("sha1, first 16 digits", s1, lowerHex, first(16)),
		sum("sha256, first 16 digits", s256, lowerHex, first(16)),
		sum("sha256, first 20 digits", s256, lowerHex, first(20)),
		sum("sha256, first 32 digits", s256, lowerHex, first(32)),
		sum("sha256, first 40 digits", s256, lowerHex, first(40)),
		sum("sha512, first 64 digits", s512, lowerHex, first(64)),
		sum("sha256, first 16 bytes, base64", s256, first(16), plain64),
		sum("md5, as a uuid", m5, lowerHex, func(b []byte) []byte {
			return bytes.Join([][]byte{b[:8], b[8:12], b[12:16], b[16:20], b[20:]}, []byte("-"))
		}),
		sum("md5, salt in front", before, m5, lowerHex),
		sum("md5, salt behind", after, m5, lowerHex),
		sum("sha1, salt in front", before, s1, lowerHex),
		sum("sha256, salt in front", before, s256, lowerHex),
		sum("sha256, salt behind", after, s256, lowerHex),
		sum("sha512, salt behind", after, s512, plain64),
		sum("hmac-md5", mac(md5.New), lowerHex),
		sum("hmac-sha1", mac(sha1.New), plain64),
		sum("hmac-sha256", mac(sha256.New), lowerHex),
		sum("hmac-sha256, base64", mac(sha256.New), plain64),
		sum("hmac-sha512", mac(sha512.New), lowerHex),
		sum("md5 of upper case", bytes.ToUpper, m5, lowerHex),
		sum("sha1 of upper case", bytes.ToUpper, s1, lowerHex),
		sum("sha1 of lower case", bytes.ToLower, s1, lowerHex),
		sum("sha512 of lower case", bytes.ToLower, s512, lowerHex),
		fits(sum("sha256 of digits", keep("0123456789"), s256, lowerHex), phone),
		fits(sum("sha256 of digits and plus", keep("+0123456789"), s256, lowerHex), phone),
		fits(sum("md5 of digits", keep("0123456789"), m5, lowerHex), phone),
		fits(sum("sha1 without colons", keep("0123456789abcdefABCDEF"), s1, lowerHex), address),
		fits(sum("md5 without colons, upper case", keep("0123456789abcdefABCDEF"), bytes.ToUpper, m5, lowerHex), address),
	)
}()
