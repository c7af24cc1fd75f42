// Package score holds what an audit says against what was sent. It knows the
// Audit document by its published JSON only, and the truth by package truth;
// it imports nothing of what it measures.
//
// A report of it has counts, names of data types, steps and flows. It never
// has a value.
package score

import (
	"cmp"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/constat/constat/lab/truth"
)

// Window is how far the times of an item and of a row may be apart when
// nothing names the flow.
const Window = 5 * time.Second

// Listed is how many misses, and how many false rows, a Report lists.
const Listed = 200

// Report is how well an audit tells what was sent.
type Report struct {
	// All counts the items that an analysis of traffic can find: no decoys,
	// and nothing that is beyond it.
	All       Tally   `json:"all"`
	ByType    []Tally `json:"by_data_type"`
	ByForm    []Tally `json:"by_form"`
	ByDepth   []Tally `json:"by_depth"`
	ByCarrier []Tally `json:"by_carrier"`
	ByStep    []Tally `json:"by_step"`    // items with the step anywhere in their chain
	ByStratum []Tally `json:"by_stratum"` // of generated captures: how the layers were drawn, and how many
	Beyond    []Tally `json:"beyond"`     // by reason: expected misses, in no other figure

	Rows   Rows   `json:"rows"`
	Decoys Decoys `json:"decoys"`
	Time   Times  `json:"time_error"`

	Misses        []Miss  `json:"misses"`
	MissesLeftOut int     `json:"misses_left_out"`
	False         []Wrong `json:"false_positives"`
	FalseLeftOut  int     `json:"false_positives_left_out"`
}

// Tally counts the items of one kind. Recall is null when none was sent.
type Tally struct {
	Name   string   `json:"name,omitempty"`
	Sent   int      `json:"sent"`
	Found  int      `json:"found"`
	Recall *float64 `json:"recall"`
}

// Rows counts the rows of grade A and B. A row that only repeats an item that
// another row of the flow found is neither right nor wrong.
type Rows struct {
	Judged     int      `json:"judged"`    // right + duplicate + false
	Right      int      `json:"right"`     // those that tell of somebody else's value included
	Others     int      `json:"others"`    // right: somebody else's value, as nobody's known one
	TypeOnly   int      `json:"type_only"` // right: the subject's value, told by its data type alone
	Duplicates int      `json:"duplicates"`
	False      int      `json:"false"`
	Precision  *float64 `json:"precision"` // right / (right + false), null without such rows
	Hints      int      `json:"hints"`     // rows of grade C, which are not judged
}

// Decoys counts what looks like the subject's and is not.
type Decoys struct {
	Sent int `json:"sent"`
	Hit  int `json:"hit"` // rows that report one as the subject's
}

// Times tells how far the times of rows that name a value are from those of
// sending, in seconds. A row that names only a type may be another's.
type Times struct {
	Matched int     `json:"matched"`
	Median  float64 `json:"median_s"`
	Max     float64 `json:"max_s"`
}

// Miss is an item that no row tells of.
type Miss struct {
	Seq      int      `json:"seq"`
	DataType string   `json:"data_type"`
	Form     string   `json:"form"`
	Chain    []string `json:"chain"`
	Carrier  string   `json:"carrier"`
	Host     string   `json:"host"`
	Flow     string   `json:"flow,omitempty"`
}

// Wrong is a row that tells of nothing that was sent.
type Wrong struct {
	ID           string `json:"id"`
	Flow         string `json:"flow"`
	Host         string `json:"host"`
	DataType     string `json:"data_type"`
	PersonaValue *int   `json:"persona_value"`
	Grade        string `json:"grade"`
	Decoy        bool   `json:"decoy"` // a decoy was taken for the subject's
}

