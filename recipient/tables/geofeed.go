package tables

import (
	"errors"
	"net/netip"
	"path"
	"strings"
	"time"
)

// geofeedFormat reads RFC 8805: prefix, country, region, city, postal code.
// An operator's geofeed is its own word about its own prefixes, which is the
// root of the geofeed lineage.
var geofeedFormat = Format{
	ID: "geofeed", Title: "RFC 8805 geofeed: prefix, country, region, city", Kind: Places,
	is: func(in *input) bool {
		lines := in.sample(1)
		if len(lines) == 0 {
			return false
		}
		row := splitCSV(lines[0])
		if len(row) < 2 || len(row) > 6 {
			return false
		}
		_, err := prefix(row[0])
		return err == nil && (row[1] == "" || country(row[1]) != "")
	},
	read: func(in *input, d *draft) error {
		base := strings.TrimSuffix(in.name, path.Ext(in.name))
		d.from(publication{origin: base, name: "geofeed " + base, lineage: geofeed,
			licence: "published by the operator for this use (RFC 8805)", note: "The operator's own word about its own prefixes."})
		for _, key := range []string{"Generated", "Last updated", "Last-Updated", "Updated", "Date"} {
			if at, ok := day(in.field(key)); ok {
				d.dated(at, `the line "`+key+`:" in the head of the file`)
				break
			}
		}
		return in.lines(func(line string) error {
			if line = strings.TrimSpace(line); line == "" || comment(line) {
				return nil
			}
			row := splitCSV(line)
			if len(row) < 2 {
				return errors.New("expected prefix and country, separated by commas (RFC 8805)")
			}
			p, err := prefix(row[0])
			if err != nil {
				return err
			}
			// An empty country asks for the prefix not to be located: it
			// silences what surrounds it.
			return d.addPrefix(p, country(row[1]))
		})
	},
}

// prefix reads "192.0.2.0/24", and an address for itself alone.
func prefix(s string) (netip.Prefix, error) {
	s = strings.TrimSpace(s)
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, nil
	}
	ip, err := netip.ParseAddr(s)
	if err != nil || ip.Zone() != "" {
		return netip.Prefix{}, errors.New("expected a prefix, such as 192.0.2.0/24")
	}
	return netip.PrefixFrom(ip, ip.BitLen()), nil
}

// day reads a date in the forms that heads of lists are written in.
func day(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, form := range []string{
		time.DateOnly, time.RFC3339, time.RFC1123, time.RFC1123Z, "2006-01-02T15:04:05.999999999",
		"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02 15:04 MST", "2006-01-02 15:04:05 MST",
		"2 Jan 2006 15:04 MST", "2 Jan 2006", "2 January 2006", "2006/01/02", "2006-01-02-15-04-05", "20060102",
	} {
		if at, err := time.Parse(form, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
