package detect

import "strconv"

// checkID64: a decimal 64-bit id that carries its date and type: bits 63-32
// are Unix seconds, bits 11-8 the kind of thing (0 and 4 account, 6 device, 7
// install, 11 live, 13 video; arXiv 2504.13279 and Domingues et al. 2021). A
// random number passes about 3 times in 100, so the name must agree too.
func checkID64(v []byte) verdict {
	if len(v) != 19 || v[0] == '0' {
		return none
	}
	if _, all := count(v, isDigit); !all {
		return none
	}
	n, err := strconv.ParseUint(string(v), 10, 64)
	if err != nil {
		return none
	}
	if at := n >> 32; at < 1_388_534_400 || at > 2_051_222_400 { // 2014 to 2035
		return none
	}
	switch n >> 8 & 15 {
	case 6:
		return verdict{0.85, "a 64-bit id with a date and the type of a device", ""}
	case 7:
		return verdict{0.85, "a 64-bit id with a date and the type of an install", ""}
	case 0, 4:
		return verdict{0.75, "a 64-bit id with a date and the type of an account", "account.user_id"}
	}
	return none
}
