package detect

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/constat/constat/peel"
)

// reasonList says why a list counts. Whose the items are, it does not say.
const reasonList = "many values of one shape in one list"

// How many different items make a list, and bounds on what is counted.
const (
	minContacts  = 3
	minPoints    = 3
	minApps      = 5
	minVendors   = 3 // packages of one company are parts of one app
	minFiles     = 5
	maxLists     = 64      // of one root
	maxDifferent = 1 << 14 // items of one kind that are told apart
	minDelimited = 36      // bytes of a text that is a list
	maxDelimited = 1 << 20
)

// list is an array, or fields of one name, some of which look like items of
// personal data: contacts, apps, access points, photos.
type list struct {
	self, up string // names on the way to it; of what is around it, if that may be one list with others
	name     string // of the array
	prefix   string // of the names of its items' fields, up to the index
	parent   *peel.Part

	different [itemKinds]map[uint64]bool
	known     [itemKinds]int  // of them, the persona's
	tails     map[uint64]bool // of e-mail addresses, see glued
	vendors   map[string]bool
	items     int
	last      string // item that a field was of
	total     int    // items of the array, 0 if not known
	off, end  int
	first     Finding
	form      string
}

// listed counts p if it looks like an item of a list. known: it is a value of
// the persona.
func (s *Scanner) listed(p *peel.Part, known bool) {
	if l := s.list; l != nil && p.Parent == l.parent && l.prefix != "" && strings.HasPrefix(p.Name, l.prefix) {
		l.total = max(l.total, leadingNumber(p.Name[len(l.prefix):])+1)
	}
	if p.Step == "list" || len(p.Data) < 6 {
		return
	}
	kind := itemOf(p.Data, known)
	if kind == noItem && s.filed != "" {
		kind = kindOf(s.filed)
	}
	if kind == noItem {
		if len(p.Data) >= minDelimited && len(p.Data) <= maxDelimited && promising(p.Data) {
			s.delimited(p)
		}
		return
	}
	if !s.apart(p) || s.first(p, kind) {
		return
	}
	if l := s.listOf(p); l != nil {
		l.count(p.Data, kind, known)
		s.list = l
	}
}

// single is a field that looks like an item and is, so far, the only one of
// its name.
type single struct {
	name, value uint64
	off, n      int
}

// maxSingles bounds the names that are remembered in one root.
const maxSingles = 32

// first reports whether p is no item of an array, and the first field of its
// name: most addresses are somebody's only one, and no list is begun for them.
func (s *Scanner) first(p *peel.Part, kind itemKind) bool {
	field := named(p)
	for i := range len(field.Name) {
		if classOf[field.Name[i]]&isDigit != 0 && field.Step != "protobuf" {
			return false
		}
	}
	if len(s.singles) >= maxSingles {
		return false
	}
	name := hashText(field.Name) + uint64(kind)
	for i := range s.singles {
		if x := &s.singles[i]; x.name == name {
			if x.n == 0 {
				return false
			}
			if l := s.listOf(p); l != nil {
				l.countHash(x.value, kind, false)
				l.last = "" // p itself is yet to be counted
				l.off, l.end, x.n = min(l.off, x.off), max(l.end, x.off+x.n), 0
			}
			return false
		}
	}
	off, n := p.Outermost(0, len(p.Data))
	s.singles = append(s.singles, single{name, hashText(foldASCII(string(p.Data))), off, n})
	return true
}

// reading is what was counted last of what a field holds.
type reading struct {
	of    *peel.Part // the bytes that it stands in, as a decoder made them
	end   int        // in them
	until int        // in the field
}

// maxReadings bounds the fields of which readings are remembered in one root.
const maxReadings = 4096

// apart reports whether p stands apart from what was counted of its field. What
// several decoders make of the same bytes is one item; other items stand beside
// it, in the field or in what one decoder made of it.
func (s *Scanner) apart(p *peel.Part) bool {
	r := reading{of: p, end: len(p.Data), until: len(p.Data)}
	start, first := 0, 0 // in r.of, in the field
	field, within := p, true
	for ; field.Parent != nil && (field.Name == "" || peel.KindOf(field.Step) != peel.Syntax); field = field.Parent {
		if within = within && field.Verbatim; within {
			r.of, start, r.end = field.Parent, start+field.Off, r.end+field.Off
		}
		if field.Verbatim {
			first, r.until = first+field.Off, r.until+field.Off
		} else {
			first, r.until = field.Off, field.Off+field.Len
		}
	}
	last, ok := s.readings[field]
	switch {
	case !ok && len(s.readings) >= maxReadings:
		return true
	case ok && first < last.until && (r.of != last.of || start < last.end):
		return false
	}
	r.until = max(r.until, last.until)
	s.readings[field] = r
	return true
}

// leadingNumber is the number that s begins with, -1 if none.
func leadingNumber(s string) int {
	n := 0
	for n < len(s) && n < 9 && classOf[s[n]]&isDigit != 0 {
		n++
	}
	k, err := strconv.Atoi(s[:n])
	if err != nil {
		return -1
	}
	return k
}

// listChain writes the steps and names from the root to p, with the numbers of
// items left out. mark is where the innermost array's name ends, outer that of
// the one around it, 0 if there is none; item is where the innermost number
// ends in p's own name.
func listChain(dst []byte, p *peel.Part) (out []byte, mark, outer, item int) {
	if p.Parent != nil {
		dst, mark, outer, _ = listChain(dst, p.Parent)
	}
	dst = append(append(append(dst, '/'), p.Step...), ' ')
	for i := 0; i < len(p.Name); i++ {
		c := p.Name[i]
		dst = append(dst, c)
		if c == '[' {
			for i+1 < len(p.Name) && classOf[p.Name[i+1]]&isDigit != 0 {
				i++
			}
			outer, mark, item = mark, len(dst), i+1
		} else if classOf[c]&isDigit != 0 && p.Step != "protobuf" {
			j := i
			for j < len(p.Name) && classOf[p.Name[j]]&isDigit != 0 {
				j++
			}
			if j == len(p.Name) || p.Name[j] == '.' || p.Name[j] == '[' || p.Name[j] == ']' {
				dst[len(dst)-1] = '#' // a field with a number: contact1, contact2
				outer, mark, item = mark, len(dst), j
				i = j - 1
			}
		}
	}
	return dst, mark, outer, item
}

