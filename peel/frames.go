package peel

import (
	"encoding/binary"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// frames splits bytes that are, to the last one, a sequence of messages each
// preceded by its length: gRPC (one flag byte and four of length), four
// bytes of length big- or little-endian, or a varint.
func (w *Walker) frames(p *Part) bool {
	for _, f := range []struct {
		step string
		next func(b []byte) (head, n int)
	}{
		{"grpc", grpcHead},
		{"length-prefixed", func(b []byte) (int, int) { return fixedHead(b, binary.BigEndian) }},
		{"length-prefixed", func(b []byte) (int, int) { return fixedHead(b, binary.LittleEndian) }},
		{"delimited", varintHead},
	} {
		if w.cut(p, f.step, f.next) {
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

// cut presents the frames if they fill the part and hold something.
func (w *Walker) cut(p *Part, step string, next func([]byte) (int, int)) bool {
	b := p.Data
	full := 0
	for i := 0; i < len(b); {
		head, n := next(b[i:])
		if n < 0 || n > len(b)-i-head {
			return false
		}
		if n > 0 {
			full++
			body := b[i+head : i+head+n]
			if step != "grpc" && !texty(body) && !structured(body) && !knownMagic(body) {
				return false
			}
		}
		i += head + n
	}
	if full == 0 || step == "delimited" && full < 2 {
		return false
	}
	for i, k := 0, 0; i < len(b); k++ {
		head, n := next(b[i:])
		if n > 0 {
			child := w.slice(p, step, strconv.Itoa(k), p.Key, i+head, n)
			w.later(costStructure, child, hint{inner: true})
		}
		i += head + n
	}
	return true
}
