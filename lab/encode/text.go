package encode

import (
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"mime/quotedprintable"
	"net/url"
	"strings"
)

// fixed is a step without choices.
func fixed(f func(in []byte) []byte) func(*rand.Rand, []byte) []byte {
	return func(_ *rand.Rand, in []byte) []byte { return f(in) }
}

// b64 writes base64 in an alphabet.
func b64(e *base64.Encoding) func(*rand.Rand, []byte) []byte {
	return fixed(func(in []byte) []byte { return []byte(e.EncodeToString(in)) })
}

var base64Std = Step{Name: "base64", Text: true, Binary: true, do: b64(base64.StdEncoding)}

// binaries write any bytes as text.
var binaries = []Step{
	base64Std,
	{Name: "base64, no padding", Text: true, Binary: true, do: b64(base64.RawStdEncoding)},
	{Name: "base64url", Text: true, Binary: true, do: b64(base64.URLEncoding)},
	{Name: "base64url, no padding", Text: true, Binary: true, do: b64(base64.RawURLEncoding)},
	{Name: "base64 in lines", Text: true, Binary: true, do: fixed(func(in []byte) []byte {
		s := base64.StdEncoding.EncodeToString(in)
		var b strings.Builder
		for len(s) > 76 { // RFC 2045
			b.WriteString(s[:76] + "\r\n")
			s = s[76:]
		}
		return []byte(b.String() + s)
	})},
	{Name: "base32", Text: true, Binary: true, do: fixed(func(in []byte) []byte { return []byte(base32.StdEncoding.EncodeToString(in)) })},
	{Name: "hex", Text: true, Binary: true, do: fixed(func(in []byte) []byte { return []byte(hex.EncodeToString(in)) })},
	{Name: "hex, upper case", Text: true, Binary: true, do: fixed(func(in []byte) []byte { return []byte(strings.ToUpper(hex.EncodeToString(in))) })},
	{Name: "ascii85", Text: true, Binary: true, do: fixed(func(in []byte) []byte {
		out := make([]byte, ascii85.MaxEncodedLen(len(in)))
		return out[:ascii85.Encode(out, in)]
	})},
	{Name: "percent, every byte", Text: true, Binary: true, do: fixed(func(in []byte) []byte {
		var b strings.Builder
		for _, c := range in {
			fmt.Fprintf(&b, "%%%02X", c)
		}
		return []byte(b.String())
	})},
	{Name: "quoted-printable", Text: true, Binary: true, do: fixed(func(in []byte) []byte {
		var b strings.Builder
		w := quotedprintable.NewWriter(&b)
		w.Binary = true
		w.Write(in)
		w.Close()
		return []byte(b.String())
	})},
	{Name: "data URL", Text: true, Binary: true, do: fixed(func(in []byte) []byte {
		return []byte("data:application/octet-stream;base64," + base64.StdEncoding.EncodeToString(in))
	})},
}

// texts take text and make text.
var texts = []Step{
	{Name: "json", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return marshal(map[string]any{word(r): r.IntN(1000), word(r): string(in), word(r): nil})
	}},
	{Name: "json, nested", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return marshal(map[string]any{word(r): map[string]any{word(r): []any{1, map[string]any{word(r): string(in)}}}})
	}},
	{Name: "json array", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte { return marshal([]any{word(r), string(in), r.Float64()}) }},
	{Name: "json string", Structure: true, Text: true, do: fixed(func(in []byte) []byte { return marshal(string(in)) })},
	{Name: "json, escaped", Text: true, do: func(r *rand.Rand, in []byte) []byte {
		var b strings.Builder
		for _, c := range string(in) {
			if c > 0xffff {
				b.WriteString(strings.Trim(string(marshal(string(c))), `"`))
			} else {
				fmt.Fprintf(&b, `\u%04x`, c)
			}
		}
		return []byte(`{"` + word(r) + `":"` + b.String() + `"}`)
	}},
	{Name: "ndjson", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return append(append(marshal(map[string]any{word(r): 1}), '\n'), append(marshal(map[string]any{word(r): string(in)}), '\n')...)
	}},
	{Name: "form", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte(word(r) + "=1&" + word(r) + "=" + url.QueryEscape(string(in)) + "&z=")
	}},
	{Name: "percent", Text: true, do: fixed(func(in []byte) []byte { return []byte(url.QueryEscape(string(in))) })},
	{Name: "xml text", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		n := word(r)
		return []byte(`<?xml version="1.0" encoding="utf-8"?><r><a>1</a><` + n + `>` + html.EscapeString(string(in)) + `</` + n + `></r>`)
	}},
	{Name: "xml attribute", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte(`<r ` + word(r) + `="` + html.EscapeString(string(in)) + `"/>`)
	}},
	{Name: "xml cdata", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte("<r><![CDATA[" + strings.ReplaceAll(string(in), "]]>", "]]]]><![CDATA[>") + "]]></r>")
	}},
	{Name: "character references", Text: true, do: fixed(func(in []byte) []byte {
		var b strings.Builder
		for _, c := range string(in) {
			fmt.Fprintf(&b, "&#%d;", c)
		}
		return []byte(b.String())
	})},
	{Name: "plist", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte(`<?xml version="1.0"?><plist version="1.0"><dict><key>` + word(r) + `</key><string>` + html.EscapeString(string(in)) + `</string></dict></plist>`)
	}},
	{Name: "multipart", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		edge := "----" + word(r) + word(r)
		return []byte("--" + edge + "\r\nContent-Disposition: form-data; name=\"" + word(r) + "\"\r\n\r\n" + string(in) + "\r\n--" + edge + "--\r\n")
	}},
	{Name: "jwt", Text: true, do: func(r *rand.Rand, in []byte) []byte {
		raw := base64.RawURLEncoding.EncodeToString
		var signature [32]byte
		for i := range signature {
			signature[i] = byte(r.Uint32())
		}
		return []byte(raw([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + raw(marshal(map[string]any{"iat": 1700000000, word(r): string(in)})) + "." + raw(signature[:]))
	}},
	{Name: "comma-separated", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte(word(r) + `,"` + strings.ReplaceAll(string(in), `"`, `""`) + `",` + fmt.Sprint(r.IntN(99)))
	}},
}

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // nothing here can fail
	}
	return b
}
