package invent

import (
	"encoding/binary"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// draw takes choices out of random bytes. After an error it gives zeros, and
// the error stays.
type draw struct {
	r   io.Reader
	err error
}

// n is a number below k, each as likely as any.
func (d *draw) n(k int) int {
	limit := ^uint64(0) - ^uint64(0)%uint64(k)
	for d.err == nil {
		var b [8]byte
		if _, d.err = io.ReadFull(d.r, b[:]); d.err != nil {
			break
		}
		if x := binary.LittleEndian.Uint64(b[:]); x < limit {
			return int(x % uint64(k))
		}
	}
	return 0
}

func (d *draw) pick(of []string) string { return of[d.n(len(of))] }

func (d *draw) text(n int, from string) string {
	var b strings.Builder
	for range n {
		b.WriteByte(from[d.n(len(from))])
	}
	return b.String()
}

func (d *draw) digits(n int) string { return d.text(n, "0123456789") }

// Parts of invented syllables: none is a letter that reads like another.
var (
	onsets = []string{"b", "br", "c", "d", "dr", "f", "fl", "g", "gr", "k", "l", "m", "n", "p", "pr", "r", "s", "t", "tr", "v", "vr", "z"}
	vowels = []string{"a", "e", "i", "o", "u", "ou"}
	codas  = []string{"l", "n", "r", "s", "m", "x", "c"}
)

// word is an invented word of n syllables, each of which draws 9 bits or more:
// 22 × 6 × 7 choices.
func (d *draw) word(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(d.pick(onsets) + d.pick(vowels) + d.pick(codas))
	}
	return b.String()
}

// capital makes the first letter of s a capital.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// family is a double-barrelled family name that nobody has: 39 bits.
func (d *draw) family() string { return capital(d.word(2)) + "-" + capital(d.word(2)) }

// password has letters of both cases, digits and dashes, as sign-up forms ask:
// 16 characters, of which 12 are any of 55.
func (d *draw) password() string {
	const lower, upper, digit = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
	var groups []string
	for range 4 {
		groups = append(groups, d.text(1, upper)+d.text(2, lower+upper+digit)+d.text(1, lower+digit))
	}
	return strings.Join(groups, "-") + d.text(1, digit) + d.text(1, lower)
}
