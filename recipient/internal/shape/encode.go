package shape

import (
	"encoding/binary"
	"errors"
	"math"
	"sort"

	"github.com/klauspost/compress/zstd"
)

// Topology is the input of Encode: arcs of points and, for each country, rings
// of arc references as TopoJSON writes them (n, or -1-n for backwards).
type Topology struct {
	Arcs      [][]Point
	Countries map[string][][]int
}

// Encode packs outlines, rounding points to hundredths of a degree (at most
// 0.8 km off). Equal input gives equal bytes.
func (t *Topology) Encode() ([]byte, error) {
	p := binary.AppendUvarint(nil, uint64(len(t.Arcs)))
	for _, arc := range t.Arcs {
		var steps []byte
		var x, y, n int64
		for i, pt := range arc {
			px, py := int64(math.Round(pt.Lon*unit)), int64(math.Round(pt.Lat*unit))
			if i > 0 && px == x && py == y {
				continue
			}
			steps = binary.AppendVarint(steps, px-x)
			steps = binary.AppendVarint(steps, py-y)
			x, y = px, py
			n++
		}
		p = binary.AppendUvarint(p, uint64(n))
		p = append(p, steps...)
	}
	codes := make([]string, 0, len(t.Countries))
	for code := range t.Countries {
		if len(code) != 2 {
			return nil, errors.New("country code " + code + " has not two letters")
		}
		codes = append(codes, code)
	}
	sort.Strings(codes)
	p = binary.AppendUvarint(p, uint64(len(codes)))
	for _, code := range codes {
		p = append(p, code...)
		p = binary.AppendUvarint(p, uint64(len(t.Countries[code])))
		for _, refs := range t.Countries[code] {
			p = binary.AppendUvarint(p, uint64(len(refs)))
			for _, ref := range refs {
				p = binary.AppendVarint(p, int64(ref))
			}
		}
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return z.EncodeAll(p, []byte(magic)), nil
}
