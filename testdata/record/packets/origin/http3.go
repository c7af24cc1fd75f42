package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/quic-go/qpack"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/quicvarint"

	"github.com/constat/constat/internal/oracle"
)

// HTTP/3 frame types (RFC 9114, section 7.2).
const (
	frameData    = 0
	frameHeaders = 1
)

// listenHTTP3 serves HTTP/3. Its settings leave the dynamic table of QPACK at
// none; h3.py has the origin that uses it.
func (o *origin) listenHTTP3(address string, config *tls.Config, retry, version2 bool) {
	udp, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		log.Fatal(err)
	}
	pc, err := net.ListenUDP("udp", udp)
	if err != nil {
		log.Fatal(err)
	}
	t := &quic.Transport{Conn: pc}
	if retry {
		t.VerifySourceAddress = func(net.Addr) bool { return true }
	}
	qc := &quic.Config{Allow0RTT: true, MaxIdleTimeout: 20 * time.Second}
	if version2 {
		qc.Versions = []quic.Version{quic.Version2, quic.Version1}
	}
	l, err := t.ListenEarly(config, qc)
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept(context.Background())
			if err != nil {
				return
			}
			go o.serveHTTP3(c, fmt.Sprint("c", o.conns.Add(1)))
		}
	}()
}

func (o *origin) serveHTTP3(c *quic.Conn, id string) {
	ctx := c.Context()
	control, err := c.OpenUniStream()
	if err != nil {
		return
	}
	control.Write([]byte{0 /* control stream */, 4, 0 /* SETTINGS, empty */})
	go func() {
		for {
			s, err := c.AcceptUniStream(ctx)
			if err != nil {
				return
			}
			go io.Copy(io.Discard, s) // control and QPACK streams: no dynamic table, nothing to do
		}
	}()
	for {
		s, err := c.AcceptStream(ctx)
		if err != nil {
			return
		}
		go o.serveStream(c, id, s)
	}
}

func (o *origin) serveStream(c *quic.Conn, id string, s *quic.Stream) {
	number := int64(s.StreamID())
	x := &oracle.Exchange{Conn: id, Stream: &number, Client: c.RemoteAddr().String(), Server: c.LocalAddr().String(), Protocol: "HTTP/3"}
	defer func() {
		state := c.ConnectionState()
		x.TLS = describe(state.TLS)
		x.Note = state.Version.String()
		o.log.Write(x)
	}()
	defer s.Close()
	r := bufio.NewReader(s)
	var body []byte
	for heads := 0; ; {
		kind, err := quicvarint.Read(r)
		if err == io.EOF {
			break
		}
		var n uint64
		if err == nil {
			n, err = quicvarint.Read(r)
		}
		payload := make([]byte, min(n, 8<<20))
		if err == nil {
			_, err = io.ReadFull(r, payload)
		}
		if err != nil {
			x.Aborted = err.Error()
			return
		}
		switch kind {
		case frameHeaders:
			fields, err := unpack(payload)
			if err != nil {
				x.Aborted = err.Error()
				return
			}
			if heads++; heads > 1 {
				x.Trailers = fields
				continue
			}
			x.Time = now()
			select {
			case <-c.HandshakeComplete():
			default:
				x.Early = true
			}
			place(x, fields)
		case frameData:
			body = append(body, payload...)
		}
	}
	x.Body = oracle.Digest(body)
	a := o.respondWith(x, body)
	if err := writeHTTP3(s, x, a); err != nil {
		x.Aborted = err.Error()
	}
}

func unpack(block []byte) (fields [][2]string, err error) {
	next := qpack.NewDecoder().Decode(block)
	for {
		f, err := next()
		if err == io.EOF {
			return fields, nil
		}
		if err != nil {
			return fields, err
		}
		fields = append(fields, [2]string{f.Name, f.Value})
	}
}

func writeHTTP3(w io.Writer, x *oracle.Exchange, a *answer) error {
	x.Response = oracle.Digest(nil)
	if a.hints != nil {
		if err := writeBlock(w, 103, a.hints); err != nil {
			return err
		}
	}
	fields := a.fields
	if !a.chunked && !a.close && a.status != 204 && a.status != 304 {
		fields = append(fields, [2]string{"content-length", strconv.Itoa(len(a.body()))})
	}
	x.Status, x.ResponseHeaders = a.status, fields
	if err := writeBlock(w, a.status, fields); err != nil {
		return err
	}
	if x.Method == "HEAD" || a.status == 204 || a.status == 304 {
		return nil
	}
	x.Response = oracle.Digest(a.body())
	for _, p := range a.pieces {
		if err := writeFrame(w, frameData, p); err != nil {
			return err
		}
		time.Sleep(a.pause)
	}
	// A frame of a reserved type, which a reader must skip (RFC 9114, 7.2.8).
	if err := writeFrame(w, 0x21, []byte("reserved")); err != nil {
		return err
	}
	if a.trailers != nil {
		x.ResponseTrailers = a.trailers
		return writeBlock(w, 0, a.trailers)
	}
	return nil
}

func writeBlock(w io.Writer, status int, fields [][2]string) error {
	var block bytes.Buffer
	e := qpack.NewEncoder(&block)
	if status != 0 {
		e.WriteField(qpack.HeaderField{Name: ":status", Value: strconv.Itoa(status)})
	}
	for _, f := range fields {
		e.WriteField(qpack.HeaderField{Name: strings.ToLower(f[0]), Value: f[1]})
	}
	return writeFrame(w, frameHeaders, block.Bytes())
}

func writeFrame(w io.Writer, kind uint64, payload []byte) error {
	b := quicvarint.Append(nil, kind)
	b = quicvarint.Append(b, uint64(len(payload)))
	_, err := w.Write(append(b, payload...))
	return err
}
