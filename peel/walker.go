package peel

import (
	"hash/maphash"
	"slices"
	"unsafe"

	"github.com/constat/constat/peel/keyring"
)

// Limits bound what one root may cost, whatever it holds. Zero fields take
// the defaults.
type Limits struct {
	// Fast leaves out what nothing in the bytes suggests (see guess.go): for
	// bulk work and live views.
	Fast bool

	Depth  int // changed-bytes steps from the root; default 14
	Output int // bytes that all decoders together may make of a root: default 256 KiB + 24 × its length
	One    int // bytes that one decoder may make; default 32 MiB
	Parts  int // parts per root; default 1 << 18
	// Work is how many bytes are looked at for layers, over all parts of a root;
	// default 1 MiB + 64 × its length, and 64 KiB for each key under each cipher
	// that it may have, up to 32 MiB.
	Work int
	Nest int // nesting of one structured layer; default 64
}

func (l Limits) withDefaults() Limits {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&l.Depth, 14)
	set(&l.One, 32<<20)
	set(&l.Parts, 1<<18)
	set(&l.Nest, 64)
	return l
}

// Run is a range of a root's bytes that no layer could open.
type Run struct {
	Off, Len int
	Reason   string
}

// Gap is something that was skipped, and why.
type Gap struct {
	Kind    string // "bomb", "budget", "depth", "malformed"
	Step    string // the layer that was at work
	Off     int    // in the root
	Message string
}

// Report says what Walk could not read.
type Report struct {
	Opaque   []Run // in order, not overlapping
	Gaps     []Gap
	Expanded int64 // bytes that decoders made
}

// UnknownFormat is the reason of a Run that looks like nothing that can be
// opened: encrypted, or in a format of the app's own.
const UnknownFormat = "no key or unknown format"

// maxGaps bounds the gaps told of one root.
const maxGaps = 16

// Costs order the work: what is likely first, so that guesses that lead
// nowhere cannot use up the budget before something cheap was tried. They add
// up along the way to a part.
const (
	costStructure   = 0
	costEncoding    = 1
	costCompression = 2
	costGuess       = 4
	maxCost         = 16 // four guesses upon each other: more are not tried
)

// task is a part waiting to be taken apart.
type task struct {
	part *Part
	hint hint
}

// hint is what is known of a part's format from outside it.
type hint struct {
	mediaType string
	inner     bool // the part is a leaf of something structured
	guess     bool // what the bytes suggest was tried: what is left is to guess
}

// Options say how to peel.
type Options struct {
	Limits Limits
	Keys   *keyring.Ring // opens what is locked; nil: nothing is opened
	Crib   Crib          // finds known text under a key; nil: none is looked for

	// Repeat presents the same bytes from the same place as often as there are
	// ways to them, and integers in every reading: for whoever goes one way only.
	Repeat bool

	// Wanted reports whether a field in which nothing can be hidden is to be
	// visited: for its name, or for what it is. With fresh set its bytes are
	// new; otherwise they are a slice of a part that was visited. nil: all are.
	Wanted func(key string, data []byte, fresh bool) bool
	// Telling reports whether a name may make a field Wanted whatever it holds. It
	// is asked once of a name; of fields with another, Wanted is not told the
	// name. nil: all may.
	Telling func(key string) bool
	// Known reports whether bytes hold something that is looked for: it settles
	// whether a guess was right. nil: nothing does.
	Known func(data []byte) bool
	// Number reports whether a nameless integer of a binary format is to be
	// visited; with known set, whether it is one that is looked for: of those
	// readings of its bits that are less likely no other is visited. nil: all
	// are, read in the likeliest way.
	Number func(v uint64, known bool) bool
}

