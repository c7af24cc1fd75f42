package detect

import (
	"testing"

	"github.com/constat/constat/flow"
)

// Whatever a request to a known endpoint holds, it costs findings at most.
func FuzzEndpoint(f *testing.F) {
	e, err := New(nil, Options{Hints: true})
	if err != nil {
		f.Fatal(err)
	}
	all := loadEndpoints().all
	f.Add(uint16(0), "/a?b=1&ud[em]=x", []byte(`{"header":{"mc":"a4:c3:f0:85:1d:92"}}`), "$.events[*].a", "$.events[3].a")
	f.Add(uint16(9), "/v1//%zz?x[=", []byte("\x0a\x05hello\x12\x02\x08\x01"), "$[*].*.b", "$[1].x.b[2]")
	f.Add(uint16(300), "", []byte("data=eyJ4IjpbdHJ1ZSwxLCIiXX0"), "$.*", "$.")
	s := e.NewScanner()
	f.Fuzz(func(t *testing.T, n uint16, target string, body []byte, pattern, name string) {
		ep := all[int(n)%len(all)]
		r := &flow.Request{URL: "https://" + ep.urls[0].host + target, Host: ep.urls[0].host, Body: flow.Body{Data: body, Kept: true},
			Headers: []flow.Field{{Name: "Cookie", Value: target}, {Name: "X-Firebase-Client", Value: string(body)}}}
		for _, x := range s.Scan(&flow.Flow{Request: r}).Findings {
			if x.Grade == "" || x.Reason == "" || x.Off < 0 || x.Len < 0 {
				t.Errorf("%+v", x)
			}
		}
		pathIs(pattern, name)
		globIs(pattern, name)
		(&urlPattern{path: "/" + name + "/**"}).is(target)
	})
}