// Compare reads an Audit document and scores it.
//
// A row of grade A or B tells of an item of the same flow, or of the same
// host and at most Window apart if the item has no flow, one to one. A row
// that names a value of the persona tells of that value and of no other; a
// row that names none tells of an item of its data type, somebody else's
// first.
func Compare(items []truth.Item, auditJSON io.Reader) (*Report, error) {
	m := newMatcher(items)
	hints := 0
	err := members(auditJSON, map[string]func(decode func(any) error) error{
		"transfers": func(decode func(any) error) error {
			var r row
			if err := decode(&r); err != nil {
				return err
			}
			switch r.Grade {
			case "A", "B":
				m.rows = append(m.rows, r)
			case "C":
				hints++
			}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	m.match()
	r := m.report()
	r.Rows.Hints = hints
	return r, nil
}

// report counts what was matched.
func (m *matcher) report() *Report {
	r := &Report{Misses: []Miss{}, False: []Wrong{}}
	var g groups
	count := g.count
	for i := range m.items {
		it := &m.items[i]
		found := m.rowOf[i] >= 0
		switch {
		case it.Decoy:
			r.Decoys.Sent++
			continue
		case it.Beyond != "":
			count(&r.Beyond, it.Beyond, found)
			continue
		}
		r.All.add(found)
		count(&r.ByType, it.DataType, found)
		count(&r.ByForm, it.Form, found)
		count(&r.ByDepth, strconv.Itoa(it.Depth()), found)
		count(&r.ByCarrier, it.Carrier, found)
		for _, s := range steps(it) {
			count(&r.ByStep, s, found)
		}
		if it.Stratum != "" {
			stratum, _ := strata(it)
			count(&r.ByStratum, stratum, found)
		}
		if found {
			continue
		}
		if len(r.Misses) == Listed {
			r.MissesLeftOut++
			continue
		}
		r.Misses = append(r.Misses, missOf(it))
	}
	r.All.close()
	for _, in := range []*[]Tally{&r.ByType, &r.ByForm, &r.ByDepth, &r.ByCarrier, &r.ByStep, &r.ByStratum, &r.Beyond} {
		g.close(in)
	}
	slices.SortFunc(r.ByDepth, func(a, b Tally) int {
		return cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	m.judge(r)
	return r
}

// judge counts the rows.
func (m *matcher) judge(r *Report) {
	r.Rows.Judged = len(m.rows)
	var apart []float64
	for i := range m.rows {
		row := &m.rows[i]
		switch it := m.itemOf[i]; {
		case it >= 0:
			r.Rows.Right++
			switch {
			case m.items[it].Decoy:
				r.Rows.Others++
			case m.items[it].Subject >= 0 && row.PersonaValue == nil:
				r.Rows.TypeOnly++
			}
			if row.PersonaValue != nil {
				apart = append(apart, math.Abs(row.Time.Sub(m.items[it].Time).Seconds()))
			}
		case m.repeats(row):
			r.Rows.Duplicates++
		default:
			r.Rows.False++
			w := Wrong{ID: row.ID, Flow: row.Flow.ID, Host: row.Recipient.Host, DataType: row.DataType, PersonaValue: row.PersonaValue, Grade: row.Grade}
			if w.Decoy = row.PersonaValue != nil && m.decoyNear(row); w.Decoy {
				r.Decoys.Hit++
			}
			if len(r.False) == Listed {
				r.FalseLeftOut++
				continue
			}
			r.False = append(r.False, w)
		}
	}
	r.Rows.Precision = share(r.Rows.Right, r.Rows.Right+r.Rows.False)
	if r.Time.Matched = len(apart); len(apart) > 0 {
		slices.Sort(apart)
		r.Time.Median, r.Time.Max = (apart[(len(apart)-1)/2]+apart[len(apart)/2])/2, apart[len(apart)-1]
	}
}

func (t *Tally) add(found bool) {
	t.Sent++
	if found {
		t.Found++
	}
}

func (t *Tally) close() { t.Recall = share(t.Found, t.Sent) }

// share is a part of a whole, nil when there is no whole.
func share(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	f := float64(part) / float64(whole)
	return &f
}
