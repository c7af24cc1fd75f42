package evidence

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"filippo.io/age"
)

// Sealer says to whom the contents of a log are sealed.
type Sealer interface {
	// Recipients are age recipients; at least one.
	Recipients() []age.Recipient
	// Names of them, for the log ("age1…").
	Names() []string
}

// secretSize is the length of a session's secret.
const secretSize = 32

// store is where one session keeps the contents of messages: one file they
// are appended to, each under a key of its own derived from a secret that age
// keeps. (A file a message, each with an age header, costs 0.2 ms and a
// directory entry for a 1 KB request; this costs 17 µs, most of it for the commitment.)
type store struct {
	file  *os.File
	keys  *deriver
	plain bool
	count atomic.Int64

	// Under the log's mutex.
	size    int64
	pending []byte
	spare   []byte
}

func sessionFile(dir string, session int, ext string) string {
	return filepath.Join(dir, fmt.Sprintf("session-%d.%s", session, ext))
}

// createStore makes a secret, keeps it for the recipients, and opens the file.
func createStore(dir string, session int, sealer Sealer) (*store, []string, error) {
	secret := make([]byte, secretSize)
	rand.Read(secret)
	s := &store{keys: newDeriver(secret), plain: sealer == nil}
	names := []string{}
	if s.plain {
		if err := writeNew(sessionFile(dir, session, "secret"), secret); err != nil {
			return nil, nil, err
		}
	} else {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, sealer.Recipients()...)
		if err != nil {
			return nil, nil, err
		}
		w.Write(secret)
		if err := w.Close(); err != nil {
			return nil, nil, err
		}
		if err := writeNew(sessionFile(dir, session, "age"), b.Bytes()); err != nil {
			return nil, nil, err
		}
		names = sealer.Names()
	}
	var err error
	s.file, err = os.OpenFile(sessionFile(dir, session, "store"), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	return s, names, err
}

// next numbers a commitment and derives its key.
func (s *store) next() (bodyKey, int64) {
	n := s.count.Add(1) - 1
	return s.keys.key(n), n
}

// seal returns data as it is stored.
func (s *store) seal(key bodyKey, data []byte) []byte {
	if s.plain {
		return data
	}
	out := make([]byte, len(data))
	key.seal().XORKeyStream(out, data)
	return out
}

// add appends sealed bytes and returns where they will stand. The caller holds
// the log's mutex, as for waiting and take.
func (s *store) add(sealed []byte) int64 {
	at := s.size
	s.pending = append(s.pending, sealed...)
	s.size += int64(len(sealed))
	return at
}

func (s *store) waiting() int { return len(s.pending) }

func (s *store) take() []byte {
	b := s.pending
	s.pending, s.spare = s.spare[:0], nil
	return b
}

// write brings bytes to disk. Only the log's writer calls it.
func (s *store) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if _, err := s.file.Write(b); err != nil {
		return err
	}
	return s.file.Sync()
}

// back returns a buffer that was written. The caller holds the log's mutex.
func (s *store) back(b []byte) {
	if cap(b) <= maxPending/4 {
		s.spare = b[:0]
	}
}

// Vault opens the contents of a log.
type Vault struct {
	dir        string
	identities []age.Identity
	keys       map[int]*deriver
	files      map[int]*os.File
}

// ErrSealed is wrapped by the error of contents that no identity opens.
var ErrSealed = errors.New("sealed")

// OpenVault opens the contents of the log in dir with identities.
func OpenVault(dir string, identities ...age.Identity) *Vault {
	return &Vault{dir: dir, identities: identities, keys: map[int]*deriver{}, files: map[int]*os.File{}}
}

// Close releases the files.
func (v *Vault) Close() error {
	var err error
	for _, f := range v.files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// deriver of a session's keys.
func (v *Vault) deriver(session int) (*deriver, error) {
	if d := v.keys[session]; d != nil {
		return d, nil
	}
	s, err := os.ReadFile(sessionFile(v.dir, session, "secret"))
	if errors.Is(err, os.ErrNotExist) {
		s, err = v.unwrap(session)
	}
	if err == nil && len(s) != secretSize {
		err = fmt.Errorf("session %d: a secret of %d bytes, expected %d", session, len(s), secretSize)
	}
	if err != nil {
		return nil, err
	}
	v.keys[session] = newDeriver(s)
	return v.keys[session], nil
}

// unwrap opens a secret that age keeps.
func (v *Vault) unwrap(session int) ([]byte, error) {
	b, err := os.ReadFile(sessionFile(v.dir, session, "age"))
	if err != nil {
		return nil, err
	}
	if len(v.identities) == 0 {
		return nil, fmt.Errorf("%w: the contents need the age identity they were sealed for", ErrSealed)
	}
	r, err := age.Decrypt(bytes.NewReader(b), v.identities...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return io.ReadAll(io.LimitReader(r, 2*secretSize))
}

// plain reports whether a session's contents stand in the clear.
func (v *Vault) plain(session int) bool {
	_, err := os.Stat(sessionFile(v.dir, session, "secret"))
	return err == nil
}

// maxStored bounds what one Ref may make a reader hold.
const maxStored = 1 << 30

// Open returns the bytes that ref speaks of, and checks that they are the ones
// that were committed to.
func (v *Vault) Open(ref Ref) ([]byte, error) {
	switch {
	case ref.At < 0:
		return nil, errors.New("committed to, but not kept")
	case ref.Len < 0 || ref.Len > maxStored || ref.Chunk < fineChunk || ref.Chunk > 1<<20:
		return nil, fmt.Errorf("a reference to %d bytes in chunks of %d", ref.Len, ref.Chunk)
	}
	derive, err := v.deriver(ref.Session)
	if err != nil {
		return nil, err
	}
	f := v.files[ref.Session]
	if f == nil {
		if f, err = os.Open(sessionFile(v.dir, ref.Session, "store")); err != nil {
			return nil, err
		}
		v.files[ref.Session] = f
	}
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if info.Size()-ref.Len < ref.At {
		return nil, fmt.Errorf("session-%d.store has %d bytes, the log speaks of %d", ref.Session, info.Size(), ref.At+ref.Len)
	}
	b := make([]byte, ref.Len)
	if _, err := f.ReadAt(b, ref.At); err != nil {
		return nil, err
	}
	key := derive.key(ref.N)
	if !v.plain(ref.Session) {
		key.seal().XORKeyStream(b, b)
	}
	if err := check(key, ref, b); err != nil {
		return nil, err
	}
	return b, nil
}

// check compares bytes with the commitment to them.
func check(key bodyKey, ref Ref, b []byte) error {
	c := newCommitment(key, ref.N, ref.Session, ref.Chunk)
	c.Write(b)
	if c.Ref().Root != ref.Root {
		return fmt.Errorf("session-%d.store, byte %d: the bytes are not those that were committed to", ref.Session, ref.At)
	}
	return nil
}

// Disclose makes what a third party needs to check the parts of a message
// that show picks, and nothing of the rest.
func (v *Vault) Disclose(ref Ref, show func(from, to int) bool) (Disclosure, error) {
	data, err := v.Open(ref)
	if err != nil {
		return Disclosure{}, err
	}
	derive, err := v.deriver(ref.Session)
	if err != nil {
		return Disclosure{}, err
	}
	return disclose(derive.key(ref.N), ref, data, show), nil
}
