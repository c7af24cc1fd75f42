package report

import (
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/audit"
)

// frenchRefusals are the reasons of data/nonvalues (package detect) in French.
var frenchRefusals = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	if _, err := toml.DecodeFS(messageFiles, "messages/refuted-fr.toml", &m); err != nil {
		panic("report: " + err.Error()) // embedded, checked by the tests
	}
	return m
})

// IsNone says why what looked like personal data is none, in the language of
// the report.
func (v *view) IsNone(r audit.Refuted) string {
	if v.Lang == "fr" {
		if s, ok := frenchRefusals()[r.Why]; ok {
			return s
		}
	}
	return r.Why
}

// refutedListed is how many refutations a reading for people lists; the JSON has
// all.
const refutedListed = 60

// Refusals are the refutations that are listed.
func (v *view) Refusals() []audit.Refuted { return v.Refuted[:min(len(v.Refuted), refutedListed)] }

// MoreRefusals is how many are left to the JSON.
func (v *view) MoreRefusals() int { return len(v.Refuted) - len(v.Refusals()) }

// StoodThere names what the field held: the text, or the digest of it.
func (v *view) StoodThere(r audit.Refuted) string {
	text := r.Example.String()
	if r.Example.IsZero() {
		text = v.T("refuted.empty")
	}
	if r.Digest == "" {
		return text
	}
	return v.T("refuted.digest", r.Digest, text)
}

func (t *terminal) refuted() {
	if len(t.Refuted) == 0 && t.RefutedNote() == "" {
		return
	}
	t.heading("h.refuted")
	t.wrap("  ", "  ", t.T("refuted.note"))
	for _, r := range t.Refusals() {
		t.wrap("  · ", "    ", t.Type(r.DataType)+" → "+t.Owner(r.Recipient)+" ("+t.N("time", r.Count)+")"+t.T("colon")+
			t.T("refuted.line", t.IsNone(r), t.StoodThere(r), r.Key, r.Flow.ID))
	}
	if n := t.MoreRefusals(); n > 0 {
		t.line("  " + t.T("more", n))
	}
	if s := t.RefutedNote(); s != "" {
		t.wrap("  ", "  ", s)
	}
}
