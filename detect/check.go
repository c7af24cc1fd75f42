package detect

import "github.com/constat/constat/datatype"

// check judges whether a value has the form of a data type, given that its
// field is named for it. It must be fast on what it rejects and must not
// allocate then.
type check func(v []byte) verdict

// verdict is the outcome of a check. Confidence 0 rejects.
type verdict struct {
	confidence float64
	reason     string      // what speaks for the value, no more than it: "15 digits, Luhn valid"
	typ        datatype.ID // set when the value says more precisely than the name what it is
}

// checks are the names that data/keys.toml and data/endpoints can use.
var checks = map[string]check{
	"phone": checkPhone, "email": checkEmail, "name": checkName, "handle": checkHandle, "text": checkText,
	"postcode": checkPostcode, "national": checkNational, "date": checkDate, "gender": checkGender, "account": checkAccount,
	"token": checkToken, "password": checkPassword, "code": checkCode,
	"imei": checkIMEI, "meid": checkMEID, "imsi": checkIMSI, "iccid": checkICCID, "serial": checkSerial,
	"mac": checkMAC, "uuid": checkUUID, "hex16": checkHex16, "openudid": checkOpenUDID, "id64": checkID64,
	"version": checkVersion, "screen": checkScreen, "locale": checkLocale, "timezone": checkTimezone, "hash": checkHash,
	"ip": checkIP, "ssid": checkSSID, "cell": checkCell, "carrier": checkCarrier,
	"lat": checkHalf, "lon": checkHalf, "latlon": checkLatLon,
	"card": checkCard, "iban": checkIBAN,
	"url": checkURL, "site": checkSite, "country": checkCountry, "amount": checkAmount, "signed": checkSigned,
	"pixels": checkPixels, "level": checkLevel, "small": checkSmall, "flag": checkFlag, "state": checkState,
	"consent": checkConsent, "zone": checkZone, "network": checkNetwork, "package": checkPackage, "label": checkLabel,
	"moment": checkMoment, "opaque": checkOpaque, "digest": checkDigest, "agent": checkAgent, "software": checkSoftware,
	"vector": func([]byte) verdict { return none }, // an array is judged as a whole, see vector
}

// axis says which half of a position a field holds.
type axis uint8

const (
	noAxis axis = iota
	latitude
	longitude
)

// halves are the checks whose fields only count in pairs.
var halves = map[string]axis{"lat": latitude, "lon": longitude}

var none verdict

// count returns how many bytes of v are in the class, and whether all are.
func count(v []byte, class uint8) (n int, all bool) {
	for _, c := range v {
		if classOf[c]&class != 0 {
			n++
		}
	}
	return n, n == len(v) && n > 0
}

// structured reports whether v looks like a container rather than a value.
func structured(v []byte) bool {
	return len(v) > 0 && (v[0] == '{' || v[0] == '[' || v[0] == '<')
}

// luhn checks the check digit of ISO/IEC 7812-1 over decimal digits.
func luhn(v []byte) bool {
	sum := 0
	for i := range v {
		d := int(v[len(v)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// strip copies v to buf without spaces and dashes.
func strip(buf, v []byte) []byte {
	for _, c := range v {
		if c != ' ' && c != '-' && len(buf) < cap(buf) {
			buf = append(buf, c)
		}
	}
	return buf
}

// varied reports whether v has at least that many different characters: fewer
// and it is a filler.
func varied(v []byte, least int) bool {
	var seen [256]bool
	n := 0
	for _, c := range v {
		if !seen[lower(c)] {
			seen[lower(c)] = true
			n++
		}
	}
	return n >= least
}
