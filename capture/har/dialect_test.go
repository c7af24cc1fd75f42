package har

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"

	"github.com/constat/constat/flow"
)

// archive wraps entries as the named creator would.
func archive(creator string, entries ...string) string {
	return `{"log":{"version":"1.2","creator":{"name":"` + creator + `","version":"1"},"pages":[],"entries":[` +
		strings.Join(entries, ",") + `]}}`
}

// one reads a HAR of one entry.
func one(t *testing.T, text string, opt Options) *flow.Flow {
	t.Helper()
	flows, damages := all(t, []byte(text), opt)
	if len(flows) != 1 || len(damages) != 0 {
		t.Fatalf("%d flows, damages %v", len(flows), damages)
	}
	return flows[0]
}

func noted(f *flow.Flow, start string) bool {
	return slices.ContainsFunc(f.Notes, func(n string) bool { return strings.HasPrefix(n, start) })
}

// restore applies a Provenance to the file, independently of the reader.
func restore(t *testing.T, file string, p flow.Provenance) string {
	t.Helper()
	v := file[p.Offset : p.Offset+p.Length]
	for _, enc := range p.Encoding {
		switch enc {
		case "json-string":
			if err := json.Unmarshal([]byte(`"`+v+`"`), &v); err != nil {
				t.Fatalf("%q: %v", v, err)
			}
		case "base64":
			raw, err := base64.StdEncoding.DecodeString(v)
			if err != nil {
				t.Fatal(err)
			}
			v = string(raw)
		default:
			t.Fatalf("encoding %q", enc)
		}
	}
	return v
}

