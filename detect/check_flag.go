package detect

// checkFlag: yes or no. It knows nothing but these words, so placeholders,
// which "0" and "false" are elsewhere, need not be asked (see literals).
func checkFlag(v []byte) verdict {
	switch string(v) {
	case "true", "false", "True", "False", "TRUE", "FALSE", "0", "1", "yes", "no", "YES", "NO", "Y", "N", "y", "n":
		return verdict{0.6, "yes or no", ""}
	}
	return none
}

// checkState: whether the app is open, in words or as a flag.
func checkState(v []byte) verdict {
	switch string(v) {
	case "foreground", "background", "active", "inactive", "enterForeground", "enterBackground", "becomeActive", "resignActive", "portrait", "landscape":
		return verdict{0.8, "a word for a state", ""}
	}
	if _, all := count(v, isDigit); all && len(v) <= 3 {
		return verdict{0.5, "a number for a state", ""}
	}
	return checkFlag(v)
}

// literals are the checks whose values may be such as "0" and "false".
var literals = map[string]bool{"flag": true, "state": true, "small": true, "network": true}
