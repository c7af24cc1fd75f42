package audit

import (
	"strings"
	"testing"
)

func TestAppCheck(t *testing.T) {
	a := App{SignedBy: strings.Repeat("AB:", 31) + "CD", Store: "fr", VersionCode: 12}
	if err := a.Check(); err != nil || a.SignedBy != strings.Repeat("ab", 31)+"cd" || a.Store != "FR" {
		t.Errorf("%+v, %v", a, err)
	}
	for what, bad := range map[string]App{
		"signed_by":    {SignedBy: "abcd"},
		"sha256":       {SHA256: strings.Repeat("x", 64)},
		"store":        {Store: "France"},
		"version_code": {VersionCode: -1},
	} {
		if err := bad.Check(); err == nil || !strings.Contains(err.Error(), "app."+what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
