package peel

import (
	"bytes"
	"crypto/aes"
	"crypto/rc4"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/constat/constat/peel/keyring"
)

// TestOverlaid locks a text with one key and what comes of it with another,
// or with a byte that nobody tells.
func TestOverlaid(t *testing.T) {
	block, stream := []byte("0123456789abcdef"), []byte("a key of a stream")
	keys := keyring.New()
	rules := fmt.Sprintf("[[key]]\nname = \"block\"\nhex = \"%x\"\n[[key]]\nname = \"stream\"\nhex = \"%x\"\n", block, stream)
	if err := keys.Rules(strings.NewReader(rules), "keys.toml"); err != nil {
		t.Fatal(err)
	}
	text := []byte(`{"mail":"` + planted + `"}`)
	ecb := func(b []byte) []byte {
		n := 16 - len(b)%16
		b = append(bytes.Clone(b), bytes.Repeat([]byte{byte(n)}, n)...)
		c, _ := aes.NewCipher(block)
		for i := 0; i < len(b); i += 16 {
			c.Encrypt(b[i:], b[i:])
		}
		return b
	}
	under := func(b []byte) []byte {
		c, _ := rc4.NewCipher(stream)
		out := make([]byte, len(b))
		c.XORKeyStream(out, b)
		return out
	}
	one := func(b []byte, k byte) []byte {
		b = bytes.Clone(b)
		for i := range b {
			b[i] ^= k
		}
		return b
	}
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"block under stream", under(ecb(text)), "rc4 stream › aes-ecb block"},
		{"block under one byte", one(ecb(text), 0x5c), "xor 0x5c › aes-ecb block"},
		{"stream under one byte", one(under(text), 0x5c), ""},
	} {
		got, found := "", false
		w := NewWalker(Options{Keys: keys, Crib: plainCrib(planted)})
		w.Walk(Root{Name: "request.body", Kept: true, Data: c.b}, func(p *Part) bool {
			if !found && bytes.Contains(p.Data, []byte(planted)) {
				found, got = true, strings.Join(p.Derivation(), " › ")
			}
			return true
		})
		if !found || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	// Without the keys, and in noise, nothing comes of it.
	for _, o := range []Options{{}, {Keys: keys}} {
		w := NewWalker(o)
		noise, _ := hex.DecodeString("93a1f05d8e22c7b4106e9d3fa8c55b7e01d4f692ab3c8810e75fca2d6b94e3f7")
		data := ecb(text)
		if o.Keys != nil {
			data = noise
		}
		w.Walk(Root{Name: "request.body", Kept: true, Data: one(data, 0x5c)}, func(p *Part) bool {
			if p.Parent != nil {
				t.Errorf("%s of what cannot be opened", strings.Join(p.Derivation(), " › "))
			}
			return true
		})
	}
}
