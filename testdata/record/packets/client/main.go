// Command client is the Go clients of the recorded captures:
//
//	client -keylog keys.txt http1|http2|h2c|resume|http3|http3-early|http3-migrate|grpc|push|tlv|pipeline|dot URL-OR-ADDRESS
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	"golang.org/x/net/dns/dnsmessage"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	grpcgzip "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/mem"
)

// modes are what the client can be asked to do with a URL or address.
var modes = map[string]func(ctx context.Context, target string, t *tls.Config) error{
	"http1":         http1,
	"http2":         http2,
	"h2c":           h2c,
	"resume":        resume,
	"http3":         func(ctx context.Context, u string, t *tls.Config) error { return overHTTP3(ctx, u, t, quic.Version1) },
	"http3-v2":      func(ctx context.Context, u string, t *tls.Config) error { return overHTTP3(ctx, u, t, quic.Version2) },
	"http3-early":   early,
	"http3-migrate": migrate,
	"websocket":     webSocket,
	"grpc":          calls,
	"push":          push,
	"tlv":           push,
	"pipeline":      pipeline,
	"dot":           dot,
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("client: ")
	keys := flag.String("keylog", "", "`FILE` to append TLS secrets to")
	most := flag.String("max", "1.3", "highest TLS `VERSION`")
	ech := flag.String("ech", "", "`FILE` with an ECHConfigList to hide the hello with")
	curves := flag.Bool("classic", false, "no post-quantum key shares, so that hellos fit a packet")
	flag.Parse()
	t := &tls.Config{InsecureSkipVerify: true, ServerName: "app.quinze.test"}
	if *most == "1.2" {
		t.MaxVersion = tls.VersionTLS12
	}
	if *curves {
		t.CurvePreferences = []tls.CurveID{tls.X25519}
	}
	if *ech != "" {
		list, err := os.ReadFile(*ech)
		if err != nil {
			log.Fatal(err)
		}
		t.EncryptedClientHelloConfigList = list
	}
	if *keys != "" {
		f, err := os.OpenFile(*keys, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			log.Fatal(err)
		}
		t.KeyLogWriter = f
	}
	mode, ok := modes[flag.Arg(0)]
	if !ok || flag.NArg() != 2 {
		log.Fatalf("usage: client [-keylog FILE] MODE URL; no mode %q", flag.Arg(0))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if err := mode(ctx, flag.Arg(1), t); err != nil {
		log.Fatalf("%s: %v", flag.Arg(0), err)
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{'c', 'l', 'i', 'e', 'n', 't'}).Read(b)
	return b
}

func document(n int) []byte {
	b, _ := json.Marshal(map[string]any{"app": "quinze", "event": "clip_saved", "note": strings.Repeat("quinze secondes ", n), "n": n})
	return b
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// exchange does one request and reads its response.
func exchange(ctx context.Context, c http.RoundTripper, method, url string, body io.Reader, header ...string) error {
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if r.Header.Get("X-Trailer") != "" {
		r.Header.Del("X-Trailer")
		r.Trailer = http.Header{"X-Sum": {"15"}}
	}
	resp, err := c.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// opaque hides a reader's type, so that its length is not known beforehand.
type opaque struct{ io.Reader }

// all does the exchanges that every HTTP client here does.
func all(ctx context.Context, c http.RoundTripper, url string, large int) error {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	w.SetBoundary("quinze-boundary-15")
	w.WriteField("caption", "marée basse")
	part, _ := w.CreateFormFile("clip", "clip.mp4")
	part.Write(noise(3000))
	w.Close()
	return errors.Join(
		exchange(ctx, c, "GET", url+"/json?device=quinze-15&x=%20y", nil, "Cookie", "quinze_session=0123456789abcdef", "X-Quinze", "1"),
		exchange(ctx, c, "GET", url+"/gzip", nil, "Accept-Encoding", "gzip"),
		exchange(ctx, c, "GET", url+"/br", nil, "Accept-Encoding", "br"),
		exchange(ctx, c, "GET", url+"/chunked", nil),
		exchange(ctx, c, "GET", url+"/trailers", nil, "TE", "trailers"),
		exchange(ctx, c, "GET", url+"/early", nil),
		exchange(ctx, c, "GET", url+"/events", nil, "Accept", "text/event-stream"),
		exchange(ctx, c, "GET", url+"/fields", nil),
		exchange(ctx, c, "GET", url+"/padded", nil),
		exchange(ctx, c, "HEAD", url+"/json", nil),
		exchange(ctx, c, "GET", url+"/status/204", nil),
		exchange(ctx, c, "GET", url+"/status/304", nil),
		exchange(ctx, c, "GET", url+"/status/500", nil),
		exchange(ctx, c, "GET", url+"/bytes/0", nil),
		exchange(ctx, c, "GET", fmt.Sprint(url, "/bytes/", large), nil),
		exchange(ctx, c, "POST", url+"/empty", http.NoBody),
		exchange(ctx, c, "POST", url+"/one", bytes.NewReader([]byte{0})),
		exchange(ctx, c, "POST", url+"/v1/batch", bytes.NewReader(document(20)), "Content-Type", "application/json"),
		exchange(ctx, c, "POST", url+"/v1/batch", bytes.NewReader(zipped(document(500))), "Content-Type", "application/json", "Content-Encoding", "gzip"),
		exchange(ctx, c, "POST", url+"/v1/pb", bytes.NewReader([]byte("\x08\x96\x01\x12\x06quinze\x1a\x03\x08\xf0\x07")), "Content-Type", "application/x-protobuf"),
		exchange(ctx, c, "POST", url+"/v1/clip", &form, "Content-Type", w.FormDataContentType()),
		exchange(ctx, c, "POST", url+"/v1/stream", opaque{bytes.NewReader(noise(20000))}),
		exchange(ctx, c, "POST", url+"/v1/sum", opaque{bytes.NewReader(document(5))}, "X-Trailer", "1"),
		exchange(ctx, c, "PUT", url+"/v1/expect", bytes.NewReader(document(40)), "Expect", "100-continue"),
		exchange(ctx, c, "POST", url+"/v1/upload", bytes.NewReader(noise(large))),
		exchange(ctx, c, "GET", url+"/close", nil),
	)
}

func http1(ctx context.Context, url string, t *tls.Config) error {
	tr := &http.Transport{TLSClientConfig: t, ForceAttemptHTTP2: false, TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}, ExpectContinueTimeout: time.Second, DisableCompression: true}
	defer tr.CloseIdleConnections()
	return all(ctx, tr, url, 25000)
}

func http2(ctx context.Context, url string, t *tls.Config) error {
	tr := &http.Transport{TLSClientConfig: t, ForceAttemptHTTP2: true, DisableCompression: true}
	defer tr.CloseIdleConnections()
	if err := all(ctx, tr, url, 25000); err != nil {
		return err
	}
	// Twelve at once on the one connection.
	done := make(chan error)
	for i := range 12 {
		go func() {
			done <- exchange(ctx, tr, "POST", fmt.Sprint(url, "/v1/together/", i), bytes.NewReader(document(100*i)), "Content-Type", "application/json")
		}()
	}
	var err error
	for range 12 {
		err = errors.Join(err, <-done)
	}
	// One that the client gives up.
	short, cancel := context.WithTimeout(ctx, 60*time.Millisecond)
	defer cancel()
	exchange(short, tr, "GET", url+"/events", nil)
	return err
}

func h2c(ctx context.Context, url string, _ *tls.Config) error {
	tr := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true}
	tr.Protocols.SetUnencryptedHTTP2(true)
	defer tr.CloseIdleConnections()
	return all(ctx, tr, url, 25000)
}

// resume makes three connections, of which the last two resume a session.
func resume(ctx context.Context, url string, t *tls.Config) error {
	t.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	for i := range 3 {
		tr := &http.Transport{TLSClientConfig: t, ForceAttemptHTTP2: i != 1, TLSNextProto: map[bool]map[string]func(string, *tls.Conn) http.RoundTripper{true: {}}[i == 1], DisableCompression: true}
		if err := exchange(ctx, tr, "POST", fmt.Sprint(url, "/v1/again/", i), bytes.NewReader(document(30))); err != nil {
			return err
		}
		tr.CloseIdleConnections()
	}
	return nil
}

func overHTTP3(ctx context.Context, url string, t *tls.Config, v quic.Version) error {
	tr := &http3.Transport{TLSClientConfig: t, QUICConfig: &quic.Config{Versions: []quic.Version{v}}, DisableCompression: true}
	defer tr.Close()
	return all(ctx, tr, url, 25000)
}

// early makes a connection, then a second whose first requests are 0-RTT data.
func early(ctx context.Context, url string, t *tls.Config) error {
	t.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	for i := range 2 {
		tr := &http3.Transport{TLSClientConfig: t, QUICConfig: &quic.Config{TokenStore: quic.NewLRUTokenStore(4, 4)}, DisableCompression: true}
		methods := []string{http.MethodGet, http3.MethodGet0RTT}
		if err := exchange(ctx, tr, methods[i], fmt.Sprint(url, "/json?early=", i), nil); err != nil {
			return err
		}
		if err := exchange(ctx, tr, "POST", url+"/v1/after", bytes.NewReader(document(10))); err != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
		tr.Close()
	}
	return nil
}

// migrate moves a connection to another port in its middle (RFC 9000, section 9).
func migrate(ctx context.Context, url string, t *tls.Config) error {
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "https://"), "/")
	if !strings.Contains(host, ":") {
		host += ":443"
	}
	to, err := net.ResolveUDPAddr("udp", host)
	if err != nil {
		return err
	}
	bind := func() (*quic.Transport, error) {
		pc, err := net.ListenUDP("udp", nil)
		return &quic.Transport{Conn: pc}, err
	}
	first, err := bind()
	if err != nil {
		return err
	}
	t.NextProtos = []string{"h3"}
	c, err := first.Dial(ctx, to, t, &quic.Config{})
	if err != nil {
		return err
	}
	h := (&http3.Transport{DisableCompression: true}).NewClientConn(c)
	if err := exchange(ctx, h, "POST", url+"/v1/before", bytes.NewReader(document(50))); err != nil {
		return err
	}
	second, err := bind()
	if err != nil {
		return err
	}
	path, err := c.AddPath(second)
	if err != nil {
		return err
	}
	if err := path.Probe(ctx); err != nil {
		return err
	}
	if err := path.Switch(); err != nil {
		return err
	}
	err = errors.Join(
		exchange(ctx, h, "POST", url+"/v1/moved", bytes.NewReader(document(60))),
		exchange(ctx, h, "GET", url+"/bytes/20000", nil))
	c.CloseWithError(0x100, "")
	time.Sleep(50 * time.Millisecond)
	return err
}

