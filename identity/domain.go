package identity

import (
	_ "embed"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
)

// Domain is a set of values of which a hashed one is known to be, or may be,
// a member.
type Domain struct {
	Name   string        `toml:"name"`
	Types  []datatype.ID `toml:"types"`
	Shape  string        `toml:"shape"` // what a value must look like, see shapeOf; "" is anything
	Size   float64       `toml:"size"`  // values
	Basis  string        `toml:"basis"` // All or List
	Source string        `toml:"source"`
	Note   string        `toml:"note"` // what of the source, and what it leaves out
	URL    string        `toml:"url"`
	Date   string        `toml:"date"` // of the figure
}

// The bases of a domain.
const (
	All  = "all"  // every value that there can be
	List = "list" // a list in circulation: only what is on it is found
)

//go:embed data/domains.toml
var domainsTOML string

var domainList = sync.OnceValue(func() []Domain {
	var file struct {
		Domains []Domain `toml:"domain"`
	}
	decode("data/domains.toml", domainsTOML, &file)
	return file.Domains
})

var domains = sync.OnceValue(func() map[datatype.ID][]Domain {
	by := map[datatype.ID][]Domain{}
	for _, d := range domainList() {
		for _, t := range d.Types {
			by[t] = append(by[t], d)
		}
	}
	return by
})

// decode reads an embedded file. A failure, or a key that no field takes, is
// a mistake in the program, which the tests catch.
func decode(name, text string, v any) {
	meta, err := toml.Decode(text, v)
	if err != nil {
		panic(fmt.Sprintf("identity: %s: %v", name, err))
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		panic(fmt.Sprintf("identity: %s: unknown keys %v", name, extra))
	}
}

// counted are the types whose values are drawn from an alphabet, so that
// their form alone bounds how many there are.
var counted = []string{"stable-id", "credential"}

// DomainOf returns the domain of a value of type t. Of the value only the
// shape is looked at. It reports false when no figure is known.
func DomainOf(t datatype.ID, value []byte) (Domain, bool) {
	shape, size := shapeOf(value)
	for _, d := range domains()[t] {
		if d.Shape == "" || d.Shape == shape {
			return d, true
		}
	}
	row, ok := datatype.Get(t)
	if !ok || size == 0 || t == "credential.password" || len(domains()[t]) > 0 || !slices.Contains(counted, row.Family) {
		return Domain{}, false
	}
	return Domain{Name: shape, Types: []datatype.ID{t}, Shape: shape, Size: size, Basis: All, Source: "arithmetic", Note: "the alphabet and length of the value"}, true
}

// shapeOf names what a value looks like and how many values look so: "uuid"
// (122 of its bits are free: RFC 9562), "ipv4", "digitsN" and "hexN" of N
// characters. It returns "" and 0 for anything else.
func shapeOf(v []byte) (name string, size float64) {
	if len(v) == 0 || len(v) > 128 {
		return "", 0
	}
	if len(v) == 36 && v[8] == '-' && v[13] == '-' && v[18] == '-' && v[23] == '-' {
		return "uuid", math.Exp2(122)
	}
	if a, err := netip.ParseAddr(string(v)); err == nil && a.Is4() {
		return "ipv4", math.Exp2(32)
	}
	digits, hex := true, true
	for _, c := range v {
		if c < '0' || c > '9' {
			digits = false
			if (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				hex = false
			}
		}
	}
	switch {
	case digits:
		return fmt.Sprintf("digits%d", len(v)), math.Pow10(len(v))
	case hex:
		return fmt.Sprintf("hex%d", len(v)), math.Exp2(4 * float64(len(v)))
	}
	return "", 0
}
