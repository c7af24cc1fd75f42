package audit

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
)

// Bounds of a stored document, since it may come from anybody.
const (
	maxStoredRow  = 4 << 20   // bytes of a row of the ledger
	maxStoredRest = 256 << 20 // bytes of everything else
)

// Stored reports whether a file that begins so is a written Document.
func Stored(head []byte) bool {
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(head, " \t\r\n\ufeff"), []byte("{"))
	if !ok {
		return false
	}
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(`"schema"`))
	if !ok {
		return false
	}
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(":"))
	return ok && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(`"`+strings.TrimSuffix(SchemaID, "1.json")))
}

// Read reads a Document that was written as JSON. Its ledger stays where it is
// and is read again on every pass, so r must outlive the document; the rest is
// held in memory. name is for messages.
func Read(r io.ReaderAt, size int64, name string) (*Document, error) {
	s := newSplitter(io.NewSectionReader(r, 0, size))
	d, err := readStored(s, r)
	if err != nil {
		return nil, fmt.Errorf("%s: at byte %d: %w", name, s.offset(), err)
	}
	if d.Schema != SchemaID {
		return nil, fmt.Errorf("%s: not an Audit document of this version: schema %.80q; this program reads %s: audit the capture again", name, d.Schema, SchemaID)
	}
	return d, nil
}

// ReadFile is Read of a file, which the document's Transfers close.
func ReadFile(path string) (*Document, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	d, err := Read(f, info.Size(), path)
	if err != nil {
		f.Close()
		return nil, err
	}
	d.Transfers.file = f
	return d, nil
}

func readStored(s *splitter, r io.ReaderAt) (*Document, error) {
	var rest bytes.Buffer
	ledger := &Ledger{}
	if err := s.expect('{'); err != nil {
		return nil, err
	}
	rest.WriteByte('{')
	for {
		closed, err := s.next('}')
		if err != nil {
			return nil, err
		}
		if closed {
			break
		}
		raw, err := s.value(maxStoredRow)
		if err != nil {
			return nil, err
		}
		var key string
		if err := json.Unmarshal(raw, &key); err != nil {
			return nil, fmt.Errorf("a name was expected: %w", err)
		}
		if err := s.expect(':'); err != nil {
			return nil, err
		}
		if key == "transfers" {
			if err := s.rows(ledger, r); err != nil {
				return nil, err
			}
			continue
		}
		if raw, err = s.value(maxStoredRest); err != nil {
			return nil, err
		}
		if rest.Len() > 1 {
			rest.WriteByte(',')
		}
		k, _ := json.Marshal(key)
		rest.Write(k)
		rest.WriteByte(':')
		rest.Write(raw)
		if rest.Len() > maxStoredRest {
			return nil, fmt.Errorf("more than %d bytes beside the ledger", maxStoredRest)
		}
	}
	rest.WriteByte('}')
	d := &Document{}
	if err := json.Unmarshal(rest.Bytes(), d); err != nil {
		return nil, err
	}
	d.Transfers = ledger
	return d, nil
}

// rows passes over the ledger, and notes where it stands.
func (s *splitter) rows(l *Ledger, r io.ReaderAt) error {
	if c, err := s.peek(); err == nil && c == 'n' { // null
		_, err = s.value(maxStoredRow)
		return err
	}
	if err := s.expect('['); err != nil {
		return err
	}
	*l = Ledger{}
	from := s.offset()
	last := from
	for {
		closed, err := s.next(']')
		if err != nil {
			return err
		}
		if closed {
			break
		}
		row, err := s.value(maxStoredRow)
		if err != nil {
			return err
		}
		end := s.offset()
		l.cuts = binary.AppendUvarint(binary.AppendUvarint(l.cuts, uint64(end-int64(len(row))-last)), uint64(len(row)))
		last = end
		l.stored++
	}
	l.section = io.NewSectionReader(r, from, s.offset()-from)
	return nil
}

