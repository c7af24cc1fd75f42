package recipient

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/constat/constat/recipient/statement"
)

// The folders that the tables are packed from, on a maintainer's machine: of
// npm (node_modules) and of the geoip files of Debian's tor-geoipdb.
var (
	npm = os.Getenv("CONSTAT_NPM") + "/@ip-location-db"
	tor = os.Getenv("CONSTAT_TOR")
)

func TestSources(t *testing.T) {
	b := open(t)
	for _, s := range b.Sources() {
		if s.Name == "" || s.Version == "" || s.ContentDate == "" || s.Licence == "" || s.Attribution == "" || s.Link == "" || s.Use == "" {
			t.Errorf("incomplete: %+v", s)
		}
		table, err := embedded.ReadFile("data/" + s.ID + "/" + s.File)
		if err != nil {
			t.Error(err)
			continue
		}
		if s.ID == "own" {
			continue // under the licence of the program, and not packed
		}
		if sum := sha256.Sum256(table); hex.EncodeToString(sum[:]) != s.SHA256 {
			t.Errorf("%s: the file is not the one its source.toml describes", s.ID)
		}
		if _, err := embedded.ReadFile("data/" + s.ID + "/LICENCE"); err != nil {
			t.Error(err)
		}
	}
	if l := b.source("ipfire").Lineage; l != Geofeed {
		t.Errorf("ipfire has lineage %q", l)
	}
	if l := b.source("dbip").Lineage; l != Commercial {
		t.Errorf("dbip has lineage %q", l)
	}
	for _, id := range []string{"asn", "registry"} {
		if l := b.source(id).Lineage; l != "" {
			t.Errorf("%s votes in lineage %q", id, l)
		}
	}
}

func TestKinds(t *testing.T) {
	b := open(t)
	for ip, want := range map[string]Kind{
		"8.8.8.8": Public, "2a00:1450::1": Public, "127.0.0.1": Loopback, "::1": Loopback,
		"::ffff:127.0.0.1": Loopback, "10.1.2.3": Private, "192.168.0.1": Private, "fd00::1": Private,
		"169.254.1.1": LinkLocal, "fe80::1%eth0": LinkLocal, "100.64.0.1": CGNAT, "192.0.2.7": Documentation,
		"2001:db8::1": Documentation, "198.18.0.23": Benchmark, "198.19.255.255": Benchmark,
		"0.0.0.0": Unspecified, "::": Unspecified, "224.0.0.1": Multicast, "ff02::1": Multicast,
		"240.0.0.1": Reserved, "255.255.255.255": Reserved, "64:ff9b::a00:1": Private,
	} {
		a := b.Address(netip.MustParseAddr(ip))
		if a.Kind != want {
			t.Errorf("%s: %s, want %s", ip, a.Kind, want)
		}
		if want != Public && (a.ASN != 0 || a.Registered != "" || a.Estimates != nil) {
			t.Errorf("%s is looked up: %+v", ip, a)
		}
	}
	if a := b.Address(netip.Addr{}); a.Kind != NoAddress {
		t.Errorf("the zero address is %q", a.Kind)
	}
}

func TestPseudoCountriesAreNone(t *testing.T) {
	for _, c := range []string{"EU", "AP", "A1", "A2", "T1", "XX", "ZZ", "??", "", "fr", "FRA", "F1"} {
		if realCountry(c) != "" {
			t.Errorf("%q passes for a country", c)
		}
	}
	if realCountry("XK") == "" || realCountry("TW") == "" || realCountry("HK") == "" {
		t.Error("a country is lost")
	}
}

func TestDBIPAgainstSource(t *testing.T) {
	db, err := maxminddb.Open(npm + "/dbip-country-mmdb/dbip-country.mmdb")
	if err != nil {
		t.Skip("the source package is not installed")
	}
	defer db.Close()
	table := open(t).estimators[0].table()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		ip := randomAddr(rng)
		var row struct {
			Code string `maxminddb:"country_code"`
		}
		if err := db.Lookup(ip).Decode(&row); err != nil {
			t.Fatal(err)
		}
		if got, _ := table.Lookup(ip); got != row.Code {
			t.Fatalf("%s: packed %q, source %q", ip, got, row.Code)
		}
	}
}

