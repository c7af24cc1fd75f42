package tables

import (
	"cmp"
	"fmt"
	"path"
	"strings"
)

// blocklistFormat reads lists of names that somebody blocks: HaGeZi's and
// others, as plain or wildcard domains, hosts files, Adblock rules or dnsmasq.
// They name no owners. That a name is on one is a hint of its role at most.
var blocklistFormat = Format{
	ID: "blocklist", Title: "HaGeZi's and other lists of domains (domains, wildcard, hosts, adblock, dnsmasq): .txt", Kind: Owners,
	is: func(in *input) bool {
		lines := in.sample(50)
		good := 0
		for _, l := range lines {
			if names, ok := listed(l); !ok {
				return false
			} else if len(names) > 0 {
				good++
			}
		}
		return good > 0
	},
	read: func(in *input, d *draft) error {
		title := in.field("Title")
		base := strings.TrimSuffix(in.name, path.Ext(in.name))
		d.from(publication{origin: cmp.Or(title, base), name: cmp.Or(title, base), attribution: title, link: in.field("Homepage"),
			note: "A list of names to block. It names no owners."})
		if strings.Contains(title, "HaGeZi") {
			d.Licence = "GPL-3.0"
		}
		d.Version = in.field("Version")
		for _, key := range []string{"Last modified", "Last updated", "Updated", "Date"} {
			if at, ok := day(in.field(key)); ok {
				d.dated(at, `the line "`+key+`:" in the head of the list`)
				break
			}
		}
		role := roleOf(title)
		return in.lines(func(line string) error {
			if line = strings.TrimSpace(line); line == "" || comment(line) {
				return nil
			}
			names, ok := listed(line)
			if !ok {
				return fmt.Errorf("%.60q is no domain and no rule that blocks one", line)
			}
			if len(names) == 0 {
				d.Skipped++ // an exception, or a rule about part of a site
			}
			for _, n := range names {
				if err := d.addName(n, Owner{Role: role}); err != nil {
					return err
				}
			}
			return nil
		})
	},
}

// listed reads a line of a list: no names and true for a rule that blocks no
// whole domain.
func listed(line string) (names []string, ok bool) {
	if i := strings.Index(line, " #"); i >= 0 {
		line = strings.TrimSpace(line[:i])
	}
	switch {
	case strings.HasPrefix(line, "@@"), strings.HasPrefix(line, "/"), strings.Contains(line, "##"):
		return nil, true
	case strings.HasPrefix(line, "||"):
		domain, rest, _ := strings.Cut(line[2:], "^")
		if rest != "" && rest != "|" && rest != "$third-party" && rest != "$all" && rest != "$important" {
			return nil, true
		}
		if _, ok := hostName(domain); !ok {
			return nil, true
		}
		return []string{domain}, true
	case strings.HasPrefix(line, "local=/"), strings.HasPrefix(line, "server=/"), strings.HasPrefix(line, "address=/"):
		part := strings.Split(line, "/")
		if len(part) < 3 {
			return nil, false
		}
		return part[1 : len(part)-1], true
	}
	f := strings.Fields(line)
	switch f[0] {
	case "0.0.0.0", "127.0.0.1", "::", "::1", "255.255.255.255", "fe80::1%lo0", "ff02::1", "ff02::2", "ff00::0":
		return f[1:], len(f) > 1
	}
	if len(f) != 1 {
		return nil, false
	}
	if _, ok := hostName(f[0]); !ok {
		// A whole top-level domain, a name in another script: not for look-ups.
		return nil, !strings.ContainsAny(f[0], `<>{}"'(),:;=?&%`) && strings.Trim(f[0], "0123456789.") != ""
	}
	return []string{f[0]}, true
}
