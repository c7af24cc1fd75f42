package generate

import (
	_ "embed"
	"math/rand/v2"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/lab/encode"
)

//go:embed data/wild.toml
var wildText string

// wildTable is what one source tells of the layers in use.
type wildTable struct {
	Name, Source, Date string
	Share              int
	Types              []string // of the data types, how they begin; none: any
	Rows               []struct {
		Weight int
		Chain  []string
	}
}

var wild = func() []wildTable {
	var f struct{ Table []wildTable }
	if _, err := toml.Decode(wildText, &f); err != nil {
		panic("generate: wild.toml: " + err.Error())
	}
	return f.Table
}()

// tells reports whether the source tells of a data type.
func (t *wildTable) tells(dataType string) bool {
	for _, p := range t.Types {
		if strings.HasPrefix(dataType, p) {
			return true
		}
	}
	return len(t.Types) == 0
}

// weighted draws an index by weight.
func weighted(r *rand.Rand, n int, weight func(int) int) int {
	sum := 0
	for i := range n {
		sum += weight(i)
	}
	at := r.IntN(sum)
	for i := range n {
		if at -= weight(i); at < 0 {
			return i
		}
	}
	panic("weights change")
}

// drawWild puts layers around a value as one of the sources tells. It returns
// the message, the layers and the name of the table.
func drawWild(r *rand.Rand, dataType string, value []byte) (message []byte, names []string, table string) {
	t := &wild[weighted(r, len(wild), func(i int) int {
		if !wild[i].tells(dataType) {
			return 0
		}
		return wild[i].Share
	})]
	row := &t.Rows[weighted(r, len(t.Rows), func(i int) int { return t.Rows[i].Weight })]
	for _, alternatives := range row.Chain {
		names = append(names, pick(r, strings.Split(alternatives, "|")))
	}
	message = value
	for _, name := range names {
		s, _ := encode.ByName(name) // a test holds the table to it
		message = s.Apply(r, message)
	}
	return message, names, t.Name
}
