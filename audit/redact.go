package audit

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/constat/constat/datatype"
)

// window is the length of the shortest piece of a secret that counts as
// showing it: 6 bytes, after the leak that hid in 16-byte dump lines.
const window = 6

const windowMask = 1<<(8*window) - 1

// dot stands for one hidden character.
const dot = '•'

// Redactor makes Texts. It knows the secrets of one audit, masks every
// window-long piece of them wherever it stands, and masks whatever has the
// shape of an identifier in places that carry no meaning for a reader.
type Redactor struct {
	windows map[uint64]struct{}           // lower-cased pieces of the secrets
	filter  [1 << (filterBits - 6)]uint64 // a bit for every window, so that few are looked up
	whole   []string                      // lower-cased secrets, for host names
	words   []string                      // lower-cased secrets hidden only whole
	reveal  map[string]struct{}           // values that may be shown
}

// filterBits is the width of the filter's index: 8 kB.
const filterBits = 16

// filterBit is where a window's bit stands.
func filterBit(w uint64) (word uint64, bit uint64) {
	h := w * 0x9E3779B97F4A7C15 >> (64 - filterBits)
	return h >> 6, 1 << (h & 63)
}

// NewRedactor returns a redactor that hides every piece of the secrets.
func NewRedactor(secrets []string) *Redactor {
	r := &Redactor{windows: make(map[uint64]struct{}), reveal: make(map[string]struct{})}
	for _, s := range secrets {
		r.Hide(s)
	}
	return r
}

// Hide adds a secret. What is shorter than a window is hidden as a whole,
// see HideWord.
func (r *Redactor) Hide(secret string) {
	s := strings.ToLower(secret)
	if len(s) < window {
		r.HideWord(secret)
		return
	}
	r.whole = append(r.whole, s)
	w := uint64(0)
	for i := range len(s) {
		w = (w<<8 | uint64(s[i])) & windowMask
		if i >= window-1 {
			r.windows[w] = struct{}{}
			word, bit := filterBit(w)
			r.filter[word] |= bit
		}
	}
}

// HideWord adds a secret that is hidden only where it stands whole: a value
// like "Android 14", whose pieces are ordinary words.
func (r *Redactor) HideWord(secret string) {
	if s := strings.ToLower(secret); len(s) >= 3 {
		r.words = append(r.words, s)
	}
}

// Reveal lets Value show a value in full: the persona's own, on request.
func (r *Redactor) Reveal(value string) { r.reveal[value] = struct{}{} }

// Value masks a personal value, keeping its shape: the first character and
// the punctuation stand, the rest is dots. Credentials keep nothing, not
// even their length.
func (r *Redactor) Value(t datatype.ID, value string) Text {
	if _, ok := r.reveal[value]; ok {
		return Text{printable(value)}
	}
	if strings.HasPrefix(string(t), "credential.") || t == "account.session" {
		return Text{strings.Repeat(string(dot), 8)}
	}
	var b strings.Builder
	shown, n := 0, 0
	for _, c := range value {
		if n++; n > 64 {
			b.WriteString("…")
			break
		}
		keep := n == 1 && len(value) > 3 || strings.ContainsRune("@.:-+, ()/_", c)
		if keep && shown < window-2 && c != utf8.RuneError {
			b.WriteRune(c)
			shown++
		} else {
			b.WriteRune(dot)
			shown = 0
		}
	}
	return Text{b.String()}
}

// Text masks every piece of a secret in s, and every run in it that has the
// shape of an identifier.
func (r *Redactor) Text(s string) Text {
	s = printable(s)
	hide := r.cover([]byte(s), nil)
	hide = coverIdentifiers(s, hide)
	return Text{dotted(s, hide)}
}

// Label is a name that a person gave to something: words of small letters and
// digits stand, but for pieces of a secret; of all else there is only the shape.
func (r *Redactor) Label(s string) string {
	s = clip(s, 80)
	for _, c := range s {
		if !unicode.IsLower(c) && !unicode.IsDigit(c) && c != '-' && c != '_' && c != ' ' {
			return r.Value("", s).s
		}
	}
	return r.Text(s).s
}

// Host masks a host name only where a whole secret stands in it: names of
// recipients are what a reader needs, and a piece of an e-mail's domain in
// one is no disclosure.
func (r *Redactor) Host(host string) string {
	l := strings.ToLower(host)
	for _, s := range r.whole {
		if i := strings.Index(l, s); i >= 0 {
			hide := make([]bool, len(host))
			for j := i; j < i+len(s); j++ {
				hide[j] = true
			}
			return dotted(host, hide)
		}
	}
	return printable(host)
}

