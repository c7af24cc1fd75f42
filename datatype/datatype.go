// Package datatype is the taxonomy of personal data: which kinds of data a
// capture can show leaving a device, what each is called in law and in the
// app stores, and how far it points at one person.
//
// The taxonomy is data, not code: data/types.toml, embedded, one [[type]]
// table per row, every row dated and sourced. A row says what W3C's Data
// Privacy Vocabulary calls the type, whether GDPR article 9 guards it, which
// category of 28 CFR Part 202 it falls in, which label an App Store or Google
// Play listing owes for it, and how many bits of identity one value carries.
// A fact that nobody has established reads [Unknown] (or, for bits, nil): it
// is an answer of its own rank, never a gap to be filled by guessing.
//
// The package knows nothing of captures, values or people, and imports
// nothing of ours: with package flow it is the ground of the house.
package datatype

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// ID names a data type: dotted, lower case, the class before the dot, such as
// "device.imei". IDs are a published contract: they are added, never changed.
type ID string

// Valid reports whether id is in the taxonomy.
func (id ID) Valid() bool {
	_, ok := Get(id)
	return ok
}

// Class returns the part before the dot: "device" for "device.imei".
func (id ID) Class() string {
	class, _, _ := strings.Cut(string(id), ".")
	return class
}

// Unknown stands in a Type wherever no source settles the matter.
const Unknown = "unknown"

// Type is one row of the taxonomy.
type Type struct {
	ID    ID     `toml:"id"`
	Name  string `toml:"name"`  // short English name, lower case: "phone number"
	Class string `toml:"class"` // what is before the dot of ID

	// Family is the dependency family: facts of one family say much the same
	// of a person, so their bits must not be added ("place", "device",
	// "stable-id", "civil", "behaviour", …, see [Families]).
	Family string `toml:"family"`

	// DPV is the term of the W3C Data Privacy Vocabulary, with its prefix
	// ("dpv-pd:TelephoneNumber"), the closest broader term where there is no
	// exact one, or Unknown.
	DPV string `toml:"dpv"`

	// Art9 says whether the value is special-category data under GDPR
	// article 9(1): "no", "yes", "by inference" (it can reveal such data),
	// "by content" (it depends on what was said or filmed), or "if
	// identifying" (biometrics, recital 51).
	Art9 string `toml:"art9"`

	// CFR202 lists the codes of 28 CFR Part 202 it matches, joined by ", ":
	// a paragraph of § 202.205 and, under (f), the listed identifier of
	// § 202.234, as in "(f) d". "none" when it matches none. See [CFR202Text].
	CFR202 string `toml:"cfr202"`

	// PADFAA lists the letters of the Protecting Americans' Data from Foreign
	// Adversaries Act, section 2(c)(7), that it matches, joined by ", ", or
	// "none".
	PADFAA string `toml:"padfaa"`

	// Apple and Google are the labels a store listing owes for the type,
	// joined by " | " when several apply, or Unknown. See [AppleLabels] and
	// [GoogleLabels].
	Apple  string `toml:"apple"`
	Google string `toml:"google"`

	// Bits is the identifying power of one value, as the expected reduction
	// of the world's population in bits (33 singles out one person), and the
	// lower end where the source gives a range, of which BitsHigh is the
	// upper. nil is unknown, or no range.
	Bits       *float64 `toml:"bits"`
	BitsHigh   *float64 `toml:"bits_high"`
	BitsSource string   `toml:"bits_source"` // where Bits is from and what it assumes; Unknown when Bits is nil

	// Permanence says how a person gets rid of the value: "permanent" (only
	// by replacing the device, the card or the body), "long-lived" (it can be
	// changed, few do), "resettable" (a setting, a reinstall or a factory
	// reset changes it), "session", "momentary" (it was true for one moment),
	// or "content" (what was made or said: it cannot be taken back).
	Permanence string `toml:"permanence"`

	// Aliases are names that apps and people use for the type, lower case.
	// They serve Suggest; detection has its own, stricter lexicon.
	Aliases []string `toml:"aliases"`

	Source []string `toml:"source"` // ids of Sources
	Date   string   `toml:"date"`   // when the row was last checked, YYYY-MM-DD
}

// Source is a document that rows of the taxonomy rest on.
type Source struct {
	ID   string `toml:"id"`
	Name string `toml:"name"`
	URL  string `toml:"url"`
	Date string `toml:"date"` // of the content: YYYY-MM-DD, YYYY-MM or YYYY
	Note string `toml:"note"` // how it was read, and any doubt about it
}

//go:embed data/types.toml
var typesTOML string

//go:embed data/vocabularies.toml
var vocabulariesTOML string

// taxonomy is both data files, read once.
type taxonomy struct {
	Types   []Type   `toml:"type"`
	Sources []Source `toml:"source"`
	vocabularies
	row map[ID]int
}

var load = sync.OnceValue(func() *taxonomy {
	t := &taxonomy{row: make(map[ID]int)}
	decode("data/types.toml", typesTOML, t)
	decode("data/vocabularies.toml", vocabulariesTOML, &t.vocabularies)
	for i := range t.Types {
		typ := &t.Types[i]
		if _, twice := t.row[typ.ID]; twice {
			panic(fmt.Sprintf("datatype: data/types.toml: %q is listed twice", typ.ID))
		}
		t.row[typ.ID] = i
	}
	return t
})

// decode reads an embedded file. A failure, or a key that no field takes, is
// a mistake in the program, which the tests catch.
func decode(name, text string, v any) {
	meta, err := toml.Decode(text, v)
	if err != nil {
		panic(fmt.Sprintf("datatype: %s: %v", name, err))
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		panic(fmt.Sprintf("datatype: %s: unknown keys %v", name, extra))
	}
}

// Get returns the row of id.
func Get(id ID) (Type, bool) {
	t := load()
	i, ok := t.row[id]
	if !ok {
		return Type{}, false
	}
	return t.Types[i], true
}

// All returns every row in the order of the file, which is stable and groups
// the classes. The caller owns the slice.
func All() []Type { return slices.Clone(load().Types) }

// Sources returns the documents that the rows cite.
func Sources() []Source { return slices.Clone(load().Sources) }
