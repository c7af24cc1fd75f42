package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/constat/constat/audit"
)

// deciding is what a verdict opens to: all that it names as decisive.
type deciding struct {
	Rows   []decidingRow
	Things []string // what is no row of the ledger, in words
	More   int      // that the document only counts
}

// decidingRow is a row of the ledger in short.
type decidingRow struct {
	audit.Decided
	Anchor string // of this line
	Shown  string // anchor of where the row is with its derivation, "" if it is not on the page
}

// Deciding is what the i-th verdict opens to.
func (p htmlPage) Deciding(i int, r audit.Verdict) deciding {
	d := deciding{More: r.Count - len(r.Because)}
	rows := map[string]bool{}
	for _, row := range r.Rows {
		rows[row.ID] = true
		x := decidingRow{Decided: row, Anchor: anchor("d", i, row.ID)}
		switch {
		case slices.ContainsFunc(r.Proofs, func(t audit.Transfer) bool { return t.ID == row.ID }):
			x.Shown = anchor("p", i, row.ID)
		case p.shown[row.ID]:
			x.Shown = "x-" + row.ID
		}
		d.Rows = append(d.Rows, x)
	}
	for _, b := range r.Because {
		if !rows[b] {
			d.Things = append(d.Things, p.thing(b)...)
		}
	}
	return d
}

// Anchor is where a row stands among those of the i-th verdict: in the table
// ("d"), or with its derivation ("p").
func (p htmlPage) Anchor(kind string, i int, id string) string { return anchor(kind, i, id) }

func anchor(kind string, i int, id string) string { return fmt.Sprintf("%s%d-%s", kind, i, id) }

// examples are the rows that the groups of transfers show.
func (p htmlPage) examples() map[string]bool {
	shown := map[string]bool{}
	for i, g := range p.Rows() {
		for _, t := range p.Proof(i, g) {
			shown[t.ID] = true
		}
	}
	return shown
}

// Stood is where the server of a row stood, as far as anybody says.
func (v *view) Stood(r audit.Decided) string {
	if r.Country == "" {
		return v.T("noestimate")
	}
	return v.Country(r.Country) + " (" + v.name("verdict.", r.Place) + ")"
}

// thing says what it is that a verdict names and that is no row of the ledger.
func (v *view) thing(name string) (out []string) {
	kind, what, _ := strings.Cut(name, " ")
	switch kind {
	case "host":
		for i := range v.Coverage {
			if c := &v.Coverage[i]; c.Host == what {
				out = append(out, v.hostLine(c))
			}
		}
	case "incident":
		for i := range v.Incidents {
			if x := &v.Incidents[i]; x.Flow == what {
				out = append(out, v.incidentLine(x))
			}
		}
	case "access":
		for i := range v.Document.Accesses {
			if a := &v.Document.Accesses[i]; a.ID == what {
				out = append(out, v.accessLine(a))
			}
		}
	case "join":
		for i := range v.joins() {
			if j := &v.Sharing.Joins[i]; j.Recipient+" "+j.Identifier+" "+j.Fact == what {
				out = append(out, v.joined(j))
			}
		}
	case "sync":
		for i := range v.syncs() {
			if s := &v.Sharing.Syncs[i]; s.Alias+" "+s.Sent.Flow == what {
				out = append(out, v.synced(s))
			}
		}
	}
	if out == nil { // more than the document lists
		out = []string{v.named(name)}
	}
	return out
}

func (v *view) joins() []audit.Join {
	if v.Sharing == nil {
		return nil
	}
	return v.Sharing.Joins
}

func (v *view) syncs() []audit.Sync {
	if v.Sharing == nil {
		return nil
	}
	return v.Sharing.Syncs
}

// hostLine is the traffic with a host: how much of it was read, and in which
// states of the app it was.
func (v *view) hostLine(c *audit.Coverage) string {
	s := v.T("deciding.host", c.Host, v.Owner(c.Recipient), v.N("flow", c.Flows), v.Size(c.Out), v.Size(c.Read), v.Size(c.Opaque), v.Size(c.NotCaptured))
	var states []string
	for _, state := range slices.Sorted(maps.Keys(c.States)) {
		states = append(states, fmt.Sprintf("%s %d", v.name("state.", state), c.States[state]))
	}
	if states != nil {
		s += "; " + v.T("deciding.states", strings.Join(states, ", "))
	}
	var places []string
	for _, r := range c.Servers {
		if r.Country != "" {
			places = appendNew(places, v.Country(r.Country)+" ("+v.name("verdict.", r.Place)+")")
		}
	}
	if places != nil {
		s += "; " + strings.Join(places, ", ")
	}
	return s
}

func (v *view) incidentLine(x *audit.Incident) string {
	line := v.Seconds(x.Offset)
	if moment := v.Moment(x.Circumstance); moment != "" {
		line += " · " + moment
	}
	line += " · " + v.name("incident.", x.Kind)
	if x.Detail != "" {
		line += " (" + x.Detail + ")"
	}
	line += " · " + strings.TrimSpace(x.Method+" "+x.URL.String())
	if owner := v.Owner(x.Recipient.ID); owner != "" {
		line += " → " + owner
	}
	return line + " · " + x.Flow
}

// named is a name of what decides, with its kind in the reader's language.
func (v *view) named(name string) string {
	if kind, what, ok := strings.Cut(name, " "); ok {
		if form, known := v.lookup("because." + kind); known {
			return fmt.Sprintf(form, what)
		}
	}
	return name
}

// decisive lists what decided a verdict.
func (t *terminal) decisive(r audit.Verdict) {
	line := func(s string) { t.wrap("    ", "      ", s) }
	rows := map[string]bool{}
	for _, x := range r.Rows {
		rows[x.ID] = true
		s := x.ID + " " + t.Seconds(x.Offset)
		if moment := t.Moment(x.Circumstance()); moment != "" {
			s += " · " + moment
		}
		s += " · " + t.Type(x.DataType) + ", " + t.T("form."+x.Form) + " [" + x.Grade + "] → " + t.Owner(x.Recipient)
		if x.Country != "" {
			s += " · " + t.Stood(x)
		}
		line(s + " · " + x.Flow)
	}
	for _, b := range r.Because {
		if !rows[b] {
			for _, s := range t.thing(b) {
				line(s)
			}
		}
	}
	if more := r.Count - len(r.Because); more > 0 {
		line(t.T("more", more))
	}
}
