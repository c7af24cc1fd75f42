package detect

// checkMAC: an EUI-48 in any of its spellings that is neither zero, nor the
// mask 02:00:00:00:00:00, nor multicast (IEEE 802, the low bit of the first
// byte).
func checkMAC(v []byte) verdict {
	var hex [12]byte
	n := 0
	for i, c := range v {
		switch {
		case classOf[c]&isHex != 0:
			if n == 12 {
				return none
			}
			hex[n] = lower(c)
			n++
		case c == ':' || c == '-' || c == '.':
			if i == 0 || n%2 != 0 {
				return none
			}
		default:
			return none
		}
	}
	if n != 12 || len(v) != 12 && len(v) != 14 && len(v) != 17 || !varied(hex[:], 4) {
		return none
	}
	first := nibble(hex[0])<<4 | nibble(hex[1])
	switch {
	case first&1 != 0:
		return none
	case first&2 != 0:
		return verdict{0.75, "6 bytes of a locally administered (randomised) hardware address", ""}
	}
	return verdict{0.9, "6 bytes of a hardware address", ""}
}

// nibble is the value of one lower-case hexadecimal digit.
func nibble(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'a' + 10
}
