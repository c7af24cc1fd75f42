package detect

import (
	"bytes"
	"net/netip"
	"unicode/utf8"
)

// checkIP: an IPv4 or IPv6 address that is not loopback, unspecified, link
// local or multicast; private ranges are local addresses whatever the name.
func checkIP(v []byte) verdict {
	if i := bytes.IndexByte(v, ','); i > 0 { // X-Forwarded-For: the client is first
		v = v[:i]
	}
	if len(v) < 7 && bytes.IndexByte(v, ':') < 0 || len(v) > 45 || len(v) == 0 || classOf[v[0]]&isHex == 0 && v[0] != ':' {
		return none
	}
	a, err := netip.ParseAddr(string(v))
	if err != nil || a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast() {
		return none
	}
	if a.Unmap().IsPrivate() {
		return verdict{0.85, "an IP address of a private network", "network.local_ip"}
	}
	return verdict{0.85, "a public IP address in the payload", "network.public_ip"}
}

// checkCell: a cell or area number up to 28 bits (3GPP TS 23.003 section 4.3
// and 19.6), not 0, not the all-ones that stand for unknown.
func checkCell(v []byte) verdict {
	if _, all := count(v, isDigit); !all || len(v) < 3 || len(v) > 11 || v[0] == '0' {
		return none
	}
	switch string(v) {
	case "65535", "2147483647", "268435455":
		return none
	}
	return verdict{0.65, "a number in the range of cells and areas", ""}
}

// checkCarrier: MCC and MNC, or the name of an operator.
func checkCarrier(v []byte) verdict {
	if _, all := count(v, isDigit); all {
		if (len(v) == 5 || len(v) == 6) && countryCode(v) {
			return verdict{0.85, "a mobile country and network code", ""}
		}
		return none
	}
	if len(v) < 2 || len(v) > 64 || structured(v) || !utf8.Valid(v) {
		return none
	}
	return verdict{0.6, "the name of a network operator", ""}
}
