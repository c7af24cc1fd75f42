package report

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/constat/constat/audit"
)

//go:embed data/land.txt
var land string

//go:embed data/countries.csv
var countriesCSV string

//go:embed data/outlines.csv
var outlinesCSV string

// pointOf is a point in each country, latitude and longitude in degrees
// (Natural Earth 1:50m, see internal/pack).
var pointOf = sync.OnceValue(func() map[string][2]float64 {
	m := map[string][2]float64{}
	for _, r := range rowsOf(countriesCSV) {
		lat, _ := strconv.ParseFloat(r[1], 64)
		lon, _ := strconv.ParseFloat(r[2], 64)
		m[r[0]] = [2]float64{lat, lon}
	}
	return m
})

// outlineOf is the outline of each country as the data of an SVG path, in
// tenths of a degree.
var outlineOf = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, r := range rowsOf(outlinesCSV) {
		m[r[0]] = r[1]
	}
	return m
})

func rowsOf(text string) [][]string {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic("report: " + err.Error()) // embedded, checked by the tests
	}
	return rows[1:]
}

// standing is what may be said of a country as the place of a server, the least
// first. Its name is that of the fill, of the sign and of the message.
type standing int

const (
	excluded    standing = iota // a table says so, and the round trip excludes it
	open                        // undetermined
	consistent                  // independent kinds of record agree
	established                 // two independent methods agree, none contradicts
)

var standings = [...]struct{ name, sign string }{
	excluded: {"excluded", "×"}, open: {"open", "○"}, consistent: {"consistent", "◐"}, established: {"established", "●"},
}

func (s standing) String() string { return standings[s].name }
func (s standing) Sign() string   { return standings[s].sign }

// standingOf is that of one server.
func (v *view) standingOf(r *audit.RecipientRef) standing {
	switch {
	case strings.HasPrefix(r.Place, "impossible"):
		return excluded
	case strings.HasPrefix(r.Place, "established"):
		return established
	case strings.HasPrefix(r.Place, "consistent"):
		return consistent
	}
	return open
}

// countryRow is what went to one country, as tables or operators say.
type countryRow struct {
	Code       string
	Items      int
	Recipients []string
	Standing   standing // the most that may be said of a server there
}

