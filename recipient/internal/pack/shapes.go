package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/text/language"

	"github.com/constat/constat/recipient/internal/shape"
)

// shapes packs the country outlines of Natural Earth 1:50m.
//
// A shape is only ever used to say that a country is too far away, so where
// the map's choice is disputed the ground belongs to every shape that could
// be meant by a code: too large a shape excludes less, never more.
func (p *packer) shapes() error {
	dir := filepath.Join(p.npm, "world-atlas")
	if version, err := packageVersion(dir); err != nil || version != "2.0.2" {
		return fmt.Errorf("world-atlas %s: the disputed areas below are those of 2.0.2: look at them first (%v)", version, err)
	}
	file := filepath.Join(dir, "countries-50m.json")
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var topo struct {
		Transform struct{ Scale, Translate [2]float64 }
		Arcs      [][][2]int
		Objects   struct {
			Countries struct {
				Geometries []struct {
					ID         string
					Type       string
					Arcs       json.RawMessage
					Properties struct{ Name string }
				}
			}
		}
	}
	if err := json.Unmarshal(b, &topo); err != nil {
		return err
	}

	out := shape.Topology{Countries: map[string][][]int{}}
	for _, arc := range topo.Arcs {
		var pts []shape.Point
		x, y := 0, 0
		for _, d := range arc {
			x, y = x+d[0], y+d[1]
			pts = append(pts, shape.Point{
				Lon: float64(x)*topo.Transform.Scale[0] + topo.Transform.Translate[0],
				Lat: float64(y)*topo.Transform.Scale[1] + topo.Transform.Translate[1],
			})
		}
		out.Arcs = append(out.Arcs, pts)
	}

	for _, g := range topo.Objects.Countries.Geometries {
		var rings [][]int
		switch g.Type {
		case "Polygon":
			if err := json.Unmarshal(g.Arcs, &rings); err != nil {
				return err
			}
		case "MultiPolygon":
			var polygons [][][]int
			if err := json.Unmarshal(g.Arcs, &polygons); err != nil {
				return err
			}
			for _, poly := range polygons {
				rings = append(rings, poly...)
			}
		}
		codes, ok := unnumbered[g.Properties.Name]
		if !ok {
			code, err := alpha2(g.ID)
			if err != nil {
				return fmt.Errorf("%s: %w", g.Properties.Name, err)
			}
			codes = append([]string{code}, within[code]...)
		}
		for _, code := range codes {
			out.Countries[code] = append(out.Countries[code], rings...)
		}
		if g.ID == "643" {
			for _, ring := range rings {
				if ringIn(out.Arcs, ring, 44, 46.5, 32, 37) { // Crimea, drawn as Russian
					out.Countries["UA"] = append(out.Countries["UA"], ring)
				}
			}
		}
	}
	table, err := out.Encode()
	if err != nil {
		return err
	}
	return p.write(sidecar{
		ID: "shapes", Name: "Country outlines 1:50m", Version: "npm world-atlas 2.0.2 (Natural Earth 4.1)",
		ContentDate: "2018", DateFrom: "Natural Earth 4.1.0 by the package's README; the file itself carries no date",
		Licence: "ISC; Natural Earth is in the public domain", Attribution: "Made with Natural Earth", Link: "https://www.naturalearthdata.com",
		Use: "measured", File: "countries.cshp",
		Note: "Rounded to 0.01 degree. HK, MO and TW are separate; overseas France is in the shape of FR.",
	}, table, file)
}

// unnumbered are the areas without ISO code on the map, and the codes under
// which an address there may be reported.
var unnumbered = map[string][]string{
	"Somaliland":        {"SO"},
	"Kosovo":            {"XK", "RS"},
	"N. Cyprus":         {"CY"},
	"Indian Ocean Ter.": {"CX", "CC"},
	"Siachen Glacier":   {"IN", "PK"},
}

// within lists codes that the map draws inside another country's shape, and
// codes whose ground some tables report under another code.
var within = map[string][]string{
	"FR": {"GF", "GP", "MQ", "RE", "YT"},
	"NO": {"SJ", "BV"},
	"NL": {"BQ"},
	"AX": {"FI"},
	"EH": {"MA"},
}

func alpha2(numeric string) (string, error) {
	n, err := strconv.Atoi(numeric)
	if err != nil {
		return "", err
	}
	r, err := language.EncodeM49(n)
	if err != nil {
		return "", err
	}
	if s := r.String(); len(s) == 2 {
		return s, nil
	}
	return "", fmt.Errorf("no two-letter code for %s", numeric)
}

func ringIn(arcs [][]shape.Point, ring []int, south, north, west, east float64) bool {
	for _, ref := range ring {
		if ref < 0 {
			ref = ^ref
		}
		for _, p := range arcs[ref] {
			if p.Lat < south || p.Lat > north || p.Lon < west || p.Lon > east {
				return false
			}
		}
	}
	return true
}