func TestRequestBody(t *testing.T) {
	const lost = "\x00lost"
	for _, tt := range []struct {
		name, request string
		want          string // body, or lost
		size          int64
		decoded       bool
		note          string
	}{
		{"text", `"method":"POST","bodySize":3,"postData":{"mimeType":"a/b","text":"a\"b"}`, `a"b`, 3, true, ""},
		{"escapes", `"method":"POST","bodySize":-1,"postData":{"text":"\u00e9\ud83d\ude00\/\t"}`, "é😀/\t", -1, true, ""},
		{"lone surrogate", `"method":"POST","postData":{"text":"<\ud83d>"}`, "<\xed\xa0\xbd>", -1, true, ""},
		{"surrogates in the wrong order", `"method":"POST","postData":{"text":"\udc00\ud800"}`, "\xed\xb0\x80\xed\xa0\x80", -1, true, ""},
		{"invalid utf-8", `"method":"POST","postData":{"text":"` + "\xff\xc3" + `"}`, "\xff\xc3", -1, true, ""},
		{"unknown escape", `"method":"POST","postData":{"text":"a\xb\u00zz"}`, `a\xb\u00zz`, -1, true, "escapes that JSON"},
		{"base64", `"method":"POST","postData":{"encoding":"base64","text":"AP8="}`, "\x00\xff", -1, false, ""},
		{"base64 before its mark, no padding", `"method":"POST","postData":{"text":"AP8","encoding":"BASE64"}`, "\x00\xff", -1, false, ""},
		{"base64 that is none", `"method":"POST","postData":{"text":"{}","encoding":"base64"}`, "{}", -1, true, "body marked base64"},
		{"params", `"method":"POST","postData":{"params":[{"name":"a b","value":"1&2"},{"name":"c","value":"é"}]}`, "a+b=1%262&c=%C3%A9", -1, true, "request body rebuilt"},
		{"params beside an empty text", `"method":"POST","bodySize":5,"postData":{"params":[{"name":"a","value":"b"}],"text":""}`, "a=b", 5, true, "request body rebuilt"},
		{"params as multipart", `"method":"POST","postData":{"mimeType":"multipart/form-data; boundary=XX","params":[{"name":"f","fileName":"x.txt","contentType":"text/plain","value":"hi"}]}`,
			"--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n--XX--\r\n", -1, true, "request body rebuilt"},
		{"not kept, bodySize", `"method":"POST","bodySize":1234`, lost, 1234, false, ""},
		{"not kept, bodySize as a string", `"method":"POST","bodySize":"1234"`, lost, 1234, false, ""},
		{"not kept, Content-Length", `"method":"POST","bodySize":0,"headers":[{"name":"content-length","value":"77"}]`, lost, 77, false, ""},
		{"not kept, text null", `"method":"POST","bodySize":8,"postData":{"text":null}`, lost, 8, false, ""},
		{"not kept, size unknown", `"method":"PUT","bodySize":-1`, lost, -1, false, ""},
		{"in another file", `"method":"POST","bodySize":0,"postData":{"text":"","params":[],"_file":"ab12.bin"}`, lost, -1, false, "request body is in another file"},
		{"empty post", `"method":"POST","bodySize":0`, "", 0, false, ""},
		{"get", `"method":"GET","bodySize":-1`, "", 0, false, ""},
		{"get, nothing said", `"method":"GET"`, "", 0, false, ""},
		{"get with a body", `"method":"GET","bodySize":2,"postData":{"text":"{}"}`, "{}", 2, true, ""},
		{"shorter than sent", `"method":"POST","bodySize":9,"postData":{"text":"{}"}`, "{}", 9, true, "request body shorter"},
		{"gzip undone by the writer", `"method":"POST","bodySize":9,"headers":[{"name":"Content-Encoding","value":"gzip"}],"postData":{"text":"{}"}`, "{}", 9, true, ""},
		{"size not counted", `"method":"POST","bodySize":0,"postData":{"text":"{}"}`, "{}", -1, true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := archive("x", `{"request":{"url":"http://h/",`+tt.request+`}}`)
			f := one(t, text, Options{})
			b := f.Request.Body
			if tt.want == lost {
				if b.Kept || b.Data != nil {
					t.Errorf("body kept: %q", b.Data)
				}
			} else if !b.Kept || string(b.Data) != tt.want {
				t.Errorf("body %q, kept %v; want %q", b.Data, b.Kept, tt.want)
			}
			if b.Size != tt.size || b.Decoded != tt.decoded {
				t.Errorf("size %d, decoded %v; want %d, %v", b.Size, b.Decoded, tt.size, tt.decoded)
			}
			if tt.note != "" && !noted(f, tt.note) || tt.note == "" && len(f.Notes) > 1 {
				t.Errorf("notes %q, want %q", f.Notes, tt.note)
			}
			switch tt.name {
			case "text", "escapes", "base64":
				if got := restore(t, text, b.Source); got != tt.want {
					t.Errorf("source %+v holds %q", b.Source, got)
				}
			}
		})
	}
}

func TestResponse(t *testing.T) {
	entry := `{"response":{"content":{"text":"Z\u007a0=","encoding":"base64","size":9},"status":"200","headers":[{"name":"a","value":null}],"bodySize":7,"httpVersion":"h2"},"request":{"url":"https://h/"}}`
	text := archive("x", entry)
	f := one(t, text, Options{})
	if r := f.Response; r.Status != 200 || r.Body.Kept || r.Body.Size != 7 || len(r.Headers) != 1 || f.Protocol != "HTTP/2" {
		t.Errorf("response %+v, protocol %q", r, f.Protocol)
	}
	if got := restore(t, text, f.Response.Body.Source); got != "g=" {
		t.Errorf("skipped body stands at %+v: %q", f.Response.Body.Source, got)
	}
	f = one(t, text, Options{ResponseBodies: true})
	if b := f.Response.Body; string(b.Data) != "g=" || !b.Kept || b.Decoded || restore(t, text, b.Source) != "g=" {
		t.Errorf("body %+v", b)
	}
	f = one(t, archive("x", `{"request":{"url":"https://h/"},"response":{"status":200,"content":{"text":"hé"}}}`), Options{ResponseBodies: true})
	if b := f.Response.Body; string(b.Data) != "hé" || !b.Decoded || b.Size != -1 {
		t.Errorf("body %+v", b)
	}
}

