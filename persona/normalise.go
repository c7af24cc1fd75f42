package persona

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
)

//go:embed data/normalisations.toml
var normalisationsTOML string

// Normalisation is how one advertising platform wants values of one data type
// written before they are hashed.
type Normalisation struct {
	Platform string      `toml:"platform"`
	Type     datatype.ID `toml:"type"`
	Steps    []string    `toml:"steps"` // names in the table of steps, in order
	Hash     []string    `toml:"hash"`  // as package detect names functions: "sha256", "sha256 of md5"
	Encoding string      `toml:"encoding"`
	Fields   []string    `toml:"fields"` // names under which the platform takes the digest
	Source   []string    `toml:"source"`
}

// Hashing is who hashes a form, and with what.
type Hashing struct {
	Platform string
	Function string
}

// Normalisations lists what the platforms document, in the order of the data.
// The slice is shared: callers do not change it.
var Normalisations = sync.OnceValue(func() []Normalisation {
	var f struct {
		Source []struct{ ID, Name, Address, Date string } `toml:"source"`
		Rows   []Normalisation                            `toml:"normalisation"`
	}
	meta, err := toml.Decode(normalisationsTOML, &f)
	if err != nil {
		panic("persona: data/normalisations.toml: " + err.Error())
	}
	if bad := meta.Undecoded(); len(bad) > 0 {
		panic(fmt.Sprintf("persona: data/normalisations.toml: unknown key %v", bad[0]))
	}
	dated := map[string]bool{}
	for _, s := range f.Source {
		dated[s.ID] = s.Name != "" && s.Address != "" && s.Date != ""
	}
	for i, n := range f.Rows {
		bad := n.Platform == "" || !n.Type.Valid() || len(n.Steps) == 0 || len(n.Hash) == 0 || len(n.Source) == 0
		for _, s := range n.Steps {
			bad = bad || steps[s] == nil
		}
		for _, s := range n.Source {
			bad = bad || !dated[s]
		}
		if bad {
			panic(fmt.Sprintf("persona: data/normalisations.toml: row %d (%s, %s): bad type, step, hash or source", i+1, n.Platform, n.Type))
		}
	}
	return f.Rows
})

// Apply puts text through the steps. "" means that the platform would hash
// nothing of it.
func (n *Normalisation) Apply(text, region string) string {
	for _, s := range n.Steps {
		if text = steps[s](text, region); text == "" {
			return ""
		}
	}
	return text
}

// normalise says of each form which platform hashes it, and adds the forms
// that only platforms make.
func (s *spellings) normalise(v Value, region string) {
	own := len(s.forms)
	for i := range Normalisations() {
		n := &Normalisations()[i]
		if n.Type != owner(v.Type) {
			continue
		}
		text := n.Apply(v.Value, region)
		if text == "" {
			continue
		}
		at := slices.IndexFunc(s.forms, func(f Form) bool { return f.Text == text })
		if at < 0 {
			at = len(s.forms)
			s.add("", text)
			f := &s.forms[at]
			if slices.ContainsFunc(n.Steps, func(step string) bool { return step == "given_name" || step == "family_name" }) {
				f.Piece, f.Weak = true, "half of a name, which others bear"
			}
		}
		for _, h := range n.Hash {
			if by := (Hashing{n.Platform, h}); !slices.Contains(s.forms[at].By, by) {
				s.forms[at].By = append(s.forms[at].By, by)
			}
		}
	}
	for i := own; i < len(s.forms); i++ {
		f := &s.forms[i]
		var names []string
		for _, by := range f.By {
			if !slices.Contains(names, by.Platform) {
				names = append(names, by.Platform)
			}
		}
		f.Name = NormalisedFor + Names(names)
	}
}

// NormalisedFor begins the names of forms that only platforms make.
const NormalisedFor = "normalised as for "

// owner is the data type whose rules a contact of the subject follows.
func owner(id datatype.ID) datatype.ID {
	switch id {
	case "social.contact_phone":
		return "contact.phone"
	case "social.contact_email":
		return "contact.email"
	case "social.contact_name":
		return "contact.name"
	}
	return id
}

// namesListed is how many platforms a sentence names.
const namesListed = 3

// Names lists platforms in a sentence: "Meta, Snap and 4 others".
func Names(list []string) string {
	last := ""
	switch n := len(list) - namesListed; {
	case n > 1:
		list, last = list[:namesListed], fmt.Sprintf("%d others", n)
	case len(list) > 1:
		list, last = list[:len(list)-1], list[len(list)-1]
	default:
		return strings.Join(list, "")
	}
	return strings.Join(list, ", ") + " and " + last
}
