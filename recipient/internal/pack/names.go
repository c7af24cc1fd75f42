package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// thirdPartyWeb writes domain, entity, category as CSV, readable in a diff.
func (p *packer) thirdPartyWeb() error {
	dir := filepath.Join(p.npm, "third-party-web")
	file := filepath.Join(dir, "dist/entities-nostats.json")
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var entities []struct {
		Name, Company, Category string
		Domains                 []string
	}
	if err := json.Unmarshal(b, &entities); err != nil {
		return err
	}
	seen := map[string]bool{}
	var rows [][]string
	for _, e := range entities {
		owner := e.Company
		if owner == "" {
			owner = e.Name
		}
		for _, d := range e.Domains {
			d = strings.ToLower(strings.TrimPrefix(d, "*."))
			if seen[d] || !strings.Contains(d, ".") {
				continue
			}
			seen[d] = true
			rows = append(rows, []string{d, owner, e.Category})
		}
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i][0] < rows[j][0] })
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write([]string{"suffix", "owner", "category"})
	w.WriteAll(rows)
	if err := w.Error(); err != nil {
		return err
	}
	version, err := packageVersion(dir)
	if err != nil {
		return err
	}
	day, err := published("third-party-web", version)
	if err != nil {
		return err
	}
	return p.write(sidecar{
		ID: "third-party-web", Name: "third-party-web", Version: "npm third-party-web " + version,
		ContentDate: day, DateFrom: "publication of the package; its rows carry no date",
		Licence: "MIT", Attribution: "third-party-web by Patrick Hulce", Link: "https://github.com/patrickhulce/third-party-web",
		Use: "owner", File: "domains.csv",
		Note: "A list, not evidence of ownership: strength 5.",
	}, out.Bytes(), file)
}
