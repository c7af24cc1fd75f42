package tables

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/constat/constat/recipient/internal/iptable"
	"github.com/constat/constat/recipient/internal/nametable"
)

// draft is a table being made by a reader.
type draft struct {
	Manifest

	ranges iptable.Builder         // disjoint ranges, in the order they are met
	last   span                    // the range before, which the next may continue
	nested map[netip.Prefix]string // prefixes of which the most specific counts
	names  map[string]Owner
}

type span struct {
	first, last netip.Addr
	label       string
}

var errRows = fmt.Errorf("more than %d rows, more than a table may have", maxRows)

// dated sets the content date, which a reader found in the file.
func (d *draft) dated(at time.Time, from string) {
	if at.IsZero() || at.Year() < 2000 || at.Year() > 2200 {
		return
	}
	d.ContentDate, d.DateFrom = at.UTC().Format(time.DateOnly), from
}

// addRange takes a range over. Neighbours with one label are joined, so that
// a table of cities is no larger than one of countries.
func (d *draft) addRange(first, last netip.Addr, label string) error {
	if d.last.label == label && d.last.first.IsValid() && d.last.last.Next() == first && first.Is4() == d.last.first.Is4() && first.Compare(last) <= 0 {
		d.last.last = last
		return nil
	}
	if err := d.flush(); err != nil {
		return err
	}
	if first.Is4() != last.Is4() || first.Compare(last) > 0 {
		return fmt.Errorf("range %s to %s: expected two addresses of one family, the lower first", first, last)
	}
	d.last = span{first, last, label}
	return nil
}

func (d *draft) flush() error {
	if !d.last.first.IsValid() {
		return nil
	}
	s := d.last
	d.last = span{}
	if s.label == "" {
		return nil
	}
	if d.Rows++; d.Rows > maxRows {
		return errRows
	}
	return d.ranges.Add(s.first, s.last, s.label)
}

// addPrefix takes a prefix over; of prefixes within each other the most
// specific counts. Two labels for one prefix are none.
func (d *draft) addPrefix(p netip.Prefix, label string) error {
	if !p.IsValid() {
		return errors.New("expected a prefix, such as 192.0.2.0/24")
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return fmt.Errorf("%s is no prefix of IPv4", p)
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	p = p.Masked()
	if d.nested == nil {
		d.nested = map[netip.Prefix]string{}
	}
	if old, there := d.nested[p]; there && old != label {
		label = ""
	} else if !there {
		if d.Rows++; d.Rows > maxRows {
			return errRows
		}
	}
	d.nested[p] = label
	return nil
}

// addName takes a name over. What is no host name, an address, or a suffix
// under which strangers register names is skipped.
func (d *draft) addName(name string, o Owner) error {
	name, ok := hostName(name)
	if !ok {
		d.Skipped++
		return nil
	}
	if d.names == nil {
		d.names = map[string]Owner{}
	}
	if _, there := d.names[name]; !there {
		if d.Rows++; d.Rows > maxRows {
			return errRows
		}
		d.names[name] = o
	}
	return nil
}

// hostName puts a name of a list into the form that is looked up.
func hostName(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s, "*."), "."), ".")
	if len(s) > 253 || !strings.Contains(s, ".") || strings.Contains(s, "..") || s[0] == '.' || strings.HasSuffix(s, ".") {
		return "", false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return "", false
		}
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return "", false
	}
	if suffix, icann := publicsuffix.PublicSuffix(s); icann && suffix == s {
		return "", false
	}
	return s, true
}

// table packs the draft, of which all is flushed.
func (d *draft) table() (*Table, error) {
	t := &Table{Manifest: d.Manifest}
	var err error
	if d.Kind == Owners {
		rows := make(map[string]string, len(d.names))
		for n, o := range d.names {
			rows[n] = o.label()
		}
		if t.packed, err = nametable.Encode(rows); err == nil {
			t.names, err = nametable.Decode(t.packed)
		}
	} else {
		if err = unnest(d.nested, d.ranges.Add); err != nil {
			return nil, err
		}
		if t.packed, err = d.ranges.Encode(); err == nil {
			t.ips, err = iptable.Decode(t.packed)
		}
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(t.packed)
	t.Packed = hex.EncodeToString(sum[:])
	return t, nil
}

// unnest gives disjoint ranges of prefixes that may lie within each other:
// each address has the label of the most specific.
func unnest(prefixes map[netip.Prefix]string, add func(first, last netip.Addr, label string) error) error {
	sorted := make([]netip.Prefix, 0, len(prefixes))
	for p := range prefixes {
		sorted = append(sorted, p)
	}
	slices.SortFunc(sorted, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	var open []netip.Prefix // each within the one before
	var at netip.Addr       // first address not given yet, of the innermost
	give := func(to netip.Addr) error {
		label := prefixes[open[len(open)-1]]
		if !at.IsValid() || at.Compare(to) > 0 || label == "" {
			return nil
		}
		return add(at, to, label)
	}
	closeTop := func() error {
		_, end := ends(open[len(open)-1])
		if err := give(end); err != nil {
			return err
		}
		open, at = open[:len(open)-1], end.Next() // invalid after the last address there is
		return nil
	}
	for _, p := range sorted {
		for len(open) > 0 && !open[len(open)-1].Contains(p.Addr()) {
			if err := closeTop(); err != nil {
				return err
			}
		}
		if len(open) > 0 && at.Compare(p.Addr()) < 0 {
			if err := give(p.Addr().Prev()); err != nil {
				return err
			}
		}
		open, at = append(open, p), p.Addr()
	}
	for len(open) > 0 {
		if err := closeTop(); err != nil {
			return err
		}
	}
	return nil
}

// ends are the first and the last address of a prefix.
func ends(p netip.Prefix) (first, last netip.Addr) {
	first = p.Masked().Addr()
	b := first.AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ = netip.AddrFromSlice(b)
	return first, last
}

// country is a code as a table words it, or "".
func country(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return ""
	}
	return s
}

// slug makes an id of a name: "HaGeZi's Pro" gives "hagezi-s-pro".
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '\'' || r == '’':
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 48 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}
