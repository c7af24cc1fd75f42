package peel

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"testing"
)

// TestNoise: what the fast tier leaves unopened is noise, and what may hold
// something is not.
func TestNoise(t *testing.T) {
	for name, raw := range map[string]string{
		"text":               "lea@courriel.example",
		"letters in between": "\x93\x01\xf7\xd2\xb1\xe8\x83\xa7camille\xcf\x01\x9b\x11\xfe\x02",
		"zeros":              "l\x00e\x00a\x00 \x00d\x00u\x00p\x00o\x00n\x00t\x00",
		"gzip":               "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x8c\x98\x91\xc5\xbf",
		"protobuf":           "\x0a\x05\x91\xf1\xb2\xd3\x84\x10\xf7\xe1",
		"Chinese":            "\xc9\xcf\xba\xa3\xca\xd0\xc6\xd6\xb6\xab\xd0\xc2\xc7\xf8",
	} {
		for _, b := range []string{base64.RawStdEncoding.EncodeToString([]byte(raw)), hex.EncodeToString([]byte(raw))} {
			if noise([]byte(b), lettersOf([]byte(b))) {
				t.Errorf("%s: %s is taken for noise", name, b)
			}
		}
	}
	r, passed := rand.New(rand.NewPCG(1, 2)), 0
	for range 2000 {
		raw := make([]byte, 16+r.IntN(20))
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		b := []byte(base64.RawURLEncoding.EncodeToString(raw))
		if !noise(b, lettersOf(b)) {
			passed++
		}
	}
	if passed > 300 {
		t.Errorf("%d of 2000 random tokens are opened", passed)
	}
}