// Walker peels roots one at a time. Its buffers are reused, so it belongs to
// one goroutine.
type Walker struct {
	limits  Limits
	keys    *keyring.Ring
	crib    Crib
	want    func(key string, data []byte, fresh bool) bool
	telling func(key string) bool
	known   func(data []byte) bool
	number  func(v uint64, known bool) bool
	visit   func(*Part) bool
	tiny    bool // Root.Literals
	repeat  bool
	report  Report
	left    int64 // of the output budget
	work    int64 // of the work budget
	count   int   // parts made

	slabs [][]Part
	used  int // parts used in the last slab in use
	slab  int
	arena arena
	names []byte // names and keys; strings point into it, so it is never rewritten

	queue   [maxCost + 1][]task
	head    [maxCost + 1]int // tasks done, per queue
	next    int              // no queue before it has a task
	seen    map[uint64]struct{}
	seed    maphash.Seed
	steps   []pathStep // through the structured layer at hand
	path    []byte     // the same, as far as it is written
	written int        // steps that are

	keyNames          [keySlots]*jsonKey // of JSON objects
	keyLast, keyAfter *jsonKey           // the last read, the one to expect

	codec codecs
	// cribKeys are keys of one byte under which something known was found.
	cribKeys  []byte
	keysFound [][]byte // by the search at hand
	onKey     func(off, n int, key []byte)
	some      []byte // what a decoder gave that is only looked at
}

