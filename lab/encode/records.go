package encode

import (
	"encoding/asn1"
	"encoding/binary"
	"math/rand/v2"
)

func le32(out []byte, n int) []byte { return binary.LittleEndian.AppendUint32(out, uint32(n)) }
func be32(out []byte, n int) []byte { return binary.BigEndian.AppendUint32(out, uint32(n)) }
func be16(out []byte, n int) []byte { return binary.BigEndian.AppendUint16(out, uint16(n)) }

// moreRecords are binary formats that hold any bytes.
var moreRecords = []Step{
	{Name: "messagepack, short", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		k := word(r) // the shortest head that holds it, as encoders write
		out := append([]byte{0x82, 0xa0 | byte(len(k))}, k...)
		switch {
		case len(in) < 32:
			out = append(out, 0xa0|byte(len(in)))
		case len(in) < 256:
			out = append(out, 0xd9, byte(len(in)))
		case len(in) < 1<<16:
			out = be16(append(out, 0xda), len(in))
		default:
			out = be32(append(out, 0xdb), len(in))
		}
		return append(append(out, in...), 0xa1, 'n', 0xcd, 3, 0xe8)
	}},
	{Name: "messagepack, bin", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		out := []byte{0x93, 0x07}
		switch {
		case len(in) < 256:
			out = append(out, 0xc4, byte(len(in)))
		case len(in) < 1<<16:
			out = be16(append(out, 0xc5), len(in))
		default:
			out = be32(append(out, 0xc6), len(in))
		}
		return append(append(out, in...), 0xc3)
	}},
	{Name: "cbor, bytes", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		k := word(r)
		out := append([]byte{0xd9, 0xd9, 0xf7, 0xa2, 0x60 | byte(len(k))}, k...) // self-described
		return append(append(cborHead(out, 0x40, len(in)), in...), 0x61, 'n', 0x19, 3, 0xe8)
	}},
	{Name: "cbor, in pieces", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		out := append(cborHead([]byte{0x9f, 0x01}, 0x40, len(in)), in...) // an array without an end given
		return append(out, 0xf5, 0xff)
	}},
	{Name: "bson", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		body := append([]byte{0x10}, "n\x00\x07\x00\x00\x00"...)
		body = append(append(append(body, 0x05), word(r)...), 0)
		body = append(append(le32(body, len(in)), 0), in...)
		return append(append(le32(nil, len(body)+5), body...), 0)
	}},
	{Name: "bson, text", Structure: true, do: func(r *rand.Rand, in []byte) []byte {
		body := append(append([]byte{0x02}, word(r)...), 0)
		body = append(append(le32(body, len(in)+1), in...), 0)
		return append(append(le32(nil, len(body)+5), body...), 0)
	}},
	{Name: "thrift, binary", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		name := word(r)
		out := be32([]byte{0x80, 1, 0, 1}, len(name)) // strict, a call
		out = be32(append(out, name...), r.IntN(1000))
		out = append(out, 0x0c, 0, 1)                // field 1: a struct
		out = append(out, 0x08, 0, 1, 0, 0, 0, 5)    // an i32
		out = be32(append(out, 0x0b, 0, 2), len(in)) // a string
		return append(append(out, in...), 0, 0)
	}},
	{Name: "thrift, compact", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		name := word(r)
		out := append(append([]byte{0x82, 0x21, byte(r.IntN(100)), byte(len(name))}, name...), 0x1c)
		out = append(out, 0x15, 0x0a, 0x18) // field 1: an i32; field 2: binary
		out = binary.AppendUvarint(out, uint64(len(in)))
		return append(append(out, in...), 0, 0)
	}},
	{Name: "avro record", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		out := binary.AppendVarint(nil, r.Int64N(1<<40))
		name := word(r)
		out = append(binary.AppendVarint(out, int64(len(name))), name...)
		return append(append(binary.AppendVarint(out, int64(len(in))), in...), 1)
	}},
	{Name: "avro file", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		text := func(out []byte, s string) []byte { return append(binary.AppendVarint(out, int64(len(s))), s...) }
		out := binary.AppendVarint([]byte("Obj\x01"), 2)
		out = text(text(out, "avro.schema"), `{"type":"record","name":"E","fields":[{"name":"`+word(r)+`","type":"bytes"}]}`)
		out = append(text(text(out, "avro.codec"), "null"), 0)
		sync := make([]byte, 16)
		for i := range sync {
			sync[i] = byte(r.Uint32())
		}
		out = append(out, sync...)
		one := text(nil, string(in))
		out = append(binary.AppendVarint(binary.AppendVarint(out, 1), int64(len(one))), one...)
		return append(out, sync...)
	}},
	{Name: "flatbuffer", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		out := []byte{12, 0, 0, 0, 8, 0, 8, 0, 4, 0, 0, 0} // root table at 12; vtable of 8 bytes, the table's 8, field 0 at 4
		out = append(le32(out, 8), 4, 0, 0, 0)             // the vtable is 8 back; the vector 4 on
		out = append(le32(out, len(in)), in...)
		for n := 1; n > 0 || len(out)%4 != 0; n-- { // ended by zero, aligned
			out = append(out, 0)
		}
		return out
	}},
	{Name: "protobuf, group", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		n := uint64(1 + r.IntN(15))
		out := binary.AppendUvarint([]byte{0x08, 0x07}, n<<3|3)
		out = field(out, 1, in)
		return binary.AppendUvarint(out, n<<3|4)
	}},
	{Name: "protobuf, beside numbers", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		out := binary.LittleEndian.AppendUint64([]byte{0x09}, r.Uint64()) // fixed64
		out = binary.LittleEndian.AppendUint32(append(out, 0x15), r.Uint32())
		return field(field(out, 3, in), 100+r.IntN(10000), []byte(word(r)))
	}},
	{Name: "protobuf, delimited", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		var out []byte // writeDelimitedTo: each message after its length
		for _, m := range [][]byte{field(nil, 1, []byte(word(r))), field(field(nil, 1, []byte(word(r))), 2, in)} {
			out = append(binary.AppendUvarint(out, uint64(len(m))), m...)
		}
		return out
	}},
	{Name: "protobuf, packed", Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		var packed []byte // repeated uint32, one a byte: above 0x7f two bytes each
		for _, c := range in {
			packed = binary.AppendUvarint(packed, uint64(c))
		}
		return field(binary.AppendUvarint([]byte{0x08}, r.Uint64N(1<<30)), 2, packed)
	}},
	{Name: "bplist", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		k := word(r)
		out := []byte("bplist00")
		offsets := []int{len(out)}
		out = append(out, 0xd1, 1, 2) // a dictionary of one: object 1 is object 2
		offsets = append(offsets, len(out))
		out = append(append(out, 0x50|byte(len(k))), k...)
		offsets = append(offsets, len(out))
		if len(in) < 15 {
			out = append(out, 0x40|byte(len(in)))
		} else {
			out = be32(append(out, 0x4f, 0x12), len(in))
		}
		out = append(out, in...)
		table := len(out)
		for _, o := range offsets {
			out = be32(out, o)
		}
		out = append(out, 0, 0, 0, 0, 0, 0, 4, 1)
		for _, n := range []uint64{uint64(len(offsets)), 0, uint64(table)} {
			out = binary.BigEndian.AppendUint64(out, n)
		}
		return out
	}},
	{Name: "bplist, utf-16", Structure: true, do: func(r *rand.Rand, in []byte) []byte {
		u := units(string(in))
		out := be32(append([]byte("bplist00"), 0xa1, 1, 0x6f, 0x12), len(u)) // an array of one string
		for _, x := range u {
			out = be16(out, int(x))
		}
		table := len(out)
		out = be32(be32(out, 8), 10)
		out = append(out, 0, 0, 0, 0, 0, 0, 4, 1)
		for _, n := range []uint64{2, 0, uint64(table)} {
			out = binary.BigEndian.AppendUint64(out, n)
		}
		return out
	}},
	{Name: "der", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		return must(asn1.Marshal(struct {
			Version int
			Kind    asn1.ObjectIdentifier
			Data    []byte
		}{r.IntN(1000), asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}, in}))
	}},
	{Name: "length in front, little endian", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		return append(le32([]byte{1, 0}, len(in)), in...)
	}},
	{Name: "length in front, two bytes", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		if len(in) >= 1<<16 {
			return append(be32(nil, len(in)), in...)
		}
		k := word(r) // as DataOutputStream.writeUTF
		return append(be16(append(be16(nil, len(k)), k...), len(in)), in...)
	}},
	{Name: "tag, length, value", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		out := []byte{0, 1, 0, 0, 0, 2, 0, 9} // a number under tag 1
		return append(append(be32(be16(out, 2+r.IntN(100)), len(in)), in...), 0, 7, 0, 0, 0, 1, 5)
	}},
	{Name: "java serialization", Structure: true, do: func(r *rand.Rand, in []byte) []byte {
		return append(be16([]byte{0xac, 0xed, 0, 5, 0x74}, len(in)&0xffff), in...)
	}},
	{Name: "amf0", Structure: true, do: func(r *rand.Rand, in []byte) []byte {
		k := word(r)
		out := append(be16([]byte{3}, len(k)), k...)
		return append(append(be32(append(out, 0x0c), len(in)), in...), 0, 0, 9)
	}},
	{Name: "mqtt publish", Structure: true, Binary: true, do: func(r *rand.Rand, in []byte) []byte {
		topic := "d/" + word(r)
		out := binary.AppendUvarint([]byte{0x30}, uint64(2+len(topic)+len(in)))
		return append(append(be16(out, len(topic)), topic...), in...)
	}},
}

// cborHead is the head of an item with a length (RFC 8949, 3).
func cborHead(out []byte, major byte, n int) []byte {
	switch {
	case n < 24:
		return append(out, major|byte(n))
	case n < 256:
		return append(out, major|24, byte(n))
	case n < 1<<16:
		return be16(append(out, major|25), n)
	}
	return be32(append(out, major|26), n)
}
