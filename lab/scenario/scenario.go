// Package scenario says how the lab's app behaves in a run: which of the
// alleged behaviours are switched on, and which allegations are therefore
// true. Each scenario is a TOML file in data/; those that are named like
// an allegation (C02) switch on what that allegation is about and nothing else.
package scenario

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Scenario is one way for the app to behave.
type Scenario struct {
	Name   string   `toml:"-"` // of the file: "benign", "accused", "C02"
	Title  Text     `toml:"title"`
	Switch Switches `toml:"switch"`
	Expect Expect   `toml:"expect"`
}

// Text is a sentence in both languages.
type Text struct {
	EN string `toml:"en"`
	FR string `toml:"fr"`
}

// Expect is what is true of a run of the scenario, for whoever measures.
type Expect struct {
	// Observed are the allegations whose behaviour a run shows, worked out
	// from what its switches do and never from an audit: its own, and those
	// that the same messages bear out (an advertising id in clear, whatever
	// it is sent for, is also A04). Every other
	// one that a handset can show is not to be observed.
	Observed []string `toml:"observed"`
}

// Switches are the behaviours, by allegation. The zero value is an app that
// does its job and nothing else. They reach the app as a real app's do, by its
// settings request, so their JSON is part of the app's interface.
type Switches struct {
	LogAbroad              bool   `toml:"log_abroad" json:"log_abroad"`                             // A01: device records go to a host in another country
	SendAtOnce             bool   `toml:"send_at_once" json:"send_at_once"`                         // A02: what is typed leaves as it is typed
	NamedSDKs              bool   `toml:"named_sdks" json:"named_sdks"`                             // A03: a crash reporter and an analytics module of other companies
	ClearIDs               bool   `toml:"clear_ids" json:"clear_ids"`                               // A04: lasting identifiers in clear and as plain hashes
	JoinIDs                bool   `toml:"join_ids" json:"join_ids"`                                 // A05: a lasting identifier beside the e-mail address
	LeaveRegion            bool   `toml:"leave_region" json:"leave_region"`                         // A06: position to a host outside the region that the policy names
	ShareSearch            bool   `toml:"share_search" json:"share_search"`                         // A09: search words and videos watched, with the advertising id, to two others
	IDsBeforeSignUp        bool   `toml:"ids_before_sign_up" json:"ids_before_sign_up"`             // B01: identifiers before the consent dialog is answered
	FirstOpenIDs           bool   `toml:"first_open_ids" json:"first_open_ids"`                     // B02: Wi-Fi address and advertising id in one message at first opening
	GhostAccount           bool   `toml:"ghost_account" json:"ghost_account"`                       // B03: an account that nobody asked for
	SharedGuestID          bool   `toml:"shared_guest_id" json:"shared_guest_id"`                   // B04: without account, one id to several companies
	ClosedBeacons          bool   `toml:"closed_beacons" json:"closed_beacons"`                     // B05: messages while the app is closed or the screen is off
	LocationPolls          bool   `toml:"location_polls" json:"location_polls"`                     // B06: the position again and again
	ReadClipboard          bool   `toml:"read_clipboard" json:"read_clipboard"`                     // B07R: read while one types
	SendClipboard          bool   `toml:"send_clipboard" json:"send_clipboard"`                     // B07: and sent
	TrackersDespiteRefusal bool   `toml:"trackers_despite_refusal" json:"trackers_despite_refusal"` // B09
	UploadDrafts           bool   `toml:"upload_drafts" json:"upload_drafts"`                       // C01: drafts that were kept on the device
	PreUpload              string `toml:"pre_upload" json:"pre_upload"`                             // C02: on Next: "", "video", "frames", "thumbnail"
	KeepDiscarded          bool   `toml:"keep_discarded" json:"keep_discarded"`                     // C03: what was discarded stays on the server
	FaceVectors            bool   `toml:"face_vectors" json:"face_vectors"`                         // D01: numbers drawn from the face
	FaceLabels             bool   `toml:"face_labels" json:"face_labels"`                           // D02: age and sex estimated from the face
	ContactDetails         bool   `toml:"contact_details" json:"contact_details"`                   // E01: phone, e-mail, name and password in the event log
	AddressInPayload       bool   `toml:"address_in_payload" json:"address_in_payload"`             // E02
	Location               bool   `toml:"location" json:"location"`                                 // E03: position and Wi-Fi names
	HardwareIDs            bool   `toml:"hardware_ids" json:"hardware_ids"`                         // E04
	AddressBook            string `toml:"address_book" json:"address_book"`                         // E05: "", "clear", "hashed"
	Inventory              bool   `toml:"inventory" json:"inventory"`                               // E06: installed apps, calendar
	Browsing               bool   `toml:"browsing" json:"browsing"`                                 // E07
	Keystrokes             bool   `toml:"keystrokes" json:"keystrokes"`                             // E08: what is typed on sites in the app's browser
	Fingerprint            bool   `toml:"fingerprint" json:"fingerprint"`                           // E09
	OffApp                 bool   `toml:"off_app" json:"off_app"`                                   // E10: what is done in another app comes by way of a broker
	SecondLayer            bool   `toml:"second_layer" json:"second_layer"`                         // F02: an envelope with its key in the message
	RemoteSwitch           bool   `toml:"remote_switch" json:"remote_switch"`                       // F03: settings that change bring a program and a new data type
	AdProfile              bool   `toml:"ad_profile" json:"ad_profile"`                             // F06
	PurposeCreep           bool   `toml:"purpose_creep" json:"purpose_creep"`                       // F07: the sign-in phone number to an advertiser

	// Ways of sending, which concern no allegation by themselves.
	SplitValues       bool `toml:"split_values" json:"split_values"`             // one value over two messages
	OfflineQueue      bool `toml:"offline_queue" json:"offline_queue"`           // no network after the consent: what is to be sent waits for it
	ClockAheadMS      int  `toml:"clock_ahead_ms" json:"clock_ahead_ms"`         // of the phone, against the lab's
	RefusePermissions bool `toml:"refuse_permissions" json:"refuse_permissions"` // the person lets the app read no position, contacts, calendar
	SaltedID          bool `toml:"salted_id" json:"salted_id"`                   // a digest with a salt that nobody knows, which only a comparison can find
}

