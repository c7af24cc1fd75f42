package audit

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/constat/constat/attribution"
	"github.com/constat/constat/detect"
	"github.com/constat/constat/flow"
)

// Refuted is what looked like personal data on its way to one recipient and
// is none: a constat must be able to say no.
type Refuted struct {
	ID        string  `json:"id"`        // "n1"
	DataType  string  `json:"data_type"` // that it looks like
	Kind      string  `json:"kind"`      // see detect.Refuted
	Why       string  `json:"why"`
	Source    string  `json:"source"`           // of the claim that this is no value, with its date
	Digest    string  `json:"digest,omitempty"` // function of which the value is the outcome
	Example   Text    `json:"example"`          // what it is, or is the digest of
	Recipient string  `json:"recipient"`        // Recipient.ID
	Count     int     `json:"count"`
	First     float64 `json:"first_s"`

	// Of the first:
	Key        string  `json:"key"` // name of its field
	Derivation []Text  `json:"derivation"`
	Flow       FlowRef `json:"flow"`
	Part       string  `json:"part"`
	Range      Range   `json:"range"`

	OtherApp bool `json:"other_app,omitempty"` // surely not of the app that is looked into
	AppOpen  bool `json:"app_open,omitempty"`  // it may be, and may be another's
}

// maxRefutations bounds what is listed; a capture with more says the same.
const maxRefutations = 500

type refutationKey struct {
	dataType, kind, digest, why string
	recipient                   int
	lot                         lot
}

// refutations are gathered while flows go by.
type refutations struct {
	at   map[refutationKey]int
	rows []Refuted
	ns   []int64
	of   []int // hosts
	lots []lot
}

func (rs *refutations) add(d *destination, input int, f *flow.Flow, l lot, res detect.Result, r *Redactor) {
	for i := range res.Refuted {
		x := &res.Refuted[i]
		k := refutationKey{string(x.Type), x.Kind, x.Digest, x.Why, d.recipient, l}
		if n, ok := rs.at[k]; ok {
			rs.rows[n].Count++
			continue
		}
		if len(rs.rows) == maxRefutations {
			continue
		}
		if rs.at == nil {
			rs.at = map[refutationKey]int{}
		}
		rs.at[k] = len(rs.rows)
		part := &res.Parts[x.Root]
		row := Refuted{
			DataType: string(x.Type), Kind: x.Kind, Why: x.Why, Source: r.Public(x.Source).s, Digest: x.Digest, Example: refutedText(x, r), Count: 1,
			Key: r.Text(clip(x.Key, 80)).s, Part: part.Root.Name, Range: Range{x.Off, x.Len},
			Flow: FlowRef{
				ID: flowID(input, f.Index), Protocol: printable(f.Protocol), Input: input,
				Offset: part.Root.Source.Offset, Length: part.Root.Source.Length,
			},
		}
		if f.Request != nil {
			row.Flow.Method, row.Flow.URL = printable(clip(f.Request.Method, 32)), r.URL(f.Request.URL)
		} else {
			row.Flow.URL = Text{string(f.Kind) + "://" + r.Host(f.Host())}
		}
		for _, step := range x.Derivation {
			row.Derivation = append(row.Derivation, r.Text(clip(step, 200)))
		}
		ns := noTime
		if when := flowTime(f, part.Root); !when.IsZero() {
			ns = when.UnixNano()
		}
		rs.rows, rs.ns, rs.of, rs.lots = append(rs.rows, row), append(rs.ns, ns), append(rs.of, d.recipient), append(rs.lots, l)
	}
}

// refutedText shows what stood there. A text of detect's own lists is public:
// only pieces of the persona's values are masked in it. A tag is a name; what a
// rule refuted is masked as if it were a value.
func refutedText(x *detect.Refuted, r *Redactor) Text {
	switch {
	case x.Text != "" || x.Digest != "":
		return r.Public(x.Text)
	case x.Kind == "unfilled_tag":
		return r.Text(clip(string(x.Value), 80))
	}
	return r.Value(x.Type, string(x.Value))
}

// Public masks what belongs to the secrets in a text that is known to be
// public otherwise.
func (r *Redactor) Public(s string) Text {
	s = printable(s)
	return Text{dotted(s, r.cover([]byte(s), nil))}
}

// list are the refutations, the subject's first, then those seen most often. to is
// the recipient of each host.
func (rs *refutations) list(to []int, start time.Time, settled settler) []Refuted {
	var rows []Refuted
	at := map[refutationKey]int{}
	for i, row := range rs.rows {
		row.Recipient, row.First = recipientID(to[rs.of[i]]), offset(rs.ns[i], start)
		whose := settled(rs.lots[i])
		row.OtherApp, row.AppOpen = whose == attribution.Others, whose == attribution.Open
		k := refutationKey{row.DataType, row.Kind, row.Digest, row.Why, to[rs.of[i]], lot{whose: whose}}
		if n, ok := at[k]; ok {
			rows[n].Count += row.Count
			continue
		}
		at[k] = len(rows)
		rows = append(rows, row)
	}
	rank := func(r *Refuted) int {
		switch {
		case r.OtherApp:
			return 2
		case r.AppOpen:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(rows, func(a, b Refuted) int { return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(b.Count, a.Count)) })
	for n := range rows {
		rows[n].ID = fmt.Sprintf("n%d", n+1)
	}
	return rows
}
