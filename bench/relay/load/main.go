// Command load is an origin server and a client that measures what a proxy in
// between costs. It knows nothing of the proxies.
//
//	load origin -listen 127.0.0.1:0 -ca FILE     prints its address
//	load client -proxy ADDR -ca FILE -origin ADDR -proto h1|h2 -size N -conns N -for 5s
package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("load origin|client …")
	}
	switch os.Args[1] {
	case "origin":
		origin(os.Args[2:])
	case "client":
		client(os.Args[2:])
	default:
		log.Fatalf("load %s?", os.Args[1])
	}
}

// origin serves /N: N bytes that depend on N alone.
func origin(args []string) {
	f := flag.NewFlagSet("origin", flag.ExitOnError)
	listen := f.String("listen", "127.0.0.1:0", "")
	ca := f.String("ca", "origin-ca.pem", "")
	f.Parse(args)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	t := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	check(err)
	check(os.WriteFile(*ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
	var mu sync.Mutex
	made := map[int][]byte{}
	s := &http.Server{
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		ErrorLog:  log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, err := strconv.Atoi(strings.Trim(r.URL.Path, "/"))
			if err != nil || n < 0 || n > 64<<20 {
				http.NotFound(w, r)
				return
			}
			mu.Lock()
			b := made[n]
			if b == nil {
				b = content(n)
				made[n] = b
			}
			mu.Unlock()
			w.Header().Set("Content-Length", strconv.Itoa(n))
			w.Write(b)
		}),
	}
	l, err := net.Listen("tcp", *listen)
	check(err)
	fmt.Println(l.Addr())
	check(s.ServeTLS(l, "", ""))
}

func content(n int) []byte {
	b := make([]byte, 0, n+32)
	for i := 0; len(b) < n; i++ {
		h := sha256.Sum256([]byte(strconv.Itoa(i)))
		b = append(b, h[:]...)
	}
	return b[:n]
}

// result is what a client measured.
type result struct {
	Requests  int     `json:"requests"`
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
}

func client(args []string) {
	f := flag.NewFlagSet("client", flag.ExitOnError)
	proxy := f.String("proxy", "", "address; empty: no proxy")
	ca := f.String("ca", "", "PEM of the authority to trust")
	to := f.String("origin", "", "address")
	proto := f.String("proto", "h1", "h1 or h2")
	size := f.Int("size", 1024, "bytes of a response")
	conns := f.Int("conns", 16, "connections, each with one request at a time")
	long := f.Duration("for", 5*time.Second, "time")
	count := f.Int("requests", 0, "end after so many requests, instead of a time")
	f.Parse(args)
	pool := x509.NewCertPool()
	b, err := os.ReadFile(*ca)
	check(err)
	pool.AppendCertsFromPEM(b)
	alpn := map[string][]string{"h1": {"http/1.1"}, "h2": {"h2"}}[*proto]
	dial := func() *tls.Conn {
		addr := *to
		if *proxy != "" {
			addr = *proxy
		}
		c, err := net.Dial("tcp", addr)
		check(err)
		if *proxy != "" {
			fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", *to, *to)
			one := make([]byte, 1)
			var head []byte
			for !strings.HasSuffix(string(head), "\r\n\r\n") {
				_, err := c.Read(one)
				check(err)
				head = append(head, one...)
			}
			if !strings.Contains(string(head), " 200 ") {
				log.Fatalf("the proxy says %q", head)
			}
		}
		t := tls.Client(c, &tls.Config{RootCAs: pool, ServerName: "localhost", NextProtos: alpn})
		check(t.Handshake())
		return t
	}
	want := content(*size)
	ask := asker(*proto, *to, *size, want)
	stop := time.Now().Add(*long)
	var mu sync.Mutex
	var all []time.Duration
	left := *count
	var wg sync.WaitGroup
	var ready sync.WaitGroup
	ready.Add(*conns)
	go1 := make(chan struct{})
	var began time.Time
	for range *conns {
		wg.Go(func() {
			c := dial()
			defer c.Close()
			do := ask(c)
			do() // the first one is not measured
			ready.Done()
			<-go1
			var mine []time.Duration
			for {
				if *count > 0 {
					mu.Lock()
					left--
					over := left < 0
					mu.Unlock()
					if over {
						break
					}
				} else if time.Now().After(stop) {
					break
				}
				t := time.Now()
				do()
				mine = append(mine, time.Since(t))
			}
			mu.Lock()
			all = append(all, mine...)
			mu.Unlock()
		})
	}
	ready.Wait()
	began = time.Now()
	stop = began.Add(*long)
	close(go1)
	wg.Wait()
	took := time.Since(began)
	slices.Sort(all)
	at := func(q float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return float64(all[int(q*float64(len(all)-1))]) / 1e6
	}
	json.NewEncoder(os.Stdout).Encode(result{len(all), float64(len(all)) / took.Seconds(), at(0.5), at(0.99)})
}

// asker returns what makes one request on a connection and compares the
// answer, byte by byte.
func asker(proto, host string, size int, want []byte) func(*tls.Conn) func() {
	compare := func(got []byte) {
		if string(got) != string(want) {
			log.Fatal("the content was changed")
		}
	}
	if proto == "h2" {
		return func(c *tls.Conn) func() {
			t := &http.Transport{
				ForceAttemptHTTP2: true,
				DialTLSContext:    func(context.Context, string, string) (net.Conn, error) { return c, nil },
			}
			cc, err := t.NewClientConn(context.Background(), "https", host)
			check(err)
			b := make([]byte, size)
			return func() {
				req, _ := http.NewRequestWithContext(context.Background(), "GET", fmt.Sprintf("https://%s/%d", host, size), nil)
				r, err := cc.RoundTrip(req)
				check(err)
				_, err = io.ReadFull(r.Body, b)
				check(err)
				r.Body.Close()
				compare(b)
			}
		}
	}
	request := fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: %s\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n", size, host)
	return func(c *tls.Conn) func() {
		r := bufio.NewReaderSize(c, 64<<10)
		b := make([]byte, size)
		return func() {
			_, err := io.WriteString(c, request)
			check(err)
			n := -1
			for {
				line, err := r.ReadSlice('\n')
				check(err)
				if len(line) <= 2 {
					break
				}
				if k, v, _ := strings.Cut(string(line), ":"); strings.EqualFold(k, "content-length") {
					n, _ = strconv.Atoi(strings.TrimSpace(v))
				}
			}
			if n != size {
				log.Fatalf("%d bytes announced, %d asked for", n, size)
			}
			_, err = io.ReadFull(r, b)
			check(err)
			compare(b)
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
