package generate

import (
	"encoding/binary"
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"unicode/utf16"
)

// recordCarriers are bodies in the record formats that apps use beside JSON.
var recordCarriers = []carrier{
	{name: "json in json", fill: body("application/json", func(r *rand.Rand, ps []parcel) []byte {
		return fmt.Appendf(nil, `{"v":2,"ts":%d,"payload":%s}`, 1700000000+r.IntN(1e8), quote(string(object(ps))))
	})},
	{name: "messagepack", binary: true, fill: body("application/msgpack", func(_ *rand.Rand, ps []parcel) []byte {
		b := []byte{0xde, 0, byte(len(ps))}
		for _, p := range ps {
			b = append(append(b, 0xd9, byte(len(p.name))), p.name...)
			if p.text {
				b = binary.BigEndian.AppendUint16(append(b, 0xda), uint16(len(p.data)))
			} else {
				b = binary.BigEndian.AppendUint16(append(b, 0xc5), uint16(len(p.data)))
			}
			b = append(b, p.data...)
		}
		return b
	})},
	{name: "cbor", binary: true, fill: body("application/cbor", func(_ *rand.Rand, ps []parcel) []byte {
		b := []byte{0xbf} // a map without an end given (RFC 8949, 3.2.2)
		for _, p := range ps {
			b = append(append(b, 0x78, byte(len(p.name))), p.name...)
			major := byte(0x40)
			if p.text {
				major = 0x60
			}
			b = append(binary.BigEndian.AppendUint32(append(b, major|26), uint32(len(p.data))), p.data...)
		}
		return append(b, 0xff)
	})},
	{name: "plist", fill: body("application/x-plist", func(_ *rand.Rand, ps []parcel) []byte {
		b := []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<plist version="1.0"><dict>`)
		for _, p := range ps {
			b = fmt.Appendf(b, "<key>%s</key><string>%s</string>", p.name, strings.ReplaceAll(html.EscapeString(string(p.data)), "\r", "&#13;"))
		}
		return append(b, "</dict></plist>\n"...)
	})},
	{name: "binary plist", binary: true, fill: body("application/x-plist", binaryPlist)},
}

// binaryPlist is a dictionary in Apple's binary format, version 00: strings in
// ASCII or UTF-16, other bytes as data.
func binaryPlist(_ *rand.Rand, ps []parcel) []byte {
	n := len(ps)
	b := []byte("bplist00")
	var offsets []int
	object := func(head ...byte) {
		offsets = append(offsets, len(b))
		b = append(b, head...)
	}
	sized := func(kind byte, size int) []byte {
		if size < 15 {
			return []byte{kind | byte(size)}
		}
		return binary.BigEndian.AppendUint32([]byte{kind | 15, 0x12}, uint32(size))
	}
	object(sized(0xd0, n)...)
	for i := range 2 * n {
		b = append(b, byte(i+1)) // the keys, then the values
	}
	for _, p := range ps {
		object(sized(0x50, len(p.name))...)
		b = append(b, p.name...)
	}
	for _, p := range ps {
		switch {
		case line(p.data):
			object(sized(0x50, len(p.data))...)
			b = append(b, p.data...)
		case p.text:
			units := utf16.Encode([]rune(string(p.data)))
			object(sized(0x60, len(units))...)
			for _, u := range units {
				b = binary.BigEndian.AppendUint16(b, u)
			}
		default:
			object(sized(0x40, len(p.data))...)
			b = append(b, p.data...)
		}
	}
	table := len(b)
	for _, o := range offsets {
		b = binary.BigEndian.AppendUint32(b, uint32(o))
	}
	b = append(b, 0, 0, 0, 0, 0, 0, 4, 1)
	for _, x := range []int{len(offsets), 0, table} {
		b = binary.BigEndian.AppendUint64(b, uint64(x))
	}
	return b
}
