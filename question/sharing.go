package question

import (
	"github.com/google/cel-go/cel"

	"github.com/constat/constat/audit"
)

// companies is how many companies got an identifier, 0 for what is none or went
// to one only.
func (w *world) companies(alias string) int64 {
	if x := w.identifiers[alias]; x != nil && x.Companies > 1 {
		return int64(x.Companies)
	}
	return 0
}

// typeOf is the data type of an identifier.
func (w *world) typeOf(alias string) string {
	if x := w.identifiers[alias]; x != nil {
		return x.DataType
	}
	return ""
}

// recipient is a recipient as of no transfer in particular: its first host.
func (w *world) recipient(id string) audit.RecipientRef {
	for i := range w.doc.Coverage {
		if c := &w.doc.Coverage[i]; c.Recipient == id && len(c.Servers) > 0 {
			return c.Servers[0]
		}
	}
	for i := range w.doc.Recipients {
		if r := &w.doc.Recipients[i]; r.ID == id {
			ref := audit.RecipientRef{ID: id, Domain: r.Domain, Owner: r.Owner, Role: r.Role, Place: "undetermined"}
			if len(r.Hosts) > 0 {
				ref.Host = r.Hosts[0]
			}
			return ref
		}
	}
	return audit.RecipientRef{ID: id, Role: "unknown", Place: "undetermined"}
}

// joint is a way from an identifier to the person as expressions see it.
type joint struct {
	*audit.Join
	world *world
}

func (j *joint) Parent() cel.Activation { return nil }

func (j *joint) ResolveName(name string) (any, bool) {
	switch name {
	case "data_type":
		return j.world.typeOf(j.Identifier), true
	case "fact":
		return j.FactType, true
	case "steps":
		return len(j.Steps), true
	case "alone":
		return j.Alone, true
	case "companies":
		return j.world.companies(j.Identifier), true
	case "grade":
		return j.Grade, true
	}
	ref := j.world.recipient(j.Recipient)
	return j.world.party(&ref, name)
}

// passed is an identifier that was passed on as expressions see it.
type passed struct {
	*audit.Sync
	world *world
}

func (p *passed) Parent() cel.Activation { return nil }

func (p *passed) ResolveName(name string) (any, bool) {
	switch name {
	case "data_type":
		return p.world.typeOf(p.Alias), true
	case "how":
		return p.How, true
	case "matched":
		return p.Matched != "", true
	case "from_owner":
		return p.world.recipient(p.From).Owner, true
	case "grade":
		return p.Grade, true
	}
	ref := p.world.recipient(p.To)
	return p.world.party(&ref, name)
}
