package detect

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/constat/constat/flow"
)

// samples are values that pass each check, in a form that apps send.
var samples = map[string]string{
	"uuid": "7f3c2a19-5b8e-4d61-9c0a-e4b2d86f1375", "opaque": "Zk83hQ2mVt51xLw9", "hex16": "8f3b6e19c07d2a54",
	"openudid": "8f3b6e19c07d2a54", "digest": "9b41f0c7d2e85a3366f1c04b7ad95e28", "hash": "9b41f0c7d2e85a3366f1c04b7ad95e28",
	"label": "Zephyr 41 Ultra", "text": "Zephyr 41 Ultra", "version": "13.4.1", "locale": "fr-FR", "country": "FR",
	"url": "https://news.example.org/story/51", "site": "news.example.org", "package": "org.example.diary",
	"pixels": "1080", "screen": "1080x2340", "amount": "53687091", "level": "0.73", "signed": "-9.8125", "flag": "true",
	"state": "background", "small": "24", "network": "wifi", "carrier": "Orange F", "ip": "81.250.17.33", "zone": "Europe/Paris",
	"timezone": "Europe/Paris", "moment": "1764271234567", "consent": "CQAAAAAAAAAAAAGABCFRBEFgAP_gAEPgAAAAKZNV_H__bW9r",
	"software": "fire-fcm/23.4.1 fire-core/20.4.2", "agent": "fire-android/34 device-model/oriole device-brand/google", "email": "lea.morvan@posteo.net", "phone": "+33698765432",
	"lat": "48.20817", "lon": "16.37381", "latlon": "48.20817,16.37381", "mac": "a4:c3:f0:85:1d:92", "gender": "female",
	"imei": "357331094827167", "imsi": "208011234567891", "iccid": "8933012345678901238", "account": "u-83920174", "name": "Léa Morvan",
	"token": "f4Kd93hsPq71LmZx02Vb", "ssid": "Livebox-7F2A", "cell": "28471913", "date": "1991-04-23", "postcode": "75011",
	"handle": "lea_m41", "serial": "R58M42XKJ9P", "id64": "7301444404178396749", "meid": "a100000912e4f7",
}

