package peel

import (
	"encoding/binary"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// framings are ways to put a length before each message. begins tells most of
// what is none by its first bytes.
var framings = []struct {
	step   string
	begins func(b []byte) bool
	next   func(b []byte) (head, n int)
}{
	{"grpc", func(b []byte) bool { return len(b) > 5 && b[0] <= 1 && (b[1] == 0 || len(b) >= 1<<24) }, grpcHead},
	{"length-prefixed", func(b []byte) bool { return len(b) > 4 && (b[0] == 0 || len(b) >= 1<<24) },
		func(b []byte) (int, int) { return fixedHead(b, binary.BigEndian) }},
	{"length-prefixed", func(b []byte) bool { return len(b) > 4 && (b[3] == 0 || len(b) >= 1<<24) },
		func(b []byte) (int, int) { return fixedHead(b, binary.LittleEndian) }},
	{"delimited", func(b []byte) bool {
		return len(b) > 1 && (b[0] < 0x80 && int(b[0]) < len(b) || b[0] >= 0x80 && len(b) > 0x80)
	}, varintHead},
}

// frames splits bytes that are, to the last one, a sequence of messages each
// preceded by its length: gRPC (one flag byte and four of length), four
// bytes of length big- or little-endian, or a varint.
func (w *Walker) frames(p *Part) bool {
	for i := range framings {
		if f := &framings[i]; f.begins(p.Data) && fits(p.Data, f.step, f.next, f.step != "grpc") {
			w.cut(p, f.step, f.next)
			return true
		}
	}
	return false
}

// framed reports whether b is such a sequence, of messages that are text or
// structure themselves.
func framed(b []byte) bool {
	for i := range framings {
		if f := &framings[i]; f.begins(b) && fits(b, f.step, f.next, true) {
			return true
		}
	}
	return false
}

func grpcHead(b []byte) (int, int) {
	if len(b) < 5 || b[0] > 1 {
		return 0, -1
	}
	return 5, int(binary.BigEndian.Uint32(b[1:]))
}

func fixedHead(b []byte, order binary.ByteOrder) (int, int) {
	if len(b) < 4 {
		return 0, -1
	}
	return 4, int(order.Uint32(b))
}

func varintHead(b []byte) (int, int) {
	v, n := protowire.ConsumeVarint(b)
	if n < 0 || v > uint64(len(b)) {
		return 0, -1
	}
	return n, int(v)
}

// fits reports whether frames fill b and hold something; when strict, something
// that can be told from noise.
func fits(b []byte, step string, next func([]byte) (int, int), strict bool) bool {
	full := 0
	for i := 0; i < len(b); {
		head, n := next(b[i:])
		if n < 0 || n > len(b)-i-head {
			return false
		}
		if n > 0 {
			full++
			body := b[i+head : i+head+n]
			if strict && !texty(body) && !structured(body) && !knownMagic(body) {
				return false
			}
		}
		i += head + n
	}
	return full > 1 || full == 1 && step != "delimited"
}

// cut presents frames.
func (w *Walker) cut(p *Part, step string, next func([]byte) (int, int)) {
	b := p.Data
	for i, k := 0, 0; i < len(b); k++ {
		head, n := next(b[i:])
		if n > 0 {
			child := w.slice(p, step, strconv.Itoa(k), p.Key, i+head, n)
			w.later(costStructure, child, hint{inner: true})
		}
		i += head + n
	}
}
