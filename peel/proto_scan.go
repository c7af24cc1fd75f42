package peel

import "google.golang.org/protobuf/encoding/protowire"

// scanProto reports whether b is, to its last byte, a protobuf message: at
// least one field, numbers that a person would give, and no more than a few
// bytes of plain varints taken for one by chance.
func scanProto(b []byte) (fields int, ok bool) {
	if len(b) < 2 {
		return 0, false
	}
	bytesFields := 0
	for i := 0; i < len(b); fields++ {
		tag, n := varint(b[i:])
		if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<15 {
			return 0, false
		}
		i += n
		switch protowire.Type(tag & 7) {
		case protowire.VarintType:
			_, n := varint(b[i:])
			if n <= 0 {
				return 0, false
			}
			i += n
		case protowire.Fixed64Type:
			i += 8
		case protowire.Fixed32Type:
			i += 4
		case protowire.BytesType:
			size, n := varint(b[i:])
			if n <= 0 || size > uint64(len(b)-i-n) {
				return 0, false
			}
			bytesFields++
			i += n + int(size)
		case protowire.StartGroupType:
			n := protowire.ConsumeFieldValue(protowire.Number(tag>>3), protowire.StartGroupType, b[i:])
			if n <= 0 {
				return 0, false
			}
			i += n
		default:
			return 0, false
		}
		if i > len(b) {
			return 0, false
		}
	}
	return fields, bytesFields > 0 || fields > 2
}

// varint is binary.Uvarint with its commonest lengths first; n is not
// positive if there is none.
func varint(b []byte) (v uint64, n int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	if len(b) > 1 && b[1] < 0x80 {
		return uint64(b[0]&0x7f) | uint64(b[1])<<7, 2
	}
	for i, c := range b[:min(len(b), 9)] {
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	if len(b) > 9 && b[9] <= 1 {
		return v | uint64(b[9])<<63, 10
	}
	return 0, -1
}
