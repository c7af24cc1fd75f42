package main

import (
	"bytes"
	"fmt"
)

// value is one planted value of the invented persona.
type value struct {
	Type  string   // data type id
	Text  string   // as the persona lists it
	Keys  []string // field names that carry it
	Alike []string // other clear forms an app may send, which normalisation undoes
}

// persona is 40 values. Domains are RFC 2606's, public addresses RFC 5737's
// and RFC 3849's, French phone numbers ARCEP's for fiction (06 39 98), card
// and account numbers the published test ones, and no value contains another.
var persona = []value{
	{"contact.phone", "+33639980142", []string{"phone", "mobile", "msisdn"}, []string{"0639980142", "+33 6 39 98 01 42"}},
	{"contact.phone", "+33639981377", []string{"phone_number", "tel"}, []string{"0639981377"}},
	{"contact.email", "amber.tolland@example.org", []string{"email", "mail", "em"}, []string{"Amber.Tolland@example.org"}},
	{"contact.email", "atd.work@mail.example.com", []string{"work_email", "login"}, nil},
	{"contact.username", "quillfern_77", []string{"username", "unique_id"}, nil},
	{"contact.name", "Wilhelmina Okonkwo-Brandt", []string{"name", "full_name"}, []string{"wilhelmina okonkwo-brandt"}},
	{"contact.address", "118 rue des Tanneurs Verts", []string{"address", "street"}, nil},
	{"contact.birthdate", "1987-11-23", []string{"birthday", "date_of_birth"}, nil},
	{"account.user_id", "6847193025518042117", []string{"uid", "user_id"}, nil},
	{"account.user_id", "MS4wLjABAAAAkq7vTzN1r0Xy2e", []string{"sec_uid"}, nil},
	{"account.session", "c1f0a9d37be24481a6d2f95e0b773c18", []string{"sessionid", "x-tt-token"}, nil},
	{"credential.password", "Tr0ut-kettle!49", []string{"password", "passwd"}, nil},
	{"device.imei", "490154203237518", []string{"imei"}, nil},
	{"device.imei", "356938035643809", []string{"imei2"}, nil},
	{"device.meid", "A100000949FB41", []string{"meid"}, []string{"a100000949fb41"}},
	{"device.imsi", "208150987654326", []string{"imsi"}, nil},
	{"device.iccid", "8933150319080217445", []string{"sim_serial_number", "iccid"}, nil},
	{"device.serial", "R58N60XK7QP", []string{"serial", "build_serial"}, nil},
	{"device.mac", "3c:28:6d:f1:0a:9e", []string{"mac", "wifi_mac", "mc"}, []string{"3C:28:6D:F1:0A:9E", "3c286df10a9e"}},
	{"device.bluetooth_mac", "3c:28:6d:f1:0a:b7", []string{"bt_mac"}, []string{"3C286DF10AB7"}},
	{"device.android_id", "9f3c1d77e2a4b805", []string{"android_id", "openudid_src"}, nil},
	{"device.ad_id", "6a1c1487-a0af-4223-b142-a0f4621d0311", []string{"gaid", "google_aid"}, []string{"6A1C1487-A0AF-4223-B142-A0F4621D0311"}},
	{"device.ad_id", "d94b2f60-17c3-4f5e-9d38-7721c05e6fa4", []string{"oaid", "idfa"}, nil},
	{"device.vendor_id", "B2E7D0C9-5A41-4D6B-8F13-90CC21E5A7D2", []string{"idfv", "vendor_id"}, nil},
	{"device.openudid", "51d8e6a90f2b74c3", []string{"openudid"}, nil},
	{"device.install_id", "7219385540163928070", []string{"iid", "install_id"}, nil},
	{"network.public_ip", "203.0.113.178", []string{"client_ip", "ip"}, nil},
	{"network.public_ip", "2001:db8:4e1:77::a19c", []string{"ipv6"}, nil},
	{"network.local_ip", "192.168.173.46", []string{"local_ip", "lan_ip"}, nil},
	{"network.ssid", "Heron-Attic-5G", []string{"ssid"}, nil},
	{"network.bssid", "a4:91:b1:6e:22:d5", []string{"bssid"}, []string{"A4:91:B1:6E:22:D5"}},
	{"location.precise", "47.218637,-1.554136", []string{"gps", "location"}, nil},
	{"content.draft", "paper lanterns over the weir", []string{"caption", "draft"}, nil},
	{"content.message", "meet me by the copper sundial", []string{"msg"}, nil},
	{"content.clipboard", "locker 4471 behind the oboe case", []string{"pasteboard"}, nil},
	{"content.search", "velvet barometer repair", []string{"keyword"}, nil},
	{"social.contact_phone", "+33639989903", []string{"contact_phone"}, []string{"0639989903"}},
	{"social.contact_email", "osric.penhaligon@example.net", []string{"contact_email"}, nil},
	{"finance.card", "4012888888881881", []string{"card_number"}, []string{"4012 8888 8888 1881"}},
	{"finance.iban", "GB82WEST12345698765432", []string{"iban"}, nil},
}

func personaTOML() []byte {
	var b bytes.Buffer
	b.WriteString("# An invented person, for measuring. Written by bench/trackhar/generate.\n")
	for _, v := range persona {
		fmt.Fprintf(&b, "\n[[value]]\ntype = %q\nvalue = %q\n", v.Type, v.Text)
	}
	return b.Bytes()
}

// indicatorValues is the same persona for TrackHAR: the 40 values and, as a
// careful user of it would add, the national forms of the 3 phone numbers.
func indicatorValues() map[string][]string {
	m := map[string][]string{}
	for _, v := range persona {
		m[v.Type] = append(m[v.Type], v.Text)
		if len(v.Alike) > 0 && v.Text[0] == '+' {
			m[v.Type] = append(m[v.Type], v.Alike[0])
		}
	}
	return m
}
