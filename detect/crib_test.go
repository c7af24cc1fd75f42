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
