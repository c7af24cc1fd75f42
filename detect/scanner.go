package detect

import (
	"encoding/hex"
	"hash/maphash"
	"slices"
	"strings"
	"unsafe"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
)

// Bounds on what one root may cost, whatever it holds.
const (
	maxHits   = 2048 // occurrences of known values kept per root
	maxFields = 2048 // findings by key per root
	maxPlain  = 4096 // header fields remembered
	maxLine   = 512  // length of a header field worth remembering
)

// Scanner looks through flows one at a time. Its buffers are reused, so it
// belongs to one goroutine.
type Scanner struct {
	e        *Engine
	walker   *peel.Walker
	repeater *peel.Walker    // see replay
	ways     map[uint64]bool // on which something was found in the root at hand
	seed     maphash.Seed
	meanings [2]meanings // of fields, of cookies

	host string // that the flow goes to, in lower case

	// Of the root at hand:
	root    peel.Root
	cookie  int // 1 in a Cookie header field: index into meanings
	index   int
	part    *peel.Part // being searched
	hits    []hit      // known values
	fields  []Finding  // by key and format
	refuted []Refuted  // what looks like one and is none
	halves  []half     // positions seen by one half
	pairs   []halfHit  // the same, of known positions

	table     *endpointTable
	endpoints []*endpoint // that the flow goes to
	rows      []*rows     // of the root at hand

	lists    map[string]*list // see list.go
	list     *list            // that was last added to
	singles  []single
	readings map[*peel.Part]reading
	filed    datatype.ID // what the field at hand was found to be, by its key
	chain    []byte

	// Of the flow at hand, see pieces.go:
	pieces    []Piece
	reduced   []byte
	dates     []datePiece
	leaf      int // fields so far
	lastPiece int // the last field that was a piece
	pieced    bool
	partNames map[string]partName

	spots   map[place]spot // where hits were made
	crowded bool           // more was found than is kept

	plain map[string]peel.Report // of header fields in which nothing is
	line  []byte                 // a header field as a key of plain

	// Watch, if set, is shown all bytes that were not seen before: the roots that
	// are peeled, and what layers made of them. known reports whether a range of
	// them is a known value, or a digest of one, as far as one can see by then.
	Watch func(root *peel.Root, p *peel.Part, known func(off, n int) bool)
	fresh int // index of the first hit in what is being watched
	isHit func(off, n int) bool

	visitPart func(*peel.Part) bool
	onPattern func(*pattern, int)
	onAny     func(*pattern, int)
	any       bool      // something known was met while only looking
	probe     peel.Part // what is only looked at
	onToken   func(token)
	raw       [64]byte
}

// NewScanner returns a Scanner for one goroutine.
func (e *Engine) NewScanner() *Scanner {
	s := &Scanner{e: e, seed: maphash.MakeSeed(), spots: map[place]spot{}, plain: map[string]peel.Report{}, partNames: map[string]partName{}, lists: map[string]*list{}, readings: map[*peel.Part]reading{}, ways: map[uint64]bool{}}
	s.walker = peel.NewWalker(peel.Options{Limits: e.opt.Limits, Keys: e.opt.Keys, Crib: e.cribs, Wanted: s.wanted, Telling: s.telling, Known: s.holds, Number: s.number})
	s.visitPart, s.onPattern, s.onToken = s.visit, s.pattern, s.token
	s.isHit = s.covers
	s.onAny = func(*pattern, int) { s.any = true }
	return s
}

