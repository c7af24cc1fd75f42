package audit

import (
	"cmp"
	"fmt"
	"time"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/identity"
	"github.com/constat/constat/linkage"
)

// Sharing is who can put together what (package linkage).
type Sharing struct {
	Identifiers []SharedIdentifier `json:"identifiers"` // that more than one company got, or that a join or a sync is about
	Joins       []Join             `json:"joins"`
	Syncs       []Sync             `json:"syncs"`
	Limits      SharingLimits      `json:"limits"`
}

// SharedIdentifier is one identifier with all who got it.
type SharedIdentifier struct {
	Alias      string       `json:"alias"`            // of transfers, or "token-3"
	DataType   string       `json:"data_type"`        // "token" for one that nobody planted and no name gives away
	Kind       string       `json:"kind"`             // "planted", "recognised" (by name and format), "token"
	Grade      string       `json:"grade"`            // A: planted, or seen being set; B: by its name, place and looks
	Bits       *float64     `json:"bits"`             // identifying power of the data type; null: no figure, or a token
	Companies  int          `json:"companies"`        // that got it
	Captures   int          `json:"captures"`         // in which it was met
	SetBy      string       `json:"set_by,omitempty"` // Recipient.ID: who gave it to the device as a cookie
	Recipients []SharedWith `json:"recipients"`
	More       int          `json:"more,omitempty"` // receipts by recipients that are not listed
}

// SharedWith is an identifier at one recipient.
type SharedWith struct {
	Recipient string       `json:"recipient"` // Recipient.ID
	Count     int          `json:"count"`     // messages
	Forms     []string     `json:"forms"`     // the digest of a value is that value: whoever knows it can compare
	Fields    []Text       `json:"fields,omitempty"`
	With      []string     `json:"with,omitempty"` // data types of names, addresses and positions that travelled in one message with it
	First     float64      `json:"first_s"`
	Proof     SharingProof `json:"proof"`
}

// SharingProof is where something is to be seen.
type SharingProof struct {
	Flow     string `json:"flow"`
	Transfer string `json:"transfer,omitempty"` // Transfer.ID, of what the ledger has
	Part     Text   `json:"part,omitzero"`
	Field    Text   `json:"field,omitzero"`
	Range    *Range `json:"range,omitempty"`
}

// Join is the shortest way from an identifier that a recipient got to a name, an
// address or a position of the person.
type Join struct {
	Recipient  string       `json:"recipient"`
	Identifier string       `json:"identifier"` // alias
	Fact       string       `json:"fact"`       // alias
	FactType   string       `json:"fact_type"`  // data type
	Alone      bool         `json:"alone"`      // the recipient's own company got all the messages of the way
	Steps      []JoinStep   `json:"steps"`      // none: the recipient has a digest of the fact, and Reader has the fact
	Reader     string       `json:"reader,omitempty"`
	Grade      string       `json:"grade"`
	Proof      SharingProof `json:"proof"` // of the identifier at the recipient
}

// JoinStep is two identifiers that travelled in one message.
type JoinStep struct {
	Identifier string       `json:"identifier"`
	With       string       `json:"with"`
	Recipient  string       `json:"recipient"` // of the message
	Count      int          `json:"count"`     // of such messages to it
	Proof      SharingProof `json:"proof"`
}

// Sync is a token of one recipient that another was told.
type Sync struct {
	From    string       `json:"from"` // recipients
	To      string       `json:"to"`
	Alias   string       `json:"alias"`
	How     string       `json:"how"` // "redirect", "response", "set-cookie", "cookie", see linkage
	Set     SharingProof `json:"set"`
	Sent    SharingProof `json:"sent"`
	Matched string       `json:"matched,omitempty"` // alias of the identifier of To's own that was in the same message
	Grade   string       `json:"grade"`
}

// SharingLimits counts what the graph could not hold or does not list.
type SharingLimits struct {
	Tokens      int `json:"tokens"`      // let go, when one company only had got them
	Cut         int `json:"cut"`         // in messages with very many
	Recipients  int `json:"recipients"`  // receipts beyond 16 recipients of one identifier
	Pairs       int `json:"pairs"`       // that travelled together
	Identifiers int `json:"identifiers"` // shared and not listed
	Joins       int `json:"joins"`
	Syncs       int `json:"syncs"`
}

// maxSharing bounds each list of a Sharing.
const maxSharing = 1000

