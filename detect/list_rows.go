package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/constat/constat/datatype"
)

// finishLists files the lists of a root and lets go of the findings by key
// that are items of one. out[first:] are the root's findings.
func (s *Scanner) finishLists(out []Finding, first int) []Finding {
	if len(s.lists) == 0 {
		return out
	}
	for _, l := range s.joinLists() {
		f, ok := l.finding()
		if !ok {
			continue
		}
		mine, kinds := 0, 0
		for _, x := range out[first:] {
			if x.PersonaValue >= 0 && x.Off >= f.Off && x.Off+x.Len <= f.Off+f.Len && l.different[kindOf(x.Type)] != nil {
				mine++
			}
		}
		for k := range l.different {
			kinds += len(l.different[k]) - l.known[k]
		}
		if kinds == 0 {
			continue // all of them are the persona's, each with a finding of its own
		}
		if mine > 0 {
			f.Detail += fmt.Sprintf("; %d of the persona's, and %d more", mine, kinds)
		}
		out = append(out[:first], slices.DeleteFunc(out[first:], func(x Finding) bool {
			return x.PersonaValue < 0 && inList(x.Type, f.Type) && (x.Off >= f.Off && x.Off+x.Len <= f.Off+f.Len || l.holds(&x))
		})...)
		out = append(out, f)
	}
	slices.SortStableFunc(out[first:], func(a, b Finding) int { return cmp.Compare(a.Off, b.Off) })
	clear(s.lists)
	return out
}

// holds reports whether a finding is a field of an item.
func (l *list) holds(x *Finding) bool {
	d := len(l.first.Derivation)
	return l.prefix != "" && strings.HasPrefix(x.Path, l.prefix) && len(x.Derivation) == d && slices.Equal(x.Derivation[:d-1], l.first.Derivation[:d-1])
}

// inList reports whether a finding of type t is part of what a list of type of
// tells.
func inList(t, of datatype.ID) bool {
	switch {
	case of.Class() == "social":
		k := kindOf(t)
		return k == itemPhone || k == itemEmail || k == itemName
	case of == "network.bssid" || of == "device.bluetooth_mac":
		return kindOf(t) == itemMAC || t == "network.ssid"
	}
	return t == of
}

// joinLists puts together lists that are one: the telephone numbers and the
// addresses of the same contacts.
func (s *Scanner) joinLists() []*list {
	all := make([]*list, 0, len(s.lists))
	ups := map[string]int{}
	for _, l := range s.lists {
		all = append(all, l)
		if l.items > 1 { // fields that stand alone are no list together
			ups[l.up+l.family()]++
		}
	}
	slices.SortFunc(all, func(a, b *list) int { return cmp.Or(cmp.Compare(a.off, b.off), cmp.Compare(a.self, b.self)) })
	joint := map[string]*list{}
	var out []*list
	for _, l := range all {
		key := l.self + l.family()
		if around := s.lists[l.up]; l.up != "" && l.items > 1 && (ups[l.up+l.family()] > 1 || around != nil && around.family() == l.family()) {
			key = l.up + l.family()
		}
		x := joint[key]
		if x == nil {
			joint[key] = l
			out = append(out, l)
			continue
		}
		for k, m := range l.different {
			if x.different[k] == nil {
				x.different[k] = m
			} else {
				for h := range m {
					x.different[k][h] = true
				}
			}
			x.known[k] += l.known[k]
		}
		for v := range l.vendors {
			x.vendors[v] = true
		}
		if l.self+l.family() == key {
			x.name, x.first.Key = l.name, l.name
		}
		x.items, x.total = max(x.items, l.items), max(x.total, l.total)
		x.off, x.end = min(x.off, l.off), max(x.end, l.end)
		if formRank(l.form) > formRank(x.form) {
			x.form = l.form
		}
	}
	return out
}

// family tells lists of people, which may be one, from those of things.
func (l *list) family() string {
	if len(l.different[itemPhone])+len(l.different[itemEmail])+len(l.different[itemName]) > 0 {
		return " people"
	}
	return ""
}

// says reports whether the names around the list have one of the words.
func (l *list) says(of string) bool {
	all := listWords()[of]
	for _, step := range strings.Split(l.self, "/") {
		_, name, _ := strings.Cut(step, " ")
		for _, w := range words(name) {
			if all[w] {
				return true
			}
		}
	}
	return false
}

// finding is the row of a list, if there are enough items of one kind in it.
func (l *list) finding() (f Finding, ok bool) {
	f = l.first
	// What a decoder makes of one field in several ways is one item.
	n := func(k itemKind) int { return len(l.different[k]) }
	if l.items < minContacts {
		return f, false
	}
	confidence, noun := 0.7, ""
	switch {
	case n(itemPhone) >= minContacts || n(itemEmail) >= minContacts || n(itemName) >= minContacts && l.says("contacts"):
		f.Type, noun = "social.contact_phone", "contacts"
		if n(itemEmail) > n(itemPhone) {
			f.Type = "social.contact_email"
		} else if n(itemPhone) == 0 {
			f.Type = "social.contact_name"
		}
		if l.says("calls") {
			noun = "calls"
		}
		if noun == "calls" || l.says("contacts") || n(itemPhone) >= minContacts && n(itemEmail) >= minContacts {
			confidence = 0.9
		}
		var kinds []string
		for _, k := range []struct {
			kind itemKind
			noun string
		}{{itemPhone, "telephone numbers"}, {itemEmail, "e-mail addresses"}, {itemName, "names"}} {
			if n(k.kind) > 0 {
				kinds = append(kinds, fmt.Sprintf("%d %s", n(k.kind), k.noun))
			}
		}
		f.Detail = ": " + strings.Join(kinds, ", ")
	case n(itemApp) >= minApps && len(l.vendors) >= minVendors && !l.says("code"):
		f.Type, noun = "system.installed_apps", "apps"
		f.Detail = l.differing(n(itemApp))
	case n(itemMAC) >= minPoints:
		f.Type, noun, confidence = "network.bssid", "access points", 0.6
		if l.says("bluetooth") {
			f.Type, noun, confidence = "device.bluetooth_mac", "Bluetooth devices", 0.85
		} else if l.says("wifi") {
			confidence = 0.9
		}
		f.Detail = l.differing(n(itemMAC))
	case n(itemFile) >= minFiles:
		f.Type, noun, confidence = "system.files", "photos and videos", 0.85
		f.Detail = l.differing(n(itemFile))
	default:
		return f, false
	}
	f.Detail = fmt.Sprintf("list of %d %s%s", l.items, noun, f.Detail)
	if l.total > 0 {
		f.Detail += fmt.Sprintf("; %d %% of %d items", 100*min(l.items, l.total)/l.total, l.total)
		if 2*l.items < l.total {
			confidence -= 0.1
		}
	}
	var sum uint64 // the same list has the same alias, in whatever order
	for _, m := range l.different {
		for h := range m {
			sum += h
		}
	}
	f.Form, f.Confidence, f.Value = l.form, confidence, fmt.Appendf(nil, "%016x", sum)
	f.Off, f.Len = l.off, l.end-l.off
	f.Reason = reasonList + under(l.name, l.name)
	return f, true
}

// differing tells how many of the items are different, if some repeat.
func (l *list) differing(n int) string {
	if n == l.items {
		return ""
	}
	return fmt.Sprintf(", %d of them different", n)
}

// listable reports whether a field may be an item of a list, or a list.
func listable(v []byte) bool {
	return itemOf(v, false) != noItem || len(v) >= minDelimited && promising(v)
}
