package live

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/constat/constat/stream/tls"
)

// Hello is a TLS ClientHello, as far as it matters here.
type Hello struct {
	SNI  string
	ALPN []string
	JA3  string
	JA4  string
}

// maxHello bounds a hello: a record is at most 16 KiB, and nobody needs four.
const maxHello = 64 << 10

var errHello = errors.New("no hello")

// readHello reads a ClientHello from r and returns it with the bytes read.
func readHello(r io.Reader) (*Hello, []byte, error) {
	r = io.LimitReader(r, maxHello)
	var seen []byte
	part := make([]byte, 4<<10)
	for {
		n, err := r.Read(part)
		seen = append(seen, part[:n]...)
		if is, enough := tls.Looks(seen); enough && !is {
			return nil, seen, errHello
		}
		if len(seen) >= 5 && len(seen)-5 >= int(binary.BigEndian.Uint16(seen[3:])) { // a record
			if h, enough := tls.HelloOf(seen); h != nil {
				return &Hello{SNI: h.SNI, ALPN: h.ALPN, JA3: h.JA3(), JA4: h.JA4(tls.OverTCP)}, seen, nil
			} else if enough {
				return nil, seen, errHello
			}
		}
		if err == io.EOF {
			err = errHello
		}
		if err != nil {
			return nil, seen, err
		}
	}
}
