package audit

import (
	"iter"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/recipient"
)

// one is a capture of one flow.
type one struct{ f *flow.Flow }

func (o one) Flows() iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) { yield(o.f, nil) }
}
func (one) Describe() Input { return Input{} }

// The document says why a field with a name that says nothing counts: by the
// vendor's endpoint. The same field sent elsewhere does not count, and the
// value is not shown.
func TestReasonOfAnEndpoint(t *testing.T) {
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	const id = "fb.1.1764271234567.1987654321"
	rows := func(host string) (out []Transfer) {
		f := &flow.Flow{Kind: flow.HTTP, Request: &flow.Request{Method: "GET", Host: host, URL: "https://" + host + "/tr/?sw=1080&fbc=" + id}}
		doc, err := Conduct(t.Context(), []Capture{one{f}}, Options{Book: book})
		if err != nil {
			t.Fatal(err)
		}
		defer doc.Transfers.Close()
		for x, err := range doc.Transferred() {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, x)
		}
		return out
	}
	got := map[string]Transfer{}
	for _, x := range rows("www.facebook.com") {
		got[string(x.DataType)] = x
	}
	if x := got["device.install_id"]; x.Grade != "B" || x.Reason != "an opaque id, under the key 'fbc'; Meta: the click that led here" || strings.Contains(x.Redacted.String(), "1987654321") {
		t.Errorf("%+v", x)
	}
	if x := got["device.screen"]; !strings.HasSuffix(x.Reason, "under the key 'sw'; Meta: the width of the screen") {
		t.Errorf("%+v", x)
	}
	for _, x := range rows("collector.example") {
		if x.DataType == "device.screen" {
			t.Errorf("on another host: %+v", x)
		}
	}
}
