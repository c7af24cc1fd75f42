package live

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/flow"
)

// TestPinned has clients that do not trust the authority, in the shapes that
// their refusals take. The first connection fails, the second passes unread.
func TestPinned(t *testing.T) {
	try := map[string]func(r *rig, ca string) error{
		"go": func(r *rig, ca string) error {
			c := r.client(true)
			c.Transport.(*http.Transport).TLSClientConfig.RootCAs = r.roots
			res, err := c.Get(r.url("/pinned"))
			if err == nil {
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
			return err
		},
		// After the handshake, as OkHttp does.
		"late": func(r *rig, ca string) error {
			c, err := connect(r.proxy, r.origin)
			if err != nil {
				return err
			}
			t := tls.Client(c, &tls.Config{InsecureSkipVerify: true, ServerName: "origin.test"})
			defer t.Close()
			if err := t.Handshake(); err != nil {
				return err
			}
			if t.ConnectionState().PeerCertificates[0].CheckSignatureFrom(r.authority.Certificate) == nil {
				return errors.New("not the pin")
			}
			fmt.Fprint(t, "GET /pinned HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n")
			_, err = io.ReadAll(t)
			return err
		},
	}
	for _, version := range []string{"1.2", "1.3"} {
		try["curl "+version] = func(r *rig, ca string) error {
			return exec.Command("curl", "-sS", "-o", "/dev/null", "--tlsv"+version, "--tls-max", version, "-x", "http://"+r.proxy, "--cacert", ca, r.url("/pinned")).Run()
		}
		try["python "+version] = func(r *rig, ca string) error {
			host, port, _ := net.SplitHostPort(r.origin)
			return exec.Command("python3", "-c", `
import sys, ssl, http.client
proxy, host, port, ca, v = sys.argv[1:]
ph, pp = proxy.split(":")
x = ssl.create_default_context(cafile=ca)
x.minimum_version = x.maximum_version = getattr(ssl.TLSVersion, "TLSv" + v.replace(".", "_"))
c = http.client.HTTPSConnection(ph, int(pp), context=x)
c.set_tunnel(host, int(port))
c.request("GET", "/pinned")
c.getresponse().read()
`, r.proxy, host, port, ca, version).Run()
		}
		try["node "+version] = func(r *rig, ca string) error {
			host, port, _ := net.SplitHostPort(r.origin)
			return exec.Command("node", "-e", `
const [proxy, host, port, ca, v] = process.argv.slice(1), fs = require('fs'), http = require('http'), tls = require('tls');
const [ph, pp] = proxy.split(':');
http.request({host: ph, port: pp, method: 'CONNECT', path: host + ':' + port}).on('connect', (res, socket) => {
  const s = tls.connect({socket, servername: host, ca: fs.readFileSync(ca), minVersion: 'TLSv' + v, maxVersion: 'TLSv' + v}, () => {
    s.write('GET /pinned HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n');
  });
  s.on('data', () => {}); s.on('end', () => process.exit(0)); s.on('error', e => process.exit(1));
}).end();
`, r.proxy, host, port, ca, version).Run()
		}
	}
	for name, f := range try {
		t.Run(name, func(t *testing.T) {
			program, _, _ := strings.Cut(name, " ")
			if program == "python" {
				program = "python3"
			}
			if program != "go" && program != "late" {
				if _, err := exec.LookPath(program); err != nil {
					t.Skip(err)
				}
			}
			t.Parallel()
			r := newRig(t, rigOptions{})
			ca := r.originCA()
			if err := f(r, ca); err == nil {
				t.Fatal("the certificate was accepted")
			}
			waitFor(t, func() bool { return r.engine.Stats.Rejected.Load() == 1 })
			if err := f(r, ca); err != nil {
				t.Fatalf("the second connection: %v", err)
			}
			flows := r.flows()
			o := opaque(flows)
			if len(o) != 2 || len(flows) != 2 {
				t.Fatalf("%d flows, %d opaque", len(flows), len(o))
			}
			for _, f := range o {
				t.Logf("%s: %+v", f.Host(), *f.Unread)
				if f.Host() != "origin.test" || !strings.Contains(f.Unread.Reason, "client") {
					t.Errorf("%+v", f.Unread)
				}
			}
			if o[0].Unread.Up+o[1].Unread.Up < 200 {
				t.Errorf("bytes: %+v %+v", o[0].Unread, o[1].Unread)
			}
		})
	}
}

func waitFor(t testing.TB, ok func() bool) {
	t.Helper()
	for range 500 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("waited too long")
}

// TestSharedStack: an app that accepts and one that pins, with the same TLS
// library, on the same host.
func TestSharedStack(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	good, pinned := r.client(true), r.client(true)
	pinned.Transport.(*http.Transport).TLSClientConfig.RootCAs = r.roots
	get := func(c *http.Client, path string) error {
		res, err := c.Get(r.url(path))
		if err == nil {
			res.Body.Close()
			c.CloseIdleConnections()
		}
		return err
	}
	must(t, get(good, "/1"))
	waitFor(t, func() bool { return r.engine.Stats.Open.Load() == 0 })
	if get(pinned, "/2") == nil {
		t.Fatal("accepted")
	}
	waitFor(t, func() bool { return r.engine.Stats.Rejected.Load() == 1 })
	must(t, get(pinned, "/3"))
}

// TestSilentOnce: a browser closes two connections unused, and uses a third
// later: it is read.
func TestSilentOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	var unused []*tls.Conn
	for range 2 {
		c, err := connect(r.proxy, r.origin)
		must(t, err)
		s := tls.Client(c, &tls.Config{RootCAs: r.trust(), ServerName: "origin.test", NextProtos: []string{"h2", "http/1.1"}})
		must(t, s.Handshake())
		unused = append(unused, s)
	}
	for _, s := range unused {
		s.Close()
	}
	waitFor(t, func() bool { return r.engine.Stats.Rejected.Load() > 0 && r.engine.Stats.Open.Load() == 0 })
	time.Sleep(probation + 100*time.Millisecond)
	res, err := r.client(true).Get(r.url("/later"))
	must(t, err)
	res.Body.Close()
	if fs := with(r.flows(), "/later"); len(fs) != 1 {
		t.Errorf("%d flows", len(fs))
	}
}

