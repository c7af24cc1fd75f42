package oracle

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Exchange is a request and its response as one side saw them: the origin that
// served them, or tshark. Bodies are counted and hashed without their transfer
// coding (chunks, frames, padding) and with their content coding (gzip, br):
// the bytes between the two.
//
// What only the origin knows: Time, Conn, TLS.Resumed, Early, Continue. What
// only tshark says: Frame, ResponseFrame, TCPStream.
type Exchange struct {
	Kind     string     `json:"kind"`             // "exchange"
	Time     *time.Time `json:"time,omitempty"`   // when the request's head was read
	Conn     string     `json:"conn,omitempty"`   // the origin's own name of the connection
	Stream   *int64     `json:"stream,omitempty"` // HTTP/2 and HTTP/3 stream id
	Client   string     `json:"client,omitempty"` // address and port
	Server   string     `json:"server,omitempty"`
	Protocol string     `json:"protocol"`      // "HTTP/1.1", "HTTP/2", "HTTP/3", "dns", "mqtt", "push"
	TLS      *TLS       `json:"tls,omitempty"` // nil: in the clear

	Method    string      `json:"method,omitempty"`
	Scheme    string      `json:"scheme,omitempty"`
	Authority string      `json:"authority,omitempty"` // Host or :authority; of DNS, the name asked for
	Path      string      `json:"path,omitempty"`      // with the query, as sent; of DNS, the type; of MQTT, the topic
	Headers   [][2]string `json:"headers,omitempty"`   // in the order and spelling received, without pseudo-headers
	Body      Body        `json:"body"`
	Trailers  [][2]string `json:"trailers,omitempty"`
	Early     bool        `json:"early,omitempty"`    // came in 0-RTT data
	Continue  bool        `json:"continue,omitempty"` // the origin sent 100 Continue

	Status           int         `json:"status,omitempty"` // 0: not seen
	ResponseHeaders  [][2]string `json:"response_headers,omitempty"`
	Response         Body        `json:"response"`
	ResponseTrailers [][2]string `json:"response_trailers,omitempty"`

	Messages []Message `json:"messages,omitempty"` // WebSocket, gRPC, push sockets
	Answers  []string  `json:"answers,omitempty"`  // DNS: "A 198.51.100.1", "CNAME app.quinze.test"

	Aborted string `json:"aborted,omitempty"` // why the exchange did not end as it should
	Note    string `json:"note,omitempty"`

	Frame         int  `json:"frame,omitempty"`          // packet, from 1, that completed the request's head
	ResponseFrame int  `json:"response_frame,omitempty"` // packet that completed the response's head
	TCPStream     *int `json:"tcp_stream,omitempty"`     // tshark's number of the connection
}

// Body is a size in bytes and a SHA-256 in hex.
type Body struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitempty"`
}

// Message is one message of a stream of them.
type Message struct {
	From  string `json:"from"` // "client" or "server"
	Type  string `json:"type"` // "text", "binary", "grpc", "dns", "protobuf", "tlv"
	Topic string `json:"topic,omitempty"`
	Body
}

// TLS is a channel as the origin's library tells it, or tshark.
type TLS struct {
	Version string `json:"version"` // "TLS 1.3"
	Suite   string `json:"suite"`   // IANA name
	SNI     string `json:"sni,omitempty"`
	ALPN    string `json:"alpn,omitempty"`
	Resumed bool   `json:"resumed,omitempty"`
}

// Connection is what tshark says of a connection.
type Connection struct {
	Kind      string `json:"kind"`      // "connection"
	Transport string `json:"transport"` // "tcp" or "udp"
	Stream    int    `json:"stream"`    // tcp.stream or udp.stream
	Client    string `json:"client"`    // who sent the first packet
	Server    string `json:"server"`
	First     int    `json:"first"` // packet numbers, from 1
	Last      int    `json:"last"`
	Packets   int    `json:"packets"`
	// Up and Down are payload bytes from the client and to it, of all packets:
	// what was sent twice counts twice.
	Up   int64 `json:"up"`
	Down int64 `json:"down"`

	TLS *TLS   `json:"tls,omitempty"`
	JA3 string `json:"ja3,omitempty"` // MD5 of the client's hello, as tshark computes it
}

// Digest is the Body of b.
func Digest(b []byte) Body {
	sum := sha256.Sum256(b)
	return Body{int64(len(b)), hex.EncodeToString(sum[:])}
}

// Read reads lines of Exchanges and Connections, of a file of either side.
func Read(r io.Reader) (exchanges []*Exchange, connections []*Connection, err error) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 16<<20)
	for n := 1; s.Scan(); n++ {
		line := bytes.TrimSpace(s.Bytes())
		if len(line) == 0 {
			continue
		}
		var kind struct{ Kind string }
		if err := json.Unmarshal(line, &kind); err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", n, err)
		}
		switch kind.Kind {
		case "exchange":
			x := new(Exchange)
			exchanges, err = append(exchanges, x), json.Unmarshal(line, x)
		case "connection":
			c := new(Connection)
			connections, err = append(connections, c), json.Unmarshal(line, c)
		default:
			err = fmt.Errorf("kind %q, want exchange or connection", kind.Kind)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return exchanges, connections, s.Err()
}

// Log appends exchanges to a file, each as soon as it has ended. It may be
// used by several goroutines.
type Log struct {
	mu   sync.Mutex
	file *os.File
}

// OpenLog starts or continues a log at path.
func OpenLog(path string) (*Log, error) {
	if path == "" {
		return nil, errors.New("no file given for the log")
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	return &Log{file: f}, err
}

// Write appends x.
func (l *Log) Write(x *Exchange) error {
	x.Kind = "exchange"
	line, err := json.Marshal(x)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err = l.file.Write(append(line, '\n'))
	return err
}