// request writes a request that carries value in the field of row k; partner,
// if there is one, holds the other half of a position.
func request(t testing.TB, e *endpoint, k, partner *toldField, value, other string) *flow.Flow {
	t.Helper()
	pattern := e.urls[0]
	host, path := strings.ReplaceAll(pattern.host, "*", "x1"), strings.ReplaceAll(pattern.path, "/**", "/a/b")
	path = strings.ReplaceAll(path, "*", "17")
	r := &flow.Request{Method: "POST", Host: host}
	f := &flow.Flow{Request: r}
	body, kind := []byte(value), byte(0)
	for i := len(k.layers) - 1; i >= 0; i-- {
		l, last := k.layers[i], i == len(k.layers)-1
		if !last && l.kind != '#' && !utf8.Valid(body) || last && i > 0 && kind == '#' && l.kind != '#' {
			body = []byte(base64.StdEncoding.EncodeToString(body))
		}
		switch l.kind {
		case '$':
			v := any(string(body))
			if last {
				v = bare(value)
			}
			tree := inTree(nil, l.text, v)
			if last && partner != nil {
				tree = inTree(tree, partner.layers[i].text, bare(other))
			}
			out, err := json.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			body = out
		case '=':
			if i == 0 && (k.place == "path" || k.place == "cookie") {
				break
			}
			pairs := url.QueryEscape(strings.ReplaceAll(l.text, "*", "7")) + "=" + url.QueryEscape(string(body)) + "&zz=x"
			if last && partner != nil {
				pairs += "&" + url.QueryEscape(partner.layers[i].text) + "=" + url.QueryEscape(other)
			}
			body = []byte(pairs)
		case '#':
			n, err := strconv.Atoi(l.text)
			if err != nil {
				t.Fatal(err)
			}
			var m []byte
			if d, err := strconv.ParseUint(value, 10, 64); last && err == nil {
				m = protowire.AppendVarint(protowire.AppendTag(nil, protowire.Number(n), protowire.VarintType), d)
			} else if last && (value == "true" || value == "false") {
				m = protowire.AppendVarint(protowire.AppendTag(nil, protowire.Number(n), protowire.VarintType), protowire.EncodeBool(value == "true"))
			} else {
				m = protowire.AppendBytes(protowire.AppendTag(nil, protowire.Number(n), protowire.BytesType), body)
			}
			// Beside it something that no text has, as real messages do.
			m = protowire.AppendBytes(protowire.AppendTag(m, 99, protowire.BytesType), []byte{0xff, 0xfe, 0, 1, 0x80})
			body = m
		}
		kind = l.kind
	}
	r.URL = "https://" + host + path
	switch {
	case k.place == "query":
		r.Method = "GET"
		r.URL += "?" + string(body)
	case k.place == "path":
		n, _ := strconv.Atoi(k.layers[0].text)
		segments := strings.Split(path, "/")
		for len(segments) <= n {
			segments = append(segments, "")
		}
		segments[n] = value
		r.URL = "https://" + host + strings.Join(segments, "/")
	case k.place == "cookie":
		if len(k.layers) > 1 {
			body = []byte(base64.StdEncoding.EncodeToString(body))
		}
		r.Headers = append(r.Headers, flow.Field{Name: "Cookie", Value: "theme=plain; " + strings.ReplaceAll(k.layers[0].text, "*", "7") + "=" + string(body)})
	case k.place == "body":
		media := map[byte]string{'$': "application/json", '=': "application/x-www-form-urlencoded", '#': "application/x-protobuf"}[kind]
		r.Headers = append(r.Headers, flow.Field{Name: "Content-Type", Value: media})
		r.Body = flow.Body{Data: body, Kept: true, Size: int64(len(body))}
	default:
		if len(k.layers) > 0 {
			body = []byte(base64.RawURLEncoding.EncodeToString(body))
		}
		r.Headers = append(r.Headers, flow.Field{Name: strings.TrimPrefix(k.place, "header "), Value: string(body)})
	}
	return f
}

