package tables

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// exodusFormat reads the trackers of Exodus Privacy as its API gives them
// (/api/trackers). A network signature is a regular expression; nearly all are
// names with alternatives, and only those are taken over. The expressions
// themselves are never run.
var exodusFormat = Format{
	ID: "exodus", Title: "Exodus Privacy's trackers: the JSON of /api/trackers", Kind: Owners,
	is: func(in *input) bool { return in.has("trackers") },
	read: func(in *input, d *draft) error {
		d.from(publication{origin: "exodus", name: "Exodus Privacy trackers", attribution: "Exodus Privacy",
			link: "https://reports.exodus-privacy.eu.org/trackers/", note: "Names products of companies, not companies."})
		type tracker struct {
			Name       string
			Network    string `json:"network_signature"`
			Categories []string
			Created    string `json:"creation_date"`
		}
		var trackers map[string]tracker
		if err := in.members(map[string]any{"trackers": &trackers}); err != nil {
			return err
		}
		newest := ""
		for _, id := range slices.Sorted(maps.Keys(trackers)) {
			t := trackers[id]
			if _, ok := day(t.Created); ok && t.Created > newest {
				newest = t.Created
			}
			for alternative := range strings.SplitSeq(t.Network, "|") {
				if strings.TrimSpace(alternative) == "" {
					continue
				}
				name, ok := literal(alternative)
				if !ok {
					d.Skipped++
					continue
				}
				if err := d.addName(name, Owner{Name: t.Name, Role: roleOf(t.Categories...)}); err != nil {
					return err
				}
			}
		}
		if newest != "" {
			d.Version = fmt.Sprintf("%d trackers, the newest of %s", len(trackers), cmp.Or(oneLine(newest), "?"))
		}
		return nil
	},
}

// literal reads an expression that means one name: `ads\.example\.com`.
func literal(expression string) (string, bool) {
	s := strings.TrimSpace(expression)
	s = strings.TrimPrefix(strings.TrimSuffix(s, "$"), "^")
	for _, any := range []string{`.*\.`, `.*`, `*.`, `\.`} {
		if rest, ok := strings.CutPrefix(s, any); ok {
			s = rest
			break
		}
	}
	s = strings.ReplaceAll(s, `\.`, ".")
	s = strings.ReplaceAll(s, `\-`, "-")
	if strings.ContainsAny(s, `\*+?()[]{}^$/: `) {
		return "", false
	}
	return strings.TrimPrefix(s, "."), true
}
