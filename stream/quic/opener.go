package quic

import "encoding/binary"

// opener opens the packets of one direction and level, over key updates.
type opener struct {
	choice []*keys // what the keys may be, until one has opened a packet
	now    *keys
	before *keys // of the key phase before
	after  *keys // of the next one, if it was derived
	phase  byte  // key phase bit of now
	first  int64 // smallest packet number seen in this phase
	search int   // how often keys further on were tried in vain
}

const (
	maxAhead  = 8  // key updates that may have been missed at once
	maxSearch = 32 // packets for which that is tried in vain
)

// scratch is what opening packets needs, and is used again for the next one.
type scratch struct {
	head  []byte
	plain []byte
	nonce [12]byte
}

// opened is a packet without its protection. Its payload is valid until the
// next one is opened.
type opened struct {
	first   byte
	number  int64
	payload []byte
	at      int // where the payload stood in the packet
}

// open removes the protection of b, which is one packet whose number stands at
// number. largest is the largest packet number seen in its space, -1 if none.
// phased is set for packets with a short header, which have a key phase.
func (o *opener) open(b []byte, number int, largest int64, phased bool, s *scratch) (p opened, ok bool) {
	if len(b) < number+4+sampleSize {
		return p, false
	}
	for _, k := range o.choice {
		if o.now = k; o.try(b, number, largest, phased, s, &p) {
			o.choice = nil
			return p, true
		}
	}
	if o.choice != nil {
		return p, false
	}
	return p, o.try(b, number, largest, phased, s, &p)
}

// try opens a packet with the keys of its phase.
func (o *opener) try(b []byte, number int, largest int64, phased bool, s *scratch, p *opened) bool {
	bits := byte(0x0f)
	if phased {
		bits = 0x1f
	}
	sealed := o.unmask(b, number, largest, bits, s, p)
	if !phased {
		return o.now.openWith(sealed, p, s)
	}
	phase := p.first >> 2 & 1
	switch {
	case phase == o.phase && o.now.openWith(sealed, p, s):
		if p.number < o.first {
			o.first = p.number
		}
		return true
	case phase != o.phase && o.before != nil && p.number < o.first && o.before.openWith(sealed, p, s):
		return true // sent before the update, and late
	case phase != o.phase:
		if o.after == nil {
			o.after = o.now.next()
		}
		if o.after.openWith(sealed, p, s) {
			o.before, o.now, o.after = o.now, o.after, nil
			o.phase, o.first = phase, p.number
			return true
		}
	}
	return false
}

// ahead opens a packet with a short header with keys after updates of which no
// packet was seen.
func (o *opener) ahead(b []byte, number int, largest int64, s *scratch) (p opened, ok bool) {
	if o.choice != nil || o.search >= maxSearch || len(b) < number+4+sampleSize {
		return p, false
	}
	sealed := o.unmask(b, number, largest, 0x1f, s, &p)
	phase := p.first >> 2 & 1
	if p.number < o.first {
		return p, false
	}
	k := o.now
	for i := 1; i <= maxAhead; i++ {
		before := k
		k = k.next()
		if i > 1 && o.phase^byte(i&1) == phase && k.openWith(sealed, &p, s) {
			o.before, o.now, o.after = before, k, nil
			o.phase, o.first = phase, p.number
			return p, true
		}
	}
	o.search++
	return p, false
}

// unmask undoes the protection of the header (RFC 9001, 5.4.1), into s and p,
// and returns what is sealed. bits are those of the first byte that are masked.
func (o *opener) unmask(b []byte, number int, largest int64, bits byte, s *scratch, p *opened) []byte {
	m := o.now.mask.of(b[number+4 : number+4+sampleSize])
	p.first = b[0] ^ m[0]&bits
	n := int(p.first&3) + 1
	s.head = append(s.head[:0], b[:number+n]...)
	s.head[0] = p.first
	var cut uint64
	for i := range n {
		x := b[number+i] ^ m[1+i]
		s.head[number+i] = x
		cut = cut<<8 | uint64(x)
	}
	p.number = fullNumber(cut, n, largest)
	p.at = number + n
	return b[p.at:]
}

// openWith authenticates and decrypts.
func (k *keys) openWith(sealed []byte, p *opened, s *scratch) bool {
	s.nonce = k.iv
	tail := s.nonce[4:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^uint64(p.number))
	out, err := k.aead.Open(s.plain[:0], s.nonce[:], sealed, s.head)
	if err != nil {
		return false
	}
	s.plain, p.payload = out, out
	return true
}

// fullNumber completes a packet number of n bytes (RFC 9000, A.3).
func fullNumber(cut uint64, n int, largest int64) int64 {
	expected := largest + 1
	window := int64(1) << (8 * n)
	full := expected&^(window-1) | int64(cut)
	switch {
	case full <= expected-window/2 && full < 1<<62-window:
		return full + window
	case full > expected+window/2 && full >= window:
		return full - window
	}
	return full
}
