package audit

import (
	"sync"
	"time"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
)

// Live is an audit of a capture that has not ended: flows are added as they
// come, and a document of what there is can be had at any time. It keeps no
// ledger; the audit of the log has that. Its methods are for any goroutine.
type Live struct {
	mu     sync.Mutex
	m      *merger
	looker *looker
}

// NewLive begins a live audit.
func NewLive(o Options) (*Live, error) {
	o.Fast = true // a view must keep up; the audit of the log looks deeper
	engine, err := detect.New(o.Persona, o.detection())
	if err != nil {
		return nil, err
	}
	l := &Live{m: newMerger(o), looker: newLooker(engine)}
	l.m.ledger = nil
	l.m.inputs = []Input{{}}
	return l, nil
}

// Add takes in a flow.
func (l *Live) Add(f *flow.Flow) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.m.flow(0, f, l.looker.look(f))
}

// View is what a live audit shows.
type View struct {
	Document *Document // without transfers
	Recent   []Recent  // the latest first
	Meter    Count     // the last 15 seconds
}

// Recent is a transfer that was just seen.
type Recent struct {
	Time     time.Time
	DataType string
	Form     string
	Grade    string
	Redacted Text
	Owner    string
	Host     string
}

// View returns what there is now.
func (l *Live) View(now time.Time) View {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := View{Document: l.m.document(), Recent: l.m.recent.rows()}
	last, own := &second{}, l.m.tally.in(attribution.Mine, l.m.whose.settled)
	for s := now.Unix() - span15 + 1; s <= now.Unix(); s++ {
		if x := own.seconds[s]; x != nil {
			last.add(x)
		}
	}
	v.Meter = last.count(0, l.m.tally.to)
	return v
}

// recent keeps the last transfers.
type recent struct {
	ring [40]Recent
	n    int
}

func (r *recent) add(t *Transfer, when time.Time, owner, host string) {
	r.ring[r.n%len(r.ring)] = Recent{
		Time: when, DataType: t.DataType, Form: t.Form, Grade: t.Grade, Redacted: t.Redacted, Owner: owner, Host: host,
	}
	r.n++
}

func (r *recent) rows() []Recent {
	var out []Recent
	for i := r.n - 1; i >= max(0, r.n-len(r.ring)); i-- {
		out = append(out, r.ring[i%len(r.ring)])
	}
	return out
}
