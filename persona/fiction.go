package persona

import (
	_ "embed"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed data/fiction.toml
var fictionTOML string

// FictionRange is a range of telephone numbers that a regulator keeps for
// fiction.
type FictionRange struct {
	Region string `toml:"region"` // ISO 3166-1 alpha-2
	Prefix string `toml:"prefix"` // in E.164; ? stands for any digit
	Free   int    `toml:"free"`   // digits after the prefix
	Source string `toml:"source"`
	Date   string `toml:"date"`
}

// FictionRanges lists the ranges that are known, the best of each region
// first. The caller must not change it.
var FictionRanges = sync.OnceValue(func() []FictionRange {
	var f struct {
		Range []FictionRange `toml:"range"`
	}
	meta, err := toml.Decode(fictionTOML, &f)
	if err != nil || len(meta.Undecoded()) > 0 {
		panic("persona: data/fiction.toml: not as expected") // embedded, checked by the tests
	}
	return f.Range
})

// fiction returns the range that a number in E.164 is of, if any.
func fiction(e164 string) (FictionRange, bool) {
	for _, r := range FictionRanges() {
		if len(e164) == len(r.Prefix)+r.Free && matches(e164[:len(r.Prefix)], r.Prefix) {
			return r, true
		}
	}
	return FictionRange{}, false
}

func matches(digits, mask string) bool {
	for i := range len(mask) {
		if mask[i] != '?' && mask[i] != digits[i] {
			return false
		}
	}
	return true
}

// shared reports whether so few numbers of r exist that examples everywhere
// use the same ones: a thousand or fewer.
func (r FictionRange) shared() bool { return r.Free <= 3 }
