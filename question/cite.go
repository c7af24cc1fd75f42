package question

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/audit"
)

// cite checks what the claims and the hooks point at.
func (s *Set) cite(at *source) error {
	for short, src := range s.Sources {
		if shortName.FindString(short) != short {
			return at.errorf(short, "a source's short name is of capitals and digits, as in HONG; %q is not", short)
		}
		if src.Name == "" {
			return at.errorf(short, "source %s: name is missing: who said it, and where", short)
		}
		if !dated(src.Date) {
			return at.errorf(short, "source %s: date = %q; expected YYYY, YYYY-MM or YYYY-MM-DD", short, src.Date)
		}
	}
	if err := s.translated(at); err != nil {
		return err
	}
	for short, l := range s.Laws {
		if l.Name == "" || l.Source == "" {
			return at.errorf(short, "law %s: name or source is missing", short)
		}
		if _, err := time.Parse(time.DateOnly, l.From); err != nil && l.From != "" {
			return at.errorf(short, "law %s: from = %q; expected the first day on which it applies, YYYY-MM-DD, or none if it is not known", short, l.From)
		}
	}
	return nil
}

func dated(s string) bool {
	return slices.ContainsFunc([]string{"2006", "2006-01", time.DateOnly}, func(layout string) bool {
		_, err := time.Parse(layout, s)
		return err == nil
	})
}

// name spells the short names of a list out, with their dates.
func (s *Set) name(saidBy string) string {
	return shortName.ReplaceAllStringFunc(saidBy, func(short string) string {
		src, ok := s.Sources[short]
		if !ok {
			return short
		}
		return fmt.Sprintf("%s (%s)", src.Name, src.Date)
	})
}

// translated checks that each phrase of [french] is of something: others are slips.
func (s *Set) translated(at *source) error {
	var texts []string
	for _, src := range s.Sources {
		texts = append(texts, src.Name)
	}
	for _, l := range s.Laws {
		texts = append(texts, l.Name)
	}
	for _, q := range s.Questions {
		texts = append(append(texts, q.SaidBy), q.Law...)
	}
	for _, phrase := range slices.Sorted(maps.Keys(s.French)) {
		if phrase == "" || s.French[phrase] == "" || !slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, phrase) }) {
			return at.errorf(phrase, "french: %q stands in no said_by, name or hook, or has no words", phrase)
		}
	}
	return nil
}

// InFrench is a said_by, a name or a hook with the phrases of [french] in French,
// the longest first.
func (s *Set) InFrench(text string) string {
	phrases := slices.SortedFunc(maps.Keys(s.French), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	var pairs []string
	for _, p := range phrases {
		pairs = append(pairs, p, s.French[p])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// inFrench is InFrench of a list.
func (s *Set) inFrench(list []string) (out []string) {
	for _, text := range list {
		out = append(out, s.InFrench(text))
	}
	return out
}

// Cited are the sources that a question's claim is from, by short name.
func (s *Set) Cited(q *Question) []string {
	return slices.DeleteFunc(shortName.FindAllString(q.SaidBy, -1), func(short string) bool {
		_, ok := s.Sources[short]
		return !ok
	})
}

// unsaid says what is wrong with who says a claim: a short name that the set's
// sources do not have, or none of them.
func (s *Set) unsaid(saidBy string) string {
	if len(s.Sources) == 0 || saidBy == "" {
		return ""
	}
	has := strings.Join(slices.Sorted(maps.Keys(s.Sources)), ", ")
	names := shortName.FindAllString(saidBy, -1)
	for _, short := range names {
		if _, ok := s.Sources[short]; !ok {
			return fmt.Sprintf("said_by: %s is no source of [sources]; it has %s", short, has)
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf("said_by = %q names no source of [sources]; it has %s", saidBy, has)
	}
	return ""
}

var shortName = regexp.MustCompile(`[A-Z][A-Z0-9]+`)

// Hook finds the law that a hook begins with: the longest of the short names.
func (s *Set) Hook(hook string) (short string, l Law, ok bool) {
	for name, x := range s.Laws {
		rest, begins := strings.CutPrefix(hook, name)
		if begins && (rest == "" || strings.ContainsAny(rest[:1], " .-,(")) && len(name) > len(short) {
			short, l, ok = name, x, true
		}
	}
	return short, l, ok
}

// hooks are those of a question; the first day of a law stands with what did
// not apply yet when the capture ended.
func (s *Set) hooks(list []string, d *audit.Document) []string {
	var last time.Time
	for _, in := range d.Inputs {
		if in.Last.After(last) {
			last = in.Last
		}
	}
	out := slices.Clone(list)
	for i, hook := range out {
		if _, l, ok := s.Hook(hook); ok && !last.IsZero() && last.Format(time.DateOnly) < l.From {
			out[i] = hook + " [" + l.From + " →]"
		}
	}
	return out
}