// Scan looks for personal data in what f carried away from the client. The
// Result shares no memory with the Scanner; Roots keep no bytes.
func (s *Scanner) Scan(f *flow.Flow) Result {
	var r Result
	s.host = hostOf(f)
	roots := peel.Roots(f)
	s.find(f)
	r.Parts = make([]PartReport, 0, len(roots))
	s.pieces, s.dates, s.leaf, s.lastPiece = s.pieces[:0], s.dates[:0], 0, -1
	for i, root := range roots {
		pr := PartReport{Root: root, Bytes: int64(len(root.Data))}
		pr.Root.Data = nil
		known := false
		s.choose(&root)
		if pr.Report, known = s.isPlain(root); root.Kept && len(root.Data) > 0 && (!known || len(s.rows) > 0) {
			root.Literals = len(s.rows) > 0
			s.begin(i, root)
			pr.Report = s.walker.Walk(root, s.visitPart)
			n := len(r.Findings)
			r.Findings = s.finish(r.Findings)
			s.replay(root, r.Findings[n:])
			no := len(r.Refuted)
			r.Refuted = s.settleRefuted(r.Refuted, r.Findings[n:])
			if s.crowded {
				pr.Report.Gaps = append(pr.Report.Gaps, peel.Gap{Kind: "budget", Step: "search", Message: tooMany})
			}
			pr.Report.Opaque, pr.Report.Gaps = slices.Clone(pr.Report.Opaque), slices.Clone(pr.Report.Gaps)
			if len(r.Findings) == n && len(r.Refuted) == no && !s.pieced {
				s.remember(pr.Report)
			}
		}
		r.Parts = append(r.Parts, pr)
	}
	s.takePieces(&r)
	s.root = peel.Root{}
	return r
}

// tooMany is the gap of a root with more findings than are kept.
const tooMany = "more findings than are kept of one part: the rest is not listed"

// isPlain reports whether root is a header field as many requests have it,
// in which nothing was found before, and what peeling it told then.
func (s *Scanner) isPlain(root peel.Root) (peel.Report, bool) {
	s.line = s.line[:0]
	if root.Name != "request.header" || len(root.Label)+len(root.Data) > maxLine {
		return peel.Report{}, false
	}
	s.line = append(append(append(s.line, root.Label...), 0), root.Data...)
	r, ok := s.plain[string(s.line)]
	return r, ok
}

// remember keeps the header field that isPlain was last asked about.
func (s *Scanner) remember(r peel.Report) {
	if len(s.line) == 0 {
		return
	}
	if len(s.plain) >= maxPlain {
		clear(s.plain)
	}
	s.plain[string(s.line)] = r
}

func (s *Scanner) begin(i int, root peel.Root) {
	s.root, s.index, s.cookie = root, i, 0
	if root.Name == "request.header" && strings.EqualFold(root.Label, "cookie") {
		s.cookie = 1
	}
	s.hits, s.fields, s.halves, s.pairs, s.refuted = s.hits[:0], s.fields[:0], s.halves[:0], s.pairs[:0], s.refuted[:0]
	s.crowded, s.pieced = false, false
	clear(s.spots)
	clear(s.ways)
	if len(s.lists) > 0 {
		clear(s.lists)
	}
	s.list, s.singles = nil, s.singles[:0]
	clear(s.readings)
}

// visit is called for every part, outer ones first.
func (s *Scanner) visit(p *peel.Part) bool {
	if !p.Verbatim && len(p.Data) > 0 {
		first := len(s.hits)
		s.search(p)
		if s.Watch != nil {
			s.fresh = first
			s.Watch(&s.root, p, s.isHit)
		}
	}
	s.media(p)
	known := false
	s.filed = ""
	if len(s.hits) > 0 {
		known = s.refine(p)
	}
	if s.e.digests != nil {
		if rawDigest(len(p.Data)) && !printable(p.Data) {
			s.digest(p, 0, len(p.Data), p.Data, "raw bytes")
		}
		if p.Verbatim && hexDigest(p.Data) {
			s.glued(p)
		}
		if p.Verbatim && len(s.e.isomorphs.of(len(p.Data))) > 0 && besides(p, isBase64) {
			s.isomorph(p, 0, len(p.Data))
		}
	}
	if !known {
		s.field(p)
	}
	if s.e.pieces != nil {
		s.piece(p, known)
	}
	s.listed(p, known)
	return true
}

// covers reports whether hits in what was searched last make up n bytes at off,
// or most of them.
func (s *Scanner) covers(off, n int) bool {
	for i := s.fresh; i < len(s.hits); i++ {
		h := &s.hits[i]
		if 2*(min(off+n, h.off+h.n)-max(off, h.off)) >= n {
			return true
		}
	}
	return false
}

// rawDigest reports whether a field of n bytes may be a raw digest.
func rawDigest(n int) bool {
	switch n {
	case 8, 16, 20, 28, 32, 48, 64:
		return true
	}
	return false
}

