package stream

import (
	"fmt"
	"strings"
	"testing"

	"github.com/constat/constat/flow"
)

// brief tells flows in a line each.
func brief(flows []*flow.Flow) string {
	var b strings.Builder
	body := func(x *flow.Body) {
		switch {
		case len(x.Data) > 60:
			fmt.Fprintf(&b, " %d bytes", len(x.Data))
		case len(x.Data) > 0:
			fmt.Fprintf(&b, " %q", x.Data)
		}
		if x.Cut > 0 || !x.Kept {
			fmt.Fprintf(&b, " of %d", x.Size)
		}
	}
	trailer := func(fs []flow.Field) {
		for _, f := range fs {
			fmt.Fprintf(&b, " +%s=%s", f.Name, f.Value)
		}
	}
	for _, f := range flows {
		b.WriteString(string(f.Kind))
		if r := f.Request; r != nil {
			fmt.Fprintf(&b, " %s %s", r.Method, r.URL)
			body(&r.Body)
			trailer(r.Trailer)
		}
		if r := f.Response; r != nil {
			fmt.Fprintf(&b, " -> %d", r.Status)
			body(&r.Body)
			trailer(r.Trailer)
		}
		for _, m := range f.Messages {
			b.WriteString(map[bool]string{true: " >", false: " <"}[m.FromClient])
			body(&m.Body)
		}
		if u := f.Unread; u != nil {
			fmt.Fprintf(&b, " %d up %d down: %s", u.Up, u.Down, u.Reason)
		}
		if len(f.Notes) > 0 {
			fmt.Fprintf(&b, " (%s)", strings.Join(f.Notes, "; "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestHTTP1 has each shape of message that RFC 9112 knows, and what a parser
// must not trip over.
func TestHTTP1(t *testing.T) {
	const (
		get = "> GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
		ok  = "< HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	)
	for _, c := range []struct {
		name   string
		events []event
		want   string
	}{
		{"pipelined", sent("> GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
			"< HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n3\r\n0\r\n\r\n"),
			"http GET http://a/1 -> 200 \"1\"\nhttp POST http://a/2 \"abc\" -> 204\nhttp GET http://a/3 -> 200 \"3\"\n"},
		{"HEAD, 304 and 204 have no body, whatever they say", sent("> HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
			"< HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 304 Not\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 204 No\r\nContent-Length: 7\r\n\r\n"),
			"http HEAD http://a/1 -> 200\nhttp GET http://a/2 -> 304\nhttp GET http://a/3 -> 204\n"},
		{"interim responses", sent(get, "< HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", ok),
			"http GET http://a.example/ -> 200 \"ok\"\n"},
		{"chunk extensions and trailers", sent("> POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n000A ; z\r\n0123456789\r\n0\r\nA: 1\r\nB: 2\r\n\r\n", "< HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nC: 3\r\n\r\n"),
			"http POST http://a/ \"ab0123456789\" +A=1 +B=2 -> 200 +C=3 (chunk extensions of the request are not kept)\n"},
		{"lines without CR", sent("> POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n2\nab\n0\n\nGET /2 HTTP/1.1\nHost: a\n\n", "< HTTP/1.1 200 OK\nContent-Length: 0\n\nHTTP/1.1 200 OK\nContent-Length: 0\n\n"),
			"http POST http://a/ \"ab\" -> 200\nhttp GET http://a/2 -> 200\n"},
		{"a head without CR before one with", sent("> GET /1 HTTP/1.1\nHost: a\n\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n", "< HTTP/1.1 200 OK\nContent-Length: 0\n\nHTTP/1.1 204 No\r\n\r\n"),
			"http GET http://a/1 -> 200\nhttp GET http://a/2 -> 204\n"},
		{"until the end", sent(get, "< HTTP/1.0 200 OK\r\n\r\nas long as ", "< it lasts"),
			"http GET http://a.example/ -> 200 \"as long as it lasts\"\n"},
		{"cut short", sent("> POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf", "< HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nha"),
			"http POST http://a/ \"half\" -> 200 \"ha\" (request cut short; response cut short)\n"},
		{"a head cut short", sent(get, ok, "> GET /secret HTTP/1.1\r\nCoo"),
			"http GET http://a.example/ -> 200 \"ok\"\nopaque 25 up 0 down: cut short, or sent when nothing was open to take it\n"},
		{"a first line cut short", sent("> GET /secret"), "tcp > \"GET /secret\"\n"},
		{"an answer before the end of the request", sent("> POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab", "< HTTP/1.1 413 Too\r\nContent-Length: 0\r\n\r\n", "> cd", get, ok),
			"http POST http://a/ \"abcd\" -> 413\nhttp GET http://a.example/ -> 200 \"ok\"\n"},
		{"a URL in a query is not the URL", sent("> GET /r?u=http://b.example/ HTTP/1.1\r\nHost: a\r\n\r\n", ok),
			"http GET http://a/r?u=http://b.example/ -> 200 \"ok\"\n"},
		{"absolute form", sent("> GET http://b.example?x HTTP/1.1\r\nHost: a\r\n\r\n", ok), "http GET http://b.example?x -> 200 \"ok\"\n"},
		{"CONNECT", sent("> CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", "< HTTP/1.1 200 Fine\r\n\r\n", get, ok),
			"http CONNECT a:80 -> 200\nhttp GET http://a.example/ -> 200 \"ok\"\n"},
		{"CONNECT refused", sent("> CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", "< HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", get, ok),
			"http CONNECT a:80 -> 407\nhttp GET http://a.example/ -> 200 \"ok\"\n"},
		{"an upgrade that was not granted, and a request behind it", sent("> GET /1 HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n", ok, ok),
			"http GET http://a/1 -> 200 \"ok\"\nhttp GET http://a/2 -> 200 \"ok\"\n"},
		{"an upgrade to something unknown", sent("> GET / HTTP/1.1\r\nHost: a\r\nUpgrade: chat\r\n\r\n", "< HTTP/1.1 101 Go\r\nUpgrade: chat\r\n\r\nhello", "> hi"),
			"http GET http://a/ -> 101\ntcp < \"hello\" > \"hi\"\n"},
		{"both lengths", sent("> POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ok),
			"http POST http://a/ -> 200 \"ok\" (request with both Transfer-Encoding and Content-Length: read by the first, another reader may see other messages)\n"},
		{"the same length twice", sent("> POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nab", ok), "http POST http://a/ \"ab\" -> 200 \"ok\"\n"},
		{"two lengths", sent("> POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
			"http POST http://a/ of 0 (request cut short; no response)\nopaque 3 up 0 down: a Content-Length that is no length, or two that differ\n"},
		{"a negative length", sent("> POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nabc"),
			"http POST http://a/ of 0 (request cut short; no response)\nopaque 3 up 0 down: a Content-Length that is no length, or two that differ\n"},
		{"a signed length", sent("> POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"),
			"http POST http://a/ of 0 (request cut short; no response)\nopaque 3 up 0 down: a Content-Length that is no length, or two that differ\n"},
		{"chunked, but not last", sent("> POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\nabc"),
			"http POST http://a/ of 0 (request cut short; no response)\nopaque 3 up 0 down: a request whose Transfer-Encoding does not end in chunked\n"},
		{"a chunk size beyond all", sent("> POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nffffffffffffffff\r\nabc"),
			"http POST http://a/ \"ab\" (request cut short; no response)\nopaque 21 up 0 down: a chunk that is none\n"},
		{"more in a chunk than its size", sent("> POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabsecret\r\n0\r\n\r\n"),
			"http POST http://a/ \"ab\" (request cut short; no response)\nopaque 13 up 0 down: a chunk that is none\n"},
		{"no HTTP after HTTP", sent(get, ok, "> \x16\x03\x01", "< \x16\x03\x03"),
			"http GET http://a.example/ -> 200 \"ok\"\nopaque 3 up 3 down: not an HTTP request where one should begin\n"},
		{"capitals that are not HTTP", sent("< 220 mail.example\r\n", "> EHLO lea\r\n", "< 250 ok\r\n", "> MAIL FROM:<lea@a.example>\r\n"),
			"tcp < \"220 mail.example\\r\\n\" > \"EHLO lea\\r\\n\" < \"250 ok\\r\\n\" > \"MAIL FROM:<lea@a.example>\\r\\n\"\n"},
		{"responses that nobody asked for", sent(get, ok+"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2"),
			"http GET http://a.example/ -> 200 \"ok\"\nhttp -> 200 \"2\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := brief(sameInPieces(t, c.events, Info{}, Limits{Response: 1 << 20})); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestMarks: what a flow points at is where its bytes were seen, and nothing
// if that is not known.
func TestMarks(t *testing.T) {
	up := "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
	for _, offset := range []int64{0, 5000} {
		var f *flow.Flow
		c := New(Info{}, Limits{}, func(got *flow.Flow) { f = got })
		c.Data(Up, Mark{Offset: offset, Frame: 7, Time: start}, []byte(up+"ab"))
		c.Close(Mark{})
		at := func(n int) int64 {
			if offset == 0 {
				return 0
			}
			return offset + int64(n)
		}
		r := f.Request
		if f.Source.Offset != offset || r.URLAt.Offset != at(5) || r.Body.Source.Offset != at(len(up)) || r.Body.Source.Frame != 7 || !f.Timing.Start.Equal(start) {
			t.Errorf("from %d: flow %+v, URL %+v, body %+v", offset, f.Source, r.URLAt, r.Body.Source)
		}
	}
}

// TestRaw: a flow of messages ends where its limit says, and each message
// where the other side speaks.
func TestRaw(t *testing.T) {
	events := sent("> \x00"+strings.Repeat("a", 400), "< "+strings.Repeat("b", 70_000), "> c")
	want := "tcp > 72 bytes\n" + strings.Repeat("tcp > 72 bytes\n", 4) + "tcp > \"" + strings.Repeat("a", 41) + "\" < of 70000\ntcp > \"c\"\n"
	if got := brief(sameInPieces(t, events, Info{}, Limits{Messages: 200})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestLongFirstLine: a line beyond the limit is kept as what it is, bytes.
func TestLongFirstLine(t *testing.T) {
	events := sent("> GET /" + strings.Repeat("x", 300) + " HTTP/1.1\r\nHost: a\r\n\r\n")
	if got := brief(sameInPieces(t, events, Info{}, Limits{Head: 200})); got != "tcp > 327 bytes\n" {
		t.Errorf("got %s", got)
	}
}

// TestGap: what is missing is said, and a stream of unknown protocol goes on.
func TestGap(t *testing.T) {
	gap := func(events []event, then ...event) string {
		var flows []*flow.Flow
		c := New(Info{}, Limits{Response: 1 << 20}, func(f *flow.Flow) { flows = append(flows, f) })
		for _, e := range events {
			c.Data(e.side, Mark{}, e.data)
		}
		c.Gap(Up, Mark{}, 7)
		for _, e := range then {
			c.Data(e.side, Mark{}, e.data)
		}
		c.Close(Mark{})
		return brief(flows)
	}
	get := sent("> GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	for name, c := range map[string]struct{ got, want string }{
		"at the beginning": {gap(nil, get...), "tcp > of 7 > \"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\"\n"},
		"in HTTP":          {gap(get, sent("< HTTP/1.1 200 OK\r\n\r\n")...), "http GET http://a/ -> 200\nopaque 7 up 0 down: bytes missing in the capture\n"},
		"in a close-delimited response": {gap(append(get, sent("< HTTP/1.1 200 OK\r\n\r\nhal")...)),
			"http GET http://a/ -> 200 \"hal\"\nopaque 7 up 0 down: bytes missing in the capture\n"},
		"after CONNECT": {gap(sent("> CONNECT a:1 HTTP/1.1\r\n\r\n", "< HTTP/1.1 200 OK\r\n\r\n", "> \x00abc"), sent("> def")...),
			"http CONNECT a:1 -> 200\ntcp > \"\\x00abc\" > of 7 > \"def\"\n"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, c.got, c.want)
		}
	}
}
