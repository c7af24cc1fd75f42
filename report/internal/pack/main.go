// Command pack makes the files of the report's map from npm's world-atlas
// (Natural Earth 1:110m land and 1:50m countries, public domain):
//
//	go run ./report/internal/pack -atlas node_modules/world-atlas -out report/data
//
// land.txt is the outline of land as the data of an SVG path, in tenths of a
// degree, y downwards. countries.csv is a point for each country: the middle
// of its largest piece of land. outlines.csv is each country's outline, drawn as
// land is.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// topology is the part of TopoJSON (github.com/topojson/topojson-specification)
// that these files use.
type topology struct {
	Arcs      [][][2]float64
	Transform struct{ Scale, Translate [2]float64 }
	Objects   map[string]struct{ Geometries []geometry }
}

type geometry struct {
	ID   any
	Type string
	Arcs json.RawMessage
}

func main() {
	atlas := flag.String("atlas", "node_modules/world-atlas", "`folder` of the npm package")
	out := flag.String("out", "report/data", "`folder` to write to")
	flag.Parse()
	land, countries := read(filepath.Join(*atlas, "land-110m.json")), read(filepath.Join(*atlas, "countries-50m.json"))
	write(filepath.Join(*out, "land.txt"), outline(land))
	write(filepath.Join(*out, "countries.csv"), points(countries))
	write(filepath.Join(*out, "outlines.csv"), outlines(countries))
}

func read(file string) *topology {
	b, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	t := new(topology)
	if err := json.Unmarshal(b, t); err != nil {
		log.Fatal(file, ": ", err)
	}
	for _, arc := range t.Arcs { // delta-coded, quantised
		x, y := 0.0, 0.0
		for i, p := range arc {
			x, y = x+p[0], y+p[1]
			arc[i] = [2]float64{x*t.Transform.Scale[0] + t.Transform.Translate[0], y*t.Transform.Scale[1] + t.Transform.Translate[1]}
		}
	}
	return t
}

func write(file, s string) {
	if err := os.WriteFile(file, []byte(s), 0o644); err != nil {
		log.Fatal(err)
	}
}

// polygons are the outer rings of a geometry.
func (t *topology) polygons(g geometry) (rings [][][2]float64) {
	var multi [][][]int
	if g.Type == "Polygon" {
		multi = make([][][]int, 1)
		if err := json.Unmarshal(g.Arcs, &multi[0]); err != nil {
			log.Fatal(err)
		}
	} else if err := json.Unmarshal(g.Arcs, &multi); err != nil {
		log.Fatal(err)
	}
	for _, polygon := range multi {
		var ring [][2]float64
		for _, i := range polygon[0] {
			arc := t.Arcs[max(i, ^i)]
			if i < 0 {
				for j := len(arc) - 1; j >= 0; j-- {
					ring = append(ring, arc[j])
				}
			} else {
				ring = append(ring, arc...)
			}
		}
		rings = append(rings, ring)
	}
	return rings
}

// outline draws every ring of land but Antarctica.
func outline(t *topology) string {
	var b strings.Builder
	for _, g := range t.Objects["land"].Geometries {
		for _, ring := range t.polygons(g) {
			south := 90.0
			for _, p := range ring {
				south = math.Min(south, p[1])
			}
			if south < -60 || len(ring) < 8 {
				continue
			}
			draw(&b, ring, 6)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// outlines draws each country, without islands too small to be seen, except the
// largest piece of each.
func outlines(t *topology) string {
	var rows []string
	for _, g := range t.Objects["countries"].Geometries {
		code, ok := codeOf(g)
		if !ok || code == "AQ" {
			continue
		}
		rings, largest := t.polygons(g), 0.0
		for _, ring := range rings {
			area, _, _ := centroid(ring)
			largest = max(largest, area)
		}
		var b strings.Builder
		for _, ring := range rings {
			if area, _, _ := centroid(ring); area >= min(largest, 0.5) {
				draw(&b, ring, 4)
			}
		}
		rows = append(rows, code+","+b.String())
	}
	sort.Strings(rows)
	return "code,path\n" + strings.Join(rows, "\n") + "\n"
}

// draw writes a ring in tenths of a degree, without points that lie nearer than
// step to the one before.
func draw(b *strings.Builder, ring [][2]float64, step int) {
	x, y := 0, 0
	for i, p := range ring {
		nx, ny := int(math.Round(p[0]*10)), int(math.Round(-p[1]*10))
		switch {
		case i == 0, abs(nx-x) > 1800: // a ring that goes round the back of the map
			fmt.Fprintf(b, "M%d %d", nx, ny)
		case abs(nx-x)+abs(ny-y) < step:
			continue
		default:
			fmt.Fprintf(b, "l%d %d", nx-x, ny-y)
		}
		x, y = nx, ny
	}
	b.WriteString("z")
}

func abs(n int) int { return max(n, -n) }

// codeOf is the country that a shape is of, by ISO 3166-1.
func codeOf(g geometry) (code string, ok bool) {
	id, _ := g.ID.(string)
	n, err := strconv.Atoi(id)
	if err != nil {
		return "", false
	}
	region, err := language.EncodeM49(n)
	return region.String(), err == nil && len(region.String()) == 2
}

func points(t *topology) string {
	var rows []string
	for _, g := range t.Objects["countries"].Geometries {
		region, ok := codeOf(g)
		if !ok {
			continue
		}
		best, lon, lat := -1.0, 0.0, 0.0
		for _, ring := range t.polygons(g) {
			if a, x, y := centroid(ring); a > best {
				best, lon, lat = a, x, y
			}
		}
		rows = append(rows, fmt.Sprintf("%s,%.1f,%.1f", region, lat, lon))
	}
	sort.Strings(rows)
	return "code,lat,lon\n" + strings.Join(rows, "\n") + "\n"
}

// centroid is the area and centre of a ring, in degrees.
func centroid(ring [][2]float64) (area, x, y float64) {
	for i := range ring {
		p, q := ring[i], ring[(i+1)%len(ring)]
		c := p[0]*q[1] - q[0]*p[1]
		area, x, y = area+c, x+(p[0]+q[0])*c, y+(p[1]+q[1])*c
	}
	if area == 0 {
		return 0, ring[0][0], ring[0][1]
	}
	x, y = x/(3*area), y/(3*area)
	return math.Abs(area / 2), x, y
}
