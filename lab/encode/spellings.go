package encode

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
)

// each writes every byte with a format, joined.
func each(format, between string) func(*rand.Rand, []byte) []byte {
	return fixed(func(in []byte) []byte {
		parts := make([]string, len(in))
		for i, c := range in {
			parts[i] = fmt.Sprintf(format, c)
		}
		return []byte(strings.Join(parts, between))
	})
}

// around puts text before and after what a step makes.
func around(before string, do func(*rand.Rand, []byte) []byte, after string) func(*rand.Rand, []byte) []byte {
	return func(r *rand.Rand, in []byte) []byte {
		return append(append([]byte(before), do(r, in)...), after...)
	}
}

// spelled write every byte on its own, as programs print arrays of bytes and
// as languages escape strings.
var spelled = []Step{
	{Name: "hex, colons", Text: true, Binary: true, do: each("%02x", ":")},
	{Name: "hex, upper case, colons", Text: true, Binary: true, do: each("%02X", ":")},
	{Name: "hex, dashes", Text: true, Binary: true, do: each("%02x", "-")},
	{Name: "hex, spaces", Text: true, Binary: true, do: each("%02x", " ")},
	{Name: "hex, 0x in front", Text: true, Binary: true, do: around("0x", fixed(func(in []byte) []byte { return hex.AppendEncode(nil, in) }), "")},
	{Name: "hex, 0x each", Text: true, Binary: true, do: each("0x%02x", ", ")},
	{Name: "hex, \\x", Text: true, Binary: true, do: each("\\x%02x", "")},
	{Name: "octal escapes", Text: true, Binary: true, do: each("\\%03o", "")},
	{Name: "byte array", Text: true, Binary: true, do: around("[", each("%d", ","), "]")},
	{Name: "byte array, spaces", Text: true, Binary: true, do: around("[", each("%d", ", "), "]")},
	{Name: "byte array, signed", Text: true, Binary: true, do: around("[", fixed(func(in []byte) []byte {
		parts := make([]string, len(in)) // as Arrays.toString prints Java's bytes
		for i, c := range in {
			parts[i] = fmt.Sprint(int8(c))
		}
		return []byte(strings.Join(parts, ", "))
	}), "]")},
	{Name: "byte array, as an object", Text: true, Binary: true, do: fixed(func(in []byte) []byte {
		parts := make([]string, len(in)) // as JSON.stringify writes a Uint8Array
		for i, c := range in {
			parts[i] = fmt.Sprintf(`"%d":%d`, i, c)
		}
		return []byte("{" + strings.Join(parts, ",") + "}")
	})},
	{Name: "byte array, node buffer", Text: true, Binary: true, do: around(`{"type":"Buffer","data":[`, each("%d", ","), "]}")},
	{Name: "numbers, spaces", Text: true, Binary: true, do: each("%d", " ")},
	{Name: "numbers, three digits", Text: true, Binary: true, do: each("%03d", "")},
	{Name: "binary digits", Text: true, Binary: true, do: each("%08b", "")},
	{Name: "binary digits, spaces", Text: true, Binary: true, do: each("%08b", " ")},
	{Name: "octal, spaces", Text: true, Binary: true, do: each("%03o", " ")},
	{Name: "unicode escapes", Text: true, do: fixed(func(in []byte) []byte {
		var b strings.Builder
		for _, u := range units(string(in)) {
			fmt.Fprintf(&b, "\\u%04x", u)
		}
		return []byte(b.String())
	})},
	{Name: "escape()", Text: true, do: fixed(func(in []byte) []byte {
		var b strings.Builder // ECMA-262, annex B.2.1.1
		for _, u := range units(string(in)) {
			switch {
			case u < 0x80 && strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*_+-./", rune(u)) && u != '@':
				b.WriteByte(byte(u))
			case u < 0x100:
				fmt.Fprintf(&b, "%%%02X", u)
			default:
				fmt.Fprintf(&b, "%%u%04X", u)
			}
		}
		return []byte(b.String())
	})},
	{Name: "code points", Text: true, do: fixed(func(in []byte) []byte {
		var parts []string
		for _, c := range string(in) {
			parts = append(parts, fmt.Sprintf("U+%04X", c))
		}
		return []byte(strings.Join(parts, " "))
	})},
}
