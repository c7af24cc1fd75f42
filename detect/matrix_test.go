package detect

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
	"github.com/constat/constat/peel/keyring"
)

// TestMatrix is the matrix of 25 forms of one e-mail address on which the best
// of four peers finds 13 and all of them together 17
// (shared/field-notes/peers.md, 3b).
func TestMatrix(t *testing.T) {
	const mail = "Camille.Roussel+shop@gmail.com"
	b64, b64url := base64.StdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString
	lower := strings.ToLower(mail)
	sum := sha256.Sum256([]byte(lower))
	hexOf := func(b []byte) string { return hex.EncodeToString(b) }
	md := func(s string) string { x := md5.Sum([]byte(s)); return hexOf(x[:]) }
	field := func(v string) *flow.Flow {
		b, _ := json.Marshal(map[string]any{"n": 1, "v": v})
		return post("/x", asJSON, b)
	}
	text := func(s string) *flow.Flow { return post("/x", "text/plain", []byte(s)) }
	query := func(s string) *flow.Flow { return post("/x?v="+s, "", nil) }
	mac := hmac.New(sha256.New, []byte("pepper"))
	mac.Write([]byte(lower))
	sha := sha1.Sum([]byte(lower))
	normal := sha256.Sum256([]byte("camilleroussel@gmail.com"))
	backwards := []byte(mail)
	slices.Reverse(backwards)
	xor := []byte(mail)
	for i := range xor {
		xor[i] ^= 0x5a
	}
	var escaped strings.Builder
	for _, c := range mail {
		fmt.Fprintf(&escaped, "\\u%04x", c)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte(mail))
	z.Close()

	keys := keyring.New()
	if err := keys.Rules(strings.NewReader("[[hmac]]\nname = \"shop\"\ntext = \"pepper\"\n"), "keys.toml"); err != nil {
		t.Fatal(err)
	}
	forms := []struct {
		name string
		flow *flow.Flow
		fast bool // the fast tier finds it too
	}{
		{"plain", text("x " + mail + " y"), true},
		{"percent", query(url.QueryEscape(mail)), true},
		{"percent twice", query(url.QueryEscape(url.QueryEscape(mail))), true},
		{"base64", query(url.QueryEscape(b64([]byte(mail)))), true},
		{"base64 at odd offset", text("id=" + b64([]byte("u:"+mail))), true},
		{"base64 inside JSON", field(b64([]byte(mail))), true},
		{"base64url in query", query(b64url([]byte(mail))), true},
		{"hex", field(hexOf([]byte(mail))), true},
		{"JSON \\u escapes", post("/x", asJSON, []byte(`{"v":"`+escaped.String()+`"}`)), true},
		{"gzip and base64", field(b64(zipped.Bytes())), true},
		{"MD5", field(md(lower)), true},
		{"SHA-1", field(hexOf(sha[:])), true},
		{"SHA-256", field(hexOf(sum[:])), true},
		{"SHA-256, upper-case hex", field(strings.ToUpper(hexOf(sum[:]))), true},
		{"SHA-256, base64 of raw digest", field(b64(sum[:])), true},
		{"MD5 of SHA-256 hex", field(md(hexOf(sum[:]))), true},
		{"SHA-256 cut to 32", field(hexOf(sum[:])[:32]), true},
		{"SHA-256 of normalised mailbox", field(hexOf(normal[:])), true},
		{"HMAC, known key", field(hexOf(mac.Sum(nil))), true},
		{"reversed", field(string(backwards)), true},
		{"XOR one byte and base64", field(b64(xor)), false},
		{"multipart field", post("/x", "multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"m\"\r\n\r\n"+mail+"\r\n--b--\r\n")), true},
		{"JWT claim", field("eyJhbGciOiJub25lIn0." + b64url([]byte(`{"m":"`+mail+`"}`)) + ".c2ln"), true},
		{"base64, three times", field(b64([]byte(b64([]byte(b64([]byte(mail))))))), true},
		{"upper-cased", field(strings.ToUpper(mail)), true},
	}
	if len(forms) != 25 {
		t.Fatalf("%d forms", len(forms))
	}
	for _, tier := range []struct {
		name   string
		limits peel.Limits
	}{{"deep", peel.Limits{}}, {"fast", peel.Limits{Fast: true}}} {
		e := engine(t, "[[value]]\ntype = \"contact.email\"\nvalue = \""+mail+"\"\n", Options{Keys: keys, Limits: tier.limits})
		s, found := e.NewScanner(), 0
		for _, f := range forms {
			hit := slices.ContainsFunc(s.Scan(f.flow).Findings, func(x Finding) bool { return x.PersonaValue == 0 && x.Grade == GradeA })
			if hit {
				found++
			} else if tier.name == "deep" || f.fast {
				t.Errorf("%s: %s not found", tier.name, f.name)
			}
		}
		t.Logf("%s: %d of 25", tier.name, found)
	}
}
