package tls_test

import (
	"bytes"
	gotls "crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"time"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
	"github.com/constat/constat/stream/tls"
)

// printer is a Handler that prints what a client sends.
type printer struct{ sni string }

func (p *printer) State(s *tls.State) {
	if s.Done && p.sni == "" {
		p.sni = s.SNI
		fmt.Printf("%s to %s, %d certificate(s)\n", s.Version, s.SNI, len(s.Certificates))
	}
}

func (p *printer) Data(side stream.Side, m stream.Mark, b []byte) {
	if side == stream.Up {
		fmt.Printf("%s\n", b)
	}
}

func (p *printer) Gap(stream.Side, stream.Mark, int64) {}
func (p *printer) EOF(stream.Side, stream.Mark)        {}
func (p *printer) Unread(side stream.Side, m stream.Mark, n int64, reason string) {
	if side == stream.Up {
		fmt.Printf("%d bytes stay closed: %s\n", n, reason)
	}
}

// A connection is recorded by its client, which also writes a key log. With
// the log it can be read; without, it has a name and can be counted.
func Example() {
	recorded, secrets := record("mail=lea@courriel.example")
	for _, keys := range [][]byte{secrets, nil} {
		l := keylog.New()
		l.Add(keys)
		conn := tls.New(l, tls.Limits{}, &printer{})
		for _, r := range recorded {
			conn.Data(r.side, stream.Mark{Time: r.at}, r.bytes)
		}
		conn.Close(stream.Mark{})
	}
	// Output:
	// TLS 1.2 to example.com, 1 certificate(s)
	// mail=lea@courriel.example
	// TLS 1.2 to example.com, 1 certificate(s)
	// 49 bytes stay closed: no key
}

type seen struct {
	side  stream.Side
	at    time.Time
	bytes []byte
}

// tap notes what a client sends and receives.
type tap struct {
	net.Conn
	seen *[]seen
}

func (t tap) note(side stream.Side, b []byte) {
	*t.seen = append(*t.seen, seen{side, time.Now(), bytes.Clone(b)})
}

func (t tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.note(stream.Down, b[:n])
	return n, err
}

func (t tap) Write(b []byte) (int, error) {
	t.note(stream.Up, b)
	return t.Conn.Write(b)
}

func record(say string) (list []seen, secrets []byte) {
	server := httptest.NewUnstartedServer(nil) // for its certificate
	server.StartTLS()
	defer server.Close()
	a, b := net.Pipe()
	go func() {
		s := gotls.Server(b, server.TLS)
		io.Copy(io.Discard, s)
	}()
	var keys bytes.Buffer
	client := gotls.Client(tap{a, &list}, &gotls.Config{InsecureSkipVerify: true, ServerName: "example.com", MaxVersion: gotls.VersionTLS12, KeyLogWriter: &keys})
	if _, err := io.WriteString(client, say); err != nil {
		log.Fatal(err)
	}
	return list, keys.Bytes()
}