// URL masks the query values, the fragment, user information and those path
// segments that look like identifiers. Scheme, host, path words and
// parameter names stand.
func (r *Redactor) URL(raw string) Text {
	rest, scheme := raw, ""
	if i := strings.Index(raw, "://"); i >= 0 {
		scheme, rest = raw[:i+3], raw[i+3:]
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = string(dot) + authority[i:]
	}
	path, fragment, hasFragment := strings.Cut(path, "#")
	path, query, hasQuery := strings.Cut(path, "?")
	var b strings.Builder
	b.WriteString(scheme)
	b.WriteString(r.Host(authority))
	b.WriteString(r.Text(path).s)
	if hasQuery {
		b.WriteByte('?')
		for i, pair := range strings.Split(query, "&") {
			if i == 32 {
				b.WriteString("&…")
				break
			}
			if i > 0 {
				b.WriteByte('&')
			}
			name, value, ok := strings.Cut(pair, "=")
			b.WriteString(r.Text(name).s)
			if ok {
				b.WriteByte('=')
				if value != "" {
					b.WriteRune(dot)
				}
			}
		}
	}
	if hasFragment && fragment != "" {
		b.WriteString("#" + string(dot))
	}
	return Text{clip(b.String(), 400)}
}

// cover marks in hide (made if nil) the bytes of b that belong to a piece
// of a secret.
func (r *Redactor) cover(b []byte, hide []bool) []bool {
	if hide == nil {
		hide = make([]bool, len(b))
	}
	if len(r.words) > 0 {
		l := bytes.ToLower(b)
		for _, word := range r.words {
			for from := 0; len(l) == len(b); {
				i := bytes.Index(l[from:], []byte(word))
				if i < 0 {
					break
				}
				for j := from + i; j < from+i+len(word); j++ {
					hide[j] = true
				}
				from += i + len(word)
			}
		}
	}
	if len(r.windows) == 0 {
		return hide
	}
	w := uint64(0)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		w = (w<<8 | uint64(c)) & windowMask
		if i < window-1 {
			continue
		}
		if word, bit := filterBit(w); r.filter[word]&bit == 0 {
			continue
		}
		if _, ok := r.windows[w]; ok {
			for j := i - window + 1; j <= i; j++ {
				hide[j] = true
			}
		}
	}
	return hide
}

// coverIdentifiers marks runs that nobody reads as words: seven or more
// digits, sixteen or more characters mixing digits and letters, anything
// around an @.
func coverIdentifiers(s string, hide []bool) []bool {
	for i := 0; i < len(s); {
		if !tokenByte(s[i]) {
			i++
			continue
		}
		j, digits, at := i, 0, false
		for j < len(s) && tokenByte(s[j]) {
			if '0' <= s[j] && s[j] <= '9' {
				digits++
			}
			at = at || s[j] == '@'
			j++
		}
		if at || digits >= 7 || j-i >= 16 && digits >= 4 || j-i >= 40 {
			for k := i; k < j; k++ {
				hide[k] = true
			}
		}
		i = j
	}
	return hide
}

// tokenByte reports whether c continues a run that an identifier may span.
func tokenByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' ||
		c == '@' || c == '%' || c == '+' || c == '-' || c == '=' || c >= utf8.RuneSelf
}

// dotted writes s with every character that has a hidden byte as a dot, and
// long runs of dots shortened.
func dotted(s string, hide []bool) string {
	var b strings.Builder
	run := 0
	for i, c := range s {
		n := utf8.RuneLen(c)
		if c == utf8.RuneError {
			n = 1
		}
		h := false
		for j := i; j < i+n && j < len(hide); j++ {
			h = h || hide[j]
		}
		if h {
			if run++; run <= 8 {
				b.WriteRune(dot)
			}
			continue
		}
		run = 0
		b.WriteRune(c)
	}
	return b.String()
}

// printable replaces control characters, bidirectional overrides and broken
// UTF-8, which traffic may use to fool a terminal or a reader.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c < 0x20, c >= 0x7f && c < 0xa0, c == utf8.RuneError,
			c >= 0x200b && c <= 0x200f, c >= 0x2028 && c <= 0x202e, c >= 0x2060 && c <= 0x206f, c == 0xfeff:
			return '·'
		}
		return c
	}, s)
}

// clip shortens s to at most n bytes at a character boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
