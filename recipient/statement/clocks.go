package statement

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"time"
)

// agrees is how far a stamp of the edge may lie from the response's Date,
// which has whole seconds.
const agrees = 2 * time.Second

// fresh reports whether a stamp made for this very exchange fits the
// response's Date. A cache hands out the Date of the origin and tells by Age
// how long ago that was. Without a Date nothing can be compared: dated is false.
func (s *scan) fresh(at time.Time, within time.Duration) (fits, dated bool) {
	date, age, ok := s.when()
	if !ok {
		return false, false
	}
	return at.Sub(date).Abs() <= within || at.Sub(date.Add(age)).Abs() <= within, true
}

// readEagleID reads Alibaba's request id: the edge's IPv4 address, and
// milliseconds since 1970.
func readEagleID(st *Statement, m match, s *scan) bool {
	raw, err := hex.DecodeString(m.group("addr"))
	if err != nil {
		return false
	}
	ms, err := strconv.ParseInt(m.group("at"), 10, 64)
	if err != nil {
		return false
	}
	addr, ok := public(netip.AddrFrom4([4]byte(raw)).String())
	if !ok {
		return false
	}
	at := time.UnixMilli(ms).UTC()
	fits, dated := s.fresh(at, agrees)
	switch {
	case dated && !fits:
		return false
	case !dated:
		st.Confidence = "low"
	}
	st.Value, st.Addr, st.At = addr.String(), addr, at
	return true
}

// azureName is a machine of Azure Front Door: PoP, and a number in either of
// two styles.
var azureName = regexp.MustCompile(`^([A-Z]{3})(?:EDGE[0-9]{4}|[0-9]{12})$`)

// readAzureRef reads the older reference string of Azure Front Door: seconds
// since 1970 in eight bytes (of which four are used), an id of sixteen, the
// machine's name up to a zero, another id as text.
func readAzureRef(st *Statement, m match, s *scan) bool {
	raw, err := base64.RawStdEncoding.DecodeString(string(bytes.TrimRight([]byte(m.group("ref")), "=")))
	if err != nil || len(raw) < 24 {
		return false
	}
	name, _, zero := bytes.Cut(raw[24:], []byte{0})
	code := azureName.FindSubmatch(name)
	seconds := binary.LittleEndian.Uint64(raw)
	if !zero || code == nil || seconds > 1<<32 {
		return false
	}
	p, ok := places().pop(string(code[1]), m.row.Table, m.row.Airports)
	if !ok {
		return false
	}
	at := time.Unix(int64(seconds), 0).UTC()
	if fits, dated := s.fresh(at, agrees); dated && !fits {
		return false
	}
	st.Value, st.Country, st.At = string(code[1]), p.country, at
	st.Place = p.city + " (" + st.Value + ")"
	st.Lat, st.Lon, st.Located = p.lat, p.lon, true
	return true
}

// The stamp of a log id is made when the request comes in, and Date when the
// response goes out.
const (
	maxWork = 30 * time.Second
	maxZone = 14 * time.Hour
)

// readClock reads the local time in a log id and, from the response's Date,
// the zone of the clock that wrote it.
func readClock(st *Statement, m match, s *scan) bool {
	stamp := m.group("stamp")
	if stamp == "" {
		stamp = "20" + m.group("short")
	}
	local, err := time.Parse("20060102150405", stamp)
	if err != nil {
		return false
	}
	date, age, ok := s.when()
	if !ok || age > 0 {
		return false
	}
	ahead := local.Sub(date)
	zone := ahead.Round(30 * time.Minute)
	if left := ahead - zone; zone.Abs() > maxZone || left > agrees || left < -maxWork {
		return false
	}
	st.Zone = zone
	sign := '+'
	if zone < 0 {
		sign = '-'
	}
	st.Value = fmt.Sprintf("UTC%c%02d:%02d", sign, int(zone.Abs().Hours()), int(zone.Abs().Minutes())%60)
	return true
}
