package tables

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// lacesFormat reads the LACeS anycast census: the short CSV (prefix,
// number_of_sites, backing_prefix) and the long one, which counts sites by two
// methods. Latency (GCD) is accurate from two sites on; the anycast-based
// method (AB) has false positives below four (README of the census). What is
// not flagged keeps its estimates, so a needless flag costs a place and a
// missing one an error: both methods at their recommended limits.
var lacesFormat = Format{
	ID: "laces", Title: "LACeS anycast census: IPv4.csv, IPv6.csv", Kind: Anycast,
	is: func(in *input) bool {
		lines := in.sample(1)
		if len(lines) == 0 {
			return false
		}
		_, ok := lacesColumns(splitCSV(lines[0]))
		return ok
	},
	read: func(in *input, d *draft) error {
		d.from(publication{origin: "laces", name: "LACeS anycast census", licence: "MPL-2.0",
			attribution: "LACeS Anycast Census, University of Twente", link: "https://github.com/ut-dacs/anycast-census",
			note: "Measured. Prefixes of /24 and /48; some hold unicast addresses too."})
		var columns map[int]int
		return in.lines(func(line string) error {
			if line = strings.TrimSpace(line); line == "" {
				return nil
			}
			row := splitCSV(line)
			if columns == nil {
				var ok bool
				if columns, ok = lacesColumns(row); !ok {
					return errors.New("expected a head with prefix and number_of_sites, or GCD_… and AB_… columns")
				}
				return nil
			}
			if len(row) == 0 {
				return errors.New("expected a row of comma-separated values")
			}
			p, err := prefix(row[0])
			if err != nil {
				return err
			}
			if d.Rows == 0 && p.Addr().Is6() {
				d.Origin, d.Name = "laces-ipv6", d.Name+", IPv6"
			} else if d.Rows == 0 {
				d.Origin, d.Name = "laces-ipv4", d.Name+", IPv4"
			}
			for column, enough := range columns {
				if column >= len(row) {
					continue
				}
				if sites, err := strconv.ParseFloat(strings.TrimSpace(row[column]), 64); err == nil && sites >= float64(enough) {
					return d.addPrefix(p, "anycast")
				}
			}
			d.Skipped++
			return nil
		})
	},
}

// lacesColumns gives the columns that count sites, with how many are enough.
func lacesColumns(head []string) (map[int]int, bool) {
	if len(head) < 2 || !strings.EqualFold(strings.TrimSpace(head[0]), "prefix") {
		return nil, false
	}
	columns := map[int]int{}
	for i, h := range head {
		switch h = strings.ToLower(strings.TrimSpace(h)); {
		case h == "number_of_sites", strings.HasPrefix(h, "gcd_"):
			columns[i] = 2
		case strings.HasPrefix(h, "ab_"):
			columns[i] = 4
		}
	}
	return columns, len(columns) > 0 && !slices.Contains(head, "")
}
