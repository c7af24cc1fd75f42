package peel

import (
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// scanProto reports whether b is, to its last byte, a protobuf message: at
// least one field, numbers that a person would give, and no more than a few
// bytes of plain varints taken for one by chance.
func scanProto(b []byte) (fields int, ok bool) {
	if len(b) < 2 {
		return 0, false
	}
	bytesFields := 0
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 || num > 1<<15 {
			return 0, false
		}
		m := protowire.ConsumeFieldValue(num, typ, b[n:])
		if m < 0 || typ == protowire.StartGroupType && m == 0 {
			return 0, false
		}
		if typ == protowire.BytesType {
			bytesFields++
		}
		fields++
		b = b[n+m:]
	}
	return fields, bytesFields > 0 || fields > 2
}

// proto walks a protobuf message without its schema (the wire format of
// protobuf.dev/programming-guides/encoding). Length-delimited fields are
// strings, messages or bytes; only their contents tell.
func (w *Walker) proto(p *Part, nest int) bool {
	if _, ok := scanProto(p.Data); !ok {
		return false
	}
	w.protoFields(p, p, 0, len(p.Data), "", nest)
	return true
}

func (w *Walker) protoFields(p, parent *Part, from, to int, prefix string, nest int) {
	b := p.Data
	for i := from; i < to; {
		num, typ, n := protowire.ConsumeTag(b[i:to])
		if n < 0 {
			return
		}
		m := protowire.ConsumeFieldValue(num, typ, b[i+n:to])
		if m < 0 {
			return
		}
		name := prefix + strconv.Itoa(int(num))
		at := i + n
		switch typ {
		case protowire.VarintType:
			if v, _ := protowire.ConsumeVarint(b[at:to]); v > 999 || w.small {
				w.numeral(p, "protobuf", name, v, at, m)
			}
		case protowire.Fixed64Type:
			w.fixed64(p, "protobuf", name, b[at:at+8], at)
		case protowire.Fixed32Type:
			w.fixed32(p, "protobuf", name, b[at:at+4], at)
		case protowire.BytesType:
			v, k := protowire.ConsumeBytes(b[at:to])
			if k < 0 || len(v) == 0 {
				break
			}
			off := at + k - len(v)
			fields, msg := scanProto(v)
			text := utf8.Valid(v) && texty(v)
			if msg && nest < w.limits.Nest && (!text || fields > 1 && v[0] < ' ') {
				if child := w.slice(p, "protobuf", name, "", off, len(v)); child != nil {
					w.protoFields(child, child, 0, len(v), "", nest+1)
				}
				break
			}
			if child := w.slice(p, "protobuf", name, "", off, len(v)); child != nil && len(v) >= minLeaf {
				w.later(costStructure, child, hint{inner: true})
			}
		case protowire.StartGroupType:
			if nest < w.limits.Nest {
				end := at + m - protowire.SizeTag(num)
				w.protoFields(p, p, at, end, name+".", nest+1)
			}
		}
		i = at + m
	}
}
