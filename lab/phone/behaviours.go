package phone

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
)

// The behaviours, by the moment at which they happen. Each looks at its switch
// only, so that a scenario with one switch shows one thing.

// all sends messages one after the other.
func (p *Phone) all(ctx context.Context, ms ...message) error {
	for _, m := range ms {
		if _, err := p.send(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// when is messages if a switch is on.
func when(on bool, ms ...message) []message {
	if on {
		return ms
	}
	return nil
}

// event is a message to the app's own log.
func event(why, name string, fields ...field) message {
	return message{host: Log, path: "/v1/events", why: why, fields: append(fields, plain("event", name))}
}

// opened: at the first opening, before anything is touched.
func (p *Phone) opened(ctx context.Context) error {
	s := &p.Scenario.Switch
	var ms []message
	add := func(on bool, m ...message) { ms = append(ms, when(on, m...)...) }
	add(s.IDsBeforeSignUp, event("ids_before_sign_up", "launch", p.own("android_id", "Android id")))
	add(s.FirstOpenIDs, event("first_open_ids", "activate", p.own("mc", "Wi-Fi address"), p.own("gaid", "advertising id"), plain("t", p.clockNow())))
	add(s.SharedGuestID,
		event("shared_guest_id", "guest", p.own("google_aid", "advertising id")),
		message{host: Stats, path: "/collect", carrier: "form", why: "shared_guest_id", fields: []field{p.own("aaid", "advertising id"), plain("v", 1)}})
	add(s.ContactDetails, event("contact_details", "profile_guess",
		p.own("phone", "phone", "base64"), p.own("mail", "e-mail"), p.own("real_name", "name"), p.own("nick", "user name", "hex")))
	add(s.NamedSDKs,
		message{host: Crash, path: "/rqd/async", why: "named_sdks", fields: []field{p.own("model", "model"), p.own("androidId", "Android id", "base64")}},
		message{host: Stats, path: "/unify_logs", carrier: "form", why: "named_sdks", fields: []field{p.own("device_model", "model"), p.own("imei", "IMEI", "md5")}})
	add(s.TrackersDespiteRefusal, message{host: Stats, path: "/pixel", carrier: "query", why: "trackers_despite_refusal", fields: []field{p.own("ifa", "advertising id")}})
	add(s.GhostAccount, event("ghost_account", "auto_profile",
		p.made("user_id", "account.user_id", dated(4, time.Now().Add(-40*24*time.Hour), p.rand.Uint32()), -1)))
	return p.all(ctx, ms...)
}

// dated is a 64-bit identifier with its date and type inside.
func dated(kind uint64, at time.Time, chance uint32) string {
	return fmt.Sprint(uint64(at.Unix())<<32 | uint64(chance&0xfffff)<<12 | kind<<8 | 15)
}

// chosen: when the consent dialog was answered.
func (p *Phone) chosen(ctx context.Context, choice string) error {
	s := &p.Scenario.Switch
	if choice == "refused" {
		return p.all(ctx, when(s.TrackersDespiteRefusal,
			message{host: Stats, path: "/pixel", carrier: "query", why: "trackers_despite_refusal", fields: []field{p.own("ifa", "advertising id"), plain("c", "0")}})...)
	}
	var ms []message
	add := func(on bool, m ...message) { ms = append(ms, when(on, m...)...) }
	add(s.LogAbroad, message{host: LogCN, path: "/service/2/device_register/", why: "log_abroad", fields: []field{p.own("openudid", "Android id"), p.own("device_model", "model")}})
	add(s.ClearIDs,
		event("clear_ids", "ids", p.own("ad_id", "advertising id"), p.own("serial", "serial number")),
		message{host: Ads, path: "/sync", carrier: "query", why: "clear_ids", fields: []field{p.own("h", "e-mail", "md5 of lower case"), p.own("imei_md5", "IMEI", "md5")}})
	add(s.JoinIDs, event("join_ids", "bind", p.own("email", "e-mail"), p.own("ad_id", "advertising id")))
	if s.LeaveRegion {
		add(true, message{host: LogSG, path: "/v1/geo", why: "leave_region", fields: []field{p.position("geo")}})
	}
	add(s.AddressInPayload, event("address_in_payload", "net", p.own("local_ip", "local address")))
	if s.Location {
		add(true, event("location", "geo", p.position("gps"), p.own("ssid", "Wi-Fi name"), p.own("bssid", "router address")))
	}
	add(s.HardwareIDs, p.hardware()...)
	add(s.AddressBook != "", p.addressBook())
	add(s.Inventory, event("inventory", "apps", p.own("pkg1", "app 1"), p.own("pkg2", "app 2", "base64"), p.own("calendar", "calendar entry")))
	add(s.Fingerprint, event("fingerprint", "fp",
		p.made("canvas", "device.fingerprint", noise(p.rand)+noise(p.rand)+noise(p.rand)+noise(p.rand), -1)))
	add(s.SecondLayer, message{host: Log, path: "/v2/report", carrier: "envelope", why: "second_layer", fields: []field{p.own("imei", "IMEI"), p.own("mac", "Wi-Fi address")}})
	add(s.SaltedID, p.salted())
	return p.all(ctx, ms...)
}

// salted is an identifier that nobody can recognise: a digest of the e-mail
// address under a secret of the app.
func (p *Phone) salted() message {
	f := p.own("ref", "e-mail") // a name that says nothing
	sum := sha256.Sum256([]byte("quinze: a salt that nobody is told\x00" + f.source))
	f.value, f.form, f.chain, f.beyond = hex.EncodeToString(sum[:]), "hashed", []string{"sha256 with a salt"}, "unknown salt"
	return event("salted_id", "whoami", f)
}

// position reads the phone's.
func (p *Phone) position(key string) field {
	f := p.own(key, "position")
	if !f.refused {
		p.accesses("access", "location")
	}
	return f
}

// types is the person typing something in the app, letter by letter.
func (p *Phone) types(text string) {
	for range text {
		if p.Scenario.Switch.ReadClipboard {
			p.accesses("access", "clipboard")
		}
	}
}

// hardware is permanent identifiers, in one message or split over two.
func (p *Phone) hardware() []message {
	mac, imei := p.own("mac", "Wi-Fi address", "sha256"), p.own("did", "IMEI", "base64")
	if !p.Scenario.Switch.SplitValues {
		return []message{event("hardware_ids", "device", mac, imei, p.own("imsi", "IMSI"))}
	}
	v := p.Subject.Get("IMEI")
	half := func(key, part, piece string) field {
		f := p.made(key, "device.imei", p.Subject.Get("IMEI"), p.Subject.Index("IMEI"))
		f.value, f.form, f.piece = part, "truncated", piece
		return f
	}
	return []message{event("hardware_ids", "device1", mac, half("d1", v[:8], "1/2")), event("hardware_ids", "device2", half("d2", v[8:], "2/2"))}
}

// addressBook is other people's data.
func (p *Phone) addressBook() message {
	var steps []string
	if p.Scenario.Switch.AddressBook == "hashed" {
		steps = []string{"sha256"}
	}
	m := event("address_book", "friends")
	for i := range 3 {
		n := fmt.Sprint(i + 1)
		m.fields = append(m.fields, p.own("p"+n, "contact "+n+", phone", steps...), p.own("m"+n, "contact "+n+", e-mail", steps...))
	}
	return m
}

// watched: when clips were watched and something searched for.
func (p *Phone) watched(ctx context.Context, id string) error {
	s := &p.Scenario.Switch
	var ms []message
	add := func(on bool, m ...message) { ms = append(ms, when(on, m...)...) }
	add(s.ShareSearch,
		message{host: Ads, path: "/bid", why: "share_search", fields: []field{p.own("keyword", "search words"), p.own("ifa", "advertising id"), plain("item", id)}},
		message{host: Broker, path: "/event", carrier: "form", why: "share_search", fields: []field{p.own("search", "search words"), p.own("advertising_id", "advertising id")}})
	add(s.AdProfile, message{host: Ads, path: "/profile", why: "ad_profile", fields: []field{
		p.own("ifa", "advertising id"), p.made("interests", "inference.interest", "cooking,astronomy,second-hand cars", -1), plain("dwell_ms", 5312)}})
	add(s.Browsing, event("browsing", "web", p.own("url", "site visited")))
	add(s.Keystrokes, event("keystrokes", "inapp_input", p.own("text", "typed elsewhere"), plain("dt", []int{112, 87, 140, 95, 203, 77})))
	add(s.SendClipboard, event("send_clipboard", "paste", p.own("pb", "clipboard")))
	add(s.OffApp, message{host: Broker, path: "/postback", carrier: "query", why: "off_app", fields: []field{
		p.own("ifa", "advertising id"), plain("source", OtherApp), p.own("basket", "done in another app")}})
	if s.LocationPolls {
		add(true, event("location_polls", "loc", p.position("ll")))
	}
	return p.all(ctx, ms...)
}

// recorded: while a clip is recorded.
func (p *Phone) recorded(ctx context.Context) error {
	s := &p.Scenario.Switch
	var ms []message
	add := func(on bool, m ...message) { ms = append(ms, when(on, m...)...) }
	if s.FaceVectors {
		v := p.faceVector()
		f := p.made("face_embedding", "biometric.face_vector", fmt.Sprint(v), -1)
		f.value = v
		add(true, event("face_vectors", "effect", f))
	}
	add(s.FaceLabels, event("face_labels", "effect", p.made("age_range", "inference.interest", "25-34", -1), p.made("gender", "contact.gender", "female", -1)))
	return p.all(ctx, ms...)
}

// faceVector is 128 numbers of length one, as face models give them.
func (p *Phone) faceVector() []float64 {
	v := make([]float64, 128)
	sum := 0.0
	for i := range v {
		v[i] = p.rand.NormFloat64()
		sum += v[i] * v[i]
	}
	for i := range v {
		v[i] = math.Round(v[i]/math.Sqrt(sum)*1e6) / 1e6
	}
	return v
}

// nextTapped: after Next, before Save and Post are there. It returns the
// server's names of what was uploaded.
func (p *Phone) nextTapped(ctx context.Context) (objects []string, err error) {
	var files [][]byte
	kind := "image/jpeg"
	switch p.Scenario.Switch.PreUpload {
	case "video":
		files, kind = [][]byte{p.Clip}, "video/webm"
	case "frames":
		files = [][]byte{p.frame(180), p.frame(180), p.frame(180)}
	case "thumbnail":
		files = [][]byte{p.frame(90)}
	}
	for _, f := range files {
		o, err := p.upload(ctx, "pre_upload", kind, f)
		if err != nil {
			return objects, err
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// uploadDraft: a draft that was kept on the device.
func (p *Phone) uploadDraft(ctx context.Context) error {
	object, err := p.upload(ctx, "upload_drafts", "video/webm", p.Clip)
	if err != nil {
		return err
	}
	return p.all(ctx, message{host: Home, path: "/api/drafts", why: "upload_drafts", fields: []field{plain("object", object), plain("caption", "")}})
}

// idle: while the person does nothing.
func (p *Phone) idle(ctx context.Context, state string) error {
	s := &p.Scenario.Switch
	var ms []message
	add := func(on bool, m ...message) { ms = append(ms, when(on, m...)...) }
	add(s.ClosedBeacons && state != "background", event("closed_beacons", "alive", p.own("android_id", "Android id"), plain("state", strings.ToUpper(state))))
	if s.LocationPolls {
		add(true, event("location_polls", "loc", p.position("ll")))
	}
	return p.all(ctx, ms...)
}

// reopened: when the app is opened again; a setting has changed from afar. The
// phone runs nothing of the program it gets.
func (p *Phone) reopened(ctx context.Context) error {
	return p.all(ctx, when(p.Scenario.Switch.RemoteSwitch,
		message{host: Log, path: "/v1/config", carrier: "query", why: "remote_switch", fields: []field{plain("rev", 2)}},
		message{method: http.MethodGet, host: Uploads, path: "/modules/2.dex", carrier: "header", why: "remote_switch"},
		event("remote_switch", "calendar_sync", p.own("entry", "calendar entry")))...)
}

// typing: while the sign-up form is filled in.
func (p *Phone) typing(ctx context.Context) error {
	return p.all(ctx, when(p.Scenario.Switch.SendAtOnce, event("send_at_once", "input", p.own("value", "e-mail")))...)
}

// signedUp: when there is an account.
func (p *Phone) signedUp(ctx context.Context) error {
	return p.all(ctx, when(p.Scenario.Switch.PurposeCreep,
		message{host: Ads, path: "/match", why: "purpose_creep", fields: []field{p.own("ph", "phone", "sha256")}})...)
}
