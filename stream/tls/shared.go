package tls

import (
	"bytes"
	"sync"
)

// Shared is what the connections of a capture have in common: a bound on the
// records that wait for secrets, and the sessions of TLS 1.2 that a later
// connection may resume although the log does not name it. Connections of
// several goroutines may share it.
type Shared struct {
	mu       sync.Mutex
	left     int
	sessions map[string][]byte // master secrets by session id or ticket
	order    []string
	rooms    sync.Pool // of *[room]byte, for connections that are between records
}

// room is what a record needs, with its header.
const room = headerLen + maxRecord

// maxSessions is how many sessions are remembered, the latest; maxTicket is
// how long a ticket may be.
const (
	maxSessions = 1 << 14
	maxTicket   = 1 << 13
)

// NewShared returns a Shared that lets connections hold so many bytes of
// records together.
func NewShared(held int) *Shared {
	return &Shared{left: held, sessions: map[string][]byte{}}
}

// hold books n bytes, or none of them.
func (s *Shared) hold(n int) bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n > s.left {
		return false
	}
	s.left -= n
	return true
}

func (s *Shared) release(n int) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.left += n
	s.mu.Unlock()
}

// remember keeps the master secret of a session under its id or ticket.
func (s *Shared) remember(id, master []byte) {
	if s == nil || len(id) == 0 || len(id) > maxTicket {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := string(id)
	if _, ok := s.sessions[k]; !ok {
		if len(s.order) >= maxSessions {
			delete(s.sessions, s.order[0])
			s.order = s.order[1:]
		}
		s.order = append(s.order, k)
	}
	s.sessions[k] = bytes.Clone(master)
}

// lend returns room for a record.
func (s *Shared) lend() []byte {
	if s != nil {
		if b, ok := s.rooms.Get().(*[room]byte); ok {
			return b[:0]
		}
	}
	return make([]byte, 0, room)
}

// giveBack returns the room that a connection does not need until the next
// call, so that idle connections cost little.
func (c *Conn) giveBack() {
	s := c.limits.Shared
	if s == nil {
		return
	}
	back := func(b *[]byte) {
		if len(*b) == 0 && cap(*b) > 0 {
			if cap(*b) == room {
				s.rooms.Put((*[room]byte)((*b)[:room]))
			}
			*b = nil
		}
	}
	back(&c.plain)
	back(&c.halves[0].in)
	back(&c.halves[1].in)
}

func (s *Shared) session(id []byte) []byte {
	if s == nil || len(id) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[string(id)]
}
