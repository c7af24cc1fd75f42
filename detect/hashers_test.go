package detect

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// TestDetailNamesThePlatform: a digest's detail says by whose normalisation it
// comes about, and only if the function is the platform's.
func TestDetailNamesThePlatform(t *testing.T) {
	const people = `
region = "FR"
[[value]]
type = "contact.email"
value = "Zo_e.Lefevre+shop@gmail.com"
[[value]]
type = "contact.phone"
value = "06 12 34 56 78"
[[value]]
type = "contact.name"
value = "Jean-Luc O’Hara"
[[value]]
type = "contact.gender"
value = "female"
[[value]]
type = "contact.birthdate"
value = "1991-04-27"
[[value]]
type = "contact.postcode"
value = "94035-1234"
`
	b64 := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	hexMD5 := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	e := engine(t, people, Options{})
	for _, c := range []struct{ key, value, want string }{
		{"em", hexSHA256("zo_e.lefevre+shop@gmail.com"), "sha256 of e-mail address, lower-cased, as Meta, TikTok, Snap and 6 others hash it, hex"},
		{"em", hexSHA256("zo_elefevre@gmail.com"), "sha256 of e-mail address, normalised mailbox, as Google, UID2, The Trade Desk and Microsoft hash it, hex"},
		{"email_hash", b64("zo_elefevre@gmail.com"), "sha256 of e-mail address, normalised mailbox, as Google, UID2, The Trade Desk and Microsoft hash it, base64"},
		{"email", hexSHA256("zoelefevre@gmail.com"), "sha256 of e-mail address, as Reddit hashes it, hex"},
		{"email", hexMD5("zoelefevre@gmail.com"), "md5 of e-mail address, normalised as for Reddit, hex"},
		{"x", hexSHA256(hexMD5("zo_e.lefevre+shop@gmail.com")), "sha256 of md5 (hex) of e-mail address, lower-cased, as Criteo hashes it, hex"},
		{"ph", hexSHA256("33612345678"), "sha256 of phone number, E.164 without plus, as Meta, TikTok, Snap and Pinterest hash it, hex"},
		{"ph", hexSHA256("+33612345678"), "sha256 of phone number, E.164, as Google, TikTok, UID2 and 3 others hash it, hex"},
		{"x", hexSHA1("612345678"), "sha1 of phone number, national significant number, as LiveRamp hashes it, hex"},
		{"phones_md5", hexMD5("33612345678"), "md5 of phone number, E.164 without plus, as Yandex hashes it, hex"},
		{"fn", hexSHA256("jeanluc"), "sha256 of name, as Meta and Snap hash it, hex"},
		{"ln", hexSHA256("o’hara"), "sha256 of name, as Meta, Google and Pinterest hash it, hex"},
		{"db", hexSHA256("19910427"), "sha256 of date of birth, ISO 8601 basic, as Meta, Snap and Pinterest hash it, hex"},
		{"ge", hexSHA256("f"), "sha256 of sex or gender, as Meta, Snap and Pinterest hash it, hex"},
		{"ge", b64("f"), "sha256 of sex or gender, as Meta, Snap and Pinterest hash it, base64"},
		{"zp", hexSHA256("94035"), "sha256 of postal code, as Meta and Snap hash it, hex"},
	} {
		r := e.NewScanner().Scan(post("/p", asJSON, []byte(`{"`+c.key+`":"`+c.value+`"}`)))
		if len(r.Findings) != 1 || !strings.EqualFold(r.Findings[0].Detail, c.want) || r.Findings[0].Method != Digest || len(r.Refuted) > 0 {
			t.Errorf("%s=%s\ngot  %+v\nwant %s", c.key, c.value, r.Findings, c.want)
		}
	}
	// A short value's digest is everywhere: elsewhere it says nothing.
	for _, body := range []string{`{"x":"` + hexSHA256("f") + `"}`, `{"em":"` + hexSHA256("f") + `"}`} {
		if r := e.NewScanner().Scan(post("/p", asJSON, []byte(body))); len(r.Findings) > 0 {
			t.Errorf("%s: found %s", body, r.Findings[0].Detail)
		}
	}
}

// TestNormalisationsCostFewKeys: forms that several platforms share are one, so
// the digests of forty values grow by less than a twentieth.
func TestNormalisationsCostFewKeys(t *testing.T) {
	e := engine(t, fortyValues(), Options{})
	t.Logf("%d forms, %d keys", len(e.digests.forms), len(e.digests.by64))
	if n := len(e.digests.by64); n > 135_130*105/100 { // as many without platforms
		t.Errorf("%d keys", n)
	}
}
