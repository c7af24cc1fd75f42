package linkage

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// Says is what the name of a field says of the value.
type Says uint8

const (
	Nothing    Says = iota
	Identifier      // of a person, a device or an installation
	Otherwise       // a version, a signature, the number of a request: no identifier of anybody
)

//go:embed data/names.toml
var namesTOML string

type nameRow struct {
	Names  []string `toml:"names"` // in normal form: lower case, letters and digits only
	Says   string   `toml:"says"`  // "identifier" or "otherwise"
	Why    string   `toml:"why"`
	Source string   `toml:"source"`
	Date   string   `toml:"date"`
}

var names = sync.OnceValue(func() map[string]Says {
	var file struct {
		Name []nameRow `toml:"name"`
	}
	meta, err := toml.Decode(namesTOML, &file)
	if err != nil || len(meta.Undecoded()) > 0 {
		panic(fmt.Sprintf("linkage: data/names.toml: %v %v", err, meta.Undecoded())) // embedded, checked by the tests
	}
	m := map[string]Says{}
	for _, row := range file.Name {
		says, ok := map[string]Says{"identifier": Identifier, "otherwise": Otherwise}[row.Says]
		if !ok {
			panic("linkage: data/names.toml: says = " + row.Says)
		}
		for _, n := range row.Names {
			if _, twice := m[n]; twice || normal(n) != n {
				panic("linkage: data/names.toml: " + n + " stands twice, or not in normal form")
			}
			m[n] = says
		}
	}
	return m
})

// SaidBy looks a name up: as a whole, then its last three, two and one words.
// The longest match decides: "uid_signature" is none, "uid_hash" is.
func SaidBy(name string) Says {
	m := names()
	says := m[normal(name)]
	if says != Nothing {
		return says
	}
	words := wordsOf(name)
	for n := min(3, len(words)); n > 0; n-- {
		if s := m[strings.Join(words[len(words)-n:], "")]; s != Nothing {
			return s
		}
	}
	return Nothing
}

func normal(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case 'A' <= c && c <= 'Z':
			b.WriteByte(c | 0x20)
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			b.WriteByte(c)
		}
	}
	return b.String()
}

// wordsOf cuts a name at signs and where a capital begins a word, and lowers it.
func wordsOf(name string) (words []string) {
	from := 0
	cut := func(to int) {
		if w := normal(name[from:to]); w != "" {
			words = append(words, w)
		}
		from = to
	}
	for i := 1; i < len(name); i++ {
		a, b := classes[name[i-1]], classes[name[i]]
		if b&(lower|upper|digit) == 0 || a&(lower|digit) != 0 && b&upper != 0 ||
			a&upper != 0 && b&upper != 0 && i+1 < len(name) && classes[name[i+1]]&lower != 0 {
			cut(i)
		}
	}
	cut(len(name))
	return words
}
