package peel

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// minLeaf is the length under which a leaf cannot hide anything: eight
// characters of base64 are six bytes.
const minLeaf = 8

// begin chooses the first step below a root.
func (w *Walker) begin(root *Part, r Root) {
	switch r.Name {
	case "request.url":
		w.url(root)
	case "request.header", "request.trailer":
		switch {
		case strings.EqualFold(r.Label, "cookie"):
			w.cookies(root)
		default:
			w.leaf(root)
		}
	case "request.body":
		if e := r.ContentEncoding; e != "" && e != "identity" {
			if w.contentEncoding(root, e, hint{mediaType: r.MediaType}) {
				return
			}
		}
		w.open(root, hint{mediaType: r.MediaType})
	default:
		w.open(root, hint{})
	}
}

// leaf decides cheaply whether a field's bytes are worth opening.
func (w *Walker) leaf(p *Part) {
	if p == nil || len(p.Data) < minLeaf {
		return
	}
	w.open(p, hint{inner: true})
}

// open takes one part apart: the first structure that fits, else every
// encoding that may fit.
func (w *Walker) open(p *Part, h hint) {
	b := p.Data
	if len(b) < minLeaf && h.inner {
		return
	}
	if !w.afford(p) || w.magic(p, h) {
		return
	}
	media := h.mediaType
	if media != "" {
		switch {
		case strings.Contains(media, "multipart/"):
			if w.multipart(p, media) {
				return
			}
		case strings.HasPrefix(media, "application/x-www-form-urlencoded"):
			if w.form(p, b) {
				return
			}
		case strings.Contains(media, "grpc"):
			if w.frames(p) {
				return
			}
		case strings.Contains(media, "protobuf"):
			if w.proto(p, 0) {
				return
			}
		case strings.Contains(media, "cbor"):
			if w.cbor(p) {
				return
			}
		case strings.Contains(media, "msgpack"):
			if w.msgpack(p) {
				return
			}
		}
	}
	if softBreaks(b) {
		w.quotedPrintable(p)
	}
	t := skipSpace(b)
	if t < len(b) {
		switch b[t] {
		case '{', '[':
			if w.json(p, t) {
				return
			}
		case '"':
			if len(b)-t > 2 && w.json(p, t) {
				return
			}
		case '<':
			if tagged(b[t:]) && w.xml(p) {
				return
			}
		case ')':
			if i := bytes.IndexAny(b[:min(len(b), 16)], "{["); i > 0 && w.json(p, i) {
				return
			}
		case '-':
			if bytes.HasPrefix(b[t:], []byte("--")) && w.multipart(p, "") {
				return
			}
		}
	}
	if lost(b) {
		w.opaque(p, "bytes lost: binary decoded as text by the capture tool")
	}
	c := count(b)
	if c.binary() {
		w.binary(p, &c, h)
		return
	}
	w.text(p, &c, h)
}

// tagged reports whether b begins with a tag, a declaration or a comment of XML
// or HTML.
func tagged(b []byte) bool {
	for _, c := range b[1:] {
		switch {
		case lettersTable[c].has(wordOnly|dash|dot) || c == ':' || c == '!' || c == '?' || c == '/' && b[1] == '/':
		default:
			return c == '>' || c == '/' || lettersTable[c].has(spaces) || c == '['
		}
	}
	return false
}

// lost reports whether b is binary that a capture tool decoded as UTF-8: one
// byte in twenty or more has become U+FFFD.
func lost(b []byte) bool {
	return len(b) >= 32 && bytes.IndexByte(b, 0xef) >= 0 && 60*bytes.Count(b, []byte("\ufffd")) >= 3*len(b)
}

// text looks for the encodings that text can be in. A reading that gives text
// or a known format ends the search; one that gives bytes that mean nothing
// yet does not, because another reading may give more.
func (w *Walker) text(p *Part, c *census, h hint) {
	if !w.readText(p, c, h) && !w.limits.Fast && !plain(p.Data, c.letters) {
		w.later(costGuess, p, hint{guess: true})
	}
}

