package evidence

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// The files of a log.
const (
	logFile        = "log.jsonl"
	checkpointFile = "checkpoints.txt"
	keyFile        = "signing.key"
	verifyFile     = "verify.sh"
)

// How often what was appended reaches the disk, and is signed.
const (
	syncEvery       = 50 * time.Millisecond
	checkpointEvery = time.Second
)

// maxPending is how much may wait for the disk before Append does.
const maxPending = 16 << 20

// Config describes a log to be created.
type Config struct {
	// Name of the case: letters, digits, ".", "-", "_". It is in every
	// checkpoint.
	Name string
	// Sealer opens to whom the contents are sealed. Nil keeps them in the
	// clear.
	Sealer Sealer
	// Begin is what the first entry says of the instrument and the
	// circumstances; its fields must stand in the order of their names.
	Begin any
}

// begin is the body of the first entry.
type begin struct {
	Config any      `json:"config"`
	Format string   `json:"format"`
	Key    string   `json:"key"` // verifier key of the checkpoints (C2SP signed note)
	Name   string   `json:"name"`
	Sealed []string `json:"sealed"` // recipients of session 1's secret; empty: in the clear
}

const formatName = "constat log v1"

// recovered is the body of the first entry after a log was opened again.
type recovered struct {
	Kept    int64    `json:"kept"` // entries
	Sealed  []string `json:"sealed"`
	Session int      `json:"session"`
	Torn    *torn    `json:"torn,omitempty"`
}

// torn is an end of the log that was no entry.
type torn struct {
	Bytes  int64  `json:"bytes"`
	File   string `json:"file"` // where it was moved
	SHA256 Hash   `json:"sha256"`
}

// Log is a log being written. Its methods are for any goroutine.
type Log struct {
	dir     string
	signer  note.Signer
	session int
	base    time.Time // of Mono
	store   *store

	mu      sync.Mutex
	room    *sync.Cond // pending has been taken
	pending []byte
	spare   []byte
	seq     int64 // next
	prev    Hash
	tree    tree
	err     error
	closed  bool

	durable int64      // entries on disk
	synced  *sync.Cond // durable has grown, or err is set
	file    *os.File
	points  *os.File
	signed  int64 // size of the last checkpoint
	kick    chan struct{}
	stop    chan struct{}
	done    chan struct{}
}

// Create makes a log in a new or empty directory and writes its first entry.
func Create(dir string, c Config) (*Log, error) {
	if !validName(c.Name) {
		return nil, fmt.Errorf("%q is no name for a log: use letters, digits, '.', '-' and '_'", c.Name)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if old, err := os.ReadDir(dir); err != nil {
		return nil, err
	} else if len(old) > 0 {
		return nil, fmt.Errorf("%s is not empty: name a new directory, or resume the log in it", dir)
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, "constat/"+c.Name)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, err
	}
	if err := writeNew(filepath.Join(dir, keyFile), []byte(skey+"\n")); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, verifyFile), verifyScript, 0o700); err != nil {
		return nil, err
	}
	l := &Log{dir: dir, signer: signer, session: 1, prev: origin(c.Name)}
	sealed, err := l.open(c.Sealer)
	if err != nil {
		return nil, err
	}
	if _, err := l.Append(KindBegin, begin{Config: c.Begin, Format: formatName, Key: vkey, Name: c.Name, Sealed: sealed}); err != nil {
		return nil, err
	}
	return l, l.Sync()
}

