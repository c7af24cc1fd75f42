package tables

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"path"
	"strings"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// mmdbFormat reads MaxMind DB files, of whoever: DB-IP, MaxMind, IPinfo,
// IP2Location, ip-location-db. The tree shares its sub-trees, so that a small
// hostile file can hold more networks than could ever be visited: visits are
// counted.
var mmdbFormat = Format{
	ID: "mmdb", Title: "MaxMind DB with a country (DB-IP Lite, GeoLite2, IPinfo, IPFire, ip-location-db): .mmdb", Kind: Places,
	is: func(in *input) bool {
		if strings.HasSuffix(in.name, ".mmdb") || strings.HasSuffix(in.name, ".mmdb.gz") {
			return true
		}
		return len(in.head) > 0 && in.head[0] == 0 && tailHas(in, "\xab\xcd\xefMaxMind.com")
	},
	read: readMMDB,
}

// maxNetworks bounds the visits to a tree. DB-IP City Lite has some 8 million.
var maxNetworks = 16 << 20

func tailHas(in *input, mark string) bool {
	b, err := in.whole(maxWhole)
	return err == nil && bytes.Contains(b[max(0, len(b)-128<<10):], []byte(mark))
}

// mmdbRow is where the known publishers put the country.
type mmdbRow struct {
	Code    string `maxminddb:"country_code"` // ip-location-db, IPinfo Lite
	Country any    `maxminddb:"country"`      // {iso_code}: MaxMind, DB-IP; "FR": IPinfo
}

func (r mmdbRow) country() string {
	switch c := r.Country.(type) {
	case map[string]any:
		code, _ := c["iso_code"].(string)
		return cmp.Or(country(code), country(r.Code))
	case string:
		return cmp.Or(country(r.Code), country(c))
	}
	return country(r.Code)
}

func readMMDB(in *input, d *draft) error {
	b, err := in.whole(maxWhole)
	if err != nil {
		return err
	}
	db, err := maxminddb.OpenBytes(b)
	if err != nil {
		return fmt.Errorf("expected a MaxMind DB: %w", err)
	}
	meta := db.Metadata
	p, err := publisherOf(meta.DatabaseType, in.name)
	if err != nil {
		return err
	}
	d.from(p)
	// "GeoLite2-Country" is a publication of its own; "country ipvAll" says
	// nothing that the file's name does not.
	if kind := slug(meta.DatabaseType); strings.Contains(kind, strings.ReplaceAll(p.origin, "-", "")) || strings.Contains(kind, p.origin) {
		d.Origin, d.Name = kind, oneLine(meta.DatabaseType)
	} else {
		d.Origin = undated(strings.TrimSuffix(strings.TrimSuffix(in.name, ".gz"), path.Ext(strings.TrimSuffix(in.name, ".gz"))))
	}
	d.Version = oneLine(meta.DatabaseType)
	d.dated(time.Unix(int64(min(meta.BuildEpoch, 1<<40)), 0), "the build date inside the file, which can be younger than what it holds")

	visits := 0
	for res := range db.Networks() {
		if visits++; visits > maxNetworks {
			return fmt.Errorf("more than %d networks: not a table of places", maxNetworks)
		}
		var row mmdbRow
		if err := res.Decode(&row); err != nil {
			return fmt.Errorf("network %s: %w", res.Prefix(), err)
		}
		code := row.country()
		if code == "" {
			d.Skipped++
			continue
		}
		if err := d.addNetwork(res.Prefix(), code); err != nil {
			return err
		}
	}
	return nil
}

// addNetwork takes a prefix of a table that has no nested ones.
func (d *draft) addNetwork(p netip.Prefix, label string) error {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	first, last := ends(p)
	return d.addRange(first, last, label)
}

// undated takes the date out of a file's name, so that next month's file is
// known for the same publication: "dbip-country-lite-2026-06" and
// "GeoLite2-Country_20260616" become their first words.
func undated(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == ' ' })
	kept := words[:0]
	for _, w := range words {
		if strings.Trim(w, "0123456789") == "" && (len(w) >= 4 || len(kept) < len(words)-1 && len(w) == 2) {
			continue
		}
		kept = append(kept, w)
	}
	return strings.Join(kept, "-")
}
