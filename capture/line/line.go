// Package line cuts a capture that is text into its lines.
//
// A Reader knows where each line stands, holds no more of a line than it was
// told, and ends like the file does: a last line without its end is given as
// it is, and said to be cut. It must never know what stands in a line.
package line

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// Line is one line of a capture.
type Line struct {
	Text   []byte // without its end (LF or CR LF); valid until the next Read
	Offset int64  // of its first byte
	Length int64  // in bytes, with its end
	Long   bool   // it is longer than the Reader's limit: Text is its beginning
	Cut    bool   // the file ends in it, without a line end
}

// Reader reads lines.
type Reader struct {
	in    *bufio.Reader
	limit int
	at    int64
	long  []byte // of a line that is longer than in's buffer
}

// NewReader returns a Reader that holds up to limit bytes of a line. A byte
// order mark at the beginning belongs to no line.
func NewReader(r io.Reader, limit int) *Reader {
	in := bufio.NewReaderSize(r, min(max(limit, 4<<10), 64<<10))
	x := &Reader{in: in, limit: limit}
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		n, _ := in.Discard(len(byteOrderMark))
		x.at = int64(n)
	}
	return x
}

const byteOrderMark = "\xef\xbb\xbf"

// Read returns the next line. The error is io.EOF after the last, or what the
// source returned; a line that the error cut is returned before it.
func (x *Reader) Read() (Line, error) {
	l := Line{Offset: x.at}
	x.long = x.long[:0]
	for {
		piece, err := x.in.ReadSlice('\n')
		x.at += int64(len(piece))
		l.Length += int64(len(piece))
		if err == nil && len(x.long) == 0 && !l.Long && len(piece) <= x.limit {
			l.Text = piece
			break
		}
		if room := x.limit - len(x.long); len(piece) > room {
			piece, l.Long = piece[:max(room, 0)], true
		}
		x.long = append(x.long, piece...)
		l.Text = x.long
		if err == nil {
			break
		}
		if err != bufio.ErrBufferFull {
			if l.Length == 0 {
				return Line{Offset: x.at}, err
			}
			l.Cut = true
			break
		}
	}
	if !l.Long {
		l.Text = bytes.TrimSuffix(l.Text, []byte("\n"))
		l.Text = bytes.TrimSuffix(l.Text, []byte("\r"))
	}
	return l, nil
}

// Clip makes a text printable and leaves n bytes of it at most.
func Clip(s string, n int) string {
	s = s[:min(len(s), n)]
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
