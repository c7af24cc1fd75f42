package capture

import (
	"crypto/sha256"
	"hash"
	"io"
	"sync"
	"sync/atomic"
)

// meter reads ahead on a goroutine of its own, and counts and hashes what
// passes: that takes as long as making flows of a packet capture does.
type meter struct {
	r     io.Reader
	done  atomic.Int64 // bytes read
	total int64        // -1 unknown
	sum   hash.Hash    // nil: not wanted

	begin sync.Once
	quit  chan struct{}
	full  chan piece
	free  chan []byte
	now   piece  // being handed on
	rest  []byte // of it
	ended bool
}

// piece is what one Read gave.
type piece struct {
	b   []byte
	err error
}

const (
	pieceSize = 256 << 10
	pieces    = 4
)

func newMeter(r io.Reader, total int64, hashed bool) *meter {
	m := &meter{r: r, total: total, quit: make(chan struct{}), full: make(chan piece, pieces), free: make(chan []byte, pieces)}
	if hashed {
		m.sum = sha256.New()
	}
	return m
}

// ahead reads until there is nothing more, or nobody wants it.
func (m *meter) ahead() {
	defer close(m.full)
	for range pieces {
		m.free <- nil
	}
	for {
		var b []byte
		select {
		case b = <-m.free:
		case <-m.quit:
			return
		}
		if b == nil {
			b = make([]byte, pieceSize)
		}
		n, err := m.r.Read(b[:pieceSize])
		if m.sum != nil {
			m.sum.Write(b[:n])
		}
		m.done.Add(int64(n))
		select {
		case m.full <- piece{b[:n], err}:
		case <-m.quit:
			return
		}
		if err != nil {
			return
		}
	}
}

func (m *meter) Read(p []byte) (int, error) {
	m.begin.Do(func() { go m.ahead() })
	for len(m.rest) == 0 {
		if m.now.err != nil {
			return 0, m.now.err
		}
		if m.now.b != nil {
			m.free <- m.now.b
		}
		x, ok := <-m.full
		if !ok {
			x.err = io.ErrClosedPipe // after stop
		}
		m.now, m.rest = x, x.b
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

// digest is the SHA-256 of what was read, which is all of it once Read has
// returned an error.
func (m *meter) digest() []byte {
	m.stop()
	return m.sum.Sum(nil)
}

// stop ends the reading ahead.
func (m *meter) stop() {
	if m.ended {
		return
	}
	m.ended = true
	close(m.quit)
	m.begin.Do(func() { close(m.full) })
}
