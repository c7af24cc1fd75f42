package score

import (
	"cmp"
	"slices"
	"time"

	"github.com/constat/constat/lab/truth"
)

// row is what is read of a transfer.
type row struct {
	ID           string    `json:"id"`
	Time         time.Time `json:"time"`
	DataType     string    `json:"data_type"`
	PersonaValue *int      `json:"persona_value"`
	Grade        string    `json:"grade"`
	Form         string    `json:"form"`
	Flow         struct {
		ID string `json:"id"`
	} `json:"flow"`
	Recipient struct {
		Host string `json:"host"`
	} `json:"recipient"`
}

// matcher joins rows and items, one to one.
type matcher struct {
	items  []truth.Item
	rows   []row
	rowOf  []int            // per item, -1: none
	itemOf []int            // per row, -1: none
	flows  map[string][]int // items by flow
	hosts  map[string][]int // items without a flow by host, in order of time
}

func newMatcher(items []truth.Item) *matcher {
	m := &matcher{items: items, flows: map[string][]int{}, hosts: map[string][]int{}, rowOf: make([]int, len(items))}
	for i := range items {
		m.rowOf[i] = -1
		if items[i].Flow != "" {
			m.flows[items[i].Flow] = append(m.flows[items[i].Flow], i)
		} else {
			m.hosts[items[i].Host] = append(m.hosts[items[i].Host], i)
		}
	}
	for _, of := range m.hosts {
		slices.SortStableFunc(of, func(a, b int) int { return items[a].Time.Compare(items[b].Time) })
	}
	return m
}

// near calls f with each item that the row may tell of by where and when,
// until f says no.
func (m *matcher) near(r *row, f func(item int) bool) {
	for _, i := range m.flows[r.Flow.ID] {
		if !f(i) {
			return
		}
	}
	of := m.hosts[r.Recipient.Host]
	at, _ := slices.BinarySearchFunc(of, r.Time.Add(-Window), func(i int, t time.Time) int { return m.items[i].Time.Compare(t) })
	for _, i := range of[at:] {
		if m.items[i].Time.Sub(r.Time) > Window || !f(i) {
			return
		}
	}
}

// The ways a row can tell of an item, the surest first. A pass takes those of
// one way, the closest in time first, then those of the form the row says.
var passes = []func(r *row, it *truth.Item) bool{
	// It names the value.
	func(r *row, it *truth.Item) bool { return r.PersonaValue != nil && it.Subject == *r.PersonaValue },
	// It names no value, and the item is nobody's known one.
	func(r *row, it *truth.Item) bool {
		return r.PersonaValue == nil && it.Subject < 0 && it.DataType == r.DataType
	},
	// It names no value, the item is the subject's.
	func(r *row, it *truth.Item) bool {
		return r.PersonaValue == nil && it.Subject >= 0 && it.DataType == r.DataType
	},
	// It names a value, the item says of none whose it is.
	func(r *row, it *truth.Item) bool {
		return r.PersonaValue != nil && it.Subject < 0 && !it.Decoy && it.DataType == r.DataType
	},
}

func (m *matcher) match() {
	m.itemOf = make([]int, len(m.rows))
	for i := range m.itemOf {
		m.itemOf[i] = -1
	}
	type pair struct {
		row, item int
		apart     time.Duration
		unlike    int // 1: of another form than the row says
	}
	for _, fits := range passes {
		var pairs []pair
		for i := range m.rows {
			if m.itemOf[i] >= 0 {
				continue
			}
			r := &m.rows[i]
			m.near(r, func(item int) bool {
				if it := &m.items[item]; m.rowOf[item] < 0 && fits(r, it) {
					p := pair{row: i, item: item, apart: r.Time.Sub(it.Time).Abs()}
					if it.Form != r.Form {
						p.unlike = 1
					}
					pairs = append(pairs, p)
				}
				return true
			})
		}
		slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Or(cmp.Compare(a.apart, b.apart), a.unlike-b.unlike) })
		for _, p := range pairs {
			if m.itemOf[p.row] < 0 && m.rowOf[p.item] < 0 {
				m.itemOf[p.row], m.rowOf[p.item] = p.item, p.row
			}
		}
	}
	m.gather()
}

// gather counts the pieces of a value as found when a row names the value by
// one of them: no single message has it, so one row tells of all.
func (m *matcher) gather() {
	type value struct {
		subject int
		host    string
	}
	row := map[value]int{}
	for i := range m.items {
		if it := &m.items[i]; it.Piece != "" && m.rowOf[i] >= 0 && m.rows[m.rowOf[i]].PersonaValue != nil {
			row[value{it.Subject, it.Host}] = m.rowOf[i]
		}
	}
	for i := range m.items {
		it := &m.items[i]
		if r, ok := row[value{it.Subject, it.Host}]; ok && it.Piece != "" && m.rowOf[i] < 0 && !it.Time.After(m.rows[r].Time.Add(Window)) {
			m.rowOf[i] = r
		}
	}
}

// repeats reports whether another row found the item that r tells of.
func (m *matcher) repeats(r *row) bool {
	found := false
	m.near(r, func(item int) bool {
		if m.rowOf[item] >= 0 {
			for _, fits := range passes {
				found = found || fits(r, &m.items[item])
			}
		}
		return !found
	})
	return found
}

// decoyNear reports whether a decoy can be what r took for the subject's.
func (m *matcher) decoyNear(r *row) bool {
	found := false
	m.near(r, func(item int) bool {
		it := &m.items[item]
		found = it.Decoy && (it.DataType == r.DataType || it.DataType == "")
		return !found
	})
	return found
}
