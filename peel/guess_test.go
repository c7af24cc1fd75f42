package peel

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"

	"github.com/constat/constat/peel/keyring"
)

// plainCrib finds one text under keys of up to 16 bytes, the slow way.
type plainCrib string

func (c plainCrib) Has(b []byte) (yes bool) {
	c.Find(b, 1, func(int, int, []byte) { yes = true })
	return yes
}

func (c plainCrib) Find(b []byte, lag int, found func(off, n int, key []byte)) {
	t := string(c)
next:
	for off := 0; off+len(t) <= len(b) && len(t) >= lag+8; off++ {
		for i := lag; i < len(t); i++ {
			if b[off+i]^b[off+i-lag] != t[i]^t[i-lag] {
				continue next
			}
		}
		key := make([]byte, lag)
		for i := range t {
			key[(off+i)%lag] = b[off+i] ^ t[i]
		}
		if slices.Max(key) > 0 {
			found(off, len(t), key)
		}
	}
}

type guess struct{ name, text, step string }

// guesses are texts that nothing shows to be what they are, each with the
// step that undoes it. They are made here by other means than the decoders:
// the standard library, big integers, or another program's output.
func guesses(t testing.TB) []guess {
	j := `{"user":{"mail":"` + planted + `"},"n":[1,2]}`
	reverse := func(s string) string { b := []byte(s); slices.Reverse(b); return string(b) }
	b64 := base64.StdEncoding.EncodeToString([]byte(j))
	xor := func(s string, key string) string {
		b := []byte(s)
		for i := range b {
			b[i] ^= key[i%len(key)]
		}
		return string(b)
	}
	base := func(alphabet string) string {
		n, m, out := new(big.Int).SetBytes([]byte(j)), new(big.Int), ""
		for k := big.NewInt(int64(len(alphabet))); n.Sign() > 0; {
			n.DivMod(n, k, m)
			out = string(alphabet[m.Int64()]) + out
		}
		return out
	}
	rot13 := func(s string) string {
		return strings.Map(func(r rune) rune {
			switch {
			case 'a' <= r && r <= 'z':
				return 'a' + (r-'a'+13)%26
			case 'A' <= r && r <= 'Z':
				return 'A' + (r-'A'+13)%26
			}
			return r
		}, s)
	}
	rot47 := func(s string) string {
		return strings.Map(func(r rune) rune {
			if '!' <= r && r <= '~' {
				return '!' + (r-'!'+47)%94
			}
			return r
		}, s)
	}
	each := func(format, between string) string {
		var parts []string
		for _, c := range []byte(j) {
			parts = append(parts, fmt.Sprintf(format, c))
		}
		return strings.Join(parts, between)
	}
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write([]byte(j))
	w.Close()
	a85 := make([]byte, ascii85.MaxEncodedLen(len(j)))
	a85 = a85[:ascii85.Encode(a85, []byte(j))]
	wide := ""
	for _, c := range []byte(j) {
		wide += "\x00" + string(rune(c))
	}
	own := "QPONMLKJIHGFEDCBAZYXWVUTSRqponmlkjihgfedcbazyxwvutsr5678901234-_"
	return []guess{
		{"base64 backwards", reverse(b64), "reverse › base64"},
		{"JSON backwards", reverse(j), "reverse"},
		{"hex backwards", reverse(hex.EncodeToString([]byte(j))), "reverse › hex"},
		{"rot13 of base64", rot13(b64), "rot13 › base64"},
		{"rot47 of base64", rot47(b64), "rot47 › base64"},
		{"case swapped", strings.Map(func(r rune) rune {
			if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
				return r ^ 0x20
			}
			return r
		}, b64), "swapped case › base64"},
		{"base64 with an alphabet of its own", base64.NewEncoding(own).WithPadding(base64.NoPadding).EncodeToString([]byte(j)), "base64 in an alphabet of its own"},
		{"base64, digits first", base64.NewEncoding("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_").WithPadding(base64.NoPadding).EncodeToString([]byte(j)), "base64, digits first"},
		{"base32, lower case", strings.ToLower(base32.StdEncoding.EncodeToString([]byte(j))), "base32"},
		{"base32hex", base32.HexEncoding.EncodeToString([]byte(j)), "base32hex"},
		{"base58", base("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"), "base58"},
		{"base62", base("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), "base62"},
		{"base36", base("0123456789abcdefghijklmnopqrstuvwxyz"), "base36"},
		{"decimal number", base("0123456789"), "decimal number"},
		{"hex with colons", each("%02x", ":"), "hex, separated"},
		{"hex with spaces", each("%02X", " "), "hex, separated"},
		{"hex escapes", each(`\x%02x`, ""), ""},
		{"0x bytes", each("0x%02x", ", "), "hex, separated"},
		{"decimal bytes", each("%d", ","), "decimal bytes"},
		{"array of bytes", "[" + each("%d", ",") + "]", "decimal bytes"},
		{"binary digits", each("%08b", ""), "binary digits"},
		{"octal", each(`\%03o`, ""), "octal escapes"},
		{"XOR with one byte", xor(j, "\x9a"), "xor"},
		{"XOR with one byte, of hex", xor(hex.EncodeToString([]byte(j)), "\x03"), "xor 0x03 › hex"},
		{"XOR with one byte, of hex, which then reads as Chinese", xor(hex.EncodeToString([]byte(j)), "\x81"), "xor 0x81 › hex"},
		{"XOR with one byte, of base64", xor(b64, "\x01"), "xor 0x01 › base64"},
		{"XOR with one byte, of percent", xor(each("%%%02X", ""), "\x06"), "xor 0x06 › percent"},
		{"XOR with one byte, of zlib", xor(z.String(), "\x42"), ""},
		{"XOR with four bytes", xor(j, "\x9a\x01\xc3\x77"), "xor"},
		{"XOR with four bytes, of gzip", xor(string(gz(j)), "\x9a\x01\xc3\x77"), "xor 0x9a01c377 › gzip"},
		{"XOR with five bytes, of hex", xor(hex.EncodeToString([]byte(j)), "\x9a\x01\xc3\x77\x10"), "xor 0x9a01c37710 › hex"},
		{"XOR with three bytes, of base64", xor(b64, "\x9a\x01\xc3"), "xor 0x9a01c3 › base64"},
		{"XOR with one byte, of UTF-16", xor(wide, "\x96"), "utf-16"},
		{"XOR with the bytes in front", "\x9a\x01\xc3\x77" + xor(j, "\x9a\x01\xc3\x77"), "xor"},
		{"zlib after a header", "LOG\x01\x02\xff\xfe\x80" + z.String(), "after a header"},
		{"list", "a,b;\"" + b64 + "\"|c", "base64"},
		{"ascii85 of JSON", string(a85), "ascii85"},
	}
}

func TestGuesses(t *testing.T) {
	keys := keyring.New()
	if err := keys.Rules(strings.NewReader("[[alphabet]]\nname = \"test\"\nletters = \"QPONMLKJIHGFEDCBAZYXWVUTSRqponmlkjihgfedcbazyxwvutsr5678901234-_\"\n"), "k"); err != nil {
		t.Fatal(err)
	}
	for _, g := range guesses(t) {
		for _, fast := range []bool{false, true} {
			w := NewWalker(Options{Limits: Limits{Fast: fast}, Keys: keys, Crib: plainCrib(planted)})
			body, _ := json.Marshal(map[string]string{"v": g.text})
			if !json.Valid(body) || strings.ContainsRune(string(body), '\ufffd') || bytes.Contains(body, []byte(`\ufffd`)) {
				body = []byte(g.text) // it is no text
			}
			got := ""
			w.Walk(Root{Name: "request.body", Kept: true, Data: body}, func(p *Part) bool {
				if got == "" && strings.Contains(string(p.Data), planted) {
					got = strings.Join(p.Derivation(), " › ")
				}
				return true
			})
			switch {
			case fast:
				// Nothing to ask for: it may or may not be found.
			case got == "":
				t.Errorf("%s: not reached", g.name)
			case !strings.Contains(got, g.step):
				t.Errorf("%s: reached by %q, not by %q", g.name, got, g.step)
			}
		}
	}
}

// TestLZ4Block: the value in it stands in clear, but not what is copied.
func TestLZ4Block(t *testing.T) {
	twice := strings.Repeat(`{"mail":"`+planted+`"}`, 3)
	block := make([]byte, lz4.CompressBlockBound(len(twice)))
	n, err := lz4.CompressBlock([]byte(twice), block, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, head := range []string{"", "\x00\x00\x00\xff"} {
		found := false
		NewWalker(Options{}).Walk(Root{Name: "request.body", Kept: true, Data: []byte(head + string(block[:n]))}, func(p *Part) bool {
			found = found || p.Step == "lz4" && string(p.Data) == twice
			return true
		})
		if !found {
			t.Errorf("after %d bytes: not undone", len(head))
		}
	}
}

// TestGuessesByOthers are texts that other programs wrote.
func TestGuessesByOthers(t *testing.T) {
	for _, g := range foreign {
		got := ""
		NewWalker(Options{}).Walk(Root{Name: "request.body", Kept: true, Data: []byte(g.text)}, func(p *Part) bool {
			if got == "" && strings.Contains(string(p.Data), planted) {
				got = strings.Join(p.Derivation(), " › ")
			}
			return true
		})
		if !strings.Contains(got, g.step) {
			t.Errorf("%s: reached by %q", g.name, got)
		}
	}
}

// foreign were written by the Python packages lzstring, base64 and binascii on
// 2026-11-24.
var foreign = []guess{
	{"lz-string, base64", "N4IgrgzgpgTiBcoC2BDAlgGwSAxipmGUAdAI4DsAbgEwAeAnAAIDWKtALmgEazHtQR2IAL4AaEADsEAbQCMo6gF1hQA=", "lz-string"},
	{"lz-string, URL", "N4IgrgzgpgTiBcoC2BDAlgGwSAxipmGUAdAI4DsAbgEwAeAnAAIDWKtALmgEazHtQR2IAL4AaEADsEAbQCMo6gF1hQA", "lz-string"},
	{"lz-string, UTF-16", "\u1be1\u084b\u41bc\u0a80\u2730\u1748\u05d0\u10e0\u4b20\u6c32\u01ac\u2a86\u0cc0\u0760\u11e0\u3b20\u3720\u4c20\u3c24\u7020\u103a\u62cd|\u6824\u35b8\u7b70\u23d1+\u7023\u2120\u0780\u403b\u2031\u4a5a\u404e\u5870  ", "lz-string"},
	{"base85", "dm?pnWpW}qdm?RNX>1}oB4c4~X>4p|E^#+@GI%*aYhieFX<}t^E_7vcbRvB$B5oo&TQMv$U3~", "base85"},
	{"uuencode", "begin 644 x\nM>R)U<V5R(CI[(FUA:6PB.B)C86UI;&QE+G$W=C)X.4!K87AT:6)E<BYT97-T\n-(GTL(FXB.ELQ+#)=?0  \n`\nend\n", "uuencode"},
}
