package peel

// Part is a byte range reached by undoing layers from a root.
//
// Parts form a chain through Parent up to a root, whose Parent is nil and
// whose Name is where it stands in the flow ("request.url", "request.body",
// "request.header", "message"). Parts are valid only during the visit that
// presents them: whoever keeps something copies it.
type Part struct {
	Parent *Part
	Step   string // the layer undone to get here: "json", "base64", "gzip"; "" for a root
	Name   string // what the step selected: "$.dev.mac", "email", "3.2"; "" when the layer has no names
	Key    string // nearest field name above the bytes ("mac"), for key semantics
	Data   []byte

	// Off and Len are the bytes of Parent.Data that this part was made from.
	// Verbatim parts are those bytes unchanged, so positions inside them can
	// be carried outwards one by one; others map outwards as a whole.
	Off, Len int
	Verbatim bool

	Depth int // number of non-verbatim steps from the root

	cost uint8 // of all steps from the root
}

// Outermost maps n bytes at off inside p to a range of the root's bytes.
// The range is exact while every step on the way is verbatim, and otherwise
// the whole source of the innermost step that changed the bytes.
func (p *Part) Outermost(off, n int) (rootOff, rootLen int) {
	for p.Parent != nil {
		if p.Verbatim {
			off += p.Off
		} else {
			off, n = p.Off, p.Len
		}
		p = p.Parent
	}
	return off, n
}

// Derivation names the steps from the root to p, outermost first:
// ["request.body", "gzip", "json $.dev.mac", "base64"].
func (p *Part) Derivation() []string {
	n := 0
	for q := p; q != nil; q = q.Parent {
		n++
	}
	steps := make([]string, n)
	for q := p; q != nil; q = q.Parent {
		n--
		switch {
		case q.Parent == nil:
			steps[n] = q.Name
		case q.Name == "":
			steps[n] = q.Step
		default:
			steps[n] = q.Step + " " + q.Name
		}
	}
	return steps
}
