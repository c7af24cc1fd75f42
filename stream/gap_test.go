package stream

import (
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// lossy feeds a conversation in the clear of which some pieces are missing: a
// piece that begins with ~ is not in the capture.
func lossy(t *testing.T, turns ...string) (flows []*flow.Flow) {
	t.Helper()
	c := New(Info{}, Limits{Response: 1 << 20}, func(f *flow.Flow) { flows = append(flows, f) })
	m := Mark{Time: time.Unix(1, 0)}
	for _, x := range turns {
		side := Up
		if x[0] == '<' {
			side = Down
		}
		x = x[1:]
		if lost, ok := strings.CutPrefix(x, "~"); ok {
			c.Gap(side, m, int64(len(lost)))
			continue
		}
		c.Data(side, m, []byte(x))
	}
	c.Close(m)
	return flows
}

// TestGapInBody: what is missing of a body is a hole in it, and no more.
func TestGapInBody(t *testing.T) {
	const answer = "<HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for _, c := range []struct {
		name  string
		turns []string
		size  int64
		kept  string
	}{
		{"length", []string{">POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123", ">~456", ">789", answer, ">GET /b HTTP/1.1\r\nHost: h\r\n\r\n", answer}, 10, "0123"},
		{"to its end", []string{">POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123", ">~456789", answer, ">GET /b HTTP/1.1\r\nHost: h\r\n\r\n", answer}, 10, "0123"},
		{"chunk", []string{">POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\na\r\n01", ">~2345", ">6789\r\n0\r\n\r\n", answer, ">GET /b HTTP/1.1\r\nHost: h\r\n\r\n", answer}, 10, "01"},
		{"beyond it", []string{">POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123", ">~456789GET /lost", ">/x HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n", answer, answer}, 4, "0123"},
	} {
		flows := lossy(t, c.turns...)
		if len(flows) < 2 || flows[0].Request == nil || flows[1].Request == nil {
			t.Errorf("%s: %d flows", c.name, len(flows))
			continue
		}
		a, b := flows[0], flows[1]
		if body := a.Request.Body; body.Size != c.size || string(body.Data) != c.kept || body.Cut != c.size-int64(len(c.kept)) {
			t.Errorf("%s: %+v", c.name, body)
		}
		if a.Response == nil || a.Response.Status != 200 || b.Request.URL != "http://h/b" || b.Response == nil {
			t.Errorf("%s: %v %v %+v", c.name, a.Response, b.Request.URL, b.Response)
		}
		if len(a.Notes) == 0 {
			t.Errorf("%s: nothing is noted", c.name)
		}
		if c.name == "beyond it" { // the rest of a head that is missing is counted
			if last := flows[len(flows)-1]; last.Unread == nil || last.Unread.Up != int64(len("456789GET /lost/x HTTP/1.1\r\nHost: h\r\n\r\n")) {
				t.Errorf("%s: %+v", c.name, last.Unread)
			}
		}
	}
}

// TestGapOfAnswers: an answer is that of the request that waited for it.
func TestGapOfAnswers(t *testing.T) {
	flows := lossy(t,
		">GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "<~HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		">GET /b HTTP/1.1\r\nHost: h\r\n\r\n", "<HTTP/1.1 204 No Content\r\n\r\n")
	if len(flows) != 3 || flows[2].Unread == nil || flows[2].Unread.Down != 40 || flows[0].Response != nil || flows[1].Response == nil || flows[1].Response.Status != 204 || flows[1].Request.URL != "http://h/b" {
		t.Fatalf("%+v", flows)
	}
}
