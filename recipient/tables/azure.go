package tables

import (
	"fmt"
	"strings"
	"time"
)

// azureFormat reads Microsoft's ServiceTags_Public_20260615.json. The tags
// AzureCloud.REGION hold a region's addresses whatever the service. The file
// has no date inside; Microsoft writes it into the name.
var azureFormat = Format{
	ID: "azure", Title: "Microsoft Azure's ServiceTags_Public_….json", Kind: Regions,
	is: func(in *input) bool { return in.has("changeNumber", "cloud", "values") },
	read: func(in *input, d *draft) error {
		d.from(publication{origin: "azure", name: "Azure service tags", licence: "published by the operator",
			attribution: "Microsoft", link: "https://www.microsoft.com/download/details.aspx?id=56519"})
		var cloud string
		var number int64
		var tags []struct {
			Name       string
			Properties struct {
				Region   string
				Prefixes []string `json:"addressPrefixes"`
			}
		}
		if err := in.members(map[string]any{"changeNumber": &number, "cloud": &cloud, "values": &tags}); err != nil {
			return err
		}
		if cloud = oneLine(cloud); cloud != "" && cloud != "Public" {
			d.Origin, d.Name = "azure-"+cloud, d.Name+", "+cloud
		}
		d.Version = fmt.Sprintf("changeNumber %d", number)
		stem := strings.TrimSuffix(in.name, ".json")
		if i := strings.LastIndexByte(stem, '_'); i >= 0 {
			if at, err := time.Parse("20060102", stem[i+1:]); err == nil {
				d.dated(at, "the publisher's name of the file")
			}
		}
		for _, t := range tags {
			region, ok := strings.CutPrefix(t.Name, "AzureCloud.")
			if !ok {
				continue
			}
			if t.Properties.Region != "" {
				region = t.Properties.Region
			}
			for i, s := range t.Properties.Prefixes {
				p, err := prefix(s)
				if err == nil {
					err = d.addPrefix(p, "Azure\t"+strings.ToLower(oneLine(region)))
				}
				if err != nil {
					return fmt.Errorf("%.60q prefix number %d (%.40q): %w", t.Name, i+1, s, err)
				}
			}
		}
		return nil
	},
}
