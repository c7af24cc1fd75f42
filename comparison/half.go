package comparison

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"

	"github.com/constat/constat/audit"
)

// maxRows bounds the rows of an audit that are told apart. What is beyond it
// is counted with a caveat.
const maxRows = 50_000

// half is one audit, as far as it is compared.
type half struct {
	doc      *audit.Document
	side     Side
	named    map[int]string // label of each known value
	planted  map[string]bool
	values   map[value]bool
	apps     []string
	rows     map[key]*profile
	beyond   int
	because  map[string]*profile // of the rows that decide a verdict
	byID     map[string]*audit.Recipient
	nameless int64 // unread bytes to addresses without a name
}

// value is a known value of the subject, by what two audits can both know of it.
type value struct{ dataType, label string }

// key is what a row is matched by, within one audit.
type key struct {
	value
	recipient string // id
}

// profile is what is known of rows that tell the same.
type profile struct {
	Seen
	types map[string]bool
	known bool // some were found because the value was known
}

func newProfile() *profile {
	return &profile{
		Seen: Seen{
			First: -1, Forms: map[string]int{}, Anonymity: map[string]int{}, Grades: map[string]int{},
			Consents: map[string]int{}, States: map[string]int{}, Acts: map[string]int{},
			Clips: map[string]int{}, Accounts: map[string]int{}, Hosts: []string{}, Examples: []string{},
		},
		types: map[string]bool{},
	}
}

func (p *profile) add(t *audit.Transfer) {
	p.Count++
	p.types[t.DataType] = true
	p.known = p.known || t.PersonaValue != nil
	if t.Offset >= 0 && (p.First < 0 || t.Offset < p.First) {
		p.First = t.Offset
	}
	consent, state, act, clip, account := t.Consent, t.State, t.Act, clipOf(t), "no"
	switch {
	case t.Account:
		account = "yes"
	case t.Act == "":
		account = unknown
	}
	for _, fact := range slices.Concat(t.Open, t.Unmarked) {
		switch fact {
		case "consent":
			consent = undetermined
		case "state":
			state = undetermined
		case "act":
			act = undetermined
		case "draft_open", "clip_ended":
			clip = undetermined
		case "signed_up":
			account = undetermined
		}
	}
	p.Forms[t.Form]++
	p.Anonymity[t.Anonymity.Verdict]++
	p.Grades[t.Grade]++
	p.Consents[consent]++
	p.States[state]++
	p.Acts[act]++
	p.Clips[clip]++
	p.Accounts[account]++
	if len(p.Hosts) < 16 && !slices.Contains(p.Hosts, t.Recipient.Host) {
		p.Hosts = append(p.Hosts, t.Recipient.Host)
	}
	if len(p.Examples) < 3 {
		p.Examples = append(p.Examples, t.ID)
	}
}

// clipOf says what there was of a clip when a row left.
func clipOf(t *audit.Transfer) string {
	switch {
	case t.Draft:
		return "open"
	case t.Last != "":
		return t.Last
	case t.Act == "":
		return unknown
	}
	return "none"
}

const (
	unknown      = "unknown"
	undetermined = "undetermined"
)

// newHalf reads what stands beside the ledger.
func newHalf(d *audit.Document, name, path string) *half {
	h := &half{doc: d, named: map[int]string{}, planted: map[string]bool{}, values: map[value]bool{}, rows: map[key]*profile{}, because: map[string]*profile{}, byID: map[string]*audit.Recipient{}}
	h.side = Side{
		Name: name, Path: path, Tool: d.Tool, Inputs: slices.Clone(d.Inputs), Duration: d.Headline.Duration, Flows: d.Headline.Flows,
		Total: d.Headline.Total, Worst15: d.Headline.Worst15, Persona: d.Subject.SHA256,
		Coverage: math.Max(0, 100-d.Headline.Unreadable-d.Headline.NotCaptured),
		Consents: []string{}, Acts: []string{}, States: []string{},
	}
	if h.side.Inputs == nil {
		h.side.Inputs = []audit.Input{}
	}
	for _, in := range d.Inputs {
		if !in.First.IsZero() && (h.side.First.IsZero() || in.First.Before(h.side.First)) {
			h.side.First = in.First
		}
		if in.Last.After(h.side.Last) {
			h.side.Last = in.Last
		}
	}
	for i := range d.Recipients {
		h.byID[d.Recipients[i].ID] = &d.Recipients[i]
	}
	h.marks()
	h.subject()
	for _, c := range d.Coverage {
		if _, err := netip.ParseAddr(c.Host); err == nil || c.Host == "" {
			h.nameless += c.Opaque + c.NotCaptured
		}
	}
	return h
}

// marks are the acts, the states and the answers to the request for consent
// that somebody marked.
func (h *half) marks() {
	add := func(list *[]string, s string) {
		if !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	for _, e := range h.doc.Timeline {
		what := e.What.String()
		if e.Kind == "state" {
			add(&h.side.States, what)
			continue
		}
		add(&h.side.Acts, what)
		switch what {
		case "app-opened":
			if len(h.side.Consents) == 0 {
				add(&h.side.Consents, "none")
			}
		case "consent-accept":
			add(&h.side.Consents, "accepted")
		case "consent-refuse":
			add(&h.side.Consents, "refused")
		}
	}
	slices.Sort(h.side.Acts)
	slices.Sort(h.side.States)
}

// subject names each known value by its label, or by which of its type it is.
func (h *half) subject() {
	nth := map[string]int{}
	for _, v := range h.doc.Subject.Values {
		if v.Problem != "" {
			continue
		}
		h.planted[v.DataType] = true
		label := v.Label
		if label == "" || h.values[value{v.DataType, label}] {
			nth[v.DataType]++
			label = "#" + strconv.Itoa(nth[v.DataType])
		}
		h.named[v.Index] = label
		h.values[value{v.DataType, label}] = true
	}
}

// read goes through the ledger once. Values that the other audit does not know
// are told apart by their type only.
func (h *half) read(other *half) error {
	deciding := map[string][]string{}
	for _, v := range h.doc.Verdicts {
		for _, id := range v.Because {
			q := question(v)
			deciding[id] = append(deciding[id], q)
		}
	}
	apps := map[string]bool{}
	n := 0
	for t, err := range h.doc.Transferred() {
		if err != nil {
			return fmt.Errorf("row %d of the transfers: %w", n+1, err)
		}
		n++
		if t.Grade == "C" {
			continue // a hint decides nothing
		}
		if t.App != "" && len(apps) < 64 {
			apps[t.App] = true
		}
		k := key{value{dataType: t.DataType}, t.Recipient.ID}
		if t.PersonaValue != nil {
			if v := (value{t.DataType, h.named[*t.PersonaValue]}); other.values[v] {
				k.value = v
			}
		}
		p := h.rows[k]
		switch {
		case p != nil:
		case len(h.rows) >= maxRows:
			h.beyond++
			continue
		default:
			p = newProfile()
			h.rows[k] = p
		}
		p.add(&t)
		for _, q := range deciding[t.ID] {
			if h.because[q] == nil {
				h.because[q] = newProfile()
			}
			h.because[q].add(&t)
		}
	}
	h.apps = slices.Sorted(maps.Keys(apps))
	for _, p := range h.rows {
		slices.Sort(p.Hosts)
	}
	return nil
}

// question is what a verdict answers.
func question(v audit.Verdict) string { return v.Set + "\x00" + v.Question }
