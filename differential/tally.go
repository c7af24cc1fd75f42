package differential

// tally is what was seen of one field.
type tally struct {
	contents []int32
	changed  int // exchanges in which it depends on the persona, as far as one can tell
	noisy    int // in which it changed though the persona did not
	steady   int // in which it was the same in all runs
	clocks   int // in which it was a time
	pair     [2]int32
	growth   growth
	blobs    blobs
}

// growth is by how many bytes something was longer with the second persona:
// by the same number each time, or it tells nothing.
type growth struct {
	n, by int
	mixed bool
}

func (g *growth) add(by int) {
	g.mixed = g.mixed || g.n > 0 && g.by != by
	g.n, g.by = g.n+1, by
}

// blobs is what was seen of a field that could hold ciphertexts.
type blobs struct {
	slots   int
	equal   int // comparisons of runs with the same persona in which the length was the same
	unequal int
	differ  int    // exchanges in which it differs between the personas
	sizes   [2]int // in the first of those
	growth  growth
	bytes   []byteMap
}

// extent is a range of numbers.
type extent struct {
	n        int
	min, max float64
}

func (e *extent) add(x float64) {
	if e.n == 0 || x < e.min {
		e.min = x
	}
	if e.n == 0 || x > e.max {
		e.max = x
	}
	e.n++
}

// byteMap says of each place in blobs of one length what its bytes did.
type byteMap struct {
	stable  []bool // equal in all runs with the same persona
	differs []bool // between the personas
}

// maxByteMaps bounds the lengths of one field whose bytes are compared.
const maxByteMaps = 4

// compareBytes takes in the bytes of one exchange, by run.
func (b *blobs) compareBytes(data [][]byte, side func(int32) int) {
	n := len(data[0])
	var m *byteMap
	for i := range b.bytes {
		if len(b.bytes[i].stable) == n {
			m = &b.bytes[i]
		}
	}
	if m == nil {
		if len(b.bytes) == maxByteMaps {
			return
		}
		b.bytes = append(b.bytes, byteMap{make([]bool, n), make([]bool, n)})
		m = &b.bytes[len(b.bytes)-1]
		for i := range m.stable {
			m.stable[i] = true
		}
	}
	var first [2][]byte
	for run, d := range data {
		s := side(int32(run))
		if first[s] == nil {
			first[s] = d
			continue
		}
		for i := range d {
			m.stable[i] = m.stable[i] && d[i] == first[s][i]
		}
	}
	for i := range n {
		m.differs[i] = m.differs[i] || first[0][i] != first[1][i]
	}
}

// Range is a stretch of bytes that depend on the persona.
type Range struct {
	Offset  int `json:"offset"`
	Length  int `json:"length"`
	differs int
	of      int
}

// minRange is the length of the shortest stretch worth telling: among noise,
// a single byte is the same twice once in 256 times.
const minRange = 4

// ranges lists the stretches of m that are the same in all runs with the same
// persona and not between the personas, from the first byte that differs to
// the last. Where they meet noise at both ends nothing else can be known.
func (m *byteMap) ranges() (list []Range) {
	for i := 0; i < len(m.stable); {
		if !m.stable[i] {
			i++
			continue
		}
		r := Range{Offset: -1, of: len(m.stable)}
		last := i
		for ; i < len(m.stable) && m.stable[i]; i++ {
			if m.differs[i] {
				if r.Offset < 0 {
					r.Offset = i
				}
				r.differs++
				last = i
			}
		}
		if r.Length = last + 1 - r.Offset; r.Offset >= 0 && r.differs >= minRange {
			list = append(list, r)
		}
	}
	return list
}
