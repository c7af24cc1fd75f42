package tables

import (
	"fmt"
	"strconv"
	"time"
)

// awsFormat reads Amazon's ip-ranges.json. One prefix is listed once for each
// service that uses it. The network border group says more than the region: a
// local zone of Virginia stands in Buenos Aires.
var awsFormat = Format{
	ID: "aws", Title: "Amazon's ip-ranges.json", Kind: Regions,
	is: func(in *input) bool { return in.has("syncToken", "createDate", "prefixes") },
	read: func(in *input, d *draft) error {
		d.from(publication{origin: "aws", name: "AWS IP address ranges", licence: "published by the operator",
			attribution: "Amazon Web Services", link: "https://ip-ranges.amazonaws.com/ip-ranges.json"})
		type row struct {
			V4     string `json:"ip_prefix"`
			V6     string `json:"ipv6_prefix"`
			Region string
			Group  string `json:"network_border_group"`
		}
		var token, made string
		var v4, v6 []row
		if err := in.members(map[string]any{"syncToken": &token, "createDate": &made, "prefixes": &v4, "ipv6_prefixes": &v6}); err != nil {
			return err
		}
		if at, ok := day(made); ok {
			d.dated(at, "createDate")
		} else if s, err := strconv.ParseInt(token, 10, 64); err == nil {
			d.dated(time.Unix(s, 0), "syncToken")
		}
		d.Version = oneLine(token)
		for i, r := range append(v4, v6...) {
			label := "AWS\t" + oneLine(r.Region)
			switch {
			case r.Region == "" || r.Region == "GLOBAL":
				label = "" // of no region, also where a region's prefix surrounds it
			case r.Group != "":
				label = "AWS\t" + oneLine(r.Group)
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
