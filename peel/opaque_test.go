package peel

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"
)

// TestOpaqueLooking: of bytes by chance, however few from 64 on, one in ten
// thousand at most is taken for something else; of text none is taken for them.
func TestOpaqueLooking(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 64))
	for _, n := range []int{64, 100, 182, 256, 500, 1000, 4000, 4096, 20000} {
		missed := 0
		for range 10000 * 64 / n {
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			if !opaqueLooking(b) {
				missed++
			}
			if text := base64.StdEncoding.AppendEncode(nil, b)[:n]; n >= 182 && opaqueLooking(text) {
				t.Fatalf("base64 text looks like chance: %s", text)
			}
		}
		if missed > 1 {
			t.Errorf("%d bytes: %d of %d missed", n, missed, 10000*64/n)
		}
	}
}
