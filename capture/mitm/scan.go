package mitm

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/constat/constat/flow"
)

const (
	maxDigits = 12            // of a length, as in mitmproxy itself
	unbounded = math.MaxInt64 // end of the container around a flow: the file
)

// scanner reads tagged netstrings from a stream. After the first damage every
// method does nothing, so that callers check once.
type scanner struct {
	r   *bufio.Reader
	at  int64 // offset of the next byte
	dmg *flow.Damage
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: bufio.NewReaderSize(r, 64<<10)}
}

// span is a value whose length was read: its payload is [at, end), its tag
// stands at end.
type span struct{ at, end int64 }

func (v span) size() int64 { return v.end - v.at }

const remedyCut = "the file was cut off or changed; copy it again, or record again"

func (s *scanner) fail(at int64, expected, found string) {
	if s.dmg == nil {
		s.dmg = &flow.Damage{Offset: at, Expected: expected, Found: found, Remedy: remedyCut}
	}
}

// readFailed records an error of the source at the current offset.
func (s *scanner) readFailed(expected string, err error) {
	if s.dmg != nil {
		return
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		s.fail(s.at, expected, "the end of the file")
		s.dmg.Err = io.ErrUnexpectedEOF
		return
	}
	s.fail(s.at, expected, err.Error())
	s.dmg.Err = err
}

// ended reports whether the source ends here.
func (s *scanner) ended() bool {
	_, err := s.r.Peek(1)
	return err == io.EOF
}

func (s *scanner) byte(expected string) byte {
	if s.dmg != nil {
		return 0
	}
	c, err := s.r.ReadByte()
	if err != nil {
		s.readFailed(expected, err)
		return 0
	}
	s.at++
	return c
}

// open reads a length. The value must end before the offset end, where the
// tag of the container around it stands.
func (s *scanner) open(end int64) span {
	start := s.at
	var n int64
	for i := 0; s.dmg == nil; i++ {
		c := s.byte("a length")
		switch {
		case s.dmg != nil:
		case c == ':' && i > 0:
			if n > end-s.at-1 {
				s.fail(start, "a value that ends inside the one around it", "length "+strconv.FormatInt(n, 10))
				return span{}
			}
			return span{s.at, s.at + n}
		case c < '0' || c > '9' || i >= maxDigits:
			s.fail(s.at-1, "a length and a colon", quoteByte(c))
		default:
			n = n*10 + int64(c-'0')
		}
	}
	return span{}
}

// close steps over what is left of v and reads its tag, one of tags.
func (s *scanner) close(v span, tags string) byte {
	s.skip(v)
	at := s.at
	c := s.byte("a type tag")
	if s.dmg == nil && bytes.IndexByte([]byte(tags), c) < 0 {
		s.fail(at, "a type tag out of "+strconv.Quote(tags), quoteByte(c))
	}
	return c
}

// skip steps over what is left of v's payload.
func (s *scanner) skip(v span) {
	for s.dmg == nil && s.at < v.end {
		n, err := s.r.Discard(int(min(v.end-s.at, 1<<30)))
		s.at += int64(n)
		if err != nil {
			s.readFailed(s.missing(v), err)
		}
	}
}

func (s *scanner) missing(v span) string {
	return fmt.Sprintf("%d more bytes", v.end-s.at)
}

// take reads v's payload. It allocates as bytes arrive, whatever length the
// file claims.
func (s *scanner) take(v span) []byte {
	if s.dmg != nil {
		return nil
	}
	b := make([]byte, 0, min(v.size(), 1<<20))
	for int64(len(b)) < v.size() {
		if len(b) == cap(b) {
			b = slices.Grow(b, int(min(v.size()-int64(len(b)), int64(len(b)))))
		}
		n, err := io.ReadFull(s.r, b[len(b):min(int64(cap(b)), v.size())])
		b = b[:len(b)+n]
		s.at += int64(n)
		if err != nil {
			s.readFailed(s.missing(v), err)
			return nil
		}
	}
	return b
}

// anyTag lists the tags there are: bytes, text, integer, float, boolean,
// null, list, dictionary.
const anyTag = ",;#^!~]}"

// key reads a dictionary's key.
func (s *scanner) key(end int64) string {
	v := s.open(end)
	if s.dmg == nil && v.size() > 256 {
		// Longer than any key of ours: a name that some script made up.
		s.close(v, ",;")
		return ""
	}
	b := s.take(v)
	s.close(v, ",;")
	return string(b)
}

// resync goes to the next place that looks like the beginning of a flow: the
// end of a dictionary, then a netstring that begins with one of a flow's own
// keys.
func (s *scanner) resync() bool {
	// The damage may have been that very end, met where a key was expected.
	if window, _ := s.r.Peek(longestStart); beginsFlow(window) {
		return true
	}
	for {
		window, err := s.r.Peek(4 << 10)
		if len(window) == 0 {
			return false
		}
		i := bytes.IndexByte(window, '}')
		switch {
		case i < 0:
			i = len(window) - 1
		case beginsFlow(window[i+1:]):
			s.discard(i + 1)
			return true
		case i+1+longestStart > len(window) && i > 0 && err == nil:
			i-- // look again with more of it in the window
		}
		s.discard(i + 1)
	}
}

func (s *scanner) discard(n int) {
	n, _ = s.r.Discard(n)
	s.at += int64(n)
}

// longestStart is enough bytes to tell the beginning of a flow.
const longestStart = 64

// flowStarts are the keys that a flow of some version begins with and that
// no other dictionary in a dump has.
var flowStarts = []string{"version", "websocket", "response", "request", "marked", "client_conn", "server_conn",
	"backup", "metadata", "intercepted", "messages", "mode", "is_replay", "comment", "timestamp_created"}

func beginsFlow(b []byte) bool {
	outer, b, ok := digits(b)
	if !ok {
		return false
	}
	inner, b, ok := digits(b)
	if !ok || inner >= outer || int64(len(b)) <= inner || b[inner] != ',' && b[inner] != ';' {
		return false
	}
	key, rest := string(b[:inner]), b[inner+1:]
	if key == "type" { // a DNS record has one too, but a number
		_, rest, ok = digits(rest)
		return ok && len(rest) > 0 && rest[0] >= 'a' && rest[0] <= 'z'
	}
	return slices.Contains(flowStarts, key)
}

func quoteByte(c byte) string { return fmt.Sprintf("%q", rune(c)) }
