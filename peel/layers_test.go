package peel

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// planted is the value that every test hides and expects to see again.
const planted = "camille.q7v2x9@kaxtiber.test"

// seen is one way in which planted was reached.
type seen struct {
	steps    string
	off, n   int
	key      string
	verbatim bool
}

// reach walks data and returns the first, most precise part that is planted.
func reach(t testing.TB, r Root) (got *seen, report Report) {
	t.Helper()
	r.Kept = true
	if r.Name == "" {
		r.Name = "request.body"
	}
	w := NewWalker(Options{})
	report = w.Walk(r, func(p *Part) bool {
		if got == nil && string(p.Data) == planted {
			off, n := p.Outermost(0, len(p.Data))
			got = &seen{strings.Join(p.Derivation(), " › "), off, n, p.Key, p.Verbatim}
		}
		return true
	})
	return got, report
}

func squeeze(w func(io.Writer) io.WriteCloser, s string) []byte {
	var b bytes.Buffer
	z := w(&b)
	io.WriteString(z, s)
	z.Close()
	return b.Bytes()
}

func gz(s string) []byte {
	return squeeze(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, s)
}

func lengthDelimited(field int, b []byte) []byte {
	out := binary.AppendUvarint(nil, uint64(field<<3|2))
	return append(binary.AppendUvarint(out, uint64(len(b))), b...)
}

