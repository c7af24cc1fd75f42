package question

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"github.com/constat/constat/audit"
)

// subject is what a counter is shown.
type subject interface {
	name() string
	key(variable string) string // as a key of a count
}

// hearing is a set while its questions are being answered.
type hearing struct {
	set       *Set
	world     *world
	inquiries []*inquiry
	shadow    *hearing // that also sees what may be another app's; nil: there is none
	all       bool     // it is such a one
}

func (s *Set) hearing(d *audit.Document, c Case) *hearing {
	h := &hearing{set: s, world: newWorld(d, c.or(s.Case))}
	if h.world.shaded() {
		h.shadow = &hearing{set: s, world: h.world, all: true}
	}
	for _, q := range s.Questions {
		in := newInquiry(q)
		h.inquiries = append(h.inquiries, in)
		if h.shadow == nil {
			continue
		}
		too := newInquiry(q)
		h.shadow.inquiries = append(h.shadow.inquiries, too)
		for i, k := range in.counters {
			k.shadow = too.counters[i]
		}
	}
	return h
}

// sees reports whether a hearing is shown what is somebody's.
func (h *hearing) sees(of whose) bool { return of == mine || of == anyones && h.all }

// over are the counters of a table.
func (h *hearing) over(table string) (list []*counter) {
	for _, q := range h.inquiries {
		for _, k := range q.counters {
			if k.table == table {
				list = append(list, k)
			}
		}
	}
	return list
}

// hear shows every clause what is in its table. The ledger is read once for all.
func hear(ctx context.Context, sets ...*hearing) error {
	var all []*hearing
	for _, h := range sets {
		all = append(all, h)
		if h.shadow != nil {
			all = append(all, h.shadow)
		}
	}
	if err := hearRows(ctx, all); err != nil {
		return err
	}
	for _, h := range all {
		if err := h.rest(ctx); err != nil {
			return err
		}
	}
	return nil
}

