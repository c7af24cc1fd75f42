package evidence

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/constat/constat/flow"
)

// IsLog reports whether dir is the directory of a log.
func IsLog(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, logFile))
	return err == nil && info.Mode().IsRegular()
}

// Begin is what the first entry says.
type Begin struct {
	Config json.RawMessage `json:"config"`
	Format string          `json:"format"`
	Key    string          `json:"key"`
	Name   string          `json:"name"`
	Sealed []string        `json:"sealed"`
}

// Entries yields the entries in r as long as the chain holds. Where it breaks,
// or the last line is not complete, it yields a *flow.Damage and ends: nothing
// after that place can be trusted to follow what is before.
func Entries(r io.Reader) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		b := bufio.NewReaderSize(r, maxLine)
		var at, seq int64
		var prev Hash
		for {
			line, err := b.ReadSlice('\n')
			damage := &flow.Damage{File: logFile, Offset: at, Frame: seq + 1}
			switch {
			case err == io.EOF && len(line) == 0:
				return
			case err == io.EOF:
				damage.Expected, damage.Found = "a whole line", fmt.Sprintf("%d bytes without an end of line", len(line))
				damage.Remedy = "the writer was interrupted; constat capture --resume moves this tail aside"
				yield(nil, damage)
				return
			case errors.Is(err, bufio.ErrBufferFull):
				damage.Expected, damage.Found = "an entry", fmt.Sprintf("a line of more than %d bytes", maxLine)
				yield(nil, damage)
				return
			case err != nil:
				yield(nil, err)
				return
			}
			line = line[:len(line)-1]
			if seq == 0 {
				prev, err = first(line)
			}
			var e *Entry
			if err == nil {
				e, err = parseLine(line, seq, prev)
			}
			if err != nil {
				damage.Expected, damage.Err = "an entry that follows the one before", err
				damage.Remedy = "the log was changed, or the disk failed; what stands before is as it was written"
				damage.Found = err.Error()
				yield(nil, damage)
				return
			}
			e.At, e.Length = at, int64(len(line))
			if !yield(e, nil) {
				return
			}
			at += int64(len(line)) + 1
			seq, prev = seq+1, e.Leaf
		}
	}
}

// first returns what the first line must name as the line before it.
func first(line []byte) (Hash, error) {
	var e struct {
		Kind string `json:"kind"`
		Body Begin  `json:"body"`
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return Hash{}, fmt.Errorf("not an entry: %w", err)
	}
	if e.Kind != KindBegin || e.Body.Format != formatName {
		return Hash{}, fmt.Errorf("a log begins with %q in the format %q, not %q in %q", KindBegin, formatName, e.Kind, e.Body.Format)
	}
	return origin(e.Body.Name), nil
}
