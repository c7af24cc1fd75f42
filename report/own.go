package report

import (
	"cmp"
	"slices"

	"github.com/constat/constat/audit"
)

// mostAside is how many groups that are not surely the app's are listed of a kind.
const mostAside = 40

// aside is what a document holds that is not surely of the app that it is about.
type aside struct {
	Open, Others []audit.Group // may be its, surely are not
	openRefuted  int           // refutations, how often
	otherRefuted int
	bytes        int64 // that left, surely of other apps
	flows        int
	recipients   map[string]bool // that only other apps spoke to
}

// apart takes out of a document what is not surely the app's, so that no figure,
// list or picture of it shows another app's traffic as this one's. What may be its
// stays where bytes are counted, since it may hide something. Without an app that
// is looked into, everything stays.
func apart(d *audit.Document) (*audit.Document, aside) {
	f := aside{recipients: map[string]bool{}}
	if d.Attribution == nil || d.Attribution.Subject == "" {
		return d, f
	}
	own := *d
	own.Groups, own.Refuted, own.Coverage, own.Recipients = nil, nil, nil, nil
	for _, g := range d.Groups {
		switch {
		case g.OtherApp:
			f.Others = append(f.Others, g)
		case g.AppOpen:
			f.Open = append(f.Open, g)
		default:
			own.Groups = append(own.Groups, g)
		}
	}
	for _, r := range d.Refuted {
		switch {
		case r.OtherApp:
			f.otherRefuted += r.Count
		case r.AppOpen:
			f.openRefuted += r.Count
		default:
			own.Refuted = append(own.Refuted, r)
		}
	}
	own.Lanes = nil
	for _, l := range d.Lanes {
		l.Marks = slices.DeleteFunc(slices.Clone(l.Marks), func(m audit.Mark) bool { return m.AppOpen })
		if len(l.Marks) > 0 {
			own.Lanes = append(own.Lanes, l)
		}
	}
	met := map[string]bool{}
	for _, c := range d.Coverage {
		mine, open := c.Own()
		left, all := mine.Plus(open), c.All()
		f.bytes, f.flows = f.bytes+all.Out-left.Out, f.flows+all.Flows-left.Flows
		if left.Flows == 0 && all.Flows > 0 {
			continue
		}
		met[c.Recipient] = true
		if left != all { // the reasons are of all together
			c.Flows, c.Out, c.Read, c.Media, c.Opaque, c.NotCaptured, c.UnknownSize = left.Flows, left.Out, left.Read, left.Media, left.Opaque, left.NotCaptured, left.UnknownSize
			c.Reasons = nil
			c.Uploads = slices.DeleteFunc(slices.Clone(c.Uploads), func(u audit.Upload) bool { return u.Whose == "other" })
		}
		own.Coverage = append(own.Coverage, c)
	}
	slices.SortStableFunc(own.Coverage, func(a, b audit.Coverage) int { return cmp.Compare(b.Out, a.Out) })
	for _, r := range d.Recipients {
		if !met[r.ID] {
			f.recipients[r.ID] = true
			continue
		}
		if r.Transfers -= r.Others + r.Open; r.Transfers == 0 && r.Open > 0 {
			continue // stands among what may be its
		}
		own.Recipients = append(own.Recipients, r)
	}
	return &own, f
}

// OwnNotes say whose the figures are, and what is not in them.
func (v *view) OwnNotes() (notes []string) {
	a, h := v.Attribution, v.Headline
	switch {
	case a == nil:
		return nil
	case a.Subject == "":
		if a.Several {
			notes = append(notes, v.T("own.several"))
		}
		return notes
	}
	notes = append(notes, v.T("own.of", a.Subject))
	for _, x := range []struct {
		kind string
		n    *audit.Count
	}{{"own.open", h.Open}, {"own.others", h.Others}} {
		if x.n != nil {
			notes = append(notes, v.T(x.kind, v.N("item", x.n.Items), v.N("recipient", x.n.Recipients)))
		}
	}
	return notes
}

// CoverNote says what of the traffic is another app's, and therefore not in the
// table.
func (v *view) CoverNote() string {
	if v.Aside.flows == 0 {
		return ""
	}
	return v.T("own.coverage", v.N("flow", v.Aside.flows), v.Size(v.Aside.bytes), v.N("recipient", len(v.Aside.recipients)))
}

// RefutedNote says how much else looked like personal data and was none.
func (v *view) RefutedNote() string {
	if n := v.Aside.openRefuted + v.Aside.otherRefuted; n > 0 {
		return v.T("own.refuted", v.Aside.openRefuted, v.Aside.otherRefuted)
	}
	return ""
}

// asideKind is a list of groups under a heading.
type asideKind struct {
	ID, Heading, Note string
	Groups            []audit.Group
	More              int
}

// Apart are the groups that may be another app's, and those that are.
func (v *view) Apart() (kinds []asideKind) {
	for _, k := range []asideKind{
		{"s-open", v.T("h.open"), v.T("open.note"), v.Aside.Open, 0},
		{"s-other", v.T("h.others"), v.T("others.note"), v.Aside.Others, 0},
	} {
		if n := len(k.Groups); n > 0 {
			k.Groups = k.Groups[:min(n, mostAside)]
			k.More = n - len(k.Groups)
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// SentBy names the apps that the rows of a group which open to proof are of.
func (v *view) SentBy(g audit.Group) (apps []string) {
	for _, x := range g.Examples {
		apps = appendNew(apps, v.AppName(x.App))
	}
	return apps
}
