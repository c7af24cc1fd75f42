package detect

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/flow"
)

func hexSHA256(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }

func TestNonvaluesInClear(t *testing.T) {
	n := loadNonvalues()
	for _, c := range []struct{ value, kind string }{
		{"", "no_value"}, {" ", "no_value"}, {"NULL", "no_value"}, {`"unknown"`, "no_value"},
		{"test", "test_value"}, {"yourEmailVariable", "test_value"},
		{"<user_email_address>", "unfilled_tag"}, {"__INSERT_USER_EMAIL__", "unfilled_tag"}, {"{{email}}", "unfilled_tag"}, {"{{ DLV - user.email }}", "unfilled_tag"},
		{"${phone}", "unfilled_tag"}, {"%%IDFA%%", "unfilled_tag"}, {"[ADVERTISING_ID]", "unfilled_tag"}, {"*|EMAIL|*", "unfilled_tag"}, {"##Hashed Email Address##", "unfilled_tag"},
		{"<EMAIL-HERE>", "unfilled_tag"}, {"{gps_adid}", "unfilled_tag"},
		{"00000000-0000-0000-0000-000000000000", "zero_id"}, {"02:00:00:00:00:00", "masked_mac"}, {"02-00-00-00-00-00", "masked_mac"}, {"9774D56D682E549C", "shared_id"},
		{"000-000-0000", "repeated"}, {"xxxxxxxx", "repeated"}, {"4242424242424242", "sample"}, {"GB82WEST12345698765432", "sample"}, {"john.doe@example.com", "sample"},
		{"camille", ""}, {"+33612348765", ""}, {"3c:5a:b4:91:7e:02", ""}, {"a1b2c3d4-e5f6-4789-8abc-def012345678", ""}, {"北京", ""},
		{"<jane@doe.org>", ""}, {"[jane@doe.org]", ""}, {"{+33612348765}", ""}, {"[LG_TV]", ""}, {"<3 Camille>", ""}, {"__06 12 34 87 65__", ""}, {"[2.2944,48.8583]", ""}, {"fr", ""}, {"f", ""}, {"camille@example.com", ""},
	} {
		x, ok := n.clear([]byte(c.value))
		switch {
		case ok != (c.kind != ""):
			t.Errorf("%q: a non-value: %v, want kind %q", c.value, ok, c.kind)
		case ok && x.row.Kind != c.kind:
			t.Errorf("%q: kind %q, want %q", c.value, x.row.Kind, c.kind)
		}
	}
}

