package persona

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Judgement is what a value is worth as a planted one: the one judgement that
// persona check prints, audits go by and reports repeat.
type Judgement struct {
	// Bits is how much chance the value leaves, an estimate on the low side:
	// unrelated text of its alphabet has it at one place in 2^Bits. See Bits
	// in the package comment.
	Bits    float64
	Verdict Verdict
	Use     Use
	Faults  []Fault // the gravest first
	Remarks []Fault // which spoil nothing
}

// Why is the gravest fault, "" for a strong value.
func (j Judgement) Why() string {
	if len(j.Faults) == 0 {
		return ""
	}
	return j.Faults[0].Why
}

// With is j and one more fault.
func (j Judgement) With(f Fault) Judgement {
	if f.Verdict == Strong {
		j.Remarks = append(slices.Clone(j.Remarks), f)
		return j
	}
	for _, x := range j.Faults {
		if x.Code == f.Code {
			return j
		}
	}
	j.Faults = append(slices.Clone(j.Faults), f)
	slices.SortStableFunc(j.Faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(b.Verdict, a.Verdict), cmp.Compare(b.Use, a.Use))
	})
	j.Verdict, j.Use = max(j.Verdict, f.Verdict), max(j.Use, f.Use)
	return j
}

// Before is j for a value that was in the traffic before it was planted.
func (j Judgement) Before() Judgement { return j.With(faults["before"]) }

// Judge judges v by itself. region is where a phone number without country
// code belongs.
func (v Value) Judge(region string) Judgement {
	text := strings.TrimSpace(v.Value)
	if isLocation(v.Type) {
		return v.judgePosition()
	}
	e := judge(text)
	if v.kind() == mailAddress {
		e = judgeMail(text)
	}
	j := Judgement{Bits: e.bits}
	if isBlank(v.kind(), text) {
		return j.With(faults["blank"])
	}
	f, weak := weakness(v.Type, text)
	if weak {
		j = j.With(f)
	} else if e.bits < minBits && v.kind() != ipAddress {
		f := faults["pattern"]
		switch {
		case e.names && v.kind() == personName:
			f = faults["names"]
		case e.words:
			f = faults["words"]
		}
		if identifier(v.kind()) {
			f.Use = Everywhere // it is one subscriber's, whoever else types it
		}
		j = j.With(f)
	}
	for _, f := range v.formFaults(region) {
		j = j.With(f)
	}
	return j
}

func (v Value) kind() shape { return kind(v.Type) }

// identifier reports whether a value of that shape belongs to one person or
// device by construction.
func identifier(k shape) bool {
	switch k {
	case phoneNumber, mailAddress, hardwareAddress, uuidOrHex, serialDigits, ipAddress:
		return true
	}
	return false
}

// isBlank reports whether systems give text to apps that may not have the
// value: zeros (advertising ids since Android 12 and iOS 14.5, other ids), and
// 02:00:00:00:00:00 (hardware addresses since Android 6).
func isBlank(k shape, text string) bool {
	switch k {
	case hardwareAddress:
		h := onlyHex(text)
		return h == "020000000000" || strings.Trim(h, "0") == "" && h != "" || strings.Trim(h, "f") == "" && h != ""
	case uuidOrHex, serialDigits:
		return strings.Trim(text, "0-") == ""
	case ipAddress:
		return text == "0.0.0.0" || text == "::"
	}
	return false
}

// judgePosition judges the digits of both halves.
func (v Value) judgePosition() Judgement {
	lat, lon, ok := v.Coordinates()
	if !ok {
		return Judgement{}.With(faults["form"])
	}
	d := min(decimals(lat), decimals(lon))
	j := Judgement{Bits: judge(round(math.Abs(lat), d)).bits + judge(round(math.Abs(lon), d)).bits}
	switch {
	case lat == 0 && lon == 0:
		return j.With(faults["blank"])
	case d < 3:
		return j.With(faults["coarse"])
	case d < 5:
		return j.With(faults["near"])
	}
	return j
}

// judgeMail judges the part before the @. The domain is other people's too,
// so it counts for a thousand domains at most: 10 bits.
func judgeMail(text string) estimate {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return judge(text)
	}
	domain, _, _ := strings.Cut(text[at+1:], ".")
	e := judge(text[:at])
	e.bits += math.Min(10, judge(domain).bits)
	return e
}

// maxCompared is the number of values up to which all pairs are compared.
const maxCompared = 1000

// Judge judges every value, by itself and beside the others. known, which may
// be nil, tells of texts that others know: the code of a fault ("sample",
// "vocabulary"), or "".
func (p *Persona) Judge(known func(v Value) string) []Judgement {
	all := make([]Judgement, len(p.Values))
	bare := make([]string, len(p.Values))
	for i, v := range p.Values {
		all[i] = v.Judge(p.Region)
		if known != nil {
			if f, ok := faults[known(v)]; ok && all[i].Use != Nowhere {
				if identifier(v.kind()) {
					f.Use = Everywhere
				}
				all[i] = all[i].With(f)
			}
		}
		bare[i] = string(newSpelt(v.Value).text)
	}
	if len(p.Values) > maxCompared {
		return all
	}
	beside := func(i, j int, code string) {
		for _, x := range [][2]int{{i, j}, {j, i}} {
			f := faults[code]
			f.Other = x[1]
			all[x[0]] = all[x[0]].With(f)
		}
	}
	for i := range bare {
		for j := i + 1; j < len(bare); j++ {
			a, b := bare[i], bare[j]
			switch {
			case a == "" || b == "":
			case a == b:
				beside(i, j, "equal")
			case all[i].Use >= Named || all[j].Use >= Named:
				// It counts in a field of its own anyway.
			case strings.Contains(a, b) || strings.Contains(b, a):
				beside(i, j, "inside")
			}
		}
	}
	return all
}
