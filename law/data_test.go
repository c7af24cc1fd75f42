package law

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/datatype"
)

// Every data type has a row in each vocabulary, and every code a category.
func TestEveryDataTypeHasARow(t *testing.T) {
	b := book(t)
	known := func(regime Regime, code string) bool {
		paragraph, _, _ := strings.Cut(code, " ")
		return code == "none" || code == "excluded" || slices.ContainsFunc(b.Categories(regime), func(c Category) bool { return c.Code == paragraph })
	}
	for _, row := range datatype.All() {
		if row.Apple == "" || row.Google == "" || row.Art9 == "" {
			t.Errorf("%s: no store label or no word on art. 9", row.ID)
		}
		for _, code := range kinds(CFR202, row.ID) {
			if !known(CFR202, code) {
				t.Errorf("%s: 28 CFR 202 %q has no category", row.ID, code)
			}
		}
		for _, code := range kinds(PADFAA, row.ID) {
			if !known(PADFAA, code) {
				t.Errorf("%s: PADFAA %q has no category", row.ID, code)
			}
		}
	}
}

// The crosswalk of the field note on places, 4.7, as far as it goes.
func TestCrosswalk(t *testing.T) {
	for _, test := range []struct {
		id                          datatype.ID
		apple, google, cfr202, art9 string
	}{
		{"contact.phone", "Phone Number", "Phone number", "(f) d", "no"},
		{"contact.email", "Email Address", "Email address", "(f) d", "no"},
		{"social.contact_phone", "Contacts", "Contacts", "(f) d", "no"},
		{"device.ad_id", "Device ID", "Device or other IDs", "(f) e", "no"},
		{"device.imei", "Device ID", "Device or other IDs", "(f) c", "no"},
		{"network.public_ip", "Other Data Types", "Other info", "(f) g", "no"},
		{"account.user_id", "User ID", "User IDs", "(f) d, (f) f", "no"},
		{"credential.password", "Other Data Types", "Other info", "(f) f", "no"},
		{"location.precise", "Precise Location", "Precise location", "(c)", "by inference"},
		{"location.coarse", "Coarse Location", "Approximate location", "none", "no"},
		{"biometric.face_vector", "Sensitive Info", "Photos | Other info", "(b)", "if identifying"},
		{"biometric.voice", "Sensitive Info", "Voice or sound recordings", "(b)", "if identifying"},
		{"content.draft", "Photos or Videos", "Videos", "none", "by content"},
		{"content.message", "Emails or Text Messages", "Other in-app messages", "excluded", "by content"},
		{"system.installed_apps", "Other Data Types", "Installed apps", "none", "by inference"},
		{"content.browsing", "Browsing History", "Web browsing history", "none", "by inference"},
		{"content.clipboard", "Other User Content", "Other user-generated content", "none", "by content"},
	} {
		got, _ := datatype.Get(test.id)
		if got.Apple != test.apple || got.Google != test.google || got.CFR202 != test.cfr202 || got.Art9 != test.art9 {
			t.Errorf("%s: %s / %s / %s / %s", test.id, got.Apple, got.Google, got.CFR202, got.Art9)
		}
	}
	if x, _ := datatype.Get("content.browsing"); x.PADFAA != "(O)" {
		t.Errorf("content.browsing in PADFAA: %q", x.PADFAA)
	}
}

// Every row has a source and a check, and codes are codes.
func TestRows(t *testing.T) {
	b := book(t)
	checked := regexp.MustCompile(`^(read|press|mem) 20\d\d-\d\d-\d\d$`)
	n := 0
	for _, d := range b.rows {
		n++
		if d.Source == "" || !checked.MatchString(d.Checked) {
			t.Errorf("row %d: source %q, checked %q", n, d.Source, d.Checked)
		}
		if strings.HasPrefix(d.Checked, "mem") != strings.HasPrefix(d.Source, "general knowledge") && !strings.HasPrefix(d.Source, "field note") {
			if strings.HasPrefix(d.Checked, "mem") {
				t.Errorf("row %d: checked from memory, and the source does not say so: %q", n, d.Source)
			}
		}
	}
	latest, mem, rows := b.Checked()
	if rows != n || n < 100 || mem == 0 || mem == rows || latest < "2026-11-23" {
		t.Errorf("Checked: %s, %d of %d", latest, mem, rows)
	}
	code := regexp.MustCompile(`^[A-Z]{2}$`)
	lists := [][]string{}
	for _, x := range b.territory {
		lists = append(lists, x.codes)
		if !slices.Contains(Statuses(), x.status) {
			t.Errorf("territory %v: status %q", x.codes, x.status)
		}
	}
	for _, x := range b.adequacy {
		lists = append(lists, x.codes, x.pendingFor)
		if x.status != Adequate && x.status != Conditional || !slices.Contains(Regimes(), x.Regime) || x.instrument == "" {
			t.Errorf("adequacy %v: %q %q", x.codes, x.Regime, x.status)
		}
	}
	for _, x := range b.concern {
		lists = append(lists, x.codes)
	}
	for _, x := range b.destination {
		lists = append(lists, x.codes)
	}
	for _, list := range lists {
		for _, c := range list {
			if c != "EEA" && (!code.MatchString(c) || !b.country(c)) {
				t.Errorf("%q is no country code", c)
			}
		}
	}
}

// On one day a country has one row of a table.
func TestNoOverlap(t *testing.T) {
	b := book(t)
	type span struct {
		what  string
		codes []string
		Dated
	}
	var all []span
	for _, x := range b.territory {
		all = append(all, span{"territory", x.codes, x.Dated})
	}
	for _, x := range b.adequacy {
		all = append(all, span{"adequacy " + string(x.Regime), x.codes, x.Dated})
	}
	for _, x := range b.concern {
		all = append(all, span{"concern " + string(x.Regime), x.codes, x.Dated})
	}
	for _, x := range b.regimes {
		all = append(all, span{"regime " + string(x.Regime), x.codes, x.Dated})
	}
	for i, x := range all {
		for _, y := range all[:i] {
			if x.what != y.what || !x.To.IsZero() && x.To.Before(y.From) || !y.To.IsZero() && y.To.Before(x.From) {
				continue
			}
			for _, c := range x.codes {
				if slices.Contains(y.codes, c) {
					t.Errorf("%s: %s stands in two rows from %s and %s", x.what, c, x.From.Format(time.DateOnly), y.From.Format(time.DateOnly))
				}
			}
		}
	}
}
