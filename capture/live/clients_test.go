package live

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/constat/constat/flow"
)

func randomBytes(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	r.Read(b)
	return b
}

func TestGoClient(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprint("h2=", h2), func(t *testing.T) {
			r := newRig(t, rigOptions{})
			c := r.client(h2)
			proto := map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[h2]
			for i, n := range []int{0, 1, 5000, 300_000, 3 << 20} {
				body := randomBytes(n)
				req, _ := http.NewRequest("POST", r.url(fmt.Sprint("/", i)), struct{ io.Reader }{bytes.NewReader(body)})
				req.Header.Set("X-Mail", "camille@example.test")
				res, err := c.Do(req)
				must(t, err)
				got, err := io.ReadAll(res.Body)
				must(t, err)
				if want := fmt.Sprintf("POST %s %d %s", proto, n, sum(body)); string(got) != want {
					t.Errorf("%s, want %s", got, want)
				}
				if res.Trailer.Get("X-Sum") != sum(body) {
					t.Errorf("trailer %v", res.Trailer)
				}
			}
			flows := r.flows()
			for i, n := range []int{0, 1, 5000, 300_000, 3 << 20} {
				fs := with(flows, fmt.Sprint("/", i))
				if len(fs) != 1 {
					t.Fatalf("%d flows of request %d", len(fs), i)
				}
				f := fs[0]
				if !bytes.Equal(f.Request.Body.Data, randomBytes(n)) || f.Request.Body.Size != int64(n) || flow.Header(f.Request.Headers, "x-mail") == "" {
					t.Errorf("request %d: %d bytes of %d", i, len(f.Request.Body.Data), f.Request.Body.Size)
				}
				if f.Response == nil || f.Response.Status != 200 || f.Timing.FirstByte == nil || f.Response.Body.Kept || f.Response.Body.Size == 0 || flow.Header(f.Response.Trailer, "x-sum") == "" {
					t.Errorf("response %d: %+v", i, f.Response)
				}
			}
			first := with(flows, "/0")[0]
			if first.Timing.TCP == nil || first.Timing.TLS == nil || first.TLS.SNI != "origin.test" || first.Server.Addr.Port() != r.port {
				t.Errorf("connection: %+v %+v", first.Timing, first.TLS)
			}
		})
	}
}

