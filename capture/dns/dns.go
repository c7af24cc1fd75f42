// Package dns writes the numbers of DNS as people do, for whoever reads look-ups
// out of a capture.
package dns

import "strconv"

// types names record types, and codes response codes as dig(1) writes them
// (IANA, DNS Parameters, read 2026-11).
var (
	types = map[int]string{1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV",
		35: "NAPTR", 39: "DNAME", 41: "OPT", 43: "DS", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 52: "TLSA", 64: "SVCB", 65: "HTTPS",
		255: "ANY", 257: "CAA"}
	codes = [...]string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"}
)

// Type names a record type; one without a name is written as RFC 3597, 5 has it.
func Type(n int) string {
	if name, ok := types[n]; ok {
		return name
	}
	return "TYPE" + strconv.Itoa(n)
}

// Code names a response code, "RCODE23" if it has no name.
func Code(n int) string {
	if n >= 0 && n < len(codes) {
		return codes[n]
	}
	return "RCODE" + strconv.Itoa(n)
}