// rest shows the clauses what is no row of the ledger.
func (h *hearing) rest(ctx context.Context) error {
	w, spent, seen := h.world, uint64(0), 0
	show := func(table string, of whose, vars cel.Activation, name string) error {
		seen++
		if of == others {
			return nil
		}
		at := &audit.Circumstance{}
		if x, ok := vars.(*happening); ok {
			at = &x.Circumstance
		}
		for _, q := range h.inquiries {
			for _, k := range q.counters {
				if k.table != table {
					continue
				}
				if !h.sees(of) {
					k.against = true // nothing holds for every row that may not be the app's
					continue
				}
				v, cost, err := k.exprs[0].weighWithin(vars, at)
				if err != nil {
					return fmt.Errorf("question %s: %w", q.ID, err)
				}
				spent += cost
				if v != types.True {
					if types.IsUnknown(v) {
						k.open |= w.whyOpen(vars, k.exprs[0].names)
					}
					k.against = true
					continue
				}
				k.see(1, 0, thing{vars, name})
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return overspent(spent, seen)
	}
	for _, x := range w.hosts() {
		if err := show("hosts", x.whose, &x.host, "host "+x.Host); err != nil {
			return err
		}
	}
	for i := range w.doc.Incidents {
		incident := w.doc.Incidents[i]
		x := &happening{&incident, w}
		if err := show("incidents", whoseIs(&x.Sender), x, "incident "+x.Flow); err != nil {
			return err
		}
	}
	for i := range w.doc.Accesses {
		x := &accessed{&w.doc.Accesses[i], w}
		if x.Ended {
			continue
		}
		if err := show("accesses", whoseIs(&x.Sender), x, "access "+x.ID); err != nil {
			return err
		}
	}
	if w.doc.Sharing == nil {
		return nil
	}
	for i := range w.doc.Sharing.Joins {
		x := &joint{&w.doc.Sharing.Joins[i], w}
		if err := show("joins", w.linked(), x, "join "+x.Recipient+" "+x.Identifier+" "+x.Fact); err != nil {
			return err
		}
	}
	for i := range w.doc.Sharing.Syncs {
		x := &passed{&w.doc.Sharing.Syncs[i], w}
		if err := show("syncs", w.linked(), x, "sync "+x.Alias+" "+x.Sent.Flow); err != nil {
			return err
		}
	}
	return nil
}

// thing is what is no row of the ledger as a subject.
type thing struct {
	vars  cel.Activation
	named string
}

func (t thing) name() string { return t.named }
func (t thing) key(variable string) string {
	v, _ := t.vars.ResolveName(variable)
	return fmt.Sprint(v)
}

// batchBytes is about how much of the ledger one processor judges at a time.
var batchBytes = 256 << 10

// batch is a stretch of the ledger.
type batch struct {
	text []byte
	ends []int // of the rows

	lines       []line // those that may decide
	hits        []hit
	open        []why
	against     []bool
	cost        uint64
	runs        int    // stretches of rows of one flow
	first, last string // flow
	err         error
	done        chan struct{}
}

// hit is a row for which expressions of a clause are true.
type hit struct {
	line, counter int
	met           uint8
}

// hearRows reads the ledger once. Rows are judged by as many goroutines as there
// are processors, and counted in order.
func hearRows(ctx context.Context, all []*hearing) error {
	if len(all) == 0 {
		return nil
	}
	var counters []*counter
	judges := func(x *lexicon) (list []*judge) {
		base := 0
		for _, h := range all {
			var clauses []*Clause
			for _, k := range h.over("rows") {
				clauses = append(clauses, k.Clause)
			}
			j := newJudge(h.set, h.world, clauses, x)
			j.base, j.all = base, h.all
			base += len(clauses)
			list = append(list, j)
		}
		return list
	}
	for _, h := range all {
		counters = append(counters, h.over("rows")...)
	}
	w := all[0].world // for what is the same in all: the document
	ctx, cancel := context.WithCancel(ctx)
	workers := runtime.GOMAXPROCS(0)
	jobs, order := make(chan *batch, workers), make(chan *batch, 4*workers)
	free := make(chan *batch, 8*workers)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	var readErr error
	wg.Go(func() {
		defer close(order)
		defer close(jobs)
		readErr = deal(ctx, w.doc.Transfers, jobs, order, free)
	})
	for range workers {
		wg.Go(func() {
			x := &lexicon{words: map[string]word32{}, opens: map[[len(opening)]uint32]uint32{}}
			bench := &bench{lexicon: x, judges: judges(x)}
			for b := range jobs {
				if ctx.Err() == nil {
					b.err = bench.batch(b)
				}
				close(b.done)
			}
		})
	}
	c := &count{world: w, counters: counters, sets: len(all)}
	for b := range order {
		<-b.done
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.batch(b); err != nil {
			return err
		}
		select {
		case free <- b:
		default:
		}
	}
	if readErr != nil {
		return readErr
	}
	return ctx.Err()
}

// deal cuts the ledger into batches.
func deal(ctx context.Context, l *audit.Ledger, jobs, order chan<- *batch, free <-chan *batch) error {
	b := newBatch(free)
	send := func() bool {
		for _, to := range []chan<- *batch{order, jobs} {
			select {
			case to <- b:
			case <-ctx.Done():
				if to == jobs { // it is in order already
					close(b.done)
				}
				return false
			}
		}
		b = newBatch(free)
		return true
	}
	for row, err := range l.Encoded() {
		if err != nil {
			return err
		}
		b.text = append(b.text, row...)
		b.ends = append(b.ends, len(b.text))
		if len(b.text) >= batchBytes && !send() {
			return ctx.Err()
		}
	}
	if len(b.ends) > 0 && !send() {
		return ctx.Err()
	}
	return nil
}

func newBatch(free <-chan *batch) *batch {
	select {
	case b := <-free:
		*b = batch{text: b.text[:0], ends: b.ends[:0], lines: b.lines[:0], hits: b.hits[:0], open: b.open[:0], against: b.against[:0], done: make(chan struct{})}
		return b
	default:
		return &batch{done: make(chan struct{})}
	}
}

// bench is the judges of all sets, on one processor.
type bench struct {
	lexicon *lexicon
	judges  []*judge
	key     []byte
}

// batch judges the rows of a batch.
func (n *bench) batch(b *batch) error {
	for _, j := range n.judges {
		clear(j.open)
		clear(j.against)
		j.cost, j.rows = 0, len(b.ends)
	}
	from := 0
	var flow []byte
	for i, end := range b.ends {
		l := line{raw: b.text[from:end:end]}
		from = end
		var err error
		if n.key, err = l.scan(n.key[:0]); err != nil {
			return fmt.Errorf("row %d of a stretch of the ledger: %w", i+1, err)
		}
		if l.hint() || l.of == others {
			continue // decides nothing
		}
		if b.runs == 0 || string(l.flow) != string(flow) {
			b.runs++
			flow = l.flow
		}
		if b.runs == 1 {
			b.first = string(flow)
		}
		l.run = b.runs - 1
		n.lexicon.known = false
		kept := false
		for _, j := range n.judges {
			if l.of == anyones && !j.all {
				for i := range j.against { // nothing holds for every row that may not be the app's
					j.against[i] = true
				}
				continue
			}
			k, err := j.sort(&l, n.key)
			if err != nil {
				return err
			}
			for _, c := range k.live {
				met, err := j.judge(&l, c)
				if err != nil {
					return err
				}
				if met == 0 {
					continue
				}
				if !kept {
					b.lines, kept = append(b.lines, l), true
				}
				b.hits = append(b.hits, hit{len(b.lines) - 1, j.base + c.counter, met})
			}
		}
	}
	b.last = string(flow)
	b.open, b.against = b.open[:0], b.against[:0]
	for _, j := range n.judges {
		b.open, b.against = append(b.open, j.open...), append(b.against, j.against...)
		b.cost += j.cost
	}
	return nil
}

// count counts what the judges found.
type count struct {
	world    *world
	counters []*counter
	run      int
	last     string
	rows     int
	sets     int
	cost     uint64
}

func (c *count) batch(b *batch) error {
	if b.err != nil {
		return b.err
	}
	if c.rows > 0 && b.runs > 0 && b.first != c.last {
		c.run++
	}
	for _, h := range b.hits {
		l := &b.lines[h.line]
		c.counters[h.counter].see(h.met, c.run+l.run, counted{l, c.world})
	}
	for i, k := range c.counters {
		k.open |= b.open[i]
		k.against = k.against || b.against[i]
	}
	if b.runs > 0 {
		c.run += b.runs - 1
		c.last = b.last
	}
	c.rows += len(b.ends)
	c.cost += b.cost
	return overspent(c.cost, c.rows*c.sets)
}

// counted is a row of the ledger as a subject.
type counted struct {
	*line
	world *world
}

func (c counted) name() string { return spelled(c.id) }

func (c counted) key(variable string) string {
	switch variable {
	case "flow":
		return spelled(c.flow)
	case "alias":
		return spelled(c.alias)
	case "host", "owner", "domain", "country":
		v, _ := c.world.party(c.world.refer(c.told[telling["recipient"]]), variable)
		return fmt.Sprint(v)
	}
	t, err := c.transfer()
	if err != nil {
		return "" // not told apart
	}
	v, _ := (&row{Transfer: t, world: c.world}).ResolveName(variable)
	return fmt.Sprint(v)
}

// refer decodes a recipient, once for all its rows.
func (w *world) refer(value []byte) *audit.RecipientRef {
	r := w.refs[string(value)]
	if r == nil {
		r = &audit.RecipientRef{}
		_ = json.Unmarshal(value, r) // no recipient: nobody
		if len(w.refs) >= maxKinds {
			clear(w.refs)
		}
		w.refs[string(value)] = r
	}
	return r
}
