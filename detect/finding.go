package detect

import (
	"github.com/constat/constat/datatype"
	"github.com/constat/constat/peel"
)

// Result is what one flow gave.
type Result struct {
	Findings []Finding    // by root, then by offset
	Refuted  []Refuted    // what looks like a finding and is none
	Parts    []PartReport // one per root of the flow, in peel's order
	Pieces   []Piece      // of known values, that other flows may complete
}

// PartReport tells how well one root could be read. Root.Data is nil: the
// bytes belong to the flow.
type PartReport struct {
	Root   peel.Root
	Bytes  int64 // of Root.Data
	Report peel.Report
}

// Finding is a data type seen in a part.
type Finding struct {
	Type         datatype.ID
	PersonaValue int     // index into the persona's values; -1: not one of them
	Method       string  // KnownValue, Digest, KeyAndFormat or Format
	Form         string  // Clear, Encoded, Hashed or Truncated
	Detail       string  // "sha256 of contact.email, lower-cased"; holds no value
	Digest       string  // the one-way functions of Detail, outermost first: "sha256 of md5", "hmac-sha256"; "" if none
	Decimals     int     // of a position's degrees, the fewer of the two; 0 if not known
	Radius       float64 // metres to which a position is known, where no decimals say so: a grid code, noise; 0 if not known
	Grade        string  // A, B or C, see the package comment
	Confidence   float64 // 0 to 1
	Reason       string  // why, in a sentence that holds no value

	Derivation []string // step names, outermost first
	Part       string   // name of the root
	Label      string   // of the root: header name, message number
	Root       int      // index into Result.Parts
	Off, Len   int      // outermost range, in bytes of the root
	Path       string   // innermost field, "$.dev.mac"
	Key        string   // nearest field name

	// Value is the persona's value as the file has it, or else the decoded
	// bytes. It is private: whoever shows it masks it first.
	Value []byte

	proof proof // see replay
}

// Methods.
const (
	KnownValue   = "known value"
	Digest       = "digest"
	KeyAndFormat = "key and format"
	Format       = "format"
)

// Forms. Clear is what a reader of the message sees without undoing anything
// but the message's own syntax: structure (JSON, forms, protobuf …), escapes
// that the syntax requires (percent, JSON, HTML), character sets, and the
// content coding that the message declares. Encoded is everything that
// somebody chose to add: base64, hex, a compressed field. Encrypted was opened
// with a key. Hashed is a digest in full, Truncated a piece of one.
const (
	Clear     = "clear"
	Encoded   = "encoded"
	Encrypted = "encrypted"
	Hashed    = "hashed"
	Truncated = "truncated"
)

// Grades.
const (
	GradeA = "A" // a known value, or its digest
	GradeB = "B" // a valid value in a field that is named for it
	GradeC = "C" // the shape alone: a hint, never a finding to report
)

// formOf is Encrypted if a layer on the way to p was undone with a key, else
// Encoded if one was that the message's syntax does not require.
func formOf(p *peel.Part) string {
	form := Clear
	for ; p.Parent != nil; p = p.Parent {
		switch kind := peel.KindOf(p.Step); {
		case kind == peel.Cipher:
			return Encrypted
		case kind == peel.Coding,
			kind == peel.Compression && p.Parent.Parent != nil, // directly under a body it is a content coding (RFC 9110 section 8.4.1)
			p.Step == "percent" && p.Parent.Step == "percent":  // the syntax of a URL or form asks for it once
			form = Encoded
		}
	}
	return form
}
