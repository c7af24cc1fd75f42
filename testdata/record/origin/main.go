// Command origin is every server of the recorded page: the app's own hosts and
// two third parties, on five loopback addresses, over TLS with a certificate
// made at start. It answers, counts, and keeps nothing.
//
// It prints the port it listens on and serves until its standard input ends.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// hosts are the names of the page's servers and where each listens.
var hosts = map[string]string{
	"app.quinze.test":       "127.0.0.1",
	"log.quinze.test":       "127.0.0.2",
	"cdn.quinze.test":       "127.0.0.3",
	"tracker.adverio.test":  "127.0.0.4",
	"metrics.metrikon.test": "127.0.0.5",
}

//go:embed site
var site embed.FS

func main() {
	log.SetFlags(0)
	log.SetPrefix("origin: ")
	cert, err := certificate()
	if err != nil {
		log.Fatal(err)
	}
	pages, err := fs.Sub(site, "site")
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Handler:   handler(http.FileServerFS(pages)),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}},
		ErrorLog:  log.New(io.Discard, "", 0), // browsers drop connections all the time
	}
	port := "0"
	for _, ip := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"} {
		l, err := net.Listen("tcp", net.JoinHostPort(ip, port))
		if err != nil {
			log.Fatal(err)
		}
		_, port, _ = net.SplitHostPort(l.Addr().String())
		go func() { log.Fatal(server.ServeTLS(l, "", "")) }()
	}
	fmt.Println(port)
	io.Copy(io.Discard, os.Stdin)
}

// handler answers as each host would, to any page that asks.
func handler(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hosts[r.Host] == "" {
			http.Error(w, "no such host here", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Server", "origin")
		if o := r.Header.Get("Origin"); o != "" {
			h.Set("Access-Control-Allow-Origin", o)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("Access-Control-Allow-Headers", "content-type, content-encoding")
		}
		switch {
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusNoContent)
		case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
			echo(w, r)
		case r.Method == http.MethodPost:
			n, _ := io.Copy(io.Discard, r.Body)
			h.Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"ok":true,"bytes":%d}`, n)
		case strings.HasSuffix(r.URL.Path, ".gif"):
			h.Set("Content-Type", "image/gif")
			io.WriteString(w, "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
		case strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/r"):
			h.Set("Content-Type", "application/json")
			io.WriteString(w, `{"clips":[{"id":1,"title":"Marée basse","seconds":15},{"id":2,"title":"Le phare","seconds":12}]}`)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// certificate makes a self-signed certificate for all hosts.
func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "constat test recording", Organization: []string{"Invented for a recording"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for name := range hosts {
		tmpl.DNSNames = append(tmpl.DNSNames, name)
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
