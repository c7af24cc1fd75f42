package detect

import (
	"testing"

	"github.com/constat/constat/flow"
)

// FuzzScan feeds arbitrary bodies: no panic, and ranges stay inside.
func FuzzScan(f *testing.F) {
	s := engine(f, subject, Options{Hints: true}).NewScanner()
	for _, x := range matrix() {
		f.Add(x.Request.URL, flow.Header(x.Request.Headers, "Content-Type"), x.Request.Body.Data)
	}
	f.Add("https://a.test/?lat=48.8583&lon=2.2944", asJSON, []byte(`{"lat":48.858370,"lon":2.294481,"birthday":"1991-04-27","email_crc32":"00000000"}`))
	f.Add("", asText, []byte("48.8583702.294481 48.858370.2.294481"))
	f.Fuzz(func(t *testing.T, target, mediaType string, body []byte) {
		r := s.Scan(&flow.Flow{Kind: flow.HTTP, Request: &flow.Request{
			Method: "POST", URL: target, Headers: []flow.Field{{Name: "Content-Type", Value: mediaType}},
			Body: flow.Body{Data: body, Kept: true, Size: -1},
		}})
		for _, x := range r.Findings {
			if x.Root < 0 || x.Root >= len(r.Parts) || x.Off < 0 || x.Len < 0 || int64(x.Off+x.Len) > r.Parts[x.Root].Bytes {
				t.Fatalf("%s: range %d+%d", x.Type, x.Off, x.Len)
			}
			if len(x.Derivation) == 0 || x.Reason == "" || x.Confidence <= 0 || x.Confidence > 1 {
				t.Fatalf("%s: incomplete finding", x.Type)
			}
		}
	})
}
