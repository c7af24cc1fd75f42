package detect

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/constat/constat/datatype"
)

// traveller adds to the subject what is cut or masked most.
const traveller = subject + `
[[value]]
type = "network.public_ip"
value = "81.57.203.44"
[[value]]
type = "contact.postcode"
value = "75011"
[[value]]
type = "finance.card"
value = "4539 1488 0343 6467"
`

// TestCut: what is left of a value is a finding only under a key that names
// it, says how much that is, and is the persona's only if enough of it fits.
func TestCut(t *testing.T) {
	s := engine(t, traveller, Options{}).NewScanner()
	for _, c := range []struct {
		body   string
		typ    datatype.ID // "": nothing
		value  int         // of the persona, -1: not told apart as its
		detail string
	}{
		{`{"phone":"+33612****78"}`, "contact.phone", -1, "4 of 11 digits are masked"},
		{`{"phone":"+33 6 12 34 5X XX"}`, "contact.phone", 1, "3 of 11 digits are masked"},
		{`{"phone":"+33 6 12 34 9X XX"}`, "contact.phone", -1, "3 of 11 digits are masked"},
		{`{"phone":"+3361234"}`, "contact.phone", -1, "the first 7 of 11 digits"},
		{`{"phone_last4":"5678"}`, "contact.phone", -1, "the last 4 of 11 digits"},
		{`{"phone_last4":"5679"}`, "", 0, ""},
		{`{"x":"+33612****78"}`, "", 0, ""},
		{`{"phone":"+33*********"}`, "", 0, ""},
		{`{"email":"c***@example.org"}`, "contact.email", -1, "1 characters of the mailbox and the domain remain"},
		{`{"email":"camil***@example.org"}`, "contact.email", 0, "5 characters of the mailbox and the domain remain"},
		{`{"email":"bastien*****@example.org"}`, "contact.email", -1, "7 characters of the mailbox and the domain remain"},
		{`{"email":"c•••l@e•••••.org"}`, "contact.email", -1, "2 characters of the mailbox remain, and some of the domain"},
		{`{"email":"***@***.com"}`, "", 0, ""},
		{`{"client_ip":"81.57.203.0"}`, "network.public_ip", 9, "the first 24 of 32 bits of an address"},
		{`{"client_ip":"81.57.204.0"}`, "network.public_ip", -1, "the first 24 of 32 bits of an address"},
		{`{"client_ip":"81.57.x.x"}`, "network.public_ip", -1, "the first 16 of 32 bits of an address"},
		{`{"client_ip":"2a01:e0a:3:4::"}`, "network.public_ip", -1, "the first 64 of 128 bits of an address"},
		{`{"version":"81.57.203.0"}`, "", 0, ""},
		{`{"client_ip":"0.0.0.0"}`, "", 0, ""},
		{`{"imei":"35209900"}`, "device.imei", 7, "8 of 15 digits: the model (type allocation code)"},
		{`{"tac":"86153603"}`, "device.imei", -1, "8 of 15 digits: the model (type allocation code)"},
		{`{"device_id":"86153603"}`, "", 0, ""},
		{`{"birth_year":1991}`, "contact.birthdate", -1, "the year of a birth date"},
		{`{"dob":"1991-04"}`, "contact.birthdate", -1, "the year and month of a birth date"},
		{`{"year":1991}`, "", 0, ""},
		{`{"zip":"750"}`, "contact.postcode", -1, "the first 3 of 5 characters of a postal code"},
		{`{"zip_prefix":"691"}`, "contact.postcode", -1, "the first 3 characters of a postal code"},
		{`{"zip":"691"}`, "", 0, ""},
		{`{"card_number":"4539 **** **** 6467"}`, "finance.card", 11, "8 of 16 characters are masked"},
		{`{"card_number":"4539 **** **** 6468"}`, "finance.card", -1, "8 of 16 characters are masked"},
	} {
		got := s.Scan(post("/p", asJSON, []byte(c.body))).Findings
		if c.typ == "" {
			for _, x := range got {
				if x.Form == Truncated {
					t.Errorf("%s: found %+v", c.body, x)
				}
			}
			continue
		}
		if len(got) != 1 || got[0].Form != Truncated || got[0].Grade != GradeB || got[0].Type != c.typ || got[0].PersonaValue != c.value || got[0].Detail != c.detail {
			t.Errorf("%s: %d findings: %+v", c.body, len(got), got)
		}
	}
}

// TestGrid: the codes of the cells around the persona's position are found,
// with the radius that they leave; those around another's are not.
func TestGrid(t *testing.T) {
	s, decoy := engine(t, subject, Options{}).NewScanner(), engine(t, twin, Options{}).NewScanner()
	for _, c := range []struct {
		body   string
		form   string // "": nothing of grade A
		radius float64
	}{
		{`{"x":"u09tunqu9"}`, Encoded, 3},
		{`{"x":"u09tunq"}`, Truncated, 91},
		{`{"geohash":"u09tu"}`, Truncated, 2900},
		{`{"x":"u09tu"}`, "", 0},
		{`{"x":"u09tunqz"}`, "", 0},
		{`{"x":"8FW4V75V+8Q"}`, Encoded, 9},
		{`{"x":"8FW4V75V+"}`, Truncated, 180},
		{`{"plus_code":"V75V+8Q"}`, Encoded, 9},
		{`{"x":"V75V+8Q"}`, "", 0},
		{`{"x":"47e66fe1"}`, Truncated, 470},
		{`{"x":5180951433494659072}`, Truncated, 470},
		{`{"s2_cell_id":"47e66f"}`, Truncated, 7500},
	} {
		f := post("/p", asJSON, []byte(c.body))
		x := find(s.Scan(f).Findings, "location.precise", GradeA)
		if (x != nil) != (c.form != "") {
			t.Errorf("%s: %+v", c.body, x)
		} else if x != nil && (x.Form != c.form || math.Abs(x.Radius/c.radius-1) > 0.1 || !strings.Contains(x.Detail, "within")) {
			t.Errorf("%s: %s, %v metres, %q; want %s, %v", c.body, x.Form, x.Radius, x.Detail, c.form, c.radius)
		}
		for _, x := range decoy.Scan(f).Findings {
			if x.Grade == GradeA {
				t.Errorf("%s: decoy found: %+v", c.body, x)
			}
		}
	}
	if x := find(decoy.Scan(post("/p", asJSON, []byte(`{"geohash":"u09tunq"}`))).Findings, "location.precise", GradeB); x == nil || math.Abs(x.Radius-108) > 2 {
		t.Errorf("somebody's geohash: %+v", x)
	}
}

// TestMoved: a position near the persona's, in fields named for one, says how
// near, and is not taken for it.
func TestMoved(t *testing.T) {
	s := engine(t, subject, Options{}).NewScanner()
	for _, c := range []struct {
		lat, lon float64
		detail   string
	}{{48.861370, 2.294481, "about 330 m from the persona's position"}, {48.8585, 2.30, "about 400 m from the persona's position"}, {48.9, 2.4, ""}} {
		got := s.Scan(post("/p", asJSON, fmt.Appendf(nil, `{"lat":%.6f,"lon":%.6f}`, c.lat, c.lon))).Findings
		if len(got) != 1 || got[0].PersonaValue != -1 || got[0].Grade != GradeB || got[0].Detail != c.detail || (got[0].Radius > 0) != (c.detail != "") {
			t.Errorf("%v, %v: %+v", c.lat, c.lon, got)
		}
	}
}
