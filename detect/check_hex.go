package detect

// checkHex16: the 16 (or, with a leading zero cut, 15) hexadecimal digits of
// Settings.Secure.ANDROID_ID.
func checkHex16(v []byte) verdict {
	if _, all := count(v, isHex); !all || len(v) != 16 && len(v) != 15 || !varied(v, 5) {
		return none
	}
	return verdict{0.85, "16 hexadecimal digits", ""}
}

// checkOpenUDID: 16 hexadecimal digits on Android, 40 on iOS.
func checkOpenUDID(v []byte) verdict {
	if _, all := count(v, isHex); !all || len(v) != 16 && len(v) != 40 || !varied(v, 5) {
		return none
	}
	return verdict{0.85, "16 or 40 hexadecimal digits", ""}
}

// checkHash: a device or canvas fingerprint, 16 to 128 hexadecimal digits.
func checkHash(v []byte) verdict {
	if _, all := count(v, isHex); !all || len(v) < 16 || len(v) > 128 || !varied(v, 6) {
		return none
	}
	return verdict{0.7, "a hexadecimal digest", ""}
}