// sharing reads the graph. It is nil if there is nothing to say.
func (s *shares) sharing(r *Redactor, start time.Time) *Sharing {
	g := s.graph
	out := &Sharing{Identifiers: []SharedIdentifier{}, Joins: []Join{}, Syncs: []Sync{}}
	l := g.Limits()
	out.Limits = SharingLimits{Tokens: l.Tokens, Cut: l.Cut, Recipients: l.Recipients, Pairs: l.Pairs}
	w := &sharingWriter{recipient: s.recipient, r: r, start: start, graph: g, out: out, alias: map[*linkage.Node]string{}}
	for i, n := range g.Shared() {
		if i >= maxSharing {
			out.Limits.Identifiers++
			continue
		}
		w.name(n)
	}
	for i, j := range g.Joins() {
		if i >= maxSharing {
			out.Limits.Joins++
			continue
		}
		out.Joins = append(out.Joins, w.join(&j))
	}
	for i, x := range g.Syncs() {
		if i >= maxSharing {
			out.Limits.Syncs++
			continue
		}
		out.Syncs = append(out.Syncs, w.sync(&x))
	}
	if len(out.Identifiers) == 0 && out.Limits == (SharingLimits{}) {
		return nil
	}
	return out
}

// sharingWriter writes what the graph says, naming identifiers as they turn up.
type sharingWriter struct {
	recipient func(party int) string // Recipient.ID
	r         *Redactor
	start     time.Time
	graph     *linkage.Graph
	out       *Sharing
	alias     map[*linkage.Node]string
	tokens    int
}

// name lists an identifier, once, and returns its alias.
func (w *sharingWriter) name(n *linkage.Node) string {
	if a, ok := w.alias[n]; ok {
		return a
	}
	x := SharedIdentifier{
		Alias: n.Alias, DataType: cmp.Or(string(n.Type), "token"), Kind: "planted", Grade: cmp.Or(n.Grade(), "B"),
		Companies: w.graph.Companies(n), Captures: n.Runs, More: n.More, Recipients: []SharedWith{},
	}
	switch {
	case n.Type == "":
		w.tokens++
		x.Alias, x.Kind = fmt.Sprintf("token-%d", w.tokens), "token"
	case !n.Planted:
		x.Kind = "recognised"
	}
	if bits, ok := identity.Power(datatype.ID(n.Type)); ok {
		x.Bits = &bits.Low
	}
	if by := n.SetBy(); by >= 0 {
		x.SetBy = recipientID(by)
	}
	for _, e := range n.Edges {
		s := SharedWith{
			Recipient: w.recipient(e.Recipient), Count: e.Count, Forms: e.Forms, First: offset(e.First.Time, w.start), Proof: w.proof(*e.First),
		}
		for _, name := range e.Names {
			s.Fields = append(s.Fields, w.r.Text(clip(name, 80)))
		}
		for _, t := range w.graph.With(n, e.Recipient) {
			s.With = append(s.With, string(t))
		}
		x.Recipients = append(x.Recipients, s)
	}
	w.alias[n] = x.Alias
	w.out.Identifiers = append(w.out.Identifiers, x)
	return x.Alias
}

func (w *sharingWriter) proof(p linkage.Proof) SharingProof {
	out := SharingProof{Flow: flowID(p.Flow.Input, p.Flow.Index), Transfer: p.Transfer}
	if p.Part != "" {
		part := p.Part
		if p.Label != "" {
			part += " " + p.Label
		}
		out.Part = w.r.Text(clip(part, 120))
		out.Range = &Range{p.Off, p.Len}
	}
	if p.Field != "" {
		out.Field = w.r.Text(clip(p.Field, 80))
	}
	return out
}

func (w *sharingWriter) join(j *linkage.Join) Join {
	out := Join{
		Recipient: w.recipient(j.Recipient), Identifier: w.name(j.From), Alone: j.Alone, Grade: j.Grade, Proof: w.proof(j.Proof), Steps: []JoinStep{},
	}
	for _, s := range j.Steps {
		out.Steps = append(out.Steps, JoinStep{w.name(s.A), w.name(s.B), w.recipient(s.Recipient), s.Count, w.proof(linkage.Proof{Flow: s.Flow})})
	}
	out.Fact, out.FactType = w.name(j.To), string(j.To.Type)
	if j.Reader >= 0 {
		out.Reader = w.recipient(j.Reader)
	}
	return out
}

func (w *sharingWriter) sync(s *linkage.Sync) Sync {
	out := Sync{
		From: w.recipient(s.From), To: w.recipient(s.To), Alias: w.name(s.Node), How: s.How, Set: w.proof(s.Set), Sent: w.proof(s.Sent), Grade: s.Grade,
	}
	if s.With != nil {
		out.Matched = w.name(s.With)
	}
	return out
}
