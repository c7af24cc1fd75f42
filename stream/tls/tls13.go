package tls

import (
	"bytes"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// stage is whose keys protect a direction's records in TLS 1.3.
type stage int

const (
	early stage = iota // of a client only
	shake              // the handshake
	app
)

// keyed is one reading of a traffic secret: which suite it is for is not
// known if the ServerHello was not seen.
type keyed struct {
	secret []byte
	suite  suite
	open   opener
}

var labels13 = [2][app + 1]string{
	stream.Up:   {keylog.ClientEarly, keylog.ClientHandshake, keylog.ClientTraffic},
	stream.Down: {"", keylog.ServerHandshake, keylog.ServerTraffic},
}

// record13 processes a record of TLS 1.3.
func (c *Conn) record13(f *half, r *record) bool {
	switch r.typ {
	case typeApplication:
		return c.open13(f, r)
	case typeHandshake:
		if !f.opened {
			c.messages(f, r, r.body, false)
		}
	case typeAlert:
		c.alertBytes(f, r, r.body, false)
	}
	return true // a change of cipher is for middleboxes only (RFC 8446, D.4)
}

// open13 opens a protected record. The keys it may be under are those in
// use and those that come after them: of a capture with gaps or a log with
// holes, the message that changes keys may not be readable.
func (c *Conn) open13(f *half, r *record) bool {
	hs := c.hs
	switch {
	case f.side == stream.Up && hs.retried && hs.server == nil: // there are no other keys yet
		c.unread(f, r, EarlyRefused)
		return true
	case f.side == stream.Up && f.stage == early && hs.early == EarlyIsOffered && hs.server != nil && c.halves[stream.Down].lost == "" && c.halves[stream.Down].stage < app:
		f.why = waitEarly
		return false
	}
	var missing [app + 1]bool
	for s := f.stage; s <= app; s++ {
		if s == early && hs.early == EarlyIsRefused {
			continue
		}
		keys := c.keys13(f, s)
		missing[s] = len(keys) == 0
		for _, k := range keys {
			seq := f.seq
			if s != f.stage {
				seq = 0
			}
			if plain, ok := c.try(f, k.open, r, seq, f.window); ok {
				f.sum += uint64(len(r.body))
				c.settle(f, s, k)
				c.content13(f, r, plain)
				return true
			}
		}
	}
	if f.window > 0 && f.stage == app && len(f.keys[app]) == 1 && f.opened { // a key update was lost
		k := f.keys[app][0].next()
		if plain, ok := c.try(f, k.open, r, 0, f.window); ok {
			c.settle(f, app, k)
			c.content13(f, r, plain)
			return true
		}
	}
	if k, s, ok := c.inner(f, r); ok {
		plain, _ := c.try(f, k.open, r, 0, 0)
		c.settle(f, s, k)
		c.content13(f, r, plain)
		return true
	}
	return c.stays13(f, r, missing)
}

// stays13 deals with a record that none of the keys there are has opened.
func (c *Conn) stays13(f *half, r *record, missing [app + 1]bool) bool {
	switch {
	case missing[app] && (f.stage == app || missing[shake]):
		f.why = NoKey
		return false
	case f.side == stream.Up && f.stage == early && !f.opened && !missing[shake]:
		// What the client sent before it knew of the server's keys
		// (RFC 8446, 4.2.10): it has a sequence of its own.
		reason := BadRecord
		if c.hs.early == EarlyIsRefused {
			reason = EarlyRefused
		} else if missing[early] {
			reason = EarlyNoKey
		}
		c.unread(f, r, reason)
		return true
	case missing[shake] && f.stage <= shake && !f.opened:
		// The handshake, of which nobody needs more than its end; unless no
		// record ever opens.
		f.skipped += int64(len(r.body))
		f.count++
		if f.skips++; f.skips > maxFails {
			c.h.Unread(f.side, r.begin, f.skipped, BadRecord)
			f.skipped, f.lost = 0, BadRecord
			c.changed = true
		}
		return true
	}
	f.count++
	c.failed(f, r)
	return true
}

// ofHandshake13 reports whether a record that stays closed is the first one
// that a client protects: without early data, that is its Finished (or its
// certificate), or an alert that it sends instead. Their sizes differ, so even
// without a key it shows whether the client took the server for the right one.
func (c *Conn) ofHandshake13(f *half, r *record) bool {
	hs := c.hs
	if hs == nil || hs.version != tls13 || c.reason != "" || hs.suite.bulk == unknown || hs.early != "" ||
		f.side != stream.Up || f.count != 1 || f.gapped || f.opened || r.typ != typeApplication {
		return false
	}
	tag := 16
	if hs.suite.bulk == ccm8 {
		tag = 8
	}
	switch len(r.body) - tag - 1 { // without the type of the content
	case 2:
		c.alert(Alert{From: r.side, At: r.begin, Closed: true})
	case 4 + hs.suite.prf.Size():
		c.finish(c.other(f)) // which the client has read
		c.finish(f)
	}
	return true
}

// keys13 returns the readings of a direction's secret of a stage, none if
// the log has no such secret.
func (c *Conn) keys13(f *half, s stage) []keyed {
	if v := c.log.Version() + 1; f.looked != v {
		f.looked = v
		for t, label := range labels13[f.side] {
			if len(f.keys[t]) == 0 && label != "" {
				f.keys[t] = c.readings(c.log.Secret(label, c.hs.random))
			}
		}
	}
	return f.keys[s]
}

// readings returns what a secret may be the secret of: the suite that was
// chosen, or those of its length that were offered.
func (c *Conn) readings(secret []byte) (ks []keyed) {
	if secret == nil {
		return nil
	}
	suites := []suite{c.hs.suite}
	if c.hs.suite.bulk == unknown {
		suites = nil
		if c.hs.hello != nil {
			for _, id := range c.hs.hello.Suites {
				if s, ok := suiteOf(id); ok && id>>8 == 0x13 && len(suites) < 8 {
					suites = append(suites, s)
				}
			}
		}
	}
	for _, s := range suites {
		if s.prf.Size() == len(secret) {
			if o := s.opener13(secret); o != nil {
				ks = append(ks, keyed{secret, s, o})
			}
		}
	}
	return ks
}

// next returns the keys after a KeyUpdate (RFC 8446, 7.2).
func (k keyed) next() keyed {
	secret := expandLabel(k.suite.prf, k.secret, "traffic upd", k.suite.prf.Size())
	return keyed{secret, k.suite, k.suite.opener13(secret)}
}

// settle notes that a record was opened, and under which keys.
func (c *Conn) settle(f *half, s stage, k keyed) {
	if f.keys[s] == nil || len(f.keys[s]) != 1 || f.keys[s][0].open != k.open {
		f.keys[s] = []keyed{k}
	}
	if c.hs.suite.bulk == unknown {
		c.hs.suite = k.suite
		c.state.Version, c.state.Suite = versionName(tls13), k.suite.name
		c.halves[0].looked, c.halves[1].looked = 0, 0
		c.changed = true
		c.h.State(&c.state)
	}
	if c.state.ECH == ECHOffered {
		c.state.ECH = ECHOutside
		c.h.State(&c.state)
	}
	if s != f.stage {
		seq := f.seq
		c.advance(f, s)
		f.seq = seq
	}
	f.count++
	f.skipped, f.skips = 0, 0
	c.succeeded(f)
}

// advance turns a direction to the keys of a later stage.
func (c *Conn) advance(f *half, s stage) {
	f.stage, f.seq, f.window, f.fails = s, 0, 0, 0
	f.msgs, f.broken = f.msgs[:0], false
	c.changed = true
	if s == app {
		c.finish(f)
	}
	if s == app && f.side == stream.Down && c.hs.early == EarlyIsOffered {
		// Its EncryptedExtensions were not readable, and it took the session.
		c.hs.early = EarlyIsAccepted
	}
}

// keyUpdate turns a direction to its next keys.
func (c *Conn) keyUpdate(f *half) {
	if f.stage == app && len(f.keys[app]) == 1 {
		f.keys[app] = []keyed{f.keys[app][0].next()}
		f.seq, f.window = 0, 0
	}
}

// content13 takes off the padding (RFC 8446, 5.2) and looks at the type.
func (c *Conn) content13(f *half, r *record, plain []byte) {
	n := len(plain)
	for n > 0 && plain[n-1] == 0 {
		n--
	}
	if n == 0 {
		return
	}
	switch typ, content := plain[n-1], plain[:n-1]; typ {
	case typeApplication:
		if len(content) > 0 {
			c.h.Data(f.side, r.begin, content)
		}
	case typeHandshake:
		c.messages(f, r, content, true)
	case typeAlert:
		c.alertBytes(f, r, content, true)
	}
}

// inner looks for the secrets of an inner hello (RFC 9849): the log names
// them by a random that was never on the wire.
func (c *Conn) inner(f *half, r *record) (keyed, stage, bool) {
	hs := c.hs
	if c.state.ECH != ECHOffered || f.opened {
		return keyed{}, 0, false
	}
	for s := max(f.stage, shake); s <= app; s++ {
		for random, secret := range c.log.Unclaimed(labels13[f.side][s]) {
			if c.trials++; c.trials > maxTrials {
				return keyed{}, 0, false
			}
			for _, k := range c.readings(secret) {
				if _, ok := c.try(f, k.open, r, 0, 0); !ok {
					continue
				}
				hs.random = bytes.Clone(random)
				c.log.Claim(random)
				c.state.ECH, c.state.Random = ECHAccepted, hs.random
				for i := range c.halves {
					c.halves[i].keys, c.halves[i].looked = [app + 1][]keyed{}, 0
				}
				c.changed = true
				return k, s, true
			}
		}
	}
	return keyed{}, 0, false
}

// guess takes a connection whose ServerHello is not in the capture for one
// of TLS 1.3, if the log has such secrets of it.
func (c *Conn) guess() {
	if c.hs != nil && c.hs.version == 0 {
		for side := range labels13 {
			for _, label := range labels13[side] {
				if label != "" && c.log.Secret(label, c.hs.random) != nil {
					c.hs.version = tls13
					if c.hs.early == EarlyIsOffered {
						c.hs.early = EarlyIsAccepted
					}
					return
				}
			}
		}
	}
	c.close(NoHandshake)
}
