package stream

import "slices"

// frameShape is a way to say how long a message is: its length in front of it.
type frameShape struct {
	first  [2]int // bytes of each side before its first frame: a version, mostly
	kind   int    // bytes of a frame before its length: a type
	width  int    // bytes of the length; 0: a varint, as protobuf writes delimited messages
	little bool   // the least byte of the length comes first
	whole  bool   // the length counts the bytes before the message too
}

// frameShapes are those that are looked for.
var frameShapes = func() (list []frameShape) {
	for _, first := range [][2]int{{0, 0}, {1, 0}, {1, 1}} {
		for _, width := range []int{4, 2, 0} {
			for _, kind := range []int{0, 1} {
				list = append(list, frameShape{first: first, kind: kind, width: width})
				if width > 0 {
					list = append(list, frameShape{first, kind, width, true, false}, frameShape{first, kind, width, false, true}, frameShape{first, kind, width, true, true})
				}
			}
		}
	}
	return list
}()

const (
	maxFrame      = 1 << 20    // bytes of a frame that is believed
	maxGuess      = 64 << 10   // bytes of the client in which its frames must show
	maxStarts     = 256        // frames of each side that are told apart before that
	framedTurns   = 3          // turns of the client that must end with a frame
	framedRun     = 8          // frames in a row that show without turns, with lengths of four bytes
	maxRunFrame   = 64<<10 - 1 // bytes of each of them: half of the length is zero
	framedFields  = 4          // frames in a row that show without turns, if they are protobuf
	framedBytes   = 32         // bytes of them together
	framedChanges = 3          // how often their length must change
)

// frameWalker goes from frame to frame.
type frameWalker struct {
	frameShape
	skip int // bytes before the first frame, still to come
	head [6]byte
	n    int // bytes of head there are
	left int // bytes of the frame to come, after its head
	size int // of its message
}

func newWalker(s frameShape, side Side) frameWalker {
	return frameWalker{frameShape: s, skip: s.first[side]}
}

// between reports whether the next byte begins a frame.
func (w *frameWalker) between() bool { return w.skip == 0 && w.n == 0 && w.left == 0 }

// step takes bytes of one frame, and reports whether it ends with them. It is
// not ok if no frame begins so.
func (w *frameWalker) step(b []byte) (n int, end, ok bool) {
	if w.skip > 0 {
		n = min(w.skip, len(b))
		w.skip -= n
		return n, w.skip == 0, true
	}
	if w.left > 0 {
		n = min(w.left, len(b))
		w.left -= n
		return n, w.left == 0, true
	}
	for i, x := range b {
		w.head[w.n] = x
		w.n++
		size, done, ok := w.length()
		switch {
		case !ok:
			return i + 1, false, false
		case done:
			w.n, w.left, w.size = 0, size, size
			return i + 1, size == 0, true
		}
	}
	return len(b), false, true
}

// length reads the head of a frame: how many bytes come after it.
func (w *frameWalker) length() (size int, done, ok bool) {
	h := w.head[:w.n]
	if len(h) <= w.kind {
		return 0, false, true
	}
	h = h[w.kind:]
	if w.width == 0 {
		last := h[len(h)-1]
		if last >= 0x80 {
			return 0, false, len(h) < 4
		}
		if last == 0 && len(h) > 1 {
			return 0, true, false // nobody writes it so long
		}
		for i, x := range h {
			size |= int(x&0x7f) << (7 * i)
		}
	} else {
		if len(h) < w.width {
			return 0, false, true
		}
		for i := range h {
			x := h[i]
			if w.little {
				x = h[len(h)-1-i]
			}
			size = size<<8 | int(x)
		}
		if w.whole {
			size -= w.kind + w.width
		}
	}
	return size, true, size >= 0 && size <= maxFrame
}

// framing finds out whether the client of an unknown protocol sends frames
// with their length in front. Any bytes can be walked through as frames; what
// shows that they are meant so is that each time the server speaks, the client
// has just ended one: three times, after turns of different lengths. Without
// turns a few frames in a row show if their lengths have four bytes, half of
// them zero, or if each is protobuf to its last byte.
type framing struct {
	all  []*candidate
	turn int      // bytes of the client's turn
	said bool     // the server spoke last
	at   [2]int64 // bytes of each side so far
}

// candidate is a shape that fits so far.
type candidate struct {
	walk   [2]frameWalker
	down   bool // the server's bytes fit too
	starts [2][]frameStart
	frames int // of the client in this turn, that are not empty
	turns  int // that ended with a frame, each of a length of its own
	sizes  [framedTurns]int
	run    run         // frames in a row of lengths of four bytes
	fields run         // frames in a row that are protobuf
	proto  protoFields // of the frame at hand
}

// frameStart is where a frame begins.
type frameStart struct {
	pos  int64 // bytes of its side before it
	mark Mark
}

