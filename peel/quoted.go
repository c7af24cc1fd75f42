package peel

import "bytes"

// quotedPrintable undoes quoted-printable (RFC 2045 section 6.7). Each equals
// sign must begin an escape, in upper case, or break a line.
func (w *Walker) quotedPrintable(p *Part) {
	b := p.Data
	escapes := 0
	for i := bytes.IndexByte(b, '='); i >= 0; escapes++ {
		switch {
		case i+2 < len(b) && upperHex(b[i+1]) && upperHex(b[i+2]):
		case i+1 < len(b) && b[i+1] == '\n', i+2 < len(b) && b[i+1] == '\r' && b[i+2] == '\n':
		default:
			return
		}
		n := bytes.IndexByte(b[i+1:], '=')
		if n < 0 {
			break
		}
		i += 1 + n
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != '=':
			out = append(out, b[i])
		case b[i+1] == '\n':
			i++
		case b[i+1] == '\r':
			i += 2
		default:
			out = append(out, byte(nibble(b[i+1])<<4|nibble(b[i+2])))
			i += 2
		}
	}
	if len(out) < minLeaf || (w.limits.Fast || escapes < 2) && !w.something(out) || !w.spend(p, "quoted-printable", len(out)) {
		return
	}
	w.later(costEncoding, w.made(p, "quoted-printable", "", p.Key, out, 0, len(b)), hint{inner: true})
}

func upperHex(c byte) bool { return '0' <= c && c <= '9' || 'A' <= c && c <= 'F' }

// softBreaks reports whether b has what quoted-printable text of some length
// has: an escaped equals sign, or a line broken by one.
func softBreaks(b []byte) bool {
	return bytes.IndexByte(b, '=') >= 0 && (bytes.Contains(b, []byte("=3D")) || bytes.Contains(b, []byte("=\r\n")) || bytes.Contains(b, []byte("=\n")))
}
