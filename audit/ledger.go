package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
)

// spoolAfter is how many bytes of encoded rows a Ledger keeps in memory
// before it moves to a file.
const spoolAfter = 24 << 20

// Ledger holds the transfers of an audit in capture order.
//
// Rows are kept encoded and are finished when they are read, because three
// things about them are only known at the end: when the capture began, what all
// measurements together say of a recipient's place, and whether a capture tells of
// apps. Beyond a fixed
// size they stand in a temporary file (mode 0600, already unlinked), so an
// audit's memory does not grow with its ledger. A Ledger is not safe for
// concurrent use.
type Ledger struct {
	mem   bytes.Buffer // records not yet in the file
	file  *os.File
	size  int64 // bytes in file
	n     int
	tail  func(time int64, ref, who uint32, dst []byte) []byte // finishes a row
	dir   string
	fixed []json.RawMessage // rows of a Document that was read back whole

	// Rows of a Document that was read back with Read.
	section *io.SectionReader
	stored  int
	cuts    []byte // of each row in section: how far it is from the one before, and its length (uvarints)
}

// append adds a row: its fields up to those that tail writes, its time in
// Unix nanoseconds (noTime if unknown), its recipient reference and its number of
// whose.
func (l *Ledger) append(fields []byte, time int64, ref, who uint32) error {
	var h [4 * binary.MaxVarintLen64]byte
	n := binary.PutUvarint(h[:], uint64(len(fields)))
	n += binary.PutVarint(h[n:], time)
	n += binary.PutUvarint(h[n:], uint64(ref))
	n += binary.PutUvarint(h[n:], uint64(who))
	l.mem.Write(h[:n])
	l.mem.Write(fields)
	l.n++
	if l.mem.Len() < spoolAfter {
		return nil
	}
	return l.spill()
}

func (l *Ledger) spill() error {
	if l.file == nil {
		f, err := os.CreateTemp(l.dir, "constat-ledger-*")
		if err != nil {
			return fmt.Errorf("the ledger is too long for memory and no spool file could be made: %w (set TMPDIR to a folder with room)", err)
		}
		os.Remove(f.Name()) // the name is not needed; the file ends with the process
		l.file = f
	}
	n, err := l.file.Write(l.mem.Bytes())
	l.size += int64(n)
	if err != nil {
		return fmt.Errorf("writing the ledger's spool file: %w (set TMPDIR to a folder with room)", err)
	}
	l.mem.Reset()
	return nil
}

// Len is the number of rows.
func (l *Ledger) Len() int {
	if l == nil {
		return 0
	}
	return l.n + len(l.fixed) + l.stored
}

// Close releases the spool file.
func (l *Ledger) Close() error {
	if l == nil || l.file == nil {
		return nil
	}
	return l.file.Close()
}

// Encoded iterates over the rows as JSON objects, for whoever needs few fields
// of many rows. The slice is valid until the next step; the error, if any, comes
// last.
func (l *Ledger) Encoded() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if l == nil {
			return
		}
		for _, row := range l.fixed {
			if !yield(row, nil) {
				return
			}
		}
		if l.section != nil {
			l.again()(yield)
			return
		}
		var r io.Reader = bytes.NewReader(l.mem.Bytes())
		if l.file != nil {
			r = io.MultiReader(io.NewSectionReader(l.file, 0, l.size), r)
		}
		br := bufio.NewReaderSize(r, 1<<16)
		var row []byte
		for range l.n {
			n, err1 := binary.ReadUvarint(br)
			t, err2 := binary.ReadVarint(br)
			ref, err3 := binary.ReadUvarint(br)
			who, err4 := binary.ReadUvarint(br)
			if cmp.Or(err1, err2, err3, err4) != nil || n > spoolAfter {
				yield(nil, fmt.Errorf("the ledger's spool file is damaged: %w", io.ErrUnexpectedEOF))
				return
			}
			if cap(row) < int(n) {
				row = make([]byte, n, n+512)
			}
			row = row[:n]
			if _, err := io.ReadFull(br, row); err != nil {
				yield(nil, fmt.Errorf("the ledger's spool file is damaged: %w", err))
				return
			}
			row = l.tail(t, uint32(ref), uint32(who), row)
			if !yield(row, nil) {
				return
			}
		}
	}
}

// All iterates over the rows in order. The error, if any, comes last.
func (l *Ledger) All() iter.Seq2[Transfer, error] {
	return func(yield func(Transfer, error) bool) {
		for row, err := range l.Encoded() {
			var t Transfer
			if err == nil {
				err = json.Unmarshal(row, &t)
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// WriteJSON writes the rows as a JSON array, one row a line, each line
// preceded by indent.
func (l *Ledger) WriteJSON(w io.Writer, indent string) error {
	bw := bufio.NewWriterSize(w, 1<<16)
	bw.WriteByte('[')
	first := true
	for row, err := range l.Encoded() {
		if err != nil {
			return err
		}
		if !first {
			bw.WriteByte(',')
		}
		first = false
		bw.WriteByte('\n')
		bw.WriteString(indent)
		if _, err := bw.Write(row); err != nil {
			return err
		}
	}
	if !first && len(indent) >= 2 {
		bw.WriteByte('\n')
		bw.WriteString(indent[:len(indent)-2])
	}
	bw.WriteByte(']')
	return bw.Flush()
}

// MarshalJSON writes the rows as an array. For a long ledger use WriteJSON,
// which does not hold it in memory.
func (l *Ledger) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := l.WriteJSON(&b, "")
	return b.Bytes(), err
}

// UnmarshalJSON reads the rows of a written Document.
func (l *Ledger) UnmarshalJSON(b []byte) error {
	*l = Ledger{}
	return json.Unmarshal(b, &l.fixed)
}
