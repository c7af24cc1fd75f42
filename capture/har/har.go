// Package har reads HTTP Archives (HAR 1.2), the JSON that browsers and
// proxies export, and makes a flow of each entry.
//
// A HAR can be larger than memory, nearly all of it response bodies that
// nobody asked for. So the reader is one pass over a small sliding window:
// strings that are not wanted are stepped over where they stand, strings that
// are wanted are unescaped once into memory of their own, and every kept
// value remembers its offset in the file. Memory is bounded by one entry's
// kept values (see MaxEntry), never by the file.
//
// No two writers agree on what a HAR is. What the package knows of them:
// Chrome, Firefox, Safari, Playwright, Charles, mitmproxy, Insomnia, Fiddler
// and Proxyman put keys in any order, leave any of them out, write numbers as
// strings and -1 for "unknown", prefix a byte order mark, encode request
// bodies in base64 without the standard knowing, and mean different things by
// the same timing. What a dialect lost is said in the flow's Notes.
//
// What a HAR cannot tell: the bytes on the wire. Bodies are text that the
// writer decoded with a charset it guessed (flow.Body.Decoded), so a body
// shorter than its Content-Length is noted, not trusted.
//
// It must never know: what is personal, who a server belongs to.
//
// Source: HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/ (read
// 2026-11); dialects from files those tools wrote.
package har

import (
	"bytes"
	"io"
	"iter"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"github.com/constat/constat/flow"
)

// Options say what to keep and whom to tell.
type Options struct {
	// ResponseBodies keeps what servers sent: response contents and received
	// WebSocket messages. Without it only their size and place are kept.
	ResponseBodies bool

	// Wrote, if set, is called with the program that wrote the file
	// ("WebInspector 537.36") as soon as log.creator was read.
	Wrote func(creator string)
}

// Limits on what hostile input can cost.
const (
	// MaxEntry bounds the bytes kept of one entry. A value that would pass it
	// is not kept, and a note says so.
	MaxEntry = 64 << 20
	// MaxDepth bounds the nesting of JSON values.
	MaxDepth = 256
	// maxDamage is how many damaged entries are reported before giving up.
	maxDamage = 64
)

// Notes that other packages branch on.
const (
	NoteCached    = "from cache" // answered on the device: nothing was sent
	NoteNeverSent = "never sent" // blocked, or a URL that names no server
	NoteSanitised = "sanitised: no cookie or authorisation field so far, as Chrome 130 and later export by default"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// Match reports whether head begins a HAR: a JSON object, perhaps after a
// byte order mark, in UTF-8 or UTF-16.
func Match(head []byte) bool {
	if utf16Mark(head) {
		head, _ = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(head[:len(head)&^1])
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n")
	return len(head) > 0 && head[0] == '{'
}

func utf16Mark(head []byte) bool {
	return len(head) >= 2 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff)
}

// Read yields a flow for each entry of the HAR in r, in file order.
//
// A damaged file yields every flow before the damage, then a *flow.Damage,
// then goes on if the start of a later entry can be found. An entry cut off
// after its request was complete is still yielded, with a note. Nothing
// stops Read but the end of r or a false from yield.
//
// Offsets count bytes of r. In a UTF-16 file they are not known: places are
// zero, and damage is located in the text as UTF-8.
func Read(r io.Reader, opt Options) iter.Seq2[*flow.Flow, error] {
	return func(yield func(*flow.Flow, error) bool) {
		s := newScanner(r)
		rd := &reader{scanner: s, opt: opt, yield: yield, names: map[string]string{}}
		s.need(3)
		switch head := s.buf[s.p:s.n]; {
		case bytes.HasPrefix(head, byteOrderMark):
			s.p += len(byteOrderMark)
		case utf16Mark(head):
			dec := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
			rd.scanner = newScanner(dec.Reader(io.MultiReader(bytes.NewReader(bytes.Clone(head)), r)))
			rd.utf16 = true
		}
		rd.file()
	}
}

// reader turns the scanner's values into flows.
type reader struct {
	*scanner
	opt   Options
	yield func(*flow.Flow, error) bool

	utf16   bool // offsets are not those of the file
	dialect dialect
	entries bool // log.entries was met
	index   int
	damages int
	secrets bool // a cookie or authorisation field was seen: not sanitised
	stopped bool // yield said no
	names   map[string]string
}

// file reads the top-level object.
func (rd *reader) file() {
	s := rd.scanner
	if c := s.peek(); c != '{' {
		s.fail("a HAR, which begins with '{'", "export the capture again as HAR")
	}
	for ok := s.enter('{'); ok; ok = s.next('}') {
		if string(s.key()) == "log" {
			rd.log()
		} else {
			s.skip()
		}
	}
	if s.dmg == nil && !rd.stopped {
		switch s.peek(); {
		case s.err != nil && s.err != io.EOF:
			s.fail("the end of the file", "")
		case !rd.entries:
			s.fail("log.entries", "this JSON is not a HAR, nor another capture that is known; export the capture as HAR")
		case s.p < s.n:
			s.fail("the end of the file after the HAR", "what follows was not read; split the file")
		}
	}
	rd.report()
}

// log reads the members of log, in any order.
func (rd *reader) log() {
	s := rd.scanner
	for ok := s.enter('{'); ok && !rd.stopped; ok = s.next('}') {
		switch string(s.key()) {
		case "creator":
			rd.creator()
		case "entries":
			rd.entries = true
			rd.list()
		default:
			s.skip()
		}
	}
}

func (rd *reader) creator() {
	s := rd.scanner
	var name, version string
	for ok := s.enter('{'); ok; ok = s.next('}') {
		switch string(s.key()) {
		case "name":
			name = s.text(1 << 10)
		case "version":
			version = s.text(1 << 10)
		default:
			s.skip()
		}
	}
	if name == "" {
		return
	}
	rd.dialect = dialectOf(name)
	if rd.opt.Wrote != nil {
		if version != "" {
			name += " " + version
		}
		rd.opt.Wrote(name)
	}
}

// list reads log.entries, going on after a damaged entry where it can.
func (rd *reader) list() {
	s := rd.scanner
	ok := s.enter('[')
	s.listDepth = s.depth
	for {
		for ; ok && !rd.stopped; ok = s.next(']') {
			rd.entry()
		}
		if s.dmg == nil || rd.stopped {
			return
		}
		if !rd.report() || rd.damages >= maxDamage || !s.resync() {
			return
		}
		ok = true
	}
}

// report yields the damage met and clears it unless the input has ended.
// It returns false when there is nothing more to read.
func (rd *reader) report() bool {
	d := rd.scanner.dmg
	if d == nil || rd.stopped || rd.scanner.told {
		return false
	}
	rd.damages++
	rd.scanner.told = true
	if rd.damages == maxDamage {
		d.Remedy = "too many damaged entries, the rest was not read; export the capture again"
	}
	if !rd.yield(nil, d) {
		rd.stopped = true
	}
	return !rd.stopped
}

// intern returns b as a string, sharing the few that repeat in every entry.
func (rd *reader) intern(b []byte) string {
	if len(b) > 64 {
		return string(b)
	}
	if s, ok := rd.names[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(rd.names) < 1024 && utf8.Valid(b) {
		rd.names[s] = s
	}
	return s
}
