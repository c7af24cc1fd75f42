package keyring_test

import (
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rc4"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm4"

	"github.com/constat/constat/peel/keyring"
)

const secret = `{"imei":"352099001761481","net":"wifi"}`

func isJSON(b []byte) bool { return len(b) > 2 && b[0] == '{' && b[len(b)-1] == '}' }

// first tries keys of streams too.
func first(r *keyring.Ring, b []byte, good func([]byte) bool) (keyring.Opened, bool) {
	found := r.Open(b, good, good)
	for _, o := range found {
		if good(o.Data) {
			return o, true
		}
	}
	return keyring.Opened{}, len(found) > 0
}

func pad(b []byte, n int) []byte {
	p := n - len(b)%n
	return append(bytes.Clone(b), bytes.Repeat([]byte{byte(p)}, p)...)
}

// encrypted are messages under the key "0123456789abcdef", by the standard
// library where it has the cipher.
func encrypted(t testing.TB, key []byte) map[string][]byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	sm, err := sm4.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	iv := []byte("fedcba9876543210")
	cbc := func(b cipher.Block, iv []byte) []byte {
		out := pad([]byte(secret), 16)
		cipher.NewCBCEncrypter(b, iv).CryptBlocks(out, out)
		return out
	}
	ecb := pad([]byte(secret), 16)
	for i := 0; i < len(ecb); i += 16 {
		block.Encrypt(ecb[i:], ecb[i:])
	}
	ctr := bytes.Clone([]byte(secret))
	cipher.NewCTR(block, iv).XORKeyStream(ctr, ctr)
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	r, err := rc4.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	rc := bytes.Clone([]byte(secret))
	r.XORKeyStream(rc, rc)
	xor := []byte(secret)
	for i := range xor {
		xor[i] ^= key[i%len(key)]
	}
	return map[string][]byte{
		"aes-cbc, zeros":     cbc(block, make([]byte, 16)),
		"aes-cbc, IV first":  append(bytes.Clone(iv), cbc(block, iv)...),
		"aes-cbc, IV is key": cbc(block, key),
		"aes-ecb":            ecb,
		"aes-ctr, IV first":  append(bytes.Clone(iv), ctr...),
		"aes-gcm":            gcm.Seal([]byte("twelve bytes"), []byte("twelve bytes"), []byte(secret), nil),
		"sm4-cbc, zeros":     cbc(sm, make([]byte, 16)),
		"rc4":                rc,
		"xor":                xor,
	}
}

func TestOpen(t *testing.T) {
	key := []byte("0123456789abcdef")
	right, wrong := keyring.New(), keyring.New()
	if err := right.Rules(strings.NewReader("[[key]]\nname = \"k\"\ntext = \"0123456789abcdef\"\n"), "k.toml"); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if err := wrong.Rules(strings.NewReader(fmt.Sprintf("[[key]]\ntext = \"%03d-other-keys-\"\n", i)), "w.toml"); err != nil {
			t.Fatal(err)
		}
	}
	for name, b := range encrypted(t, key) {
		o, ok := first(right, b, isJSON)
		if !ok || string(o.Data) != secret || !strings.HasPrefix(name, o.Step) || o.Name != "k" {
			t.Errorf("%s: %v, %q by %s (%s)", name, ok, o.Data, o.Step, o.Name)
		}
		if o, ok := first(wrong, b, isJSON); ok {
			t.Errorf("%s: opened with another key: %q", name, o.Data)
		}
	}
	var none *keyring.Ring
	if _, ok := first(none, make([]byte, 64), isJSON); ok {
		t.Error("nil opened something")
	}
}

// TestOpenSSL opens what OpenSSL 3.0.19 wrote on 2026-11-27 (openssl enc
// -aes-256-cbc, with and without -md and -pbkdf2, -S 0102030405060708).
func TestOpenSSL(t *testing.T) {
	r := keyring.New()
	if err := r.Rules(strings.NewReader("[[key]]\ntext = \"0123456789abcdef\"\n"), "k.toml"); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"hTBxZpQr4DKE8B1k3Aw2oKpKOVbminUxJhDbI+bsnl8rQrxVwT0LzTsv9h5HsRUl",
		"Kp5k2yAOWfJWSbiHKbsYN04G8nykWHtkfNpD4FwOzZ+o1RL/U8gEnIYdRdmfqVPg",
		"gajh/J6ecLlUMlg+09vWrP+VgD+seo2ZiVjT2D/QJkzfFqLm98Tj2/6ut7XgPjiL",
	} {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		o, ok := first(r, append([]byte("Salted__\x01\x02\x03\x04\x05\x06\x07\x08"), b...), isJSON)
		if !ok || string(o.Data) != secret || o.Step != "openssl" {
			t.Errorf("%s: %v %q by %s", text, ok, o.Data, o.Step)
		}
	}
}

// TestXXTEA opens a message that another implementation wrote.
func TestXXTEA(t *testing.T) {
	b, err := hex.DecodeString(xxteaMessage)
	if err != nil {
		t.Fatal(err)
	}
	r := keyring.New()
	if err := r.Rules(strings.NewReader("[[key]]\ntext = \"0123456789abcdef\"\nciphers = [\"xxtea\"]\n"), "k.toml"); err != nil {
		t.Fatal(err)
	}
	if o, ok := first(r, b, isJSON); !ok || string(o.Data) != secret {
		t.Errorf("%v %q", ok, o.Data)
	}
}

