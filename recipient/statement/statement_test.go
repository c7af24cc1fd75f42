package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// The response's statements come from the response, the request's from the
// request: an app that sends cf-ray says nothing of a server.
func TestRead(t *testing.T) {
	f := &flow.Flow{
		Kind: flow.HTTP,
		Request: &flow.Request{Host: "log-va.tiktokv.com", Headers: headers(`
			cf-ray: 8645a7259c1e7900-CDG
			x-tt-trace-id: 00-2405300932316F9E5CAF9312E04AFFE4-36929C027FC45909-00
			x-tt-store-idc: useast5
			cookie: store-idc=alisg`)},
		Response: &flow.Response{Headers: headers(`
			Date: Thu, 30 May 2024 01:32:32 GMT
			X-Amz-Cf-Pop: IAD89-P1
			Set-Cookie: store-idc=maliva; Path=/`)},
	}
	var got []string
	for _, s := range Read(f) {
		got = append(got, s.Field+": "+said(s))
	}
	want := []string{
		"X-Amz-Cf-Pop: x-amz-cf-pop S edge IAD in US",
		"Set-Cookie store-idc: store-idc S storage maliva in US",
		"x-tt-store-idc: x-tt-store-idc S storage useast5 in US",
		"cookie store-idc: store-idc S storage alisg in SG",
		"host: host-tiktok N edge va in US",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}

	opaque := &flow.Flow{Kind: flow.Opaque, TLS: &flow.TLS{SNI: "api16-normal-useast1a.tiktokv.com"}}
	if got := Read(opaque); len(got) != 1 || got[0].Country != "US" {
		t.Errorf("a connection that nobody could read has a name: %v", got)
	}
	if got := Read(&flow.Flow{Kind: flow.DNS, Server: flow.Endpoint{Name: "dns-va.tiktokv.com"}}); got != nil {
		t.Errorf("the resolver's name is nobody's room: %v", got)
	}
	if got := Read(&flow.Flow{}); got != nil {
		t.Errorf("nothing says something: %v", got)
	}
}

// The time that a caller knows serves where the fields have none.
func TestReadHeaderDate(t *testing.T) {
	at := time.Date(2024, 5, 30, 1, 32, 32, 0, time.UTC)
	got := ReadHeader([]flow.Field{{Name: "X-Tt-Logid", Value: "202405300932316F9E5CAF9312E04AFFE4"}}, "", at)
	if len(got) != 1 || got[0].Zone != 8*time.Hour {
		t.Errorf("got %v", got)
	}
	eagle := []flow.Field{{Name: "eagleid", Value: "b73ce41f17170327518343687e"}}
	if got := ReadHeader(eagle, "", at); len(got) != 1 || got[0].Confidence != "high" {
		t.Errorf("a clock that agrees: %v", got)
	}
	if got := ReadHeader(eagle, "", time.Time{}); len(got) != 1 || got[0].Confidence != "low" {
		t.Errorf("a clock that nothing was compared with: %v", got)
	}
	if got := ReadHeader(eagle, "", at.Add(time.Hour)); got != nil {
		t.Errorf("a clock an hour off: %v", got)
	}
}

// A place has its point, and Paris is in Paris.
func TestLocated(t *testing.T) {
	got := ReadHeader(headers("cf-ray: 8645a7259c1e7900-CDG"), "", time.Time{})
	if len(got) != 1 || !got[0].Located || got[0].Place != "Paris (CDG)" ||
		got[0].Lat < 48 || got[0].Lat > 50 || got[0].Lon < 1.5 || got[0].Lon > 3.5 {
		t.Errorf("got %+v", got)
	}
}

// Whatever is the person's stays where it is: addresses, tokens, cookies.
func TestNothingOfThePerson(t *testing.T) {
	secrets := []string{"198.51.100.77", "2001:db8::77", token("maliva")[8:], "0123456789", "6F9E5CAF9312E04AFFE4", "3687e"}
	fields := headers(`
		Date: Thu, 30 May 2024 01:32:32 GMT
		x-request-ip: 198.51.100.77
		x-response-cinfo: 2001:db8::77
		x-akamai-pragma-client-ip: 198.51.100.77, 198.51.100.77
		X-Tt-Logid: 202405300932316F9E5CAF9312E04AFFE4
		EagleId: b73ce41f17170327518343687e
		Cookie: sid_ucp_v1=` + token("maliva"))
	got := ReadHeader(fields, "", time.Time{})
	if len(got) < 5 {
		t.Fatalf("only %d statements", len(got))
	}
	text := fmt.Sprintf("%+v", got)
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%q stands in %s", s, text)
		}
	}
}