func TestTimings(t *testing.T) {
	ms := func(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }
	for _, tt := range []struct {
		name, creator, url, entry       string
		tcp, tls, connect, first, clock time.Duration
		leg                             flow.Leg
		sent                            time.Duration // after Start; 0: unknown
	}{
		{"Chrome: connect includes ssl", "WebInspector", "https://h/", `"timings":{"blocked":1,"dns":2,"connect":38,"ssl":25,"send":1,"wait":12.5,"receive":1}`,
			ms(13), ms(25), 0, ms(12.5), time.Microsecond, flow.Direct, ms(42)},
		{"Chrome, QUIC: connect is ssl, and may end before the server answers", "WebInspector", "https://h/", `"timings":{"connect":25,"ssl":25,"send":0,"wait":12}`,
			0, 0, ms(25), ms(12), time.Millisecond, flow.Direct, ms(25)},
		{"Chrome, no TLS", "WebInspector", "http://h/", `"timings":{"connect":38,"ssl":-1,"send":0,"wait":12}`, ms(38), 0, 0, ms(12), time.Millisecond, flow.Direct, ms(38)},
		{"Playwright writes ssl above connect when there is none", "Playwright", "http://h/", `"timings":{"connect":3,"ssl":4,"send":0,"wait":12}`, 0, 0, ms(3), ms(12), time.Millisecond, flow.Direct, ms(3)},
		{"unknown dialect", "Firefox", "https://h/", `"timings":{"connect":38,"ssl":25,"send":0,"wait":12}`, 0, 0, ms(38), ms(12), time.Millisecond, flow.Direct, ms(38)},
		{"ssl beside connect, by the total", "Firefox", "https://h/", `"time":76,"timings":{"connect":38,"ssl":25,"send":1,"wait":12}`, 0, 0, ms(38), ms(12), time.Millisecond, flow.Direct, ms(64)},
		{"ssl inside connect, by the total", "Firefox", "https://h/", `"time":51,"timings":{"connect":38,"ssl":25,"send":1,"wait":12}`, 0, 0, ms(38), ms(12), time.Millisecond, flow.Direct, ms(39)},
		{"Charles", "Charles Proxy", "https://h/", `"timings":{"connect":37,"ssl":26,"send":1,"wait":24}`, 0, 0, ms(37), ms(24), time.Millisecond, flow.Outer, ms(38)},
		{"mitmproxy: connect is TCP, and outside the exchange", "mitmproxy", "https://h/", `"timings":{"connect":123.5,"ssl":246.5,"send":3,"wait":112}`,
			ms(123.5), ms(246.5), 0, ms(112), time.Microsecond, flow.Outer, ms(3)},
		{"reused, -1", "WebInspector", "https://h/", `"timings":{"connect":-1,"ssl":-1,"send":0.5,"wait":12}`, 0, 0, 0, ms(12), time.Microsecond, flow.Direct, ms(0.5)},
		{"reused, 0", "Firefox", "https://h/", `"timings":{"connect":0,"ssl":0,"send":1,"wait":12}`, 0, 0, 0, ms(12), time.Millisecond, flow.Direct, ms(1)},
		{"from cache", "WebInspector", "https://h/", `"_fromCache":"memory","timings":{"connect":3,"send":1,"wait":0.4}`, 0, 0, 0, 0, 0, "", ms(4)},
		{"service worker", "WebInspector", "https://h/", `"_fetchedViaServiceWorker":true,"timings":{"send":1,"wait":0.4}`, 0, 0, 0, 0, 0, "", ms(1)},
		{"strings for numbers", "Firefox", "https://h/", `"timings":{"connect":"38","send":"0","wait":"12"}`, 0, 0, ms(38), ms(12), time.Millisecond, flow.Direct, ms(38)},
		{"nothing", "Firefox", "https://h/", `"timings":null`, 0, 0, 0, 0, 0, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := one(t, archive(tt.creator, `{"startedDateTime":"2026-11-23T10:00:00.000+02:00","request":{"url":"`+tt.url+`"},"response":{"status":200},`+tt.entry+`}`), Options{})
			for _, s := range []struct {
				name string
				rtt  *flow.RTT
				want time.Duration
			}{{"TCP", f.Timing.TCP, tt.tcp}, {"TLS", f.Timing.TLS, tt.tls}, {"Connect", f.Timing.Connect, tt.connect}, {"FirstByte", f.Timing.FirstByte, tt.first}} {
				switch {
				case s.want == 0 && s.rtt != nil:
					t.Errorf("%s: %+v, want none", s.name, *s.rtt)
				case s.want != 0 && s.rtt == nil:
					t.Errorf("%s: none, want %v", s.name, s.want)
				case s.want != 0 && (s.rtt.D != s.want || s.rtt.Leg != tt.leg || s.rtt.Resolution != tt.clock || s.rtt.Basis == ""):
					t.Errorf("%s: %+v, want %v on %s at %v", s.name, *s.rtt, s.want, tt.leg, tt.clock)
				}
			}
			if want := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC); !f.Timing.Start.Equal(want) || f.Timing.Start.Location() != time.UTC {
				t.Errorf("start %v", f.Timing.Start)
			}
			switch {
			case tt.sent == 0 && !f.Timing.Sent.IsZero():
				t.Errorf("sent %v, want unknown", f.Timing.Sent)
			case tt.sent != 0 && f.Timing.Sent.Sub(f.Timing.Start) != tt.sent:
				t.Errorf("sent after %v, want %v", f.Timing.Sent.Sub(f.Timing.Start), tt.sent)
			}
		})
	}
}

