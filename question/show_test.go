package question

import (
	"slices"
	"testing"

	"github.com/constat/constat/audit"
)

// A verdict lists, of its rows, what they are; in full at least one for each
// expression of a clause over rows together, whatever came before it.
func TestRowsStandBesideVerdicts(t *testing.T) {
	var rows []audit.Transfer
	for i := range 70 {
		x := audit.Transfer{DataType: "contact.phone", Form: "clear", Flow: audit.FlowRef{ID: "f1"}, Recipient: audit.RecipientRef{ID: "r1", Host: "a.example"}}
		switch i {
		case 60:
			x.DataType = "contact.email"
		case 69:
			x.DataType, x.Act, x.SinceAct = "device.ad_id", "next", 2
		}
		rows = append(rows, x)
	}
	clause := `together = ['data_type == "contact.phone"', 'data_type == "contact.email"', 'data_type == "device.ad_id"', 'true']`
	for _, text := range []string{"proved_by = [{ " + clause + " }]", "proved_by = [{ " + clause + " }]\nrefuted_by = [{ rows = 'true' }]"} {
		v := answer(t, set(t, one+text), doc(t, slices.Clone(rows)...), Case{})["Q"]
		if v.Count != 70 || len(v.Rows) != maxBecause || v.Rows[1].ID != "t61" || v.Rows[2].ID != "t70" || v.Rows[2].Act != "next" || v.Rows[2].SinceAct != 2 || v.Rows[2].Host != "a.example" {
			t.Errorf("%d, %+v", v.Count, v.Rows)
		}
		if len(v.Proofs) != 3 || v.Proofs[1].DataType != "contact.email" || v.Proofs[2].DataType != "device.ad_id" || v.Proofs[2].Form != "clear" {
			t.Errorf("%+v", v.Proofs)
		}
	}
	// A row whose id is not where this program writes it is found too.
	if id := string(idOf([]byte(`{"flow":{"id":"f1"},"id":"t\"1"}`))); id != `t"1` {
		t.Errorf("id %q", id)
	}
	// Of several owners each is listed, though one has many rows.
	for i := range rows {
		rows[i].DataType, rows[i].Recipient.Owner = "contact.phone", "A"
	}
	rows[66].Recipient.Owner = "B"
	v := answer(t, set(t, one+`proved_by = [{ rows = 'data_type == "contact.phone"', distinct = "owner", at_least = 2 }]`), doc(t, rows...), Case{})["Q"]
	if v.Count != 70 || v.Rows[0].ID != "t1" || v.Rows[1].ID != "t67" {
		t.Errorf("%d %v", v.Count, v.Because)
	}
}
