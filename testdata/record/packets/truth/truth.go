// Package truth is what an origin writes of each exchange it served: one JSON
// object a line. internal/oracle reads the same lines, and writes what tshark
// makes of the same exchanges in the same words.
package truth

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"sync"
	"time"
)

// Exchange is a request and its response as the origin saw them. Bodies are
// counted and hashed without their transfer coding (chunks, frames, padding)
// and with their content coding (gzip, br): the bytes between the two.
type Exchange struct {
	Kind             string      `json:"kind"`                // "exchange"
	Time             time.Time   `json:"time"`                // when the request's head was read
	Conn             string      `json:"conn"`                // the origin's own name of the connection
	Stream           *int64      `json:"stream,omitempty"`    // HTTP/2 and HTTP/3 stream id
	Client           string      `json:"client"`              // address and port
	Server           string      `json:"server"`              //
	Protocol         string      `json:"protocol"`            // "HTTP/1.1", "HTTP/2", "HTTP/3", "dns", "mqtt", "push"
	TLS              *TLS        `json:"tls,omitempty"`       // nil: in the clear
	Method           string      `json:"method,omitempty"`    //
	Scheme           string      `json:"scheme,omitempty"`    //
	Authority        string      `json:"authority,omitempty"` // Host or :authority
	Path             string      `json:"path,omitempty"`      // with the query, as sent
	Headers          [][2]string `json:"headers,omitempty"`   // in the order and spelling received, without pseudo-headers
	Body             Body        `json:"body"`
	Trailers         [][2]string `json:"trailers,omitempty"`
	Early            bool        `json:"early,omitempty"`    // came in 0-RTT data
	Continue         bool        `json:"continue,omitempty"` // the origin sent 100 Continue
	Status           int         `json:"status,omitempty"`
	ResponseHeaders  [][2]string `json:"response_headers,omitempty"`
	Response         Body        `json:"response"`
	ResponseTrailers [][2]string `json:"response_trailers,omitempty"`
	Messages         []Message   `json:"messages,omitempty"` // WebSocket, gRPC, push sockets
	Aborted          string      `json:"aborted,omitempty"`  // why the exchange did not end as it should
	Note             string      `json:"note,omitempty"`
}

// Body is a size in bytes and a SHA-256 in hex.
type Body struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Message is one message of a stream of them.
type Message struct {
	From  string `json:"from"` // "client" or "server"
	Type  string `json:"type"` // "text", "binary", "grpc", "publish", …
	Topic string `json:"topic,omitempty"`
	Body
}

// TLS is the channel as the origin's library tells it.
type TLS struct {
	Version string `json:"version"` // "TLS 1.3"
	Suite   string `json:"suite"`   // IANA name
	SNI     string `json:"sni,omitempty"`
	ALPN    string `json:"alpn,omitempty"`
	Resumed bool   `json:"resumed,omitempty"`
}

// Digest is the Body of b.
func Digest(b []byte) Body {
	sum := sha256.Sum256(b)
	return Body{int64(len(b)), hex.EncodeToString(sum[:])}
}

// Log appends exchanges to a file, each as soon as it has ended.
type Log struct {
	mu   sync.Mutex
	file *os.File
}

// Open starts a log at path.
func Open(path string) (*Log, error) {
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
