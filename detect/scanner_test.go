package detect

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
	"github.com/constat/constat/persona"
)

const subject = `
region = "FR"
[[value]]
type = "contact.email"
value = "camille.roussel@example.org"
[[value]]
type = "contact.phone"
value = "+33 6 12 34 56 78"
[[value]]
type = "device.mac"
value = "3c:5a:b4:91:7e:02"
[[value]]
type = "device.ad_id"
value = "a1b2c3d4-e5f6-4789-8abc-def012345678"
[[value]]
type = "location.precise"
value = "48.858370,2.294481"
[[value]]
type = "contact.username"
value = "camroux"
[[value]]
type = "contact.birthdate"
value = "1991-04-27"
[[value]]
type = "device.imei"
value = "352099001761481"
[[value]]
type = "contact.name"
value = "Zoé Lefèbrac"
`

// twin has other values of the same shapes: whatever is found of it in the
// subject's traffic is a false finding.
const twin = `
region = "FR"
[[value]]
type = "contact.email"
value = "bastien.moreaux@example.org"
[[value]]
type = "contact.phone"
value = "+33 6 98 71 20 43"
[[value]]
type = "device.mac"
value = "a4:77:33:c0:19:5d"
[[value]]
type = "device.ad_id"
value = "0f9e8d7c-6b5a-4433-9221-100fedcba987"
[[value]]
type = "location.precise"
value = "45.764043,4.835659"
[[value]]
type = "contact.username"
value = "bastmor"
[[value]]
type = "contact.birthdate"
value = "1984-11-09"
[[value]]
type = "device.imei"
value = "861536030196001"
[[value]]
type = "contact.name"
value = "Noé Bérangé"
`

