package question

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/constat/constat/audit"
)

var stringList = reflect.TypeFor[[]string]()

// world is what expressions over any table can see beside their row.
type world struct {
	doc         *audit.Document
	shared      map[string]any // variables that are the same for every row
	own         Case
	excluded    map[string][]string // by address
	registers   map[string]string   // by address
	standing    map[standingKey]audit.Standing
	laws        map[string][]audit.LawRow // by recipient
	identifiers map[string]*audit.SharedIdentifier
	refs        map[string]*audit.RecipientRef // as encoded; of the goroutine that counts
}

func newWorld(d *audit.Document, c Case) *world {
	w := &world{doc: d, own: c, excluded: map[string][]string{}, registers: map[string]string{}, identifiers: map[string]*audit.SharedIdentifier{}, refs: map[string]*audit.RecipientRef{}}
	w.readLaw()
	if d.Sharing != nil {
		for i := range d.Sharing.Identifiers {
			x := &d.Sharing.Identifiers[i]
			w.identifiers[x.Alias] = x
		}
	}
	deletions := []map[string]any{}
	for _, i := range d.Incidents {
		if i.Kind == audit.Deletion {
			deletions = append(deletions, map[string]any{"host": i.Recipient.Host, "offset_s": i.Offset})
		}
	}
	w.shared = map[string]any{"deletions": deletions, "child": c.Child, "subject_country": d.Subject.Country}
	for name, list := range c.lists() {
		if list == nil {
			list = []string{}
		}
		if name != "first_party" {
			w.shared[name] = types.NewStringList(types.DefaultTypeAdapter, list)
		}
	}
	for i := range d.Recipients {
		r := &d.Recipients[i]
		for _, a := range r.Addresses {
			w.registers[a.IP] = a.Registered
		}
		for _, p := range r.Verdicts {
			if strings.HasPrefix(p.Verdict, "impossible") {
				w.excluded[p.IP] = append(w.excluded[p.IP], p.Country)
			}
		}
	}
	return w
}

// apart is the same world for another goroutine.
func (w *world) apart() *world {
	c := *w
	c.refs = map[string]*audit.RecipientRef{}
	return &c
}

// ours reports whether a host is the app's own company's.
func (w *world) ours(host, role string) bool {
	if len(w.own.FirstParty) > 0 {
		return under(host, w.own.FirstParty)
	}
	return role == "first party"
}

// theirs reports whether a host is surely another company's. Without a word of the
// case, only a table tells: of a host that none knows, and of those that carry what
// is anybody's, it is not known whose they are.
func (w *world) theirs(host, role string) bool {
	if len(w.own.FirstParty) > 0 {
		return !under(host, w.own.FirstParty)
	}
	return role != "" && !slices.Contains(anybodys, role)
}

// anybodys are roles of services that carry what is any company's, and of hosts
// that no table knows.
var anybodys = []string{"first party", "unknown", "cdn", "cloud", "dns", "platform", "network"}

// party resolves the variables of who is at the other end.
func (w *world) party(r *audit.RecipientRef, name string) (any, bool) {
	switch name {
	case "host":
		return r.Host, true
	case "domain":
		return r.Domain, true
	case "owner":
		return r.Owner, true
	case "role":
		return r.Role, true
	case "first_party":
		return w.ours(r.Host, r.Role), true
	case "third_party":
		return w.theirs(r.Host, r.Role), true
	case "ip":
		return r.IP, true
	case "country":
		return r.Country, true
	case "registered":
		return w.registers[r.IP], true
	case "place":
		return r.Place, true
	case "excluded":
		return types.NewStringList(types.DefaultTypeAdapter, w.excluded[r.IP]), true
	}
	if v, ok := w.shared[name]; ok {
		return v, ok
	}
	return w.legal(r, "", name)
}

// moments resolves the variables of the moment. What nobody can tell has no value,
// and an expression that needs it is neither true nor false.
func moments(c *audit.Circumstance, offset float64, name string) (any, bool) {
	if untold(c, name) != told {
		return types.NewUnknown(0, types.NewAttributeTrail(name)), true
	}
	switch name {
	case "state":
		return c.State, true
	case "act":
		return c.Act, true
	case "since_act_s":
		return c.SinceAct, true
	case "consent":
		return c.Consent, true
	case "draft_open":
		return c.Draft, true
	case "clip_fate":
		return c.Fate, true
	case "clip_ended":
		return c.Last, true
	case "signed_up":
		return c.Account, true
	case "moment_unsure":
		return c.Unsure, true
	case "offset_s":
		return offset, true
	}
	return nil, false
}

