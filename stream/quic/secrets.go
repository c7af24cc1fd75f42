package quic

import (
	"bytes"

	"github.com/constat/constat/stream"
	"github.com/constat/constat/stream/keylog"
)

// labels name the secrets of the levels beyond Initial.
var labels = [2][levels]string{
	stream.Up:   {early: keylog.ClientEarly, handshake: keylog.ClientHandshake, application: keylog.ClientTraffic},
	stream.Down: {handshake: keylog.ServerHandshake, application: keylog.ServerTraffic},
}

// opener returns what opens the packets of a direction and level, nil as long
// as there is no key. b is the packet at hand, on which secrets that nobody
// has claimed are tried.
func (c *conn) opener(side stream.Side, l level, v *version, b []byte, number int) *opener {
	if l == initial {
		o := c.initial[side]
		if c.original == nil {
			return nil
		}
		if o == nil || o.now.version != v { // changed by negotiation: RFC 9368
			k := v.initialKeys(c.original, side)
			if k == nil {
				return nil
			}
			o = &opener{now: k}
			c.initial[side] = o
		}
		return o
	}
	if o := c.opened[side][l]; o != nil {
		return o
	}
	if v == nil || c.asked[side][l] == c.t.version+1 || c.hello.random == nil && l == early {
		return nil
	}
	label := labels[side][l]
	secret := c.t.log.Secret(label, c.hello.random)
	if secret == nil && c.hello.hidden() {
		secret = c.unclaimed(label, l, v, b, number)
	}
	var choice []*keys
	for _, s := range c.suites(l, secret) {
		choice = append(choice, newKeys(v, s, secret))
	}
	if choice == nil {
		c.asked[side][l] = c.t.version + 1
		return nil
	}
	o := &opener{choice: choice}
	c.opened[side][l] = o
	return o
}

// suites returns what suites a secret may be of. The one that the server has
// chosen is not that of early data, which belongs to an earlier connection.
func (c *conn) suites(l level, secret []byte) []suite {
	all := suitesOf(secret)
	if l == early || c.hello.suite == 0 {
		return all
	}
	for _, s := range all {
		if s == c.hello.suite {
			return []suite{s}
		}
	}
	return nil
}

// unclaimed looks for the secret that opens a packet among those of
// connections that were not seen. With Encrypted Client Hello the log has the
// inner client random, which is nowhere on the wire.
func (c *conn) unclaimed(label string, l level, v *version, b []byte, number int) []byte {
	for random, secret := range c.t.log.Unclaimed(label) {
		for _, s := range c.suites(l, secret) {
			if c.trials >= maxTrials || c.t.trials >= maxAllTrials {
				return nil
			}
			c.trials++
			c.t.trials++
			if !fits(v, s, secret, b, number) {
				continue
			}
			o := opener{now: newKeys(v, s, secret)}
			if _, ok := o.open(b, number, -1, l == application, &c.t.scratch); ok {
				c.hello.random = bytes.Clone(random)
				c.hello.inner = true
				c.asked = [2][levels]int{}
				c.t.log.Claim(c.hello.random)
				if c.hello.client != nil {
					c.note("Encrypted Client Hello: the name in the first packets need not be the one that was asked for")
				}
				return secret
			}
		}
	}
	return nil
}

// fits tells whether a secret may be the one of a packet: the bits that are
// reserved (RFC 9000, 17.2 and 17.3.1) come out as zero. It spares most
// secrets the dearer half of the key schedule.
func fits(v *version, s suite, secret, b []byte, number int) bool {
	if len(b) < number+4+sampleSize {
		return false
	}
	m := newMask(s, expand(s, secret, v.label+"hp", keySize(s))).of(b[number+4:])
	if b[0]&0x80 != 0 {
		return (b[0]^m[0])&0x0c == 0
	}
	return (b[0]^m[0])&0x18 == 0
}