func TestLayers(t *testing.T) {
	j := `{"user":{"mail":"` + planted + `"},"n":[1,2]}`
	b64 := base64.StdEncoding.EncodeToString
	proto := lengthDelimited(3, lengthDelimited(2, []byte(planted)))
	proto = append(proto, 0x20, 0x96, 0x01)
	utf16le := func(s string) (b []byte) {
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return b
	}
	gbk, _ := simplifiedchinese.GBK.NewEncoder().Bytes([]byte("{\"mail\":\"" + planted + "\",\"运营商\":\"中国移动通信集团\"}"))
	msgpack := append(append([]byte{0x82, 0xa4}, "mail"...), append([]byte{0xd9, byte(len(planted))}, planted...)...)
	msgpack = append(msgpack, 0xa1, 'n', 0xcd, 0x10, 0x00)
	cbor := append(append([]byte{0xa1, 0x64}, "mail"...), append([]byte{0x78, byte(len(planted))}, planted...)...)
	bplist := func() []byte {
		b := []byte("bplist00")
		offs := []int{len(b)}
		b = append(b, 0xd1, 1, 2)
		offs = append(offs, len(b))
		b = append(b, append([]byte{0x54}, "mail"...)...)
		offs = append(offs, len(b))
		b = append(append(b, 0x5f, 0x10, byte(len(planted))), planted...)
		table := len(b)
		for _, o := range offs {
			b = append(b, byte(o))
		}
		b = append(b, 0, 0, 0, 0, 0, 0, 1, 1)
		b = binary.BigEndian.AppendUint64(b, uint64(len(offs)))
		b = binary.BigEndian.AppendUint64(b, 0)
		return binary.BigEndian.AppendUint64(b, uint64(table))
	}()
	grpc := append([]byte{0, 0, 0, 0, byte(len(proto))}, proto...)
	enc, _ := zstd.NewWriter(nil)
	quoted, _ := json.Marshal(j)
	a85 := func(s string) []byte {
		out := make([]byte, ascii85.MaxEncodedLen(len(s)))
		return out[:ascii85.Encode(out, []byte(s))]
	}
	marshal := func(key string, value []byte) []byte {
		b, _ := json.Marshal(map[string]string{key: string(value)})
		return b
	}
	long := j + strings.Repeat(" the quick brown fox jumps over the lazy dog", 4)
	for _, c := range []struct {
		name  string
		root  Root
		steps string // after the root
	}{
		{"json", Root{Data: []byte(j)}, "json $.user.mail"},
		{"json in a string", Root{Data: []byte(`{"p":` + string(quoted) + `}`)}, "json $.p › json $.user.mail"},
		{"ndjson", Root{Data: []byte("{\"a\":1}\n" + j)}, "json $.user.mail"},
		{"cut json", Root{Data: []byte(j[:len(j)-8])}, "json $.user.mail"},
		{"unicode escapes", Root{Data: []byte(`{"mail":"` + strings.ReplaceAll(planted, "@", `\u0040`) + `"}`)}, "json $.mail"},
		{"form", Root{MediaType: "application/x-www-form-urlencoded", Data: []byte("a=1&mail=" + url.QueryEscape(planted))}, "form mail › percent"},
		{"query", Root{Name: "request.url", Data: []byte("/p?x=1&mail=" + planted)}, "query mail"},
		{"percent twice", Root{Name: "request.url", Data: []byte("/p?mail=" + url.QueryEscape(url.QueryEscape(planted)))}, "query mail › percent › percent"},
		{"cookie", Root{Name: "request.header", Label: "Cookie", Data: []byte("a=1; mail=" + planted)}, "cookie mail"},
		{"multipart", Root{MediaType: "multipart/form-data; boundary=xYz", Data: []byte("--xYz\r\nContent-Disposition: form-data; name=\"mail\"\r\n\r\n" + planted + "\r\n--xYz--\r\n")}, "multipart mail"},
		{"xml text", Root{Data: []byte("<?xml version=\"1.0\"?><u><mail>" + planted + "</mail></u>")}, "xml mail"},
		{"xml attribute", Root{Data: []byte(`<u mail="` + planted + `"/>`)}, "xml u@mail"},
		{"entities", Root{Data: []byte("<u><mail>" + strings.ReplaceAll(planted, "@", "&#64;") + "</mail></u>")}, "xml mail › entities"},
		{"xml plist", Root{Data: []byte("<plist><dict><key>mail</key><string>" + planted + "</string></dict></plist>")}, "xml string"},
		{"binary plist", Root{Data: bplist}, "bplist $.mail"},
		{"jwt", Root{Name: "request.header", Label: "Authorization", Data: []byte("Bearer " + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(j)) + ".c2ln")}, "jwt payload › json $.user.mail"},
		{"protobuf", Root{Data: proto}, "protobuf 3 › protobuf 2"},
		{"grpc", Root{MediaType: "application/grpc", Data: grpc}, "grpc 0 › protobuf 3 › protobuf 2"},
		{"grpc in base64", Root{MediaType: "application/grpc-web-text", Data: []byte(b64(grpc))}, "base64 › grpc 0 › protobuf 3 › protobuf 2"},
		{"length in front, in base64", Root{Data: []byte(b64(append([]byte{0, 0, 0, byte(len(planted))}, planted...)))}, "base64 › length-prefixed 0"},
		{"msgpack", Root{Data: msgpack}, "msgpack $.mail"},
		{"cbor", Root{Data: cbor}, "cbor $.mail"},
		{"gzip", Root{Data: gz(j)}, "gzip › json $.user.mail"},
		{"zlib", Root{Data: squeeze(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, j)}, "zlib › json $.user.mail"},
		{"deflate without a header", Root{Data: squeeze(func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 9); return z }, long)}, "deflate › json $.user.mail"},
		{"zstd", Root{Data: enc.EncodeAll([]byte(j), nil)}, "zstd › json $.user.mail"},
		{"lz4", Root{Data: squeeze(func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) }, j)}, "lz4 › json $.user.mail"},
		{"snappy frames", Root{Data: squeeze(func(w io.Writer) io.WriteCloser { return s2.NewWriter(w, s2.WriterSnappyCompat()) }, j)}, "snappy › json $.user.mail"},
		{"snappy block", Root{Data: s2.EncodeSnappy(nil, []byte(long))}, "snappy › json $.user.mail"},
		{"brotli, declared", Root{ContentEncoding: "br", Data: squeeze(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, j)}, "br › json $.user.mail"},
		{"brotli, guessed", Root{Data: squeeze(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, long)}, "br › json $.user.mail"},
		{"base64", Root{Data: []byte(`{"d":"` + b64([]byte(j)) + `"}`)}, "json $.d › base64 › json $.user.mail"},
		{"base64url, unpadded", Root{Name: "request.url", Data: []byte("/p?d=" + base64.RawURLEncoding.EncodeToString([]byte(j+"ÿÿ>>??")))}, "query d › base64 › json $.user.mail"},
		{"base64 of gzip", Root{Data: []byte(`{"d":"` + b64(gz(j)) + `"}`)}, "json $.d › base64 › gzip › json $.user.mail"},
		{"hex", Root{Data: []byte(`{"d":"` + hex.EncodeToString([]byte(j)) + `"}`)}, "json $.d › hex › json $.user.mail"},
		{"base32", Root{Data: []byte(`{"d":"` + base32.StdEncoding.EncodeToString([]byte(j)) + `"}`)}, "json $.d › base32 › json $.user.mail"},
		{"ascii85", Root{Data: marshal("d", a85(j))}, "json $.d › ascii85 › json $.user.mail"},
		{"ascii85 of gzip", Root{Data: a85(string(gz(j)))}, "ascii85 › gzip › json $.user.mail"},
		{"ascii85 between marks", Root{Data: []byte("<~" + string(a85(planted)) + "~>")}, "ascii85"},
		{"quoted-printable", Root{Data: []byte(strings.ReplaceAll(planted, ".", "=2E"))}, "quoted-printable"},
		{"quoted-printable in lines", Root{Data: marshal("d", []byte(planted[:9]+"=\r\n"+planted[9:]))}, "json $.d › quoted-printable"},
		{"deflate of one value", Root{Data: marshal("d", []byte(b64(squeeze(func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 9); return z }, planted))))}, "json $.d › base64 › deflate"},
		{"brotli of one object", Root{Data: marshal("d", []byte(b64(squeeze(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, j))))}, "json $.d › base64 › br › json $.user.mail"},
		{"snappy block of one value", Root{Data: marshal("d", []byte(b64(s2.EncodeSnappy(nil, []byte(planted)))))}, "json $.d › base64 › snappy"},
		{"utf-16", Root{Data: utf16le(j)}, "utf-16 › json $.user.mail"},
		{"gbk", Root{Data: gbk}, "json $.mail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, report := reach(t, c.root)
			if got == nil {
				t.Fatalf("not reached; %+v", report)
			}
			_, steps, _ := strings.Cut(got.steps, " › ")
			steps = strings.ReplaceAll(steps, "base64url", "base64")
			if steps != c.steps {
				t.Errorf("reached by %q, want %q", steps, c.steps)
			}
			if got.off < 0 || got.n <= 0 || got.off+got.n > len(c.root.Data) {
				t.Errorf("range %d+%d is outside the root's %d bytes", got.off, got.n, len(c.root.Data))
			}
		})
	}
}

