package detect

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/constat/constat/datatype"
)

// somebodies are n people who are not in any persona.
func somebodies(n int, format string) string {
	var b []string
	for i := range n {
		b = append(b, strings.NewReplacer("{n}", fmt.Sprint(i), "{phone}", fmt.Sprintf("+336%08d", 51020304+i*70707), "{mail}", fmt.Sprintf("person%d.x@orange.fr", i),
			"{mac}", fmt.Sprintf("3c:5a:b4:9%x:7e:%02x", i%16, 16+7*i), "{app}", fmt.Sprintf("com.maker%d.tool", i/2)+string(rune('a'+i))).Replace(format))
	}
	return strings.Join(b, ",")
}

func TestLists(t *testing.T) {
	s := engine(t, subject, Options{Region: "FR"}).NewScanner()
	var proto []byte
	for i := range 5 {
		var m []byte
		m = protowire.AppendTag(m, 1, protowire.BytesType)
		m = protowire.AppendString(m, "Zoubida "+strings.Repeat("x", i+1))
		m = protowire.AppendTag(m, 2, protowire.BytesType)
		m = protowire.AppendString(m, fmt.Sprintf("+336%08d", 51020304+i*70707))
		m = protowire.AppendTag(m, 3, protowire.BytesType)
		m = protowire.AppendString(m, fmt.Sprintf("person%d.x@orange.fr", i))
		proto = protowire.AppendTag(proto, 4, protowire.BytesType)
		proto = protowire.AppendBytes(proto, m)
	}
	apps := somebodies(12, `"{app}"`)
	for _, c := range []struct {
		name, mediaType, body string
		typ                   datatype.ID // "": no list
		detail                string
	}{
		{"contacts", asJSON, `{"contacts":[` + somebodies(7, `{"display_name":"Person Name","phone":"{phone}","email":"{mail}"}`) + `]}`, "social.contact_phone",
			"list of 7 contacts: 7 telephone numbers, 7 e-mail addresses, 1 names; 100 % of 7 items"},
		{"contacts, keys that say nothing", asJSON, `{"q":[` + somebodies(4, `{"a":"{phone}","b":"{mail}"}`) + `]}`, "social.contact_phone",
			"list of 4 contacts: 4 telephone numbers, 4 e-mail addresses; 100 % of 4 items"},
		{"several numbers each", asJSON, `{"contacts":[` + somebodies(4, `{"phones":["{phone}"],"emails":["{mail}"]}`) + `]}`, "social.contact_phone",
			"list of 4 contacts: 4 telephone numbers, 4 e-mail addresses"},
		{"one JSON text per contact", "application/x-ndjson", strings.ReplaceAll(somebodies(5, `{"p":"{phone}";"m":"{mail}"}`), ",", "\n"), "social.contact_phone", "list of 5 contacts: 5 telephone numbers, 5 e-mail addresses"},
		{"numbered objects", asJSON, `{` + somebodies(5, `"c{n}":{"mail":"{mail}"}`) + `}`, "social.contact_email", "list of 5 contacts: 5 e-mail addresses"},
		{"numbered fields", asJSON, `{` + somebodies(5, `"p{n}":"{phone}","m{n}":"{mail}"`) + `}`, "social.contact_phone", "list of 5 contacts: 5 telephone numbers, 5 e-mail addresses"},
		{"national numbers, by key", asJSON, `{"call_log":[` + strings.ReplaceAll(somebodies(6, `{"number":"x","phone":"{phone}","duration":3}`), "+33", "0") + `]}`, "social.contact_phone",
			"list of 6 calls: 6 telephone numbers; 100 % of 6 items"},
		{"protobuf", "application/x-protobuf", string(proto), "social.contact_phone", "list of 5 contacts: 5 telephone numbers, 5 e-mail addresses"},
		{"in base64", asJSON, `{"d":"` + b64(`{"contacts":[`+somebodies(4, `{"m":"{mail}"}`)+`]}`) + `"}`, "social.contact_email", "list of 4 contacts: 4 e-mail addresses; 100 % of 4 items"},
		{"apps", asJSON, `{"x":[` + apps + `]}`, "system.installed_apps", "list of 12 apps; 100 % of 12 items"},
		{"apps, as objects", asJSON, `{"installed_apps":[` + somebodies(12, `{"pkg":"{app}","v":{n}}`) + `]}`, "system.installed_apps", "list of 12 apps; 100 % of 12 items"},
		{"apps in one text", asForm, "a=1&apps=" + strings.ReplaceAll(apps, `"`, ""), "system.installed_apps", "list of 12 apps; 100 % of 12 items"},
		{"apps among others", asJSON, `{"x":["a","b",` + apps + `,"c"]}`, "system.installed_apps", "list of 12 apps; 80 % of 15 items"},
		{"access points", asJSON, `{"wifi_scan":[` + somebodies(4, `{"ssid":"Net {n}","bssid":"{mac}","level":-70,"ssid2":"Net x"}`) + `]}`, "network.bssid", "list of 4 access points; 100 % of 4 items"},
		{"addresses, keys that say nothing", asJSON, `{"r":[` + somebodies(4, `"{mac}"`) + `]}`, "network.bssid", "list of 4 access points; 100 % of 4 items"},
		{"Bluetooth", asJSON, `{"ble":[` + somebodies(4, `{"a":"{mac}"}`) + `]}`, "device.bluetooth_mac", "list of 4 Bluetooth devices; 100 % of 4 items"},
		{"photos", asJSON, `{"media":[` + somebodies(6, `{"path":"/storage/emulated/0/DCIM/Camera/IMG_2026010{n}.jpg","t":1}`) + `]}`, "system.files", "list of 6 photos and videos; 100 % of 6 items"},

		{"two contacts", asJSON, `{"contacts":[` + somebodies(2, `{"x":"{phone}","y":"{mail}"}`) + `]}`, "", ""},
		{"one address again and again", asJSON, `{"events":[` + strings.Repeat(`{"user":{"x":"person1.x@orange.fr"}},`, 20) + `1]}`, "", ""},
		{"parts of one app", asJSON, `{"x":["com.app.one","com.app.two","com.app.three","com.app.four","com.app.five","com.app.six"]}`, "", ""},
		{"modules", asJSON, `{"sdk_modules":[` + apps + `]}`, "", ""},
		{"permissions", asJSON, `{"x":["android.permission.INTERNET","android.permission.CAMERA","android.permission.VIBRATE","android.permission.BLUETOOTH","android.permission.NFC"]}`, "", ""},
		{"pictures of the app", asJSON, `{"x":["icons/a1.png","icons/a2.png","icons/a3.png","icons/a4.png","icons/a5.png","https://c.test/DCIM/IMG_20260101.jpg"]}`, "", ""},
		{"times and versions", asJSON, `{"x":["2026-01-01","2026-01-02","1.2.3","1.2.4","12:34:56","12:34:57","10.0.0.1"]}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := c.body
			if c.name == "one JSON text per contact" {
				body = strings.ReplaceAll(body, ";", ",")
			}
			got := s.Scan(post("/p", c.mediaType, []byte(body))).Findings
			var lists []Finding
			for _, x := range got {
				if strings.HasPrefix(x.Reason, reasonList) {
					lists = append(lists, x)
				}
			}
			if c.typ == "" {
				if len(lists) > 0 {
					t.Errorf("%+v", lists)
				}
				return
			}
			if len(got) != 1 || len(lists) != 1 {
				t.Fatalf("%d findings, %d of a list: %+v", len(got), len(lists), got)
			}
			if x := lists[0]; x.Type != c.typ || x.Detail != c.detail || x.Grade != GradeB || x.PersonaValue != -1 || x.Off < 0 || x.Len <= 0 || x.Off+x.Len > len(body) || len(x.Value) != 16 {
				t.Errorf("%+v, want %q", x, c.detail)
			}
		})
	}
}

// TestListWithKnown: the persona's contact in a list stays, with how many
// others there are beside it; a list of nobody else is none.
func TestListWithKnown(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	body := `{"contacts":[` + somebodies(5, `{"phone":"{phone}","email":"{mail}"}`) + `,{"phone":"+33612345678","email":"camille.roussel@example.org"}]}`
	got := s.Scan(post("/p", asJSON, []byte(body))).Findings
	a, b := find(got, "contact.phone", GradeA), find(got, "social.contact_phone", GradeB)
	if len(got) != 3 || a == nil || find(got, "contact.email", GradeA) == nil || b == nil {
		t.Fatalf("%+v", got)
	}
	if want := "list of 6 contacts: 6 telephone numbers, 6 e-mail addresses; 100 % of 6 items; 2 of the persona's, and 10 more"; b.Detail != want {
		t.Errorf("%q, want %q", b.Detail, want)
	}
	friends := `
[[value]]
type = "social.contact_email"
value = "person0.x@orange.fr"
[[value]]
type = "social.contact_email"
value = "person1.x@orange.fr"
[[value]]
type = "social.contact_email"
value = "person2.x@orange.fr"
`
	got = engine(t, friends, Options{}).NewScanner().Scan(post("/p", asJSON, []byte(`{"c":[`+somebodies(3, `"{mail}"`)+`]}`))).Findings
	if len(got) != 3 || got[0].Grade != GradeA {
		t.Errorf("%+v", got)
	}
}

// TestLongList: thousands of contacts are one row, and no gap.
func TestLongList(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	body := `{"contacts":[` + somebodies(9000, `{"phone":"{phone}","email":"{mail}"}`) + `]}`
	r := s.Scan(post("/p", asJSON, []byte(body)))
	if len(r.Findings) != 1 || !strings.HasPrefix(r.Findings[0].Detail, "list of 9000 contacts: ") {
		t.Errorf("%d findings, %.300v", len(r.Findings), r.Findings)
	}
	for _, p := range r.Parts {
		if len(p.Report.Gaps) > 0 {
			t.Errorf("%+v", p.Report.Gaps)
		}
	}
}

// TestListOfReadings: what several decoders make of one address is one item, and
// what stands beside it is another.
func TestListOfReadings(t *testing.T) {
	e := engine(t, "[[value]]\ntype = \"social.contact_email\"\nvalue = \"apolline.zpfrdz@poste.example\"\n", Options{})
	lists := func(body string) (n int) {
		for _, f := range e.NewScanner().Scan(post("/x", "application/json", []byte(body))).Findings {
			if strings.HasPrefix(f.Detail, "list of ") {
				n++
			}
		}
		return n
	}
	// GB 18030 in base64, which also reads as Windows-1252.
	const one = "wLjEvz298cjVzca89jthcG9sbGluZS56cGZyZHpAcG9zdGUuZXhhbXBsZQ=="
	if n := lists(`{"friend_email":"` + one + `"}`); n != 0 {
		t.Errorf("%d lists are made of one address", n)
	}
	var all []string
	for _, who := range []string{"apolline.zpfrdz", "camille.hxpxhq", "maelle.mjgvgt", "zelie.cujvnz"} {
		all = append(all, base64.StdEncoding.EncodeToString([]byte(who+"@poste.example")))
	}
	if n := lists(`{"friends":"` + strings.Join(all, ",") + `"}`); n != 1 {
		t.Errorf("%d lists are made of four addresses in one field, each encoded, want 1", n)
	}
	if n := lists(`{"friends":["` + strings.Join(all, `","`) + `"]}`); n != 1 {
		t.Errorf("%d lists are made of an array of four addresses, each encoded, want 1", n)
	}
}