func engine(t testing.TB, text string, o Options) *Engine {
	t.Helper()
	var p *persona.Persona
	if text != "" {
		var err error
		if p, err = persona.Parse(strings.NewReader(text), "persona.toml"); err != nil {
			t.Fatal(err)
		}
	}
	e, err := New(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// post is a POST of body; target is the path and query.
func post(target, mediaType string, body []byte, headers ...flow.Field) *flow.Flow {
	return &flow.Flow{Kind: flow.HTTP, Protocol: "HTTP/1.1", Request: &flow.Request{
		Method: "POST", URL: "https://collect.tracker.test" + target, Host: "collect.tracker.test", Version: "HTTP/1.1",
		Headers: append([]flow.Field{{Name: "Host", Value: "collect.tracker.test"}, {Name: "Content-Type", Value: mediaType}}, headers...),
		Body:    flow.Body{Data: body, Kept: true, Size: int64(len(body))},
	}}
}

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
	asText = "text/plain"
	asRaw  = "application/octet-stream"
)

func gz(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.Bytes()
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func find(fs []Finding, typ datatype.ID, grade string) *Finding {
	for i := range fs {
		if fs[i].Type == typ && fs[i].Grade == grade {
			return &fs[i]
		}
	}
	return nil
}

// matrix is one e-mail address in the 25 forms on which the peers were
// measured, save HMAC, reversal and XOR, which are not found yet.
func matrix() map[string]*flow.Flow {
	const mail = "camille.roussel@example.org"
	m5, s1, s2 := md5.Sum([]byte(mail)), sha1.Sum([]byte(mail)), sha256.Sum256([]byte(mail))
	mailbox := sha256.Sum256([]byte("camilleroussel@example.org"))
	hexed := hex.EncodeToString(s2[:])
	m5of := md5.Sum([]byte(hexed))
	var escaped strings.Builder
	for _, c := range mail {
		fmt.Fprintf(&escaped, `\u%04x`, c)
	}
	jwt := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"1","contact":"`+mail+`"}`)) + ".c2lnbmF0dXJlLW9mLXRoaXM"
	get := func(v string) *flow.Flow { return post("/p?v=1&x="+v, asText, []byte("-")) }
	field := func(v string) *flow.Flow { return post("/p", asJSON, []byte(`{"a":1,"x":"`+v+`"}`)) }
	return map[string]*flow.Flow{
		"plain":                         get(mail),
		"percent":                       get(url.QueryEscape(mail)),
		"percent twice":                 get(url.QueryEscape(url.QueryEscape(mail))),
		"percent, every byte":           get("%" + strings.ToUpper(strings.Join(pairsOf(hex.EncodeToString([]byte(mail))), "%"))),
		"base64":                        post("/p", asText, []byte(b64(mail))),
		"base64 at odd offset":          post("/p", asText, []byte(b64("u="+mail+";v=2"))),
		"base64 inside JSON":            field(b64(mail)),
		"base64url in query":            get(base64.RawURLEncoding.EncodeToString([]byte(`{"m":"` + mail + `?>"}`))),
		"hex":                           field(hex.EncodeToString([]byte(mail))),
		"JSON escapes":                  field(escaped.String()),
		"gzip and base64":               field(base64.StdEncoding.EncodeToString(gz(`{"m":"` + mail + `"}`))),
		"gzip body":                     post("/p", asJSON, gz(`{"m":"`+mail+`"}`), flow.Field{Name: "Content-Encoding", Value: "gzip"}),
		"md5":                           field(hex.EncodeToString(m5[:])),
		"sha1":                          field(hex.EncodeToString(s1[:])),
		"sha256":                        field(hexed),
		"sha256 in a query":             get(hexed),
		"sha256, upper-case hex":        field(strings.ToUpper(hexed)),
		"sha256, base64 of raw":         field(base64.StdEncoding.EncodeToString(s2[:])),
		"sha256, base64url of raw":      get(base64.RawURLEncoding.EncodeToString(s2[:])),
		"md5 of sha256 hex":             field(hex.EncodeToString(m5of[:])),
		"sha256 cut to 32":              field(hexed[:32]),
		"sha256 of normalised mailbox":  field(hex.EncodeToString(mailbox[:])),
		"multipart field":               post("/p", "multipart/form-data; boundary=XX", []byte("--XX\r\nContent-Disposition: form-data; name=\"m\"\r\n\r\n"+mail+"\r\n--XX--\r\n")),
		"JWT claim":                     post("/p", asText, []byte("-"), flow.Field{Name: "Authorization", Value: "Bearer " + jwt}),
		"base64 three times":            field(b64(b64(b64(mail)))),
		"upper-cased":                   get(strings.ToUpper(mail)),
		"JSON in JSON":                  field(`{\"m\":\"` + mail + `\"}`),
		"cookie":                        post("/p", asText, []byte("-"), flow.Field{Name: "Cookie", Value: "a=b; m=" + url.QueryEscape(mail)}),
		"protobuf field":                post("/p", "application/x-protobuf", append([]byte{0x08, 0x96, 0x01, 0x12, byte(len(mail))}, mail...)),
		"protobuf field, raw digest":    post("/p", "application/x-protobuf", append([]byte{0x08, 0x96, 0x01, 0x12, 32}, s2[:]...)),
		"form value with form encoding": post("/p", asForm, []byte("a=1&x="+url.QueryEscape(mail))),
	}
}

func pairsOf(s string) (out []string) {
	for i := 0; i < len(s); i += 2 {
		out = append(out, s[i:i+2])
	}
	return out
}

func TestEncodingMatrix(t *testing.T) {
	s, decoy := engine(t, subject, Options{}).NewScanner(), engine(t, twin, Options{}).NewScanner()
	for name, f := range matrix() {
		t.Run(name, func(t *testing.T) {
			r := s.Scan(f)
			got := find(r.Findings, "contact.email", GradeA)
			if got == nil {
				t.Fatalf("not found; %d findings, parts %d", len(r.Findings), len(r.Parts))
			}
			n := 0
			for _, x := range r.Findings {
				if x.PersonaValue == 0 {
					n++
				}
			}
			if n != 1 {
				t.Errorf("found %d times: %v", n, r.Findings)
			}
			hashed := strings.Contains(name, "digest") || strings.Contains(name, "md5") || strings.Contains(name, "sha")
			switch {
			case hashed && got.Method != Digest, !hashed && got.Method != KnownValue:
				t.Errorf("method %q", got.Method)
			case strings.Contains(name, "cut") && got.Form != Truncated:
				t.Errorf("form %q, want truncated", got.Form)
			case (strings.HasPrefix(name, "base64") || name == "hex" || strings.HasPrefix(name, "gzip and")) && got.Form != Encoded:
				t.Errorf("form %q, want encoded: %v", got.Form, got.Derivation)
			case (strings.Contains(name, "percent") && !strings.Contains(name, "twice") || strings.Contains(name, "JSON") && name != "base64 inside JSON" || name == "gzip body" || name == "plain" || strings.Contains(name, "multipart")) && got.Form != Clear:
				t.Errorf("form %q, want clear: %v", got.Form, got.Derivation)
			}
			if got.Derivation[0] != got.Part || got.Part != r.Parts[got.Root].Root.Name || r.Parts[got.Root].Root.Data != nil {
				t.Errorf("part %q, derivation %v", got.Part, got.Derivation)
			}
			if got.Off < 0 || got.Len <= 0 || int64(got.Off+got.Len) > r.Parts[got.Root].Bytes {
				t.Errorf("range %d+%d of %d", got.Off, got.Len, r.Parts[got.Root].Bytes)
			}
			for _, x := range decoy.Scan(f).Findings {
				if x.Grade == GradeA {
					t.Errorf("decoy found: %+v", x)
				}
			}
		})
	}
}

func TestKnownValues(t *testing.T) {
	s, decoy := engine(t, subject, Options{}).NewScanner(), engine(t, twin, Options{}).NewScanner()
	raw := "\x3c\x5a\xb4\x91\x7e\x02"
	for _, c := range []struct {
		name, mediaType, body string
		typ                   datatype.ID // "": nothing of grade A
		form                  string
		span                  string // the exact outermost bytes, if they are to be exact
	}{
		{"phone, national", asJSON, `{"x":"06 12 34 56 78"}`, "contact.phone", Clear, "06 12 34 56 78"},
		{"phone, JSON number", asJSON, `{"x":33612345678}`, "contact.phone", Clear, "33612345678"},
		{"phone, inside longer number", asJSON, `{"x":"9336123456780"}`, "", "", ""},
		{"phone, md5 of E.164", asJSON, `{"x":"` + fmt.Sprintf("%x", md5.Sum([]byte("+33612345678"))) + `"}`, "contact.phone", Hashed, ""},
		{"phone, 16 of the middle of md5", asJSON, `{"x":"` + fmt.Sprintf("%x", md5.Sum([]byte("33612345678")))[8:24] + `"}`, "contact.phone", Truncated, ""},
		{"mac in text", asText, "wlan 3C-5A-B4-91-7E-02 up", "device.mac", Clear, "3C-5A-B4-91-7E-02"},
		{"mac, bare", asJSON, `{"x":"3c5ab4917e02"}`, "device.mac", Clear, "3c5ab4917e02"},
		{"mac inside longer hex", asJSON, `{"x":"3c5ab4917e02ff"}`, "", "", ""},
		{"mac, 6 raw bytes", asRaw, "\x00\xff\x01" + raw + "\x00\xfe", "device.mac", Encoded, raw},
		{"ad id", asForm, "a=1&x=A1B2C3D4-E5F6-4789-8ABC-DEF012345678", "device.ad_id", Clear, "A1B2C3D4-E5F6-4789-8ABC-DEF012345678"},
		{"ad id, bare", asForm, "x=a1b2c3d4e5f647898abcdef012345678", "device.ad_id", Clear, "a1b2c3d4e5f647898abcdef012345678"},
		{"position, two fields", asJSON, `{"x":48.858370,"y":2.294481}`, "location.precise", Clear, ""},
		{"position, cut", asJSON, `{"p":[2.2944,48.8583]}`, "location.precise", Clear, ""},
		{"position, more decimals", asText, "48.85837012 2.29448099", "location.precise", Clear, "48.85837012 2.29448099"},
		{"position, E6", asJSON, `{"x":48858370,"y":2294481}`, "location.precise", Clear, ""},
		{"position, latitude only", asJSON, `{"x":48.858370,"y":17.5}`, "", "", ""},
		{"position, other place", asJSON, `{"x":48.858370,"y":-2.294481}`, "", "", ""},
		{"user name", asJSON, `{"who":"CamRoux"}`, "contact.username", Clear, "CamRoux"},
		{"user name inside a word", asJSON, `{"who":"camrouxing"}`, "", "", ""},
		{"birth date without key", asJSON, `{"x":"1991-04-27"}`, "", "", ""},
		{"birth date under its key", asJSON, `{"birthday":"27/04/1991"}`, "contact.birthdate", Clear, "27/04/1991"},
		{"birth date, hashed", asJSON, `{"x":"` + fmt.Sprintf("%x", sha256.Sum256([]byte("19910427"))) + `"}`, "contact.birthdate", Hashed, ""},
		{"imei", asJSON, `{"x":"352099001761481"}`, "device.imei", Clear, "352099001761481"},
		{"imei without check digit", asJSON, `{"x":"35209900176148"}`, "device.imei", Clear, "35209900176148"},
		{"name, NFD, other order", asJSON, `{"x":"Lefe` + "\u0300" + `brac Zoe` + "\u0301" + `"}`, "contact.name", Clear, ""},
		{"local part of the address", asJSON, `{"x":"camille.roussel"}`, "", "", ""},
		{"nothing", asJSON, `{"x":"hello","n":1700000000}`, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := post("/p", c.mediaType, []byte(c.body))
			var a []Finding
			for _, x := range s.Scan(f).Findings {
				if x.Grade == GradeA {
					a = append(a, x)
				}
			}
			if c.typ == "" {
				if len(a) > 0 {
					t.Fatalf("found %s, %v", a[0].Type, a[0].Derivation)
				}
				return
			}
			if len(a) != 1 || a[0].Type != c.typ || a[0].Form != c.form || a[0].Part != "request.body" {
				t.Fatalf("got %+v, want one %s, %s", a, c.typ, c.form)
			}
			if got := c.body[a[0].Off:][:a[0].Len]; c.span != "" && got != c.span {
				t.Errorf("span %q, want %q", got, c.span)
			}
			for _, x := range decoy.Scan(f).Findings {
				if x.Grade == GradeA {
					t.Errorf("decoy found: %+v", x)
				}
			}
		})
	}
}

