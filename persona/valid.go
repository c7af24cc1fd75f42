package persona

import (
	"net/netip"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// formFaults says how v fails to be what its type says. A value that does not
// exist is never sent, so that it was not met would be worth nothing.
func (v Value) formFaults(region string) []Fault {
	text := strings.TrimSpace(v.Value)
	bare := strings.NewReplacer(" ", "", "-", "", "/", "", ".", "").Replace(text)
	ok := true
	switch v.Type {
	case "device.imei":
		switch ok = allDigits(bare) && len(bare) >= 14 && len(bare) <= 16; {
		case ok && len(bare) == 15 && !luhn(bare):
			return []Fault{faults["digits"]}
		}
	case "device.iccid": // ITU-T E.118: 89, at most 19 digits with the check digit; some networks add one
		if ok = allDigits(bare) && len(bare) >= 18 && len(bare) <= 20 && strings.HasPrefix(bare, "89"); ok && len(bare) == 19 && !luhn(bare) {
			return []Fault{faults["digits"]}
		}
	case "finance.card":
		if ok = allDigits(bare) && len(bare) >= 12 && len(bare) <= 19; ok && !luhn(bare) {
			return []Fault{faults["digits"]}
		}
	case "finance.iban":
		if ok = len(bare) >= 15 && len(bare) <= 34; ok && !mod97(strings.ToUpper(bare)) {
			return []Fault{faults["digits"]}
		}
	case "device.imsi":
		ok = allDigits(bare) && (len(bare) == 14 || len(bare) == 15)
	case "device.meid":
		ok = len(onlyHex(text)) == 14
	case "device.mac", "device.bluetooth_mac", "network.bssid":
		return macFaults(text)
	case "device.ad_id", "device.vendor_id":
		ok = len(onlyHex(text)) == 32 && (len(text) == 32 || len(text) == 36)
	case "device.android_id":
		ok = len(onlyHex(text)) == 16 && len(text) == 16
	case "network.public_ip", "network.local_ip":
		_, err := netip.ParseAddr(text)
		ok = err == nil
	case "contact.birthdate":
		s := spellings{seen: map[string]bool{}}
		s.date(text)
		ok = len(s.forms) > 0
	case "contact.phone", "social.contact_phone":
		return phoneFaults(text, region)
	case "contact.email", "social.contact_email":
		return mailFaults(text)
	}
	if !ok {
		return []Fault{faults["form"]}
	}
	return nil
}

func macFaults(text string) []Fault {
	h := onlyHex(text)
	if len(h) != 12 || len(strings.NewReplacer(":", "", "-", "", ".", "").Replace(text)) != 12 || strings.ContainsRune("13579bdf", rune(h[1])) { // IEEE 802: an odd first byte is a group
		return []Fault{faults["form"]}
	}
	if strings.ContainsRune("26ae", rune(h[1])) {
		return []Fault{faults["random"]}
	}
	return nil
}

// phoneFaults judges a number by the numbering plan of its country, as
// libphonenumber has it.
func phoneFaults(text, region string) []Fault {
	if region == "" {
		region = "ZZ"
	}
	n, err := phonenumbers.Parse(text, region)
	if digits := onlyDigits(text); err != nil && strings.HasPrefix(digits, "00") {
		n, err = phonenumbers.Parse("+"+digits[2:], region)
	}
	if err != nil {
		return []Fault{faults["number"]}
	}
	if r, ok := fiction(phonenumbers.Format(n, phonenumbers.E164)); ok {
		if r.shared() {
			return []Fault{faults["few"]}
		}
		return []Fault{faults["fiction"]}
	}
	if !phonenumbers.IsValidNumber(n) {
		return []Fault{faults["number"]}
	}
	return nil
}

// mailFaults judges an address. Names that RFC 2606 and RFC 6761 reserve take
// no mail.
func mailFaults(text string) []Fault {
	local, domain, ok := strings.Cut(strings.ToLower(text), "@")
	if !ok || local == "" || !strings.Contains(strings.Trim(domain, "."), ".") || strings.ContainsAny(text, " \t\r\n") || strings.Contains(domain, "@") {
		return []Fault{faults["form"]}
	}
	labels := strings.Split(domain, ".")
	top := labels[len(labels)-1]
	second := labels[len(labels)-2] + "." + top
	switch {
	case top == "example", top == "test", top == "invalid", top == "localhost", second == "example.com", second == "example.org", second == "example.net":
		return []Fault{faults["reserved"]}
	}
	return nil
}

func allDigits(s string) bool { return s != "" && onlyDigits(s) == s }

// luhn checks the check digit of ISO/IEC 7812-1.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// mod97 checks the check digits of an IBAN (ISO 13616, ISO 7064).
func mod97(iban string) bool {
	r := 0
	for i := range len(iban) {
		switch c := iban[(i+4)%len(iban)]; {
		case c >= '0' && c <= '9':
			r = (r*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			r = (r*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return r == 1
}