func webSocket(ctx context.Context, url string, t *tls.Config) error {
	for _, path := range []string{"/ws", "/ws/plain", "/ws/fresh"} {
		mode := websocket.CompressionContextTakeover
		if path == "/ws/fresh" {
			mode = websocket.CompressionNoContextTakeover
		}
		c, _, err := websocket.Dial(ctx, url+path, &websocket.DialOptions{
			HTTPClient:      &http.Client{Transport: &http.Transport{TLSClientConfig: t, TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}}},
			CompressionMode: mode, CompressionThreshold: 64,
		})
		if err != nil {
			return err
		}
		c.SetReadLimit(4 << 20)
		size := 3000
		if path == "/ws/plain" {
			size = 70000 // a length of 64 bits
		}
		say := func(kind websocket.MessageType, b []byte, answers int) error {
			if err := c.Write(ctx, kind, b); err != nil {
				return err
			}
			for range answers {
				if _, _, err := c.Read(ctx); err != nil {
					return err
				}
			}
			return nil
		}
		err = errors.Join(
			say(websocket.MessageText, []byte(`{"type":"hello","device":"quinze-15"}`), 1),
			say(websocket.MessageText, document(20), 1),
			say(websocket.MessageText, document(21), 1), // refers back to the one before
			say(websocket.MessageBinary, noise(size), 1),
			say(websocket.MessageText, []byte("three"), 3),
			say(websocket.MessageBinary, nil, 1),
		)
		// One message in several frames.
		w, werr := c.Writer(ctx, websocket.MessageText)
		if werr != nil {
			return errors.Join(err, werr)
		}
		for i := range 4 {
			w.Write(document(300 + i))
		}
		w.Close()
		_, _, rerr := c.Read(ctx)
		ping := make(chan error, 1)
		go func() { c.Read(ctx); close(ping) }()
		perr := c.Ping(ctx)
		c.Close(websocket.StatusNormalClosure, "done")
		if err := errors.Join(err, rerr, perr); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// bare passes messages of gRPC as they are.
type bare struct{}

func (bare) Name() string { return "proto" }
func (bare) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}
func (bare) Unmarshal(b mem.BufferSlice, v any) error { *v.(*[]byte) = b.Materialize(); return nil }

