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

		// By the Python packages hashlib, pycryptodome, blake3, xxhash, mmh3,
		// cityhash, crcmod and siphash24, and by OpenSSL, on 2026-11-24.
		"md5 as a version 3 UUID":    {"abc": "900150983cd23fb096963f7d28e17f72"},
		"sm3":                        {"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
		"blake3":                     {"abc": "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"},
		"sha512-256":                 {"abc": "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
		"sha3-224":                   {"abc": "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"},
		"sha3-384":                   {"abc": "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25"},
		"keccak-256":                 {"abc": "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"},
		"whirlpool":                  {"abc": "4e2448a4c6f486bb16b6562c73b4020bf3043e3a731bce721ae1b303d97e6d4c7181eebdb6c57e277d0e34957114cbd6c797fc9d95d8b582d225292076d4eef5"},
		"murmur3-128, little endian": {"abc": "6778ad3f3f3f96b4522dca264174a23b", "camille.roussel@example.org": "1570fcb98e497f10f0ee17c1f954009e"},
		"xxh3-128":                   {"abc": "06b05ab6733a618578af5f94892f3950", "camille.roussel@example.org": "a8ba51555e54a46e5b1e6676f476b301"},
		"xxh3-64":                    {"abc": "78af5f94892f3950", "camille.roussel@example.org": "6ccb2f95656795d3"},
		"cityhash128":                {"abc": "3980b2afd2126c04a085f09013029e45", "camille.roussel@example.org": "9a8a91a12003f5cb850ef985b9ad3c48"},
		"cityhash64":                 {"abc": "24a5b3a074e7f369", "camille.roussel@example.org": "c3efd94ae0baa925"},
		"cityhash32":                 {"abc": "2f635ec7", "camille.roussel@example.org": "98701f37"},
		"murmur2-64":                 {"abc": "9cc9c33498a95efb", "camille.roussel@example.org": "51dcb8b6b70c678b"},
		"siphash-2-4":                {"abc": "deee70479684c83f", "camille.roussel@example.org": "ae045d9fd1b552f2"},
		"crc64-iso":                  {"123456789": "b90956c775a41001"},
		"crc64-ecma":                 {"123456789": "995dc9bbdf1939fa"},
		"crc32c":                     {"abc": "364b3fb7", "camille.roussel@example.org": "e5b1be37"},
		"java hashCode":              {"abc": "00017862", "camille.roussel@example.org": "bcd7163c"},
		"djb2":                       {"abc": "0b885c8b", "camille.roussel@example.org": "589514d9"},
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
	set := newDigestSet([]digestForm{{0, "as written", "camille.roussel@example.org", false, nil}, {1, "E.164", "+33612345678", false, nil}}, nil)
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
		{vectorSHA256Phone[:44], "piece of sha256 of value 1, E.164"},
		{vectorSHA256Phone[:14], ""}, // seven bytes are too few
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
		forms = append(forms, digestForm{i / 10, "form", fmt.Sprintf("value number %d of a persona", i), false, nil})
	}
	b.ReportAllocs()
	for b.Loop() {
		newDigestSet(forms, nil)
	}
}

// Made with coreutils 9.
const (
	vectorMD5Mail              = "b192f709b99c9318c37b65af3de84b65"
	vectorSHA256Phone          = "42d573cfc315801d4cd8eddd5416b416a0bf298b9b9e12d6b07442c91db42bd8"
	vectorMD5ofSHA256Phone     = "c07dbd0785323e59ba3ddc344f18cc35"
	vectorSHA256ofUpperMD5Mail = "676ae1890a2d5bbba3afaa252b7ea565c5150774a336fb09c45049a5e13e5d60"
)
