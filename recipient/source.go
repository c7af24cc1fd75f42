package recipient

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

//go:embed data
var embedded embed.FS

// Lineage groups tables that share a root. One lineage has one vote, and only
// while its tables agree.
type Lineage string

// The lineages. A table without lineage (registry, AS holders) has no vote.
const (
	Geofeed    Lineage = "G" // registries corrected by operators' geofeeds: IPFire
	Commercial Lineage = "E" // commercial estimates: DB-IP, GeoLite2, IP2Location
)

// Source is a table of knowledge, dated.
type Source struct {
	ID          string  `toml:"id" json:"id,omitempty"` // "dbip"; Estimate.Source and Who.Table refer to it
	Name        string  `toml:"name" json:"name,omitempty"`
	Version     string  `toml:"version" json:"version,omitempty"`
	ContentDate string  `toml:"content_date" json:"content_date,omitempty"` // of the content, which a build stamp can belie: "2026-06-01"
	Licence     string  `toml:"licence" json:"licence,omitempty"`           // SPDX identifier where there is one
	Attribution string  `toml:"attribution" json:"attribution,omitempty"`   // to be shown wherever results are
	Link        string  `toml:"link" json:"link,omitempty"`                 // to be shown with it
	Use         string  `toml:"use" json:"use,omitempty"`                   // "registered", "estimated", "network holder", "measured", "owner", "vantage", "anycast", "cloud region"
	Lineage     Lineage `toml:"lineage" json:"lineage,omitempty"`
	Note        string  `toml:"note" json:"note,omitempty"`
	SHA256      string  `toml:"sha256" json:"sha256,omitempty"` // hex, of the packed file; of the original, if a user's
	File        string  `toml:"file" json:"file,omitempty"`     // in the source's folder; the original's name, if a user's

	SuppliedBy string `toml:"-"` // "user", or "" for the program's own
	LookupOnly bool   `toml:"-"` // its licence forbids keeping old versions or passing it on: never seal a copy
}

// date is the content date as a time, zero when the date is not a day.
func (s Source) date() time.Time {
	t, _ := time.Parse(time.DateOnly, s.ContentDate)
	return t
}

// folders are those of data/ in the order they are listed.
var folders = []string{"dbip", "ipfire", "asn", "registry", "shapes", "own", "third-party-web"}

func readSource(id string) (Source, error) {
	name := "data/" + id + "/source.toml"
	b, err := embedded.ReadFile(name)
	if err != nil {
		return Source{}, err
	}
	var s struct {
		Source
		DateFrom string `toml:"date_from" json:"date_from,omitempty"`
		Made     []any  `toml:"made_from" json:"made_from,omitempty"`
	}
	if _, err := toml.Decode(string(b), &s); err != nil {
		return Source{}, fmt.Errorf("%s: %w", name, err)
	}
	return s.Source, nil
}

// eachRow reads an embedded CSV file with a head row and gives each row by
// column name.
func eachRow(name string, visit func(row map[string]string) error) error {
	f, err := embedded.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	row := make(map[string]string, len(head))
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for i, h := range head {
			row[h] = strings.TrimSpace(cells[i])
		}
		if err := visit(row); err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("%s line %d: %w", name, line, err)
		}
	}
}