// encoders are written apart from the decoders, with other libraries where
// there are any. Each wraps s so that it can be found again.
var encoders = map[string]func(s string) string{
	"base64":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64raw": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"hex":       func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":       func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"percent":   func(s string) string { return "v=" + url.QueryEscape(s) + "&z=1" },
	"json":      func(s string) string { b, _ := json.Marshal(map[string]any{"id": 7, "v": s}); return string(b) },
	"gzip64":    func(s string) string { return base64.StdEncoding.EncodeToString(gz(s)) },
	"zlib64": func(s string) string {
		return base64.StdEncoding.EncodeToString(squeeze(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, s))
	},
	"multipart": func(s string) string {
		return "--b0undary\r\nContent-Disposition: form-data; name=\"v\"\r\n\r\n" + s + "\r\n--b0undary--\r\n"
	},
}

// TestChains wraps the value in every chain of one to three encoders.
func TestChains(t *testing.T) {
	var names []string
	for name := range encoders {
		names = append(names, name)
	}
	slices.Sort(names)
	var wrap func(chain []string, s string)
	wrap = func(chain []string, s string) {
		if len(chain) > 0 {
			found := false
			NewWalker(Options{Limits: Limits{Depth: 12}}).Walk(Root{Name: "request.body", Kept: true, Data: []byte(s)}, func(p *Part) bool {
				found = found || strings.Contains(string(p.Data), planted)
				return true
			})
			if !found {
				t.Errorf("%v hides the value: %.200q", chain, s)
			}
		}
		if len(chain) == 3 {
			return
		}
		for _, name := range names {
			wrap(append(chain[:len(chain):len(chain)], name), encoders[name](s))
		}
	}
	wrap(nil, `{"mail":"`+planted+`"}`)
}

func TestOutermostIsExactThroughVerbatimSteps(t *testing.T) {
	body := `{"a":"x","d":{"mail":"` + planted + `"}}`
	got, _ := reach(t, Root{Data: []byte(body)})
	if got == nil || body[got.off:got.off+got.n] != planted {
		t.Errorf("range does not hold the value: %+v", got)
	}
}

func TestBombsEndInAGap(t *testing.T) {
	zeros := strings.Repeat("\x00", 64<<20)
	nested := `{"x":"` + strings.Repeat("a", 10) + `"}`
	for range 20 {
		nested = string(gz(nested))
	}
	deep := strings.Repeat(`{"a":`, 1<<20) + "1"
	for _, c := range []struct {
		name string
		data []byte
		kind string
	}{
		{"gzip of zeros", gz(zeros), "budget"},
		{"gzip in gzip in gzip", []byte(nested), "depth"},
		{"json a million deep", []byte(deep), "depth"},
		{"xml a million deep", []byte(strings.Repeat("<a>", 1<<20)), "depth"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			report := NewWalker(Options{}).Walk(Root{Name: "request.body", Kept: true, Data: c.data}, func(*Part) bool { n++; return true })
			kinds := fmt.Sprint(report.Gaps)
			if len(report.Gaps) == 0 || !strings.Contains(kinds, c.kind) {
				t.Errorf("gaps %v, want one of kind %s", kinds, c.kind)
			}
			if limit := int64(256<<10+24*len(c.data)) + 1<<20; report.Expanded > limit {
				t.Errorf("expanded to %d bytes, limit %d", report.Expanded, limit)
			}
		})
	}
}

