package detect

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"math"
	"strings"

	"github.com/constat/constat/peel"
)

// Piece is a field that holds part of a known value, and nothing else. It says
// nothing by itself: Join puts pieces together.
type Piece struct {
	Flow string // set by the caller when pieces of several flows are joined: how the flow is called

	value    int // of the persona
	canon    int // index into pieceSet.canons
	from, to int // of the canon's text
	whole    int // its length
	bits     float64
	natural  bool // the value is made of words
	plain    bool // not to be mistaken, as words go
	named    bool // the field's name says that it is part of such a value
	form     string

	container uint64 // object or array that the field is a member of
	leaf      int    // counts the fields of the flow, in order
	name      partName

	finding Finding // as far as it is known: place and names
}

// solid are the bits of a piece that counts whatever its neighbours are.
const solid = 19.9 // 6 digits, 5 hexadecimal digits or letters

// maxPieces bounds those kept of one flow.
const maxPieces = 512

// piece looks whether p is a piece of a known value. Nearly every field ends
// at the filter. known: it is a whole one; then it may still be the mailbox of
// an address, but no piece of an identifier.
func (s *Scanner) piece(p *peel.Part, known bool) {
	if p.Name != "" {
		s.leaf++
	}
	v, set := p.Data, s.e.pieces
	if len(v) == 0 || len(v) > maxCanon {
		return
	}
	if len(v) <= 4 {
		if len(set.births) > 0 && classOf[v[0]]&isDigit != 0 {
			s.datePart(p)
		}
		if len(v) < minStart {
			s.shortPiece(p)
			return
		}
	}
	if !set.has(v) || known && (bytes.IndexByte(v, '@') >= 0 || !natural(string(v))) {
		return
	}
	if g, n := gram(v); n >= minStart {
		s.startsWith(p, trim(v), g, "")
		if len(v) <= 14 && p.Name != "" {
			s.shortCode(p, v)
		}
	}
}

// mayBePiece reports whether piece has to look at a field.
func (s *Scanner) mayBePiece(key string, data []byte) bool {
	set := s.e.pieces
	switch {
	case set == nil || len(data) == 0:
		return false
	case len(data) < minStart && s.lastPiece == s.leaf:
		return true
	case len(data) <= 4 && len(set.births) > 0 && set.mayBeDate(data) && s.partName(key, "").date != 0:
		return true
	}
	return set.has(data)
}

// shortPiece is for one or two letters or digits: they count only behind
// another piece, or as the first of an array or of numbered fields.
func (s *Scanner) shortPiece(p *peel.Part) {
	if s.lastPiece == s.leaf-1 && len(s.pieces) > 0 {
		s.continues(p)
	}
	if len(p.Data) == 2 && p.Name != "" {
		if c := p.Name[len(p.Name)-1]; (c == ']' || classOf[c]&isDigit != 0) && s.e.pieces.has(p.Data) {
			g, _ := gram(p.Data)
			s.startsWith(p, p.Data, g, "")
		}
	}
}

// continues files a short field that goes on where the piece in front of it
// ended.
func (s *Scanner) continues(p *peel.Part) {
	var buf [4]byte
	for i := len(s.pieces) - 1; i >= 0 && s.pieces[i].leaf == s.leaf-1; i-- {
		before := s.pieces[i]
		c := &s.e.pieces.canons[before.canon]
		b := reduce(buf[:0], p.Data[:min(len(p.Data), len(buf))], c.drop)
		if c.axis == noAxis && len(p.Data) <= len(buf) && strings.HasPrefix(c.text[before.to:], string(b)) && len(b) > 0 {
			s.filePiece(p, before.canon, before.to, before.to+len(b), "")
		}
	}
}

// shortCode undoes base64 and hex of texts that package peel takes for too
// short to be worth it.
func (s *Scanner) shortCode(p *peel.Part, v []byte) {
	var raw [16]byte
	var out []byte
	step := ""
	if len(v)%2 == 0 {
		if n, err := hex.Decode(raw[:], v); err == nil && n >= minStart {
			out, step = raw[:n], "hex"
		}
	}
	if step == "" && (len(v)%4 == 0 || len(v) == 10 || len(v) == 11) {
		if n, err := base64.RawStdEncoding.Decode(raw[:], []byte(strings.TrimRight(string(v), "="))); err == nil && n >= minStart {
			out, step = raw[:n], "base64"
		}
	}
	for _, c := range out {
		if c < 0x20 || c == 0x7f {
			return
		}
	}
	if step == "" {
		return
	}
	if g, n := gram(out); n >= minStart {
		s.startsWith(p, out, g, step)
	}
}

// startsWith compares a field with the values that hold its first letters.
func (s *Scanner) startsWith(p *peel.Part, v []byte, g uint64, step string) {
	set := s.e.pieces
	lead := 0
	for _, ref := range set.starts[g] {
		c := &set.canons[ref>>16]
		at := ref & 0xffff
		if c.axis != noAxis {
			s.axisPiece(p, ref>>16, v, step)
			continue
		}
		s.reduced = reduce(s.reduced[:0], v, c.drop)
		b := s.reduced
		for lead = 0; lead < len(b) && b[lead] < 0x80 && classOf[b[lead]]&(isDigit|isAlpha) == 0; {
			lead++ // a piece may begin with a separator, a gram does not
		}
		if at -= lead; at < 0 || len(b) >= len(c.text) || !strings.HasPrefix(c.text[at:], string(b)) {
			continue
		}
		s.filePiece(p, ref>>16, at, at+len(b), step)
	}
}

