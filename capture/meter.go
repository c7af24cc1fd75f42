package capture

import (
	"crypto/sha256"
	"hash"
	"io"
	"sync/atomic"
)

// meter counts and hashes what passes.
type meter struct {
	r     io.Reader
	done  atomic.Int64
	total int64
	sum   sum
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.sum.add(p[:n])
	m.done.Add(int64(n))
	return n, err
}

// sum hashes a stream on a goroutine of its own, because SHA-256 takes as long
// as reading a packet capture does. Small files do not need one.
type sum struct {
	hash   hash.Hash
	block  []byte      // being filled
	full   chan []byte // to be hashed; nil: there is no goroutine
	free   chan []byte // hashed
	ended  chan struct{}
	closed bool
}

const (
	sumBlock  = 256 << 10
	sumBlocks = 4
)

func newSum() sum { return sum{hash: sha256.New()} }

func (s *sum) add(b []byte) {
	for len(b) > 0 && !s.closed {
		if s.block == nil {
			s.block = make([]byte, 0, sumBlock)
		}
		n := copy(s.block[len(s.block):sumBlock], b)
		s.block = s.block[:len(s.block)+n]
		b = b[n:]
		if len(s.block) == sumBlock {
			s.pass()
		}
	}
}

// pass hands a full block over.
func (s *sum) pass() {
	if s.full == nil {
		s.full, s.free, s.ended = make(chan []byte, sumBlocks), make(chan []byte, sumBlocks), make(chan struct{})
		for range sumBlocks - 1 {
			s.free <- make([]byte, 0, sumBlock)
		}
		go func() {
			defer close(s.ended)
			for b := range s.full {
				s.hash.Write(b)
				s.free <- b[:0]
			}
		}()
	}
	s.full <- s.block
	s.block = <-s.free
}

// end returns the digest of all that was added; nothing is added after it.
func (s *sum) end() []byte {
	if !s.closed {
		s.closed = true
		if s.full != nil {
			close(s.full)
			<-s.ended
		}
		s.hash.Write(s.block)
		s.block, s.free = nil, nil
	}
	return s.hash.Sum(nil)
}
