package report

import (
	"io"
	"strings"
	"testing"

	"github.com/constat/constat/audit"
)

// withSharing is the sketch with a small graph.
func withSharing(t *testing.T) *audit.Document {
	d := sketch(t)
	if len(d.Recipients) < 3 {
		t.Fatal("the sketch has too few recipients")
	}
	at := func(flow string) audit.SharingProof { return audit.SharingProof{Flow: flow} }
	got := func(r, flow string, with []string, forms ...string) audit.SharedWith {
		return audit.SharedWith{Recipient: r, Count: 2, Forms: forms, With: with, Proof: at(flow)}
	}
	d.Recipients[0].Owner, d.Recipients[1].Owner, d.Recipients[2].Owner = `Évil <b onload="x">`, "Deux", "Trois"
	a, b, c := d.Recipients[0].ID, d.Recipients[1].ID, d.Recipients[2].ID
	d.Sharing = &audit.Sharing{
		Identifiers: []audit.SharedIdentifier{
			{Alias: "token-1", DataType: "token", Kind: "token", Grade: "B", Companies: 2, Recipients: []audit.SharedWith{got(b, "f1", nil, "clear"), got(c, "f2", nil, "clear")}},
			{Alias: "device.ad_id-1", DataType: "device.ad_id", Kind: "planted", Grade: "A", Companies: 3, Recipients: []audit.SharedWith{
				got(a, "f3", []string{"contact.email"}, "clear"), got(b, "f4", nil, "hashed"), got(c, "f5", nil, "clear", "hashed"),
			}},
			{Alias: "contact.email-2", DataType: "contact.email", Kind: "planted", Grade: "A", Companies: 1, Recipients: []audit.SharedWith{got(a, "f3", nil, "hashed")}},
		},
		Joins: []audit.Join{
			{Recipient: a, Identifier: "device.ad_id-1", Fact: "contact.email-2", Alone: true, Grade: "A", Steps: []audit.JoinStep{{Identifier: "device.ad_id-1", With: "contact.email-2", Recipient: a, Proof: at("f3")}}},
			{Recipient: c, Identifier: "device.ad_id-1", Fact: "contact.email-2", Grade: "A", Steps: []audit.JoinStep{{Identifier: "device.ad_id-1", With: "contact.email-2", Recipient: a, Proof: at("f3")}}},
			{Recipient: b, Identifier: "token-1", Fact: "contact.email-2", Grade: "B", Steps: []audit.JoinStep{
				{Identifier: "token-1", With: "device.ad_id-1", Recipient: c, Proof: at("f2")}, {Identifier: "device.ad_id-1", With: "contact.email-2", Recipient: a, Proof: at("f3")},
			}},
			{Recipient: a, Identifier: "contact.email-2", Fact: "contact.email-2", Reader: b, Grade: "A"},
		},
		Syncs: []audit.Sync{
			{From: a, To: b, Alias: "token-1", How: "redirect", Matched: "device.ad_id-1", Grade: "A", Set: at("f6"), Sent: at("f7")},
			{From: a, To: b, Alias: "token-1", How: "response", Grade: "A", Set: at("f6"), Sent: at("f7")},
			{From: a, To: b, Alias: "token-1", How: "set-cookie", Grade: "A", Set: at("f6"), Sent: at("f7")},
			{From: a, To: b, Alias: "token-1", How: "cookie", Grade: "B", Set: at("f6"), Sent: at("f7")},
		},
		Limits: audit.SharingLimits{Tokens: 7},
	}
	return d
}

func TestSharingSection(t *testing.T) {
	for lang, want := range map[string][]string{
		"en": {
			"Who can put it together", "got “advertising id (AAID, IDFA, OAID)” and “e-mail address (2) (as a digest)” in one message (f3)",
			"together with “e-mail address (2) (as a digest)” (f3): it is the same that Trois got without", "leads to “e-mail address (2)” in 2 steps: “Token 1” and",
			"which Deux got in clear", "sent the device on to Deux with “Token 1” (f6 → f7). “advertising id (AAID, IDFA, OAID)”, by which Deux knows", "set “Token 1” as a cookie, and Deux",
			"named an address of Deux", "“Token 1” is a cookie that", "tokens of one company: 7", "Deux (2\u00a0times, as a digest) <code>f4</code>",
		},
		"fr": {"Qui peut recouper", "dans un même message (f3)", "que Trois a reçu sans.", "en 2 pas", "vers Deux avec « Jeton 1 »", "jetons d’une seule société : 7"},
	} {
		page := render(t, func(w io.Writer) error { return HTML(w, withSharing(t), Options{Lang: lang}) })
		for _, s := range want {
			if !strings.Contains(page, s) {
				t.Errorf("%s: no %q on the page", lang, s)
			}
		}
		if strings.Contains(page, "<b onload") || strings.Contains(page, "%!") {
			t.Errorf("%s: an owner's name is not escaped, or a message lacks an argument", lang)
		}
		_, chart, _ := strings.Cut(page, `aria-labelledby="share-t share-d"`)
		chart, _, _ = strings.Cut(chart, "</svg>")
		for what, n := range map[string]int{`class="tie"`: 4, `class="tie digest"`: 1, `class="end named"`: 1, `class="end"`: 4, `<rect class="node"`: 2} {
			if got := strings.Count(chart, what); got != n {
				t.Errorf("%s: %d times %s in the chart, want %d", lang, got, what, n)
			}
		}
		text := render(t, func(w io.Writer) error { return Terminal(w, withSharing(t), Options{Lang: lang, Width: 120}) })
		flat := strings.Join(strings.Fields(text), " ")
		if !strings.Contains(flat, want[0]) || !strings.Contains(flat, "Trois") || strings.Contains(flat, "%!") {
			t.Errorf("%s: the terminal says nothing of it:\n%s", lang, text)
		}
	}
}

// Without anything shared there is no section.
func TestNoSharing(t *testing.T) {
	d := sketch(t)
	d.Sharing = nil
	if page := render(t, func(w io.Writer) error { return HTML(w, d, Options{}) }); strings.Contains(page, "s-share") {
		t.Error("a section about nothing")
	}
}

func TestShortenNameKeepsTheNumber(t *testing.T) {
	if s := shortenName("device or install id issued by a service (13)", 40); !strings.HasSuffix(s, "… (13)") || columns(s) > 40 {
		t.Error(s)
	}
}
