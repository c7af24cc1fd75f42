package encode

import (
	"encoding/binary"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// units are the UTF-16 code units of a text.
func units(s string) []uint16 { return utf16.Encode([]rune(s)) }

func utf16With(mark bool, order binary.AppendByteOrder) func(in []byte) []byte {
	return func(in []byte) []byte {
		var out []byte
		if mark {
			out = order.AppendUint16(out, 0xfeff)
		}
		for _, u := range units(string(in)) {
			out = order.AppendUint16(out, u)
		}
		return out
	}
}

func utf32With(mark bool, order binary.AppendByteOrder) func(in []byte) []byte {
	return func(in []byte) []byte {
		var out []byte
		if mark {
			out = order.AppendUint32(out, 0xfeff)
		}
		for _, c := range string(in) {
			out = order.AppendUint32(out, uint32(c))
		}
		return out
	}
}

// charsets write text in another encoding than UTF-8. Those with no character
// of their own in the value get one beside it, or they would change nothing:
// words that say nothing of anybody.
var charsets = []Step{
	{Name: "utf-16be", do: fixed(utf16With(false, binary.BigEndian))},
	{Name: "utf-16le with mark", do: fixed(utf16With(true, binary.LittleEndian))},
	{Name: "utf-32le", do: fixed(utf32With(false, binary.LittleEndian))},
	{Name: "utf-32be with mark", do: fixed(utf32With(true, binary.BigEndian))},
	{Name: "gb18030", do: fixed(func(in []byte) []byte { return chinese("栏目=今日推荐;" + string(in)) })},
	{Name: "gb18030, json", do: fixed(func(in []byte) []byte {
		return chinese(`{"tab":"今日推荐","v":` + string(marshal(string(in))) + `,"栏目":"音乐"}`)
	})},
}

// chinese is GB18030, of which GBK is a part; it has every character.
func chinese(s string) []byte {
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic(err) // it has every character, and s is UTF-8
	}
	return b
}