// A header may be long, and there may be many: what comes out is bounded.
func TestBounds(t *testing.T) {
	var many []flow.Field
	for i := range 10_000 {
		many = append(many, flow.Field{Name: "cf-ray", Value: fmt.Sprintf("%016x-CDG", i)},
			flow.Field{Name: "X-Served-By", Value: strings.Repeat("cache-iad-kiad7000025-IAD,", 500)},
			flow.Field{Name: "cookie", Value: strings.Repeat("store-idc=maliva; store-idc=alisg; ", 400)},
			flow.Field{Name: "server-timing", Value: strings.Repeat("[\"", 5000)})
	}
	got := Read(&flow.Flow{Response: &flow.Response{Headers: many}, Request: &flow.Request{Headers: many}})
	if len(got) > maxStatements {
		t.Errorf("%d statements", len(got))
	}
	for n := range 3 {
		many[n] = flow.Field{Name: "x-cache-hits", Value: fmt.Sprint(n)}
		for i := range maxEntries {
			many[n].Value += fmt.Sprintf(", %d%d", n+1, i)
		}
	}
	many[3] = flow.Field{Name: "cf-ray", Value: "8645a7259c1e7900-CDG\n8645a7259c1e7900-LAX"}
	if got := Read(&flow.Flow{Response: &flow.Response{Headers: many[:4]}}); len(got) != maxStatements {
		t.Errorf("%d statements of more than there may be", len(got))
	}
	if got := ReadHeader([]flow.Field{{Name: "age", Value: strings.Repeat("1", maxValue+1)}}, strings.Repeat("va.", 200)+"tiktokv.com", time.Time{}); got != nil {
		t.Errorf("longer than anything real: %v", got)
	}
}