// TestPrograms runs what people have: each fetches a page and sends a body.
func TestPrograms(t *testing.T) {
	r := newRig(t, rigOptions{})
	ca := r.ca()
	body := randomBytes(200_000)
	file := ca + ".body"
	must(t, os.WriteFile(file, body, 0o600))
	want := fmt.Sprintf("%d %s", len(body), sum(body))
	python := `
import sys, ssl, http.client
proxy, host, port, ca, file = sys.argv[1:]
ph, pp = proxy.split(":")
c = http.client.HTTPSConnection(ph, int(pp), context=ssl.create_default_context(cafile=ca))
c.set_tunnel(host, int(port))
c.request("POST", "/python", body=open(file, "rb").read())
print(c.getresponse().read().decode())
`
	node := `
const [,, proxy, host, port, ca, file] = process.argv, fs = require('fs'), http = require('http'), tls = require('tls'), https = require('https');
const [ph, pp] = proxy.split(':');
http.request({host: ph, port: pp, method: 'CONNECT', path: host + ':' + port}).on('connect', (res, socket) => {
  const s = tls.connect({socket, servername: host, ca: fs.readFileSync(ca)});
  const body = fs.readFileSync(file);
  const r = https.request({createConnection: () => s, host, port, path: '/node', method: 'POST', headers: {'content-length': body.length}}, res => {
    let t = ''; res.on('data', d => t += d); res.on('end', () => { console.log(t); process.exit(0); });
  });
  r.end(body);
}).end();
`
	script := ca + ".js"
	must(t, os.WriteFile(script, []byte(node), 0o600))
	host, port, _ := net.SplitHostPort(r.origin)
	proxy := "http://" + r.proxy
	for _, c := range []struct {
		path string
		args []string
	}{
		{"/curl1", []string{"curl", "-sS", "--http1.1", "-x", proxy, "--cacert", ca, "--data-binary", "@" + file, r.url("/curl1")}},
		{"/curl2", []string{"curl", "-sS", "--http2", "-x", proxy, "--cacert", ca, "--data-binary", "@" + file, r.url("/curl2")}},
		{"/socks", []string{"curl", "-sS", "-x", "socks5h://" + r.proxy, "--cacert", ca, "--data-binary", "@" + file, r.url("/socks")}},
		{"/chunked", []string{"curl", "-sS", "--http1.1", "-x", proxy, "--cacert", ca, "-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue", "--data-binary", "@" + file, r.url("/chunked")}},
		{"/tls12", []string{"curl", "-sS", "--tls-max", "1.2", "-x", proxy, "--cacert", ca, "--data-binary", "@" + file, r.url("/tls12")}},
		{"/python", []string{"python3", "-c", python, r.proxy, host, port, ca, file}},
		{"/node", []string{"node", script, r.proxy, host, port, ca, file}},
	} {
		if _, err := exec.LookPath(c.args[0]); err != nil {
			t.Log("skipped:", err)
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		out, err := exec.CommandContext(ctx, c.args[0], c.args[1:]...).CombinedOutput()
		cancel()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v: %s", c.path, err, out)
		}
	}
	// openssl s_client: an HTTP/1.1 request typed by hand.
	if _, err := exec.LookPath("openssl"); err == nil {
		cmd := exec.CommandContext(t.Context(), "openssl", "s_client", "-proxy", r.proxy, "-connect", r.origin, "-servername", "origin.test", "-CAfile", ca, "-verify_return_error", "-quiet", "-no_ign_eof")
		in, _ := cmd.StdinPipe()
		var out bytes.Buffer
		cmd.Stdout = &out
		must(t, cmd.Start())
		fmt.Fprint(in, "GET /openssl HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n")
		cmd.Wait()
		if !strings.Contains(out.String(), "200 OK") {
			t.Errorf("openssl: %s", out.String())
		}
	}
	flows := r.flows()
	for _, f := range opaque(flows) {
		t.Errorf("opaque: %s %+v", f.Host(), f.Unread)
	}
	for _, path := range []string{"/curl1", "/curl2", "/socks", "/chunked", "/tls12", "/python", "/node"} {
		fs := with(flows, path)
		if len(fs) == 0 {
			continue // not installed
		}
		if len(fs) != 1 || !bytes.Equal(fs[0].Request.Body.Data, body) {
			t.Errorf("%s: %d flows, body %d", path, len(fs), len(fs[0].Request.Body.Data))
		}
	}
}

func TestChromium(t *testing.T) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
		}
	}
	if path == "" {
		t.Skip("no Chromium")
	}
	r := newRig(t, rigOptions{handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/page" {
			fmt.Fprintf(w, `<!doctype html><title>t</title><p id=out>waiting<script>
fetch("/collect", {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify({mail: "camille@example.test"})})
 .then(r => r.text()).then(t => { document.getElementById("out").textContent = "got " + t })</script>`)
			return
		}
		digest(w, req)
	})})
	spki := r.authority.SPKI()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(),
		"--proxy-server=http://"+r.proxy, "--proxy-bypass-list=<-loopback>", "--ignore-certificate-errors-spki-list="+base64.StdEncoding.EncodeToString(spki[:]),
		"--disable-background-networking", "--disable-component-update", "--no-first-run", "--virtual-time-budget=5000", "--dump-dom", r.url("/page")).Output()
	if err != nil || !strings.Contains(string(out), "got POST HTTP/2.0 31") {
		t.Fatalf("%v: %s", err, out)
	}
	fs := with(r.flows(), "/collect")
	if len(fs) != 1 || string(fs[0].Request.Body.Data) != `{"mail":"camille@example.test"}` || fs[0].Protocol != "HTTP/2" {
		t.Errorf("%+v", fs)
	}
}

