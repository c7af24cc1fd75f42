package tables

import "fmt"

// googleFormat reads Google's cloud.json. goog.json has the same form and no
// scopes: it names no region and is of no use here.
var googleFormat = Format{
	ID: "google", Title: "Google Cloud's cloud.json", Kind: Regions,
	is: func(in *input) bool { return in.has("syncToken", "creationTime", "prefixes") },
	read: func(in *input, d *draft) error {
		d.from(publication{origin: "google-cloud", name: "Google Cloud IP ranges", licence: "published by the operator",
			attribution: "Google", link: "https://www.gstatic.com/ipranges/cloud.json"})
		var made, token string
		var rows []struct {
			V4    string `json:"ipv4Prefix"`
			V6    string `json:"ipv6Prefix"`
			Scope string
		}
		if err := in.members(map[string]any{"syncToken": &token, "creationTime": &made, "prefixes": &rows}); err != nil {
			return err
		}
		if at, ok := day(made); ok {
			d.dated(at, "creationTime")
		}
		d.Version = oneLine(token)
		for i, r := range rows {
			label := ""
			if r.Scope != "" && r.Scope != "global" {
				label = "Google Cloud\t" + oneLine(r.Scope)
			}
			p, err := prefix(r.V4 + r.V6)
			if err == nil {
				err = d.addPrefix(p, label)
			}
			if err != nil {
				return fmt.Errorf("prefix number %d (%.40q): %w", i+1, r.V4+r.V6, err)
			}
		}
		return nil
	},
}
