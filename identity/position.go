package identity

import (
	_ "embed"
	"math"
	"sync"

	"github.com/constat/constat/datatype"
)

// figure is a row of data/people.toml.
type figure struct {
	People float64 `toml:"people"`
	PerKm2 float64 `toml:"per_km2"`
	Radius float64 `toml:"radius_m"`
	Source string  `toml:"source"`
	Note   string  `toml:"note"`
	URL    string  `toml:"url"`
	Date   string  `toml:"date"`
}

//go:embed data/people.toml
var peopleTOML string

var people = sync.OnceValue(func() (f struct {
	World     figure `toml:"world"`
	Sparse    figure `toml:"sparse"`
	Dense     figure `toml:"dense"`
	Household figure `toml:"household"`
	Fix       figure `toml:"fix"`
}) {
	decode("data/people.toml", peopleTOML, &f)
	return f
})

// World is the number of people there are.
func World() float64 { return people().World.People }

// Cell is where a position with so many decimals is known to be.
type Cell struct {
	Radius float64 // metres from its middle to its corner
	Area   float64 // km²
	Sparse float64 // people in it, at the density of the land of the Earth
	Dense  float64 // at the density of a very dense city
}

// perDegree is the length of a degree of latitude, and of longitude at the
// equator, in kilometres. Elsewhere cells are narrower, and hold fewer.
const perDegree = 111.32

// CellAt returns the cell of a position with the given number of decimals in
// its degrees: one step of the last decimal, in both directions, but no less
// than what a telephone measures. Cut or rounded, the position is within
// Radius of the cell's middle.
func CellAt(decimals int) Cell {
	f := people()
	side := perDegree * math.Pow10(-min(max(decimals, 0), 9))
	radius := side * math.Sqrt2 / 2 * 1000
	area := side * side
	if radius < f.Fix.Radius {
		radius = f.Fix.Radius
		area = math.Pi * radius * radius / 1e6
	}
	return cell(radius, area)
}

// Within returns the disc of the given radius, in metres.
func Within(radius float64) Cell { return cell(radius, math.Pi*radius*radius/1e6) }

func cell(radius, area float64) Cell {
	f := people()
	return Cell{
		Radius: radius, Area: area,
		Sparse: max(f.Household.People, area*f.Sparse.PerKm2),
		Dense:  max(f.Household.People, area*f.Dense.PerKm2),
	}
}

// Bits is the power of being known to be there, of all the world.
func (c Cell) Bits() Interval {
	return Interval{math.Log2(World() / c.Dense), math.Log2(World() / c.Sparse)}
}

// coarse reports whether the cell holds more than a household even where few
// people live.
func (c Cell) coarse() bool { return c.Sparse > people().Household.People }

// singles says whether being there can be true of one household only.
func (c Cell) singles() string {
	if c.coarse() {
		return "no"
	}
	return "possible"
}

// CellOf returns the cell of a position in clear, false for anything else.
func CellOf(s Sent) (Cell, bool) {
	switch {
	case s.Digest != "" || !isPosition(s.Type):
		return Cell{}, false
	case s.Radius > 0:
		return Within(max(s.Radius, people().Fix.Radius)), true
	case s.Decimals <= 0:
		return Cell{}, false
	}
	return CellAt(s.Decimals), true
}

func isPosition(t datatype.ID) bool { return t == "location.precise" || t == "location.coarse" }
