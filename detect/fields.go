package detect

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/constat/constat/peel"
)

// field judges a part by the name of its field: a short known value, a
// checksum of a known value, or a value of the right form. Nearly every field
// ends at the first line.
func (s *Scanner) field(p *peel.Part) {
	if len(s.rows) > 0 && s.vendor(p) {
		return
	}
	key := p.Key
	if key == "" && p.Parent == nil && strings.HasSuffix(s.root.Name, ".header") {
		key = s.root.Label
	}
	m := s.meaning(key)
	if m != nil && len(m.senses) == 0 {
		if s.contextual(p, m.contexts, trim(p.Data)) {
			return
		}
		m = nil
	}
	if m == nil {
		if s.e.opt.Hints {
			s.shape(p)
		}
		return
	}
	v := trim(p.Data)
	s.vector(p, m, v, key)
	if len(v) == 0 || len(v) > 8192 || p.Parent == nil && ordinaryHeader(key) {
		return
	}
	if structured(v) { // a container, or an unfilled tag
		if len(v) <= maxNonvalue {
			s.nonvalue(p, m, v)
		}
		return
	}
	if s.weakValue(p, m, v, key) || s.checksum(p, m, v, key) || s.shortDigest(p, m, v, key) ||
		len(m.contexts) > 0 && s.contextual(p, m.contexts, v) || s.nonvalue(p, m, v) || s.judge(p, m, v, key, GradeB, nil) {
		return
	}
	if s.e.opt.Hints {
		s.shape(p)
	}
}

// judge files a value that passes the check of one of the field's senses. k
// is the row of an endpoint that says so, nil if the name alone does.
func (s *Scanner) judge(p *peel.Part, m *meaning, v []byte, key, grade string, k *toldField) bool {
	why, least := "", 0.0
	if k != nil {
		why = k.why
		if k.sure {
			least = sureEnough
		}
	}
	for i := range m.senses {
		sense := &m.senses[i]
		if sense.half != noAxis {
			return s.half(p, sense.half, v, why)
		}
		ver := none
		if sense.phone {
			// Numbers kept for fiction are not valid ones: they come first.
			if row := s.e.reserved(sense.typ, v); row != nil {
				s.refute(p, sense.typ, sample{row: row}, "")
				return true
			}
			ver = phoneIn(v, s.e.opt.Region)
		} else {
			ver = sense.check(v)
		}
		if ver.confidence == 0 {
			continue
		}
		typ := sense.typ
		if ver.typ != "" {
			typ = ver.typ
		}
		if row := s.e.reserved(typ, v); row != nil {
			s.refute(p, typ, sample{row: row}, "")
			return true
		}
		if typ == "location.precise" || typ == "location.coarse" {
			if lat, lon := latLon(v); s.coarse(p, lat, lon) {
				return true
			}
		}
		off, n := p.Outermost(0, len(p.Data))
		f := Finding{
			Type: typ, PersonaValue: -1, Method: KeyAndFormat, Form: formOf(p), Grade: grade, Confidence: max(ver.confidence, least),
			Reason:     ver.reason + ", under the key '" + key + "'" + why,
			Derivation: p.Derivation(), Part: s.root.Name, Label: s.root.Label, Root: s.index,
			Off: off, Len: n, Path: p.Name, Key: key, Value: append([]byte(nil), v...),
		}
		if grade == GradeC {
			f.Method, f.Confidence = Format, 0.3
		}
		s.file(f)
		return true
	}
	return false
}

// ordinaryHeader names the request header fields that every HTTP client
// sends; what they say of the device is no act of the app. A known value in
// them is found all the same.
func ordinaryHeader(name string) bool {
	switch strings.ToLower(name) {
	case "user-agent", "accept-language", "content-language", "host", "origin", "referer",
		"sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform": // sent unasked (UA Client Hints, low entropy)
		return true
	}
	return false
}

// weakValue files a known value that is too short to be searched for, when
// the field is named for its type and holds nothing else.
func (s *Scanner) weakValue(p *peel.Part, m *meaning, v []byte, key string) bool {
	if len(s.e.weak) == 0 {
		return false
	}
	for i := range m.senses {
		for _, w := range s.e.weak[m.senses[i].typ] {
			if len(w.text) != len(v) || !equalFold(w.text, string(v)) {
				continue
			}
			s.hit(p, hit{
				off: 0, n: len(p.Data), value: w.value, method: KnownValue, grade: GradeA, confidence: 0.7, free: true,
				detail: s.e.names[w.value] + ", " + w.form, field: len(p.Data),
				reason: "the exact value that the persona lists, under the key '" + key + "'; it is too common to count without the key",
			})
			return true
		}
	}
	return false
}

// checksum files a 32-bit checksum of a known value: 8 hexadecimal digits or
// a decimal number, in a field named for the type of the value.
func (s *Scanner) checksum(p *peel.Part, m *meaning, v []byte, key string) bool {
	if s.e.digests == nil || len(v) < 8 || len(v) > 10 {
		return false
	}
	var sums [2]uint32
	k := 0
	if len(v) == 8 {
		var raw [4]byte
		if _, err := hex.Decode(raw[:], v); err == nil {
			sums[k] = binary.BigEndian.Uint32(raw[:])
			k++
		}
	}
	if _, digits := count(v, isDigit); digits {
		if n, err := strconv.ParseUint(string(v), 10, 32); err == nil {
			sums[k] = uint32(n)
			k++
		}
	}
	for _, sum := range sums[:k] {
		c, ok := s.e.digests.lookup32(sum)
		if !ok {
			continue
		}
		f := &s.e.digests.forms[c.form]
		if !m.is(s.e.values[f.value].Type) {
			continue
		}
		h := hit{
			off: 0, n: len(p.Data), value: f.value, method: Digest, form: Hashed, grade: GradeB, confidence: 0.5, free: true,
			detail: s.e.digests.describe(c, s.e.names[f.value]), digest: functions(c), field: len(p.Data),
			reason: "the 32-bit checksum of a value that the persona lists, under the key '" + key + "'; checksums this short collide",
		}
		if m.hashed {
			h.confidence = 0.7
		}
		s.hit(p, h)
		return true
	}
	return false
}

// file keeps a finding by key and format.
func (s *Scanner) file(f Finding) {
	if f.Method == KeyAndFormat && s.notPersonal(&f) {
		return
	}
	if len(s.fields) >= maxFields {
		s.crowded = true
		return
	}
	if f.Decimals == 0 && f.Type.Class() == "location" {
		f.Decimals = decimals(f.Value)
	}
	s.fields = append(s.fields, f)
}