// row is a transfer as expressions see it (cel.Activation).
type row struct {
	*audit.Transfer
	world   *world
	defined map[string]*expression
	scheme  string // of a row that was not decoded whole
	steps   uint64 // that definitions took
	err     error
}

// define works a definition out.
func (r *row) define(vars cel.Activation, x *expression) ref.Val {
	v, steps, err := x.weigh(vars)
	if err != nil && r.err == nil {
		r.err = err
	}
	r.steps += steps
	return v
}

func (r *row) Parent() cel.Activation { return nil }

func (r *row) ResolveName(name string) (any, bool) {
	switch name {
	case "data_type":
		return r.DataType, true
	case "flow":
		return r.Flow.ID, true
	case "alias":
		return r.Alias, true
	case "companies":
		return r.world.companies(r.Alias), true
	case "planted":
		return r.PersonaValue != nil, true
	case "form":
		return r.Form, true
	case "detail":
		return r.Detail, true
	case "anonymity":
		return r.Anonymity.Verdict, true
	case "grade":
		return r.Grade, true
	case "method":
		return r.Flow.Method, true
	case "protocol":
		return r.Flow.Protocol, true
	case "scheme":
		if r.scheme != "" {
			return r.scheme, true
		}
		scheme, _, ok := strings.Cut(r.Flow.URL.String(), "://")
		if !ok || strings.ContainsAny(scheme, pathly) {
			scheme = ""
		}
		return scheme, true
	case "part":
		return r.Part, true
	case "bytes":
		return r.Bytes, true
	case "app":
		return r.App, true
	case "app_confidence":
		return cmp.Or(r.AppConfidence, "unknown"), true
	}
	if v, ok := moments(&r.Circumstance, r.Offset, name); ok {
		return v, true
	}
	if x := r.defined[name]; x != nil {
		return r.define(r, x), true
	}
	if name == "law" {
		return r.world.legal(&r.Recipient, r.DataType, name)
	}
	return r.world.party(&r.Recipient, name)
}

// host is the traffic with one host as expressions see it.
type host struct {
	*audit.Coverage
	amounts audit.Amounts // of the traffic that is seen
	may     bool          // with what may be another app's
	ref     audit.RecipientRef
	world   *world
}

func (h *host) Parent() cel.Activation { return nil }

func (h *host) ResolveName(name string) (any, bool) {
	switch name {
	case "flows":
		return h.amounts.Flows, true
	case "bytes_out":
		return h.amounts.Out, true
	case "read":
		return h.amounts.Read, true
	case "media":
		return h.amounts.Media, true
	case "opaque":
		return h.amounts.Opaque, true
	case "not_captured":
		return h.amounts.NotCaptured, true
	case "unknown_body":
		return h.amounts.UnknownBody, true
	case "largest_upload":
		return h.upload(), true
	case "first_s":
		return h.First, true
	case "last_s":
		return h.Last, true
	case "met_in":
		return types.NewStringList(types.DefaultTypeAdapter, slices.Sorted(maps.Keys(h.States))), true
	}
	return h.world.party(&h.ref, name)
}

// hosts are the parts of destinations, once for each address of theirs.
func (w *world) hosts() []part {
	var all []part
	for i := range w.doc.Coverage {
		c := &w.doc.Coverage[i]
		servers := c.Servers
		if len(servers) == 0 {
			servers = []audit.RecipientRef{{ID: c.Recipient, Host: c.Host, Domain: c.Host, Role: "unknown", Place: "undetermined"}}
		}
		for _, ref := range servers {
			all = append(all, host{Coverage: c, world: w, ref: ref}.parts()...)
		}
	}
	return all
}

// happening is an incident as expressions see it.
type happening struct {
	*audit.Incident
	world *world
}

func (h *happening) Parent() cel.Activation { return nil }

func (h *happening) ResolveName(name string) (any, bool) {
	switch name {
	case "kind":
		return h.Kind, true
	case "detail":
		return h.Detail, true
	case "method":
		return h.Method, true
	}
	if v, ok := moments(&h.Circumstance, h.Offset, name); ok {
		return v, true
	}
	return h.world.party(&h.Recipient, name)
}