func TestWebSocket(t *testing.T) {
	r := newRig(t, rigOptions{handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c, err := websocket.Accept(w, req, &websocket.AcceptOptions{CompressionMode: websocket.CompressionContextTakeover})
		if err != nil {
			return
		}
		c.SetReadLimit(1 << 20)
		for {
			kind, b, err := c.Read(req.Context())
			if err != nil {
				return
			}
			c.Write(req.Context(), kind, b)
		}
	})})
	for _, mode := range []websocket.CompressionMode{websocket.CompressionDisabled, websocket.CompressionContextTakeover} {
		c, _, err := websocket.Dial(t.Context(), strings.Replace(r.url("/ws"), "https", "wss", 1), &websocket.DialOptions{HTTPClient: r.client(false), CompressionMode: mode})
		must(t, err)
		c.SetReadLimit(1 << 20)
		for i := range 20 {
			m := fmt.Sprintf(`{"n":%d,"mail":"camille@example.test","fill":%q}`, i, strings.Repeat("x", i*1000))
			must(t, c.Write(t.Context(), websocket.MessageText, []byte(m)))
			_, b, err := c.Read(t.Context())
			must(t, err)
			if string(b) != m {
				t.Fatalf("echo %d differs", i)
			}
		}
		must(t, c.Close(websocket.StatusNormalClosure, ""))
	}
	sent := 0
	for _, f := range r.flows() {
		for _, m := range f.Messages {
			if m.FromClient && m.Text && strings.Contains(string(m.Body.Data), `"mail":"camille@example.test"`) {
				sent++
			}
		}
	}
	if sent != 40 {
		t.Errorf("%d messages in the log, want 40", sent)
	}
}

func TestGRPC(t *testing.T) {
	s := grpc.NewServer(grpc.Creds(insecure.NewCredentials()))
	s.RegisterService(&grpc.ServiceDesc{ServiceName: "echo.Echo", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{
		MethodName: "Say",
		Handler: func(_ any, ctx context.Context, dec func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var in wrapperspb.StringValue
			err := dec(&in)
			return &in, err
		},
	}}}, nil)
	r := newRig(t, rigOptions{handler: s})
	defer s.Stop()
	conn, err := grpc.NewClient("passthrough:///"+r.origin, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: r.trust(), ServerName: "origin.test"})),
		grpc.WithContextDialer(func(ctx context.Context, addr string) (net.Conn, error) { return connect(r.proxy, addr) }))
	must(t, err)
	defer conn.Close()
	for i, opt := range [][]grpc.CallOption{nil, {grpc.UseCompressor("gzip")}} {
		var out wrapperspb.StringValue
		in := wrapperspb.String(strings.Repeat("camille@example.test ", 50+i))
		must(t, conn.Invoke(t.Context(), "/echo.Echo/Say", in, &out, opt...))
		if out.Value != in.Value {
			t.Error("another answer")
		}
	}
	if encoding.GetCompressor("gzip") == nil {
		t.Fatal("no gzip")
	}
	conn.Close()
	fs := with(r.flows(), "/echo.Echo/Say")
	if len(fs) != 2 || !bytes.Contains(fs[0].Request.Body.Data, []byte("camille@example.test")) || flow.Header(fs[0].Response.Trailer, "grpc-status") != "0" {
		t.Errorf("%d flows %+v", len(fs), fs)
	}
}

