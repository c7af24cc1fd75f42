package encode

import (
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"strconv"
	"strings"
)

// single quotes a text as JavaScript and JSON5 do between apostrophes.
func single(in []byte) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\u2028", `\u2028`).Replace(string(in)) + "'"
}

// oneLine reports whether in can stand in a format of lines.
func oneLine(in []byte) bool { return !strings.ContainsAny(string(in), "\n\r\t\x00") }

// lined is a step of a format of lines.
func lined(name string, f func(r *rand.Rand, in string) string) Step {
	return Step{Name: name, Structure: true, Text: true, Fits: oneLine, do: func(r *rand.Rand, in []byte) []byte { return []byte(f(r, string(in))) }}
}

// markups are text formats that hold a value.
var markups = []Step{
	{Name: "json5", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte("// batch\n{\n  " + word(r) + ": " + single(in) + ",\n  n: +" + fmt.Sprint(r.IntN(99)) + ",\n}\n")
	}},
	{Name: "jsonp", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte("/**/" + word(r) + "_cb(" + string(marshal(map[string]any{word(r): string(in), "ok": true})) + ");")
	}},
	{Name: "json, guarded", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte(")]}',\n" + string(marshal([]any{[]any{word(r), string(in)}, nil, 3})))
	}},
	{Name: "json in json", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		inner := string(marshal(map[string]any{word(r): string(in)}))
		return marshal(map[string]any{word(r): string(marshal(map[string]any{word(r): inner}))})
	}},
	{Name: "json, indented", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return must(json.MarshalIndent(map[string]any{word(r): []any{map[string]any{word(r): string(in)}}}, "", "\t"))
	}},
	lined("yaml", func(r *rand.Rand, in string) string {
		return "---\n" + word(r) + ":\n  - " + word(r) + ": '" + strings.ReplaceAll(in, "'", "''") + "'\n    n: " + fmt.Sprint(r.IntN(99)) + "\n"
	}),
	{Name: "yaml, quoted", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte(word(r) + ": " + string(marshal(string(in))) + "\n" + word(r) + ": 1\n")
	}},
	lined("ini", func(r *rand.Rand, in string) string {
		return "[" + word(r) + "]\n" + word(r) + " = 1\n" + word(r) + " = " + in + "\n"
	}),
	{Name: "properties", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		var b strings.Builder // java.util.Properties.store
		for i, u := range units(string(in)) {
			switch {
			case u == '\\' || u == ':' || u == '=' || u == '#' || u == '!' || u == ' ' && i == 0:
				b.WriteString(`\` + string(rune(u)))
			case u == '\n':
				b.WriteString(`\n`)
			case u == '\r':
				b.WriteString(`\r`)
			case u == '\t':
				b.WriteString(`\t`)
			case u < 0x20 || u > 0x7e:
				fmt.Fprintf(&b, `\u%04X`, u)
			default:
				b.WriteByte(byte(u))
			}
		}
		return []byte("#Fri Feb 02 10:00:00 CET 2026\n" + word(r) + "=" + b.String() + "\n")
	}},
	{Name: "csv", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte("time,name,value\r\n17," + word(r) + `,"` + strings.ReplaceAll(string(in), `"`, `""`) + "\"\r\n18," + word(r) + ",\r\n")
	}},
	lined("tsv", func(r *rand.Rand, in string) string {
		return word(r) + "\t" + in + "\t" + fmt.Sprint(r.IntN(99)) + "\n"
	}),
	lined("pipes", func(r *rand.Rand, in string) string {
		return "1|" + word(r) + "|" + strings.ReplaceAll(in, "|", "%7C") + "|" + fmt.Sprint(r.IntN(99))
	}),
	{Name: "unit separators", Structure: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte("v1\x01" + word(r) + "\x01" + string(in) + "\x01" + fmt.Sprint(r.IntN(99)) + "\x02")
	}},
	lined("semicolon pairs", func(r *rand.Rand, in string) string {
		return word(r) + "=1;" + word(r) + "=" + strings.ReplaceAll(in, ";", "%3B") + ";" + word(r) + "=x"
	}),
	lined("log line", func(r *rand.Rand, in string) string {
		return "2026-02-02 10:00:00.123 D/" + word(r) + " ( 1234): " + word(r) + "=[" + in + "] took 12ms\n"
	}),
	{Name: "form, brackets", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte(word(r) + "%5B0%5D%5B" + word(r) + "%5D=" + percentAll(string(in)) + "&n=1")
	}},
	{Name: "php serialize", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		k := word(r)
		return []byte(`a:2:{s:1:"n";i:7;s:` + strconv.Itoa(len(k)) + `:"` + k + `";s:` + strconv.Itoa(len(in)) + `:"` + string(in) + `";}`)
	}},
	{Name: "python literal", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte("{'" + word(r) + "': " + single(in) + ", 'n': None}")
	}},
	{Name: "soap", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return []byte(`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><m:` + "Log" + ` xmlns:m="urn:x"><m:v xsi:type="xsd:string">` + html.EscapeString(string(in)) + `</m:v></m:Log></soap:Body></soap:Envelope>`)
	}},
	{Name: "graphql", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		return marshal(map[string]any{"query": "mutation M { " + word(r) + "(v: " + string(marshal(string(in))) + ") { ok } }", "variables": nil})
	}},
	{Name: "sentry envelope", Structure: true, Text: true, do: func(r *rand.Rand, in []byte) []byte {
		item := marshal(map[string]any{"user": map[string]any{word(r): string(in)}})
		return []byte(`{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}` + "\n" + `{"type":"event","length":` + fmt.Sprint(len(item)) + "}\n" + string(item) + "\n")
	}},
}
