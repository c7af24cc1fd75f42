package tables

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/constat/constat/recipient/internal/iptable"
)

// fuzz feeds a reader with what is left of samples, and checks what it takes
// over: ranges in order that do not overlap, names that can be looked up.
func fuzz(f *testing.F, format Format, samples ...string) {
	for _, name := range samples {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	if len(samples) == 0 {
		samples = []string{"dbip-country.mmdb"}
	}
	defer func(n int) { maxNetworks = n }(maxNetworks)
	maxNetworks = 1 << 16
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := memory(samples[0], data)
		if err != nil {
			return
		}
		format.is(in)
		d := &draft{Manifest: Manifest{Format: format.ID, Kind: format.Kind}}
		if format.read(in, d) != nil || d.flush() != nil {
			return
		}
		for name, o := range d.names {
			if again, ok := hostName(name); !ok || again != name {
				t.Fatalf("the name %q", name)
			}
			if got := parseOwner(o.label()); got.Country != o.Country || got.Role != o.Role || got.Alias != o.Alias {
				t.Fatalf("%+v became %+v", o, got)
			}
		}
		checkUnnested(t, d.nested)
	})
}

// checkUnnested holds unnest to what it promises.
func checkUnnested(t *testing.T, prefixes map[netip.Prefix]string) {
	t.Helper()
	var before netip.Addr
	var b iptable.Builder
	err := unnest(prefixes, func(first, last netip.Addr, label string) error {
		if first.Compare(last) > 0 || before.IsValid() && first.Compare(before) <= 0 || label == "" {
			t.Fatalf("%s to %s, after %s: %q", first, last, before, label)
		}
		before = last
		if longest := mostSpecific(prefixes, first); longest != label {
			t.Fatalf("%s has %q, its most specific prefix says %q", first, label, longest)
		}
		return b.Add(first, last, label)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func mostSpecific(prefixes map[netip.Prefix]string, ip netip.Addr) string {
	bits, label := -1, ""
	for p, l := range prefixes {
		if p.Contains(ip) && p.Bits() > bits {
			bits, label = p.Bits(), l
		}
	}
	return label
}

func FuzzMMDB(f *testing.F) {
	f.Add(mmdb("DBIP-Country-Lite", june, map[string][]byte{"1.0.0.0/24": nested("AU"), "2001:200::/32": nested("JP")}))
	f.Add(mmdb("country ipvAll", june, map[string][]byte{"1.0.0.0/24": flat("AU"), "1.0.1.0/24": flat("CN")}))
	fuzz(f, mmdbFormat)
}
func FuzzAWS(f *testing.F)        { fuzz(f, awsFormat, "ip-ranges.json") }
func FuzzGoogle(f *testing.F)     { fuzz(f, googleFormat, "cloud.json") }
func FuzzAzure(f *testing.F)      { fuzz(f, azureFormat, "ServiceTags_Public_20260615.json") }
func FuzzOracle(f *testing.F)     { fuzz(f, oracleFormat, "public_ip_ranges.json") }
func FuzzTrackerDB(f *testing.F)  { fuzz(f, trackerDBFormat, "trackerdb.json") }
func FuzzExodus(f *testing.F)     { fuzz(f, exodusFormat, "exodus.json") }
func FuzzDisconnect(f *testing.F) { fuzz(f, disconnectFormat, "services.json") }
func FuzzTrackerRadar(f *testing.F) {
	fuzz(f, trackerRadarFormat, "entity_map.json", "radar/domains/US/zorblat.net.json")
}
func FuzzCNAME(f *testing.F) { fuzz(f, cnameFormat, "combined_disguised_trackers.json") }
func FuzzLACeS(f *testing.F) { fuzz(f, lacesFormat, "IPv4.csv", "IPv6-long.csv") }
func FuzzTor(f *testing.F)   { fuzz(f, torFormat, "geoip", "geoip6") }
func FuzzRanges(f *testing.F) {
	fuzz(f, rangesFormat, "dbip-country-ipv4.csv", "geolite2-country-ipv4-num.csv")
}
func FuzzGeofeed(f *testing.F)   { fuzz(f, geofeedFormat, "operator-geofeed.csv") }
func FuzzV2fly(f *testing.F)     { fuzz(f, v2flyFormat, "v2fly/zorblat") }
func FuzzBlocklist(f *testing.F) { fuzz(f, blocklistFormat, "pro.txt", "tif.txt", "hosts.txt") }

// FuzzDetect runs what nobody has named through everything.
func FuzzDetect(f *testing.F) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if b, err := os.ReadFile(filepath.Join("testdata", e.Name())); err == nil {
			f.Add(b)
		}
	}
	defer func(n int) { maxNetworks = n }(maxNetworks)
	maxNetworks = 1 << 16
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := memory("file", data)
		if err != nil {
			return
		}
		if format, err := formatOf(in, ""); err == nil {
			d := &draft{Manifest: Manifest{Format: format.ID, Kind: format.Kind}}
			_ = format.read(in, d)
		} else if in.looks() == "" {
			t.Fatal("it looks like nothing")
		}
	})
}

func TestUnnest(t *testing.T) {
	all := map[netip.Prefix]string{
		netip.MustParsePrefix("0.0.0.0/0"): "world", netip.MustParsePrefix("255.255.255.255/32"): "end", netip.MustParsePrefix("128.0.0.0/1"): "",
		netip.MustParsePrefix("10.0.0.0/8"): "ten", netip.MustParsePrefix("10.255.255.0/24"): "tail", netip.MustParsePrefix("10.0.0.0/9"): "half",
		netip.MustParsePrefix("::/0"): "six", netip.MustParsePrefix("ffff::/16"): "last", netip.MustParsePrefix("::/128"): "zero",
	}
	checkUnnested(t, all)
	var got []string
	_ = unnest(all, func(first, last netip.Addr, label string) error {
		got = append(got, first.String()+"-"+last.String()+" "+label)
		return nil
	})
	if want := []string{
		"0.0.0.0-9.255.255.255 world", "10.0.0.0-10.127.255.255 half", "10.128.0.0-10.255.254.255 ten", "10.255.255.0-10.255.255.255 tail",
		"11.0.0.0-127.255.255.255 world", "255.255.255.255-255.255.255.255 end",
		"::-:: zero", "::1-fffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff six", "ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff last",
	}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
