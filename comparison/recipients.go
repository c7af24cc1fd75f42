package comparison

import (
	"cmp"
	"slices"

	"github.com/constat/constat/audit"
)

// recipients lays the parties side by side.
func (c *comparer) recipients(transfers []Transfer) []Recipient {
	rows := []Recipient{}
	got := c.got()
	for n, p := range c.parties {
		var of [2]*audit.Recipient
		for i, h := range c.halves {
			of[i] = h.byID[p.id[i]]
		}
		r := Recipient{Owner: p.owner, Before: asParty(of[0]), After: asParty(of[1]), Got: got[n][0] || got[n][1]}
		switch {
		case got[n][1] && !got[n][0]:
			r.Open = c.missedAll(0, n)
			r.Change = either(r.Open, New, OnlyAfter)
		case got[n][0] && !got[n][1]:
			r.Open = c.missedAll(1, n)
			r.Change = either(r.Open, Gone, OnlyBefore)
		case of[0] == nil:
			r.Change = OnlyAfter // a contact: no act need have caused it
		case of[1] == nil:
			r.Change = OnlyBefore
		default:
			r.What, r.Places = c.otherwise(of[0], of[1])
			r.Change = Same
			if len(r.What) > 0 {
				r.Change = Changed
			}
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b Recipient) int {
		return cmp.Or(yes(b.Got)-yes(a.Got), cmp.Compare(rank(a.Change), rank(b.Change)), cmp.Compare(a.Owner, b.Owner))
	})
	return rows
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

// got says which parties got personal data in each audit.
func (c *comparer) got() map[int][2]bool {
	got := map[int][2]bool{}
	for i, h := range c.halves {
		for k := range h.rows {
			if n, ok := c.of[i][k.recipient]; ok {
				of := got[n]
				of[i] = true
				got[n] = of
			}
		}
	}
	return got
}

// missedAll lists why the audit of that side may have missed all that the
// other one saw to a party. What it would have seen of it is enough to say that
// there was nothing of that kind, but a recipient is new or gone only if all is.
func (c *comparer) missedAll(side, party int) []string {
	h := c.halves[1-side]
	var list []string
	for k, p := range h.rows {
		if n, ok := c.of[1-side][k.recipient]; ok && n == party {
			for _, s := range c.missed(side, p, party) {
				if !slices.Contains(list, s) {
					list = append(list, s)
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

func asParty(r *audit.Recipient) *Party {
	if r == nil {
		return nil
	}
	return &Party{
		ID: r.ID, Owner: r.Owner, Role: r.Role, Hosts: orEmpty(r.Hosts), DataTypes: orEmpty(r.DataTypes),
		Transfers: r.Transfers, Flows: r.FlowCount, BytesOut: r.BytesOut, First: r.First,
	}
}

// otherwise says what of a recipient is not as it was.
func (c *comparer) otherwise(a, b *audit.Recipient) (what []string, places []Place) {
	same := func(x, y []string) bool { return len(without(x, y))+len(without(y, x)) == 0 }
	if !same(a.DataTypes, b.DataTypes) {
		what = append(what, "data_types")
	}
	if a.Owner != b.Owner {
		what = append(what, "owner")
	}
	if a.Role != b.Role {
		what = append(what, "role")
	}
	if !same(a.Hosts, b.Hosts) {
		what = append(what, "hosts")
	}
	for _, p := range []Place{
		{"registered", a.Registered, b.Registered},
		{"estimated", a.Estimated, b.Estimated},
		{"established", a.Established, b.Established},
		{"excluded", excluded(a), excluded(b)},
	} {
		if !same(p.Before, p.After) {
			p.Before, p.After = orEmpty(p.Before), orEmpty(p.After)
			places = append(places, p)
		}
	}
	if len(places) > 0 {
		what = append(what, "place")
	}
	return what, places
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
