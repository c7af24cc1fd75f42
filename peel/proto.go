package peel

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

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
		tag, n := varint(b[i:to])
		if n <= 0 {
			return
		}
		num, typ := protowire.Number(tag>>3), protowire.Type(tag&7)
		var v uint64 // a varint, or a length
		m := 0
		switch typ {
		case protowire.VarintType:
			v, m = varint(b[i+n : to])
		case protowire.BytesType:
			if v, m = varint(b[i+n : to]); m > 0 && v > uint64(to-i-n-m) {
				return
			}
			m += int(v)
		default:
			m = protowire.ConsumeFieldValue(num, typ, b[i+n:to])
		}
		if m <= 0 {
			return
		}
		name := ordinal(int(num))
		if prefix != "" {
			name = prefix + name
		}
		at := i + n
		switch typ {
		case protowire.VarintType:
			if v > 999 || w.tiny {
				w.numeral(p, "protobuf", name, v, at, m)
				if v >= 1<<63 {
					w.signed(p, "protobuf", name, int64(v), at, m)
				}
				w.signed(p, "protobuf", name, protowire.DecodeZigZag(v), at, m)
			}
		case protowire.Fixed64Type:
			w.fixed64(p, "protobuf", name, b[at:at+8], at)
		case protowire.Fixed32Type:
			w.fixed32(p, "protobuf", name, b[at:at+4], at)
		case protowire.BytesType:
			if v == 0 {
				break
			}
			off := at + m - int(v)
			v := b[off : at+m]
			s := lettersOf(v)
			if !s.has(others) && v[0] >= ' ' {
				w.fieldOf(p, "protobuf", name, "", off, len(v), s) // no message begins so
				break
			}
			fields, msg := scanProto(v)
			if msg && nest < w.limits.Nest && (fields > 1 && v[0] < ' ' || s.has(others) && !(utf8.Valid(v) && texty(v))) {
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
