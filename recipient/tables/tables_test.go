package tables

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var june = time.Date(2026, 6, 10, 0, 0, 0, 0, time.UTC)

// sample reads a file of testdata, with a date for those that have none.
func sample(t testing.TB, file string, o Options) *Table {
	t.Helper()
	tab, err := Read(filepath.Join("testdata", file), o)
	var undated *NoDateError
	if errors.As(err, &undated) {
		o.ContentDate = june
		tab, err = Read(filepath.Join("testdata", file), o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// Every sample is known for what it is, dated, and says who it is from.
func TestFormats(t *testing.T) {
	covered := map[string]bool{"mmdb": true} // mmdb_test.go
	for _, c := range []struct {
		file, format, id, date, dateFrom, lineage, licence string
		rows, skipped                                      int
		sealable                                           bool
	}{
		{"ip-ranges.json", "aws", "aws", "2026-06-01", "createDate", "", "published", 7, 0, true},
		{"cloud.json", "google", "google-cloud", "2026-06-01", "creationTime", "", "published", 3, 0, true},
		{"ServiceTags_Public_20260615.json", "azure", "azure", "2026-06-15", "name of the file", "", "published", 3, 0, true},
		{"public_ip_ranges.json", "oracle", "oracle-cloud", "2026-06-02", "last_updated", "", "published", 2, 0, true},
		{"operator-geofeed.csv", "geofeed", "operator-geofeed", "2026-05-30", "Updated:", "G", "RFC 8805", 5, 0, true},
		{"IPv4.csv", "laces", "laces-ipv4", "2026-06-10", "the user", "", "MPL-2.0", 1, 1, true},
		{"IPv6-long.csv", "laces", "laces-ipv6", "2026-06-10", "the user", "", "MPL-2.0", 2, 1, true},
		{"dbip-country-ipv4.csv", "ip-location-db", "dbip-country-ipv4", "2026-06-10", "the user", "E", "CC-BY-4.0", 3, 1, true},
		{"geolite2-country-ipv4-num.csv", "ip-location-db", "geolite2-country-ipv4", "2026-06-10", "the user", "E", "GeoLite2", 2, 0, false},
		{"geoip", "tor-geoip", "tor-geoip", "2026-06-25", "Generated:", "G", "CC-BY-SA-4.0", 2, 1, true},
		{"geoip6", "tor-geoip", "tor-geoip6", "2026-06-25", "Generated:", "G", "CC-BY-SA-4.0", 1, 0, true},
		{"entity_map.json", "tracker-radar", "tracker-radar", "2026-06-10", "the user", "", "CC-BY-NC-SA-4.0", 3, 2, true},
		{"radar", "tracker-radar", "tracker-radar", "2026-06-10", "the user", "", "CC-BY-NC-SA-4.0", 2, 0, true},
		{"trackerdb.json", "trackerdb", "trackerdb", "2026-06-10", "the user", "", "CC-BY-NC-SA-4.0", 2, 0, true},
		{"exodus.json", "exodus", "exodus", "2026-06-10", "the user", "", "not known", 3, 2, false},
		{"services.json", "disconnect", "disconnect", "2026-06-10", "the user", "", "CC-BY-NC-SA-4.0", 3, 0, true},
		{"pro.txt", "blocklist", "hagezis-pro-dns-blocklist", "2026-06-13", "Last modified:", "", "GPL-3.0", 3, 0, true},
		{"tif.txt", "blocklist", "hagezis-ads-tracking", "2026-06-13", "Last modified:", "", "GPL-3.0", 2, 4, true},
		{"hosts.txt", "blocklist", "somebodys-hosts", "2026-06-13", "Date:", "", "not known", 3, 1, false},
		{"combined_disguised_trackers.json", "cname-trackers", "cname-trackers", "2026-06-10", "the user", "", "MIT", 2, 0, true},
		{"v2fly", "v2fly", "v2fly", "2026-06-10", "the user", "", "MIT", 4, 3, true},
		{"v2fly/zorblat", "v2fly", "v2fly-zorblat", "2026-06-10", "the user", "", "MIT", 3, 3, true},
	} {
		covered[c.format] = true
		m := sample(t, c.file, Options{}).Manifest
		if m.Format != c.format || m.ID != c.id || m.ContentDate != c.date || !strings.Contains(m.DateFrom, c.dateFrom) || m.Lineage != c.lineage ||
			!strings.Contains(m.Licence, c.licence) || m.Sealable != c.sealable || m.Rows != c.rows || m.Skipped != c.skipped {
			t.Errorf("%s: %+v", c.file, m)
		}
		if m.SuppliedBy != "user" || len(m.SHA256) != 64 || len(m.Packed) != 64 || m.Name == "" || m.File != filepath.Base(c.file) {
			t.Errorf("%s: incomplete: %+v", c.file, m)
		}
	}
	for _, f := range Formats() {
		if !covered[f.ID] {
			t.Errorf("no sample of %s", f.ID)
		}
	}
}

func ip(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestRegions(t *testing.T) {
	aws, google, azure, oracle := sample(t, "ip-ranges.json", Options{}), sample(t, "cloud.json", Options{}), sample(t, "ServiceTags_Public_20260615.json", Options{}), sample(t, "public_ip_ranges.json", Options{})
	for _, c := range []struct {
		t                *Table
		ip, region, land string
	}{
		{aws, "3.5.141.1", "AWS ap-northeast-2", "KR"},
		{aws, "15.220.0.1", "AWS us-east-1", "US"},
		{aws, "15.220.15.255", "AWS us-east-1", "US"},
		{aws, "15.220.16.0", " ", ""},
		{aws, "15.220.1.1", "AWS us-east-1-bue-1", "AR"}, // a local zone of Virginia, in Argentina
		{aws, "15.220.2.1", "AWS us-east-1-zzz-9", ""},   // a zone nobody knows is not in its region's country
		{aws, "15.220.3.1", " ", ""},                     // of no region, inside a region's prefix
		{aws, "15.220.4.1", " ", ""},                     // two regions are none
		{aws, "2a05:d07a:a000::1", "AWS eu-south-1", "IT"},
		{google, "34.155.3.3", "Google Cloud europe-west9", "FR"},
		{google, "2600:1900:41e0::9", "Google Cloud europe-west9", "FR"},
		{google, "34.96.64.1", " ", ""},
		{azure, "13.69.0.1", "Azure westeurope", "NL"},
		{azure, "20.19.1.1", "Azure centralfrance", "FR"},
		{azure, "13.66.60.119", " ", ""},
		{azure, "2603:1020:200::1", "Azure westeurope", "NL"},
		{oracle, "132.145.3.1", "Oracle Cloud uk-london-1", "GB"},
	} {
		provider, region, ok := c.t.Region(ip(c.ip))
		if provider+" "+region != c.region || ok != (c.region != " ") {
			t.Errorf("%s: %q %q %v, want %q", c.ip, provider, region, ok, c.region)
		}
		if place, _ := PlaceOf(provider, region); place.Country != c.land {
			t.Errorf("%s: in %q, want %q", c.ip, place.Country, c.land)
		}
		if _, ok := c.t.Country(ip(c.ip)); ok {
			t.Errorf("%s: ranges of a cloud estimate a place", c.ip)
		}
	}
}

func TestRegionRows(t *testing.T) {
	m, err := places()
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]int{}
	for k, p := range m {
		of[k.provider]++
		if p.Lat < -90 || p.Lat > 90 || p.Lon < -180 || p.Lon > 180 || p.City == "" || strings.TrimSpace(k.region) != k.region {
			t.Errorf("%v: %+v", k, p)
		}
	}
	for provider, least := range map[string]int{"AWS": 60, "Google Cloud": 40, "Azure": 60, "Oracle Cloud": 40} {
		if of[provider] < least {
			t.Errorf("%s: %d regions", provider, of[provider])
		}
	}
}

func TestPlaces(t *testing.T) {
	feed, csv, tor, num := sample(t, "operator-geofeed.csv", Options{}), sample(t, "dbip-country-ipv4.csv", Options{}), sample(t, "geoip", Options{}), sample(t, "geolite2-country-ipv4-num.csv", Options{})
	for _, c := range []struct {
		t        *Table
		ip, want string
	}{
		{feed, "198.18.0.1", "FR"}, {feed, "198.18.3.255", "FR"}, {feed, "198.18.4.0", "DE"}, {feed, "198.18.5.9", ""},
		{feed, "198.18.6.0", "DE"}, {feed, "198.18.8.0", "FR"}, {feed, "198.19.255.255", "FR"}, {feed, "198.20.0.0", ""},
		{feed, "198.20.0.7", "SE"}, {feed, "198.20.0.8", ""}, {feed, "2a00:db80:ffff::1", "NL"},
		{csv, "1.0.0.7", "AU"}, {csv, "1.0.4.7", "CN"}, {csv, "1.0.5.1", "ZZ"}, {csv, "1.0.6.1", ""}, {csv, "2001::1", ""},
		{tor, "1.0.0.255", "AU"}, {tor, "1.0.3.255", "CN"}, {tor, "1.0.4.0", ""}, {num, "1.0.1.0", "CN"},
	} {
		if got, ok := c.t.Country(ip(c.ip)); got != c.want || ok != (c.want != "") {
			t.Errorf("%s %s: %q, want %q", c.t.ID, c.ip, got, c.want)
		}
	}
}

func TestAnycast(t *testing.T) {
	short, long := sample(t, "IPv4.csv", Options{}), sample(t, "IPv6-long.csv", Options{})
	for _, c := range []struct {
		t    *Table
		ip   string
		want bool
	}{
		{short, "1.1.1.1", true}, {short, "45.11.1.1", false}, {short, "8.8.8.8", false},
		{long, "2606:4700:4700::1111", true},
		{long, "2a00:db80:1::1", false}, // three sites of the method with false positives
		{long, "2a00:db80:2::1", true},
	} {
		if got := c.t.Anycast(ip(c.ip)); got != c.want {
			t.Errorf("%s: %v", c.ip, got)
		}
	}
}

func TestOwners(t *testing.T) {
	for _, c := range []struct {
		file, host, row string
		want            Owner
	}{
		{"entity_map.json", "px.zorblat.net", "zorblat.net", Owner{Name: "Zorblat Media"}},
		{"entity_map.json", "quuxads.net", "quuxads.net", Owner{Name: "Quux, Inc."}},
		{"entity_map.json", "shop.co.uk", "", Owner{}}, // strangers register names there
		{"radar", "zorblat.net", "zorblat.net", Owner{Name: "Zorblat Media", Role: "advertising"}},
		{"radar", "nobody-known.net", "nobody-known.net", Owner{Role: "analytics"}},
		{"trackerdb.json", "a.zorblat.net", "zorblat.net", Owner{Name: "Zorblat Media", Country: "DE", Role: "advertising"}},
		{"trackerdb.json", "loner-stats.net", "loner-stats.net", Owner{Name: "Loner", Role: "analytics"}},
		{"exodus.json", "x.zorblat-cdn.net", "zorblat-cdn.net", Owner{Name: "Zorblat SDK", Role: "advertising"}},
		{"exodus.json", "wild.net", "", Owner{}}, // a real expression is not guessed at
		{"services.json", "quuxads.net", "quuxads.net", Owner{Name: "Quux", Role: "analytics"}},
		{"pro.txt", "x.wild-zorblat.net", "wild-zorblat.net", Owner{}},
		{"pro.txt", "quuxads.net", "", Owner{}}, // only the name below it is on the list
		{"tif.txt", "zorblat.net", "zorblat.net", Owner{Role: "advertising"}},
		{"tif.txt", "good.net", "", Owner{}},
		{"tif.txt", "site.net", "", Owner{}}, // one path is not the site
		{"hosts.txt", "px.quuxads.net", "px.quuxads.net", Owner{}},
		{"combined_disguised_trackers.json", "a.metrics-shop.net", "metrics-shop.net", Owner{Alias: "x.zorblat.net"}},
		{"v2fly", "zorblat.net", "zorblat.net", Owner{Name: "zorblat"}},
		{"v2fly", "px.zorblat.net", "px.zorblat.net", Owner{Name: "zorblat", Role: "advertising"}},
		{"v2fly", "zorblat.map.fastly.net", "zorblat.map.fastly.net", Owner{Name: "zorblat"}},
	} {
		row, o, ok := sample(t, c.file, Options{}).Owner(c.host)
		if row != c.row || o != c.want || ok != (c.row != "") {
			t.Errorf("%s: %s: %q %+v, want %q %+v", c.file, c.host, row, o, c.row, c.want)
		}
	}
}

// What a user says stands over what a file says, and both are kept.
func TestOptions(t *testing.T) {
	tab := sample(t, "geoip", Options{Name: "My  own\x1b[31m table", ContentDate: june, Licence: "mine"})
	m := tab.Manifest
	if m.ID != "my-own-31m-table" || m.Origin != "tor-geoip" || m.ContentDate != "2026-06-10" || !strings.Contains(m.DateFrom, "the file says 2026-06-25") ||
		!strings.Contains(m.Licence, "mine") || !strings.Contains(m.Licence, "CC-BY-SA") || strings.ContainsRune(m.Name, '\x1b') {
		t.Errorf("%+v", m)
	}
	if m := sample(t, "exodus.json", Options{Licence: "ODbL-1.0"}).Manifest; m.Licence != "ODbL-1.0" || !m.Sealable {
		t.Errorf("a licence that the user names is not taken: %+v", m)
	}
	if m := sample(t, "geolite2-country-ipv4-num.csv", Options{Licence: "whatever"}).Manifest; m.Sealable {
		t.Error("naming a licence makes GeoLite2 sealable")
	}
	if _, err := Read("testdata/geoip", Options{Format: "aws"}); err == nil || !strings.Contains(err.Error(), "read as aws") {
		t.Errorf("the wrong format: %v", err)
	}
	if _, err := Read("testdata/geoip", Options{Format: "excel"}); err == nil || !strings.Contains(err.Error(), "tracker-radar") {
		t.Errorf("no format: %v", err)
	}
}

func TestRefused(t *testing.T) {
	write := func(name, text string) string { return write(t, name, []byte(text)) }
	dir := filepath.Dir(write("x.zip", "PK\x03\x04\x00"))
	for _, c := range []struct{ path, want string }{
		{"testdata/letter.txt", "of no format that is understood"},
		{"testdata/letter.txt", "tracker-radar"},
		{"testdata/none", "no such file"},
		{write("empty", ""), "an empty file"},
		{write("x.parquet", "PAR1\x00\x00"), "Parquet"},
		{write("trackerdb.engine", "\x00\x01\x02"), "add trackerdb.json"},
		{write("x.zip", "PK\x03\x04\x00"), "unpack it first"},
		{write("pro2.txt", "zorblat.net\nquuxads.net\n"), "--content-date"},
		{write("iptoasn-country-ipv4.csv", "1.0.0.0,1.0.0.255,US\n"), "never where a machine is"},
		{write("asn-country-ipv4.csv", "1.0.0.0,1.0.0.255,US\n"), "never where a machine is"},
		{write("dbip-a.csv", "1.0.0.0,1.0.0.255,US\n1.0.0.0,x,FR\n"), "line 2: \"x\" is no IP address"},
		{write("dbip-b.csv", "1.0.0.9,1.0.0.10,US\n1.0.0.5,1.0.0.1,FR\n"), "the lower first"},
		{write("dbip-c.csv", "1.0.0.0,1.0.0.255,??\n"), "no row in it says anything"},
		{write("bad.json", `{"syncToken":"1","createDate":"2026-01-01-00-00-00","prefixes":[{"ip_prefix":"1.2.3.4/99","region":"x"}]}`), "prefix number 1"},
		{write("bad2.json", `{"syncToken":"1","createDate":"2026-01-01-00-00-00","prefixes":7}`), `"prefixes", byte`},
		{write("cut.json", `{"syncToken":"1","createDate":"2026-01`), "not JSON"},
		{write("list.txt", "# Title: x\n# Date: 2026-01-01\nzorblat.net\n"+strings.Repeat("zorblat.net\n", 60)+"<html>\n"), "line 64"},
		{write("line.txt", "zorblat.net\n"+strings.Repeat("x", maxLine+10)), "longer than"},
		{write("bad.gz", "\x1f\x8bxx"), "gzip"},
		{dir, "a folder, of no format"},
	} {
		_, err := Read(c.path, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), filepath.Base(c.path)) {
			t.Errorf("%s: %v; want %q", filepath.Base(c.path), err, c.want)
		}
	}
}

func TestStore(t *testing.T) {
	s := Store{filepath.Join(t.TempDir(), "constat", "data")}
	if list, err := s.List(); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	day := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	tor := sample(t, "geoip", Options{})
	if err := s.Add(tor, day); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(sample(t, "geoip", Options{}), day); !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), "constat data update") {
		t.Errorf("twice: %v", err)
	}
	if err := s.Add(sample(t, "trackerdb.json", Options{}), day); err != nil {
		t.Fatal(err)
	}
	open, err := s.Open()
	if err != nil || len(open) != 2 {
		t.Fatal(open, err)
	}
	if c, _ := open[0].Country(ip("1.0.0.1")); c != "AU" || open[0].Added != "2026-07-01" || open[0].Date() != time.Date(2026, 6, 25, 0, 0, 0, 0, time.UTC) {
		t.Errorf("%q %+v", c, open[0].Manifest)
	}
	if _, o, _ := open[1].Owner("zorblat.net"); o.Country != "DE" {
		t.Errorf("%+v", o)
	}
	filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		info, _ := d.Info()
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[d.IsDir()]; info.Mode().Perm() != want {
			t.Errorf("%s: %v", path, info.Mode())
		}
		return err
	})

	// An update replaces the publication, whatever it is called; not by an
	// older file; and not by one of another publication.
	older := sample(t, "geoip", Options{ContentDate: june})
	var old *OlderError
	if _, err := s.Update(older, day, false); !errors.As(err, &old) || !strings.Contains(err.Error(), "--force") {
		t.Errorf("older: %v", err)
	}
	if was, err := s.Update(older, day, true); err != nil || was.ContentDate != "2026-06-25" {
		t.Errorf("forced: %v %v", was, err)
	}
	if list, _ := s.List(); len(list) != 2 || list[0].ContentDate != "2026-06-10" {
		t.Errorf("after the update: %+v", list)
	}
	if _, err := s.Update(sample(t, "geoip6", Options{}), day, false); err == nil || !strings.Contains(err.Error(), "constat data add") {
		t.Errorf("another publication: %v", err)
	}
	named := sample(t, "geoip6", Options{Name: "Sixes"})
	if err := s.Add(named, day); err != nil {
		t.Fatal(err)
	}
	if was, err := s.Update(sample(t, "geoip6", Options{ContentDate: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)}), day, false); err != nil || was.ID != "sixes" {
		t.Errorf("named: %+v %v", was, err)
	}
	if list, _ := s.List(); len(list) != 3 || list[0].ID != "sixes" || list[0].Name != "Sixes" || list[0].ContentDate != "2026-08-01" {
		t.Errorf("the name is lost: %+v", list)
	}
	if hidden, _ := filepath.Glob(filepath.Join(s.Dir, ".*")); len(hidden) != 0 {
		t.Errorf("left behind: %v", hidden)
	}

	// Damage names the table and the way out, and the way works.
	column := filepath.Join(s.Dir, "sixes", columnFile)
	if err := os.WriteFile(column, []byte("xx"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(); err == nil || !strings.Contains(err.Error(), "constat data remove sixes") {
		t.Errorf("damaged: %v", err)
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "sixes", manifestFile), []byte("id = 7"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.List(); err == nil || !strings.Contains(err.Error(), "constat data remove sixes") {
		t.Errorf("damaged: %v", err)
	}
	if err := s.Remove("sixes"); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"sixes", "", "..", "../data", ".new", "a/b"} {
		if err := s.Remove(id); err == nil {
			t.Errorf("%q is removed", id)
		}
	}
	if list, err := s.List(); err != nil || len(list) != 2 {
		t.Error(list, err)
	}
}

func TestEqualFilesGiveEqualTables(t *testing.T) {
	for _, file := range []string{"ip-ranges.json", "v2fly", "services.json", "operator-geofeed.csv"} {
		a, b := sample(t, file, Options{}), sample(t, file, Options{})
		if a.Manifest != b.Manifest || !slices.Equal(a.packed, b.packed) {
			t.Errorf("%s: %+v, %+v", file, a.Manifest, b.Manifest)
		}
	}
}

func TestUndated(t *testing.T) {
	for name, want := range map[string]string{
		"dbip-country-lite-2026-06": "dbip-country-lite", "GeoLite2-Country_20260616": "GeoLite2-Country",
		"dbip-country-ipv4": "dbip-country-ipv4", "geo-whois-asn-country": "geo-whois-asn-country",
	} {
		if got := undated(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// What is packed with gzip is read as what is inside, and hashed as it lies.
func TestGzip(t *testing.T) {
	b, err := os.ReadFile("testdata/geoip")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "geoip.gz")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(b)
	z.Close()
	if err := os.WriteFile(path, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	tab, err := Read(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(packed.Bytes()); tab.ID != "tor-geoip" || tab.Rows != 2 || tab.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("%+v", tab.Manifest)
	}
	if _, err := Read(write(t, "cut.gz", packed.Bytes()[:packed.Len()-20]), Options{}); err == nil || !strings.Contains(err.Error(), "cut.gz") {
		t.Errorf("half a file: %v", err)
	}
}

func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// BenchmarkOpen opens what a busy user may have: three tables of places as
// large as DB-IP's, and a list of 400,000 names.
func BenchmarkOpen(b *testing.B) {
	s := Store{b.TempDir()}
	for n := range 3 {
		var text strings.Builder
		for i := range 300_000 {
			at := uint32(i)*11_000 + uint32(n)*97
			fmt.Fprintf(&text, "%d,%d,%c%c\n", at, at+9_000, 'A'+i%26, 'A'+i/26%26)
		}
		tab, err := Read(write(b, fmt.Sprintf("dbip-%c.csv", 'a'+n), []byte(text.String())), Options{ContentDate: june})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Add(tab, june); err != nil {
			b.Fatal(err)
		}
	}
	var text strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&text, "x%d.y%d.net\n", i*7919%1_000_003, i%977)
	}
	began := time.Now()
	tab, err := Read(write(b, "list.txt", []byte(text.String())), Options{ContentDate: june})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d names read in %v", tab.Rows, time.Since(began))
	if err := s.Add(tab, june); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open(); err != nil {
			b.Fatal(err)
		}
	}
}
