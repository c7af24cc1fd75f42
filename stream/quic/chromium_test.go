package quic

import (
	"context"
	"crypto/sha256"
	ctls "crypto/tls"
	"crypto/x509"
	"encoding/base64"
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
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium")
	}
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
		if f.Kind == flow.Opaque {
			t.Errorf("opaque: %+v %q", f.Unread, f.Notes)
		}
	}
	if len(hellos) == 0 || hellos[0].TLS.SNI != "localhost" || !strings.HasPrefix(hellos[0].JA4, "q13d") || !strings.HasSuffix(hellos[0].JA4[:10], "h3") {
		t.Errorf("%+v", hellos)
	}
	t.Logf("%d datagrams, %d exchanges, %+v", len(w.taken()), len(got), hellos)
}
