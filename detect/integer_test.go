package detect

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// TestIntegerCoordinates sends a position as whole numbers of 1e-7 degrees in
// each of protobuf's integer types, and in other formats, from every quarter of
// the Earth.
func TestIntegerCoordinates(t *testing.T) {
	types := map[string]func(b []byte, num protowire.Number, v int64) []byte{
		"int64": func(b []byte, num protowire.Number, v int64) []byte {
			return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), uint64(v))
		},
		"sint64": func(b []byte, num protowire.Number, v int64) []byte {
			return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), protowire.EncodeZigZag(v))
		},
		"sfixed32": func(b []byte, num protowire.Number, v int64) []byte {
			return binary.LittleEndian.AppendUint32(protowire.AppendTag(b, num, protowire.Fixed32Type), uint32(int32(v)))
		},
		"sfixed64": func(b []byte, num protowire.Number, v int64) []byte {
			return binary.LittleEndian.AppendUint64(protowire.AppendTag(b, num, protowire.Fixed64Type), uint64(v))
		},
	}
	for _, at := range [][2]float64{{48.8566137, 2.3522219}, {40.7127753, -74.0059728}, {-33.8688197, 151.2092955}, {-22.9068467, -43.1728965}} {
		e := engine(t, fmt.Sprintf("[[value]]\ntype = \"location.precise\"\nvalue = \"%.7f,%.7f\"\n", at[0], at[1]), Options{})
		whole := [2]int64{int64(math.Round(at[0] * 1e7)), int64(math.Round(at[1] * 1e7))}
		for name, b := range map[string][]byte{
			"application/msgpack": binary.BigEndian.AppendUint32(append(binary.BigEndian.AppendUint32([]byte("\x82\xa1x\xd2"), uint32(int32(whole[0]))), "\xa1y\xd2"...), uint32(int32(whole[1]))),
			"application/cbor":    cborInt(append(cborInt([]byte("\xa2\x61x"), whole[0]), "\x61y"...), whole[1]),
			"application/json":    fmt.Appendf(nil, `{"x":%d,"y":%d}`, whole[0], whole[1]),
		} {
			found := false
			for _, f := range e.NewScanner().Scan(post("/v1/fix", name, b)).Findings {
				found = found || f.PersonaValue == 0 && f.Grade == GradeA
			}
			if !found {
				t.Errorf("%v in %s is not found", at, name)
			}
		}
		for name, add := range types {
			var b []byte
			b = protowire.AppendString(protowire.AppendTag(b, 1, protowire.BytesType), "gps fix")
			for i, deg := range at {
				b = add(b, protowire.Number(i+2), int64(math.Round(deg*1e7)))
			}
			found := false
			for _, f := range e.NewScanner().Scan(post("/v1/fix", "application/x-protobuf", b)).Findings {
				found = found || f.PersonaValue == 0 && f.Grade == GradeA
			}
			if !found {
				t.Errorf("%v as %s is not found", at, name)
			}
		}
	}
}

// cborInt appends an integer of four bytes (RFC 8949 section 3.1).
func cborInt(b []byte, v int64) []byte {
	if v < 0 {
		return binary.BigEndian.AppendUint32(append(b, 0x3a), uint32(-1-v))
	}
	return binary.BigEndian.AppendUint32(append(b, 0x1a), uint32(v))
}
