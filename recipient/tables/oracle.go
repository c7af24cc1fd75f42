package tables

import "fmt"

// oracleFormat reads Oracle Cloud's public_ip_ranges.json.
var oracleFormat = Format{
	ID: "oracle", Title: "Oracle Cloud's public_ip_ranges.json", Kind: Regions,
	is: func(in *input) bool { return in.has("last_updated_timestamp", "regions") },
	read: func(in *input, d *draft) error {
		d.from(publication{origin: "oracle-cloud", name: "Oracle Cloud IP ranges", licence: "published by the operator",
			attribution: "Oracle", link: "https://docs.oracle.com/en-us/iaas/tools/public_ip_ranges.json"})
		var made string
		var regions []struct {
			Region string
			CIDRs  []struct{ CIDR string }
		}
		if err := in.members(map[string]any{"last_updated_timestamp": &made, "regions": &regions}); err != nil {
			return err
		}
		if at, ok := day(made); ok {
			d.dated(at, "last_updated_timestamp")
		}
		d.Version = oneLine(made)
		for _, r := range regions {
			for i, c := range r.CIDRs {
				p, err := prefix(c.CIDR)
				if err == nil {
					err = d.addPrefix(p, "Oracle Cloud\t"+oneLine(r.Region))
				}
				if err != nil {
					return fmt.Errorf("region %.40q range number %d (%.40q): %w", r.Region, i+1, c.CIDR, err)
				}
			}
		}
		return nil
	},
}
