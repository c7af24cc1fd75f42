package audit

import (
	"testing"

	"github.com/constat/constat/flow"
)

func TestIncident(t *testing.T) {
	exchange := func(method, url string, status int, mediaType string, body string) *flow.Flow {
		f := &flow.Flow{
			Request:  &flow.Request{Method: method, URL: url},
			Response: &flow.Response{Status: status, Headers: []flow.Field{{Name: "content-type", Value: mediaType}}},
		}
		f.Response.Body.Data = []byte(body)
		return f
	}
	for _, c := range []struct {
		f            *flow.Flow
		kind, detail string
	}{
		{exchange("DELETE", "https://h.test/upload/1", 204, "", ""), Deletion, ""},
		{exchange("DELETE", "https://h.test/upload/1", 403, "", ""), "", ""}, // refused
		{exchange("GET", "https://h.test/m", 200, "application/octet-stream", "dex\n035\x00rest"), Program, "Dalvik executable"},
		{exchange("GET", "https://h.test/m", 200, "", "\x7fELF\x02\x01"), Program, "ELF library"},
		{exchange("GET", "https://h.test/m.zip", 200, "", "PK\x03\x04....classes.dex"), Program, "archive with a Dalvik executable"},
		{exchange("GET", "https://h.test/m.zip", 200, "", "PK\x03\x04....picture.png"), "", ""},
		{exchange("GET", "https://h.test/7/m.dex?rev=2", 200, "application/octet-stream", ""), Program, "Dalvik executable, by its name"},
		{exchange("GET", "https://h.test/m.dex", 200, "text/html", "<p>not found</p>"), "", ""}, // the body is there and is none
		{exchange("GET", "https://h.test/m.dex", 404, "", ""), "", ""},
		{exchange("GET", "https://h.test/app.js", 200, "text/javascript", "alert()"), "", ""},
		{&flow.Flow{}, "", ""},
	} {
		if kind, detail := incident(c.f); kind != c.kind || detail != c.detail {
			t.Errorf("%+v: %q %q, want %q %q", c.f.Request, kind, detail, c.kind, c.detail)
		}
	}
}