func TestBudgetKeepsWhatWasRead(t *testing.T) {
	body := gz(`{"mail":"` + planted + `","pad":"` + strings.Repeat("0", 4<<20) + `"}`)
	got, report := reach(t, Root{Data: body})
	if got == nil {
		t.Errorf("the value before the cut is lost; gaps %v", report.Gaps)
	}
	if len(report.Gaps) == 0 {
		t.Error("the cut is not told")
	}
}

func TestOpaque(t *testing.T) {
	noise := make([]byte, 4096)
	x := uint64(88172645463325252)
	for i := range noise {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		noise[i] = byte(x)
	}
	for _, c := range []struct {
		name   string
		data   []byte
		opaque bool
		reason string
	}{
		{"noise", noise, true, "no key"},
		{"noise in base64", []byte(`{"d":"` + base64.StdEncoding.EncodeToString(noise) + `"}`), true, "no key"},
		{"jpeg", append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), noise...), true, "media image/jpeg"},
		{"json", []byte(`{"a":"` + strings.Repeat("word ", 200) + `"}`), false, ""},
		{"text that lost its bytes", []byte("\x1f\ufffd\x08" + strings.Repeat("\ufffd\x12\ufffdK", 40)), true, "bytes lost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			report := NewWalker(Options{}).Walk(Root{Name: "request.body", Kept: true, Data: c.data}, func(*Part) bool { return true })
			total, reasons := 0, ""
			for _, r := range report.Opaque {
				total += r.Len
				reasons += r.Reason
			}
			if c.opaque && (total < len(c.data)*9/10-16 || !strings.Contains(reasons, c.reason)) || !c.opaque && total > 0 {
				t.Errorf("%d of %d bytes opaque (%s)", total, len(c.data), reasons)
			}
		})
	}
}

// TestSameBytesInManyLayers: parts that hold one another like dolls make the
// work grow with the square of the length, unless it is counted. "?a=?a=…" is
// a URL in a field of a URL in a field, 65,536 times.
func TestSameBytesInManyLayers(t *testing.T) {
	for _, doll := range []string{"{?a=", "é?a=", "%7B?a=", "\\u0022?a=", "&#x22;?a="} {
		data := bytes.Repeat([]byte(doll), 1<<18/len(doll))
		looked := 0
		w := NewWalker(Options{})
		r := w.Walk(Root{Name: "request.body", Kept: true, Data: data}, func(p *Part) bool {
			if !p.Verbatim {
				looked += len(p.Data)
			}
			return true
		})
		if len(r.Gaps) == 0 || r.Gaps[0].Kind != "budget" {
			t.Errorf("%q: gaps %v, want the budget's", doll, r.Gaps)
		}
		if limit := 1<<20 + 64*len(data); looked > limit || w.work < -int64(limit) {
			t.Errorf("%q: %d bytes visited, %d over the work budget", doll, looked, -w.work)
		}
	}
}

func BenchmarkWalk(b *testing.B) {
	obj := map[string]any{}
	for i := range 40 {
		obj[fmt.Sprintf("field_%d", i)] = map[string]any{"name": "some ordinary words", "id": 1700000000000 + i, "on": true, "tag": "ab12cd34ef"}
	}
	j, _ := json.Marshal(obj)
	j = j[:3000]
	noise := bytes.Repeat([]byte("\x93\x1b\xf0\x5d\x8e\x22\xc7"), 150_000)
	for name, r := range map[string]Root{
		"json":   {Data: j},
		"form":   {Data: []byte(strings.Repeat("key=value+with%20words&id=1700000000000&", 75)), MediaType: "application/x-www-form-urlencoded"},
		"gzip":   {Data: gz(string(j))},
		"base64": {Data: []byte(base64.StdEncoding.EncodeToString(j))},
		"binary": {Data: noise},
	} {
		b.Run(name, func(b *testing.B) {
			r.Name, r.Kept = "request.body", true
			w := NewWalker(Options{})
			b.SetBytes(int64(len(r.Data)))
			b.ReportAllocs()
			for b.Loop() {
				w.Walk(r, func(*Part) bool { return true })
			}
		})
	}
}
