package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/persona"
)

// Real clients to which nothing personal was given send what they know of the
// browser, and ids that they make. Whatever else is found there is false; one
// in 1,000 flows is allowed. bench/benign judges every field by its own.
func TestBenign(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 20 s, and minutes with the race detector")
	}
	honest := map[string]bool{
		"account.session": true, "account.user_id": true, "device.language": true, "device.timezone": true,
		"device.screen": true, "device.user_agent": true, "device.os": true, "device.install_id": true,
	}
	for seed := range uint64(2) {
		p, err := persona.Parse(strings.NewReader(string(subject.New(900+seed).Persona())), "persona.toml")
		if err != nil {
			t.Fatal(err)
		}
		doc := auditRecorded(t, "record/benign/benign.mitm.zst", audit.Options{Persona: p, Fast: seed == 0})
		flows, wrong := doc.Inputs[0].Flows, map[string]int{}
		n := 0
		for row, err := range doc.Transfers.All() {
			if err != nil {
				t.Fatal(err)
			}
			key := row.Derivation[len(row.Derivation)-1]
			switch {
			case row.Grade == "B" && !strings.HasSuffix(row.Reason, "'"): // an endpoint's row says more than the name: bench/benign judges it
			case row.Grade == "A":
				t.Errorf("grade A: %s at %s", row.DataType, key)
			case !honest[row.DataType] || row.DataType == "account.session" && strings.Contains(row.Reason, "oken'") && !strings.Contains(row.Reason, "app_instance_id_token"):
				wrong[fmt.Sprintf("%s at %s, %s: %s", row.DataType, row.Recipient.Host, key, row.Reason)]++
				n++
			}
		}
		if flows < 6000 || n*1000 > flows {
			t.Errorf("%d flows, %d false findings: %v", flows, n, wrong)
		}
	}
}
