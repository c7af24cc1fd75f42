package detect

import (
	"encoding/base64"
	"encoding/hex"

	"github.com/constat/constat/peel"
)

// minToken is the length of the shortest text of a digest: 8 bytes in hex.
const minToken = 16

// digestTokens calls yield for every maximal run of at least minToken
// characters of the base64 alphabets, of which hex is a part. It looks at one
// byte in minToken where no run is.
func digestTokens(text []byte, yield func(off, n int)) {
	for i := minToken - 1; i < len(text); {
		if classOf[text[i]]&isBase64 == 0 {
			i += minToken
			continue
		}
		start := i
		low := i - minToken + 1
		for start > low && classOf[text[start-1]]&isBase64 != 0 {
			start--
		}
		end := i + 1
		for end < len(text) && classOf[text[end]]&isBase64 != 0 {
			end++
		}
		if end-start >= minToken {
			yield(start, end-start)
		}
		i = end + minToken
	}
}

// token tries a run as a digest in base64, and the runs of hexadecimal digits
// in it as digests in hex.
func (s *Scanner) token(off, n int) {
	p := s.part
	text := p.Data[off : off+n]
	for i := minToken - 1; i < n; {
		if classOf[text[i]]&isHex == 0 {
			i += minToken
			continue
		}
		start, end := i, i+1
		for low := i - minToken + 1; start > low && classOf[text[start-1]]&isHex != 0; {
			start--
		}
		for end < n && classOf[text[end]]&isHex != 0 {
			end++
		}
		switch end - start {
		case 16, 20, 32, 40, 56, 64, 96, 128:
			if k, err := hex.Decode(s.raw[:], text[start:end]); err == nil {
				s.digest(p, off+start, end-start, s.raw[:k], "hex")
			}
		}
		i = end + minToken
	}
	s.base64(off, text)
	// A slash is a letter of base64 and a separator of paths.
	for start, i := 0, 0; i <= n; i++ {
		if i == n || text[i] == '/' {
			if i-start < n && i-start >= minToken {
				s.base64(off+start, text[start:i])
			}
			start = i + 1
		}
	}
}

// base64 tries text of the length of a digest without padding.
func (s *Scanner) base64(off int, text []byte) {
	switch len(text) {
	case 22, 27, 38, 43, 64, 86: // 16, 20, 28, 32, 48, 64 bytes
	default:
		return
	}
	enc := base64.RawStdEncoding
	for _, c := range text {
		if c == '-' || c == '_' {
			enc = base64.RawURLEncoding
			break
		}
	}
	if k, err := enc.Decode(s.raw[:], text); err == nil {
		s.digest(s.part, off, len(text), s.raw[:k], "base64")
	}
}

// digest files raw, which stands as n bytes at off of p, if it is the digest
// of a known value. text names the form it had before it was raw.
func (s *Scanner) digest(p *peel.Part, off, n int, raw []byte, text string) {
	c, cut, ok := s.e.digests.lookup(raw)
	if !ok {
		return
	}
	f := &s.e.digests.forms[c.form]
	h := hit{
		off: off, n: n, value: f.value, method: Digest, form: Hashed, grade: GradeA, confidence: 0.99, free: true,
		detail: s.e.digests.describe(c, s.e.names[f.value]) + ", " + text, digest: functions(c), reason: reasonDigest,
	}
	switch {
	case cut:
		h.form, h.confidence, h.reason = Truncated, 0.9, reasonTruncated
	case c.kind == sum64:
		h.confidence, h.reason = 0.9, reasonChecksum
	}
	if f.weak {
		h.confidence, h.reason = min(h.confidence, 0.7), h.reason+", which other people share"
	}
	if p.Verbatim { // a raw field: as deep as it goes
		h.field = len(p.Data)
	}
	s.hit(p, h)
}
