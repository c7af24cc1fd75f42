package detect

// checkIMEI: 15 digits with a Luhn check digit, or 16 with software version,
// whose reporting body (the first two digits) is one that GSMA allocated
// (TS.06; 3GPP TS 23.003 section 6.2).
func checkIMEI(v []byte) verdict {
	if len(v) < 15 || len(v) > 20 {
		return none
	}
	var buf [20]byte
	d := strip(buf[:0], v)
	if _, digits := count(d, isDigit); !digits || !varied(d, 4) || !reportingBody(d) {
		return none
	}
	switch {
	case len(d) == 15 && luhn(d):
		return verdict{0.9, "15 digits, Luhn valid, known reporting body", "device.imei"}
	case len(d) == 16 && len(v) == 16:
		return verdict{0.6, "16 digits of an IMEI with software version", "device.imei"}
	}
	return none
}

// reportingBody reports whether the first two digits are allocated: 01, 10
// to 17 (former bodies), 30 to 33, 35, 44, 45, 49 to 54, 86, 87, 91, 97 to 99.
func reportingBody(d []byte) bool {
	n := int(d[0]-'0')*10 + int(d[1]-'0')
	return n == 1 || n >= 10 && n <= 17 || n >= 30 && n <= 33 || n == 35 || n == 44 || n == 45 ||
		n >= 49 && n <= 54 || n == 86 || n == 87 || n == 91 || n >= 97
}
