package detect

import (
	"bytes"
	"strings"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/peel"
)

// sureEnough is the confidence of a field that the vendor, or somebody who
// looked, has told what it holds, and that holds it.
const sureEnough = 0.85

// find looks up the endpoints that f goes to.
func (s *Scanner) find(f *flow.Flow) {
	if s.table == nil {
		s.table = loadEndpoints()
	}
	s.endpoints = s.table.find(s.endpoints[:0], f)
}

// choose picks the rows for a root among those of the flow's endpoints.
func (s *Scanner) choose(root *peel.Root) {
	s.rows = s.rows[:0]
	for _, e := range s.endpoints {
		r := (*rows)(nil)
		switch root.Name {
		case "request.url":
			r = &e.url
		case "request.body", "message":
			r = &e.body
		case "request.header":
			if strings.EqualFold(root.Label, "cookie") {
				r = &e.cookie
				break
			}
			for i := range e.headers {
				if strings.EqualFold(e.headers[i].name, root.Label) {
					r = &e.headers[i].rows
				}
			}
		}
		if r != nil && !r.empty() {
			s.rows = append(s.rows, r)
		}
	}
}

// vendor judges a part by what is known of the endpoint it goes to.
func (s *Scanner) vendor(p *peel.Part) bool {
	for _, r := range s.rows {
		for _, k := range r.byKey[p.Key] {
			if k.matches(p) && s.told(p, k) {
				return true
			}
		}
		for _, k := range r.wild {
			if k.matches(p) && s.told(p, k) {
				return true
			}
		}
	}
	return false
}

// told judges a field that row k is about.
func (s *Scanner) told(p *peel.Part, k *toldField) bool {
	v := trim(p.Data)
	if len(v) == 0 || len(v) > 8192 || structured(v) {
		return false
	}
	for _, c := range v[:min(len(v), 64)] {
		if c < ' ' {
			return false // a message of a binary form, not a value
		}
	}
	if (p.Step == "query" || p.Step == "form") && (bytes.IndexByte(v, '%') >= 0 || k.words && bytes.IndexByte(v, '+') >= 0) {
		return true // the same field comes again, decoded
	}
	for _, not := range k.row.Not {
		if equalFold(not, string(v)) {
			return false
		}
	}
	key := p.Key
	if key == "" {
		key = k.label
	}
	grade := GradeB
	if p.Parent == nil && ordinaryHeader(s.root.Label) {
		if !s.e.opt.Hints {
			return false
		}
		grade = GradeC // every client sends it to every server
	}
	if s.weakValue(p, &k.meaning, v, key) || s.checksum(p, &k.meaning, v, key) {
		return true
	}
	if !k.literal && s.nonvalue(p, &k.meaning, v) {
		return true
	}
	return s.judge(p, &k.meaning, v, key, grade, k)
}
