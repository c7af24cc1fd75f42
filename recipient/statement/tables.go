package statement

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed data
var embedded embed.FS

// pop is a place that an operator's code names.
type pop struct {
	city, country string
	lat, lon      float64
	operators     []string // who is known to use the code
}

// label is a code of an operator's own, read by public usage.
type label struct {
	country, place, confidence string
}

// tables is what the codes of the grammar mean.
type tables struct {
	pops      map[string]pop
	labels    map[[2]string]label // by table and label
	provinces map[string]string   // ISO 3166-2:CN to name
	countries map[string]bool     // ISO 3166-1 alpha-2
}

// places are read once: the data is embedded, so a mistake in it is ours, and
// the tests find it.
var places = sync.OnceValue(func() *tables {
	t, err := readTables()
	if err != nil {
		panic(err)
	}
	return t
})

func readTables() (*tables, error) {
	t := &tables{pops: map[string]pop{}, labels: map[[2]string]label{}, provinces: map[string]string{}, countries: map[string]bool{}}
	err := eachRow("data/pops/pops.csv", 6, func(r []string) error {
		lat, err := strconv.ParseFloat(r[3], 64)
		if err != nil {
			return err
		}
		lon, err := strconv.ParseFloat(r[4], 64)
		if err != nil {
			return err
		}
		t.pops[r[0]] = pop{city: r[1], country: r[2], lat: lat, lon: lon, operators: strings.Fields(r[5])}
		t.countries[r[2]] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachRow("data/labels.csv", 7, func(r []string) error {
		key := [2]string{r[0], r[1]}
		if _, twice := t.labels[key]; twice {
			return fmt.Errorf("%s %s stands twice", r[0], r[1])
		}
		t.labels[key] = label{country: r[2], place: r[3], confidence: r[4]}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t, eachRow("data/provinces.csv", 4, func(r []string) error {
		t.provinces[r[0]] = r[1]
		return nil
	})
}

// pop is the place of a code, if the operator is known to use it, or if any
// airport's code will do.
func (t *tables) pop(code, operator string, airports bool) (pop, bool) {
	p, ok := t.pops[code]
	return p, ok && (airports || slices.Contains(p.operators, operator))
}

// eachRow visits the rows of an embedded CSV file below its head row.
func eachRow(name string, columns int, visit func(row []string) error) error {
	f, err := embedded.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = columns
	if _, err := r.Read(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = visit(row)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

// Source is a table that statements rest on; the fields are those of
// recipient.Source.
type Source struct {
	ID          string `toml:"id"`
	Name        string `toml:"name"`
	Version     string `toml:"version"`
	ContentDate string `toml:"content_date"`
	DateFrom    string `toml:"date_from"`
	Licence     string `toml:"licence"`
	Attribution string `toml:"attribution"`
	Link        string `toml:"link"`
	Use         string `toml:"use"`
	Note        string `toml:"note"`
	SHA256      string `toml:"sha256"`
	File        string `toml:"file"`
	Made        []any  `toml:"made_from"`
}

// Sources lists the packed tables, for whoever names what a report rests on.
// The rows of the grammar name their own sources.
func Sources() []Source {
	b, err := embedded.ReadFile("data/pops/source.toml")
	if err != nil {
		panic(err)
	}
	var s Source
	if _, err := toml.Decode(string(b), &s); err != nil {
		panic(err)
	}
	return []Source{s}
}
