package recipient

import (
	"net/netip"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient/statement"
)

func alibaba(a *Address) { a.Registered, a.ASN, a.HolderSeat = "SG", 37963, "CN" }

// edgeRows need tables and round trips.
var edgeRows = []row{
	{id: "J01", name: "short round trip beats every database", address: says("CN", "CN"),
		sightings: []Sighting{from("Paris ±25", "", tls(4.1))}, claim: "CN", want: ImpossibleStrict, say: "light in vacuum needs at least 36."},
	{id: "J02", name: "between light and fibre, access unknown", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", "", tls(45))}, claim: "CN", want: Undetermined, say: "only a straight path at the speed of light in vacuum"},
	{id: "J03", name: "access declared cellular", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", Cellular, tls(45))}, claim: "CN", want: ImpossibleFibre, say: "refraction 1.5"},
	{id: "J04", name: "long round trip proves nothing", address: says("CN", "CN"),
		sightings: []Sighting{from("Paris", "", tls(182))}, claim: "CN", want: ConsistentWeak, say: "neither supports nor excludes"},
	{id: "J06", name: "near vantage", address: says("SG", "SG"),
		sightings: []Sighting{from("Singapore ±10", "", tls(15))}, claim: "CN", want: Undetermined, also: map[string]Ruling{"SG": ConsistentWeak}},
	{id: "J07", name: "vantage on the border", address: says("HK", "HK"),
		sightings: []Sighting{from("Hong Kong ±5", "", tls(2))}, claim: "CN", want: Undetermined},
	{id: "J08", name: "US capture", address: says("", ""),
		sightings: []Sighting{from("Ashburn ±25", "", tls(60))}, claim: "CN", want: ImpossibleStrict},
	{id: "J09", name: "US capture above the bound", address: says("", ""),
		sightings: []Sighting{from("Ashburn ±25", "", tls(75))}, claim: "CN", want: Undetermined},
	{id: "J09", name: "the same with terrestrial access", address: says("", ""),
		sightings: []Sighting{from("Ashburn ±25", Wired, tls(75))}, claim: "CN", want: ImpossibleFibre},
	{id: "J10", name: "vague vantage is subtracted", address: says("", ""),
		sightings: []Sighting{from("Kassel ±1500", "", tls(24))}, claim: "CN", want: Undetermined},
	{id: "J11", name: "vague vantage, still enough", address: says("", ""),
		sightings: []Sighting{from("Kassel ±1500", "", tls(20))}, claim: "CN", want: ImpossibleStrict},
	{id: "J12", name: "no vantage", address: says("", ""),
		sightings: []Sighting{from("", "", tls(4))}, claim: "CN", want: Undetermined, say: "declare the vantage"},
	{id: "J13", name: "vantage contradicted by a published region", address: says("", ""), others: []Machine{{
		Address: region(says("SG", "SG"), "SG"), Seen: from("Paris", "", tls(2))}},
		sightings: []Sighting{from("Paris", "", tls(2))}, claim: "CN", want: Undetermined, error: "vantage contradicted by control"},
	{id: "J13", name: "vantage contradicted by a control host", address: says("", ""), others: []Machine{{
		Address: says("", ""), Known: "SG", Seen: from("Paris", "", tls(2))}},
		sightings: []Sighting{from("Paris", "", tls(2))}, claim: "CN", want: Undetermined, error: "vantage contradicted by control"},
	{id: "J15", name: "handshake answered by the phone", address: says("", ""), others: onDevice(36),
		sightings: []Sighting{from("Paris", "", flow.Timing{TCP: rtt(0.3)})}, claim: "CN", want: Undetermined, error: "local terminator: 37 of 37"},
	{id: "J15", name: "the same, of the proof of the key", address: says("", ""), others: onDevice(36),
		sightings: []Sighting{from("Paris", "", flow.Timing{TCP: rtt(0.3), TLS: rtt(0.9)})}, claim: "CN", want: Undetermined, error: "(TLS)"},
	{id: "J15", name: "connections answered by the phone, proofs by servers", address: says("", ""), others: onDevice(36),
		sightings: []Sighting{from("Paris", "", flow.Timing{TCP: rtt(0.3), TLS: rtt(9)})}, claim: "CN", want: ImpossibleStrict, error: "(TCP)"},
	{id: "J16", name: "interception, inner leg", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", "", flow.Timing{TLS: &flow.RTT{D: 800_000, Leg: flow.Inner}, TCP: rtt(171)})}, claim: "CN", want: Undetermined},
	{id: "J17", name: "split TCP at the carrier", address: says("", ""), others: split(8),
		sightings: []Sighting{from("Paris ±25", Cellular, flow.Timing{TCP: rtt(9), TLS: rtt(168)})}, claim: "CN", want: Undetermined, error: "middlebox"},
	{id: "J17", name: "TCP alone is not used unchecked", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", Cellular, flow.Timing{TCP: rtt(9)})}, claim: "CN", want: Undetermined, say: "anyone on the path"},
	{id: "J17", name: "TCP alone in a path with a middlebox", address: says("", ""), others: split(8),
		sightings: []Sighting{from("Paris ±25", Cellular, flow.Timing{TCP: rtt(9)})}, claim: "CN", want: Undetermined, error: "middlebox"},
	{id: "J18", name: "HAR, dialect unknown", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", "", flow.Timing{Connect: rtt(38)})}, claim: "CN", want: Undetermined},
	{id: "J18", name: "the same, path checked", address: says("", ""),
		sightings: []Sighting{checked(from("Paris ±25", "", flow.Timing{Connect: rtt(38)}))}, claim: "CN", want: Undetermined, say: "only a straight path"},
	{id: "J18", name: "short enough as a whole, path checked", address: says("", ""),
		sightings: []Sighting{checked(from("Paris ±25", "", flow.Timing{Connect: rtt(30)}))}, claim: "CN", want: ImpossibleStrict},
	{id: "J18", name: "short, but anyone may have answered", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", "", flow.Timing{Connect: rtt(3)})}, claim: "CN", want: Undetermined, say: "anyone on the path"},
	{id: "J19", name: "HAR, dialect known to include ssl", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", "", flow.Timing{TCP: rtt(13), TLS: rtt(25)})}, claim: "CN", want: ImpossibleStrict},
	{id: "J20", name: "connection reuse", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", "", flow.Timing{Connect: rtt(0), FirstByte: rtt(12)})}, claim: "CN", want: Undetermined},
	{id: "J20", name: "connection reuse, reply from a store", address: says("", ""),
		sightings: []Sighting{observed(from("Paris ±25", ""), post(12, func(f *flow.Flow) {
			f.Request.Method = "GET"
		}))}, claim: "CN", want: Undetermined},
	{id: "J21", name: "cache answer", address: says("", ""),
		sightings: []Sighting{observed(from("Paris ±25", ""), post(0.4, func(f *flow.Flow) {
			f.Notes = []string{"from cache"}
		}))}, claim: "CN", want: Undetermined},
	{id: "J22", name: "coarse clock", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", "", flow.Timing{TLS: &flow.RTT{D: 30e6, Resolution: 10e6, Leg: flow.Direct}})}, claim: "CN", want: Undetermined, say: "clock step 10 ms"},
	{id: "J23", name: "impossible clock", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", "", flow.Timing{TLS: rtt(-2), TCP: rtt(-2)})}, claim: "CN", want: Undetermined},
	{id: "J25", name: "QUIC handshake", address: says("", ""), // stream/quic gives Initial to Handshake as TLS
		sightings: []Sighting{from("Paris ±25", "", tls(11))}, claim: "CN", want: ImpossibleStrict},
	{id: "J26", name: "satellite access", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", Satellite, tls(30))}, claim: "CN", want: ImpossibleStrict},
	{id: "J26", name: "satellite access, no fibre grade", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", Satellite, tls(45))}, claim: "CN", want: Undetermined},
	{id: "J27", name: "VPN detour", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", "", tls(262))}, claim: "CN", want: Undetermined},
	{id: "J28", name: "anycast and databases", address: anycast(says("AU", "AU")),
		sightings: []Sighting{from("Paris ±25", "", tls(2))}, claim: "AU", want: ImpossibleStrict, say: "anycast"},
	{id: "J28", name: "anycast silences databases", address: anycast(says("FR", "FR")),
		sightings: []Sighting{from("Paris ±25", "", tls(2))}, claim: "FR", want: Undetermined, say: "anycast"},
	{id: "J28", name: "anycast silences published regions", address: anycast(region(says("", ""), "FR")),
		sightings: []Sighting{from("Paris ±25", "", tls(2))}, claim: "FR", want: Undetermined, say: "anycast"},
	{id: "J33", name: "seen near by two far vantages: not one machine", address: says("FR", "FR"),
		sightings: []Sighting{from("Paris", "", tls(3)), from("Singapore", "", tls(3))}, claim: "FR", want: Undetermined, say: "several places"},
	{id: "J33", name: "a third place that none of them allows", address: says("US", "US"),
		sightings: []Sighting{from("Paris", "", tls(3)), from("Singapore", "", tls(3))}, claim: "US", want: ImpossibleStrict},
	{id: "J34", name: "unicast, two vantages", address: says("", ""),
		sightings: []Sighting{from("Paris", "", tls(20)), from("Singapore", "", tls(180))}, claim: "CN", want: ImpossibleStrict},
	{id: "J39", name: "registry says Singapore, network is mainland", address: with(says("CN", "CN"), func(a *Address) { alibaba(a); a.HolderSeat = "" }),
		claim: "SG", want: Undetermined, say: "not where the machine is", also: map[string]Ruling{"CN": Undetermined}},
	{id: "J39", name: "the same, the holder's seat known", address: with(says("CN", "CN"), alibaba),
		claim: "SG", want: Undetermined, also: map[string]Ruling{"CN": Undetermined}},
	{id: "J39", name: "the lineage disagrees with itself",
		address: with(says("CN", "CN"), func(a *Address) {
			a.Estimates = append(a.Estimates, Estimate{"geofeed+whois", Geofeed, "SG", day("2026-06-17")})
		}), claim: "SG", want: Undetermined, say: "disagree (CN, SG)", also: map[string]Ruling{"CN": Undetermined}},
	{id: "J40", name: "AS country is not a place",
		address:   with(says("DE", "US"), func(a *Address) { a.Registered, a.HolderSeat = "US", "US" }),
		sightings: []Sighting{from("Paris ±25", "", tls(12))}, claim: "CN", want: ImpossibleStrict,
		also: map[string]Ruling{"US": ImpossibleStrict, "DE": Undetermined}},
	{id: "J41", name: "cloud region",
		address:   with(says("FR", "FR"), func(a *Address) { a.Registered, a.HolderSeat = "US", "US" }),
		sightings: []Sighting{from("Paris", "", tls(2))}, claim: "US", want: ImpossibleStrict, also: map[string]Ruling{"FR": ConsistentWeak}},
	{id: "J43", name: "pseudo-country", address: says("", "EU"), claim: "EEA", want: Undetermined, say: "not a country"},
	{id: "J44", name: "old capture, new data", address: says("CN", "CN"), captured: day("2019-12-01"),
		claim: "CN", want: Undetermined, say: "withheld"},
	{id: "J44", name: "old capture, new ranges", address: region(says("CN", "CN"), "CN"), captured: day("2019-12-01"),
		claim: "CN", want: Undetermined, say: "days between table and capture"},
	{id: "J45", name: "the date of the content counts, not the stamp of the build", captured: day("2019-12-01"), claim: "CN", want: ConsistentWeak,
		address: Address{Kind: Public, Estimates: []Estimate{{"geoip-database", Commercial, "CN", day("2019-12-24")}, {"old ipfire", Geofeed, "CN", day("2019-12-20")}}}},
	{id: "J48", name: "fake-IP resolver", address: Address{Kind: Benchmark}, claim: "CN",
		sightings: []Sighting{from("Paris", "", tls(2))}, want: Undetermined, say: "not a public address: benchmark"},
	{id: "J48", name: "fake-IP resolver and a header", address: Address{Kind: Benchmark}, claim: "FR", statements: []statement.Statement{cdg},
		sightings: []Sighting{from("Paris", "", tls(2))}, want: Undetermined, say: "not a public address"},
	{id: "J49", name: "company seat is not a place", address: with(says("", ""), func(a *Address) { a.HolderSeat = "SG" }),
		sightings: []Sighting{from("Paris ±25", "", tls(3))}, claim: "SG", want: ImpossibleStrict},
	{id: "J62", name: "remote access", address: says("IE", "IE"), claim: "CN", want: Undetermined, also: map[string]Ruling{"IE": ConsistentWeak}},
}

// statementRows need the words of operators.
var statementRows = []row{
	{id: "J05", name: "long round trip plus the operator's own words", captured: day("2026-07-01"),
		address:   with(says("CN", "CN"), func(a *Address) { a.IP = netip.MustParseAddr("183.60.228.31") }),
		sightings: []Sighting{from("Paris", "", tls(182))}, statements: []statement.Statement{eagle, via, logid},
		claim: "CN", want: ConsistentStrong, say: `Via "cn2219" names CN`},
	{id: "J05", name: "EagleId names the machine", address: with(says("CN", "CN"), func(a *Address) { a.IP = netip.MustParseAddr("183.60.228.31") }),
		sightings: []Sighting{from("Paris", "", tls(182))}, statements: []statement.Statement{eagle, via, logid},
		claim: "CN", want: ConsistentStrong, say: "names the machine 183.60.228.31 at 2024-05-30 01:32:31.834 UTC, the one that was spoken to"},
	{id: "J29", name: "PoP header agrees", address: with(anycast(says("CA", "")), func(a *Address) { a.Registered, a.HolderSeat = "US", "US" }),
		sightings: []Sighting{from("Paris", "", tls(3))}, statements: []statement.Statement{cdg},
		claim: "FR", want: ConsistentStrong, say: `Cf-Ray "CDG" names FR`, also: map[string]Ruling{"US": ImpossibleStrict, "CA": ImpossibleStrict}},
	{id: "J30", name: "PoP header contradicted", address: anycast(says("", "")),
		sightings: []Sighting{from("Paris ±25", "", tls(2))}, statements: []statement.Statement{lax},
		claim: "US", want: ImpossibleStrict, say: "rejected", error: "replayed or rewritten, or the vantage is wrong"},
	{id: "J30", name: "right country, wrong coast", address: says("", ""),
		sightings: []Sighting{from("Ashburn ±25", "", tls(4))}, statements: []statement.Statement{lax},
		claim: "US", want: Undetermined, say: "rejected", error: "names LAX, which physics excludes"},
	{id: "J30", name: "what contradicts itself makes nothing else strong", address: says("", ""),
		sightings: []Sighting{from("Paris ±25", "", tls(2))}, statements: []statement.Statement{lax, cdg},
		claim: "FR", want: Undetermined, error: "replayed", also: map[string]Ruling{"US": ImpossibleStrict}},
	{id: "J30", name: "two statements against each other", address: says("FR", "FR"), statements: []statement.Statement{lax, cdg},
		claim: "FR", want: Undetermined, say: "named otherwise: US by the operator's statement", also: map[string]Ruling{"US": Undetermined}},
	{id: "J31", name: "two hops in one header", address: anycast(says("", "")), statements: []statement.Statement{
		pop("X-Served-By", "CDG", "FR", 49.01, 2.55),
		change(pop("X-Served-By", "IAD", "US", 38.94, -77.46), func(s *statement.Statement) { s.Layer = statement.Answer })},
		claim: "FR", want: ConsistentStrong},
	{id: "J46", name: "private target in HAR", address: Address{Kind: Loopback}, captured: day("2026-07-01"), claim: "US",
		sightings: []Sighting{from("Paris", "", tls(0.7))}, statements: []statement.Statement{change(eagle, func(s *statement.Statement) {
			s.Value, s.Addr, s.At = "2ff62a98", netip.MustParseAddr("47.246.42.152"), time.Date(2023, 5, 4, 9, 38, 0, 932e6, time.UTC)
		})}, want: Undetermined, say: "47.246.42.152 at 2023-05-04 09:38:00.932 UTC"},
	{id: "J30", name: "an airport a little outside the circle", address: says("", ""), claim: "FR", want: ConsistentStrong,
		sightings: []Sighting{from("Paris ±25", "", tls(2))}, statements: []statement.Statement{pop("Cf-Ray", "NTE", "FR", 47.15, -1.61)}},
	{id: "J46", name: "one machine named behind a proxy", address: Address{Kind: Loopback}, claim: "FR", statements: []statement.Statement{named("13.36.10.10")}, want: ConsistentWeak},
	{id: "J46", name: "two machines named behind a proxy", address: Address{Kind: Loopback}, claim: "FR",
		statements: []statement.Statement{named("13.36.10.10"), named("13.36.10.11")}, want: Undetermined, say: "one of several machines"},
	{id: "J46", name: "an anycast machine named behind a proxy", address: Address{Kind: Loopback}, claim: "AU", statements: []statement.Statement{named("1.1.1.1")}, want: Undetermined, say: "many places"},
	{id: "J46", name: "another machine than the one spoken to", address: says("", ""), claim: "FR", statements: []statement.Statement{named("13.36.10.10")}, want: Undetermined, say: "another address"},
	{id: "J46", name: "a machine without a public address", address: says("", ""), claim: "FR", statements: []statement.Statement{named("10.1.2.3")}, want: Undetermined, say: "no public address: private"},
	{id: "J50", name: "host label contradicted", address: says("", ""), statements: []statement.Statement{label("US")},
		sightings: []Sighting{from("Singapore ±10", "", tls(4))}, claim: "US", want: ImpossibleStrict, say: `host "va" names US`},
	{id: "J50", name: "a label is no vote", address: says("", ""), statements: []statement.Statement{label("US")},
		claim: "US", want: Undetermined, say: `host "va" names US`},
	{id: "J51", name: "eu that is not Europe", address: says("", ""), statements: []statement.Statement{
		change(via, func(s *statement.Statement) { s.Value = "cn9041" }),
		{Class: statement.Operator, Layer: statement.Answer, Field: "Via", Value: "l2eu95-4", Trap: "a machine room, not Europe"}},
		claim: "EEA", want: Undetermined, say: "not a country"},
	{id: "J52", name: "server clock zone", address: says("", ""), statements: []statement.Statement{logid},
		claim: "CN", want: Undetermined, say: "runs at +08:00, which fits AQ, AU, BN, CN, HK, ID, MN, MO, MY, PH, RU, SG, TW: corroboration only"},
	{id: "J53", name: "server clock in UTC", address: says("", ""), statements: []statement.Statement{
		change(logid, func(s *statement.Statement) { s.Zone, s.Value = 0, "20241106010822" })},
		claim: "CN", want: Undetermined, say: "it says nothing of the place"},
	{name: "a published region", id: "J41", address: region(says("FR", "US"), "FR"), claim: "FR", want: ConsistentStrong,
		say: "AWS publishes the prefix in its region region-1", also: map[string]Ruling{"US": Undetermined}},
	{name: "a published region against a statement", id: "J41", address: region(says("FR", "FR"), "FR"), claim: "FR",
		statements: []statement.Statement{lax}, want: Undetermined, also: map[string]Ruling{"US": ConsistentStrong}},
	{name: "two published regions", id: "J41", address: region(region(says("", ""), "FR"), "DE"), claim: "FR", want: Undetermined},
	{name: "a statement of which little is known", id: "J29", address: says("", ""), claim: "FR", want: Undetermined,
		statements: []statement.Statement{change(cdg, func(s *statement.Statement) { s.Confidence = "low" })}, say: "withheld"},
}

// named is a statement that names the edge by its address.
func named(addr string) statement.Statement {
	return change(eagle, func(s *statement.Statement) { s.Value, s.Addr = addr, netip.MustParseAddr(addr) })
}

func machines(n int, times func(i int) flow.Timing) []Machine {
	var ms []Machine
	for i := range n {
		ms = append(ms, Machine{Address: says("", ""), Seen: from("Paris", "", times(i))})
	}
	return ms
}

// onDevice is an on-device VPN: every SYN is answered by the phone.
func onDevice(n int) []Machine {
	return machines(n, func(i int) flow.Timing { return flow.Timing{TCP: rtt(0.1 + float64(i%4)/10)} })
}

// split is a carrier that answers every SYN.
func split(n int) []Machine {
	return machines(n, func(i int) flow.Timing { return flow.Timing{TCP: rtt(9), TLS: rtt(20 + 30*float64(i))} })
}
