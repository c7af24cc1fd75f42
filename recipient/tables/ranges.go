package tables

import (
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path"
	"strconv"
	"strings"
	"time"
)

// rangesFormat reads the CSV files of ip-location-db and of DB-IP: first and
// last address, country; addresses in dots and colons or as numbers. They
// carry no date.
var rangesFormat = Format{
	ID: "ip-location-db", Title: "CSV of first address, last address, country (ip-location-db, DB-IP Lite): .csv", Kind: Places,
	is: func(in *input) bool {
		lines := in.sample(1)
		if len(lines) == 0 {
			return false
		}
		_, _, _, err := rangeOf(splitCSV(lines[0]))
		return err == nil
	},
	read: func(in *input, d *draft) error {
		base := strings.TrimSuffix(in.name, ".gz")
		base = strings.TrimSuffix(base, path.Ext(base))
		p, err := publisherOf("", base)
		if err != nil {
			return err
		}
		d.from(p)
		d.Origin = undated(strings.TrimSuffix(base, "-num"))
		return d.ranged(in)
	},
}

// torFormat reads the country tables that Debian ships for Tor, which are
// IPFire's, and IPFire's own text exports of that form. The content date is in
// the head of the file.
var torFormat = Format{
	ID: "tor-geoip", Title: "IPFire's countries as Debian ships them for Tor: geoip, geoip6", Kind: Places,
	is: func(in *input) bool {
		for line := range strings.Lines(string(in.head)) {
			if !comment(strings.TrimSpace(line)) && strings.TrimSpace(line) != "" {
				return false
			}
			if strings.Contains(line, "IPFire") {
				return in.field("Generated") != "" && rangesFormat.is(in)
			}
		}
		return false
	},
	read: func(in *input, d *draft) error {
		d.from(ipfire)
		at, err := time.Parse(time.RFC1123, in.field("Generated"))
		if err == nil {
			d.dated(at, `the line "Generated:" in the head of the file`)
		}
		d.Version = in.field("Generated")
		d.Origin = "tor-geoip"
		if lines := in.sample(1); len(lines) > 0 {
			if first, _, _, err := rangeOf(splitCSV(lines[0])); err == nil && first.Is6() {
				d.Origin = "tor-geoip6"
			}
		}
		return d.ranged(in)
	},
}

// ranged takes the rows of a CSV of ranges over.
func (d *draft) ranged(in *input) error {
	return in.lines(func(line string) error {
		if line = strings.TrimSpace(line); line == "" || comment(line) {
			return nil
		}
		first, last, code, err := rangeOf(splitCSV(line))
		if err != nil {
			return err
		}
		if code == "" {
			d.Skipped++ // "??": the table itself says that it does not know
			return nil
		}
		return d.addRange(first, last, code)
	})
}

func splitCSV(line string) []string {
	if !strings.Contains(line, `"`) {
		return strings.Split(line, ",")
	}
	r := csv.NewReader(strings.NewReader(line))
	row, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return row
}

func rangeOf(row []string) (first, last netip.Addr, code string, err error) {
	if len(row) < 3 {
		return first, last, "", errors.New("expected first address, last address and country, separated by commas")
	}
	if first, err = address(row[0]); err != nil {
		return first, last, "", err
	}
	if last, err = address(row[1]); err != nil {
		return first, last, "", err
	}
	// A code may be missing or "??", and other columns may follow (a city);
	// a first column of three that is no code is another kind of file.
	word := strings.TrimSpace(row[2])
	if code = country(word); code == "" && len(word) > 3 {
		return first, last, "", fmt.Errorf("%.20q is no country code", word)
	}
	return first, last, code, nil
}

// address reads "1.0.0.0", "16777216" and "2001:2::".
func address(s string) (netip.Addr, error) {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(n))
		return netip.AddrFrom4(b), nil
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return ip, fmt.Errorf("%.40q is no IP address", s)
	}
	return ip.Unmap().WithZone(""), nil
}
