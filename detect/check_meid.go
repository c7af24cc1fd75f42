package detect

// checkMEID: 14 hexadecimal digits of which the first is A or higher (3GPP2
// S.R0048); a MEID of decimal digits cannot be told from an IMEI without its
// check digit and is left out.
func checkMEID(v []byte) verdict {
	if len(v) != 14 || lower(v[0]) < 'a' || !varied(v, 4) {
		return none
	}
	if _, all := count(v, isHex); !all {
		return none
	}
	return verdict{0.8, "14 hexadecimal digits in the range of MEIDs", "device.meid"}
}
