package statement

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// reading makes a statement of what a row's pattern found. It says false when
// the text has the form and yet says nothing.
type reading func(st *Statement, m match, s *scan) bool

// readings are the ways that a row can be read.
var readings = map[string]reading{
	"pop":      readPop,
	"country":  readCountry,
	"label":    readLabel,
	"province": readProvince,
	"address":  readAddress,
	"took":     readTook,
	"cached":   readCached,
	"family":   readFamily,
	"echo":     readEcho,
	"eagleid":  readEagleID,
	"azureref": readAzureRef,
	"clock":    readClock,
	"token":    readToken,
}

// readPop reads the code of a point of presence.
func readPop(st *Statement, m match, _ *scan) bool {
	code := strings.ToUpper(m.group("code"))
	p, ok := places().pop(code, m.row.Table, m.row.Airports)
	if !ok {
		return false
	}
	st.Value, st.Country = code, p.country
	st.Place = p.city + " (" + code + ")"
	st.Lat, st.Lon, st.Located = p.lat, p.lon, true
	return true
}

// readCountry reads an ISO 3166-1 code.
func readCountry(st *Statement, m match, _ *scan) bool {
	code := m.group("code") + m.group("us")
	st.Value, st.Country = code, code
	return places().countries[code]
}

// readLabel reads a name that an operator gave a room or a city.
func readLabel(st *Statement, m match, _ *scan) bool {
	code := cmp.Or(m.group("code"), m.group("region"), m.row.Code)
	l, ok := places().labels[[2]string{m.row.Table, code}]
	if !ok {
		return false
	}
	st.Value = code + m.group("room") + m.group("carrier")
	st.Country, st.Place, st.Confidence = l.country, l.place, l.confidence
	return true
}

// readProvince reads CHN-<province><city>-<carrier>. Hong Kong, Macao and
// Taiwan are in no row of the provinces: there the code would be no country.
func readProvince(st *Statement, m match, _ *scan) bool {
	province, ok := places().provinces[m.group("province")]
	if !ok {
		return false
	}
	st.Value, st.Country, st.Place = m.group("code"), "CN", province
	if city := m.group("city"); city != "" {
		first, n := utf8.DecodeRuneInString(city)
		st.Place = string(unicode.ToUpper(first)) + city[n:] + ", " + province
	}
	return true
}

// readAddress reads a machine's own address, whole or in four groups.
func readAddress(st *Statement, m match, _ *scan) bool {
	text := m.group("addr")
	if text == "" {
		text = m.group("a") + "." + m.group("b") + "." + m.group("c") + "." + m.group("d")
	}
	addr, ok := public(text)
	st.Value, st.Addr = addr.String(), addr
	return ok
}

// public parses an address that can be somewhere.
func public(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	return a, err == nil && a.Zone() == "" && a.IsGlobalUnicast() && !a.IsPrivate()
}

// readTook reads milliseconds, and who measured them if that is said.
func readTook(st *Statement, m match, _ *scan) bool {
	ms, err := strconv.ParseFloat(m.group("ms"), 64)
	if err != nil || ms <= 0 {
		return false
	}
	st.Took = time.Duration(ms * float64(time.Millisecond))
	st.Value = m.group("ms") + " ms"
	if text := m.group("addr"); text != "" {
		from, ok := public(text)
		if !ok {
			return false
		}
		st.From = from
	}
	return true
}

// readCached reads that the answer lay in a cache.
func readCached(st *Statement, m match, _ *scan) bool {
	st.Cached = true
	st.Value = m.group("code") + m.group("hit")
	return true
}

// readFamily reads a word that names no place: of software, of a vendor, of
// how the operator sorts its accounts.
func readFamily(st *Statement, m match, _ *scan) bool {
	st.Value = m.group("code")
	return true
}

// readEcho reads the client's address, which the server has seen, and keeps
// only of what kind it is.
func readEcho(st *Statement, m match, _ *scan) bool {
	a, err := netip.ParseAddr(m.group("addr"))
	switch {
	case err != nil:
		return false
	case a.Unmap().Is4():
		st.Value = "IPv4"
	default:
		st.Value = "IPv6"
	}
	return true
}
