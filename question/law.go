package question

import (
	"slices"
	"strings"

	"github.com/google/cel-go/common/types"

	"github.com/constat/constat/audit"
)

// legal are the variables of what laws call the party at the other end. They
// are "undetermined" or empty where the place is, and where nothing personal
// was received. A question that takes part in a verdict on a law says with
// "places" that it needs them.
var legal = []Variable{
	{"eea", "the server stood in the EEA that day: yes, no, undetermined", text},
	{"adequate", "in a country that the European Commission had declared adequate that day: yes, no, conditional (on the recipient's listing), undetermined", text},
	{"concern", "in a country of concern of 28 CFR 202, by the server's place: yes, no, undetermined", text},
	{"controller_concern", "the company or its parent has its seat in one: yes, no, undetermined", text},
	{"law", "what the laws call it, as in \"GDPR: none\" or \"28 CFR 202: country_of_concern (c)\"; of a row, those that concern its data type", strs},
}

// party at an address, for the variables of law.
type standingKey struct{ recipient, ip string }

// readLaw indexes what the document says of law.
func (w *world) readLaw() {
	w.standing, w.laws = map[standingKey]audit.Standing{}, map[string][]audit.LawRow{}
	for i := range w.doc.Recipients {
		r := &w.doc.Recipients[i]
		for _, s := range r.Standing {
			w.standing[standingKey{r.ID, s.IP}] = s
		}
		w.laws[r.ID] = r.Law
	}
}

// legal resolves the variables of law of a party; dataType "" is any.
func (w *world) legal(r *audit.RecipientRef, dataType, name string) (any, bool) {
	const unknown = "undetermined"
	if name == "law" {
		return types.NewStringList(types.DefaultTypeAdapter, w.statuses(r, dataType)), true
	}
	s, ok := w.standing[standingKey{r.ID, r.IP}]
	if !ok {
		s = audit.Standing{EEA: unknown, Adequate: unknown, Concern: unknown, ControllerConcern: unknown}
	}
	switch name {
	case "eea":
		return s.EEA, true
	case "adequate":
		return s.Adequate, true
	case "concern":
		return s.Concern, true
	case "controller_concern":
		return s.ControllerConcern, true
	}
	return nil, false
}

// statuses are what the laws call a party. A row by place concerns the
// addresses whose verdict it has.
func (w *world) statuses(r *audit.RecipientRef, dataType string) []string {
	list := []string{}
	for i := range w.laws[r.ID] {
		x := &w.laws[r.ID][i]
		switch {
		case x.Regime == "" || dataType != "" && !slices.Contains(x.DataTypes, dataType):
			continue
		case x.Column != "place":
		case strings.HasPrefix(x.Place, "consistent"):
			if x.Place != r.Place || !slices.Contains(x.Countries, r.Country) {
				continue
			}
		case strings.HasPrefix(r.Place, "consistent"):
			continue
		}
		s := x.Regime + ": " + x.Status
		if x.Category != "" {
			s += " " + x.Category
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
