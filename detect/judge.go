package detect

import (
	"strings"

	"github.com/constat/constat/persona"
)

// Judge is what the values of p are worth as planted ones: persona's
// judgement, and beside it what this package knows of texts that are nobody's.
// A scan goes by it, so what it says is what an audit does.
func Judge(p *persona.Persona) []persona.Judgement {
	if p == nil {
		return nil
	}
	return p.Judge(known)
}

// known tells of a value that programs write on their own account.
func known(v persona.Value) string {
	text := strings.TrimSpace(v.Value)
	if x, none := loadNonvalues().clear([]byte(text)); none && x.row.imitates(v.Type) {
		return "sample"
	}
	if len(text) > maxKey || strings.ContainsAny(text, " @") {
		return ""
	}
	l := loadLexicon()
	w := joinWords(words(text))
	if l.whole[w] != nil || l.ends[w] != nil || l.cookie[w] != nil {
		return "vocabulary"
	}
	return ""
}

// named reports whether the field that h stands in is named for the type of
// its value.
func (s *Scanner) named(h *hit) bool {
	m := s.meaning(h.key)
	return m != nil && m.is(s.e.values[h.value].Type)
}

// downgrade gives a value that others write too the grade it has where it
// stands.
func (s *Scanner) downgrade(h *hit) {
	switch {
	case h.method == Digest || !s.e.common[h.value]:
	case s.named(h):
		h.confidence, h.reason = 0.7, "the exact value that the persona lists, under the key '"+h.key+"'; others write it too"
	default:
		h.grade, h.confidence, h.reason = GradeB, 0.5, reasonCommon
	}
}

const reasonCommon = "the exact value that the persona lists; others write it too"
