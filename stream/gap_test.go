package stream

import (
	"bytes"
	"strings"
	"testing"
	"time"

	frames "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

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

// TestGapOrphan: an answer that came before any request that is still open left
// is nobody's, and the request keeps waiting for its own.
func TestGapOrphan(t *testing.T) {
	var flows []*flow.Flow
	c := New(Info{}, Limits{}, func(f *flow.Flow) { flows = append(flows, f) })
	at := func(s int64) Mark { return Mark{Time: time.Unix(s, 0)} }
	c.Data(Up, at(1), []byte("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"))
	c.Data(Down, at(2), []byte("HTTP/1.1 204 No Content\r\n\r\n"))
	c.Gap(Down, at(3), 100)
	c.Data(Up, at(9), []byte("GET /b HTTP/1.1\r\nHost: h\r\n\r\n"))
	c.Data(Down, at(4), []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")) // handed on late, as packet/tcp does behind a hole
	c.Data(Down, at(10), []byte("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"))
	c.Close(at(11))
	status := map[string]int{}
	for _, f := range flows {
		url := ""
		if f.Request != nil {
			url = f.Request.URL
		}
		if f.Response != nil {
			status[url] = f.Response.Status
		}
	}
	if status["http://h/a"] != 204 || status["http://h/b"] != 201 || status[""] != 404 {
		t.Errorf("%v", status)
	}
}

// TestGapInFrame: bytes missing inside of one DATA frame are a hole in that
// body; the frames and heads behind it are read.
func TestGapInFrame(t *testing.T) {
	var up, block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	fr := frames.NewFramer(&up, nil)
	up.WriteString(preface)
	head := func(id uint32, path string, end bool) {
		block.Reset()
		for _, f := range [][2]string{{":method", "POST"}, {":scheme", "https"}, {":authority", "h"}, {":path", path}} {
			enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
		}
		fr.WriteHeaders(frames.HeadersFrameParam{StreamID: id, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: end})
	}
	head(1, "/a", false)
	fr.WriteData(1, true, []byte("0123456789"))
	whole := up.Len()
	head(3, "/b", true)
	var flows []*flow.Flow
	c := New(Info{}, Limits{}, func(f *flow.Flow) { flows = append(flows, f) })
	b := up.Bytes()
	c.Data(Up, Mark{}, b[:whole-6])
	c.Gap(Up, Mark{}, 4)
	c.Data(Up, Mark{}, b[whole-2:])
	c.Close(Mark{})
	got := map[string]flow.Body{}
	for _, f := range flows {
		if f.Request == nil {
			t.Fatalf("%+v", f.Unread)
		}
		got[f.Request.URL] = f.Request.Body
	}
	if a := got["https://h/a"]; len(got) != 2 || a.Size != 10 || string(a.Data) != "0123" || a.Cut != 6 {
		t.Errorf("%+v", got)
	}
}