func TestDerivationNamesTheField(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	body := `{"a":[1,2],"dev":{"os":"x","mac":"3c:5a:b4:91:7e:02"}}`
	got := find(s.Scan(post("/p", asJSON, []byte(body))).Findings, "device.mac", GradeA)
	if got == nil {
		t.Fatal("not found")
	}
	if d := strings.Join(got.Derivation, " › "); d != "request.body › json $.dev.mac" || got.Key != "mac" {
		t.Errorf("derivation %q, key %q", d, got.Key)
	}
	if body[got.Off:][:got.Len] != "3c:5a:b4:91:7e:02" {
		t.Errorf("span %q", body[got.Off:][:got.Len])
	}
	if string(got.Value) != "3c:5a:b4:91:7e:02" || got.PersonaValue != 2 {
		t.Errorf("persona value %d", got.PersonaValue)
	}
}

func TestKeyAndFormat(t *testing.T) {
	s := engine(t, "region = \"FR\"\n", Options{}).NewScanner()
	for _, c := range []struct {
		name, mediaType, body string
		typ                   datatype.ID
		reason                string
	}{
		{"imei", asJSON, `{"imei":"352099001761481"}`, "device.imei", "15 digits, Luhn valid, known reporting body, under the key 'imei'"},
		{"imei, bad check digit", asJSON, `{"imei":"352099001761482"}`, "", ""},
		{"imei without key", asJSON, `{"n":"352099001761481"}`, "", ""},
		{"mac", asForm, "wifi_mac=3c%3A5a%3Ab4%3A91%3A7e%3A02", "device.mac", "6 bytes of a hardware address, under the key 'wifi_mac'"},
		{"masked mac", asForm, "mac=02:00:00:00:00:00", "", ""},
		{"ad id", asJSON, `{"gaid":"a1b2c3d4-e5f6-4789-8abc-def012345678"}`, "device.ad_id", ""},
		{"opted out", asJSON, `{"gaid":"00000000-0000-0000-0000-000000000000"}`, "", ""},
		{"unfilled tag", asJSON, `{"email":"<user_email_address>"}`, "", ""},
		{"unfilled tag in a query value", asForm, `email=%7B%7Bemail%7D%7D`, "", ""},
		{"digest of nothing", asJSON, `{"fingerprint":"d41d8cd98f00b204e9800998ecf8427e"}`, "", ""},
		{"e-mail", asJSON, `{"user":{"email":"someone@gmail.com"}}`, "contact.email", ""},
		{"phone of the region", asJSON, `{"mobile":"0698712043"}`, "contact.phone", ""},
		{"time under a phone key", asJSON, `{"tel":1700000000}`, "", ""},
		{"position", asJSON, `{"geo":{"lat":45.764043,"lon":4.835659}}`, "location.precise", ""},
		{"position, coarse", asJSON, `{"lat":45.7,"lng":4.8}`, "location.coarse", ""},
		{"latitude alone", asJSON, `{"lat":45.764043,"acc":4.8}`, "", ""},
		{"null island", asJSON, `{"lat":0.0,"lng":0.0}`, "", ""},
		{"position in one field", asForm, "loc=1&location=45.764043%2C4.835659", "location.precise", ""},
		{"ip", asJSON, `{"client_ip":"84.17.32.9"}`, "network.public_ip", ""},
		{"password", asForm, "login=x&password=correct-horse-7", "credential.password", ""},
		{"install id", asForm, "iid=6800000000000001792", "device.install_id", "a 64-bit id with a date and the type of an install, under the key 'iid'"},
		{"card", asJSON, `{"card_number":"4539578763621486"}`, "finance.card", ""},
		{"sample card", asJSON, `{"card_number":"4111111111111111"}`, "", ""},
		{"iban", asJSON, `{"iban":"FR1310011000201234567890158"}`, "finance.iban", ""},
		{"asset", asJSON, `{"email":"logo@2x.png"}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.Scan(post("/p", c.mediaType, []byte(c.body))).Findings
			if c.typ == "" {
				if len(got) > 0 {
					t.Fatalf("found %s: %s", got[0].Type, got[0].Reason)
				}
				return
			}
			if len(got) != 1 || got[0].Type != c.typ || got[0].Grade != GradeB || got[0].Method != KeyAndFormat || got[0].PersonaValue != -1 {
				t.Fatalf("got %+v, want one %s", got, c.typ)
			}
			if c.reason != "" && got[0].Reason != c.reason {
				t.Errorf("reason %q, want %q", got[0].Reason, c.reason)
			}
		})
	}
}

func TestCredentialsInHeaders(t *testing.T) {
	s := engine(t, "", Options{}).NewScanner()
	f := post("/p", asText, []byte("-"),
		flow.Field{Name: "Authorization", Value: "Bearer 4fK29sLq0ZxT81mNvB73"},
		flow.Field{Name: "Cookie", Value: "theme=dark; sessionid=8c1f2a9d7e6b5043; SSID=A7xT-yqLw0z81KdPe"},
		flow.Field{Name: "User-Agent", Value: "Mozilla/5.0 (Linux; Android 14) Chrome/126"},
		flow.Field{Name: "Accept-Language", Value: "fr-FR,fr;q=0.9"})
	n := 0
	for _, x := range s.Scan(f).Findings {
		if x.Type != "account.session" {
			t.Errorf("found %s in %s %s", x.Type, x.Part, x.Label)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d sessions, want 3", n)
	}
}

func TestKnownValueTakesPrecedence(t *testing.T) {
	s := engine(t, subject, Options{Hints: true}).NewScanner()
	got := s.Scan(post("/p", asJSON, []byte(`{"email":"camille.roussel@example.org","imei":"352099001761481","phone":"0612345678","gaid":"a1b2c3d4-e5f6-4789-8abc-def012345678"}`))).Findings
	if len(got) != 4 {
		t.Errorf("%d findings, want 4: %+v", len(got), got)
	}
	for _, x := range got {
		if x.Grade != GradeA {
			t.Errorf("%s is %s", x.Type, x.Grade)
		}
	}
}

func TestHints(t *testing.T) {
	f := post("/p", asJSON, []byte(`{"k":"a1b2c3d4-e5f6-4789-8abc-def012345678"}`))
	if got := engine(t, "", Options{}).NewScanner().Scan(f).Findings; len(got) != 0 {
		t.Errorf("without hints: %+v", got)
	}
	got := engine(t, "", Options{Hints: true}).NewScanner().Scan(f).Findings
	if len(got) != 1 || got[0].Grade != GradeC || got[0].Method != Format {
		t.Errorf("with hints: %+v", got)
	}
}

func TestChecksumsNeedTheKey(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	sum := checksums32[0].sum(nil, []byte("camille.roussel@example.org"))
	got := s.Scan(post("/p", asJSON, fmt.Appendf(nil, `{"email_crc32":"%x"}`, sum))).Findings
	if len(got) != 1 || got[0].Grade != GradeB || got[0].Method != Digest || got[0].Confidence > 0.8 {
		t.Errorf("under its key: %+v", got)
	}
	if got := s.Scan(post("/p", asJSON, fmt.Appendf(nil, `{"etag":"%x"}`, sum))).Findings; len(got) != 0 {
		t.Errorf("under another: %+v", got)
	}
}

// TestReasonsShowNoValue: reasons, details and field paths go to reports.
func TestReasonsShowNoValue(t *testing.T) {
	s := engine(t, subject, Options{Hints: true}).NewScanner()
	for name, f := range matrix() {
		for _, x := range s.Scan(f).Findings {
			all := strings.ToLower(x.Reason + x.Detail + strings.Join(x.Derivation, " "))
			for _, v := range s.e.values {
				if strings.Contains(all, strings.ToLower(v.Value)) {
					t.Errorf("%s: a text shows the value of %s", name, v.Type)
				}
			}
		}
	}
}

// TestFieldEdgesFreeAGluedValue: in protobuf the length byte stands before a
// string and may be a digit or letter; only the field says where it begins.
func TestFieldEdgesFreeAGluedValue(t *testing.T) {
	const mail = "camille.marie-therese.roussel.de.la.tour@example.org"
	s := engine(t, "[[value]]\ntype = \"contact.email\"\nvalue = \""+mail+"\"\n", Options{}).NewScanner()
	if c := byte(len(mail)); classOf[c]&isDigit == 0 {
		t.Fatalf("the length byte %q is no digit: the test tests nothing", c)
	}
	body := append([]byte{0x08, 0x96, 0x01, 0x12, byte(len(mail))}, mail...)
	got := s.Scan(post("/p", "application/x-protobuf", body)).Findings
	if len(got) != 1 || got[0].Off != 5 || got[0].Len != len(mail) {
		t.Errorf("in its field: %+v", got)
	}
	if got := s.Scan(post("/p", asText, []byte("x4"+mail))).Findings; len(got) != 0 {
		t.Errorf("in running text: %+v", got)
	}
}

// TestFieldEdgesFreeAGluedDigest: the tag of the next field, 'B', is a
// hexadecimal digit too.
func TestFieldEdgesFreeAGluedDigest(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	sum := sha256.Sum256([]byte("camille.roussel@example.org"))
	text := hex.EncodeToString(sum[:])
	inner := append(append([]byte{0x0a, byte(len(text))}, text...), 'B', 3, 'a', 'b', 'c')
	for name, body := range map[string][]byte{
		"field":        append([]byte{0x08, 0x96, 0x01}, inner...),
		"inside field": append([]byte{0x08, 0x96, 0x01, 0x12, byte(len(inner))}, inner...),
		"at its end":   append([]byte{0x12, byte(len(text) + 2), 0x0a, byte(len(text))}, append([]byte(text), 'B', 1, 'x')...),
	} {
		got := s.Scan(post("/p", "application/x-protobuf", body)).Findings
		if len(got) != 1 || got[0].Form != Hashed || got[0].Len != len(text) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := s.Scan(post("/p", asText, []byte("ab"+text+"B"))).Findings; len(got) != 0 {
		t.Errorf("in running text: %+v", got)
	}
}

// TestPlusForSpace: a value written as in a form, in something that is none.
func TestPlusForSpace(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	for _, text := range []string{"Zo%C3%A9+Lef%C3%A8brac", "%2B33+6+12+34+56+78"} {
		for _, root := range []string{`{"d":"` + text + `"}`, "d=" + url.QueryEscape(text)} {
			if got := s.Scan(post("/p", asText, []byte(root))).Findings; len(got) != 1 || got[0].Grade != GradeA {
				t.Errorf("%s: %+v", root, got)
			}
		}
	}
}

func TestEveryOccurrenceIsAFinding(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	body := `{"a":"camille.roussel@example.org","b":"CAMILLE.ROUSSEL@example.org","c":"` + b64("camille.roussel@example.org") + `"}`
	got := s.Scan(post("/p", asJSON, []byte(body))).Findings
	if len(got) != 3 {
		t.Fatalf("%d findings, want 3", len(got))
	}
	for i, form := range []string{Clear, Clear, Encoded} {
		if got[i].Form != form || got[i].Path != "$."+string(rune('a'+i)) && form == Clear {
			t.Errorf("finding %d: %s at %s", i, got[i].Form, got[i].Path)
		}
	}
}

// TestScanDoesNotRememberFlows: a Scanner reused for another flow gives what
// a fresh one gives.
func TestScanDoesNotRememberFlows(t *testing.T) {
	e := engine(t, subject, Options{Hints: true})
	used := e.NewScanner()
	for name, f := range matrix() {
		if a, b := fmt.Sprint(used.Scan(f)), fmt.Sprint(e.NewScanner().Scan(f)); a != b {
			t.Errorf("%s: used scanner differs\n%s\n%s", name, a, b)
		}
	}
}

func TestCoarsePosition(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	for body, want := range map[string]string{
		`{"geo":"48.86,2.29"}`:                "A 4 truncated", // rounded
		`{"latlng":"48.85,2.29"}`:             "A 4 truncated", // cut
		`{"at":{"lat":48.858,"lon":2.294}}`:   "A 4 truncated",
		`{"geo":"48.9,2.3"}`:                  "B 4 truncated", // 11 km
		`{"geo":"48.99,2.29"}`:                "B -1 clear",    // somebody else's
		`{"price":"48.86,2.29"}`:              "",
		`{"a":{"lat":48.86},"b":{"lon":2.3}}`: "", // halves of two things
	} {
		got := ""
		for _, x := range s.Scan(post("/p", asJSON, []byte(body))).Findings {
			got += fmt.Sprint(x.Grade, " ", x.PersonaValue, " ", x.Form)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// TestTooManyFindingsAreAGap: what is not listed is said.
func TestTooManyFindingsAreAGap(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	for n, want := range map[int]bool{maxHits: false, maxHits + 1: true} {
		body := "[" + strings.TrimSuffix(strings.Repeat(`"camille.roussel@example.org",`, n), ",") + "]"
		r := s.Scan(post("/p", asJSON, []byte(body)))
		gaps := r.Parts[len(r.Parts)-1].Report.Gaps
		if len(r.Findings) != maxHits || (len(gaps) == 1) != want {
			t.Errorf("%d values: %d findings, gaps %v", n, len(r.Findings), gaps)
		}
	}
}

// TestRepeatedHeaderFields: a field seen before is told as the first time,
// and one with a finding is never taken for one without.
func TestRepeatedHeaderFields(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	f := post("/p", asJSON, []byte(`{}`))
	f.Request.Headers = append(f.Request.Headers,
		flow.Field{Name: "User-Agent", Value: "quinze/1.0 (Linux; Android 14)"},
		flow.Field{Name: "X-User", Value: "camille.roussel@example.org"},
		flow.Field{Name: "X-Noise", Value: b64(strings.Repeat("\x93\x1b\xf0\x5d\x8e\x22\xc7\x01", 40))})
	first := fmt.Sprint(s.Scan(f))
	for range 3 {
		if again := fmt.Sprint(s.Scan(f)); again != first {
			t.Fatalf("another time differs:\n%s\n%s", first, again)
		}
	}
	if _, known := s.isPlain(peel.Root{Name: "request.header", Label: "User-Agent", Data: []byte("quinze/1.0 (Linux; Android 14)")}); !known {
		t.Error("a plain field is not remembered")
	}
	if n := len(s.Scan(f).Findings); n != 1 {
		t.Errorf("%d findings, want 1", n)
	}
}
