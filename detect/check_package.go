package detect

import "bytes"

// checkPackage: which app: the reverse domain name of a package or bundle,
// perhaps with a signature, the number of a listing in the App Store, or the
// id that Firebase or a store has for it.
func checkPackage(v []byte) verdict {
	if len(v) < 5 || len(v) > 200 || bytes.ContainsAny(v, " \t<>\"") {
		return none
	}
	if n := bytes.TrimPrefix(v, []byte("id")); len(n) >= 8 && len(n) <= 12 {
		if _, all := count(n, isDigit); all {
			return verdict{0.7, "the number of an app in a store", ""}
		}
	}
	if bytes.Count(v, []byte(":")) >= 3 && v[0] == '1' { // 1:1234567890:android:0123456789abcdef
		return verdict{0.8, "the id of an app at Firebase", ""}
	}
	name, _, _ := bytes.Cut(v, []byte(":"))
	dots := bytes.Count(name, []byte("."))
	if dots < 1 || classOf[name[0]]&isAlpha == 0 {
		return none
	}
	letters, _ := count(name, isAlpha)
	if letters*2 < len(name) {
		return none
	}
	for _, c := range name {
		if classOf[c]&(isDigit|isAlpha) == 0 && c != '.' && c != '_' && c != '-' {
			return none
		}
	}
	return verdict{0.75, "the package name of an app", ""}
}

// checkLabel: a name or an id that somebody gave to a thing, not to a person.
func checkLabel(v []byte) verdict {
	if len(v) < 2 || len(v) > 2048 || structured(v) {
		return none
	}
	letters, _ := count(v, isAlpha)
	digits, _ := count(v, isDigit)
	if letters+digits < 2 && v[0] < 0x80 {
		return none
	}
	return verdict{0.5, "a name or number of a thing", ""}
}

// checkAgent: a list of software that names the device, as Firebase and many
// SDKs send one: "fire-android/34 device-model/oriole device-brand/google".
func checkAgent(v []byte) verdict {
	if len(v) < 8 || len(v) > 2048 || !bytes.Contains(v, []byte("device-")) && !bytes.Contains(v, []byte("device/")) {
		return none
	}
	return verdict{0.8, "a list of software that names the device", ""}
}

// checkSoftware: names of software with their versions: "fire-fcm/23.4.1".
func checkSoftware(v []byte) verdict {
	for i := 1; i+1 < len(v) && len(v) <= 2048; i++ {
		if v[i] == '/' && classOf[v[i-1]]&(isAlpha|isDigit) != 0 && classOf[v[i+1]]&isDigit != 0 {
			return verdict{0.7, "names of software with their versions", ""}
		}
	}
	return none
}

// wordy are the checks whose values may have spaces.
var wordy = map[string]bool{"label": true, "text": true, "name": true, "carrier": true, "country": true, "agent": true, "software": true, "moment": true}