func (w *Walker) readText(p *Part, c *census, h hint) (sure bool) {
	b := p.Data
	if c.only(base64All|equals) && (!c.has(equals) || bytes.IndexByte(bytes.TrimRight(b, "="), '=') < 0) {
		if c.only(hexOnly) && c.n >= surelyHex {
			return w.hex(p)
		}
		if c.has(plus) && c.has(dash) && !w.limits.Fast && w.utf7(p) {
			return true
		}
		return c.only(hexOnly) && w.hex(p) || w.base32(p) || w.base64(p, c.letters)
	}
	valid := c.high == 0 || utf8.Valid(b)
	if w.proto(p, 0) || (c.text+c.high < c.n || !valid) && (w.msgpack(p) || w.cbor(p)) {
		if !valid || c.has(control) {
			return true // a short message of a binary form, nearly all of it strings
		}
	}
	if valid && c.high > c.n/2 && !w.limits.Fast && w.lzWide(p) {
		return true
	}
	if !valid {
		w.latin1(p, c)
		if !w.gbk(p) && c.high > c.n/4 || !w.limits.Fast {
			w.binary(p, c, h)
			return true
		}
	}
	if c.only(hexOnly) && w.hex(p) {
		return true
	}
	if c.has(equals) {
		w.quotedPrintable(p)
	}
	if !c.only(base64All) && !c.has(space|control|high) {
		w.ascii85(p) // a text of letters and digits alone is hardly one
	}
	references := c.has(ampersand) && w.entities(p)
	if c.has(equals) && !c.has(space|control) && (c.has(ampersand|question) || !h.inner) && !references {
		if c.has(question) {
			w.embeddedURL(p)
		} else if w.form(p, b) {
			return true
		}
	}
	if c.has(percent) {
		w.percent(p)
	}
	if c.has(backslash) {
		w.unescape(p)
	}
	if c.has(plus) && !w.limits.Fast && bytes.IndexByte(b, '+') >= 0 && !c.only(base64All|equals|breaks) {
		w.utf7(p)
	}
	if n, ok := snappyHead(b); ok && n+2 == c.n && w.snappyBlock(p) {
		return true // one piece of letters, none of them squeezed
	}
	if c.has(dot) && w.jwt(p) {
		return true
	}
	if w.base32(p) || w.base64(p, c.letters) {
		return true
	}
	if !h.inner {
		w.lines(p)
	}
	if c.n >= 24 {
		w.tokens(p)
	}
	if !w.limits.Fast && c.n >= 12 {
		if c.n <= maxGuess && !c.only(base64All|equals) {
			w.literals(p)
		}
		w.list(p)
	}
	return false
}

// run undoes the encodings of a text without separators.
func (w *Walker) run(p *Part) (sure bool) {
	return allHex(p.Data) && w.hex(p) || w.base32(p) || w.base64(p, lettersOf(p.Data))
}

// surelyHex is the length of hexadecimal digits that are not letters of another
// encoding by chance: one in 2^24 of as many letters of base64.
const surelyHex = 16

// binary looks for structure in bytes that are not text.
func (w *Walker) binary(p *Part, c *census, h hint) {
	b := p.Data
	if name := media(b); name != "" {
		w.opaque(p, "media "+name)
		return
	}
	if c.high == 0 && c.nul == 0 && !w.limits.Fast && bytes.IndexFunc(b, func(r rune) bool { return 0x1c <= r && r <= 0x1f }) > 0 {
		w.list(p) // ASCII's own separators
	}
	if w.utf32(p, c) || w.utf16(p, c) {
		return
	}
	// Structures that check themselves to the last byte come first.
	if w.proto(p, 0) || w.frames(p) || w.msgpack(p) || w.cbor(p) {
		if len(b) < 24 && !w.limits.Fast {
			w.later(costGuess, p, hint{guess: true}) // so few bytes fit by chance
		}
		return
	}
	if len(b) >= minSqueezed && (w.rawDeflate(p) || w.snappyBlock(p) || w.rawBrotli(p) || !w.limits.Fast && w.lzBytes(p)) {
		return
	}
	if c.high == c.n && !w.limits.Fast && w.xoredLetters(p) || c.high > c.n/3 && c.nul == 0 && w.gbk(p) {
		return
	}
	if !w.limits.Fast {
		w.later(costGuess, p, hint{guess: true})
	} else if opaqueLooking(b) {
		w.opaque(p, UnknownFormat)
	}
}

