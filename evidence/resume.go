package evidence

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Resume opens a log that was not ended, to write on. What an interrupted
// write left after the last whole entry is moved to a file of its own, and the
// first new entry says so.
func Resume(dir string, sealer Sealer) (*Log, error) {
	skey, err := os.ReadFile(filepath.Join(dir, keyFile))
	if errors.Is(err, os.ErrNotExist) {
		if IsLog(dir) {
			return nil, fmt.Errorf("%s was ended: nobody can add to it; begin a new log", dir)
		}
		return nil, fmt.Errorf("%s holds no log to resume", dir)
	}
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(skey)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	l := &Log{dir: dir, signer: signer, session: 1}
	f, err := os.OpenFile(filepath.Join(dir, logFile), os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := lock(f); err != nil {
		return nil, fmt.Errorf("%s is being written by another process: %w", dir, err)
	}
	kept, err := l.replay(f)
	if err != nil {
		return nil, err
	}
	if err := l.trim(); err != nil {
		return nil, err
	}
	lost, err := l.moveTail(f, kept)
	if err != nil {
		return nil, err
	}
	f.Close() // and its lock
	sealed, err := l.open(sealer)
	if err != nil {
		return nil, err
	}
	if _, err := l.Append(KindRecovered, recovered{Kept: l.seq, Sealed: sealed, Session: l.session, Torn: lost}); err != nil {
		return nil, err
	}
	return l, l.Sync()
}

// replay reads the log up to its end or its first damage, checks it against
// the checkpoints, and returns the length in bytes of what is good.
func (l *Log) replay(f *os.File) (kept int64, err error) {
	points, err := os.ReadFile(filepath.Join(l.dir, checkpointFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	var begun Begin
	for e, err := range Entries(f) {
		if err != nil {
			break // the tail; named below
		}
		switch e.Kind {
		case KindBegin:
			if err := json.Unmarshal(e.Body, &begun); err != nil {
				return 0, err
			}
		case KindRecovered:
			var r recovered
			if err := json.Unmarshal(e.Body, &r); err != nil {
				return 0, err
			}
			l.session = max(l.session, r.Session)
		}
		l.seq, l.prev, kept = e.Seq+1, e.Leaf, e.At+e.Length+1
		l.tree.add(e.Leaf)
	}
	// A session whose first entry did not reach the disk has files already.
	for ; ; l.session++ {
		if _, err := os.Stat(sessionFile(l.dir, l.session, "store")); errors.Is(err, os.ErrNotExist) {
			break
		}
	}
	if l.seq == 0 {
		return 0, fmt.Errorf("%s has no whole entry: begin a new log", filepath.Join(l.dir, logFile))
	}
	verifier, err := note.NewVerifier(begun.Key)
	if err != nil {
		return 0, err
	}
	notes, _ := splitNotes(points)
	if len(notes) > 0 {
		c, err := parseCheckpoint(notes[len(notes)-1], verifier)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", checkpointFile, err)
		}
		if c.size > l.seq {
			return 0, fmt.Errorf("%s has %d whole entries, but %d were signed: it was cut or changed after it was written; keep it as it is", filepath.Join(l.dir, logFile), l.seq, c.size)
		}
	}
	return kept, nil
}

// moveTail moves what stands after the last whole entry to a side file.
func (l *Log) moveTail(f *os.File, kept int64) (*torn, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size == kept {
		return nil, err
	}
	if size-kept > maxPending+maxLine {
		return nil, fmt.Errorf("%s: %d bytes after the last whole entry, more than an interrupted write leaves; keep it as it is and run constat verify", f.Name(), size-kept)
	}
	tail := make([]byte, size-kept)
	if _, err := f.ReadAt(tail, kept); err != nil {
		return nil, err
	}
	t := &torn{Bytes: size - kept, File: fmt.Sprintf("torn-%d.bin", l.session), SHA256: sha256.Sum256(tail)}
	if err := writeNew(filepath.Join(l.dir, t.File), tail); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	if err := f.Truncate(kept); err != nil {
		return nil, err
	}
	return t, f.Sync()
}

// trim cuts what an interrupted write left after the last whole checkpoint. It
// is a signature of a tree that the next checkpoint covers.
func (l *Log) trim() error {
	path := filepath.Join(l.dir, checkpointFile)
	b, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	_, rest := splitNotes(b)
	if len(rest) == 0 {
		return nil
	}
	return os.Truncate(path, int64(len(b)-len(rest)))
}
