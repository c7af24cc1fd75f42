package peel

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// utf16 undoes UTF-16 (RFC 2781), with a byte order mark or without one when
// every second byte is zero nearly throughout.
func (w *Walker) utf16(p *Part, c *census) bool {
	b := p.Data
	if len(b) < 8 || len(b)%2 == 1 {
		return false
	}
	big, from := false, 0
	switch {
	case b[0] == 0xff && b[1] == 0xfe:
		from = 2
	case b[0] == 0xfe && b[1] == 0xff:
		big, from = true, 2
	default:
		zero := [2]int{}
		for i, x := range b {
			if x == 0 {
				zero[i&1]++
			}
		}
		half := len(b) / 2
		switch {
		case zero[1]*10 >= half*8 && zero[0]*10 <= half:
		case zero[0]*10 >= half*8 && zero[1]*10 <= half:
			big = true
		default:
			return false
		}
	}
	units := make([]uint16, 0, len(b)/2)
	for i := from; i+1 < len(b); i += 2 {
		if big {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		} else {
			units = append(units, uint16(b[i+1])<<8|uint16(b[i]))
		}
	}
	out := make([]byte, 0, len(units))
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	if !texty(out) || !w.spend(p, "utf-16", len(out)) {
		return false
	}
	w.later(costStructure, w.made(p, "utf-16", "", p.Key, out, 0, len(b)), hint{inner: true})
	return true
}

// gbk undoes GBK and GB18030, which carriers and phone makers in China still
// send names in.
func (w *Walker) gbk(p *Part) bool {
	if len(p.Data) < 48 && !gb2312(p.Data) {
		return false // GB18030 has a character for nearly every pair of bytes
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(p.Data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) || !w.spend(p, "gbk", len(out)) {
		return false
	}
	for _, r := range string(out) {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r >= 0xe000 && r < 0xf900 {
			return false
		}
	}
	w.later(costStructure, w.made(p, "gbk", "", p.Key, out, 0, len(p.Data)), hint{inner: true})
	return true
}

// gb2312 reports whether b is ASCII and characters of the first Chinese set,
// in which everyday words are written.
func gb2312(b []byte) bool {
	for i := 0; i < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if b[i] < 0xa1 || b[i] > 0xf7 || i+1 == len(b) || b[i+1] < 0xa1 || b[i+1] == 0xff {
			return false
		}
		i++
	}
	return true
}