//go:embed data/*.toml
var embedded embed.FS

// Allegations are the rows that a run can show, in order.
var Allegations = []string{
	"A01", "A02", "A03", "A04", "A05", "A06", "A09",
	"B01", "B02", "B03", "B04", "B05", "B06", "B07", "B07R", "B09",
	"C01", "C02", "C03", "D01", "D02",
	"E01", "E02", "E03", "E04", "E05", "E06", "E07", "E08", "E09", "E10",
	"F02", "F03", "F06", "F07",
}

// Names lists the scenarios: benign and accused, then one by one.
func Names() []string {
	entries, err := embedded.ReadDir("data")
	if err != nil {
		panic(err) // embedded
	}
	names := []string{"benign", "accused"}
	for _, e := range entries {
		if n := strings.TrimSuffix(e.Name(), ".toml"); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// Load reads a scenario of the box by name, "C02", or a variant of one,
// "C02-frames".
func Load(name string) (*Scenario, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("no scenario %q: one of %s", name, strings.Join(Names(), ", "))
	}
	b, err := embedded.ReadFile(path.Join("data", name+".toml"))
	if err != nil {
		return nil, err
	}
	return Parse(name, b)
}

// Parse reads a scenario file. An unknown switch is an error: a misspelt one
// would make a run that shows nothing.
func Parse(name string, text []byte) (*Scenario, error) {
	s := &Scenario{Name: name}
	meta, err := toml.Decode(string(text), s)
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", name, err)
	}
	if bad := meta.Undecoded(); len(bad) > 0 {
		return nil, fmt.Errorf("scenario %s: there is no %s", name, bad[0])
	}
	for what, c := range map[string]struct {
		value string
		of    []string
	}{
		"pre_upload":   {s.Switch.PreUpload, []string{"", "video", "frames", "thumbnail"}},
		"address_book": {s.Switch.AddressBook, []string{"", "clear", "hashed"}},
	} {
		if !slices.Contains(c.of, c.value) {
			return nil, fmt.Errorf("scenario %s: %s is one of %q, not %q", name, what, c.of, c.value)
		}
	}
	for _, id := range s.Expect.Observed {
		if !slices.Contains(Allegations, id) {
			return nil, fmt.Errorf("scenario %s: no allegation %s can be shown by a run", name, id)
		}
	}
	return s, nil
}
