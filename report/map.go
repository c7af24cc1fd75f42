package report

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/land.txt
var land string

//go:embed data/countries.csv
var countriesCSV string

// pointOf is a point in each country, latitude and longitude in degrees
// (Natural Earth 1:50m, see internal/pack).
var pointOf = sync.OnceValue(func() map[string][2]float64 {
	rows, err := csv.NewReader(strings.NewReader(countriesCSV)).ReadAll()
	if err != nil {
		panic("report: " + err.Error()) // embedded, checked by the tests
	}
	m := map[string][2]float64{}
	for _, r := range rows[1:] {
		lat, _ := strconv.ParseFloat(r[1], 64)
		lon, _ := strconv.ParseFloat(r[2], 64)
		m[r[0]] = [2]float64{lat, lon}
	}
	return m
})

// countryRow is what went to one estimated country.
type countryRow struct {
	Code       string
	Items      int
	Recipients []string
}

// ByCountry sums the ledger's rows by estimated country, most first.
func (v *view) ByCountry() []countryRow {
	sums := map[string]*countryRow{}
	for _, g := range v.Groups {
		if len(g.Examples) == 0 || g.Examples[0].Recipient.Country == "" {
			continue
		}
		code := g.Examples[0].Recipient.Country
		r := sums[code]
		if r == nil {
			r = &countryRow{Code: code}
			sums[code] = r
		}
		r.Items += g.Count
		r.Recipients = appendNew(r.Recipients, v.Owner(g.Recipient))
	}
	rows := []countryRow{}
	for _, r := range sums {
		rows = append(rows, *r)
	}
	slices.SortFunc(rows, func(a, b countryRow) int {
		return cmp.Or(cmp.Compare(b.Items, a.Items), strings.Compare(a.Code, b.Code))
	})
	return rows
}

// mapChart draws a dot for each estimated country on the outline of land.
// There are no borders: whose land it is, is not this report's matter.
func mapChart(v *view) template.HTML {
	rows := v.ByCountry()
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" role="img" aria-labelledby="map-t" viewBox="-1500 -800 3000 1370"><title id="map-t">%s</title>`, esc(v.T("h.map")))
	// An equirectangular projection true at 34°: x is squeezed by cos 34°.
	fmt.Fprintf(&b, `<path class="land" transform="scale(.83 1)" d="%s"/>`, land)
	for _, r := range rows {
		at, ok := pointOf()[r.Code]
		if !ok {
			continue
		}
		x, y := at[1]*10*.83, -at[0]*10
		radius := 14 + 4*float64(min(r.Items, 12))
		fmt.Fprintf(&b, `<circle class="dot" cx="%.0f" cy="%.0f" r="%.0f"/><text class="place" x="%.0f" y="%.0f">%s %d</text>`,
			x, y, radius, x+radius+8, y+14, esc(r.Code), r.Items)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}