// axisPiece files half of a position.
func (s *Scanner) axisPiece(p *peel.Part, n int, v []byte, step string) {
	c := &s.e.pieces.canons[n]
	lat, lon, _ := s.e.values[c.value].Coordinates()
	want, from := lat, 0
	if c.axis == longitude {
		want, from = lon, 1
	}
	d := degrees(v)
	if !d.ok || d.decimals < 4 || math.Abs(d.value-want) > pairError {
		return
	}
	s.filePiece(p, n, from, from+1, step)
	x := &s.pieces[len(s.pieces)-1]
	x.whole, x.bits, x.finding.Decimals = 2, 0, d.decimals
	m := s.meaning(x.finding.Key)
	x.named = m != nil && len(m.senses) > 0 && m.senses[0].half == c.axis
	if d.decimals >= 6 && math.Abs(d.value-want) <= 1.5e-6 {
		x.bits = solid
	}
	if !x.named && x.bits == 0 {
		s.pieces = s.pieces[:len(s.pieces)-1]
	}
}

// filePiece keeps a piece, unless nothing speaks for a short one.
func (s *Scanner) filePiece(p *peel.Part, n, from, to int, step string) {
	if len(s.pieces) >= maxPieces {
		s.crowded = true
		return
	}
	set := s.e.pieces
	c := &set.canons[n]
	field := named(p)
	x := Piece{value: c.value, canon: n, from: from, to: to, whole: len(c.text), natural: c.natural, leaf: s.leaf, form: formOf(p)}
	if step != "" && x.form == Clear {
		x.form = Encoded
	}
	if field != p && p.Depth > 0 && peel.KindOf(p.Step) != peel.Syntax {
		x.leaf = -1 - s.leaf // decoded later: what stood next to it is not known
	}
	if c.axis == noAxis {
		text := c.text[from:to]
		x.bits, x.plain = pieceBits(text), unmistakable(text)
		if c.domain > 0 && from >= c.domain {
			x.plain = false // a domain has many mailboxes, and stands for itself
		}
	}
	key, path := field.Key, field.Name
	if field.Parent == nil {
		key, path = s.root.Label, ""
		x.container = 1 // the header fields of a message are one object
	} else {
		off, size := field.Parent.Outermost(0, len(field.Parent.Data))
		x.container = uint64(s.index)<<48 ^ uint64(off)<<24 ^ uint64(size)<<4 ^ uint64(field.Depth) ^ hashText(object(field.Name))
	}
	t := s.e.values[c.value].Type
	x.name = s.partName(key, path)
	m := s.meaning(key)
	x.named = x.name.is(t) || m != nil && m.is(t)
	if !x.named && x.name.ordinal > 0 {
		m = s.meaning(strings.ReplaceAll(x.name.base, " ", "_"))
		x.named = m != nil && m.is(t)
	}
	if x.bits < solid && c.axis == noAxis && !x.named && x.name.ordinal == 0 && from > 0 && !s.follows(&x) {
		return
	}
	s.lastPiece = s.leaf
	off, size := p.Outermost(0, len(p.Data))
	steps := p.Derivation()
	if step != "" {
		steps = append(steps, step)
	}
	x.finding = Finding{
		Type: t, PersonaValue: c.value, Method: KnownValue, Grade: GradeA, Confidence: 0.97,
		Derivation: steps, Part: s.root.Name, Label: s.root.Label, Root: s.index,
		Off: off, Len: size, Path: strings.Clone(path), Key: strings.Clone(key), Value: []byte(s.e.values[c.value].Value),
	}
	s.pieces = append(s.pieces, x)
	s.pieced = true
}

// follows reports whether x goes on where the piece of the field in front of
// it ended.
func (s *Scanner) follows(x *Piece) bool {
	for i := len(s.pieces) - 1; i >= 0; i-- {
		switch y := &s.pieces[i]; {
		case y.leaf < x.leaf-1:
			return false
		case y.leaf == x.leaf-1 && y.canon == x.canon && y.to == x.from && y.container == x.container:
			return true
		}
	}
	return false
}

// partName reads a field's name as that of a piece, remembering the answer for
// names that are no array's.
func (s *Scanner) partName(key, path string) partName {
	if strings.HasSuffix(path, "]") {
		return s.e.pieces.names.of(key, path)
	}
	n, ok := s.partNames[key]
	if !ok {
		if len(s.partNames) >= maxPartNames {
			clear(s.partNames)
		}
		n = s.e.pieces.names.of(key, path)
		s.partNames[strings.Clone(key)] = n
	}
	return n
}

// hashText is FNV-1a.
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// takePieces puts the pieces of a flow together, and returns those that may
// yet meet others.
func (s *Scanner) takePieces(r *Result) {
	if s.e.pieces == nil || len(s.pieces) == 0 && len(s.dates) == 0 {
		return
	}
	s.joinDates(r)
	s.joinPieces(r)
	clear(s.pieces)
}