// TestClientCertificate: a server that asks for one is passed through, and the
// client's arrives.
func TestClientCertificate(t *testing.T) {
	r := newRig(t, rigOptions{tls: func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }, handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		fmt.Fprintf(w, "hello %d", len(req.TLS.PeerCertificates))
	})})
	c := r.client(true)
	cfg := c.Transport.(*http.Transport).TLSClientConfig
	cfg.RootCAs, cfg.Certificates = r.roots, []tls.Certificate{r.identity}
	res, err := c.Get(r.url("/"))
	must(t, err)
	if b, _ := io.ReadAll(res.Body); string(b) != "hello 1" {
		t.Errorf("%s", b)
	}
	c.CloseIdleConnections()
	if o := opaque(r.flows()); len(o) != 1 || !strings.Contains(o[0].Unread.Reason, "certificate of the client") || o[0].Unread.Up < 500 {
		t.Errorf("%+v", o)
	}
}

// TestUntrustedServer: the client judges, not we.
func TestUntrustedServer(t *testing.T) {
	r := newRig(t, rigOptions{engine: func(c *Config) { c.Roots = nil }})
	c := r.client(true)
	_, err := c.Get(r.url("/"))
	var unknown *tls.CertificateVerificationError
	if !errors.As(err, &unknown) || unknown.UnverifiedCertificates[0].CheckSignatureFrom(r.authority.Certificate) == nil {
		t.Errorf("the client saw %v", err)
	}
	if o := opaque(r.flows()); len(o) != 1 || !strings.Contains(o[0].Unread.Reason, "does not verify") {
		t.Errorf("%+v", o)
	}
}

func TestPassedHosts(t *testing.T) {
	r := newRig(t, rigOptions{engine: func(c *Config) { c.Pass = func(host string) bool { return host == "origin.test" } }})
	c := r.client(true)
	c.Transport.(*http.Transport).TLSClientConfig.RootCAs = r.roots
	res, err := c.Get(r.url("/"))
	must(t, err)
	res.Body.Close()
	c.CloseIdleConnections()
	if o := opaque(r.flows()); len(o) != 1 || o[0].Unread.Reason != "passed through on request" || o[0].TLS.SNI != "origin.test" {
		t.Errorf("%+v", o)
	}
}

