package differential_test

import (
	"iter"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/differential"
	"github.com/constat/constat/flow"
)

// flows are a capture that was never in a file.
type flows struct {
	list []*flow.Flow
	name string
}

func (f flows) Flows() iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		for _, x := range f.list {
			if !yield(x, nil) {
				return
			}
		}
	}
}

func (f flows) Describe() audit.Input { return audit.Input{Path: f.name, SHA256: f.name} }

// FuzzCompare: whatever apps send, in whatever order, a comparison ends, and
// with one run each nothing is proven without personas.
func FuzzCompare(f *testing.F) {
	f.Add([]byte(`{"a":"b","c":[1,2,{"d":"e"}]}`), []byte(`{"a":"c"}`), "application/json", "/v1/users/anna?x=1", uint64(1))
	f.Add([]byte("a=b&c=d%20e"), []byte("\x0a\x03abc\x12\x05hello"), "application/x-www-form-urlencoded", "/", uint64(2))
	f.Add([]byte{}, make([]byte, 300), "application/octet-stream", "/%%/*/\x00", uint64(3))
	f.Fuzz(func(t *testing.T, a, b []byte, mime, target string, seed uint64) {
		if len(a)+len(b) > 1<<14 {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		var runs []differential.Run
		for i := range 2 + r.IntN(3) {
			var list []*flow.Flow
			for range r.IntN(6) {
				body, host := a, "a.example"
				if r.IntN(2) == 0 {
					body, host = b, "b7.example"
				}
				x := &flow.Flow{Kind: flow.HTTP, Timing: flow.Timing{Start: time.Unix(1795167000+int64(i), 0)}, Request: &flow.Request{
					Method: "POST", URL: "https://" + host + target, Host: host, Headers: []flow.Field{{Name: "content-type", Value: mime}, {Name: "x-n", Value: strconv.Itoa(r.IntN(3))}},
					Body: flow.Body{Data: body, Kept: true, Size: int64(len(body))},
				}}
				switch r.IntN(8) {
				case 0:
					x.Kind, x.Request, x.Unread = flow.Opaque, nil, &flow.Unread{Up: int64(r.IntN(3000)) - 1}
				case 1:
					x.Request.Body = flow.Body{Size: int64(r.IntN(300)) - 1}
				case 2:
					x.Kind, x.Messages = flow.WebSocket, []flow.Message{{FromClient: true, Body: flow.Body{Data: b, Kept: true}}, {FromClient: true, Body: flow.Body{Data: a, Kept: true}}}
				case 3:
					x.Kind, x.Request, x.Lookup = flow.DNS, nil, &flow.Lookup{Questions: []flow.Question{{Name: host, Type: "A"}}}
				}
				list = append(list, x)
			}
			runs = append(runs, differential.Run{Capture: flows{list, strconv.Itoa(i)}, Persona: i & 1})
		}
		d, err := differential.Compare(t.Context(), runs, differential.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range d.Findings {
			if x.Grade == "A" || len(runs) == 2 && x.Grade != "C" {
				t.Errorf("%+v", x)
			}
		}
	})
}
