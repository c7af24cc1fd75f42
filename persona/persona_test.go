package persona

import (
	"slices"
	"strings"
	"testing"

	"github.com/constat/constat/datatype"
)

func TestParse(t *testing.T) {
	p, err := Parse(strings.NewReader(`
name = "Camille"
region = "fr"

[[value]]
type = "contact.phone"
value = "06 12 34 56 78"
label = "SIM 1"

[[value]] # second
type = "location.precise"
value = "48.858370, 2.294481"
note = "tower"
`), "p.toml")
	if err != nil {
		t.Fatal(err)
	}
	if p.Region != "FR" || p.Name != "Camille" || len(p.Values) != 2 || p.Values[0].Label != "SIM 1" || p.Values[1].Index != 1 {
		t.Errorf("got %+v", p)
	}
	if lat, lon, ok := p.Values[1].Coordinates(); !ok || lat != 48.85837 || lon != 2.294481 {
		t.Errorf("coordinates %v %v %v", lat, lon, ok)
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown type", "[[value]]\nvalue=\"x\"\ntype = \"device.imie\"\n", `p.toml:3: value 1: unknown data type "device.imie": did you mean "device.imei"?`},
		{"unknown key", "[[value]]\ntype = \"device.imei\"\nvalue=\"1\"\nlable = \"x\"\n", `p.toml:4: unknown key "lable": did you mean "label"?`},
		{"unknown table", "[[values]]\ntype = \"device.imei\"\n", `p.toml:1: unknown key "values": did you mean "value"?`},
		{"no type", "[[value]]\nvalue = \"x\"\n", `p.toml:1: value 1: no "type"`},
		{"no value", "\n[[value]]\ntype = \"device.imei\"\n", `p.toml:2: value 1: no "value"`},
		{"region", "region = \"France\"\n", `p.toml:1: region "France" is not a country code`},
		{"position", "[[value]]\ntype = \"location.precise\"\nvalue = \"Paris\"\n", `p.toml:1: value 1: a location is written "latitude,longitude"`},
		{"not TOML", "[[value]]\ntype = device\n", "p.toml:2: "},
		{"number", "[[value]]\ntype = \"device.imei\"\nvalue = 356938035643809\n", "with quotes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(strings.NewReader(c.text), "p.toml")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "356938035643809") {
				t.Error("the error shows a value")
			}
		})
	}
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		typ   datatype.ID
		value string
		want  []string
	}{
		{"contact.phone", "+33 6 12 34 56 78", []string{"+33612345678", "33612345678", "0033612345678", "0612345678", "612345678", "+33 6 12 34 56 78", "06 12 34 56 78", "06-12-34-56-78", "06.12.34.56.78", "+33-6-12-34-56-78"}},
		{"contact.phone", "0612345678", []string{"+33612345678", "33612345678", "612345678"}},
		{"contact.phone", "0033612345678", []string{"+33612345678"}},
		{"contact.email", " Camille.Roussel+news@Gmail.com ", []string{"camille.roussel+news@gmail.com", "camilleroussel@gmail.com", "camille.roussel@gmail.com", "camille.roussel+news"}},
		{"device.mac", "3C-5A-B4-91-7E-02", []string{"3c:5a:b4:91:7e:02", "3C:5A:B4:91:7E:02", "3c5ab4917e02", "3C5AB4917E02", "3c5a.b491.7e02", "3c-5a-b4-91-7e-02"}},
		{"device.ad_id", "A1B2C3D4-E5F6-4789-8ABC-DEF012345678", []string{"a1b2c3d4-e5f6-4789-8abc-def012345678", "a1b2c3d4e5f647898abcdef012345678", "A1B2C3D4E5F647898ABCDEF012345678"}},
		{"device.imei", "356938035643809", []string{"35693803564380"}},
		{"contact.name", "Zoé Lefèvre", []string{"zoé lefèvre", "ZOÉ LEFÈVRE", "Lefèvre Zoé", "Lefèvre, Zoé", "zoe lefevre", "Zoe\u0301 Lefe\u0300vre"}},
		{"contact.birthdate", "1991-04-27", []string{"19910427", "27/04/1991", "04/27/1991", "27.04.1991", "1991-04-27T00:00:00Z"}},
		{"location.precise", "48.858379,-2.294486", []string{"48.85837", "48.8583", "48.8584", "-2.294486", "-2.2944", "-2.2945", "48858379", "-2294486", "488583790", "-2.29449,48.85838"}},
		{"network.public_ip", "2001:db8::7", []string{"2001:0db8:0000:0000:0000:0000:0000:0007"}},
		{"network.ssid", "Chez Camille", []string{`"Chez Camille"`, "chez camille"}},
		{"content.message", "  Two  Words\n", []string{"Two  Words", "Two Words", "two words"}},
		{"finance.iban", "FR76 3000 6000 0112 3456 7890 189", []string{"FR7630006000011234567890189", "fr7630006000011234567890189"}},
	} {
		t.Run(string(c.typ), func(t *testing.T) {
			var got []string
			for _, f := range (Value{Type: c.typ, Value: c.value}).Forms("FR") {
				if slices.Contains(got, f.Text) {
					t.Errorf("twice: %q", f.Text)
				}
				got = append(got, f.Text)
			}
			if got[0] != c.value {
				t.Errorf("first form %q, want the value as written", got[0])
			}
			for _, w := range c.want {
				if !slices.Contains(got, w) {
					t.Errorf("no form %q in %q", w, got)
				}
			}
		})
	}
}

