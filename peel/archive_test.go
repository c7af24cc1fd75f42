package peel

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/constat/constat/peel/keyring"
)

// written were made by Python 3.11's zipfile, tarfile, gzip, bz2, lzma, zlib and
// codecs on 2026-11-27, of one text with planted in it.
var written = []struct{ name, base64, step string }{
	{"zip", "UEsDBBQAAAAIAAAAIQCNVuIUPAAAADoAAAAHAAAAbG9nLnR4dKtWKi1OLVKyqlbKTczMUbJSSk7MzczJSdUrNC8zqrB0yE6sKMlMSi3SK0ktLlGq1VHKU7KKNtQxiq0FAFBLAQIUAxQAAAAIAAAAIQCNVuIUPAAAADoAAAAHAAAAAAAAAAAAAACAAQAAAABsb2cudHh0UEsFBgAAAAABAAEANQAAAGEAAAAAAA==", "zip log.txt"},
	{"tar.gz", "H4sIAAAAAAACA+3NsQrCMBjE8TyKfHMJMZQGO/ke4hAlSDFVbNNSKH13QxfBXR38/5Y7brl4v+g0JfVJJqvKcs3sPY1x9tXX3dmqUhujvmDok+/ypfpPswx96KSepfVNlFrOvm1iDPrhRjvt9lc/peYUOp1Cn2Qp5Cb1YVvY46IAAAAAAAAAAAAAAAAAAD/0BPU5XPUAKAAA", "gzip › tar log.txt"},
	{"bzip2", "QlpoOTFBWSZTWbM+F5gAABufgBAFMLBAAAAKOi8/SiAAUKAAaAAAqeoep5TQNqPSMxRPKzfQLRNSoT3jnDvhGszErusn1YyAxC9ZQG2SC9DS4x+LuSKcKEhZnwvMAA==", "bzip2"},
	{"xz", "/Td6WFoAAATm1rRGAgAhARAAAACocI6GAQA5eyJ1c2VyIjp7Im1haWwiOiJjYW1pbGxlLnE3djJ4OUBrYXh0aWJlci50ZXN0In0sIm4iOlsxLDJdfQAAAOvsIJ4dW/2vAAFSOk9TB24ftvN9AQAAAAAEWVo=", "xz"},
	{"lzma", "XQAAEAD//////////wA9iIqnc6DEJIRRRJ1vGi+h+14vFd0osxtF/RzzF5eXCT0+BHjlbXhfZpI1JG7ux2K/Txx66rofQMo6I+0HB9/6p88A", "lzma"},
	{"UTF-32", "ewAAACIAAAB1AAAAcwAAAGUAAAByAAAAIgAAADoAAAB7AAAAIgAAAG0AAABhAAAAaQAAAGwAAAAiAAAAOgAAACIAAABjAAAAYQAAAG0AAABpAAAAbAAAAGwAAABlAAAALgAAAHEAAAA3AAAAdgAAADIAAAB4AAAAOQAAAEAAAABrAAAAYQAAAHgAAAB0AAAAaQAAAGIAAABlAAAAcgAAAC4AAAB0AAAAZQAAAHMAAAB0AAAAIgAAAH0AAAAsAAAAIgAAAG4AAAAiAAAAOgAAAFsAAAAxAAAALAAAADIAAABdAAAAfQAAAA==", "utf-32"},
	{"deflate, flushed, as permessage-deflate", "qlYqLU4tUrKqVspNzMxRslJKTszNzMlJ1Ss0LzOqsHTITqwoyUxKLdIrSS0uUarVUcpTsoo21DGKrQUA", "deflate"},
}

func TestWrittenByPython(t *testing.T) {
	for _, c := range written {
		b, err := base64.StdEncoding.DecodeString(c.base64)
		if err != nil {
			t.Fatal(err)
		}
		if got := wayTo(planted, b, Options{}); !strings.Contains(got, c.step) {
			t.Errorf("%s: reached by %q", c.name, got)
		}
	}
}

