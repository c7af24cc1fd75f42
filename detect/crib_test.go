package detect

import (
	"fmt"
	"strings"
	"testing"
)

// TestUnderOneByteInAField has a length in front of the field that the key of
// the field makes a digit of: the run of text around the value begins there.
func TestUnderOneByteInAField(t *testing.T) {
	const value, key = "code porte 9948B, quiproquo tournesol eqtyt", 0x19
	e := engine(t, fmt.Sprintf("[[value]]\ntype = %q\nvalue = %q\n", "content.clipboard", value), Options{})
	body := []byte("\xbfx\x05pastez\x00\x00\x00" + string(rune(len(value))))
	if body[len(body)-1]^key != '2' {
		t.Fatal("the length is not taken for a digit")
	}
	for _, c := range []byte(value) {
		body = append(body, c^key)
	}
	found := ""
	for _, f := range e.NewScanner().Scan(post("/x", "application/octet-stream", append(body, 0xff))).Findings {
		if f.PersonaValue == 0 {
			found = strings.Join(f.Derivation, " › ")
		}
	}
	if want := "request.body › cbor $.paste › xor 0x19"; found != want {
		t.Errorf("found by %q, want %q", found, want)
	}
}

// TestCribAcrossBlocks puts a value at every place around the end of what is
// searched at a time: it is found once.
func TestCribAcrossBlocks(t *testing.T) {
	const value = "code porte 9948B, quiproquo tournesol eqtyt"
	c := &cribs{texts: []string{value}}
	for _, lag := range []int{1, 3} {
		key := []byte{0x19, 0x7c, 0xe0}[:lag]
		for off := differencesAtOnce - 2*len(value); off < differencesAtOnce+10; off++ {
			body := make([]byte, 4*differencesAtOnce)
			for i := range body {
				body[i] = byte(i * i >> 3)
			}
			copy(body[off:], value)
			copy(body[2*differencesAtOnce+off:], value)
			for i := range body {
				body[i] ^= key[i%lag]
			}
			var at []int
			c.Find(body, lag, func(o, n int, k []byte) {
				if n == len(value) && string(k) == string(key) {
					at = append(at, o)
				}
			})
			if fmt.Sprint(at) != fmt.Sprint([]int{off, 2*differencesAtOnce + off}) {
				t.Fatalf("lag %d: found at %d, want %d and %d", lag, at, off, 2*differencesAtOnce+off)
			}
		}
	}
}