func TestDialects(t *testing.T) {
	for _, tt := range []struct {
		name, creator, entry string
		check                func(f *flow.Flow) bool
	}{
		{"address in brackets", "x", `{"serverIPAddress":"[2001:db8::1]","request":{"url":"https://h:8443/x"}}`,
			func(f *flow.Flow) bool {
				return f.Server.Addr.String() == "[2001:db8::1]:8443" && f.Request.Host == "h"
			}},
		{"address empty", "x", `{"serverIPAddress":"","request":{"url":"https://h/"}}`,
			func(f *flow.Flow) bool { return !f.Server.Addr.IsValid() && f.Server.Name == "h" }},
		{"implied ports", "x", `{"serverIPAddress":"192.0.2.1","request":{"url":"http://u:p@h/@x"}}`,
			func(f *flow.Flow) bool { return f.Server.Addr.String() == "192.0.2.1:80" && f.Request.Host == "h" }},
		{"literal host", "x", `{"request":{"url":"http://[::1]:8080/"}}`,
			func(f *flow.Flow) bool { return f.Request.Host == "::1" }},
		{"authority wins", "Charles", `{"request":{"url":"https://outer/","headers":[{"name":":authority","value":"inner:443"}]}}`,
			func(f *flow.Flow) bool { return f.Request.Host == "inner" && f.Server.Name == "outer" }},
		{"transparent proxy", "mitmproxy", `{"request":{"url":"https://192.0.2.1/","headers":[{"name":"Host","value":"h"}]}}`,
			func(f *flow.Flow) bool { return f.Request.Host == "h" }},
		{"h3", "x", `{"request":{"url":"https://h/","httpVersion":"h3-29"}}`, func(f *flow.Flow) bool { return f.Protocol == "HTTP/3" && f.Request.Version == "h3-29" }},
		{"quic", "x", `{"request":{"url":"https://h/","httpVersion":"http/2+quic/46"}}`, func(f *flow.Flow) bool { return f.Protocol == "HTTP/3" }},
		{"version from the response", "x", `{"request":{"url":"https://h/","httpVersion":"unknown"},"response":{"status":200,"httpVersion":"http/1.1"}}`,
			func(f *flow.Flow) bool { return f.Protocol == "HTTP/1.1" }},
		{"never answered", "WebInspector", `{"request":{"url":"https://h/"},"response":{"status":0,"_error":"net::ERR_ABORTED"}}`,
			func(f *flow.Flow) bool {
				return f.Response == nil && noted(f, "no response: net::ERR_ABORTED") && !noted(f, NoteNeverSent)
			}},
		{"blocked", "WebInspector", `{"request":{"url":"https://h/"},"response":{"status":0,"_error":"net::ERR_BLOCKED_BY_CLIENT"}}`,
			func(f *flow.Flow) bool { return noted(f, NoteNeverSent) }},
		{"data URL", "WebInspector", `{"request":{"url":"data:text/plain,x"},"response":{"status":200}}`,
			func(f *flow.Flow) bool { return noted(f, NoteNeverSent) && f.Host() == "" }},
		{"from cache", "WebInspector", `{"_fromCache":"disk","request":{"url":"https://h/"},"response":{"status":200}}`,
			func(f *flow.Flow) bool { return noted(f, "from cache") }},
		{"not from cache", "x", `{"fromCache":false,"request":{"url":"https://h/"},"response":{"status":200}}`,
			func(f *flow.Flow) bool { return len(f.Notes) == 0 }},
		{"sanitised", "WebInspector", `{"request":{"url":"https://h/","headers":[{"name":"User-Agent","value":"Mozilla/5.0 HeadlessChrome/156.0.0.0 Safari"}]},"response":{"status":200}}`,
			func(f *flow.Flow) bool { return noted(f, "sanitised") }},
		{"not sanitised", "WebInspector", `{"request":{"url":"https://h/","headers":[{"name":"User-Agent","value":"Chrome/156.0.0.0"},{"name":"cookie","value":"a=b"}]},"response":{"status":200}}`,
			func(f *flow.Flow) bool { return !noted(f, "sanitised") }},
		{"before sanitising", "WebInspector", `{"request":{"url":"https://h/","headers":[{"name":"User-Agent","value":"Chrome/129.0.0.0"}]},"response":{"status":200}}`,
			func(f *flow.Flow) bool { return !noted(f, "sanitised") }},
		{"cookies without a field", "insomnia", `{"request":{"cookies":[{"name":"a","value":"1"},{"name":"b","value":"2"}],"url":"https://h/","headers":[]}}`,
			func(f *flow.Flow) bool {
				return flow.Header(f.Request.Headers, "cookie") == "a=1; b=2" && noted(f, "Cookie field")
			}},
		{"duplicate keys: the last counts", "x", `{"request":{"url":"https://a/","url":"https://b/"}}`, func(f *flow.Flow) bool { return f.Request.Host == "b" }},
		{"nulls", "x", `{"request":{"url":"https://h/","headers":null,"cookies":null,"postData":null,"bodySize":null,"method":null},"response":null,"cache":null,"timings":null,"time":null,"serverIPAddress":null,"startedDateTime":null,"_webSocketMessages":null}`,
			func(f *flow.Flow) bool { return f.Request.Host == "h" && f.Timing.Start.IsZero() }},
		{"wrong types", "x", `{"request":{"url":"https://h/","headers":{"a":"b"},"postData":"x","bodySize":{}},"response":[1],"timings":"x","time":[],"serverIPAddress":{},"startedDateTime":1}`,
			func(f *flow.Flow) bool { return f.Request.Host == "h" }},
		{"no zone", "x", `{"startedDateTime":"2026-01-02T03:04:05.678","request":{"url":"https://h/"}}`,
			func(f *flow.Flow) bool {
				return f.Timing.Start.UnixMilli() == 1767323045678 && noted(f, "startedDateTime has no time zone")
			}},
		{"zone without colon", "x", `{"startedDateTime":"2026-01-02T03:04:05.678+0100","request":{"url":"https://h/"}}`,
			func(f *flow.Flow) bool { return f.Timing.Start.Hour() == 2 }},
		{"total without timings", "x", `{"startedDateTime":"2026-01-02T03:04:05Z","time":1500,"request":{"url":"https://h/"}}`,
			func(f *flow.Flow) bool { return f.Timing.End.Sub(f.Timing.Start) == 1500*time.Millisecond }},
		{"TLS", "Playwright", `{"_securityDetails":{"protocol":"TLS 1.3","subjectName":"h"},"_serverPort":444,"serverIPAddress":"192.0.2.1","request":{"url":"https://h/"}}`,
			func(f *flow.Flow) bool { return f.TLS.Version == "TLS 1.3" && f.Server.Addr.Port() == 444 }},
		{"WebSocket", "WebInspector", `{"_resourceType":"websocket","request":{"url":"wss://h/"},"_webSocketMessages":[{"type":"send","time":1693314240.7948081,"opcode":1,"data":"fo\u006f"},{"data":"AAE=","opcode":2,"type":"send","time":1},{"type":"receive","opcode":1,"data":"x"}]}`,
			func(f *flow.Flow) bool {
				m := f.Messages
				return f.Kind == flow.WebSocket && f.Protocol == "websocket" && len(m) == 3 && f.Server.Addr.Port() == 0 &&
					string(m[0].Body.Data) == "foo" && m[0].FromClient && m[0].Text && m[0].Time.UnixMicro() == 1693314240794808 &&
					string(m[1].Body.Data) == "\x00\x01" && !m[1].Text && !m[1].Body.Decoded && m[1].Body.Kept &&
					!m[2].FromClient && !m[2].Body.Kept && m[2].Body.Source.Length == 1
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if f := one(t, archive(tt.creator, tt.entry), Options{}); !tt.check(f) {
				t.Errorf("%+v\nrequest %+v\nnotes %q", *f, *f.Request, f.Notes)
			}
		})
	}
}