// calls talks gRPC with the real library, in the clear if target has no scheme.
func calls(ctx context.Context, target string, t *tls.Config) error {
	channel := insecure.NewCredentials()
	if host, ok := strings.CutPrefix(target, "https://"); ok {
		channel, target = credentials.NewTLS(t), host
	}
	c, err := grpc.NewClient("passthrough:///"+target, grpc.WithTransportCredentials(channel), grpc.WithDefaultCallOptions(grpc.ForceCodecV2(bare{})), grpc.WithAuthority("app.quinze.test"))
	if err != nil {
		return err
	}
	defer c.Close()
	message := func(n int) []byte {
		return append([]byte{8, byte(n), 18, 6}, append([]byte("quinze"), bytes.Repeat([]byte{24, 1}, n)...)...)
	}
	s, err := c.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/quinze.Clips/Watch")
	if err != nil {
		return err
	}
	for i := range 9 {
		if err := s.SendMsg(message(i * 40)); err != nil {
			return err
		}
		if i%4 != 3 {
			var b []byte
			if err := s.RecvMsg(&b); err != nil {
				return err
			}
		}
	}
	s.CloseSend()
	var b []byte
	if err := s.RecvMsg(&b); err != io.EOF {
		return fmt.Errorf("at the end of a stream: %w", err)
	}
	return errors.Join(
		c.Invoke(ctx, "/quinze.Clips/Save", message(100), &b),
		c.Invoke(ctx, "/quinze.Clips/Save", message(20000), &b, grpc.UseCompressor(grpcgzip.Name)))
}

