package encode

import (
	"encoding/base64"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// each letter of a text, changed.
func mapped(f func(rune) rune) func(*rand.Rand, []byte) []byte {
	return fixed(func(in []byte) []byte { return []byte(strings.Map(f, string(in))) })
}

// shift moves the letters of ASCII by n.
func shift(n rune) func(rune) rune {
	return func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return 'a' + (c-'a'+n)%26
		case c >= 'A' && c <= 'Z':
			return 'A' + (c-'A'+n)%26
		}
		return c
	}
}

// percentAll escapes all but the letters and digits.
func percentAll(in string) string {
	var b strings.Builder
	for _, c := range []byte(in) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

// letters move letters about, or escape them.
var letters = []Step{
	{Name: "rot13", Text: true, do: mapped(shift(13))},
	{Name: "rot47", Text: true, do: mapped(func(c rune) rune {
		if c >= '!' && c <= '~' {
			return '!' + (c-'!'+47)%94
		}
		return c
	})},
	{Name: "letters moved by three", Text: true, do: mapped(shift(3))},
	{Name: "atbash", Text: true, do: mapped(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return 'a' + 'z' - c
		case c >= 'A' && c <= 'Z':
			return 'A' + 'Z' - c
		}
		return c
	})},
	{Name: "backwards", Text: true, do: fixed(func(in []byte) []byte {
		all := []rune(string(in))
		slices.Reverse(all)
		return []byte(string(all))
	})},
	{Name: "case swapped", Text: true, do: mapped(func(c rune) rune {
		if c >= 0x80 {
			return c
		}
		if unicode.IsUpper(c) {
			return unicode.ToLower(c)
		}
		return unicode.ToUpper(c)
	})},
	{Name: "percent twice", Text: true, do: fixed(func(in []byte) []byte { return []byte(url.QueryEscape(url.QueryEscape(string(in)))) })},
	{Name: "percent, lower case", Text: true, do: fixed(func(in []byte) []byte { return []byte(percentAll(string(in))) })},
	{Name: "URL in URL", Text: true, do: func(r *rand.Rand, in []byte) []byte {
		inner := "https://" + word(r) + ".example/" + word(r) + "?" + word(r) + "=" + url.QueryEscape(string(in)) + "&v=1"
		return []byte("https://" + word(r) + ".example/r?u=" + url.QueryEscape(inner) + "&n=" + fmt.Sprint(r.IntN(99)))
	}},
	{Name: "character references, hex", Text: true, do: fixed(func(in []byte) []byte {
		var b strings.Builder
		for _, c := range string(in) {
			fmt.Fprintf(&b, "&#x%X;", c)
		}
		return []byte(b.String())
	})},
	{Name: "character references, named", Text: true, do: fixed(func(in []byte) []byte {
		var b strings.Builder // HTML 4, 24.2, and the punctuation of HTML 5, 13.5
		for _, c := range html.EscapeString(string(in)) {
			if name := entities[c]; name != "" {
				b.WriteString("&" + name + ";")
			} else if c >= 0x80 {
				fmt.Fprintf(&b, "&#%d;", c)
			} else {
				b.WriteRune(c)
			}
		}
		return []byte(b.String())
	})},
	{Name: "utf-7", Text: true, do: fixed(utf7)},
	{Name: "json slashes", Text: true, do: fixed(func(in []byte) []byte {
		return []byte(`{"u":"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "/", `\/`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace("https://a.example/"+string(in)) + `"}`)
	})},
}

var entities = map[rune]string{
	'@': "commat", '.': "period", ':': "colon", ',': "comma", '_': "lowbar", '!': "excl", '+': "plus", '/': "sol",
	'é': "eacute", 'è': "egrave", 'ï': "iuml", 'ë': "euml", 'ç': "ccedil", 'ô': "ocirc", 'É': "Eacute",
}

// utf7 is that of RFC 2152; of what may stand for itself only the letters, the
// digits and a few signs do.
func utf7(in []byte) []byte {
	const direct = "'(),-./:?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 \n\r\t"
	var out, run []byte
	flush := func() {
		if run != nil {
			out = append(append(append(out, '+'), base64.RawStdEncoding.EncodeToString(run)...), '-')
			run = nil
		}
	}
	for _, c := range string(in) {
		if strings.ContainsRune(direct, c) {
			flush()
			out = append(out, byte(c))
			continue
		}
		for _, u := range units(string(c)) {
			run = append(run, byte(u>>8), byte(u))
		}
	}
	flush()
	return out
}
