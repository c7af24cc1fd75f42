package differential

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/constat/constat/detect"
	"github.com/constat/constat/peel"
)

// leaf is a part of a root while the root is walked.
type leaf struct {
	parent  int32
	step    string
	name    [2]int // of its path in leaves.names
	key     string
	sum     [16]byte
	content content

	full     bool // taken apart to the last byte: what stands below says it all
	readable bool // text
	usable   bool // worth comparing: its parent was really opened

	off, n int      // in the root
	steps  []string // of a root with findings
}

// leaves collects the parts of one root.
type leaves struct {
	list  []leaf
	at    map[*peel.Part]int32
	names []byte
}

// root takes apart one root of a unit.
func (r *reader) root(u *unit, root peel.Root, at time.Time, found []detect.Finding) {
	l := &r.leaves
	l.list, l.names = l.list[:0], l.names[:0]
	if l.at == nil {
		l.at = map[*peel.Part]int32{}
	}
	clear(l.at)
	report := r.walker.Walk(root, func(p *peel.Part) bool {
		if !trusted(p.Step) {
			return false
		}
		l.visit(p, rootName(root), at, len(found) > 0)
		return true
	})
	for _, g := range report.Gaps {
		r.gap(g)
	}
	l.settle(binaryFields(root.MediaType))
	for i := range l.list {
		x := &l.list[i]
		if !x.usable || cutOff(x, found) {
			continue
		}
		x.content.open = x.full
		c := r.table.add(u, l.names[x.name[0]:x.name[1]], field{key: x.key, named: structural(x.step)}, x.sum, x.content)
		if c != nil && !x.full {
			r.knows(c, x, found)
		}
	}
}

func (l *leaves) visit(p *peel.Part, root string, at time.Time, found bool) {
	i := int32(len(l.list))
	l.at[p] = i
	x := leaf{parent: -1, step: p.Step, content: content{shape: shapeOf(p.Data), clock: clock(p.Data, at)}}
	from := len(l.names)
	if p.Parent != nil {
		x.parent = l.at[p.Parent]
		above := l.list[x.parent].name
		l.names = append(l.names, l.names[above[0]:above[1]]...)
		l.names = append(append(l.names, separator...), p.Step...)
		l.names = appendName(l.names, p.Step, p.Name)
	} else {
		l.names = append(l.names, root...)
	}
	if len(l.names)-from > maxPath { // too long to file: what is below it is not filed either
		l.names = l.names[:from+maxPath+1]
	}
	x.name = [2]int{from, len(l.names)}
	x.key = strings.Clone(p.Key[:min(len(p.Key), 64)])
	sum := sha256.Sum256(p.Data)
	x.sum = [16]byte(sum[:16])
	x.readable = x.content.kind != shapeBytes && len(p.Data) >= 4
	if x.content.blob && len(p.Data) <= maxBlob {
		x.content.data = bytes.Clone(p.Data)
	}
	if found {
		x.off, x.n = p.Outermost(0, len(p.Data))
		x.steps = p.Derivation()
	}
	l.list = append(l.list, x)
}

// trusted reports whether a reading is that of the bytes and no guess. What is
// guessed of one content is not of another, and a field must have one name in
// all runs.
func trusted(step string) bool {
	switch peel.KindOf(step) {
	case peel.Coding:
		switch step {
		case "base64", "base64url", "hex", "jwt", "quoted-printable", "base32":
			return true
		}
		return false
	case peel.Cipher:
		return step != "xor"
	case peel.Syntax:
		return step != "text" && step != "after a header" && step != "counted"
	}
	return true
}

// partly reports whether a step only picks pieces out of a text: what it
// leaves is to be compared, too.
func partly(step string) bool { return step == "token" || step == "list" }

// settle tells which parts are worth comparing. A reading proves itself by
// what comes out: 64 hexadecimal digits are a digest, and its 32 bytes say
// nothing more, but base64 that gives JSON is JSON. Fields that chance can make
// of bytes count if one can be read, or if the message is said to have such.
func (l *leaves) settle(said bool) {
	for i := len(l.list) - 1; i > 0; i-- { // what is below comes later
		x := &l.list[i]
		above := &l.list[x.parent]
		if above.content.digest && !x.readable {
			continue // chance makes a short message of 32 bytes now and then
		}
		above.full = above.full || !partly(x.step) && (proves(x.step, said) || x.full || x.readable)
	}
	for i := range l.list {
		x := &l.list[i]
		x.usable = x.parent < 0 || l.list[x.parent].usable &&
			(proves(x.step, said) || x.full || x.readable || peel.KindOf(x.step) == peel.Syntax && l.list[x.parent].full)
	}
}

// proves reports whether a step is right by having worked.
func proves(step string, said bool) bool {
	switch step {
	case "protobuf", "msgpack", "cbor":
		return said
	}
	return peel.KindOf(step) == peel.Syntax
}

// binaryFields reports whether a media type is that of messages of binary fields.
func binaryFields(mediaType string) bool {
	for _, of := range []string{"proto", "grpc", "msgpack", "messagepack", "cbor"} {
		if strings.Contains(mediaType, of) {
			return true
		}
	}
	return false
}

// maxKnown bounds the values listed of one field.
const maxKnown = 4

// knows files the known values that were found in a content.
func (r *reader) knows(c *content, x *leaf, found []detect.Finding) {
	for _, f := range found {
		if !inside(x, &f) {
			continue
		}
		c.secret = c.secret || secretLength(f.Type)
		if f.PersonaValue < 0 || f.Grade != detect.GradeA {
			continue
		}
		o := r.subjects.whose[f.PersonaValue]
		k := known{owner: o, form: f.Form, what: f.Digest}
		if len(c.known) < maxKnown && !has(c.known, k) {
			c.known = append(c.known, k)
		}
	}
}

func has(list []known, k known) bool {
	for _, x := range list {
		if x == k {
			return true
		}
	}
	return false
}

// cutOff reports whether x is a piece of a text in which a known value was
// found that no piece holds: "0f:75:af" of an address with colons. The text is
// what says something.
func cutOff(x *leaf, found []detect.Finding) bool {
	if !partly(x.step) {
		return false
	}
	for i := range found {
		if f := &found[i]; f.PersonaValue >= 0 && f.Grade == detect.GradeA && len(f.Derivation) < len(x.steps) && inside(x, f) {
			return true
		}
	}
	return false
}

// inside reports whether f was found in x: on the way to x or below it, and at
// its bytes.
func inside(x *leaf, f *detect.Finding) bool {
	for i := range min(len(x.steps), len(f.Derivation)) {
		if x.steps[i] != f.Derivation[i] {
			return false
		}
	}
	return f.Off < x.off+x.n && x.off < f.Off+f.Len
}
