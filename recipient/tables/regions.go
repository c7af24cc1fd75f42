package tables

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"sync"
)

//go:embed data/regions.csv
var regionRows []byte

// Place is where a cloud says that a region of its own is. The position is
// the centre of the city or area it names.
type Place struct {
	Country  string // ISO 3166-1 alpha-2
	City     string
	Lat, Lon float64
	Source   string
	Date     string
}

type regionKey struct{ provider, region string }

var places = sync.OnceValues(func() (map[regionKey]Place, error) {
	r := csv.NewReader(bytes.NewReader(regionRows))
	r.Comment = '#'
	r.FieldsPerRecord = 8
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	m := make(map[regionKey]Place, len(rows))
	for _, row := range rows[1:] {
		lat, err1 := strconv.ParseFloat(row[4], 64)
		lon, err2 := strconv.ParseFloat(row[5], 64)
		key := regionKey{row[0], row[1]}
		if _, twice := m[key]; twice || err1 != nil || err2 != nil || country(row[2]) == "" || row[6] == "" || row[7] == "" {
			return nil, fmt.Errorf("data/regions.csv: %q", row)
		}
		m[key] = Place{row[2], row[3], lat, lon, row[6], row[7]}
	}
	return m, nil
})

// PlaceOf is where a region is. A region that is not known has no place: that
// of the region it belongs to would be a guess, and sometimes another country.
func PlaceOf(provider, region string) (Place, bool) {
	m, err := places()
	if err != nil {
		panic("tables: " + err.Error()) // embedded, checked by the tests
	}
	p, ok := m[regionKey{provider, region}]
	return p, ok
}