func newFraming() *framing {
	g := &framing{all: make([]*candidate, len(frameShapes))}
	list := make([]candidate, len(frameShapes))
	for i, s := range frameShapes {
		list[i] = candidate{walk: [2]frameWalker{newWalker(s, Up), newWalker(s, Down)}, down: true}
		g.all[i] = &list[i]
	}
	return g
}

// hopeless reports whether nothing can show any more.
func (g *framing) hopeless() bool {
	return len(g.all) == 0 || g.at[Up] >= maxGuess || g.at[Down] >= maxGuess<<4
}

// data takes bytes, up to where a shape has shown; it is nil if none has.
func (g *framing) data(side Side, m Mark, b []byte) (int, *candidate) {
	if side == Down {
		if c := g.turnEnd(); c != nil {
			return 0, c
		}
		g.said = true
		for _, c := range g.all {
			c.server(g.at[Down], m, b)
		}
		g.at[Down] += int64(len(b))
		return len(b), nil
	}
	n := int(min(int64(len(b)), maxGuess-g.at[Up]))
	var shown *candidate
	keep := g.all[:0]
	for _, c := range g.all {
		if g.said {
			c.down = c.down && c.walk[Down].between()
		}
		k, shows, ok := c.client(g.at[Up], m, b[:n])
		if ok {
			keep = append(keep, c)
		}
		if shows && (shown == nil || k < n || k == n && c.better(shown)) {
			n, shown = k, c
		}
	}
	g.all, g.said = keep, false
	g.at[Up] += int64(n)
	g.turn += n
	return n, shown
}

// better tells which of two shapes to take that show at once: a length of four
// bytes may pass for empty frames and a shorter length, and a type and a length
// for a length; the server's bytes, or longer frames, tell them apart.
func (c *candidate) better(other *candidate) bool {
	if a, b := len(c.starts[Up]), len(other.starts[Up]); a != b {
		return a < b
	}
	return c.down && !other.down
}

// client takes bytes of the client, up to where the shape shows. It is not ok
// if they do not fit.
func (c *candidate) client(at int64, m Mark, b []byte) (n int, shows, ok bool) {
	w := &c.walk[Up]
	for n < len(b) {
		if w.between() {
			mark := m
			mark.skip(n)
			if c.starts[Up] = append(c.starts[Up], frameStart{at + int64(n), mark}); len(c.starts[Up]) > maxStarts {
				return n, false, false
			}
		}
		first, inside := w.skip > 0, w.left > 0
		k, end, ok := w.step(b[n:])
		if inside {
			c.proto.read(b[n : n+k])
		} else {
			c.proto = protoFields{}
		}
		n += k
		switch {
		case !ok:
			return n, false, false
		case end && !first && w.size > 0:
			if c.frame(w.size) {
				return n, true, true
			}
		}
	}
	return n, false, true
}

// frame notes a frame of the client, and reports whether the shape shows by
// the frames alone.
func (c *candidate) frame(size int) bool {
	c.frames++
	w := &c.walk[Up]
	c.run.add(size, w.width == 4 && w.first[Up] == 0 && size <= maxRunFrame)
	c.fields.add(size, c.proto.whole())
	return c.run.shows(framedRun, 0) || c.fields.shows(framedFields, framedBytes)
}

// run counts frames in a row.
type run struct {
	n, bytes int
	size     int // of the last one
	changes  int // how often one was not as long as the one before it
}

// add takes a frame; one that does not fit ends the run.
func (r *run) add(size int, fits bool) {
	switch {
	case !fits:
		*r = run{}
		return
	case r.n > 0 && size != r.size:
		r.changes++
	}
	r.n++
	r.bytes += size
	r.size = size
}

// shows reports whether the run is long enough. Bytes that repeat themselves
// pass for frames that do.
func (r *run) shows(n, bytes int) bool {
	return r.n >= n && r.bytes >= bytes && r.changes >= framedChanges
}

// server takes bytes of the server, as far as they fit.
func (c *candidate) server(at int64, m Mark, b []byte) {
	w := &c.walk[Down]
	for i := 0; i < len(b) && c.down; {
		if w.between() && len(c.starts[Down]) < maxStarts {
			mark := m
			mark.skip(i)
			c.starts[Down] = append(c.starts[Down], frameStart{at + int64(i), mark})
		}
		k, _, ok := w.step(b[i:])
		c.down = ok
		i += k
	}
}

// turnEnd tells that the client has ended a turn, and returns the shape that
// has shown with it.
func (g *framing) turnEnd() *candidate {
	if g.turn == 0 {
		return nil
	}
	var shown *candidate
	keep := g.all[:0]
	for _, c := range g.all {
		if !c.walk[Up].between() {
			continue
		}
		keep = append(keep, c)
		if c.frames > 0 && c.turns < framedTurns && !slices.Contains(c.sizes[:c.turns], g.turn) {
			c.sizes[c.turns] = g.turn
			c.turns++
		}
		if c.frames = 0; c.turns == framedTurns && (shown == nil || c.better(shown)) {
			shown = c
		}
	}
	g.all, g.turn = keep, 0
	return shown
}
