package audit

import "github.com/constat/constat/persona"

// HidePersona hides every spelling of a persona's values: what is too common to
// prove anything only where it stands whole.
func (r *Redactor) HidePersona(p *persona.Persona) {
	for _, v := range p.Values {
		r.hideValue(v, p.Region)
	}
}

func (r *Redactor) hideValue(v persona.Value, region string) {
	for _, form := range v.Forms(region) {
		if form.Piece {
			continue // the value's own windows cover it
		}
		if form.Weak != "" {
			r.HideWord(form.Text)
		} else {
			r.Hide(form.Text)
		}
	}
}
