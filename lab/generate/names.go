package generate

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/constat/constat/lab/subject"
)

// names are what apps call the fields of a data type.
var names = map[string][]string{
	"contact.email":         {"email", "user_email", "mail"},
	"contact.phone":         {"phone", "mobile", "phone_number"},
	"contact.username":      {"username", "nickname", "screen_name"},
	"contact.name":          {"full_name", "real_name", "display_name"},
	"contact.birthdate":     {"birthday", "dob", "birth_date"},
	"credential.password":   {"password", "pwd", "passwd"},
	"device.ad_id":          {"gaid", "advertising_id", "ifa"},
	"device.android_id":     {"android_id", "ssaid"},
	"device.mac":            {"mac", "wifi_mac", "mc"},
	"device.imei":           {"imei", "device_imei", "did"},
	"device.imsi":           {"imsi", "subscriber_id"},
	"device.serial":         {"serial", "serial_number"},
	"device.model":          {"model", "device_model"},
	"location.precise":      {"location", "gps", "latlng"},
	"network.local_ip":      {"local_ip", "lan_ip", "wifi_ip"},
	"network.ssid":          {"ssid", "wifi_name"},
	"network.bssid":         {"bssid", "ap_mac"},
	"content.clipboard":     {"clipboard", "paste", "clip_text"},
	"content.search":        {"query", "keyword", "q"},
	"content.browsing":      {"url", "referrer", "page"},
	"content.keystrokes":    {"input", "typed", "value"},
	"social.contact_name":   {"contact_name", "friend_name"},
	"social.contact_phone":  {"contact_phone", "friend_phone"},
	"social.contact_email":  {"contact_email", "friend_email"},
	"system.installed_apps": {"package", "apps", "installed"},
	"system.calendar":       {"event_title", "calendar", "summary"},
}

// nameFor names the field of a value: mostly after what it is, else after
// nothing. A common value would say nothing without its name.
func nameFor(r *rand.Rand, v subject.Value) string {
	of := names[v.Type]
	if len(of) == 0 || !common(v) && r.IntN(4) == 0 {
		return pick(r, []string{"p", "d", "x", "v", "data", "payload", "k"}) + strconv.Itoa(r.IntN(30))
	}
	return pick(r, of)
}

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

func bytesOf(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func hexes(r *rand.Rand, n int) string    { return hex.EncodeToString(bytesOf(r, n)) }
func base64Of(r *rand.Rand, n int) string { return base64.StdEncoding.EncodeToString(bytesOf(r, n)) }

func base64Std(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func sha1Of(s string) []byte {
	sum := sha1.Sum([]byte(s))
	return sum[:]
}

func digits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(r.IntN(10))
	}
	return string(b)
}

func uuid(r *rand.Rand) string {
	b := bytesOf(r, 16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // RFC 9562, version 4
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// luhn appends the digit that makes a number valid (ISO/IEC 7812-1).
func luhn(s string) string {
	for d := '0'; ; d++ {
		sum, whole := 0, s+string(d)
		for i := range len(whole) {
			n := int(whole[len(whole)-1-i] - '0')
			if i%2 == 1 {
				n = n*2/10 + n*2%10
			}
			sum += n
		}
		if sum%10 == 0 {
			return whole
		}
	}
}

// sorted is what stays of a value however its parts are ordered and set
// apart: two values that differ in it are not spellings of each other.
func sorted(s string) string {
	var b []byte
	for _, c := range []byte(strings.ToLower(s)) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 0x80 {
			b = append(b, c)
		}
	}
	slices.Sort(b)
	return string(b)
}