// randomAddr gives IPv4 and global IPv6 addresses, half and half.
func randomAddr(r *rand.Rand) netip.Addr {
	if r.IntN(2) == 0 {
		n := r.Uint32()
		return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	b[0], b[1] = 0x20|b[0]&0x0f, b[1]&0x1f
	return netip.AddrFrom16(b)
}

// Every range of a CSV source answers at its ends and in its middle.
func TestCSVAgainstSource(t *testing.T) {
	b := open(t)
	for _, c := range []struct {
		file  string
		look  func(netip.Addr) string
		label func([]string) string
	}{
		{"asn/asn-ipv4.csv", func(ip netip.Addr) string { s, _ := b.asn().Lookup(ip); return s }, func(r []string) string { return r[2] + "\t" + r[3] }},
		{"asn/asn-ipv6.csv", func(ip netip.Addr) string { s, _ := b.asn().Lookup(ip); return s }, func(r []string) string { return r[2] + "\t" + r[3] }},
		{"asn-country/asn-country-ipv4.csv", func(ip netip.Addr) string { s, _ := b.registry().Lookup(ip); return s }, func(r []string) string { return r[2] }},
		{"asn-country/asn-country-ipv6.csv", func(ip netip.Addr) string { s, _ := b.registry().Lookup(ip); return s }, func(r []string) string { return r[2] }},
	} {
		f, err := os.Open(npm + "/" + c.file)
		if err != nil {
			t.Skip("the source package is not installed")
		}
		defer f.Close()
		rows, silent := 0, 0
		r := csv.NewReader(f)
		for {
			row, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, end := range row[:2] {
				rows++
				switch got := c.look(netip.MustParseAddr(end)); {
				case got == "":
					silent++ // an IPv6 /64 that the source splits, or two ranges that overlap
				case got != c.label(row):
					t.Fatalf("%s %s: packed %q, source %q", c.file, end, got, c.label(row))
				}
			}
		}
		if silent > rows/200 {
			t.Errorf("%s: silent at %d of %d range ends", c.file, silent, rows)
		}
	}
}

func TestIPFireAgainstSource(t *testing.T) {
	f, err := os.Open(tor + "/geoip")
	if err != nil {
		t.Skip("tor-geoipdb is not installed")
	}
	defer f.Close()
	table := open(t).estimators[1].table()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		row := strings.Split(lines.Text(), ",")
		if len(row) != 3 {
			continue
		}
		for _, end := range row[:2] {
			n, err := strconv.ParseUint(end, 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			ip := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
			if got, _ := table.Lookup(ip); got != strings.Trim(row[2], "?") {
				t.Fatalf("%s: packed %q, source %q", ip, got, row[2])
			}
		}
	}
}

func TestContentDates(t *testing.T) {
	b := open(t)
	for _, e := range b.Address(netip.MustParseAddr("8.8.8.8")).Estimates {
		if e.ContentDate.Before(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s has no usable content date: %v", e.Source, e.ContentDate)
		}
	}
}

// What is embedded must stay small enough to be carried anywhere.
func TestEmbeddedSize(t *testing.T) {
	const most = 20 << 20
	total := int64(0)
	err := fs.WalkDir(embedded, ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil || total < 1<<20 || total > most {
		t.Errorf("%d bytes are embedded, %v", total, err)
	}
	t.Logf("%.1f MB of %d", float64(total)/(1<<20), most>>20)
}

func BenchmarkAddress(b *testing.B) {
	book := open(b)
	rng := rand.New(rand.NewPCG(1, 2))
	ips := make([]netip.Addr, 1<<16)
	for i := range ips {
		ips[i] = randomAddr(rng)
	}
	book.Address(ips[0])
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		book.Address(ips[i&(1<<16-1)])
	}
}

// BenchmarkLoad opens a book and unpacks every table, as the first look-up
// of a program does.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		book := open(b)
		book.Address(netip.MustParseAddr("8.8.8.8"))
		book.shapes()
		book.list()
	}
}

func BenchmarkWho(b *testing.B) {
	book := open(b)
	book.Who("x.test")
	b.ReportAllocs()
	for b.Loop() {
		book.Who("p16.tiktokcdn.com.akamaized.net")
	}
}

func BenchmarkJudge(b *testing.B) {
	book := open(b)
	e := Evidence{Address: book.Address(netip.MustParseAddr("8.130.1.1")), Captured: day("2026-07-01"),
		Sightings: []Sighting{from("Paris ±25", "", tls(12))}, Statements: []statement.Statement{via}, Claimed: []string{"CN"}}
	b.ReportAllocs()
	for b.Loop() {
		book.Judge(e)
	}
}
