package datatype

import (
	"maps"
	"slices"
	"strings"
)

// vocabularies is data/vocabularies.toml: the closed lists that rows of the
// taxonomy choose from.
type vocabularies struct {
	Families   map[string]string   `toml:"family"`     // name → what its members have in common
	Permanence map[string]string   `toml:"permanence"` // name → meaning
	Art9       map[string]string   `toml:"art9"`       // name → meaning
	CFR202     map[string]string   `toml:"cfr202"`     // code → text
	PADFAA     map[string]string   `toml:"padfaa"`     // letter → text
	Apple      map[string][]string `toml:"apple"`      // App Store category → labels
	Google     map[string][]string `toml:"google"`     // Play category → labels
}

// Families returns the dependency families, sorted. The bits of two types of
// one family must not be added; those of different families bound the joint
// figure from above.
func Families() []string { return slices.Sorted(maps.Keys(load().Families)) }

// AppleLabels returns the data types of the App Store's privacy details by
// category ("Contact Info" → "Name", "Email Address", …).
func AppleLabels() map[string][]string { return cloneLabels(load().Apple) }

// GoogleLabels returns the data types of Google Play's data safety section by
// category ("Personal info" → "Name", "Email address", …).
func GoogleLabels() map[string][]string { return cloneLabels(load().Google) }

func cloneLabels(m map[string][]string) map[string][]string {
	out := maps.Clone(m)
	for k, v := range out {
		out[k] = slices.Clone(v)
	}
	return out
}

// CFR202Text puts the codes of a Type's CFR202 field into words, one string
// per code, with the bulk threshold that applies. It returns nil for "none".
//
// A match is of the type only. Whether the rule applies also depends on the
// number of US persons, on the recipient and on the transaction, which no
// capture shows.
func CFR202Text(codes string) []string {
	var texts []string
	for code := range strings.SplitSeq(codes, ", ") {
		if text, ok := load().CFR202[code]; ok && code != "none" {
			texts = append(texts, text)
		}
	}
	return texts
}