func TestEncodings(t *testing.T) {
	plain := archive("Fiddler", `{"request":{"method":"POST","url":"https://h/","postData":{"text":"é😀"}}}`)
	le, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(plain)
	be, _ := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(plain)
	var pretty bytes.Buffer
	json.Indent(&pretty, []byte(plain), "\r\n", "\t")
	for name, text := range map[string]string{
		"plain": plain, "BOM": "\ufeff" + plain, "spaces": " \n" + plain + "\n\n", "pretty": pretty.String(),
		"UTF-16 LE": le, "UTF-16 BE": be,
	} {
		t.Run(name, func(t *testing.T) {
			if !Match([]byte(text[:min(len(text), 64)])) {
				t.Error("not matched")
			}
			f := one(t, text, Options{})
			if string(f.Request.Body.Data) != "é😀" {
				t.Errorf("body %q", f.Request.Body.Data)
			}
			if strings.HasPrefix(name, "UTF-16") {
				if f.Source.Length != 0 {
					t.Errorf("source %+v, want unknown", f.Source)
				}
			} else if got := restore(t, text, f.Request.Body.Source); got != "é😀" {
				t.Errorf("source holds %q", got)
			}
		})
	}
}

// Members come in any order; the same entry must give the same flow.
func TestOrder(t *testing.T) {
	e := `{"request":{"url":"https://h/","method":"GET"},"timings":{"connect":38,"ssl":25,"send":1,"wait":2},"startedDateTime":"2026-01-02T03:04:05Z","response":{"status":200}}`
	r := `{"response":{"status":200},"startedDateTime":"2026-01-02T03:04:05Z","timings":{"wait":2,"send":1,"ssl":25,"connect":38},"request":{"method":"GET","url":"https://h/"}}`
	for _, text := range []string{
		archive("x", e, r),
		`{"x":[[]],"log":{"entries":[` + e + `,` + r + `,],"creator":{"version":2,"name":"late"}},"z":{}}`,
	} {
		var creator string
		flows, damages := all(t, []byte(text), Options{Wrote: func(c string) { creator = c }})
		if len(flows) != 2 || len(damages) != 0 || creator == "" {
			t.Fatalf("%d flows, %v, %q", len(flows), damages, creator)
		}
		a, b := flows[0], flows[1]
		if fmt.Sprint(a.Timing.Start, *a.Timing.Connect, a.Host()) != fmt.Sprint(b.Timing.Start, *b.Timing.Connect, b.Host()) {
			t.Errorf("%+v\n%+v", a, b)
		}
	}
}
