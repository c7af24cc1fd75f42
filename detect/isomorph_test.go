package detect

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestIsomorph writes values in base64 of orders of letters that nobody told.
func TestIsomorph(t *testing.T) {
	const mail, phone = "camille.lambrecht.uj62kp@courriel.example", "+33639985517"
	e := engine(t, fmt.Sprintf("[[value]]\ntype = \"contact.email\"\nvalue = %q\n[[value]]\ntype = \"contact.phone\"\nvalue = %q\n", mail, phone), Options{})
	r := rand.New(rand.NewPCG(3, 4))
	for i, body := range []string{`{"q":"%s"}`, `q=%s&z=1`, "\x0a\x38%s\x12\x04abcd", `<q>%s</q>`} {
		letters := []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
		r.Shuffle(len(letters), func(i, j int) { letters[i], letters[j] = letters[j], letters[i] })
		enc := base64.NewEncoding(string(letters)).WithPadding(base64.NoPadding)
		found := 0
		for _, f := range e.NewScanner().Scan(post("/x", "", fmt.Appendf(nil, body, enc.EncodeToString([]byte(mail))))).Findings {
			if f.PersonaValue == 0 && f.Grade == GradeB && strings.Contains(f.Detail, "order of its own") {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d: found %d times in %q", i, found, body)
		}
		// A few letters say too little, and somebody else's value is another.
		for _, other := range []string{phone, "camille.lambrecht.uj62kq@courriel.example", "leonie.marchetti1.qq54ab@courriel.example"} {
			for _, f := range e.NewScanner().Scan(post("/x", "", fmt.Appendf(nil, body, enc.EncodeToString([]byte(other))))).Findings {
				if f.PersonaValue >= 0 {
					t.Errorf("%d: %q is taken for hers: %s", i, other, f.Detail)
				}
			}
		}
	}
	// Ordinary base64, and orders that are known, are decoded.
	for _, letters := range []string{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"} {
		enc := base64.NewEncoding(letters).WithPadding(base64.NoPadding)
		got := e.NewScanner().Scan(post("/x", "", fmt.Appendf(nil, `{"q":"%s"}`, enc.EncodeToString([]byte(mail))))).Findings
		if len(got) != 1 || got[0].PersonaValue != 0 {
			t.Errorf("%s: %d findings: %+v", letters, len(got), got)
		}
	}
}

// TestIsomorphIsNoOrdinaryBase64: a number that differs from hers in one digit,
// which stands only once, is spelled with letters that come again where hers do.
func TestIsomorphIsNoOrdinaryBase64(t *testing.T) {
	const hers, other = "+33 6 39 98 12 57", "+33 6 39 98 12 54"
	var known isomorphs
	known.add(0, "as written", hers)
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.StdEncoding, base64.RawURLEncoding} {
		if _, ok := known.find([]byte(enc.EncodeToString([]byte(other)))); ok {
			t.Errorf("%s in ordinary base64 is taken for %s in another order", other, hers)
		}
	}
	moved := base64.NewEncoding("ZYXWVUTSRQPONMLKJIHGFEDCBAzyxwvutsrqponmlkjihgfedcba9876543210-_").WithPadding(base64.NoPadding)
	if _, ok := known.find([]byte(moved.EncodeToString([]byte(hers)))); !ok {
		t.Errorf("%s in another order is not found", hers)
	}
}

func TestPatternBits(t *testing.T) {
	for text, want := range map[string]float64{"": 0, "A": 0, "AA": 6, "AB": 0.02, "ABAB": 12.02, "AAAA": 18} {
		if got := patternBits(text); got < want-0.01 || got > want+0.01 {
			t.Errorf("%q: %.3f bits, want %.2f", text, got, want)
		}
	}
}
