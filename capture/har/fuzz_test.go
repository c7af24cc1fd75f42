package har

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

func FuzzRead(f *testing.F) {
	f.Add([]byte(whole), true)
	f.Add([]byte(whole[:len(whole)/2]), false)
	f.Add([]byte("\xff\xfe{\x00}\x00"), false)
	f.Add([]byte(archive("x", `{"request":{"url":"https://h/","postData":{"params":[{"name":"a"}],"mimeType":"multipart/form-data; boundary=b"}}}`)), true)
	f.Add([]byte(archive("x", `{"request":{"url":"h","postData":{"text":"\ud800\u","encoding":"base64"}},"_webSocketMessages":[{"type":"send","opcode":2,"data":"!"}]}`)), false)
	f.Fuzz(func(t *testing.T, data []byte, bodies bool) {
		flows := 0
		var end int64
		for fl, err := range Read(bytes.NewReader(data), Options{ResponseBodies: bodies}) {
			var d *flow.Damage
			if err != nil {
				if !errors.As(err, &d) || fl != nil || d.Offset < 0 || d.Offset > 2*int64(len(data)) {
					t.Fatalf("%v with %v", err, fl)
				}
				continue
			}
			if fl.Index != flows || fl.Request == nil || fl.Source.Offset < end {
				t.Fatalf("flow %d: %+v after byte %d", flows, fl, end)
			}
			flows++
			if end = fl.Source.Offset + fl.Source.Length; end > int64(len(data)) {
				t.Fatalf("source %+v beyond the file", fl.Source)
			}
			if p := fl.Request.URLAt; p.Offset+p.Length > int64(len(data)) {
				t.Fatalf("URL at %+v", p)
			}
			fl.Host()
		}
		if json.Valid(data) && !bytes.Contains(data, []byte(`"log"`)) && flows > 0 {
			t.Fatalf("%d flows without a log", flows)
		}
	})
}

// What encoding/json reads from a valid HAR, Read reads too.
func TestAgainstEncodingJSON(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("ab\"\\/\n\t\u0000\u001f\u007fé中😀\u2028{}[]:, ")
	text := func(n int) string {
		var b strings.Builder
		for range rng.IntN(n + 1) {
			b.WriteRune(alphabet[rng.IntN(len(alphabet))])
		}
		return b.String()
	}
	type object = map[string]any
	for range 300 {
		var entries []object
		for range rng.IntN(5) {
			var headers []object
			for i := range rng.IntN(5) {
				headers = append(headers, object{"name": fmt.Sprint("N", i), "value": text(20), "comment": text(5)})
			}
			e := object{
				"startedDateTime": "2026-01-02T03:04:05.678Z",
				"request":         object{"method": "POST", "url": "https://h/" + text(30), "headers": headers, "postData": object{"text": text(300), "mimeType": text(5)}},
				"response":        object{"status": 200, "content": object{"text": text(500)}},
				text(10):          []any{text(50), nil, true, -1.5e3, object{text(3): []any{}}},
			}
			delete(e, "")
			entries = append(entries, e)
		}
		var raw bytes.Buffer
		enc := json.NewEncoder(&raw)
		enc.SetEscapeHTML(rng.IntN(2) == 0)
		if rng.IntN(2) == 0 {
			enc.SetIndent(" ", "\t")
		}
		if err := enc.Encode(object{"log": object{"entries": entries, "creator": object{"name": text(9)}, "pages": []any{text(9)}}}); err != nil {
			t.Fatal(err)
		}
		var want struct {
			Log struct {
				Entries []struct {
					Request struct {
						URL      string
						Headers  []flow.Field
						PostData struct{ Text string }
					}
					Response struct{ Content struct{ Text string } }
				}
			}
		}
		if err := json.Unmarshal(raw.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		flows, damages := all(t, raw.Bytes(), Options{ResponseBodies: true})
		if len(damages) > 0 || len(flows) != len(want.Log.Entries) {
			t.Fatalf("%d flows, want %d, damages %v\n%s", len(flows), len(want.Log.Entries), damages, raw.Bytes())
		}
		for i, w := range want.Log.Entries {
			f := flows[i]
			if f.Request.URL != w.Request.URL || string(f.Request.Body.Data) != w.Request.PostData.Text ||
				string(f.Response.Body.Data) != w.Response.Content.Text || fmt.Sprint(f.Request.Headers) != fmt.Sprint(w.Request.Headers) {
				t.Fatalf("%+v\nwant %+v", f.Request, w)
			}
		}
	}
}
