package detect

import (
	"bytes"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/peel"
)

// shapes are the checks tried on values whose field says nothing, in order.
// What they find is grade C.
var shapes = []struct {
	min, max int // length, bytes
	typ      datatype.ID
	check    check
	needs    string // one of these bytes must be there
}{
	{36, 36, "device.ad_id", checkUUID, "-"},
	{17, 17, "device.mac", checkMAC, ":-"},
	{6, 254, "contact.email", checkEmail, "@"},
	{15, 15, "device.imei", checkIMEI, ""},
	{19, 20, "device.iccid", checkICCID, ""},
	{15, 34, "finance.iban", checkIBAN, ""},
	{13, 19, "finance.card", checkCard, ""},
	{7, 45, "network.public_ip", checkIP, ".:"},
	{8, 16, "contact.phone", checkPhone, "+"},
}

// shape files a value that only looks like a data type.
func (s *Scanner) shape(p *peel.Part) {
	if p.Parent == nil || len(p.Data) > 256 {
		return
	}
	v := trim(p.Data)
	for i := range shapes {
		sh := &shapes[i]
		if len(v) < sh.min || len(v) > sh.max || sh.needs != "" && !bytes.ContainsAny(v, sh.needs) {
			continue
		}
		ver := sh.check(v)
		if ver.confidence == 0 {
			continue
		}
		typ := sh.typ
		if ver.typ != "" {
			typ = ver.typ
		}
		if x, ok := s.e.nonvalues.clear(v); ok {
			if !x.row.Silent && x.row.imitates(typ) {
				s.refute(p, typ, x, "")
			}
			return
		}
		if row := s.e.reserved(typ, v); row != nil {
			s.refute(p, typ, sample{row: row}, "")
			return
		}
		off, n := p.Outermost(0, len(p.Data))
		s.file(Finding{
			Type: typ, PersonaValue: -1, Method: Format, Form: formOf(p), Grade: GradeC, Confidence: 0.3,
			Reason:     ver.reason + ", in a field whose name does not say so",
			Derivation: p.Derivation(), Part: s.root.Name, Label: s.root.Label, Root: s.index,
			Off: off, Len: n, Path: p.Name, Key: p.Key, Value: append([]byte(nil), v...),
		})
		return
	}
}
