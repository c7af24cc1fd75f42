package detect

// numberSet holds whole numbers. Binary formats are full of others, so it
// asks a few bits before the map.
type numberSet struct {
	filter [64]uint64
	all    map[uint64]struct{}
}

func (n *numberSet) add(v uint64) {
	n.all[v] = struct{}{}
	bit := v * mix >> 52
	n.filter[bit>>6] |= 1 << (bit & 63)
}

func (n *numberSet) has(v uint64) bool {
	if bit := v * mix >> 52; n.filter[bit>>6]>>(bit&63)&1 == 0 {
		return false
	}
	_, ok := n.all[v]
	return ok
}