func TestWeak(t *testing.T) {
	for _, c := range []struct {
		typ   datatype.ID
		value string
		weak  bool
	}{
		{"contact.phone", "612345678", false}, // 9 digits
		{"contact.phone", "12345678", true},   // 8
		{"device.openudid", "a1b2c3d4", false},
		{"device.openudid", "a1b2c3d", true},
		{"contact.username", "abcdefg", false}, // 7 letters
		{"contact.username", "camill", true},
		{"contact.birthdate", "1991-04-27", true},
		{"device.os", "Android 14", true},
		{"location.precise", "48.85,2.29", true},
		{"location.precise", "48.8583,2.2944", false},
		{"device.imei", "000000000000000", true},
		{"device.mac", "3c:5a:b4:91:7e:02", false},
	} {
		if got := (Value{Type: c.typ, Value: c.value}).Weak(); (got != "") != c.weak {
			t.Errorf("%s of %d characters: Weak() = %q, want weak %v", c.typ, len(c.value), got, c.weak)
		}
	}
	for _, f := range (Value{Type: "contact.email", Value: "camille.roussel@example.org"}).Forms("") {
		if (f.Weak != "") != (f.Text == "camille.roussel") {
			t.Errorf("form %q: weak %q", f.Name, f.Weak)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("region = \"FR\"\n[[value]]\ntype = \"contact.phone\"\nvalue = \"06 12 34 56 78\"\n")
	f.Add("[[value]]\ntype = \"location.precise\"\nvalue = \"1e309,-0\"\n")
	f.Add("[[value]]\ntype = \"finance.iban\"\nvalue = \"é\"\n")
	f.Add("[[value]]\ntype = \"contact.email\"\nvalue = \"@\"\n[[value]]\ntype = \"device.mac\"\nvalue = \"0x\"\n[[value]]\ntype = \"contact.name\"\nvalue = \"aaaaaaaa 12345678 marie\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(strings.NewReader(text), "f.toml")
		if err != nil {
			return
		}
		for i, j := range p.Judge(nil) {
			if j.Bits < 0 || j.Bits != j.Bits || (j.Verdict == Strong) != (len(j.Faults) == 0) || j.Verdict == Strong && j.Use != Everywhere {
				t.Fatalf("value %d: %+v", i, j)
			}
		}
		for _, v := range p.Values {
			v.Weak()
			for _, form := range v.Forms(p.Region) {
				if form.Text == "" || form.Name == "" {
					t.Fatalf("empty form of %s", v.Type)
				}
			}
		}
	})
}
