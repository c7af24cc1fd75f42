package detect

import (
	"strings"
	"time"

	"github.com/constat/constat/peel"
)

// birth is a birth date of the persona.
type birth struct{ value, year, month, day int }

// birthOf reads a birth date as package persona does: ISO 8601, or day first.
func birthOf(value int, text string) []birth {
	for _, layout := range []string{"2006-01-02", "20060102", "2006/01/02", "02/01/2006", "02.01.2006"} {
		if d, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return []birth{{value, d.Year(), int(d.Month()), d.Day()}}
		}
	}
	return nil
}

// datePiece is a field that holds the year, month or day of a birth date of
// the persona, and is named for it.
type datePiece struct {
	value     int
	role      dateRole // one of year, month, day
	birth     bool     // a name says that it is one of birth
	container uint64
	finding   Finding
}

// mayBeDate reports whether at most four bytes are the year, month or day of a
// birth date of the persona.
func (set *pieceSet) mayBeDate(b []byte) bool {
	n, ok := smallNumber(b)
	if ok {
		for i := range set.births {
			if x := &set.births[i]; n == x.year || n == x.month || n == x.day {
				return true
			}
		}
	}
	return false
}

// smallNumber reads decimal digits.
func smallNumber(b []byte) (n int, ok bool) {
	for _, c := range b {
		if classOf[c]&isDigit == 0 {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// datePart files a field with a number that is the year, month or day of a
// birth date of the persona, if it is named so.
func (s *Scanner) datePart(p *peel.Part) {
	n, ok := smallNumber(p.Data)
	if !ok || p.Key == "" || p.Parent == nil || len(s.dates) >= maxPieces {
		return
	}
	for _, b := range s.e.pieces.births {
		var is dateRole
		switch {
		case n == b.year:
			is = yearRole
		case n == b.month && n == b.day:
			is = monthRole | dayRole
		case n == b.month:
			is = monthRole
		case n == b.day:
			is = dayRole
		default:
			continue
		}
		name := s.partName(p.Key, "")
		role := is & name.date
		if role != yearRole && role != monthRole && role != dayRole {
			continue
		}
		x := datePiece{value: b.value, role: role, birth: name.date&birthRole != 0}
		where := object(p.Name)
		if i := strings.LastIndexAny(where, "."); i >= 0 && s.e.pieces.names.of(where[i+1:], "").date&birthRole != 0 {
			x.birth = true
		}
		off, size := p.Parent.Outermost(0, len(p.Parent.Data))
		x.container = uint64(s.index)<<48 ^ uint64(off)<<24 ^ uint64(size)<<4 ^ hashText(where)
		off, size = p.Outermost(0, len(p.Data))
		x.finding = Finding{
			Type: "contact.birthdate", PersonaValue: b.value, Method: KnownValue, Form: formOf(p), Grade: GradeA, Confidence: 0.9,
			Derivation: p.Derivation(), Part: s.root.Name, Label: s.root.Label, Root: s.index,
			Off: off, Len: size, Path: strings.Clone(p.Name), Key: strings.Clone(p.Key), Value: []byte(s.e.values[b.value].Value),
		}
		s.dates = append(s.dates, x)
		s.pieced = true
		return
	}
}

// joinDates files the birth dates of which one object has day, month and year.
func (s *Scanner) joinDates(r *Result) {
	done := map[uint64]bool{}
	for i := range s.dates {
		last := &s.dates[i]
		have, birth := last.role, last.birth
		f := last.finding
		for j := i - 1; j >= 0 && have != yearRole|monthRole|dayRole; j-- {
			x := &s.dates[j]
			if x.container != last.container || x.value != last.value || have&x.role != 0 {
				continue
			}
			have |= x.role
			birth = birth || x.birth
			end := max(f.Off+f.Len, x.finding.Off+x.finding.Len)
			f.Off = min(f.Off, x.finding.Off)
			f.Len = end - f.Off
			if formRank(x.finding.Form) > formRank(f.Form) {
				f.Form = x.finding.Form
			}
		}
		if have != yearRole|monthRole|dayRole || done[last.container] {
			continue
		}
		done[last.container] = true
		f.Detail, f.Reason = "in 3 pieces: year, month, day", reasonBirth
		if !birth { // films and albums have dates, too
			f.Grade, f.Confidence, f.Reason = GradeB, 0.6, reasonDate
		}
		for k := 0; k < len(r.Findings); k++ {
			if y := &r.Findings[k]; y.Root == f.Root && y.PersonaValue < 0 && y.Type == f.Type && overlap(f.Off, f.Len, y.Off, y.Len) {
				r.Findings = append(r.Findings[:k], r.Findings[k+1:]...) // the year alone
				k--
			}
		}
		r.Findings = append(r.Findings, f)
	}
	s.dates = s.dates[:0]
}
