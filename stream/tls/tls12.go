package tls

import (
	"bytes"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// maxTranscript is how much of a handshake is kept for the extended master
// secret.
const maxTranscript = 1 << 18

// record12 processes a record of TLS 1.0 to 1.2, or of a handshake whose
// version is not known yet.
func (c *Conn) record12(f *half, r *record) bool {
	if f.hs != nil {
		return c.open12(f, r)
	}
	switch r.typ {
	case typeHandshake:
		c.messages(f, r, r.body, false)
	case typeAlert:
		c.alertBytes(f, r, r.body, false)
	case typeCCS, typeApplication:
		if c.hs == nil || c.hs.server == nil {
			f.why = waitServer
			return false
		}
		c.changeCipher(f)
		if r.typ == typeApplication {
			f.window = maxWindow // the change was lost
			return c.open12(f, r)
		}
	}
	return true
}

// changeCipher turns a direction to the keys that were last negotiated.
func (c *Conn) changeCipher(f *half) {
	hs := c.hs
	if f.side == stream.Down && !hs.helloDone && !hs.resumed && !f.broken {
		hs.resumed = true // by ticket: the server says no more before its Finished
		c.state.Resumed = c.state.Renegotiated == 0
		c.h.State(&c.state)
	}
	f.hs, f.open, f.seq, f.window, f.fails, f.count, f.sum, f.likely = hs, nil, 0, 0, 0, 0, 0, 0
	f.msgs, f.broken = nil, false
	c.changed = true
}

// open12 opens a record that is protected.
func (c *Conn) open12(f *half, r *record) bool {
	hs := f.hs
	var plain []byte
	ok := false
	switch {
	case hs.closed != "":
		c.unread(f, r, hs.closed)
		return true
	case f.open != nil:
		plain, ok = c.try(f, f.open, r, f.seq, f.window)
	default:
		masters := c.masters(hs)
		if len(masters) == 0 {
			f.why = NoKey
			return false
		}
		for _, m := range masters {
			o := hs.suite.opener12(hs, m, f.side == stream.Up)
			if o == nil || f.count > 0 && blind(o) {
				continue
			}
			if f.count > 0 {
				f.chain(o)
			}
			if plain, ok = c.try(f, o, r, f.seq, f.window); ok {
				f.open, hs.master = o, m
				break
			}
		}
	}
	f.count++
	f.sum += uint64(len(r.body))
	if !ok {
		c.failed(f, r)
		return true
	}
	c.succeeded(f)
	switch r.typ {
	case typeHandshake:
		c.messages(f, r, plain, true)
	case typeApplication:
		if len(plain) > 0 {
			c.h.Data(f.side, r.begin, plain)
		}
	case typeAlert:
		c.alertBytes(f, r, plain, true)
	case typeCCS:
		if c.hs != f.hs && c.hs.server != nil { // a renegotiation
			c.changeCipher(f)
		}
	}
	return true
}

// try opens a record with a sequence number from seq to seq+window, and sets
// the direction's to the one after it.
func (c *Conn) try(f *half, o opener, r *record, seq, window uint64) ([]byte, bool) {
	if c.plain == nil {
		c.plain = c.limits.Shared.lend()
	}
	for i := uint64(0); i <= window; i++ {
		if plain, err := o.open(c.plain, r.typ, r.version, seq+i, r.body); err == nil {
			f.seq, f.window, f.likely = seq+i+1, 0, 0
			return plain, true
		}
	}
	if f.likely > seq+window {
		return c.try(f, o, r, f.likely, maxWindow)
	}
	return nil, false
}

// succeeded notes that a record was opened.
func (c *Conn) succeeded(f *half) {
	f.fails, f.gapped = 0, false
	if !f.opened {
		f.opened = true
		if !c.state.Opened {
			c.state.Opened = true
			c.h.State(&c.state)
		}
	}
}

// failed counts a record that no key opens. If keys have opened others, it
// may be that this one was damaged, or that records are missing unnoticed.
func (c *Conn) failed(f *half, r *record) {
	reason := BadRecord
	if f.gapped {
		reason = AfterGap
	}
	c.unread(f, r, reason)
	if f.fails++; f.fails >= maxFails {
		f.lost = reason
		c.changed = true
	}
	f.window = min(maxWindow, f.window+1)
	f.passed(r)
	if blind(f.open) {
		f.lost = reason
	}
}

// passed notes the end of a record that was not opened: in TLS 1.0 it is the
// vector of the next.
func (f *half) passed(r *record) {
	if n := len(r.body); n >= len(f.tail) {
		f.tail = [16]byte(r.body[n-len(f.tail):])
		f.chain(f.open)
	}
}

// chain gives an opener the end of the record before, if it needs it.
func (f *half) chain(o opener) {
	if s, ok := o.(*stitched); ok && s.version == tls10 {
		s.next = f.tail
	}
}

// blind reports whether nothing can be opened any more after a record is
// lost: the last one's end is the vector of the next, and with the MAC outside
// nothing would show that it was the wrong one.
func blind(o opener) bool {
	s, ok := o.(*stitched)
	return ok && s.block != nil && s.version == tls10 && s.etm
}

// transcript adds a message to those that the extended master secret covers.
func (c *Conn) transcript(hs *handshake, whole []byte) {
	if len(hs.messages)+len(whole) <= maxTranscript {
		hs.messages = append(hs.messages, whole...)
	}
}

// clientKeyExchange is the last message that the master secret rests on.
func (c *Conn) clientKeyExchange(hs *handshake, body []byte) {
	if hs.server == nil || hs.sessionHash != nil {
		return
	}
	hs.looked = 0
	hs.sessionHash = sessionHash(hs.version, hs.suite.prf, hs.messages)
	hs.messages = nil
	var sealed cryptobyte.String
	if s := cryptobyte.String(body); hs.suite.rsa && s.ReadUint16LengthPrefixed(&sealed) {
		hs.sealed = bytes.Clone(sealed)
	}
	c.changed = true
}

// masters returns the master secrets that a negotiation may have: what the
// log says, what an earlier connection has shown, what a server's key opens.
func (c *Conn) masters(hs *handshake) [][]byte {
	if hs.master != nil {
		return [][]byte{hs.master}
	}
	if hs.clientRandom == nil || hs.serverRandom == nil {
		return nil
	}
	if hs.looked == c.log.Version()+1 {
		return hs.candidates
	}
	var list [][]byte
	add := func(m []byte) {
		if len(m) == 48 {
			list = append(list, m)
		}
	}
	pre := func(p []byte) {
		if len(p) > 0 {
			add(masterOf(hs, p))
		}
	}
	add(c.log.Secret(keylog.ClientRandom, hs.clientRandom))
	if hs.resumed {
		add(c.limits.Shared.session(hs.server.sessionID))
		add(c.limits.Shared.session(hs.hello.Ticket))
	}
	add(c.log.Secret(keylog.SessionID, hs.server.sessionID))
	pre(c.log.Secret(keylog.PMSClientRandom, hs.clientRandom))
	if len(hs.sealed) >= 8 {
		pre(c.log.Secret(keylog.RSA, hs.sealed[:8]))
		for _, k := range c.log.RSAKeys() {
			pre(openPreMaster(k, hs.sealed))
		}
	}
	hs.looked, hs.candidates = c.log.Version()+1, list
	return list
}

// remember keeps a session for connections that resume it.
func (c *Conn) remember(hs *handshake) {
	if hs.master != nil && hs.server != nil {
		c.limits.Shared.remember(hs.server.sessionID, hs.master)
		c.limits.Shared.remember(hs.ticket, hs.master)
	}
}

// signed reports whether the server signs its part of a key exchange.
func signed(suite string) bool {
	exchange, _, _ := strings.Cut(suite, "_WITH_")
	return strings.Contains(exchange, "DHE_") && !strings.Contains(exchange, "PSK") && !strings.Contains(exchange, "anon")
}
