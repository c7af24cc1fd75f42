package peel

import (
	"crypto/rc4"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/constat/constat/peel/keyring"
)

// TestManyKeys: what is locked is opened also beside much that is not, with
// more keys than a message has fields.
func TestManyKeys(t *testing.T) {
	r := rand.New(rand.NewChaCha8([32]byte{}))
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	var rules strings.Builder
	for i := range 12 {
		fmt.Fprintf(&rules, "[[key]]\nname = \"k%d\"\nhex = \"%x\"\n", i, noise(16))
	}
	key := noise(16)
	fmt.Fprintf(&rules, "[[key]]\nname = \"it\"\nhex = \"%x\"\nciphers = [\"rc4\"]\n", key)
	keys := keyring.New()
	if err := keys.Rules(strings.NewReader(rules.String()), "k"); err != nil {
		t.Fatal(err)
	}

	const value = "Maëlle Roumégous dgkx"
	locked := make([]byte, len(value))
	c, err := rc4.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	c.XORKeyStream(locked, []byte(value))
	fields := map[string]string{"zz": base64.StdEncoding.EncodeToString(locked)}
	for i := range 12 {
		fields[fmt.Sprint("f", i)] = base64.StdEncoding.EncodeToString(noise(20 + i))
	}
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	walk := func(l Limits) (found bool, gaps []Gap) {
		w := NewWalker(Options{Keys: keys, Limits: l, Known: func(b []byte) bool { return string(b) == value }})
		report := w.Walk(Root{Name: "request.body", Kept: true, Data: body}, func(p *Part) bool {
			found = found || string(p.Data) == value
			return true
		})
		return found, report.Gaps
	}
	if found, gaps := walk(Limits{}); !found || len(gaps) > 0 {
		t.Errorf("found: %v, %+v", found, gaps)
	}
	if found, gaps := walk(Limits{Work: 64 << 10}); found || len(gaps) == 0 || gaps[0].Kind != "budget" {
		t.Errorf("with little work: found: %v, %+v", found, gaps)
	}
}