// ByCountry sums the ledger's rows by country, most first.
func (v *view) ByCountry() []countryRow {
	sums := map[string]*countryRow{}
	for _, g := range v.Groups {
		if len(g.Examples) == 0 || g.Examples[0].Recipient.Country == "" {
			continue
		}
		server := &g.Examples[0].Recipient
		r := sums[server.Country]
		if r == nil {
			r = &countryRow{Code: server.Country}
			sums[server.Country] = r
		}
		r.Items += g.Count
		r.Recipients = appendNew(r.Recipients, v.Owner(g.Recipient))
		r.Standing = max(r.Standing, v.standingOf(server))
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

// The map is an equirectangular projection true at 34°: x is squeezed by cos 34°.
// A unit is a tenth of a degree of latitude.
const squeeze = .83

func project(lat, lon float64) (x, y float64) { return lon * 10 * squeeze, -lat * 10 }

// Circles are drawn while they say something that an eye can see: the smallest
// say most, and one half round the Earth looks as if it were around its far side.
const (
	maxCircles  = 6
	maxCircleKm = 5000
)

// mapChart draws the countries of servers on the outline of land, filled by what
// may be said of them, the place of the capture, and around it the circles beyond
// which light could not have been in time. There are no other borders: whose land
// it is, is not this report's matter.
func mapChart(v *view) template.HTML {
	rows := v.ByCountry()
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart map" role="img" aria-labelledby="map-t map-d" viewBox="-1500 -800 3000 1370"><title id="map-t">%s</title><desc id="map-d">%s</desc>`,
		esc(v.T("h.map")), esc(v.mapWords(rows)))
	b.WriteString(`<defs><pattern id="p-consistent" width="16" height="16" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0v16" stroke-width="9"/></pattern>` +
		`<pattern id="p-open" width="22" height="22" patternUnits="userSpaceOnUse"><circle class="speck" cx="6" cy="6" r="3.5"/></pattern></defs>`)
	fmt.Fprintf(&b, `<g transform="scale(%g 1)"><path class="land" d="%s"/>`, squeeze, land)
	for _, r := range rows {
		if d := outlineOf()[r.Code]; d != "" {
			fmt.Fprintf(&b, `<path class="country m-%s" vector-effect="non-scaling-stroke" d="%s"/>`, r.Standing, d)
		}
	}
	b.WriteString(`</g>`)
	v.drawVantage(&b)
	for _, r := range rows {
		at, ok := pointOf()[r.Code]
		if !ok {
			continue
		}
		x, y := project(at[0], at[1])
		fmt.Fprintf(&b, `<circle class="pin m-%s" cx="%.0f" cy="%.0f" r="13"/><text class="place" x="%.0f" y="%.0f">%s %s %d</text>`,
			r.Standing, x, y, x+20, y+16, r.Standing.Sign(), esc(r.Code), r.Items)
	}
	b.WriteString(`</svg>`)
	v.mapLegend(&b, rows)
	return template.HTML(b.String())
}

// mapWords tells what the map shows to whoever does not see it.
func (v *view) mapWords(rows []countryRow) string {
	var parts []string
	for _, r := range rows {
		parts = append(parts, v.Country(r.Code)+" ("+v.T("map."+r.Standing.String())+"): "+v.N("item", r.Items))
	}
	return strings.Join(parts, "; ")
}

// drawVantage draws where the capture was made, and how far the machines that
// answered can have been from there.
func (v *view) drawVantage(b *strings.Builder) {
	at := v.Vantage
	if at == nil {
		return
	}
	var all, circles []float64
	for _, r := range v.Recipients {
		for _, a := range r.Addresses {
			if a.Within > 0 && a.Within <= maxCircleKm {
				all = append(all, a.Within)
			}
		}
	}
	slices.Sort(all)
	for _, km := range all { // of those that nobody could tell apart, the widest
		if n := len(circles); n > 0 && km < circles[n-1]+150 {
			circles[n-1] = km
		} else {
			circles = append(circles, km)
		}
	}
	for _, km := range circles[:min(len(circles), maxCircles)] {
		fmt.Fprintf(b, `<path class="circle" d="%s"><title>%s</title></path>`, ring(at.Lat, at.Lon, km), esc(v.T("map.within", fmt.Sprint(km), at.Name)))
	}
	x, y := project(at.Lat, at.Lon)
	fmt.Fprintf(b, `<path class="vantage" d="M%.0f %.0fh44m-22 -22v44"><title>%s</title></path>`, x-22, y, esc(v.T("map.vantage", at.Name)))
}

// ring draws the points at a distance from a point of the Earth. Where it runs
// over the edge of the map or round a pole the line is broken.
func ring(lat, lon, km float64) string {
	const steps, radius = 90, 6371.0088
	sin, cos := math.Sincos(lat * math.Pi / 180)
	sd, cd := math.Sincos(km / radius)
	var b strings.Builder
	last := math.NaN()
	for i := range steps + 1 {
		st, ct := math.Sincos(2 * math.Pi * float64(i) / steps)
		s := sin*cd + cos*sd*ct
		dx := math.Atan2(st*sd*cos, cd-sin*s) * 180 / math.Pi
		l := math.Mod(lon+dx+540, 360) - 180
		x, y := project(math.Asin(max(-1, min(1, s)))*180/math.Pi, l)
		verb := 'L'
		if math.IsNaN(last) || math.Abs(x-last) > 1000 {
			verb = 'M'
		}
		fmt.Fprintf(&b, "%c%.0f %.0f", verb, x, y)
		last = x
	}
	return b.String()
}

// mapLegend explains the fills and signs that occur.
func (v *view) mapLegend(b *strings.Builder, rows []countryRow) {
	b.WriteString(`<p class="quiet legend">`)
	for s := established; s >= excluded; s-- {
		if !slices.ContainsFunc(rows, func(r countryRow) bool { return r.Standing == s }) {
			continue
		}
		fmt.Fprintf(b, `<svg class="chart key" viewBox="0 0 30 30" aria-hidden="true"><rect class="country m-%s" width="30" height="30"/></svg> %s %s&emsp;`, s, s.Sign(), esc(v.T("map."+s.String())))
	}
	if v.Vantage != nil {
		fmt.Fprintf(b, `<svg class="chart key" viewBox="-22 -22 44 44" aria-hidden="true"><path class="vantage" d="M-20 0h40m-20 -20v40"/></svg> %s`, esc(v.T("map.vantage", v.Vantage.Name)))
	}
	b.WriteString(`</p>`)
}