// NewWalker returns a Walker for one goroutine.
func NewWalker(o Options) *Walker {
	w := &Walker{limits: o.Limits.withDefaults(), keys: o.Keys, crib: o.Crib, want: o.Wanted, telling: o.Telling, known: o.Known, repeat: o.Repeat, number: o.Number, seen: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
	w.onKey = func(_, _ int, key []byte) { w.keysFound = append(w.keysFound, key) }
	return w
}

const (
	slabSize  = 256 // parts
	keptSlabs = 256 // for the next root: 8 MB or so
)

// Walk visits the root and every part reached from it, outer ones first.
// When visit returns false nothing below that part is looked at. The Report
// is valid until the next Walk.
func (w *Walker) Walk(r Root, visit func(*Part) bool) Report {
	w.visit, w.tiny = visit, r.Literals
	w.report = Report{Opaque: w.report.Opaque[:0], Gaps: w.report.Gaps[:0]}
	w.left = int64(w.limits.Output)
	if w.left == 0 {
		w.left = 256<<10 + 24*int64(len(r.Data))
	}
	w.work = int64(w.limits.Work)
	if w.work == 0 {
		w.work = 1<<20 + 64*int64(len(r.Data)) + int64(min(w.keys.Trials()<<16, 32<<20))
	}
	w.count, w.used, w.slab, w.next = 0, 0, 0, 0
	w.arena.reset()
	w.cribKeys = w.cribKeys[:0]
	clear(w.seen)
	for i := range w.queue {
		w.queue[i], w.head[i] = w.queue[i][:0], 0
	}
	if !r.Kept || len(r.Data) == 0 {
		return w.report
	}
	root := w.part(nil, "", r.Name, r.key(), r.Data, 0, len(r.Data), false)
	if root == nil || !visit(root) {
		return w.report
	}
	w.cribbed(root)
	w.begin(root, r)
	w.drain()
	if w.work < 0 && len(w.report.Gaps) == 0 {
		w.gap("budget", "", root, 0, "the work budget is used up: not every layer and key was tried")
	}
	w.report.Opaque = merge(w.report.Opaque)
	w.visit = nil
	if len(w.slabs) > keptSlabs {
		w.slabs = slices.Clip(w.slabs[:keptSlabs:keptSlabs])
	}
	return w.report
}

// drain takes waiting parts apart, the cheapest first.
func (w *Walker) drain() {
	for w.next <= maxCost {
		c := w.next
		if w.head[c] == len(w.queue[c]) {
			w.queue[c], w.head[c] = w.queue[c][:0], 0
			w.next++
			continue
		}
		t := w.queue[c][w.head[c]]
		w.head[c]++
		if t.hint.guess {
			w.guess(t.part)
		} else {
			w.open(t.part, t.hint)
		}
	}
}

// part makes a part from the slab, nil when there are too many.
func (w *Walker) part(parent *Part, step, name, key string, data []byte, off, n int, verbatim bool) *Part {
	if w.count >= w.limits.Parts {
		if w.count == w.limits.Parts {
			w.count++
			w.gap("budget", step, parent, off, "too many parts: the rest was not looked at")
		}
		return nil
	}
	w.count++
	if w.slab >= len(w.slabs) {
		w.slabs = append(w.slabs, make([]Part, slabSize))
	}
	p := &w.slabs[w.slab][w.used]
	if w.used++; w.used == slabSize {
		w.slab, w.used = w.slab+1, 0
	}
	depth, cost := 0, uint8(0)
	if parent != nil {
		depth, cost = parent.Depth, parent.cost
		if !verbatim {
			depth++
		}
	}
	*p = Part{Parent: parent, Step: step, Name: name, Key: key, Data: data, Off: off, Len: n, Verbatim: verbatim, Depth: depth, cost: cost}
	return p
}

// slice presents bytes of parent unchanged, as the field called name.
func (w *Walker) slice(parent *Part, step, name, key string, off, n int) *Part {
	p := w.part(parent, step, name, key, parent.Data[off:off+n:off+n], off, n, true)
	if p == nil || !w.visit(p) {
		return nil
	}
	return p
}

// made presents bytes that a layer made of parent.Data[off:off+n]. It
// returns nil if they are not worth looking at: too deep, seen before.
func (w *Walker) made(parent *Part, step, name, key string, data []byte, off, n int) *Part {
	if len(data) == 0 {
		return nil
	}
	if parent.Depth >= w.limits.Depth {
		w.gap("depth", step, parent, off, "more layers than the limit: the rest was not undone")
		return nil
	}
	if len(data) >= 16 && !w.repeat {
		// The same bytes from the same place by another way are seen once.
		rootOff, _ := parent.Outermost(off, n)
		h := maphash.Bytes(w.seed, data) + uint64(rootOff)*0x9e3779b97f4a7c15
		if _, ok := w.seen[h]; ok {
			return nil
		}
		w.seen[h] = struct{}{}
	}
	p := w.part(parent, step, name, key, data, off, n, false)
	if p == nil || !w.visit(p) {
		return nil
	}
	w.cribbed(p)
	return p
}

// afford takes the bytes of p from the work budget: every layer that is tried
// looks at them, and parts inside parts inside parts hold the same bytes
// again and again.
func (w *Walker) afford(p *Part) bool {
	if w.work < int64(len(p.Data)) {
		w.gap("budget", p.Step, p, 0, "the same bytes lie in too many layers: the rest was not opened")
		return false
	}
	w.work -= int64(len(p.Data))
	return true
}

// spend takes n bytes, which step makes of p, from the output budget.
func (w *Walker) spend(p *Part, step string, n int) bool {
	w.report.Expanded += int64(n)
	w.left -= int64(n)
	if w.left < 0 {
		w.gap("budget", step, p, 0, "the output budget is used up")
		return false
	}
	return true
}

// later queues p to be taken apart.
func (w *Walker) later(cost int, p *Part, h hint) {
	if p == nil {
		return
	}
	total := int(p.cost) + cost
	if total > maxCost {
		return
	}
	if !h.guess {
		p.cost = uint8(total)
	}
	w.queue[total] = append(w.queue[total], task{p, h})
	w.next = min(w.next, total)
}

func (w *Walker) gap(kind, step string, p *Part, off int, message string) {
	if len(w.report.Gaps) >= maxGaps {
		return
	}
	if p != nil {
		off, _ = p.Outermost(off, 0)
	}
	for _, g := range w.report.Gaps {
		if g.Kind == kind && g.Step == step {
			return
		}
	}
	w.report.Gaps = append(w.report.Gaps, Gap{kind, step, off, message})
}

// opaque notes that nobody could read p.
func (w *Walker) opaque(p *Part, reason string) {
	off, n := p.Outermost(0, len(p.Data))
	w.report.Opaque = append(w.report.Opaque, Run{off, n, reason})
}

// keep copies b into memory that lives as long as somebody holds the string.
func (w *Walker) keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if cap(w.names)-len(w.names) < len(b) {
		w.names = make([]byte, 0, max(8<<10, len(b)))
	}
	at := len(w.names)
	w.names = append(w.names, b...)
	return unsafe.String(&w.names[at], len(b))
}

// merge sorts runs and joins those that touch or overlap.
func merge(runs []Run) []Run {
	if len(runs) < 2 {
		return runs
	}
	sortRuns(runs)
	out := runs[:1]
	for _, r := range runs[1:] {
		last := &out[len(out)-1]
		if r.Off <= last.Off+last.Len {
			if end := r.Off + r.Len; end > last.Off+last.Len {
				last.Len = end - last.Off
			}
			continue
		}
		out = append(out, r)
	}
	return out
}
