package evidence

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"strconv"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// Ref is how an entry speaks of bytes it does not hold.
type Ref struct {
	// At is where in the session's store they stand, sealed; -1 if they were
	// committed to and not kept.
	At      int64 `json:"at"`
	Chunk   int   `json:"chunk"` // bytes committed to together
	Len     int64 `json:"len"`   // in bytes
	N       int64 `json:"n"`     // number of the commitment in its session: names its keys
	Root    Hash  `json:"root"`  // of the tree over the salted chunks
	Session int   `json:"session"`
}

// Chunk sizes. Heads and small bodies can be disclosed value by value, large
// ones block by block: 16 bytes cost about 13 ms a megabyte (BenchmarkCommit).
const (
	fineChunk   = 16
	coarseChunk = 4 << 10
	fineLimit   = 64 << 10 // longest message that gets fine chunks
)

const saltSize = 16

// bodyKey is the secret of one commitment, derived from the session's: an
// AES-256 key. Whoever is given it can open and check that one message and no
// other. Its CTR keystream from the counter 0 seals the bytes; that from the
// counter 2^127 is the salts, one after the other.
type bodyKey [32]byte

// deriver derives the keys of a session's commitments: HKDF-SHA256 (RFC 5869)
// with no salt and the info "constat body n". The extraction is done once, and
// the states of HMAC are kept: 0.17 µs a key, where hkdf.Expand takes 0.44
// (BenchmarkKey).
type deriver struct{ macs sync.Pool }

func newDeriver(secret []byte) *deriver {
	prk, err := hkdf.Extract(sha256.New, secret, nil)
	if err != nil {
		panic(err) // only for a short key in FIPS mode
	}
	return &deriver{sync.Pool{New: func() any { return hmac.New(sha256.New, prk) }}}
}

// key is that of commitment n.
func (d *deriver) key(n int64) (k bodyKey) {
	mac := d.macs.Get().(hash.Hash)
	defer d.macs.Put(mac)
	var buf [40]byte
	mac.Reset()
	mac.Write(append(strconv.AppendInt(append(buf[:0], "constat body "...), n, 10), 1))
	mac.Sum(k[:0])
	return k
}

// seal returns the keystream of the bytes, salts that of the salts.
func (k bodyKey) seal() cipher.Stream  { return k.stream(0) }
func (k bodyKey) salts() cipher.Stream { return k.stream(0x80) }

func (k bodyKey) stream(top byte) cipher.Stream {
	b, err := aes.NewCipher(k[:])
	if err != nil {
		panic(err) // only for a wrong length of key
	}
	counter := [aes.BlockSize]byte{top}
	return cipher.NewCTR(b, counter[:])
}

// Commitment takes in the bytes of one message and makes the Ref that commits
// to them: the root of the RFC 6962 tree whose leaf i is
// SHA-256(0x00, salt i, chunk i). It is an io.Writer that never fails.
type Commitment struct {
	ref   Ref
	salts cipher.Stream
	ahead []byte // salts to come: the cipher is slow to start
	pool  [16 * saltSize]byte
	tree  tree
	part  []byte // 0x00, room for the salt, and the chunk as far as it is there
	done  bool
}

func newCommitment(key bodyKey, n int64, session, chunk int) *Commitment {
	c := &Commitment{ref: Ref{At: -1, Chunk: chunk, N: n, Session: session}, salts: key.salts()}
	c.part = make([]byte, 1+saltSize, 1+saltSize+chunk)
	return c
}

// Write adds bytes.
func (c *Commitment) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		room := cap(c.part) - len(c.part)
		k := min(room, len(p))
		c.part = append(c.part, p[:k]...)
		p = p[k:]
		if k == room {
			c.leaf()
		}
	}
	c.ref.Len += int64(n)
	return n, nil
}

func (c *Commitment) leaf() {
	if len(c.ahead) == 0 {
		c.ahead = c.pool[:]
		clear(c.ahead)
		c.salts.XORKeyStream(c.ahead, c.ahead)
	}
	copy(c.part[1:], c.ahead[:saltSize])
	c.ahead = c.ahead[saltSize:]
	c.tree.add(sha256.Sum256(c.part))
	c.part = c.part[:1+saltSize]
}

// Ref ends the message and returns what commits to it. Bytes written after it
// are lost.
func (c *Commitment) Ref() Ref {
	if !c.done {
		if len(c.part) > 1+saltSize {
			c.leaf()
		}
		c.ref.Root = c.tree.root()
		c.done = true
	}
	return c.ref
}

// salts returns the salts of n chunks of a commitment, from the first.
func salts(key bodyKey, n int) [][saltSize]byte {
	s := key.salts()
	out := make([][saltSize]byte, n)
	for i := range out {
		s.XORKeyStream(out[i][:], out[i][:])
	}
	return out
}

// Disclosure is what a third party needs to check part of a message against
// its Ref: for each chunk either its salt and bytes, or its leaf hash.
type Disclosure struct {
	Chunks []DisclosedChunk `json:"chunks"`
	Ref    Ref              `json:"ref"`
}

// DisclosedChunk is a chunk that is shown (Salt and Data) or hidden (Leaf).
type DisclosedChunk struct {
	Data []byte `json:"data,omitempty"`
	Leaf *Hash  `json:"leaf,omitempty"`
	Salt []byte `json:"salt,omitempty"`
}

// disclose shows the chunks of data that hide does not touch.
func disclose(key bodyKey, ref Ref, data []byte, show func(from, to int) bool) Disclosure {
	d := Disclosure{Ref: ref}
	count := (len(data) + ref.Chunk - 1) / ref.Chunk
	for i, salt := range salts(key, count) {
		from, to := i*ref.Chunk, min((i+1)*ref.Chunk, len(data))
		if show(from, to) {
			d.Chunks = append(d.Chunks, DisclosedChunk{Salt: salt[:], Data: data[from:to]})
			continue
		}
		h := chunkLeaf(salt[:], data[from:to])
		d.Chunks = append(d.Chunks, DisclosedChunk{Leaf: &h})
	}
	return d
}

func chunkLeaf(salt, chunk []byte) Hash {
	return Hash(tlog.RecordHash(append(append(make([]byte, 0, len(salt)+len(chunk)), salt...), chunk...)))
}

// Root recomputes the commitment from what is shown and what is hidden. The
// disclosure is true if it equals the Root in the log.
func (d Disclosure) Root() Hash {
	var t tree
	for _, c := range d.Chunks {
		if c.Leaf != nil {
			t.add(*c.Leaf)
		} else {
			t.add(chunkLeaf(c.Salt, c.Data))
		}
	}
	return t.root()
}
