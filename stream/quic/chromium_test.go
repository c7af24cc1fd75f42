package quic

import (
	"bufio"
	"context"
	"crypto/sha256"
	ctls "crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	quicgo "github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/constat/constat/flow"
)

// page sends a few things and says when it has.
const page = `<!doctype html><title>page</title><script>
(async () => {
  for (let i = 0; i < 6; i++)
    await (await fetch('/n/' + i * 5000 + '?i=' + i, {method: 'POST', headers: {'X-Ask': 'again and again ' + i}, body: 'x'.repeat(i * 9000 + 1)})).arrayBuffer();
  await Promise.all([...Array(6).keys()].map(i => fetch('/n/3000?at-once=' + i).then(r => r.arrayBuffer())));
  await fetch('/done');
})();
</script>`

// TestChromium reads what a browser says to a server of quic-go.
func TestChromium(t *testing.T) {
	browser := chromium(t)
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cert := selfSigned(t)
	o := &origin{addr: conn.LocalAddr()}
	done := make(chan struct{})
	mux := http.NewServeMux()
	mux.Handle("/n/", o)
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, page) })
	mux.HandleFunc("/done", func(w http.ResponseWriter, r *http.Request) { close(done) })
	mux.HandleFunc("/", http.NotFound)
	server := &http3.Server{Handler: mux, TLSConfig: http3.ConfigureTLSConfig(&ctls.Config{Certificates: []ctls.Certificate{cert}}), QUICConfig: &quicgo.Config{Allow0RTT: true}}
	go server.Serve(conn)
	defer server.Close()
	browse(t, browser, o, cert, done)
}

// TestChromiumDynamic does so with a server that allows QPACK's dynamic table,
// which the browser then uses.
func TestChromiumDynamic(t *testing.T) {
	browser, python := chromium(t), aioquic(t)
	cert := selfSigned(t)
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := func(name string, b []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	free, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	o := &origin{addr: free.LocalAddr()}
	free.Close()
	cmd := exec.Command(python, "testdata/server.py", path("cert", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})),
		path("key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})), path("page", []byte(page)), fmt.Sprint(o.addr.(*net.UDPAddr).Port))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "READY" {
		t.Fatalf("the server says %q", lines.Text())
	}
	done := make(chan struct{})
	go func() {
		for lines.Scan() {
			if lines.Text() == "DONE" {
				close(done)
				continue
			}
			o.mu.Lock()
			o.asks = append(o.asks, lines.Text())
			o.mu.Unlock()
		}
	}()
	browse(t, browser, o, cert, done)
}

func chromium(t *testing.T) string {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium")
	}
	return browser
}

// browse has the browser load the page from a server, and compares what it
// said with what the server was asked.
func browse(t *testing.T, browser string, o *origin, cert ctls.Certificate, done chan struct{}) {
	w := newWire(t, o.addr, nil)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	spki := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	at := fmt.Sprintf("localhost:%d", w.addr.Port())
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--origin-to-force-quic-on="+at, "--host-resolver-rules=MAP localhost 127.0.0.1, MAP * ~NOTFOUND",
		"--ignore-certificate-errors-spki-list="+base64.StdEncoding.EncodeToString(spki[:]), "--remote-debugging-port=0", "https://"+at+"/page")
	cmd.Env = append(os.Environ(), "SSLKEYLOGFILE="+keys)
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Skip("chromium does not start: ", err)
	}
	select {
	case <-done:
	case <-ctx.Done():
		t.Error("the page was not done in time")
	}
	time.Sleep(200 * time.Millisecond)
	cmd.Process.Signal(os.Interrupt)
	cmd.Wait()
	time.Sleep(50 * time.Millisecond)

	log, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	var hellos []Hello
	flows := playWith(t, w.taken(), log, testLimits, func(h Hello) { hellos = append(hellos, h) })
	got := exchanges(flows)
	got = slices.DeleteFunc(got, func(l string) bool { return !strings.Contains(l, " /n/") })
	compare(t, got, o.asked())
	for _, f := range flows {
		// Of two connections that it races, one may say nothing.
		if f.Kind == flow.Opaque && (f.Unread.Up != 0 || f.Unread.Down != 0) {
			t.Errorf("opaque: %+v %q", f.Unread, f.Notes)
		}
	}
	if len(hellos) == 0 || hellos[0].TLS.SNI != "localhost" || !strings.HasPrefix(hellos[0].JA4, "q13d") || !strings.HasSuffix(hellos[0].JA4[:10], "h3") {
		t.Errorf("%+v", hellos)
	}
	t.Logf("%d datagrams, %d exchanges, %+v", len(w.taken()), len(got), hellos)
}