// wayTo is how a walk reaches a text, in as many ways as it does.
func wayTo(text string, b []byte, o Options) string {
	var ways []string
	NewWalker(o).Walk(Root{Name: "request.body", Kept: true, Data: b}, func(p *Part) bool {
		if strings.Contains(string(p.Data), text) {
			ways = append(ways, strings.Join(p.Derivation(), " › "))
		}
		return true
	})
	return strings.Join(ways, "\n")
}

// TestHostileDictionaries: what a header promises is not allocated.
func TestHostileDictionaries(t *testing.T) {
	xz, err := base64.StdEncoding.DecodeString(written[3].base64)
	if err != nil {
		t.Fatal(err)
	}
	wide := append([]byte(nil), xz...)
	wide[16] = 40 // a dictionary of 4 GB
	lzma, err := base64.StdEncoding.DecodeString(written[4].base64)
	if err != nil {
		t.Fatal(err)
	}
	deep := append([]byte(nil), lzma...)
	copy(deep[1:], "\x00\x00\x00\x80")
	for name, b := range map[string][]byte{"xz": wide, "lzma": deep} {
		w := NewWalker(Options{})
		n := testing.AllocsPerRun(1, func() { w.Walk(Root{Name: "request.body", Kept: true, Data: b}, func(*Part) bool { return true }) })
		if way := wayTo(planted, b, Options{}); strings.Contains(way, name) || n > 1000 {
			t.Errorf("%s: reached by %q, %f allocations", name, way, n)
		}
	}
}

// TestSmallRecords: fields that nobody knows the structure of, and text that is
// no known grammar, are opened by what stands around them.
func TestSmallRecords(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte(planted))
	gz, err := base64.StdEncoding.DecodeString(written[2].base64)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, step string }{
		{"Thrift", "\x0b\x00\x01\x00\x00\x00" + string(rune(len(gz))) + string(gz) + "\x00", "counted › bzip2"},
		{"INI", "[user]\nid = 5\nmail = " + b64 + "\n", "base64"},
		{"PHP", `a:1:{s:4:"mail";s:40:"` + b64 + `";}`, "base64"},
		{"log line", `I/App(  123): sending '` + b64 + `' to server`, "base64"},
		{"unit separators", "5\x1f" + b64 + "\x1fx", "base64"},
		{"UTF-7", "mail: camille.q7v2x9+AEA-kaxtiber.test", "utf-7"},
		{"properties", "mail=camille.q7v2x9\\@kaxtiber.test\n", "unescape"},
		{"escape()", "No%E9&mail=camille.q7v2x9%u0040kaxtiber.test", "percent"},
		{"Uint8Array", `{"data":{"0":99,"1":97,"2":109,"3":105,"4":108,"5":108,"6":101,"7":46,"8":113,"9":55,"10":118,"11":50,"12":120,"13":57,"14":64,"15":107,"16":97,"17":120,"18":116,"19":105,"20":98,"21":101,"22":114,"23":46,"24":116,"25":101,"26":115,"27":116}}`, "decimal bytes"},
	} {
		if got := wayTo(planted, []byte(c.text), Options{}); !strings.Contains(got, c.step) {
			t.Errorf("%s: reached by %q", c.name, got)
		}
	}
}

// TestStreamsNeedProof: a key that makes letters of letters does not hide the
// right one behind it.
func TestStreamsNeedProof(t *testing.T) {
	keys := keyring.New()
	if err := keys.Rules(strings.NewReader(`
		[[key]]
		text = "1032547698"
		ciphers = ["xor"]
		[[key]]
		text = "PQRSTUVWXYZ"
		ciphers = ["xor"]
	`), "k"); err != nil {
		t.Fatal(err)
	}
	locked := []byte(planted)
	for i := range locked {
		locked[i] ^= "PQRSTUVWXYZ"[i%11]
	}
	known := func(b []byte) bool { return strings.Contains(string(b), planted) }
	if got := wayTo(planted, locked, Options{Keys: keys, Known: known}); got == "" {
		t.Error("not reached")
	}
}