// TestPlain: requests in the clear, by absolute URL, by tunnel and by SOCKS;
// and a server that speaks first.
func TestPlain(t *testing.T) {
	seen := make(chan *http.Request, 10)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		seen <- req
		digest(w, req)
	}))
	r := newRig(t, rigOptions{})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	res, err := r.client(false).Post("http://plain.test:"+port+"/absolute", "text/plain", strings.NewReader("mail=camille@example.test"))
	must(t, err)
	b, _ := io.ReadAll(res.Body)
	if !strings.HasPrefix(string(b), "POST HTTP/1.1 25 ") {
		t.Errorf("%s", b)
	}
	if req := <-seen; req.RequestURI != "/absolute" || req.Host != "plain.test:"+port {
		t.Errorf("the server saw %s on %s", req.RequestURI, req.Host)
	}
	c, err := connect(r.proxy, "plain.test:"+port)
	must(t, err)
	fmt.Fprint(c, "GET /tunnel HTTP/1.1\r\nHost: plain.test\r\nConnection: close\r\n\r\n")
	io.Copy(io.Discard, c)
	c.Close()
	<-seen

	// A greeting.
	g, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer g.Close()
	go func() {
		c, err := g.Accept()
		if err != nil {
			return
		}
		fmt.Fprint(c, "220 mail.test\r\n")
		line, _ := bufio.NewReader(c).ReadString('\n')
		fmt.Fprint(c, "250 "+line)
		c.Close()
	}()
	_, gport, _ := net.SplitHostPort(g.Addr().String())
	m, err := connect(r.proxy, "mail.test:"+gport)
	must(t, err)
	in := bufio.NewReader(m)
	if line, err := in.ReadString('\n'); line != "220 mail.test\r\n" {
		t.Errorf("greeting %q %v", line, err)
	}
	fmt.Fprint(m, "EHLO camille\r\n")
	if line, err := in.ReadString('\n'); line != "250 EHLO camille\r\n" {
		t.Errorf("answer %q %v", line, err)
	}
	m.Close()

	flows := r.flows()
	if fs := with(flows, "http://plain.test:"+port+"/absolute"); len(fs) != 1 || string(fs[0].Request.Body.Data) != "mail=camille@example.test" || fs[0].TLS != nil {
		t.Errorf("%+v", fs)
	}
	if fs := with(flows, "/tunnel"); len(fs) != 1 {
		t.Errorf("%+v", fs)
	}
	found := false
	for _, f := range flows {
		for _, m := range f.Messages {
			found = found || f.Kind == flow.TCP && m.FromClient && string(m.Body.Data) == "EHLO camille\r\n"
		}
	}
	if !found {
		t.Error("the greeting's answer is not in the log")
	}
}

// TestUnreachable: the client hears it from the proxy, the log knows, and
// nobody is a recipient for it.
func TestUnreachable(t *testing.T) {
	r := newRig(t, rigOptions{})
	if _, err := connect(r.proxy, "nowhere.invalid:443"); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("%v", err)
	}
	if _, err := connect(r.proxy, "closed.test:1"); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("%v", err)
	}
	if flows := r.flows(); len(flows) != 0 {
		t.Errorf("%+v", flows)
	}
	got := r.gaps() // the client may hear of it before the log
	slices.Sort(got)
	if fmt.Sprint(got) != "[unreachable closed.test unreachable nowhere.invalid]" {
		t.Errorf("%v", got)
	}
}

