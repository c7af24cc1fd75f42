package persona

import (
	"net/netip"
	"strings"
	"time"

	"github.com/constat/constat/datatype"
)

// mac writes an EUI-48 with colons, dashes, Cisco dots and bare.
func (s *spellings) mac(text string) {
	h := onlyHex(text)
	if len(h) != 12 {
		s.cases("trimmed", text)
		return
	}
	for _, style := range []struct {
		name, sep string
		group     int
	}{{"colons", ":", 2}, {"dashes", "-", 2}, {"bare", "", 2}, {"dots", ".", 4}} {
		var groups []string
		for i := 0; i < len(h); i += style.group {
			groups = append(groups, h[i:i+style.group])
		}
		joint := strings.Join(groups, style.sep)
		s.add(style.name+", lower-cased", joint)
		s.add(style.name+", upper-cased", strings.ToUpper(joint))
	}
}

// hexID writes a UUID (RFC 9562) with and without dashes, and other
// hexadecimal or opaque ids in both cases.
func (s *spellings) hexID(text string) {
	h := onlyHex(text)
	rest := strings.Trim(strings.ToLower(text), "{}")
	if len(h) == 32 && len(strings.ReplaceAll(rest, "-", "")) == 32 {
		dashed := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
		s.add("dashed, lower-cased", dashed)
		s.add("dashed, upper-cased", strings.ToUpper(dashed))
		s.add("bare, lower-cased", h)
		s.add("bare, upper-cased", strings.ToUpper(h))
		return
	}
	s.cases("trimmed", text)
}

// digits writes numbers that people group: card, ICCID, IMEI, IBAN.
func (s *spellings) digits(id datatype.ID, text string) {
	bare := strings.NewReplacer(" ", "", "-", "", "/", "", ".", "").Replace(text)
	s.cases("bare", bare)
	switch id {
	case "device.imei":
		if len(bare) == 15 {
			s.add("without check digit", bare[:14])
			s.add("with software version 01", bare[:14]+"01")
			s.add("grouped", bare[:2]+"-"+bare[2:8]+"-"+bare[8:14]+"-"+bare[14:])
		}
	case "device.iccid":
		if len(bare) == 20 {
			s.add("without check digit", bare[:19])
		}
	case "finance.card", "finance.iban":
		for _, sep := range []string{" ", "-"} {
			var groups []string
			for i := 0; i < len(bare); i += 4 {
				groups = append(groups, bare[i:min(i+4, len(bare))])
			}
			s.cases("in fours", strings.Join(groups, sep))
		}
	}
}

// dateLayouts are the orders and separators a date of birth is written in.
var dateLayouts = []struct{ name, layout string }{
	{"ISO 8601", "2006-01-02"}, {"ISO 8601 basic", "20060102"}, {"year first, slashes", "2006/01/02"},
	{"day first, slashes", "02/01/2006"}, {"day first, dots", "02.01.2006"}, {"day first, dashes", "02-01-2006"}, {"day first, digits", "02012006"},
	{"month first, slashes", "01/02/2006"}, {"month first, dashes", "01-02-2006"},
	{"month first, digits", "01022006"}, {"day first, unpadded", "2/1/2006"}, {"month first, unpadded", "1/2/2006"},
	{"midnight UTC", "2006-01-02T00:00:00Z"}, {"midnight UTC, ms", "2006-01-02T00:00:00.000Z"},
}

// readDates are the layouts that a file may use: ISO 8601, or day first.
var readDates = []string{"2006-01-02", "20060102", "2006/01/02", "02/01/2006", "02.01.2006", "02-01-2006", "2 January 2006"}

// date writes the value in every order.
func (s *spellings) date(text string) {
	for _, layout := range readDates {
		if d, err := time.Parse(layout, text); err == nil {
			for _, l := range dateLayouts {
				s.add(l.name, d.Format(l.layout))
			}
			return
		}
	}
}

// ip writes an address in the canonical form of RFC 5952, expanded, and
// mapped to IPv6.
func (s *spellings) ip(text string) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return
	}
	s.add("canonical", a.String())
	if a.Is4() {
		s.add("mapped to IPv6", netip.AddrFrom16(a.As16()).String())
		s.add("dashes", strings.ReplaceAll(a.String(), ".", "-"))
		return
	}
	s.add("expanded", a.StringExpanded())
	s.add("upper-cased", strings.ToUpper(a.String()))
}

// onlyHex keeps the hexadecimal digits of s, lower-cased.
func onlyHex(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'f':
			return r
		case r >= 'A' && r <= 'F':
			return r + 'a' - 'A'
		}
		return -1
	}, s)
}
