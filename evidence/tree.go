package evidence

import "golang.org/x/mod/sumdb/tlog"

// tree is the right edge of an RFC 6962 tree: as many hashes as its size has
// one bits. That is enough to add leaves and to know the root; proofs are made
// afterwards, from the lines.
type tree struct {
	size int64
	edge []Hash // of perfect subtrees, the largest first
}

// add appends a leaf.
func (t *tree) add(leaf Hash) {
	h := leaf
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.edge) - 1
		h = nodeHash(t.edge[last], h)
		t.edge = t.edge[:last]
	}
	t.edge = append(t.edge, h)
	t.size++
}

// root is the tree's hash. That of an empty tree is the hash of nothing
// (RFC 6962, 2.1).
func (t *tree) root() Hash {
	if t.size == 0 {
		return emptyTree
	}
	h := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		h = nodeHash(t.edge[i], h)
	}
	return h
}

// nodeHash is the hash of an inner node (RFC 6962, 2.1).
func nodeHash(left, right Hash) Hash {
	return Hash(tlog.NodeHash(tlog.Hash(left), tlog.Hash(right)))
}

// emptyTree is the SHA-256 of nothing.
var emptyTree = Hash{
	0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
	0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
}
