package question

import (
	"testing"

	"github.com/constat/constat/audit"
)

// shared is a document in which an advertising id went to two companies, one of
// which got it with the address.
func sharedDoc(t *testing.T, grade string) *audit.Document {
	d := doc(t, audit.Transfer{DataType: "device.ad_id", Alias: "device.ad_id-1"}, audit.Transfer{DataType: "device.model", Alias: "device.model-1"})
	d.Recipients = []audit.Recipient{
		{ID: "r1", Owner: "Ads", Role: "advertising", Domain: "ads.example", Hosts: []string{"in.ads.example"}},
		{ID: "r2", Owner: "App", Role: "first party", Domain: "app.example", Hosts: []string{"app.example"}},
	}
	d.Sharing = &audit.Sharing{
		Identifiers: []audit.SharedIdentifier{{Alias: "device.ad_id-1", DataType: "device.ad_id", Companies: 2}, {Alias: "token-1", DataType: "token", Companies: 1}},
		Joins: []audit.Join{{
			Recipient: "r1", Identifier: "device.ad_id-1", Fact: "contact.email-1", FactType: "contact.email", Grade: grade,
			Steps: []audit.JoinStep{{Identifier: "device.ad_id-1", With: "contact.email-1", Recipient: "r2"}}, Proof: audit.SharingProof{Flow: "f1"},
		}},
		Syncs: []audit.Sync{{From: "r1", To: "r2", Alias: "token-1", How: "redirect", Matched: "token-2", Grade: "A", Sent: audit.SharingProof{Flow: "f7"}}},
	}
	return d
}

func TestSharingVariables(t *testing.T) {
	s := set(t, `
[[question]]
id = "rows"
claim.en = "x"
claim.fr = "x"
proved_by = [{ rows = 'companies == 2' }]
[[question]]
id = "joins"
claim.en = "x"
claim.fr = "x"
proved_by = [{ joins = 'data_type == "device.ad_id" && fact == "contact.email" && steps == 1 && !alone && companies == 2 && grade == "A" && owner == "Ads" && host == "in.ads.example" && !first_party' }]
[[question]]
id = "syncs"
claim.en = "x"
claim.fr = "x"
proved_by = [{ syncs = 'data_type == "token" && how == "redirect" && matched && from_owner == "Ads" && owner == "App" && grade == "A"' }]
`)
	got := answer(t, s, sharedDoc(t, "A"), Case{})
	for id, because := range map[string]string{"rows": "t1", "joins": "join r1 device.ad_id-1 contact.email-1", "syncs": "sync token-1 f7"} {
		if v := got[id]; v.Answer != audit.Observed || len(v.Because) != 1 || v.Because[0] != because {
			t.Errorf("%s: %s because of %q", id, v.Answer, v.Because)
		}
	}
	for id, v := range answer(t, s, doc(t, audit.Transfer{DataType: "device.ad_id", Alias: "device.ad_id-1"}), Case{}) {
		if v.Answer != audit.NotObserved {
			t.Errorf("%s, with nothing shared: %s", id, v.Answer)
		}
	}
}

// TestJoinsAnswerA05: an identifier that another company got without a name, and
// that some message ties to one, identifies; one of the app's own company, a
// digest alone, or a token that only looks like one, do not.
func TestJoinsAnswerA05(t *testing.T) {
	s, err := Load("hong-2019")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*audit.Document)
		want   bool
	}{
		"as it is":          {func(*audit.Document) {}, true},
		"the app's company": {func(d *audit.Document) { d.Sharing.Joins[0].Recipient = "r2" }, false},
		"a digest":          {func(d *audit.Document) { d.Sharing.Joins[0].Steps = nil }, false},
		"a position":        {func(d *audit.Document) { d.Sharing.Joins[0].FactType = "location.precise" }, false},
		"a token, B": {func(d *audit.Document) {
			d.Sharing.Joins[0].Identifier, d.Sharing.Joins[0].Grade = "token-1", "B"
		}, false},
		"by its looks": {func(d *audit.Document) { d.Sharing.Joins[0].Grade = "B" }, false},
		"a token, A":   {func(d *audit.Document) { d.Sharing.Joins[0].Identifier = "token-1" }, true},
	} {
		d := sharedDoc(t, "A")
		c.change(d)
		if v := answer(t, s, d, Case{})["A05"]; (v.Answer == audit.Observed) != c.want {
			t.Errorf("%s: %s", name, v.Answer)
		}
	}
}