// open opens the files of a session for writing and starts the writer.
func (l *Log) open(s Sealer) (sealed []string, err error) {
	l.base = time.Now()
	l.room, l.synced = sync.NewCond(&l.mu), sync.NewCond(&l.mu)
	l.kick, l.stop, l.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	if l.store, sealed, err = createStore(l.dir, l.session, s); err != nil {
		return nil, err
	}
	if l.file, err = os.OpenFile(filepath.Join(l.dir, logFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	if err := lock(l.file); err != nil {
		return nil, fmt.Errorf("%s is being written by another process: %w", l.dir, err)
	}
	if l.points, err = os.OpenFile(filepath.Join(l.dir, checkpointFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	if err := syncDir(l.dir); err != nil {
		return nil, err
	}
	l.durable, l.signed = l.seq, l.seq
	go l.write()
	return sealed, nil
}

// Dir is where the log stands.
func (l *Log) Dir() string { return l.dir }

// Mono is t as entries have it: ns since the session began.
func (l *Log) Mono(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return int64(t.Sub(l.base))
}

// Head is the leaf hash of the last entry: it commits to all of them.
func (l *Log) Head() (entries int64, head Hash) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seq, l.prev
}

// Append writes an entry and returns its number. It is on disk within 100 ms,
// or when Sync returns. The fields of body must stand in the order of their
// names (see canonical form in FORMAT.md).
func (l *Log) Append(kind string, body any) (int64, error) {
	b, err := canonical(body)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", kind, err)
	}
	if len(b) > maxLine/2 {
		return 0, fmt.Errorf("an entry of %d bytes, at most %d fit", len(b), maxLine/2)
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.err == nil && !l.closed && len(l.pending)+l.store.waiting() > maxPending {
		l.wake()
		l.room.Wait()
	}
	if l.err != nil {
		return 0, l.err
	}
	if l.closed {
		return 0, errClosed
	}
	seq := l.seq
	from := len(l.pending)
	l.pending = appendLine(l.pending, b, kind, int64(now.Sub(l.base)), l.prev, seq, now)
	l.prev = leafHash(l.pending[from:])
	l.pending = append(l.pending, '\n')
	l.tree.add(l.prev)
	l.seq++
	return seq, nil
}

var errClosed = errors.New("the log is closed")

// Seal commits to data and stores it. The Ref is good once the entry that has
// it is written.
func (l *Log) Seal(data []byte) (Ref, error) {
	if len(data) <= fineLimit {
		return l.sealIn(data, fineChunk)
	}
	return l.sealIn(data, coarseChunk)
}

func (l *Log) sealIn(data []byte, chunk int) (Ref, error) {
	key, n := l.store.next()
	c := newCommitment(key, n, l.session, chunk)
	c.Write(data)
	ref := c.Ref()
	sealed := l.store.seal(key, data)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return ref, l.err
	}
	ref.At = l.store.add(sealed)
	return ref, nil
}

// Commit begins a commitment to bytes that are not kept.
func (l *Log) Commit() *Commitment {
	key, n := l.store.next()
	return newCommitment(key, n, l.session, coarseChunk)
}

// Sync returns when every entry appended before the call is on disk: then it
// survives the end of the process and of the machine.
func (l *Log) Sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	want := l.seq
	for l.durable < want && l.err == nil {
		l.wake()
		l.synced.Wait()
	}
	return l.err
}

// Durable is how many entries are on disk.
func (l *Log) Durable() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable
}

// End writes the last entry, signs it and removes the signing key, so that
// nobody can add to the log.
func (l *Log) End(body any) error {
	if _, err := l.Append(KindEnd, body); err != nil {
		return errors.Join(err, l.Close())
	}
	if err := l.Close(); err != nil {
		return err
	}
	return os.Remove(filepath.Join(l.dir, keyFile))
}

// Close writes what was appended and leaves the log to be resumed.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return l.err
	}
	l.closed = true
	l.mu.Unlock()
	close(l.stop)
	<-l.done
	for _, f := range []*os.File{l.file, l.points, l.store.file} {
		if err := f.Close(); err != nil && l.err == nil {
			l.err = err
		}
	}
	return l.err
}

func (l *Log) wake() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// write is the goroutine that brings entries to disk.
func (l *Log) write() {
	defer close(l.done)
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	last := time.Now()
	for {
		stopping := false
		select {
		case <-tick.C:
		case <-l.kick:
		case <-l.stop:
			stopping = true
		}
		err := l.flush()
		if err == nil && (stopping || time.Since(last) >= checkpointEvery) {
			last = time.Now()
			err = l.checkpoint()
		}
		if err != nil {
			l.mu.Lock()
			l.err = fmt.Errorf("writing the log: %w", err)
			l.mu.Unlock()
			l.synced.Broadcast()
			l.room.Broadcast()
		}
		if stopping || err != nil {
			return
		}
	}
}

// flush writes what is pending: first the contents, then the lines that speak
// of them, each with an fsync.
func (l *Log) flush() error {
	l.mu.Lock()
	lines, upTo := l.pending, l.seq
	l.pending = l.spare[:0]
	sealed := l.store.take()
	l.mu.Unlock()
	l.room.Broadcast()
	if err := l.store.write(sealed); err != nil {
		return err
	}
	if len(lines) > 0 {
		if _, err := l.file.Write(lines); err != nil {
			return err
		}
		if err := l.file.Sync(); err != nil {
			return err
		}
	}
	l.mu.Lock()
	if cap(lines) <= maxPending/4 {
		l.spare = lines[:0]
	} else {
		l.spare = nil
	}
	l.store.back(sealed)
	l.durable = upTo
	l.mu.Unlock()
	l.synced.Broadcast()
	return nil
}

// checkpoint signs the tree as it is on disk, if it grew.
func (l *Log) checkpoint() error {
	l.mu.Lock()
	t := tree{size: l.tree.size, edge: slices.Clone(l.tree.edge)}
	durable := l.durable
	l.mu.Unlock()
	if t.size == l.signed {
		return nil
	}
	if t.size != durable { // lines were appended since the flush
		if err := l.flush(); err != nil {
			return err
		}
	}
	text, err := signCheckpoint(l.signer, t.size, t.root())
	if err != nil {
		return err
	}
	if _, err := l.points.Write(text); err != nil {
		return err
	}
	l.signed = t.size
	return l.points.Sync()
}

// writeNew writes a file that was not there, readable by its owner only.
func writeNew(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncDir makes new file names survive a crash of the machine.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// validName keeps to what a signed note's key name and a file name allow.
func validName(s string) bool {
	return s != "" && len(s) <= 80 && s[0] != '.' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}