func TestStringsAndHooks(t *testing.T) {
	key := []byte("0123456789abcdef")
	b := encrypted(t, key)["aes-cbc, zeros"]
	for name, file := range map[string]string{
		"strings":         "libfoo\n0123456789abcdef\nsome words of no use here\n",
		"strings, hex":    hex.EncodeToString(key) + "\n",
		"strings, base64": base64.StdEncoding.EncodeToString(key) + "\n",
		"hook, lines":     `{"alg":"AES/CBC/PKCS5Padding","key":"` + hex.EncodeToString(key) + `"}` + "\n",
		"hook, array":     `[{"args":{"secretKey":"` + base64.StdEncoding.EncodeToString(key) + `","iv":"` + strings.Repeat("00", 16) + `"}}]`,
		"rules":           "[[key]]\nhex = \"" + hex.EncodeToString(key) + "\"\n",
	} {
		r := keyring.New()
		if err := r.Add(strings.NewReader(file), name); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if o, ok := first(r, b, isJSON); !ok || string(o.Data) != secret {
			t.Errorf("%s: not opened", name)
		}
	}
}

// TestEnvelope opens what the lab's rule describes, written here from its
// description, and refuses what has been changed.
func TestEnvelope(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(secret))
	w.Close()
	random := bytes.Repeat([]byte{7, 9}, 16)
	a, s := sha512.Sum512(random), sha512.Sum512([]byte("quinze: the lab's second layer"))
	k := sha512.Sum512(append(a[:], s[:]...))
	sum := sha512.Sum512(z.Bytes())
	plain := pad(append(sum[:], z.Bytes()...), 16)
	block, err := aes.NewCipher(k[:16])
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(plain, plain)
	message := append(append([]byte("qz\x05\x10\x00\x00"), random...), plain...)
	r := keyring.New()
	if o, ok := r.Envelope(message); !ok || !bytes.Equal(o.Data, z.Bytes()) || o.Step != "envelope" {
		t.Fatalf("%v %x", ok, o.Data)
	}
	for i := 6; i < len(message); i += 11 {
		bad := bytes.Clone(message)
		bad[i] ^= 1
		if _, ok := r.Envelope(bad); ok {
			t.Errorf("opened with byte %d changed", i)
		}
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	for _, c := range []struct{ rules, says string }{
		{"[[key]]\ntext = \"short\"\nciphers = [\"aes-cbc\"]", "5 bytes fit none"},
		{"[[key]]\ntext = \"0123456789abcdef\"\nciphers = [\"rot26\"]", `unknown cipher "rot26"`},
		{"[[key]]\n", "wants one of text, hex and base64"},
		{"[[key]]\nhex = \"zz\"", "invalid byte"},
		{"[[keys]]\n", `unknown key "keys"`},
		{"[[alphabet]]\nletters = \"abc\"", "64 different ASCII letters"},
		{"[[envelope]]\nmagic_hex = \"71\"", "at least 2 bytes"},
		{"[[envelope]]\nmagic_hex = \"717a\"\nsteps = [\"return message[2:]\"]", "add a check"},
		{"[[envelope]]\nmagic_hex = \"717a\"\nsteps = [\"check md5(x) = message[:16]\", \"return message\"]", `there is no "x"`},
		{"[[envelope]]\nmagic_hex = \"717a\"\nsteps = [\"a = frob(message)\"]", `there is no function "frob"`},
		{"[[envelope]]\nmagic_hex = \"717a\"\nsteps = [\"check md5(message) = message[:16]\"]", "must be return"},
		{"[[envelope]]\nmagic_hex = \"717a\"\nsteps = [\"a = aes-cbc(message, message)\", \"return a\"]", "takes 3 arguments"},
		{"not toml", "not a rule file: line 1"},
	} {
		err := keyring.New().Rules(strings.NewReader(c.rules), "rules.toml")
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "rules.toml: ") {
			t.Errorf("%q: error %v, want %q", c.rules, err, c.says)
		}
	}
	const hidden = "0123456789abcdeX"
	err := keyring.New().Rules(strings.NewReader("[[key]]\ntext = \""+hidden+"\"\nciphers = [\"no\"]\n"), "k.toml")
	if err == nil || strings.Contains(err.Error(), hidden) {
		t.Errorf("the error shows the key: %v", err)
	}
}

func FuzzRules(f *testing.F) {
	f.Add("[[key]]\ntext = \"0123456789abcdef\"\n[[envelope]]\nmagic_hex = \"717a\"\nsteps = [\"a = xor(message[2:3], message[3:])\", \"check md5(a) = a[-16:]\", \"return a[:-16]\"]\n", []byte("qz\x01abcdefghijklmnopqrstuvwxyz"))
	f.Fuzz(func(t *testing.T, rules string, message []byte) {
		r := keyring.New()
		if r.Add(strings.NewReader(rules), "f") != nil {
			return
		}
		r.Envelope(message)
		r.Open(message, isJSON, isJSON)
	})
}

func ExampleRing_Open() {
	r := keyring.New()
	err := r.Rules(strings.NewReader(`
		[[key]]
		name = "found in libshop.so 4.2"
		text = "0123456789abcdef"
		ciphers = ["aes-ecb"]
	`), "keys.toml")
	if err != nil {
		fmt.Println(err)
		return
	}
	block, _ := aes.NewCipher([]byte("0123456789abcdef"))
	message := []byte("{\"city\":\"Lyon\"}\x01")
	block.Encrypt(message, message)
	for _, o := range r.Open(message, func(b []byte) bool { return b[0] == '{' }, nil) {
		fmt.Println(o.Step, o.Name, string(o.Data))
	}
	// Output: aes-ecb found in libshop.so 4.2 {"city":"Lyon"}
}

// By the Python package xxtea-py on 2026-11-24, with the key 0123456789abcdef.
const xxteaMessage = "ccc255c7f2821f699d47aaa74ae3ec9d45f1c053cdbcf22c73a3105400f5977505991c9c29d4d783939bb357"
