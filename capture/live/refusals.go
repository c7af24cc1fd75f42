package live

import (
	"sync"
	"time"
)

// stack is a TLS implementation going to a host. Two apps on a phone may
// differ in whether they pin the same host; often their hellos tell them apart.
type stack struct{ host, ja4 string }

// refusals remembers who does not accept our certificate.
type refusals struct {
	mu   sync.Mutex
	why  map[stack]refusal
	mute map[stack]bool // closed a connection without a byte once
	good map[stack]bool
}

type refusal struct {
	how   string
	until time.Time // zero: for the rest of the capture
}

// maxRefusals bounds what is remembered of either kind.
const maxRefusals = 1 << 16

// again is how long a stack that both accepts and refuses is passed through
// after a refusal: two apps share it, and the one that pins tries again at
// once.
const again = 30 * time.Second

// probation is how long a stack is passed through that closed a connection
// without a byte for the first time: long enough for an app that pins to try
// again, short enough if it was a browser that changed its mind.
const probation = 5 * time.Second

// of returns why connections of who are passed through, "" if they are not.
func (r *refusals) of(who stack) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.why[who]
	if !w.until.IsZero() && time.Now().After(w.until) {
		delete(r.why, who)
		return ""
	}
	return w.how
}

// accepted notes that who sent data over an intercepted connection: it, or
// somebody with the same hello, does accept the certificate.
func (r *refusals) accepted(who stack) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.good == nil {
		r.good = map[stack]bool{}
	}
	if len(r.good) < maxRefusals {
		r.good[who] = true
	}
}

// rejected notes a refusal. A silent one, a connection closed without a word,
// counts only of a stack that has never accepted, and the first time for a
// moment only; rejected reports whether it counts.
func (r *refusals) rejected(who stack, how string, silent bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if silent && time.Now().Before(r.why[who].until) {
		return true // one change of mind may close several connections
	}
	w := refusal{how: how}
	if r.good[who] {
		if silent {
			return false
		}
		w.until = time.Now().Add(again)
	} else if silent && !r.mute[who] {
		w.until = time.Now().Add(probation)
		if r.mute == nil {
			r.mute = map[stack]bool{}
		}
		if len(r.mute) < maxRefusals {
			r.mute[who] = true
		}
	}
	if r.why == nil {
		r.why = map[stack]refusal{}
	}
	if len(r.why) < maxRefusals {
		r.why[who] = w
	}
	return true
}