// Knowledge is data: each row says where it is from, when it was written and
// what it warns of.
func TestData(t *testing.T) {
	days := func(name, source, date string) {
		t.Helper()
		if source == "" {
			t.Errorf("%s: no source", name)
		}
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, r := range rules().rows {
		days(r.ID, r.Source, r.Date)
		if r.Trap == "" || r.ID == "" || len(r.Names) == 0 {
			t.Errorf("%s: row without id, trap or names", r.ID)
		}
		if !slices.Contains([]Class{Operator, Name, Clock}, r.Class) || !slices.Contains([]Layer{Edge, Answer, Storage}, r.Layer) {
			t.Errorf("%s: class %q, layer %q", r.ID, r.Class, r.Layer)
		}
		if labelled := r.Read == "label" || r.Read == "token"; labelled == (r.Confidence != "") {
			t.Errorf("%s: confidence %q, which is the label's where there is one and else the row's", r.ID, r.Confidence)
		}
		if !slices.Contains([]string{"", "high", "medium", "low"}, r.Confidence) {
			t.Errorf("%s: confidence %q", r.ID, r.Confidence)
		}
		if strings.Contains(r.Source, "general knowledge") && r.Confidence == "high" {
			t.Errorf("%s: general knowledge is not high", r.ID)
		}
		if r.Class == Clock && r.Layer == Edge || r.In == "cookie" && r.Layer != Storage {
			t.Errorf("%s: layer %s", r.ID, r.Layer)
		}
	}
	tables := map[string]bool{}
	if err := eachRow("data/labels.csv", 7, func(r []string) error {
		days("labels.csv "+r[1], r[5], r[6])
		tables[r[0]] = true
		if r[2] != "" && !places().countries[r[2]] {
			t.Errorf("labels.csv %s: %q is no country", r[1], r[2])
		}
		if r[4] != "high" && r[4] != "medium" && r[4] != "low" {
			t.Errorf("labels.csv %s: confidence %q", r[1], r[4])
		}
		if strings.Contains(r[5], "general knowledge") && r[4] == "high" {
			t.Errorf("labels.csv %s: general knowledge is not high", r[1])
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	for _, r := range rules().rows {
		if r.Read == "label" || r.Read == "token" {
			if !tables[r.Table] {
				t.Errorf("%s: no label of table %q", r.ID, r.Table)
			}
		}
	}
	if err := eachRow("data/provinces.csv", 4, func(r []string) error {
		days("provinces.csv "+r[0], r[2], r[3])
		if r[0] == "HK" || r[0] == "MO" || r[0] == "TW" {
			t.Errorf("provinces.csv %s: would say CN of it", r[0])
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// The packed table is the one that its sidecar describes.
func TestSources(t *testing.T) {
	for _, s := range Sources() {
		b, err := embedded.ReadFile("data/" + s.ID + "/" + s.File)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != s.SHA256 {
			t.Errorf("%s is not what %s says", s.File, "source.toml")
		}
		if _, err := embedded.ReadFile("data/" + s.ID + "/LICENCE"); err != nil {
			t.Error(err)
		}
		if len(b) > 400_000 || s.Licence == "" || s.ContentDate == "" || len(s.Made) != 2 {
			t.Errorf("%d bytes, %+v", len(b), s)
		}
	}
	for code, p := range places().pops {
		if len(code) != 3 || len(p.country) != 2 || p.lat < -90 || p.lat > 90 || p.lon < -180 || p.lon > 180 || p.lat == 0 && p.lon == 0 {
			t.Errorf("%s: %+v", code, p)
		}
	}
	if n := len(places().pops); n < 4000 {
		t.Errorf("only %d codes", n)
	}
}

// A mistake in the data is told with its row.
func TestGrammarErrors(t *testing.T) {
	const good = "[[row]]\nid = \"a\"\nnames = [\"a\"]\npattern = \"^a$\"\nread = \"cached\"\n"
	if err := (&grammar{}).add("x.toml", good); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		good + good:                                      "twice",
		strings.Replace(good, "^a$", "(", 1):             "missing closing",
		strings.Replace(good, "cached", "guess", 1):      "no such reading",
		good + "pick = \"some\"\n":                       "expected each",
		good + "in = \"trailer\"\n":                      "expected response",
		good + "beside = \"(\"\n":                        "missing closing",
		good + "colour = \"red\"\n":                      "unknown key",
		strings.Replace(good, "[\"a\"]", "[\"Age\"]", 1): "lower case",
		"[[row": "x.toml",
	} {
		if err := (&grammar{}).add("x.toml", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestStart(t *testing.T) {
	for pattern, want := range map[string]string{
		`^BunnyCDN-[A-Z]`: "BunnyCDN-", `^TCP_[A-Z]+$`: "TCP_", `^ab?c`: "a",
		`(?i)^hit`: "", `hit$`: "", `^[a-z]hit`: "", `^a|^b`: "", `^(?:ab|ac)d`: "a", `^$`: "", `^(?P<code>id=)x`: "",
	} {
		if got := start(pattern); got != want || !strings.HasPrefix(want, got) {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range samples {
		f.Add(s.lines, s.host)
	}
	f.Add("cf-ray: \xff\nvia: [\",\"]", "..")
	f.Fuzz(func(t *testing.T, lines, host string) {
		fs := headers(lines)
		got := ReadHeader(fs, host, time.Time{})
		if len(got) > maxStatements {
			t.Fatalf("%d statements", len(got))
		}
		again := Read(&flow.Flow{Response: &flow.Response{Headers: fs}, Request: &flow.Request{Host: host, Headers: fs}})
		if len(again) != len(got) {
			t.Fatalf("%d statements of single fields, %d of the flow", len(got), len(again))
		}
		for _, s := range got {
			if len(s.Value) > 64 || s.Row == "" || s.Country != "" && !places().countries[s.Country] {
				t.Fatalf("%+v", s)
			}
			if s.Zone.Abs() > maxZone || s.Took < 0 || s.Took > 1000*time.Second {
				t.Fatalf("%+v", s)
			}
			if s.Addr.IsValid() && !s.Addr.IsGlobalUnicast() {
				t.Fatalf("%+v", s)
			}
		}
	})
}

// typical is a response of an API that says nothing of place.
var typical = headers(`
	Date: Tue, 11 Mar 2025 18:01:27 GMT
	Content-Type: application/json; charset=utf-8
	Content-Length: 4821
	Connection: keep-alive
	Cache-Control: no-store, no-cache, must-revalidate
	Pragma: no-cache
	Expires: 0
	Server: nginx/1.24.0
	Vary: Accept-Encoding, Origin
	Access-Control-Allow-Origin: https://www.example.com
	Access-Control-Allow-Credentials: true
	Access-Control-Expose-Headers: x-tt-logid, x-ms-token
	Access-Control-Allow-Methods: GET, POST, OPTIONS
	Strict-Transport-Security: max-age=31536000; includeSubDomains
	X-Content-Type-Options: nosniff
	X-Frame-Options: SAMEORIGIN
	X-XSS-Protection: 1; mode=block
	X-Download-Options: noopen
	Referrer-Policy: strict-origin-when-cross-origin
	Permissions-Policy: geolocation=(), camera=()
	Content-Security-Policy: default-src 'self'; img-src https:
	X-Request-Id: 7d3f6e0c-0c4e-4e58-9c3d-1f1b7a0e7a11
	X-Runtime: 0.031
	X-Powered-By: Express
	X-RateLimit-Limit: 600
	X-RateLimit-Remaining: 598
	X-RateLimit-Reset: 1741716147
	ETag: W/"12d5-ihsRFJyQerniX/yO2Puk3zEJrwA"
	Content-Encoding: gzip
	Alt-Svc: h3=":443"; ma=86400`)

func BenchmarkRead(b *testing.B) {
	request := headers("Host: api.example.com\nUser-Agent: app/1.0 (Android 14)\nAccept: */*\nAuthorization: Bearer x\nContent-Type: application/json\nCookie: session=0123456789abcdef; theme=dark; lang=fr; consent=1")
	for name, fields := range map[string][]flow.Field{
		"nothing": typical,
		"akamai": slices.Concat(typical, headers(`
			X-Cache: TCP_MISS from a23-195-104-84.deploy.akamaitechnologies.com (AkamaiGHost/11.7.0.1-02978ab5588da6405be9084889a03f78) (-)
			X-Origin-Response-Time: 75,23.47.190.183
			X-Tt-Logid: 20250311180126803529321A19A7E69409
			Server-Timing: cdn-cache; desc=MISS, edge; dur=12, origin; dur=5`)),
	} {
		f := &flow.Flow{Kind: flow.HTTP, Request: &flow.Request{Host: "api.example.com", Headers: request}, Response: &flow.Response{Headers: fields}}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Read(f)
			}
		})
	}
}
