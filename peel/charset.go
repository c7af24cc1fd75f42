package peel

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// utf16 undoes UTF-16 (RFC 2781), with a byte order mark or without one when
// every second byte is zero but for one in twenty.
func (w *Walker) utf16(p *Part, c *census) bool {
	b := p.Data
	if len(b) < 8 || len(b)%2 == 1 {
		return false
	}
	big, packed, from := false, false, 0
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
		case zero[1]*20 >= half*19 && zero[0]*10 <= half:
		case zero[0]*20 >= half*19 && zero[1]*10 <= half:
			big = true
		case !w.limits.Fast && lzIn16(b, binary.LittleEndian):
			packed = true
		case !w.limits.Fast && lzIn16(b, binary.BigEndian):
			big, packed = true, true
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
		if from == 0 && !packed && r >= 0x80 && r < 0xa0 {
			return false // control characters that nobody writes
		}
		out = utf8.AppendRune(out, r)
	}
	if !texty(out) || !w.spend(p, "utf-16", len(out)) {
		return false
	}
	w.later(costStructure, w.made(p, "utf-16", "", p.Key, out, 0, len(b)), hint{inner: true})
	return true
}

// utf32 undoes UTF-32 (Unicode Standard 3.10, D99), of which the two high bytes
// of each unit are a zero and one of the seventeen planes.
func (w *Walker) utf32(p *Part, c *census) bool {
	b := p.Data
	if len(b) < 16 || len(b)%4 != 0 || c.nul*2 < len(b) {
		return false
	}
	little := binary.LittleEndian.Uint32(b) < 1<<21
	out := w.arena.alloc(len(b))
	for i := 0; i < len(b); i += 4 {
		u := binary.BigEndian.Uint32(b[i:])
		if little {
			u = binary.LittleEndian.Uint32(b[i:])
		}
		if u > utf8.MaxRune {
			return false
		}
		if u != 0xfeff {
			out = utf8.AppendRune(out, rune(u))
		}
	}
	if !texty(out) || !w.spend(p, "utf-32", len(out)) {
		return false
	}
	w.later(costStructure, w.made(p, "utf-32", "", p.Key, out, 0, len(b)), hint{inner: true})
	return true
}

// utf7 undoes UTF-7 (RFC 2152): +AF8- is an underscore.
func (w *Walker) utf7(p *Part) bool {
	b := p.Data
	out, changed := w.arena.alloc(len(b)), false
	for i := 0; i < len(b); i++ {
		if b[i] != '+' {
			out = append(out, b[i])
			continue
		}
		end := i + 1
		for end < len(b) && sextets[b[end]] != noSextet && b[end] != '-' && b[end] != '_' {
			end++
		}
		units, rest := (end-i-1)*6/16, (end-i-1)*6%16
		switch {
		case end == i+1 && end < len(b) && b[end] == '-': // "+-" is a plus sign
			out, changed = append(out, '+'), true
			i = end
			continue
		case units == 0 || rest >= 6:
			out = append(out, b[i])
			continue
		}
		acc, bits := uint32(0), 0
		text := make([]uint16, 0, units)
		for _, c := range b[i+1 : end] {
			acc = acc<<6 | sextets[c]
			if bits += 6; bits >= 16 {
				bits -= 16
				text = append(text, uint16(acc>>bits))
				acc &= 1<<bits - 1
			}
		}
		for _, r := range utf16.Decode(text) {
			if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == utf8.RuneError || r >= 0xe000 && r < 0xf900 {
				w.arena.back(out)
				return false
			}
			out = utf8.AppendRune(out, r)
		}
		changed = true
		if i = end - 1; end < len(b) && b[end] == '-' {
			i = end
		}
	}
	if !changed || !w.spend(p, "utf-7", len(out)) {
		w.arena.back(out)
		return false
	}
	w.later(costStructure, w.made(p, "utf-7", "", p.Key, out, 0, len(b)), hint{inner: true})
	return true
}

// latin1 undoes Windows-1252 (WHATWG Encoding Standard), which JavaScript's
// escape() and old programs write: letters above ASCII that stand alone.
func (w *Walker) latin1(p *Part, c *census) bool {
	if c.high == 0 || c.high*3 > c.n || c.text+c.high < c.n {
		return false
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(p.Data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) || !w.spend(p, "windows-1252", len(out)) {
		return false
	}
	w.later(costStructure, w.made(p, "windows-1252", "", p.Key, out, 0, len(p.Data)), hint{inner: true})
	return true
}

// gbk undoes GBK and GB18030, which carriers and phone makers in China still
// send names in.
func (w *Walker) gbk(p *Part) bool {
	if !gb18030(p.Data) {
		return false
	}
	// GB18030 has a character for nearly every pair of bytes.
	common := len(p.Data) >= 48 || gb2312(p.Data)
	if !common && w.limits.Fast {
		return false
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(p.Data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) || !w.spend(p, "gbk", len(out)) {
		return false
	}
	if packed, ok := lzUTF16(out); !common && (!ok || !lzGood(packed)) {
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

// gb18030 reports whether b consists of ASCII without control characters and
// pairs and fours of bytes as GB18030 has them.
func gb18030(b []byte) bool {
	for i := 0; i < len(b); i++ {
		switch {
		case classOf[b[i]]&cText != 0:
		case b[i] <= 0x80 || b[i] == 0xff || i+1 == len(b):
			return false
		case b[i+1] >= 0x40 && b[i+1] != 0x7f && b[i+1] != 0xff:
			i++
		case b[i+1]-'0' < 10 && i+3 < len(b) && b[i+2] > 0x80 && b[i+2] != 0xff && b[i+3]-'0' < 10:
			i += 3
		default:
			return false
		}
	}
	return true
}

// gb2312 reports whether b is ASCII and characters of the first Chinese set,
// in which everyday words are written.
func gb2312(b []byte) bool {
	for i := 0; i < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if b[i] <= 0x84 && i+3 < len(b) && b[i+1]-'0' < 10 && b[i+2] >= 0x81 && b[i+3]-'0' < 10 {
			i += 3 // accented letters have four bytes in GB18030
			continue
		}
		if b[i] < 0xa1 || b[i] > 0xf7 || i+1 == len(b) || b[i+1] < 0xa1 || b[i+1] == 0xff {
			return false
		}
		i++
	}
	return true
}