// printable reports whether b is text: a digest is not.
func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// hexDigest reports whether b may be a digest in hexadecimal digits.
func hexDigest(b []byte) bool {
	switch len(b) {
	case 16, 20, 32, 40, 56, 64, 96, 128:
		for _, c := range b {
			if classOf[c]&isHex == 0 {
				return false
			}
		}
		return true
	}
	return false
}

// glued tries a field as a digest in hex that the search could not tell from
// what stands next to it: in protobuf, a length or a tag that happens to be a
// hexadecimal digit.
func (s *Scanner) glued(p *peel.Part) {
	if !besides(p, isHex) {
		return
	}
	if n, err := hex.Decode(s.raw[:], p.Data); err == nil {
		s.digest(p, 0, len(p.Data), s.raw[:n], "hex")
	}
}

// besides reports whether a byte of that class stands next to a field, in what
// was searched.
func besides(p *peel.Part, class uint8) bool {
	off, q := p.Off, p.Parent
	for q.Verbatim && (off == 0 || off+len(p.Data) == len(q.Data)) {
		off, q = off+q.Off, q.Parent
	}
	end := off + len(p.Data)
	return off > 0 && classOf[q.Data[off-1]]&class != 0 || end < len(q.Data) && classOf[q.Data[end]]&class != 0
}

// search looks for known values, and digests in text form, in bytes that
// nobody has searched yet.
func (s *Scanner) search(p *peel.Part) {
	s.part = p
	first := len(s.hits)
	if s.e.matcher != nil {
		n := len(s.pairs)
		s.e.matcher.find(p.Data, s.onPattern)
		if len(s.pairs) > n {
			s.pair(p, n)
		}
	}
	if s.e.digests != nil {
		digestTokens(p.Data, s.onToken)
	}
	if len(s.hits) > first {
		s.mark(p, first)
	}
	s.part = nil
}

// wanted reports whether a field in which nothing can be hidden has to be
// visited: when its name says something, when a hit may lie in it, or when it
// is made of new bytes and holds something known.
func (s *Scanner) wanted(key string, data []byte, fresh bool) bool {
	if s.e.opt.Hints || len(s.rows) > 0 || s.meaning(key) != nil || len(s.hits) > 0 && (fresh || s.touched(data)) ||
		s.list != nil || s.mayBePiece(key, data) || listable(data) {
		return true
	}
	if !fresh {
		s.leaf++
		return false
	}
	return s.holds(data)
}

// telling reports whether a field may be wanted for its name.
func (s *Scanner) telling(key string) bool {
	return s.e.lexicon.meaning(key, false) != nil || s.e.lexicon.meaning(key, true) != nil || s.e.pieces != nil && s.partName(key, "").date != 0
}

// holds reports whether a known value, or a digest of one, stands in data. It
// only looks.
func (s *Scanner) holds(data []byte) bool {
	if s.e.matcher == nil {
		return false
	}
	s.any = false
	if s.e.matcher.find(data, s.onAny); !s.any {
		s.probe = peel.Part{Data: data}
		if rawDigest(len(data)) && !printable(data) {
			s.digest(&s.probe, 0, len(data), data, "")
		}
		part := s.part
		s.part = &s.probe
		digestTokens(data, s.onToken)
		s.part = part
	}
	return s.any
}

// touched reports whether a hit lies in data, or may.
func (s *Scanner) touched(data []byte) bool {
	if len(s.hits) > 16 {
		return true
	}
	from := uintptr(unsafe.Pointer(unsafe.SliceData(data)))
	for i := range s.hits {
		h := &s.hits[i]
		// Parts do not move while they are visited.
		if at := uintptr(unsafe.Pointer(h.in.data)) + uintptr(h.off); at < from+uintptr(len(data)) && from < at+uintptr(h.n) {
			return true
		}
	}
	return false
}

// number reports whether v is a known value, or, unless one is asked for, may be
// one.
func (s *Scanner) number(v uint64, known bool) bool {
	return s.e.numbers.has(v) || !known && (s.e.opt.Hints || len(s.rows) > 0)
}
