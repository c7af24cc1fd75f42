package peel

import (
	"bytes"
	"compress/flate"
	"math/rand/v2"
	"testing"
)

// TestDeflateHead: whatever a compressor writes passes, and noise seldom does.
func TestDeflateHead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		in := make([]byte, minLeaf+r.IntN(300))
		for i := range in {
			in[i] = "abcdefgh0123456789{}\":, \x00\xff"[r.IntN(26)]
		}
		if r.IntN(3) == 0 {
			in = bytes.Repeat(in, 1+r.IntN(40))
		}
		var b bytes.Buffer
		z, err := flate.NewWriter(&b, r.IntN(12)-2)
		if err != nil {
			t.Fatal(err)
		}
		z.Write(in)
		z.Close()
		if !deflateHead(b.Bytes()) {
			t.Fatalf("refused: %x", b.Bytes())
		}
	}
	passed := 0
	for range 5000 {
		in := make([]byte, 24)
		for i := range in {
			in[i] = byte(r.Uint32())
		}
		if deflateHead(in) {
			passed++
		}
	}
	if passed > 250 {
		t.Errorf("%d of 5000 random texts pass", passed)
	}
}