// TestHostile: peers that behave badly take little memory, are in the log, and
// hurt nobody else.
func TestHostile(t *testing.T) {
	r := newRig(t, rigOptions{})
	raw := func() net.Conn {
		c, err := net.Dial("tcp", r.proxy)
		must(t, err)
		t.Cleanup(func() { c.Close() })
		return c
	}
	// A proxy request without end.
	c := raw()
	fmt.Fprint(c, "GET http://origin.test/ HTTP/1.1\r\n")
	flood(c, "X-Flood: "+strings.Repeat("a", 1000)+"\r\n", 64<<20)
	// Slow-loris: some connections that say nothing, or half a hello.
	for range 50 {
		fmt.Fprint(raw(), "CON")
		t := raw()
		fmt.Fprintf(t, "CONNECT %s HTTP/1.1\r\n\r\n", r.origin)
		t.Write([]byte{0x16, 3, 1, 2, 0, 1, 0})
	}
	// TLS that is none.
	for _, junk := range []string{"\x16\x03\x01\x00\x05hello", "\x16\x03\x01\xff\xff" + strings.Repeat("x", 70000), "\x80\x2e\x01\x03\x01", "\x05\x01", "\x05\xff" + strings.Repeat("\x02", 255)} {
		if c, err := connect(r.proxy, r.origin); err == nil {
			io.WriteString(c, junk)
			c.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, c)
			c.Close()
		}
	}
	// Inside TLS: a head without end, a chunk without end, a broken frame.
	before := heap()
	inside := func(alpn string, said func(io.Writer)) {
		c, err := connect(r.proxy, r.origin)
		must(t, err)
		s := tls.Client(c, &tls.Config{RootCAs: r.trust(), ServerName: "origin.test", NextProtos: []string{alpn}})
		must(t, s.Handshake())
		go io.Copy(io.Discard, s)
		said(s)
		s.Close()
	}
	n := 1 << 30
	if testing.Short() {
		n = 64 << 20
	}
	inside("http/1.1", func(w io.Writer) {
		io.WriteString(w, "POST /flood HTTP/1.1\r\nHost: origin.test\r\n")
		flood(w, "X-Flood: "+strings.Repeat("a", 16000)+"\r\n", n)
	})
	inside("http/1.1", func(w io.Writer) {
		io.WriteString(w, "POST /chunk HTTP/1.1\r\nHost: origin.test\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n")
		flood(w, strings.Repeat("a", 16000), n)
	})
	inside("h2", func(w io.Writer) {
		io.WriteString(w, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
		flood(w, "\xff\xff\xff\x00\x00\x00\x00\x00\x00"+strings.Repeat("a", 16000), 32<<20)
	})
	if grown := heap() - before; grown > 100<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
	// Everybody else.
	res, err := r.client(true).Get(r.url("/others"))
	must(t, err)
	res.Body.Close()
	flows := r.flows()
	if len(with(flows, "/others")) != 1 || len(with(flows, "/chunk")) != 1 {
		t.Errorf("others: %d, chunk: %d", len(with(flows, "/others")), len(with(flows, "/chunk")))
	}
	reasons := ""
	for _, f := range opaque(flows) {
		reasons += f.Unread.Reason + "\n"
	}
	for _, want := range []string{"hello could not be read", "head"} {
		if !strings.Contains(reasons, want) {
			t.Errorf("no record of %q in\n%s", want, reasons)
		}
	}
}

// flood writes s again and again, n bytes in all or until nobody takes them.
func flood(w io.Writer, s string, n int) {
	for ; n > 0; n -= len(s) {
		if _, err := io.WriteString(w, s); err != nil {
			return
		}
	}
}

// TestLoopbackIsOurs: clients elsewhere do not reach what listens on this
// machine, unless the operator put a name there.
func TestLoopbackIsOurs(t *testing.T) {
	r := newRig(t, rigOptions{engine: func(c *Config) { c.Local = func(host string) bool { return host == "lab.test" } }})
	for host, want := range map[string]error{"127.0.0.1": errLocal, "::1": errLocal, "0.0.0.0": errLocal, "origin.test": errLocal, "lab.test": nil} {
		client, other := net.Pipe() // its address is not of this machine
		got := make(chan error, 1)
		go r.engine.Relay(client, Target{Host: host, Port: r.port}, func(err error) error { got <- err; return errors.New("enough") })
		if err := <-got; !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", host, err, want)
		}
		other.Close()
	}
}

func TestSlots(t *testing.T) {
	r := newRig(t, rigOptions{engine: func(c *Config) { c.Connections = 2 }})
	for range 2 {
		c, err := connect(r.proxy, r.origin)
		must(t, err)
		defer c.Close()
	}
	if _, err := connect(r.proxy, r.origin); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("a third connection: %v", err)
	}
	waitFor(t, func() bool { return fmt.Sprint(r.gaps()) == "[refused origin.test]" })
}
