package peel

// arena is the memory that decoders write to. It is handed out from one end
// and taken back as a whole at the next root, so that the bytes of parts,
// which live no longer, leave nothing to collect.
type arena struct {
	chunks      [][]byte
	chunk, used int
}

const (
	arenaChunk = 256 << 10
	arenaPiece = 64 << 10 // larger pieces are allocated by themselves
	keptChunks = 32       // 8 MB
)

// alloc returns room for n bytes, of which none is used yet.
func (a *arena) alloc(n int) []byte {
	if n > arenaPiece {
		return make([]byte, 0, n)
	}
	if a.chunk < len(a.chunks) && arenaChunk-a.used < n {
		a.chunk, a.used = a.chunk+1, 0
	}
	if a.chunk == len(a.chunks) {
		a.chunks = append(a.chunks, make([]byte, arenaChunk))
	}
	b := a.chunks[a.chunk][a.used : a.used : a.used+n]
	a.used += n
	return b
}

// clone copies b.
func (a *arena) clone(b []byte) []byte { return append(a.alloc(len(b)), b...) }

// back takes b back, if it is what was handed out last.
func (a *arena) back(b []byte) {
	if n := cap(b); n > 0 && a.chunk < len(a.chunks) && n <= a.used && &a.chunks[a.chunk][a.used-n] == &b[:1][0] {
		a.used -= n
	}
}

// reset takes everything back.
func (a *arena) reset() {
	a.chunk, a.used = 0, 0
	if len(a.chunks) > keptChunks {
		clear(a.chunks[keptChunks:])
		a.chunks = a.chunks[:keptChunks]
	}
}
