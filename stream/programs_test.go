package stream

import (
	"bytes"
	"io"
	"net"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// relay listens for a program, and records what passes between it and server.
func (t *tape) relay(tb testing.TB, server *httptest.Server) (url string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			up, err := t.dial("tcp", server.Listener.Addr().String())
			if err != nil {
				client.Close()
				return
			}
			go func() {
				io.Copy(up, client)
				up.(*tapped).Conn.(*net.TCPConn).CloseWrite()
			}()
			go func() {
				io.Copy(client, up)
				client.Close()
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

const python = `
import http.client, sys
c = http.client.HTTPConnection(sys.argv[1][7:])
def parts():
    yield b"chun"
    yield b"ked"
c.request("POST", "/echo?py", parts(), {"Cookie": "id=1"}, encode_chunked=True)
print(c.getresponse().read())
c.request("GET", "/stream")
print(c.getresponse().read())
`

const node = `
const http = require("http"), agent = new http.Agent({keepAlive: true, maxSockets: 1})
const r = http.request(process.argv[1] + "/echo?node", {method: "POST", agent}, res => {
	res.resume().on("end", () => http.get(process.argv[1] + "/none", {agent}, res => res.resume().on("end", () => agent.destroy())))
})
r.write("chun"); r.end("ked")
`

// TestPrograms: clients that people use.
func TestPrograms(t *testing.T) {
	const stream = `"data: 0\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n"`
	big := strings.Repeat("0123456789abcdef", 20_000)
	for _, c := range []struct {
		name  string
		h2    bool
		args  []string // URL stands for that of the relay
		stdin string
		want  string
	}{
		{"curl keep-alive", false, []string{"curl", "-sf", "-d", "mail=lea", "URL/echo?a", "URL/echo?b"}, "",
			"http POST URL/echo?a \"mail=lea\" -> 200 \"mail=lea\"\nhttp POST URL/echo?b \"mail=lea\" -> 200 \"mail=lea\"\n"},
		{"curl 100-continue", false, []string{"curl", "-sf", "-H", "Expect: 100-continue", "-T", "-", "URL/echo"}, "from a pipe",
			"http PUT URL/echo \"from a pipe\" -> 200 \"from a pipe\"\n"},
		{"curl large", false, []string{"curl", "-sf", "--data-binary", "@-", "URL/echo"}, big, "http POST URL/echo 320000 bytes -> 200 320000 bytes\n"},
		{"curl compressed", false, []string{"curl", "-sf", "--compressed", "URL/gzip"}, "", "http GET URL/gzip -> 200 " + strconv.Quote(zipped) + "\n"},
		{"curl HTTP/2", true, []string{"curl", "-sf", "--http2-prior-knowledge", "URL/stream"}, "", "http GET URL/stream -> 200 " + stream + " +x-end=done\n"},
		{"curl HTTP/2 large", true, []string{"curl", "-sf", "--http2-prior-knowledge", "--data-binary", "@-", "URL/echo"}, big, "http POST URL/echo 320000 bytes -> 200 320000 bytes\n"},
		{"python", false, []string{"python3", "-c", python, "URL"}, "", "http POST URL/echo?py \"chunked\" -> 200 \"chunked\"\nhttp GET URL/stream -> 200 " + stream + " +X-End=done\n"},
		{"node", false, []string{"node", "-e", node, "URL"}, "", "http POST URL/echo?node \"chunked\" -> 200 \"chunked\"\nhttp GET URL/none -> 204\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := exec.LookPath(c.args[0]); err != nil {
				t.Skip(err)
			}
			t.Parallel()
			var tp tape
			url := tp.relay(t, origin(t, c.h2))
			args := make([]string, len(c.args))
			for i, a := range c.args {
				args[i] = strings.ReplaceAll(a, "URL", url)
			}
			cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
			cmd.Stdin = strings.NewReader(c.stdin)
			var said bytes.Buffer
			cmd.Stderr = &said
			if err := cmd.Run(); err != nil {
				t.Fatal(err, said.String())
			}
			tp.mu.Lock()
			defer tp.mu.Unlock()
			got := ""
			for _, events := range tp.events {
				got += brief(sameInPieces(t, events, Info{}, Limits{Response: 1 << 20}))
			}
			if got = strings.ReplaceAll(got, url, "URL"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