// bare is a number or a literal as JSON writes it, and a string otherwise.
func bare(text string) any {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

// inTree puts v at path into a JSON value.
func inTree(tree any, path string, v any) any {
	path = strings.TrimPrefix(path, "$")
	if path == "" {
		return v
	}
	if path[0] == '[' {
		at, rest, _ := strings.Cut(path[1:], "]")
		n, _ := strconv.Atoi(at) // [*] is the first
		list, _ := tree.([]any)
		for len(list) <= n {
			list = append(list, "")
		}
		if list[n] == "" {
			list[n] = nil
		}
		list[n] = inTree(list[n], rest, v)
		return list
	}
	end := strings.IndexAny(path[1:], ".[") + 1
	if end == 0 {
		end = len(path)
	}
	key := strings.ReplaceAll(path[1:end], "*", "any")
	object, _ := tree.(map[string]any)
	if object == nil {
		object = map[string]any{"zz": "x"}
	}
	object[key] = inTree(object[key], path[end:], v)
	return object
}

// everyRow calls yield for each row of the table, with the other half of a
// position where the row holds one half.
func everyRow(yield func(e *endpoint, k, partner *toldField)) {
	for _, e := range loadEndpoints().all {
		for _, k := range e.known() {
			var partner *toldField
			if which := k.meaning.senses[0].half; which != noAxis {
				for _, o := range e.known() {
					if h := o.meaning.senses[0].half; h != noAxis && h != which && o.place == k.place && len(o.layers) == len(k.layers) && object(o.label) == object(k.label) {
						partner = o
					}
				}
			}
			yield(e, k, partner)
		}
	}
}

func (e *endpoint) known() []*toldField {
	var all []*toldField
	list := func(r *rows) {
		for _, ks := range r.byKey {
			all = append(all, ks...)
		}
		all = append(all, r.wild...)
	}
	list(&e.url)
	list(&e.cookie)
	list(&e.body)
	for i := range e.headers {
		list(&e.headers[i].rows)
	}
	return all
}

// Each row finds a valid value in a request made from the row, and finds it
// where the row says; on another host, or with an unfilled tag in its place,
// it finds nothing.
func TestEveryEndpointRow(t *testing.T) {
	e, err := New(nil, Options{Region: "FR", Hints: true})
	if err != nil {
		t.Fatal(err)
	}
	s := e.NewScanner()
	told := func(f *flow.Flow, k *toldField) *Finding {
		for _, x := range s.Scan(f).Findings {
			if strings.HasSuffix(x.Reason, k.why) && x.Type == k.row.Type {
				return &x
			}
		}
		return nil
	}
	n, shadowed := 0, 0
	everyRow(func(ep *endpoint, k, partner *toldField) {
		value, ok := samples[k.row.Check]
		if !ok {
			t.Fatalf("no sample for check %q", k.row.Check)
		}
		switch k.row.Type {
		case "network.local_ip":
			value = "192.168.1.23"
		case "device.user_agent":
			value = "Mozilla/5.0 (Linux; Android 14; Zephyr 41) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
		}
		other := ""
		if k.meaning.senses[0].half != noAxis {
			if partner == nil {
				t.Errorf("%s, %s: %s has no other half", ep.vendor, ep.name, k.row.At)
				return
			}
			other = samples[partner.row.Check]
		}
		n++
		f := request(t, ep, k, partner, value, other)
		got := told(f, k)
		if got == nil {
			if first := earlier(ep, k, value); first != nil {
				shadowed++
				return
			}
			t.Errorf("%s, %s: %s: nothing of type %s found in %s %s", ep.vendor, ep.name, k.row.At, k.row.Type, f.Request.URL, f.Request.Body.Data)
			return
		}
		want := GradeB
		if len(k.layers) == 0 && ordinaryHeader(k.label) {
			want = GradeC
		}
		if got.Grade != want || !strings.Contains(got.Reason, ep.vendor) {
			t.Errorf("%s: grade %s, reason %q", k.row.At, got.Grade, got.Reason)
		}
		if partner == nil && string(got.Value) != value {
			t.Errorf("%s: %s: value %q, want %q", ep.vendor, k.row.At, got.Value, value)
		}
		elsewhere := *f.Request
		elsewhere.URL = strings.Replace(elsewhere.URL, elsewhere.Host, "collector.example", 1)
		elsewhere.Host = "collector.example"
		if x := told(&flow.Flow{Request: &elsewhere}, k); x != nil {
			t.Errorf("%s, %s: %s is found on another host: %s", ep.vendor, ep.name, k.row.At, x.Reason)
		}
		for _, no := range append([]string{"{{value}}", "null"}, k.row.Not...) {
			if x := told(request(t, ep, k, partner, no, no), k); x != nil {
				t.Errorf("%s, %s: %s: %q is taken for a value: %s", ep.vendor, ep.name, k.row.At, no, x.Reason)
			}
		}
	})
	t.Logf("%d rows, of which %d stand behind a row of the same place that takes the sample", n, shadowed)
	if n < 1500 {
		t.Errorf("only %d rows", n)
	}
	if shadowed > n/50 {
		t.Errorf("%d of %d rows can hardly speak: another row of the same place comes first", shadowed, n)
	}
}

// earlier is a row of the same place that takes value before k does.
func earlier(ep *endpoint, k *toldField, value string) *toldField {
	for _, e := range loadEndpoints().all {
		if e.urls[0].host != ep.urls[0].host && e.vendor != ep.vendor {
			continue
		}
		for _, o := range e.known() {
			if o != k && o.row.At == k.row.At && o.meaning.senses[0].check([]byte(value)).confidence > 0 {
				return o
			}
		}
	}
	return nil
}

// The matcher goes by all the names on the way, whatever was done to the
// bytes between them.
func TestEndpointThroughLayers(t *testing.T) {
	files := fstest.MapFS{"data/x.toml": {Data: []byte(`
vendor = "Ex"
date = "2026-11-27"
[[source]]
id = "s"
name = "made for this test"
date = "2026-11-27"
[[endpoint]]
name = "collect"
urls = ["in.tracker.example/v*/c", "*.wild.example/deep/**"]
source = ["s"]
fields = [
  { at = "body data > $.events[*].a", type = "device.ad_id", check = "uuid", reason = "made up" },
  { at = "query d1", type = "contact.phone", check = "phone", reason = "made up", not = ["+33612345699"] },
  { at = "header x-info > $[2]", type = "device.ad_id", check = "uuid", reason = "made up" },
]
`)}}
	table, err := readEndpoints(files, "data")
	if err != nil {
		t.Fatal(err)
	}
	e, _ := New(nil, Options{})
	s := e.NewScanner()
	s.table = table
	id := samples["uuid"]
	inner := `{"events":[{"b":1},{"a":"` + id + `"}]}`
	b64 := base64.StdEncoding.EncodeToString([]byte(inner))
	body := func(u, data string) *flow.Flow {
		return &flow.Flow{Request: &flow.Request{URL: u, Host: strings.Split(u, "/")[2], Body: flow.Body{Data: []byte(data), Kept: true},
			Headers: []flow.Field{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}}}
	}
	for name, test := range map[string]struct {
		f    *flow.Flow
		want int
	}{
		"base64":         {body("https://in.tracker.example/v3/c", "data="+url.QueryEscape(b64)), 1},
		"percent":        {body("https://in.tracker.example/v3/c", "data="+url.QueryEscape(inner)), 1},
		"any subdomain":  {body("https://q.wild.example/deep/1/2", "data="+url.QueryEscape(b64)), 1},
		"wrong path":     {body("https://in.tracker.example/v3/d", "data="+url.QueryEscape(b64)), 0},
		"short path":     {body("https://q.wild.example/shallow", "data="+url.QueryEscape(b64)), 0},
		"wrong host":     {body("https://out.tracker.example/v3/c", "data="+url.QueryEscape(b64)), 0},
		"wrong field":    {body("https://in.tracker.example/v3/c", "date="+url.QueryEscape(b64)), 0},
		"one layer more": {body("https://in.tracker.example/v3/c", "data="+url.QueryEscape(`{"x":`+strconv.Quote(inner)+`}`)), 0},
		"query":          {body("https://in.tracker.example/v3/c?d1=%2B33698765432", ""), 1},
		"not this one":   {body("https://in.tracker.example/v3/c?d1=%2B33612345699", ""), 0},
		"in the body":    {body("https://in.tracker.example/v3/c", "d1=%2B33698765432"), 0},
	} {
		got := 0
		for _, x := range s.Scan(test.f).Findings {
			if strings.HasSuffix(x.Reason, "; Ex: made up") {
				got++
				if x.Grade != GradeB || x.Confidence < sureEnough {
					t.Errorf("%s: %+v", name, x)
				}
			}
		}
		if got != test.want {
			t.Errorf("%s: %d findings, want %d", name, got, test.want)
		}
	}
	h := body("https://in.tracker.example/v3/c", "")
	h.Request.Headers = []flow.Field{{Name: "X-Info", Value: `["a","b","` + id + `"]`}}
	other := *h
	other.Request = &flow.Request{URL: "https://a.example/", Host: "a.example", Headers: h.Request.Headers}
	s.Scan(&other) // remembers the header field as plain
	if got := s.Scan(h).Findings; len(got) != 1 {
		t.Errorf("header after the same header elsewhere: %d findings", len(got))
	}
}

// Several fields of one type in an object that was encoded as a whole are
// several findings: they only share the bytes that the object came from.
func TestFieldsOfAnEncodedObject(t *testing.T) {
	extinfo := `["a2","org.example.diary",12,"1.2","13","Zephyr 41","fr_FR","CET","Orange F",1080,2340,"2.6",8,110,53,"Europe/Paris"]`
	text, _ := json.Marshal(map[string]string{"extinfo": extinfo})
	f := &flow.Flow{Request: &flow.Request{URL: "https://graph.facebook.com/v17.0/1234/activities", Host: "graph.facebook.com",
		Headers: []flow.Field{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: text, Kept: true}}}
	e, _ := New(nil, Options{})
	got := map[string]int{}
	for _, x := range e.NewScanner().Scan(f).Findings {
		got[string(x.Type)]++
	}
	for typ, n := range map[string]int{"app.package": 1, "app.version": 2, "device.os": 1, "device.model": 1, "device.language": 1, "device.timezone": 2, "network.carrier": 1, "device.screen": 2, "device.storage": 2} {
		if got[typ] != n {
			t.Errorf("%s: %d findings, want %d", typ, got[typ], n)
		}
	}
}

func TestEndpointFilesAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"unlisted source": `vendor="V"
date="2026-11-27"
[[endpoint]]
name="n"
urls=["a.example/x"]
source=["s"]
fields=[{at="query a",type="device.ad_id",check="uuid",reason="r"}]`,
		"no check":     row(`{at="query a",type="device.ad_id",check="nothing",reason="r"}`, "a.example"),
		"no type":      row(`{at="query a",type="device.nothing",check="uuid",reason="r"}`, "a.example"),
		"no reason":    row(`{at="query a",type="device.ad_id",check="uuid"}`, "a.example"),
		"no place":     row(`{at="a",type="device.ad_id",check="uuid",reason="r"}`, "a.example"),
		"star in tail": row(`{at="query a",type="device.ad_id",check="uuid",reason="r"}`, "www.google.*"),
		"upper case":   row(`{at="header X-A",type="device.ad_id",check="uuid",reason="r"}`, "a.example"),
		"misspelt key": row(`{at="query a",typ="device.ad_id",check="uuid",reason="r"}`, "a.example"),
	} {
		if _, err := readEndpoints(fstest.MapFS{"d/x.toml": {Data: []byte(text)}}, "d"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func row(field, host string) string {
	return `vendor="V"
date="2026-11-27"
[[source]]
id="s"
name="n"
date="2026-11-27"
[[endpoint]]
name="n"
urls=["` + host + `/x"]
source=["s"]
fields=[` + field + `]`
}

// A flow to a host that the table does not know costs one look-up and
// allocates nothing.
func TestUnknownHostAllocatesNothing(t *testing.T) {
	table, f := loadEndpoints(), &flow.Flow{Request: &flow.Request{URL: "https://api.quinze.example/v1/feed?x=1", Host: "api.quinze.example"}}
	if n := testing.AllocsPerRun(100, func() { table.find(nil, f) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What looking up the endpoints of a flow costs: nothing beside the microsecond
// or so that the smallest flow takes.
func BenchmarkEndpointLookup(b *testing.B) {
	table := loadEndpoints()
	for name, u := range map[string]string{
		"unknown": "https://api.quinze.example/v1/feed?x=1",
		"near":    "https://www.facebook.com/login?x=1",
		"known":   "https://graph.facebook.com/v17.0/123456/activities",
	} {
		f := &flow.Flow{Request: &flow.Request{URL: u, Host: strings.Split(u, "/")[2]}}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []*endpoint
			for b.Loop() {
				dst = table.find(dst[:0], f)
			}
		})
	}
}