// TestNonvalueDigests checks digests against the standard library, in each
// function and encoding, and against those published for "nothing".
func TestNonvalueDigests(t *testing.T) {
	d := loadNonvalues().digests()
	check := func(digest, function, text string) {
		t.Helper()
		x, got, ok := d.find([]byte(digest))
		if !ok || got != function || x.text != text {
			t.Errorf("%s: %q %q %v, want %s of %q", digest, got, x.text, ok, function, text)
		}
	}
	check("d41d8cd98f00b204e9800998ecf8427e", "md5", "")
	check("DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", "sha1", "")
	check("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256", "")
	check("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "sha256", "")
	check("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "sha256", "")
	check("098f6bcd4621d373cade4e832627b4f6", "md5", "test")
	for _, c := range []struct{ hashed, text string }{
		{"<user_email_address>", "<user_email_address>"},
		{"useremailaddress", "{{user_email_address}}"}, // no punctuation; the first of the tags that give it
		{"__INSERT_USER_EMAIL__", "__INSERT_USER_EMAIL__"},
		{"__insert_user_email__", "__insert_user_email__"},
		{"{{userEmail}}", "{{userEmail}}"},
		{"##Hashed Email Address##", "##Hashed Email Address##"},
		{"02:00:00:00:00:00", "02:00:00:00:00:00"},
		{"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"},
		{"us", "us"}, {"f", "f"}, {"select…", "select…"}, {"contoso@example.com", "contoso@example.com"},
		{"15555215554", "15555215554"},
	} {
		m, s1, s2, s5 := md5.Sum([]byte(c.hashed)), sha1.Sum([]byte(c.hashed)), sha256.Sum256([]byte(c.hashed)), sha512.Sum512([]byte(c.hashed))
		check(hex.EncodeToString(m[:]), "md5", c.text)
		check(hex.EncodeToString(s1[:]), "sha1", c.text)
		check(hex.EncodeToString(s2[:]), "sha256", c.text)
		check(hex.EncodeToString(s5[:]), "sha512", c.text)
		check(base64.StdEncoding.EncodeToString(s2[:]), "sha256", c.text)
	}
	for _, v := range []string{"camille.roussel@example.org", "+33639980001", "jane@doe.org", "<jane@doe.org>"} {
		if x, f, ok := d.find([]byte(hexSHA256(v))); ok {
			t.Errorf("%s of %q is taken for one of %q", f, v, x.text)
		}
	}
	for _, v := range []string{"", "zz", strings.Repeat("z", 64), strings.Repeat("=", 44), strings.Repeat("\xff", 128)} {
		d.find([]byte(v)) // does not panic
	}
}

// TestRefuted: one refutation and no finding, in a field whose name promises
// something or whose value looks like something.
func TestRefuted(t *testing.T) {
	e := engine(t, subject, Options{})
	meta := func(body string) *flow.Flow {
		f := post("/tr", asJSON, []byte(body))
		f.Request.URL, f.Request.Host = "https://www.facebook.com/tr", "www.facebook.com"
		return f
	}
	for _, c := range []struct {
		name string
		flow *flow.Flow
		typ  datatype.ID
		kind string
		of   string // function
		key  string
	}{
		{"tag hashed under em", post("/p", asJSON, []byte(`{"user_data":{"em":["`+hexSHA256("<user_email_address>")+`"]}}`)), "contact.email", "unfilled_tag", "sha256", "em"},
		{"tag hashed under ud[em]", post("/p?ud%5Bem%5D="+hexSHA256("__insert_user_email__"), asText, nil), "contact.email", "unfilled_tag", "sha256", "ud[em]"},
		{"tag under email", post("/p", asForm, []byte("email=%3Cuser_email_address%3E")), "contact.email", "unfilled_tag", "", "email"},
		{"tag in a header", post("/p", asText, []byte("x"), flow.Field{Name: "X-User-Email", Value: "{{user.email}}"}), "contact.email", "unfilled_tag", "", "X-User-Email"},
		{"test under phone_sha256", post("/p", asJSON, []byte(`{"phone_sha256":"`+hexSHA256("test")+`"}`)), "contact.phone", "test_value", "sha256", "phone_sha256"},
		{"test@test.com", post("/p", asJSON, []byte(`{"email":"test@test.com"}`)), "contact.email", "sample", "", "email"},
		{"nothing hashed", post("/p", asJSON, []byte(`{"hashed_email":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}`)), "contact.email", "no_value", "sha256", "hashed_email"},
		{"zero id", post("/p", asJSON, []byte(`{"idfa":"00000000-0000-0000-0000-000000000000"}`)), "device.ad_id", "zero_id", "", "idfa"},
		{"zero id hashed", post("/p", asJSON, []byte(`{"ifa":"`+hexSHA256("00000000-0000-0000-0000-000000000000")+`"}`)), "device.ad_id", "zero_id", "sha256", "ifa"},
		{"masked MAC", post("/p", asJSON, []byte(`{"wifi_mac":"02:00:00:00:00:00"}`)), "device.mac", "masked_mac", "", "wifi_mac"},
		{"masked MAC hashed", post("/p", asJSON, []byte(`{"macsha1":"`+hexSHA1("020000000000")+`"}`)), "device.mac", "masked_mac", "sha1", "macsha1"},
		{"shared Android ID", post("/p", asJSON, []byte(`{"android_id":"9774d56d682e549c"}`)), "device.android_id", "shared_id", "", "android_id"},
		{"country hashed under em", post("/p", asJSON, []byte(`{"em":"`+hexSHA256("us")+`"}`)), "contact.email", "select_value", "sha256", "em"},
		{"gender hashed under em", post("/p", asJSON, []byte(`{"em":"`+hexSHA256("f")+`"}`)), "contact.email", "select_value", "sha256", "em"},
		{"select hashed", post("/p", asJSON, []byte(`{"zp":"`+hexSHA256("please select")+`"}`)), "contact.postcode", "select_value", "sha256", "zp"},
		{"test card", post("/p", asJSON, []byte(`{"card_number":"4242 4242 4242 4242"}`)), "", "", "", ""}, // grouped: see below
		{"test card, bare", post("/p", asJSON, []byte(`{"card_number":"4242424242424242"}`)), "finance.card", "sample", "", "card_number"},
		{"fiction in France", post("/p", asJSON, []byte(`{"phone":"+33199001234"}`)), "contact.phone", "reserved", "", "phone"},
		{"fiction in Britain", post("/p", asJSON, []byte(`{"phone":"+447700900123"}`)), "contact.phone", "reserved", "", "phone"},
		{"fiction in America", post("/p", asJSON, []byte(`{"phone":"+12025550143"}`)), "contact.phone", "reserved", "", "phone"},
		{"documentation network", post("/p", asJSON, []byte(`{"client_ip":"203.0.113.9"}`)), "network.public_ip", "reserved", "", "client_ip"},
		{"repeated", post("/p", asJSON, []byte(`{"phone":"000-000-0000"}`)), "contact.phone", "repeated", "", "phone"},
		{"Meta pixel", meta(`{"id":"4539578763621486"}`), "finance.card", "vendor_id", "", "id"},
		{"Facebook app", post("/p", asJSON, []byte(`{"fb_app_id":"352099001761481"}`)), "", "", "", ""}, // the persona's IMEI: known values come first
		{"Facebook app, not the persona's", post("/p", asJSON, []byte(`{"fb_app_id":"490154203237518"}`)), "device.imei", "vendor_id", "", "fb_app_id"},
		{"API key", post("/p", asJSON, []byte(`{"api_key":"`+hexSHA256("a key of a program")+`"}`)), "contact.email", "code_key", "", "api_key"},
		{"integrity", post("/p", asJSON, []byte(`{"integrity":"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV="}`)), "contact.email", "code_key", "", "integrity"},
	} {
		r := e.NewScanner().Scan(c.flow)
		if c.kind == "" {
			if len(r.Refuted) > 0 {
				t.Errorf("%s: refuted: %+v", c.name, r.Refuted)
			}
			continue
		}
		if len(r.Findings) > 0 {
			t.Errorf("%s: found %s %s %q", c.name, r.Findings[0].Type, r.Findings[0].Grade, r.Findings[0].Value)
		}
		if len(r.Refuted) != 1 {
			t.Errorf("%s: %d refutations, want 1: %+v", c.name, len(r.Refuted), r.Refuted)
			continue
		}
		x := r.Refuted[0]
		if x.Type != c.typ || x.Kind != c.kind || x.Digest != c.of || x.Key != c.key || x.Why == "" || x.Source == "" || len(x.Derivation) == 0 || x.Len == 0 {
			t.Errorf("%s: %+v", c.name, x)
		}
	}
}

func hexSHA1(s string) string { sum := sha1.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }

// TestNotRefuted: what is a value, or says nothing either way, is no
// refutation.
func TestNotRefuted(t *testing.T) {
	e := engine(t, subject, Options{})
	for _, c := range []struct {
		body string
		typ  datatype.ID // of the one finding, "" if none
	}{
		{`{"em":["` + hexSHA256("camille.roussel@example.org") + `"]}`, "contact.email"},
		{`{"fn":"` + hexSHA256("zoé") + `"}`, "contact.name"},
		{`{"em":"` + hexSHA256("somebody.else@posteo.org") + `"}`, ""},
		{`{"email":"jane@doe.org"}`, "contact.email"},
		{`{"email":"<jane@doe.org>"}`, ""},
		{`{"ge":"` + hexSHA256("f") + `"}`, "contact.gender"},
		{`{"gender":"f"}`, "contact.gender"},
		{`{"language":"fr"}`, "device.language"},
		{`{"db":"test"}`, ""}, {`{"fn":"render"}`, ""}, {`{"id":"4539578763621486"}`, ""},
		{`{"email":null}`, ""}, {`{"email":""}`, ""}, {`{"email":"unknown"}`, ""}, {`{"token":"token"}`, ""}, {`{"phone":"xxx"}`, ""},
		{`{"x":"` + hexSHA256("test") + `"}`, ""}, // nothing promises anything
		{`{"api_key":"d41d8cd98f00b204e9800998ecf8427e"}`, ""},
	} {
		r := e.NewScanner().Scan(post("/p", asJSON, []byte(c.body)))
		if len(r.Refuted) > 0 {
			t.Errorf("%s: refuted: %+v", c.body, r.Refuted[0])
		}
		switch {
		case c.typ == "" && len(r.Findings) > 0:
			t.Errorf("%s: found %s", c.body, r.Findings[0].Type)
		case c.typ != "" && (len(r.Findings) != 1 || r.Findings[0].Type != c.typ):
			t.Errorf("%s: got %+v, want one %s", c.body, r.Findings, c.typ)
		}
	}
}

// TestPersonaInAReservedRange: test personas live where nobody else does.
func TestPersonaInAReservedRange(t *testing.T) {
	const other = `{"contact_phone":"+12025550143"}`
	for _, c := range []struct {
		persona string
		refuted int
	}{
		{"", 1},
		{"[[value]]\ntype=\"contact.phone\"\nvalue=\"+33 6 12 34 56 78\"\n", 1},
		{"[[value]]\ntype=\"contact.phone\"\nvalue=\"+1 202-555-0101\"\n", 0},
	} {
		r := engine(t, c.persona, Options{}).NewScanner().Scan(post("/p", asJSON, []byte(other)))
		if len(r.Refuted) != c.refuted || len(r.Findings) != 1-c.refuted {
			t.Errorf("persona %q: %d refuted, %d found", c.persona, len(r.Refuted), len(r.Findings))
		}
	}
}

// TestRefutedIsCountedEachTime: header fields are remembered only if nothing
// is to be said of them, so that counts do not depend on the scanner.
func TestRefutedIsCountedEachTime(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	f := post("/p", asText, []byte("x"), flow.Field{Name: "X-Advertising-Id", Value: "00000000-0000-0000-0000-000000000000"})
	for i := range 3 {
		if r := s.Scan(f); len(r.Refuted) != 1 {
			t.Fatalf("scan %d: %d refutations, want 1", i, len(r.Refuted))
		}
	}
}

func TestRefutedIsBounded(t *testing.T) {
	body := "[" + strings.TrimSuffix(strings.Repeat(`{"email":"<user_email>"},`, 10*maxRefuted), ",") + "]"
	r := engine(t, "", Options{}).NewScanner().Scan(post("/p", asJSON, []byte(body)))
	if len(r.Refuted) != maxRefuted {
		t.Errorf("%d refutations, want %d", len(r.Refuted), maxRefuted)
	}
	gap := false
	for _, p := range r.Parts {
		for _, g := range p.Report.Gaps {
			gap = gap || g.Message == tooMany
		}
	}
	if !gap {
		t.Error("what was left out is not said")
	}
}

// TestNonvaluesHaveSources: no row without kind, source and date (the loader
// panics), and no text twice in the rows of one meaning.
func TestNonvaluesHaveSources(t *testing.T) {
	n := loadNonvalues()
	if len(n.exact) < 500 || len(n.ranges) < 2 || len(n.contexts) < 50 || len(n.tags.marks) < 20 {
		t.Errorf("%d texts, %d ranges, %d names in context, %d marks", len(n.exact), len(n.ranges), len(n.contexts), len(n.tags.marks))
	}
	for _, r := range n.ranges {
		for _, p := range r.Numbers {
			if strings.Trim(p, "0123456789?") != "" || len(p) < 8 || len(p) > 15 {
				t.Errorf("%q is no pattern of an international number", p)
			}
		}
	}
}

// BenchmarkNonvalues loads the data and makes the digests: the limit is 20 ms.
func BenchmarkNonvalues(b *testing.B) {
	for b.Loop() {
		n := readNonvalues()
		n.digests()
	}
	d := loadNonvalues().digests()
	b.ReportMetric(float64(len(d.texts)), "texts")
	b.ReportMetric(float64(len(d.by64)), "digests")
}

func ExampleScanner_refuted() {
	e, _ := New(nil, Options{})
	f := post("/tr?ud[em]="+hexSHA256("<user_email_address>"), asText, nil)
	for _, r := range e.NewScanner().Scan(f).Refuted {
		fmt.Printf("looks like %s, is %s of %s\n", r.Type, r.Digest, r.Text)
	}
	// Output:
	// looks like contact.email, is sha256 of <user_email_address>
}

// TestResultsOwnTheirNames scans a second message after a first, of which the
// decoder's memory is then used again: what was found in the first must not
// change.
func TestResultsOwnTheirNames(t *testing.T) {
	s := engine(t, "", Options{}).NewScanner()
	message := func(name string) *flow.Flow {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		fmt.Fprintf(z, `{"%[1]s":{"email":"{{email}}","%[1]s_phone":"000-000-0000","idfa":"00000000-0000-0000-0000-000000000000","android_id":"9774d56d682e549c"}}`, name)
		fmt.Fprintf(z, `{"%[1]s":{"gender":"%[2]s","mail":"camille@poste.example","list":["+33639980112","+33639980113","+33639980114"]}}`, name, hexSHA256("m"))
		z.Close()
		return post("/"+name, "application/json", b.Bytes(), flow.Field{Name: "Content-Encoding", Value: "gzip"})
	}
	first := s.Scan(message("premier"))
	if len(first.Refuted) < 3 || len(first.Findings) < 2 {
		t.Fatalf("%d refuted, %d found", len(first.Refuted), len(first.Findings))
	}
	before := fmt.Sprintf("%+v %+v", first.Refuted, first.Findings)
	if !strings.Contains(before, "premier") {
		t.Fatal("no name of the message in", before)
	}
	for range 3 {
		s.Scan(message("dernier"))
	}
	if after := fmt.Sprintf("%+v %+v", first.Refuted, first.Findings); after != before {
		t.Errorf("what was found in one message changed with the next:\n%s\n%s", before, after)
	}
}
