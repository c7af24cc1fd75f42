package tables

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// v2flyFormat reads v2fly's domain-list-community: a file of data/, named
// after a company or service, or the folder. The lists are made for routing:
// that a name is on one is no statement of ownership. Lists of categories and
// of countries name nobody and are left out; expressions and keywords are not
// taken over, and "include:" is not followed, since each list is read under
// its own name.
var v2flyFormat = Format{
	ID: "v2fly", Title: "v2fly's domain-list-community: the folder data/, or a file of it", Kind: Owners,
	is: func(in *input) bool {
		if in.dir != nil {
			is := func(b []byte) bool { return v2flyText(string(b[:min(len(b), maxHead)])) }
			return in.folderHas("", is) && !in.folderHas("", func(b []byte) bool { return !is(b) })
		}
		// Plain names alone may be any list: one of these has no extension.
		return path.Ext(in.name) == "" && in.field("Title") == "" && v2flyText(strings.Join(in.sample(50), "\n"))
	},
	read: func(in *input, d *draft) error {
		d.from(publication{origin: "v2fly", name: "v2fly domain-list-community", licence: "MIT",
			attribution: "v2fly/domain-list-community", link: "https://github.com/v2fly/domain-list-community",
			note: "Lists for routing, named after services; not statements of ownership."})
		if in.dir == nil {
			d.Origin, d.Name = "v2fly-"+in.name, d.Name+", "+oneLine(in.name)
			n := 0
			return in.lines(func(line string) error { n++; return d.v2fly(in.name, line) })
		}
		return in.walk(func(name string, b []byte) error {
			n := 0
			for line := range bytes.Lines(b) {
				n++
				if err := d.v2fly(path.Base(name), string(line)); err != nil {
					return fmt.Errorf("%s line %d: %w", name, n, err)
				}
			}
			return nil
		})
	},
}

// v2fly takes a line of a list over.
func (d *draft) v2fly(list, line string) error {
	if strings.HasPrefix(list, "category-") || strings.HasPrefix(list, "geolocation-") || strings.HasPrefix(list, "tld-") || len(list) == 2 {
		return nil
	}
	rule, name, role, ok := v2flyRule(line)
	if !ok {
		return fmt.Errorf("expected a domain, or a rule of domain, full, keyword, regexp or include, found %.60q", strings.TrimSpace(line))
	}
	list, ads := strings.CutSuffix(list, "-ads")
	if ads {
		role = "advertising"
	}
	switch rule {
	case "domain", "full":
		return d.addName(name, Owner{Name: list, Role: role})
	case "keyword", "regexp":
		d.Skipped++
	}
	return nil
}

// v2flyRule takes a line apart; an empty rule is one that says nothing.
func v2flyRule(line string) (rule, value, role string, ok bool) {
	line, _, _ = strings.Cut(line, "#")
	f := strings.Fields(strings.TrimPrefix(line, "\ufeff"))
	if len(f) == 0 {
		return "", "", "", true
	}
	rule, value = "domain", f[0]
	if before, after, found := strings.Cut(f[0], ":"); found {
		rule, value = before, after
	}
	for _, attribute := range f[1:] {
		if attribute[0] != '@' && attribute[0] != '&' {
			return "", "", "", false
		}
		if attribute == "@ads" {
			role = "advertising"
		}
	}
	switch rule {
	case "domain", "full":
		_, ok = hostName(value)
		// "google" is a top-level domain that one company has.
		ok = ok || value != "" && strings.Trim(strings.ToLower(value), "abcdefghijklmnopqrstuvwxyz0123456789-._") == ""
	case "keyword", "regexp", "include":
		ok = value != ""
	}
	return rule, value, role, ok
}

func v2flyText(text string) bool {
	rules := 0
	if !utf8.ValidString(text) && len(text) < maxHead {
		return false
	}
	for line := range strings.Lines(text) {
		rule, _, _, ok := v2flyRule(line)
		if !ok {
			return false
		}
		if rule != "" {
			rules++
		}
	}
	return rules > 0
}
