package audit

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// App is the program that an audit is of, as the user states it: an answer holds
// for this version of it, and two apps of one company are two apps. Nothing in
// traffic proves it.
type App struct {
	ID          string `json:"id,omitempty" toml:"id"`           // package name or bundle id
	Version     string `json:"version,omitempty" toml:"version"` // as people see it: "14.7.5"
	VersionCode int64  `json:"version_code,omitempty" toml:"version_code"`
	SignedBy    string `json:"signed_by,omitempty" toml:"signed_by"` // SHA-256 of the certificate that it is signed with, hex
	SHA256      string `json:"sha256,omitempty" toml:"sha256"`       // of the file that was installed, hex
	Store       string `json:"store,omitempty" toml:"store"`         // country of the store's account, ISO 3166-1 alpha-2
}

// Check tells what is not as it should be, and puts the rest into one spelling.
func (a *App) Check() error {
	for name, sum := range map[string]*string{"signed_by": &a.SignedBy, "sha256": &a.SHA256} {
		*sum = strings.ToLower(strings.ReplaceAll(*sum, ":", ""))
		if b, err := hex.DecodeString(*sum); err != nil || len(b) != 32 && len(b) != 0 {
			return fmt.Errorf("app.%s is no SHA-256; write 64 hexadecimal digits, as sha256sum and apksigner verify --print-certs print them", name)
		}
	}
	if a.Store = strings.ToUpper(a.Store); a.Store != "" && len(a.Store) != 2 {
		return fmt.Errorf("app.store is %q; write the two letters of a country, as in FR", a.Store)
	}
	if a.VersionCode < 0 {
		return fmt.Errorf("app.version_code is %d; write the number that adb shell dumpsys package prints as versionCode", a.VersionCode)
	}
	return nil
}
