package tls

import (
	"crypto/aes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// TestSuiteNames compares the table with OpenSSL's, and counts what can be
// opened of it.
func TestSuiteNames(t *testing.T) {
	open := 0
	for id, name := range suiteNames() {
		s, ok := suiteOf(id)
		if !ok {
			continue
		}
		open++
		for _, no := range []string{"RC4", "DES", "CAMELLIA", "SEED", "ARIA", "EXPORT", "GOST", "SM4", "OLD", "IDEA", "RC2"} {
			if strings.Contains(name, no) {
				t.Errorf("%s would be opened as %+v", name, s)
			}
		}
	}
	if len(suiteNames()) < 350 || open < 150 {
		t.Errorf("%d names, of which %d can be opened", len(suiteNames()), open)
	}
	if SuiteName(0xeeee) != "0xeeee" {
		t.Error(SuiteName(0xeeee))
	}
	out, err := exec.Command("openssl", "ciphers", "-stdname", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	if err != nil {
		t.Skip("openssl is not installed")
	}
	n := 0
	for line := range strings.Lines(string(out)) { // 0x13,0x02 - TLS_AES_256_GCM_SHA384 - …
		var hi, lo uint16
		var name string
		if _, err := fmt.Sscanf(strings.TrimSpace(line), "0x%x,0x%x - %s", &hi, &lo, &name); err != nil {
			continue
		}
		n++
		if got := SuiteName(hi<<8 | lo); got != name {
			t.Errorf("%02x%02x is %s, to OpenSSL %s", hi, lo, got, name)
		}
	}
	if n < 50 {
		t.Errorf("OpenSSL names %d suites", n)
	}
}

func BenchmarkCCM(b *testing.B) {
	block, _ := aes.NewCipher(make([]byte, 16))
	c := newCCM(block, 16)
	body, dst := make([]byte, 1<<14+16), make([]byte, 0, 1<<14)
	nonce, aad := make([]byte, 12), make([]byte, 13)
	b.SetBytes(1 << 14)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Open(dst, nonce, body, aad); err == nil {
			b.Fatal("authentic")
		}
	}
}
