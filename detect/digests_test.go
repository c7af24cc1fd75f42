package detect

import (
	"encoding/hex"
	"fmt"
	"testing"
)

// TestAlgorithms holds each function against vectors published with it or
// made by another implementation (Python hashlib and zlib, OpenSSL, smhasher,
// the xxHash and FNV specifications).
func TestAlgorithms(t *testing.T) {
	vectors := map[string]map[string]string{
		"md5":         {"abc": "900150983cd24fb0d6963f7d28e17f72"},
		"md4":         {"abc": "a448017aaf21d8525fc10ae87aa6729d"},
		"sha1":        {"abc": "a9993e364706816aba3e25717850c26c9cd0d89d"},
		"sha224":      {"abc": "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
		"sha256":      {"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		"sha384":      {"abc": "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
		"sha512":      {"abc": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
		"sha3-256":    {"abc": "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
		"sha3-512":    {"abc": "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0"},
		"ripemd160":   {"abc": "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
		"blake2b-512": {"abc": "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
		"blake2b-256": {"abc": "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
		"blake2s-256": {"abc": "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"},
		"murmur3-128": {"hello": "cbd8a7b341bd9b025b1e906a48ae1d19"},
		"xxhash64":    {"": "ef46db3751d8e999", "abc": "44bc2cf5ad770999"},
		"fnv1a-64":    {"foobar": "85944171f73967e8"},
		"fnv1-64":     {"foobar": "340d8765a4dda9c2"},
		"crc32":       {"123456789": "cbf43926"},
		"adler32":     {"Wikipedia": "11e60398"},
		"murmur3-32":  {"": "00000000", "hello": "248bfa47", "The quick brown fox jumps over the lazy dog": "2e4ff723"},
		"xxhash32":    {"": "02cc5d05", "abc": "32d153ff", "Nobody inspects the spammish repetition": "e2293b2f"},
		"fnv1a-32":    {"foobar": "bf9cf968"},
		"fnv1-32":     {"foobar": "31f0b262"},
	}
	for _, list := range kinds {
		for _, a := range list {
			if len(vectors[a.name]) == 0 {
				t.Errorf("%s: no vector", a.name)
			}
			for in, want := range vectors[a.name] {
				got := a.sum([]byte("x"), []byte(in))
				if hex.EncodeToString(got[1:]) != want {
					t.Errorf("%s(%q) = %x, want %s", a.name, in, got[1:], want)
				}
				if len(got)-1 != a.size {
					t.Errorf("%s: %d bytes, says %d", a.name, len(got)-1, a.size)
				}
			}
		}
	}
}

func TestDigestSet(t *testing.T) {
	set := newDigestSet([]digestForm{{0, "as written", "camille.roussel@example.org", false}, {1, "E.164", "+33612345678", false}})
	find := func(h string) string {
		raw, err := hex.DecodeString(h)
		if err != nil {
			t.Fatal(err)
		}
		c, cut, ok := set.lookup(raw)
		if !ok {
			return ""
		}
		s := set.describe(c, fmt.Sprint("value ", set.forms[c.form].value))
		if cut {
			s = "piece of " + s
		}
		return s
	}
	// Vectors by coreutils: printf %s … | md5sum, sha256sum.
	for _, c := range []struct{ digest, want string }{
		{vectorMD5Mail, "md5 of value 0, as written"},
		{vectorMD5Mail[8:24], "piece of md5 of value 0, as written"},
		{vectorMD5Mail[:16], "piece of md5 of value 0, as written"},
		{vectorSHA256Phone, "sha256 of value 1, E.164"},
		{vectorSHA256Phone[:32], "piece of sha256 of value 1, E.164"},
		{vectorMD5ofSHA256Phone, "md5 of sha256 (hex) of value 1, E.164"},
		{vectorSHA256ofUpperMD5Mail, "sha256 of md5 (upper-case hex) of value 0, as written"},
		{vectorMD5Mail[:30] + "00", ""},
		{vectorSHA256Phone[:48], ""}, // not a length that digests are cut to
	} {
		if got := find(c.digest); got != c.want {
			t.Errorf("%s: got %q, want %q", c.digest, got, c.want)
		}
	}
	for i := range 10_000 { // no digest of a neighbour
		raw := digestAlgorithms[2].sum(nil, fmt.Appendf(nil, "+3361234%04d", i))
		if i != 5678 {
			if _, _, ok := set.lookup(raw); ok {
				t.Fatalf("neighbour %d found", i)
			}
		}
	}
}

func BenchmarkDigestSet(b *testing.B) {
	var forms []digestForm
	for i := range 400 {
		forms = append(forms, digestForm{i / 10, "form", fmt.Sprintf("value number %d of a persona", i), false})
	}
	b.ReportAllocs()
	for b.Loop() {
		newDigestSet(forms)
	}
}

// Made with coreutils 9.
const (
	vectorMD5Mail              = "b192f709b99c9318c37b65af3de84b65"
	vectorSHA256Phone          = "42d573cfc315801d4cd8eddd5416b416a0bf298b9b9e12d6b07442c91db42bd8"
	vectorMD5ofSHA256Phone     = "c07dbd0785323e59ba3ddc344f18cc35"
	vectorSHA256ofUpperMD5Mail = "676ae1890a2d5bbba3afaa252b7ea565c5150774a336fb09c45049a5e13e5d60"
)