// named is the field that p is, or was made from.
func named(p *peel.Part) *peel.Part {
	for p.Name == "" && p.Parent != nil {
		p = p.Parent
	}
	return p
}

// listOf is the list that p may be an item of, or a field of one; nil if there
// are too many.
func (s *Scanner) listOf(p *peel.Part) *list {
	field := named(p)
	if field.Parent == nil {
		return nil
	}
	for q := p; q.Parent != nil; q = q.Parent {
		if q.Step == "xor" {
			return nil // a key that was guessed gives many addresses for one
		}
	}
	var mark, outer, own int
	s.chain, mark, outer, own = listChain(s.chain[:0], field)
	path := string(s.chain)
	self, up := path, ""
	switch rest := strings.TrimPrefix(path[mark:], "]"); {
	case mark == 0: // a field that is there several times
		up = path[:strings.LastIndexAny(path, "/.")]
	case rest == "": // an array of texts, or numbered fields
		self, up = path[:mark], path[:outer]
		if outer == 0 {
			up = path[:strings.LastIndexAny(path, "/.")]
		}
	default:
		self = path[:mark]
	}
	l := s.lists[self]
	if l == nil {
		if len(s.lists) >= maxLists {
			s.crowded = true
			return nil
		}
		l = &list{self: self, up: up, vendors: map[string]bool{}, off: len(s.root.Data), form: formOf(p)}
		l.name = field.Key
		if i := strings.LastIndexByte(field.Name, '['); i >= 0 && mark > 0 {
			if outer == 0 { // else each array around it has one of its own
				l.prefix, l.parent = strings.Clone(field.Name[:i+1]), field.Parent
			}
			l.name = field.Name[strings.LastIndexAny(field.Name[:i], ".]")+1 : i]
		}
		l.name = strings.Clone(l.name)
		l.first = Finding{
			PersonaValue: -1, Method: Format, Grade: GradeB, Derivation: p.Derivation(), Part: s.root.Name, Label: s.root.Label, Root: s.index,
			Path: strings.Clone(field.Name), Key: l.name,
		}
		s.lists[self] = l
	}
	if l.prefix != "" && strings.HasPrefix(field.Name, l.prefix) {
		l.total = max(l.total, leadingNumber(field.Name[len(l.prefix):])+1)
	}
	off, _ := field.Parent.Outermost(0, len(field.Parent.Data))
	if item := strconv.Itoa(off) + field.Name[:own]; mark == 0 || item != l.last {
		l.items, l.last = l.items+1, item
	}
	off, n := p.Outermost(0, len(p.Data))
	l.off, l.end = min(l.off, off), max(l.end, off+n)
	return l
}

// count adds an item.
func (l *list) count(v []byte, kind itemKind, known bool) {
	if kind == itemApp && len(l.vendors) < minVendors {
		l.vendors[vendor(v)] = true
	}
	text := foldASCII(string(v))
	if kind == itemEmail && l.glued(text) {
		return
	}
	l.countHash(hashText(text), kind, known)
}

// glued reports whether an address is one that was counted, but for one or
// two characters in front: a tag and a length of protobuf may be letters. It
// remembers the address without them.
func (l *list) glued(text string) bool {
	if l.tails[hashText(text)] {
		return true
	}
	if l.tails == nil {
		l.tails = map[uint64]bool{}
	}
	for n := 1; n <= 2 && n < len(text); n++ {
		h := hashText(text[n:])
		if l.different[itemEmail][h] {
			return true
		}
		if len(l.tails) < 2*maxDifferent {
			l.tails[h] = true
		}
	}
	return false
}

func (l *list) countHash(h uint64, kind itemKind, known bool) {
	if l.different[kind] == nil {
		l.different[kind] = map[uint64]bool{}
	}
	if l.different[kind][h] || len(l.different[kind]) >= maxDifferent {
		return
	}
	l.different[kind][h] = true
	if known {
		l.known[kind]++
	}
}

// promising reports whether a text may begin with an item.
func promising(v []byte) bool {
	switch c := v[0]; {
	case c == '{' || c == '[' || c == '<':
		return false
	case c == '+' || c == '/' || c == '"' || v[2] == ':' || v[2] == '-' || dots(v):
		return true
	}
	return bytes.IndexByte(v[:minDelimited], '@') > 0
}

// delimited counts a text of items with separators between them.
func (s *Scanner) delimited(p *peel.Part) {
	i := bytes.IndexAny(p.Data[:min(len(p.Data), 128)], ",;|\n\t")
	if i < 6 || itemOf(trim(p.Data[:i]), false) == noItem || !s.apart(p) {
		return
	}
	l := s.listOf(p)
	if l == nil {
		return
	}
	l.items, l.total, l.last, l.prefix = 0, 0, "", ""
	for v := p.Data; len(v) > 0; {
		i := bytes.IndexAny(v, ",;|\n\t")
		if i < 0 {
			i = len(v)
		}
		if item := trim(v[:i]); len(item) > 0 {
			l.total++
			if kind := itemOf(item, false); kind != noItem {
				l.items++
				l.count(item, kind, false)
			}
		}
		v = v[min(i+1, len(v)):]
	}
}
