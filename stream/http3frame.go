package stream

// frame3 is the frame at hand of a stream of HTTP/3 (RFC 9114, 7.1).
type frame3 struct {
	head [16]byte
	n    int    // bytes of head there are
	in   bool   // the head is complete
	kind uint64 //
	size uint64 // bytes of the payload
	left uint64 // of them, to come
}

// readHead gathers the head of a frame, and returns how many bytes of b belong
// to it.
func (f *frame3) readHead(b []byte) (used int) {
	if f.n == 0 { // mostly it is whole
		if used = f.parse(b[:min(len(b), len(f.head))]); f.in {
			return used
		}
	}
	for used = 0; used < len(b) && !f.in; used++ {
		f.head[f.n] = b[used]
		f.n++
		f.parse(f.head[:f.n])
	}
	if f.in {
		f.n = 0
	}
	return used
}

func (f *frame3) parse(b []byte) int {
	kind, n := varint(b)
	if n == 0 {
		return 0
	}
	size, k := varint(b[n:])
	if k == 0 {
		return 0
	}
	f.in, f.kind, f.size, f.left = true, kind, size, size
	return n + k
}

// take returns how many of the n bytes there are belong to the payload, and
// counts them off.
func (f *frame3) take(n int) int {
	k := int(min(f.left, uint64(n)))
	f.left -= uint64(k)
	return k
}