// opaqueLooking reports whether b has the entropy of compressed or encrypted
// data, given how few bytes it may be.
func opaqueLooking(b []byte) bool {
	if len(b) < 64 {
		return false
	}
	var n [256]int
	sample := b[:min(len(b), 64<<10)]
	for _, x := range sample {
		n[x]++
	}
	lost := 0.0 // of the bits that each byte would have if all were different
	for _, k := range n {
		lost += bitsOf(k)
	}
	size := float64(len(sample))
	// Nine tenths of what chance reaches is far above text and structure.
	return math.Log2(size)-lost/size >= 0.9*chanceBits(len(sample))
}

// bitsOf is k times its binary logarithm, 0 of 0.
func bitsOf(k int) float64 {
	if k < len(someBits) {
		return someBits[k]
	}
	return float64(k) * math.Log2(float64(k))
}

var someBits = func() (t [64]float64) {
	for k := 2; k < len(t); k++ {
		t[k] = float64(k) * math.Log2(float64(k))
	}
	return t
}()

// chanceBits is the entropy to expect of n bytes drawn by chance, in bits a
// byte: less than 8, because few bytes cannot show all values equally often.
func chanceBits(n int) float64 {
	if n < len(fewBits) {
		return fewBits[n]
	}
	return chanceOf(n)
}

// fewBits are the entropies of so many bytes.
var fewBits = func() (t [1024]float64) {
	for n := 1; n < len(t); n++ {
		t[n] = chanceOf(n)
	}
	return t
}()

func chanceOf(n int) float64 {
	if n >= 4096 {
		return 8 - 255/(2*float64(n)*math.Ln2) // Miller 1955
	}
	// Each of 256 values occurs k times with Poisson's probability.
	mean := float64(n) / 256
	p, lost := math.Exp(-mean), 0.0
	for k := 1.0; k < mean+60; k++ {
		p *= mean / k
		lost += p * bitsOf(int(k))
	}
	return math.Log2(float64(n)) - 256/float64(n)*lost
}

// mediaFirst are the bytes that media files begin with, but for those that have
// "ftyp" at their fifth.
var mediaFirst = [256]bool{0xff: true, 0x89: true, 'G': true, 'R': true, 0x1a: true, 'O': true, 'I': true, '#': true, '%': true}

// media names the media type of b by its first bytes, "" if it is none.
func media(b []byte) string {
	if len(b) < 12 || b[4] != 'f' && !mediaFirst[b[0]] {
		return ""
	}
	at := func(off int, s string) bool {
		return len(b) >= off+len(s) && string(b[off:off+len(s)]) == s
	}
	switch {
	case at(0, "\xff\xd8\xff"):
		return "image/jpeg"
	case at(0, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case at(0, "GIF8"):
		return "image/gif"
	case at(0, "RIFF") && at(8, "WEBP"):
		return "image/webp"
	case at(0, "RIFF") && at(8, "WAVE"):
		return "audio/wav"
	case at(4, "ftyp"):
		return "video/mp4"
	case at(0, "\x1aE\xdf\xa3"):
		return "video/webm"
	case at(0, "OggS"):
		return "audio/ogg"
	case at(0, "ID3"), len(b) > 2 && b[0] == 0xff && b[1]&0xfe == 0xfa:
		return "audio/mpeg"
	case at(0, "#!AMR"):
		return "audio/amr"
	case at(0, "%PDF-"):
		return "application/pdf"
	}
	return ""
}

func sortRuns(r []Run) {
	slices.SortFunc(r, func(a, b Run) int { return a.Off - b.Off })
}

func skipSpace(b []byte) int {
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}