// again iterates over the rows of a stored ledger, whose places are known.
func (l *Ledger) again() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		r := bufio.NewReaderSize(io.NewSectionReader(l.section, 0, l.section.Size()), 1<<18)
		var long []byte
		for cuts := l.cuts; len(cuts) > 0; {
			gap, n := binary.Uvarint(cuts)
			length, m := binary.Uvarint(cuts[n:])
			cuts = cuts[n+m:]
			row, err := r.Peek(int(gap + length))
			switch {
			case err == nil:
				r.Discard(len(row))
				row = row[gap:]
			case errors.Is(err, bufio.ErrBufferFull):
				long = append(long[:0], make([]byte, length)...)
				if _, err = r.Discard(int(gap)); err == nil {
					_, err = io.ReadFull(r, long)
				}
				row = long
			}
			if err != nil {
				yield(nil, fmt.Errorf("the ledger was changed while it was being read: %w", err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// splitter cuts JSON into its values without decoding them.
type splitter struct {
	r        io.Reader
	buf      []byte
	pos, end int   // of what is left in buf
	before   int64 // bytes of the stream that were read before buf[0]
	first    bool  // no element of the list at hand was met
}

func newSplitter(r io.Reader) *splitter {
	return &splitter{r: r, buf: make([]byte, 1<<18), first: true}
}

// offset is how far the stream was read.
func (s *splitter) offset() int64 { return s.before + int64(s.pos) }

var errShort = errors.New("the document ends too early")

// fill reads more behind what is left.
func (s *splitter) fill() error {
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.before += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	n, err := s.r.Read(s.buf[s.end:])
	s.end += n
	if n > 0 {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return errShort
	}
	return err
}

// peek is the next byte that is no space.
func (s *splitter) peek() (byte, error) {
	for {
		for ; s.pos < s.end; s.pos++ {
			if c := s.buf[s.pos]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				return c, nil
			}
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

func (s *splitter) expect(c byte) error {
	got, err := s.peek()
	if err != nil {
		return err
	}
	if got != c {
		return fmt.Errorf("%q where %q was expected", got, c)
	}
	s.pos++
	s.first = c == '{' || c == '['
	return nil
}

// next moves on to the next member of an object or a list, or past its end.
func (s *splitter) next(end byte) (closed bool, err error) {
	c, err := s.peek()
	switch {
	case err != nil:
		return false, err
	case c == end:
		s.pos++
		s.first = false // of what is around it
		return true, nil
	case s.first:
		s.first = false
		return false, nil
	}
	err = s.expect(',')
	return false, err
}

// value returns the next value as it stands, until the next call.
func (s *splitter) value(most int) ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, err
	}
	depth := 0
	for i := 0; ; { // from s.pos
		if s.pos+i >= s.end {
			if i > most {
				return nil, fmt.Errorf("a value of more than %d bytes", most)
			}
			if err := s.fill(); err != nil {
				return nil, err
			}
			continue
		}
		switch s.buf[s.pos+i] {
		case '"':
			n, err := s.quoted(i, most)
			if err != nil {
				return nil, err
			}
			i = n
			if depth == 0 {
				return s.take(i), nil
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return s.take(i + 1), nil
			}
			if depth < 0 {
				if i == 0 {
					return nil, fmt.Errorf("%q where a value was expected", s.buf[s.pos])
				}
				return s.take(i), nil
			}
		case ',', ' ', '\n', '\r', '\t', ':':
			if depth == 0 {
				if i == 0 {
					return nil, fmt.Errorf("%q where a value was expected", s.buf[s.pos])
				}
				return s.take(i), nil
			}
		}
		i++
	}
}

// quoted is where the string that begins i bytes on ends.
func (s *splitter) quoted(i, most int) (int, error) {
	from := i + 1
	for at := from; ; {
		n := bytes.IndexByte(s.buf[s.pos+at:s.end], '"')
		if n < 0 {
			if at = s.end - s.pos; at > most {
				return 0, fmt.Errorf("a value of more than %d bytes", most)
			}
			if err := s.fill(); err != nil {
				return 0, err
			}
			continue
		}
		at += n
		slashes := 0
		for at-slashes > from && s.buf[s.pos+at-slashes-1] == '\\' {
			slashes++
		}
		at++
		if slashes%2 == 0 {
			return at, nil
		}
	}
}

func (s *splitter) take(n int) []byte {
	v := s.buf[s.pos : s.pos+n]
	s.pos += n
	return v
}
