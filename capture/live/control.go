package live

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/constat/constat/evidence"
	"github.com/constat/constat/flow"
)

// Trial tries the instrument on itself, as a laboratory does: a positive
// control sends values that nobody else has, in several forms, through the
// proxy to a server of our own; a negative one sends nothing personal. Both are
// in the log, and the audit must find all of the first and nothing of the
// second, or it may not say that something is absent.
//
// The server is beacon, on loopback; see NewBeacon.
func Trial(ctx context.Context, w *evidence.Writer, b *Beacon, proxy string, authority *Authority) error {
	client := through(proxy, authority)
	defer client.CloseIdleConnections()
	mail := func() flow.Planted {
		return flow.Planted{Type: controlType, Value: "canary-" + token() + "@constat.invalid"}
	}
	positive := flow.Control{Kind: "positive", Planted: []flow.Planted{mail(), mail(), mail()}}
	said, _ := json.Marshal(map[string]any{
		"event":   "control",
		"email":   positive.Planted[0].Value,
		"context": base64.StdEncoding.EncodeToString([]byte(`{"user":"` + positive.Planted[1].Value + `"}`)),
	})
	for _, trial := range []struct {
		control flow.Control
		query   string
		body    []byte
	}{
		{positive, "?u=" + url.QueryEscape(positive.Planted[2].Value), said},
		{flow.Control{Kind: "negative"}, "", []byte(`{"event":"control","status":"ok","count":3,"items":["alpha","beta"]}`)},
	} {
		if err := try(ctx, w, b, client, trial.control, trial.query, trial.body); err != nil {
			return err
		}
	}
	return nil
}

// Pulse is how often a capture shows that it works: four times in the minute of
// silence that an audit takes for it (package audit, Idle).
const Pulse = 15 * time.Second

// Beat sends a request without anything in it to the beacon, through the proxy and
// into the log, again and again until ctx is done, so that of a time in which a
// phone was silent it can be told whether the capture was at work.
// It shows that of the instrument only, not that the phone's traffic came to it. A
// beat that fails leaves nothing in the log, which is what is to be told.
func Beat(ctx context.Context, w *evidence.Writer, b *Beacon, proxy string, authority *Authority, every time.Duration) {
	client := through(proxy, authority)
	defer client.CloseIdleConnections()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			try(ctx, w, b, client, flow.Control{Kind: flow.Beat}, "", []byte(`{"event":"beat"}`))
		}
	}
}

// through is a client by way of the proxy.
func through(proxy string, authority *Authority) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(authority.Certificate)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: proxy}),
		TLSClientConfig: &tls.Config{RootCAs: roots},
	}}
}

// token names a trial.
func token() string {
	var b [12]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// try makes one trial.
func try(ctx context.Context, w *evidence.Writer, b *Beacon, client *http.Client, control flow.Control, query string, body []byte) error {
	id := token()
	if err := w.Control(control, id); err != nil {
		return err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(body)
	z.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("https://%s:%d/%s/%s", evidence.ControlHost, b.port, query, id), &packed)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Content-Encoding", "gzip")
	req.Header.Set("User-Agent", "constat-control")
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%s control: %w", control.Kind, err)
	}
	io.Copy(io.Discard, res.Body)
	return res.Body.Close()
}

// controlType is the data type of canaries: an e-mail address.
const controlType = "contact.email"

// Beacon is the server that trials go to. It answers and forgets.
type Beacon struct {
	port   uint16
	cert   *x509.Certificate
	server *http.Server
}

// NewBeacon starts a beacon on loopback.
func NewBeacon() (*Beacon, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), DNSNames: []string{evidence.ControlHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	b := &Beacon{}
	if b.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b.port = uint16(l.Addr().(*net.TCPAddr).Port)
	b.server = &http.Server{
		ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
			w.WriteHeader(http.StatusNoContent)
		}),
	}
	go b.server.ServeTLS(l, "", "")
	return b, nil
}

// Close stops the beacon.
func (b *Beacon) Close() error { return b.server.Close() }

// Admit makes the beacon's name and certificate known to an engine to be.
func (b *Beacon) Admit(c *Config) error {
	if c.Roots == nil {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		c.Roots = pool
	} else {
		c.Roots = c.Roots.Clone()
	}
	c.Roots.AddCert(b.cert)
	resolve := c.Resolve
	c.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
		if strings.EqualFold(host, evidence.ControlHost) {
			return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}, nil
		}
		if resolve != nil {
			return resolve(ctx, host)
		}
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}
	return nil
}
