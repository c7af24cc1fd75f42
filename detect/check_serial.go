package detect

// checkSerial: a hardware serial number is 8 to 20 letters and digits with at
// least two digits.
func checkSerial(v []byte) verdict {
	digits, _ := count(v, isDigit)
	if _, all := count(v, isDigit|isAlpha); !all || len(v) < 8 || len(v) > 20 || digits < 2 || !varied(v, 4) {
		return none
	}
	return verdict{0.6, "letters and digits in the length of serial numbers", ""}
}
