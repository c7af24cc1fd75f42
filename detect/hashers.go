package detect

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/constat/constat/peel"
	"github.com/constat/constat/persona"
)

// hashers says which platforms document that they hash this form with the
// function: "as Meta and Snap hash it", "" if none does.
func hashers(by []persona.Hashing, function string) string {
	var names []string
	for _, h := range by {
		if h.Function == function && !slices.Contains(names, h.Platform) {
			names = append(names, h.Platform)
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "as " + names[0] + " hashes it"
	}
	return "as " + persona.Names(names) + " hash it"
}

// formName names a form that was hashed with a function.
func (f *digestForm) formName(function string) string {
	by := hashers(f.by, function)
	switch {
	case by == "":
		return f.name
	case strings.HasPrefix(f.name, persona.NormalisedFor):
		return by // the name would say it again
	}
	return f.name + ", " + by
}

// shortForm is a form so short that its digest is everywhere: it counts only in
// a field named for its type.
type shortForm struct {
	digestForm
	function string
}

// shortDigests are the digests of the persona's short forms, by their raw
// bytes.
func shortDigests(forms []digestForm) map[string]shortForm {
	all := map[string]shortForm{}
	for _, f := range forms {
		if len(f.text) >= minDigestForm || f.text == "" {
			continue
		}
		for _, i := range outerAlgorithms {
			a := &digestAlgorithms[i]
			if key := string(a.sum(nil, []byte(f.text))); all[key].text == "" {
				all[key] = shortForm{f, a.name}
			}
		}
	}
	return all
}

// shortDigest files the digest of a short known value in a field that is named
// for it.
func (s *Scanner) shortDigest(p *peel.Part, m *meaning, v []byte, key string) bool {
	if len(s.e.short) == 0 {
		return false
	}
	var buf [64]byte
	raw := digestBytes(buf[:0], v)
	f, ok := s.e.short[string(raw)]
	if !ok || !m.is(s.e.values[f.value].Type) {
		return false
	}
	text := "base64"
	if len(v) == hex.EncodedLen(len(raw)) {
		text = "hex"
	}
	s.hit(p, hit{
		off: 0, n: len(p.Data), value: f.value, method: Digest, form: Hashed, grade: GradeA, confidence: 0.7, free: true,
		detail: f.function + " of " + s.e.names[f.value] + ", " + f.formName(f.function) + ", " + text, digest: f.function, field: len(p.Data),
		reason: "the digest of a value that the persona lists, under the key '" + key + "'; it is too common to count without the key",
	})
	return true
}
