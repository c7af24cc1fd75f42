package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// The kinds of entry. The body of each is documented in FORMAT.md.
const (
	KindBegin      = "begin"         // who, what, with which instrument
	KindRecovered  = "recovered"     // the log was opened again after it had not been ended
	KindConnection = "connection"    // a connection was made
	KindClosed     = "closed"        // and ended, with its bytes counted
	KindCert       = "certificate"   // a server's certificate, the first time it is seen
	KindWitness    = "witness"       // a server signed a commitment to this log
	KindRequest    = "flow.request"  // an HTTP request left
	KindResponse   = "flow.response" // and was answered
	KindMessages   = "flow.messages" // WebSocket, TCP or UDP messages
	KindDNS        = "flow.dns"      // a name was looked up
	KindGap        = "gap"           // something was not seen
	KindControl    = "control"       // the instrument was tried on something known
	KindDevice     = "device.state"  // what the device was doing
	KindAction     = "user.action"   // what the subject did
	KindNote       = "annotation"    // what the operator says
	KindEnd        = "end"           // the log was closed in good order
)

// Hash is a SHA-256. In JSON it is lower-case hex.
type Hash [sha256.Size]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes lower-case hex.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads hex.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return fmt.Errorf("a SHA-256 of %d hex digits, expected %d", len(b), 2*len(h))
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// Entry is one line of a log.
type Entry struct {
	Body json.RawMessage `json:"body"`
	Kind string          `json:"kind"`
	Mono int64           `json:"mono"` // ns since the session began, by the monotonic clock
	Prev Hash            `json:"prev"` // leaf hash of the line before
	Seq  int64           `json:"seq"`  // from 0
	Wall time.Time       `json:"wall"` // by the computer's clock

	At     int64 `json:"-"` // offset of the line in log.jsonl
	Length int64 `json:"-"` // of it, without the line feed
	Leaf   Hash  `json:"-"` // hash of the line, as a leaf of the tree
}

// wallFormat has a fixed width, UTC.
const wallFormat = "2006-01-02T15:04:05.000000000Z"

// appendLine appends the line of an entry, without the line feed. The keys
// stand in the order that RFC 8785 asks for; body is canonical already.
func appendLine(dst, body []byte, kind string, mono int64, prev Hash, seq int64, wall time.Time) []byte {
	dst = append(dst, `{"body":`...)
	dst = append(dst, body...)
	dst = append(dst, `,"kind":"`...)
	dst = append(dst, kind...)
	dst = append(dst, `","mono":`...)
	dst = strconv.AppendInt(dst, mono, 10)
	dst = append(dst, `,"prev":"`...)
	dst = hex.AppendEncode(dst, prev[:])
	dst = append(dst, `","seq":`...)
	dst = strconv.AppendInt(dst, seq, 10)
	dst = append(dst, `,"wall":"`...)
	dst = wall.UTC().AppendFormat(dst, wallFormat)
	return append(dst, `"}`...)
}

// origin is what the first line names as the line before it.
func origin(name string) Hash { return sha256.Sum256([]byte("constat log v1\n" + name + "\n")) }

// leafHash is the hash of a line as a leaf of the tree (RFC 6962, 2.1).
func leafHash(line []byte) Hash { return Hash(tlog.RecordHash(line)) }

// canonical writes v as RFC 8785 has it. v is made of strings, integers below
// 2^53, booleans, slices, maps with string keys, and structs whose fields
// stand in the order of their names.
func canonical(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	out := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if bytes.Contains(out, []byte(`\u202`)) { // encoding/json escapes two characters that RFC 8785 does not
		out = unescapeLineSeparators(out)
	}
	return out, nil
}

// unescapeLineSeparators writes U+2028 and U+2029 as themselves.
func unescapeLineSeparators(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != '\\':
			out = append(out, b[i])
		case bytes.HasPrefix(b[i:], []byte(`\u2028`)):
			out = append(out, "\u2028"...)
			i += 5
		case bytes.HasPrefix(b[i:], []byte(`\u2029`)):
			out = append(out, "\u2029"...)
			i += 5
		default:
			out = append(out, b[i], b[i+1])
			i++
		}
	}
	return out
}

// maxLine bounds a line. The longest we write holds a chain of certificates'
// hashes or a device's state; a reader need not hold more.
const maxLine = 1 << 20

// parseLine reads a line and checks that it follows prev as number seq.
func parseLine(line []byte, seq int64, prev Hash) (*Entry, error) {
	var e Entry
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return nil, fmt.Errorf("not an entry: %w", err)
	}
	again := appendLine(make([]byte, 0, len(line)), e.Body, e.Kind, e.Mono, e.Prev, e.Seq, e.Wall)
	switch {
	case e.Seq != seq:
		return nil, fmt.Errorf("entry %d, expected %d", e.Seq, seq)
	case e.Prev != prev:
		return nil, errors.New("the hash of the line before is another: it or this line was changed")
	case !bytes.Equal(again, line):
		return nil, errors.New("not in canonical form (RFC 8785)")
	}
	e.Leaf = leafHash(line)
	return &e, nil
}