// push sends length-prefixed protobuf, or TLV if the address ends in "#tlv".
func push(ctx context.Context, target string, t *tls.Config) error {
	target, tlv := strings.CutSuffix(target, "#tlv")
	address, secure := strings.CutPrefix(target, "tls://")
	var c net.Conn
	var err error
	if secure {
		c, err = (&tls.Dialer{Config: t}).DialContext(ctx, "tcp", address)
	} else {
		c, err = (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	if tlv {
		c.Write([]byte{0xff})
	}
	for i, n := range []int{3, 40, 200, 1500, 9000} {
		m := append([]byte{8, byte(i), 18}, binary.AppendUvarint(nil, uint64(n))...)
		m = append(m, bytes.Repeat([]byte("q"), n)...)
		if tlv {
			c.Write(append([]byte{1, byte(len(m) >> 8), byte(len(m))}, m...))
		} else {
			c.Write(append(binary.AppendUvarint(nil, uint64(len(m))), m...))
		}
		reply := make([]byte, 7)
		if tlv {
			reply = make([]byte, 9)
		}
		if _, err := io.ReadFull(c, reply); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}

// pipeline sends ten HTTP/1.1 requests before it reads an answer.
func pipeline(ctx context.Context, target string, t *tls.Config) error {
	var c net.Conn
	var err error
	if address, ok := strings.CutPrefix(target, "https://"); ok {
		t.NextProtos = []string{"http/1.1"}
		c, err = (&tls.Dialer{Config: t}).DialContext(ctx, "tcp", address)
	} else {
		c, err = (&net.Dialer{}).DialContext(ctx, "tcp", target)
	}
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	var b bytes.Buffer
	for i := range 9 {
		if i%3 == 2 {
			body := document(i)
			fmt.Fprintf(&b, "POST /v1/piped/%d HTTP/1.1\r\nHost: app.quinze.test\r\nX-ODD-Case: Yes \r\ncontent-length:%d\r\n\r\n%s", i, len(body), body)
		} else {
			fmt.Fprintf(&b, "GET /bytes/%d HTTP/1.1\r\nHost: app.quinze.test\r\nX-Empty:\r\n\r\n", i*700)
		}
	}
	fmt.Fprintf(&b, "GET /chunked HTTP/1.1\r\nHost: app.quinze.test\r\nConnection: close\r\n\r\n")
	if _, err := c.Write(b.Bytes()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, c)
	return err
}

// dot asks for three names over TLS (RFC 7858), two of them at once.
func dot(ctx context.Context, target string, t *tls.Config) error {
	t.NextProtos = []string{"dot"}
	c, err := (&tls.Dialer{Config: t}).DialContext(ctx, "tcp", target)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	query := func(name string, kind dnsmessage.Type, id uint16) []byte {
		b := dnsmessage.NewBuilder(make([]byte, 2), dnsmessage.Header{ID: id, RecursionDesired: true})
		b.StartQuestions()
		b.Question(dnsmessage.Question{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET})
		out, _ := b.Finish()
		binary.BigEndian.PutUint16(out, uint16(len(out)-2))
		return out
	}
	c.Write(append(query("app.quinze.test.", dnsmessage.TypeA, 1), query("long.quinze.test.", dnsmessage.TypeTXT, 2)...))
	for i := range 3 {
		var n uint16
		if err := binary.Read(c, binary.BigEndian, &n); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, c, int64(n)); err != nil {
			return err
		}
		if i == 1 {
			c.Write(query("missing.quinze.test.", dnsmessage.TypeAAAA, 3))
		}
	}
	return nil
}
