package live

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
)

// rig is a loopback internet with the instrument in its middle: origin.test,
// an origin server whose certificate the instrument trusts, and the proxy.
type rig struct {
	t         testing.TB
	dir       string // of the log
	authority *Authority
	engine    *Engine
	proxy     string
	origin    string // host:port
	port      uint16
	roots     *x509.CertPool // the origin's
	identity  tls.Certificate
	closed    bool
}

type rigOptions struct {
	tls     func(*tls.Config) // of the origin
	handler http.Handler
	engine  func(*Config)
	origin  func(net.Listener, *tls.Config) // instead of an HTTP server
}

func newRig(t testing.TB, o rigOptions) *rig {
	t.Helper()
	r := &rig{t: t, dir: filepath.Join(t.TempDir(), "log"), roots: x509.NewCertPool()}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the origin"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"origin.test", "other.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	leaf, err := x509.ParseCertificate(der)
	must(t, err)
	r.roots.AddCert(leaf)
	r.identity = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	cfg := &tls.Config{Certificates: []tls.Certificate{r.identity}}
	if o.tls != nil {
		o.tls(cfg)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	r.port = uint16(l.Addr().(*net.TCPAddr).Port)
	r.origin = fmt.Sprintf("origin.test:%d", r.port)
	if o.origin != nil {
		go o.origin(l, cfg)
	} else {
		if o.handler == nil {
			o.handler = http.HandlerFunc(digest)
		}
		s := &http.Server{Handler: o.handler, TLSConfig: cfg, ErrorLog: log.New(io.Discard, "", 0)}
		go s.ServeTLS(l, "", "")
		t.Cleanup(func() { s.Close() })
	}

	elog, err := evidence.Create(r.dir, evidence.Config{Name: "rig", Begin: map[string]string{"instrument": "test"}})
	must(t, err)
	r.authority, _, err = OpenAuthority(filepath.Join(t.TempDir(), "ca"))
	must(t, err)
	c := Config{Authority: r.authority, Log: evidence.NewWriter(elog), Roots: r.roots, Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
		if !strings.HasSuffix(host, ".test") {
			return nil, fmt.Errorf("no such host %s", host)
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}}
	if o.engine != nil {
		o.engine(&c)
	}
	r.engine = NewEngine(c)
	pl, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	r.proxy = pl.Addr().String()
	p := &Proxy{Engine: r.engine}
	go p.Serve(pl)
	t.Cleanup(func() { pl.Close(); r.close() })
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// digest answers with what it received: method, protocol, length and hash of
// the body, and a trailer.
func digest(w http.ResponseWriter, r *http.Request) {
	h := sha256.New()
	n, _ := io.Copy(h, r.Body)
	w.Header().Set("Trailer", "X-Sum")
	fmt.Fprintf(w, "%s %s %d %x", r.Method, r.Proto, n, h.Sum(nil))
	w.Header().Set("X-Sum", hex.EncodeToString(h.Sum(nil)))
}

// trust is what a client of the proxy trusts.
func (r *rig) trust() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(r.authority.Certificate)
	return p
}

// ca is a file with it.
func (r *rig) ca() string {
	path := filepath.Join(r.t.TempDir(), "ca.pem")
	must(r.t, os.WriteFile(path, r.authority.PEM(), 0o600))
	return path
}

// originCA is a file with the authority that the origin's certificate is of.
func (r *rig) originCA() string {
	path := filepath.Join(r.t.TempDir(), "origin.pem")
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.identity.Certificate[0]})
	must(r.t, os.WriteFile(path, b, 0o600))
	return path
}

// heap is what is in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// client is a Go client that goes through the proxy.
func (r *rig) client(h2 bool) *http.Client {
	u, _ := url.Parse("http://" + r.proxy)
	tr := &http.Transport{Proxy: http.ProxyURL(u), TLSClientConfig: &tls.Config{RootCAs: r.trust()}, ForceAttemptHTTP2: h2}
	r.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 60 * time.Second}
}

func (r *rig) url(path string) string { return "https://" + r.origin + path }

// close ends the capture, and checks its log.
func (r *rig) close() {
	if r.closed {
		return
	}
	r.closed = true
	if err := r.engine.Close(); err != nil {
		r.t.Error(err)
	}
	must(r.t, r.engine.cfg.Log.End(struct{}{}))
	v := evidence.OpenVault(r.dir)
	defer v.Close()
	report, err := evidence.Verify(r.dir, v, nil)
	must(r.t, err)
	if !report.OK() {
		r.t.Errorf("the log does not check: %+v", report.Problems)
	}
}

// flows ends the capture and returns what the log has of it.
func (r *rig) flows() []*flow.Flow {
	r.t.Helper()
	r.close()
	v := evidence.OpenVault(r.dir)
	defer v.Close()
	f, err := os.Open(filepath.Join(r.dir, "log.jsonl"))
	must(r.t, err)
	defer f.Close()
	var out []*flow.Flow
	for f, err := range evidence.Flows(f, v, evidence.ReadOptions{ResponseBodies: true}) {
		must(r.t, err)
		out = append(out, f)
	}
	return out
}

// gaps returns kind and host of what the log says was not seen.
func (r *rig) gaps() []string {
	r.t.Helper()
	must(r.t, r.engine.cfg.Log.Sync())
	f, err := os.Open(filepath.Join(r.dir, "log.jsonl"))
	must(r.t, err)
	defer f.Close()
	var out []string
	for e, err := range evidence.Entries(f) {
		must(r.t, err)
		if e.Kind == evidence.KindGap {
			var g evidence.Gap
			must(r.t, json.Unmarshal(e.Body, &g))
			out = append(out, g.Kind+" "+g.Host)
		}
	}
	return out
}

// with returns the flows whose URL ends so.
func with(flows []*flow.Flow, suffix string) []*flow.Flow {
	return slices.DeleteFunc(slices.Clone(flows), func(f *flow.Flow) bool {
		return f.Request == nil || !strings.HasSuffix(f.Request.URL, suffix)
	})
}

func opaque(flows []*flow.Flow) []*flow.Flow {
	return slices.DeleteFunc(slices.Clone(flows), func(f *flow.Flow) bool { return f.Unread == nil })
}

func sum(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }
