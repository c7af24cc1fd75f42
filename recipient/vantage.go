package recipient

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/constat/constat/recipient/internal/shape"
)

// Access is how the vantage reaches the Internet. It decides whether the
// speed of light in glass may be used as a bound.
type Access string

// The kinds of access. With Unknown and Satellite only the speed of light in
// vacuum bounds a path.
const (
	Unknown   Access = "unknown"
	Wired     Access = "wired"
	Cellular  Access = "cellular"
	Satellite Access = "satellite"
)

// Vantage is where a capture was made: a disc on Earth. Behind an
// intercepting proxy it is the proxy's place, not the phone's.
type Vantage struct {
	Name     string
	Lat, Lon float64 // degrees, WGS 84
	RadiusKm float64 // how far from there the capture may have been made
	Access   Access  // "" is Unknown
}

// Radii, in kilometres, taken when a vantage is given without one.
const (
	cityRadius  = 25
	pointRadius = 10
)

var (
	withRadius  = regexp.MustCompile(`^(.*?)\s*(?:±|\+-|\+/-)\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(?:km)?$`)
	coordinates = regexp.MustCompile(`^([+-]?[0-9]{1,3}(?:\.[0-9]{1,12})?)\s*[, ]\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,12})?)$`)
)

// ParseVantage reads "Paris", "Paris ±25", "San Jose, US +-40 km" or
// "48.85,2.35 ±10". Without a radius a city has 25 km and a point 10 km.
// Some 300 cities are known, by their English names, without regard to
// accents and case; a name that several countries share needs the country.
// A place that is not known is an error, never a guess.
func ParseVantage(s string) (Vantage, error) {
	place, radius := strings.TrimSpace(s), -1.0
	if m := withRadius.FindStringSubmatch(place); m != nil {
		place = m[1]
		r, err := strconv.ParseFloat(m[2], 64)
		if err != nil || r > math.Pi*shape.EarthRadius {
			return Vantage{}, fmt.Errorf("vantage %q: radius of %s km is more than the Earth has", s, m[2])
		}
		radius = r
	}
	if m := coordinates.FindStringSubmatch(place); m != nil {
		lat, _ := strconv.ParseFloat(m[1], 64)
		lon, _ := strconv.ParseFloat(m[2], 64)
		if math.Abs(lat) > 90 || math.Abs(lon) > 180 {
			return Vantage{}, fmt.Errorf("vantage %q: expected latitude -90 to 90, longitude -180 to 180", s)
		}
		if radius < 0 {
			radius = pointRadius
		}
		return Vantage{Name: place, Lat: lat, Lon: lon, RadiusKm: radius, Access: Unknown}, nil
	}
	name, land, _ := strings.Cut(place, ",")
	land = strings.ToUpper(strings.TrimSpace(land))
	var found []city
	for _, c := range cities()[fold(name)] {
		if land == "" || c.country == land {
			found = append(found, c)
		}
	}
	switch {
	case strings.ContainsAny(place, "±+0123456789"):
		return Vantage{}, fmt.Errorf("vantage %q: expected a city or \"latitude,longitude\", then perhaps \"±25\" in km", s)
	case len(found) == 0:
		return Vantage{}, fmt.Errorf("vantage %q: city not known; give \"latitude,longitude ±km\"", s)
	case len(found) > 1:
		return Vantage{}, fmt.Errorf("vantage %q: there is one in %s and one in %s; add the country, as in \"%s, %s\"",
			s, found[0].country, found[1].country, found[0].name, found[0].country)
	}
	if radius < 0 {
		radius = cityRadius
	}
	c := found[0]
	return Vantage{Name: c.name, Lat: c.lat, Lon: c.lon, RadiusKm: radius, Access: Unknown}, nil
}

// String gives the form that ParseVantage reads.
func (v Vantage) String() string {
	return v.Name + " ±" + strconv.FormatFloat(v.RadiusKm, 'f', -1, 64) + " km"
}

func (v Vantage) point() shape.Point { return shape.Point{Lat: v.Lat, Lon: v.Lon} }

// terrestrial reports whether every leg of the path can be taken to be glass
// or slower.
func (v Vantage) terrestrial() bool { return v.Access == Wired || v.Access == Cellular }

type city struct {
	name, country string
	lat, lon      float64
}

// cities are the known cities by folded name.
var cities = sync.OnceValue(func() map[string][]city {
	all := map[string][]city{}
	err := eachRow("data/own/cities.csv", func(r map[string]string) error {
		lat, err := strconv.ParseFloat(r["lat"], 64)
		if err != nil {
			return err
		}
		lon, err := strconv.ParseFloat(r["lon"], 64)
		key := fold(r["name"])
		all[key] = append(all[key], city{r["name"], r["country"], lat, lon})
		return err
	})
	if err != nil {
		panic("recipient: " + err.Error())
	}
	return all
})

// fold drops case, accents and everything that is not a letter.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if unicode.IsLetter(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}
