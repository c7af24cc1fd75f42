package detect

import (
	"testing"

	"github.com/constat/constat/datatype"
)

func TestChecks(t *testing.T) {
	for _, c := range []struct {
		check, value string
		ok           bool
		typ          datatype.ID
	}{
		{"imei", "352099001761481", true, "device.imei"},
		{"imei", "35-209900-176148-1", true, "device.imei"},
		{"imei", "352099001761482", false, ""}, // Luhn
		{"imei", "992099001761480", false, ""}, // Luhn
		{"imei", "222099001761486", false, ""}, // no reporting body
		{"imei", "1700000000", false, ""},
		{"meid", "A10000009296F2", true, "device.meid"},
		{"meid", "12345678901234", false, ""},
		{"imsi", "208150123456789", true, ""},
		{"imsi", "999150123456789", false, ""},
		{"iccid", "8933150319000012345", true, ""},
		{"iccid", "7933150319000012345", false, ""},
		{"mac", "3c:5a:b4:91:7e:02", true, ""},
		{"mac", "3C5AB4917E02", true, ""},
		{"mac", "3c5a.b491.7e02", true, ""},
		{"mac", "01:00:5e:91:7e:02", false, ""}, // multicast
		{"mac", "3c:5a:b4:91:7e", false, ""},
		{"mac", "3c:5a:b4:91:7e:02:11", false, ""},
		{"uuid", "a1b2c3d4-e5f6-4789-8abc-def012345678", true, ""},
		{"uuid", "00000000-0000-0000-0000-000000000000", false, ""},
		{"uuid", "a1b2c3d4xe5f6-4789-8abc-def012345678", false, ""},
		{"hex16", "9f86d081884c7d65", true, ""},
		{"hex16", "1234", false, ""},
		{"openudid", "2f1d0a9c8b7e6d5c4b3a29180f7e6d5c4b3a2918", true, ""},
		{"id64", "6800000000000001536", true, ""}, // 2020, type 6
		{"id64", "6800000000000000256", false, ""},
		{"id64", "1234567890", false, ""},
		{"email", "camille.roussel@example.org", true, ""},
		{"email", "a+b@mail.co.uk", true, ""},
		{"email", "logo@2x.png", false, ""},
		{"email", "logo@2x.jpeg", false, ""},
		{"email", "@gmail.com", false, ""},
		{"email", "a@b@c.com", false, ""},
		{"email", "a@.com", false, ""},
		{"email", "user@host.nosuchtld", false, ""},
		{"phone", "+33612345678", true, ""},
		{"phone", "0033612345678", true, ""},
		{"phone", "33612345678", true, ""},
		{"phone", "0612345678", false, ""}, // no region
		{"phone", "1700000000", false, ""},
		{"ip", "84.17.32.9", true, "network.public_ip"},
		{"ip", "192.168.1.23", true, "network.local_ip"},
		{"ip", "2a01:cb00::1", true, "network.public_ip"},
		{"ip", "127.0.0.1", false, ""},
		{"ip", "10.2.1", false, ""},
		{"latlon", "48.8583,2.2944", true, "location.precise"},
		{"latlon", "[2.29, 48.85]", true, "location.coarse"},
		{"latlon", "0.000,0.000", false, ""},
		{"latlon", "91.1234,2.2944", false, ""},
		{"latlon", "48,2", false, ""},
		{"latlon", "home, page", false, ""},
		{"card", "4539 5787 6362 1486", true, ""},
		{"card", "4539578763621487", false, ""},
		{"card", "9999999999999995", false, ""},
		{"iban", "FR76 3000 6000 0112 3456 7890 189", true, ""},
		{"iban", "FR7630006000011234567890188", false, ""},
		{"iban", "XX7630006000011234567890189", false, ""},
		{"date", "1991-04-27", true, ""},
		{"date", "1991-13-27", false, ""},
		{"token", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlMTIz", true, ""},
		{"token", "abc", false, ""},
		{"token", "this is a sentence of words", false, ""},
		{"timezone", "Europe/Paris", true, ""},
		{"timezone", "text/html", false, ""},
		{"locale", "fr-FR", true, ""},
		{"locale", "zh_Hans_CN", true, ""},
		{"locale", "javascript", false, ""},
		{"carrier", "20801", true, ""},
		{"carrier", "Orange F", true, ""},
		{"carrier", "99999999", false, ""},
		{"screen", "1080*2340", true, ""},
		{"screen", "1.5x2", false, ""},
		{"code", "482913", true, ""},
		{"gender", "Female", true, ""},
		{"gender", "yes", false, ""},
		{"account", "6804921", true, ""},
		{"account", "home_screen", false, ""},
	} {
		got := checks[c.check]([]byte(c.value))
		if (got.confidence > 0) != c.ok || got.typ != c.typ {
			t.Errorf("%s(%q) = %+v, want ok %v, type %q", c.check, c.value, got, c.ok, c.typ)
		}
		if got.confidence > 0 && (got.reason == "" || got.confidence > 1) {
			t.Errorf("%s(%q): no reason, or confidence over 1", c.check, c.value)
		}
	}
	if phoneIn([]byte("0612345678"), "FR").confidence == 0 {
		t.Error("national number of the region rejected")
	}
	for name := range checks { // nothing panics on the shortest and strangest
		for _, v := range []string{"", "0", "+", "-", "[", "[]", "()", "@", "\xff\xff\xff\xff\xff\xff\xff\xff", " ", "::", "{}", "1,", ",1", "..", "0000000", "        "} {
			checks[name]([]byte(v))
		}
	}
}

func TestLexicon(t *testing.T) {
	l := loadLexicon()
	for _, c := range []struct {
		key    string
		want   datatype.ID // "" is no meaning
		hashed bool
	}{
		{"imei", "device.imei", false},
		{"IMEI2", "device.imei", false},
		{"deviceMacAddress", "device.mac", false},
		{"wifi_bssid", "network.bssid", false},
		{"user[email]", "contact.email", false},
		{"email_sha256", "contact.email", true},
		{"hashedEmail", "contact.email", true},
		{"emailMD5", "contact.email", true},
		{"ud[em]", "contact.email", false},
		{"em", "contact.email", false}, // it promises a digest
		{"user_em", "", false},
		{"x-client-ip", "network.public_ip", false},
		{"clientIp", "network.public_ip", false},
		{"clientIPAddress", "network.public_ip", false},
		{"ship", "", false},
		{"tooltip", "", false},
		{"shouji", "contact.phone", false},
		{"googleAid", "device.ad_id", false},
		{"error_location", "", false},
		{"location", "location.precise", false},
		{"csrf_token", "", false},
		{"name", "", false},
		{"event", "", false},
		{"", "", false},
		{"é", "", false},
		{"1", "", false},
	} {
		m := l.meaning(c.key, false)
		switch {
		case c.want == "" && m != nil:
			t.Errorf("%q means %s, want nothing", c.key, m.senses[0].typ)
		case c.want != "" && (m == nil || !m.is(c.want)):
			t.Errorf("%q does not mean %s", c.key, c.want)
		case m != nil && m.hashed != c.hashed:
			t.Errorf("%q: hashed %v, want %v", c.key, m.hashed, c.hashed)
		}
	}
}

func TestEdges(t *testing.T) {
	for _, c := range []struct {
		text, value string
		want        bool
	}{
		{"id=612345678&", "612345678", true},
		{"id=9612345678&", "612345678", false},
		{"id=6123456780", "612345678", false},
		{"xdeadbeef99", "deadbeef", false},
		{"x-deadbeef", "deadbeef", true},
		{"camilleroussel", "camille", false},
		{"camille roussel", "camille", true},
		{"anne-marie@example.org", "marie@example.org", false},
		{"to marie@example.org.", "marie@example.org", true},
		{"marie@example.org.uk", "marie@example.org", false},
		{"to:marie@example.org", "marie@example.org", true},
	} {
		for off := range len(c.text) - len(c.value) + 1 {
			if c.text[off:off+len(c.value)] == c.value {
				if got := edgeOf(c.value).allows([]byte(c.text), off, len(c.value)); got != c.want {
					t.Errorf("%q in %q: %v, want %v", c.value, c.text, got, c.want)
				}
			}
		}
	}
}