// connect opens a tunnel.
func connect(proxy, to string) (net.Conn, error) {
	c, err := net.Dial("tcp", proxy)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", to, to)
	var head []byte
	one := make([]byte, 1)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		if _, err := c.Read(one); err != nil {
			return nil, fmt.Errorf("%w after %q", err, head)
		}
		head = append(head, one[0])
	}
	if !bytes.Contains(head, []byte(" 200 ")) {
		return nil, fmt.Errorf("%s", head)
	}
	return c, nil
}

// TestManyConnections: 500 at once, each with several requests.
func TestManyConnections(t *testing.T) {
	r := newRig(t, rigOptions{})
	n := 500
	if testing.Short() {
		n = 60
	}
	var wg sync.WaitGroup
	arrived := make(chan struct{}, n)
	together := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			c := r.client(false)
			for k := range 3 {
				body := randomBytes(1000 + i)
				res, err := c.Post(r.url(fmt.Sprintf("/%d-%d", i, k)), "application/octet-stream", bytes.NewReader(body))
				if err != nil {
					t.Error(err)
					arrived <- struct{}{}
					return
				}
				got, err := io.ReadAll(res.Body)
				if err != nil || !strings.HasSuffix(string(got), sum(body)) {
					t.Errorf("%d: %v %s", i, err, got)
				}
				if k == 0 { // all are open before any goes on
					arrived <- struct{}{}
					<-together
				}
			}
		})
	}
	for range n {
		<-arrived
	}
	if open := r.engine.Stats.Open.Load(); open < int64(n) {
		t.Errorf("%d connections open", open)
	}
	close(together)
	wg.Wait()
	seen := map[string]int{}
	for _, f := range r.flows() {
		if f.Request != nil {
			seen[f.Request.URL]++
		}
	}
	if len(seen) != 3*n {
		t.Errorf("%d requests in the log, want %d", len(seen), 3*n)
	}
}

// TestLargeUpload passes 2 GB and keeps little of it.
func TestLargeUpload(t *testing.T) {
	size := int64(2 << 30)
	if testing.Short() {
		size = 64 << 20
	}
	r := newRig(t, rigOptions{handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		n, _ := io.Copy(io.Discard, req.Body)
		fmt.Fprint(w, n)
	})})
	for _, h2 := range []bool{false, true} {
		res, err := r.client(h2).Post(r.url(fmt.Sprint("/up", h2)), "video/mp4", io.LimitReader(zeros{}, size/2))
		must(t, err)
		got, _ := io.ReadAll(res.Body)
		if string(got) != fmt.Sprint(size/2) {
			t.Errorf("%s bytes arrived", got)
		}
	}
	for _, f := range r.flows() {
		if b := f.Request.Body; b.Size != size/2 || b.Cut != size/2-int64(len(b.Data)) || len(b.Data) > 16<<20 {
			t.Errorf("%d bytes, %d kept, %d cut", b.Size, len(b.Data), b.Cut)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestStreaming: what a server sends in pieces arrives in pieces, and what is
// under way is in the log before it is over.
func TestStreaming(t *testing.T) {
	next := make(chan struct{})
	r := newRig(t, rigOptions{handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			<-next
		}
	})})
	res, err := r.client(true).Get(r.url("/events"))
	must(t, err)
	b := make([]byte, 100)
	for i := range 3 {
		n, err := res.Body.Read(b)
		must(t, err)
		if string(b[:n]) != fmt.Sprintf("data: %d\n\n", i) {
			t.Errorf("%q", b[:n])
		}
		if i == 1 {
			var lines []byte
			waitFor(t, func() bool {
				lines, _ = os.ReadFile(r.dir + "/log.jsonl")
				return bytes.Contains(lines, []byte(`"kind":"flow.request"`))
			})
			if bytes.Contains(lines, []byte(`"kind":"flow.response"`)) {
				t.Error("the response is not over")
			}
		}
		next <- struct{}{}
	}
	res.Body.Close()
	if fs := with(r.flows(), "/events"); len(fs) != 1 || fs[0].Response.Status != 200 {
		t.Errorf("%+v", fs)
	}
}
