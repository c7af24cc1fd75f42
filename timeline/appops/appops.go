// Package appops reads what "adb shell dumpsys appops" (or "cmd appops get")
// prints: when an app last used the camera, the microphone, the location, the
// contacts, the clipboard, and in what state it then was.
//
// It is a record of accesses, by the device itself, and not of what left: an
// event is of kind "access". Only the last access of each operation, state and
// attribution is in it, so that a practice shows when it is dumped again and
// again. Android warns that an operation can be noted although nothing was read.
//
// Times are the wall clock's in milliseconds, without a zone. Android 9 has a
// line for each state ("Access: pers  = DATE", then "fg    = DATE"), Android 10
// and later "Access: [STATE-FLAGS] DATE". Before Android 9, and in what "cmd
// appops get" prints, only the time since is told, which without the time of
// the dump says nothing.
//
// Sources: AOSP, AppOpsService.dump and core/java/android/app/AppOps.md
// (Android 10 to 16); dumps of Android 9 (Fire OS 7), 10, 13 and 14 in public
// repositories and issue trackers, read 2026-11.
package appops

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/constat/constat/flow"
	"github.com/constat/constat/timeline/internal/reading"
)

// Match reports whether head begins such a dump.
func Match(head []byte) bool {
	for l := range bytes.Lines(head) {
		l = bytes.TrimSpace(l)
		if bytes.HasPrefix(l, []byte("Current AppOps Service state:")) || bytes.HasPrefix(l, []byte("AppOps Uid Op State")) ||
			bytes.HasPrefix(l, []byte("Access: ")) || bytes.HasPrefix(l, []byte("Reject: ")) {
			return true
		}
		if name, rest, ok := bytes.Cut(l, []byte(": ")); ok && operation(string(name)) && ago(string(rest)) {
			return true
		}
	}
	return false
}

// categories are what operations give access to, in the words of Apple's App
// Privacy Report; others go by their own name (AppOpsManager.sOpNames).
var categories = map[string]string{
	"CAMERA": "camera", "PHONE_CALL_CAMERA": "camera", "RECORD_AUDIO": "microphone", "PHONE_CALL_MICROPHONE": "microphone",
	"COARSE_LOCATION": "location", "FINE_LOCATION": "location", "GPS": "location", "MONITOR_LOCATION": "location", "MONITOR_HIGH_POWER_LOCATION": "location",
	"READ_CONTACTS": "contacts", "WRITE_CONTACTS": "contacts, written", "READ_CALENDAR": "calendar", "WRITE_CALENDAR": "calendar, written",
	"READ_CLIPBOARD": "clipboard", "WRITE_CLIPBOARD": "clipboard, written", "READ_MEDIA_IMAGES": "photos", "READ_MEDIA_VIDEO": "photos",
	"READ_EXTERNAL_STORAGE": "files", "LEGACY_STORAGE": "files", "MANAGE_EXTERNAL_STORAGE": "files", "READ_CALL_LOG": "call log", "READ_SMS": "messages",
	"READ_PHONE_STATE": "phone state", "READ_DEVICE_IDENTIFIERS": "device identifiers", "READ_PHONE_NUMBERS": "phone number",
	"WIFI_SCAN": "Wi-Fi scan", "BLUETOOTH_SCAN": "Bluetooth scan", "BODY_SENSORS": "body sensors", "ACTIVITY_RECOGNITION": "activity", "GET_ACCOUNTS": "accounts",
}

// Read calls each with the accesses in r, in file order.
func Read(r io.Reader, each func(flow.Event)) (*reading.Notes, error) {
	x := &dump{each: each, notes: &reading.Notes{}, suffix: "-"}
	return x.notes, reading.Lines(r, x.line)
}

// dump is the reading of one dump: whose line comes next.
type dump struct {
	each            func(flow.Event)
	notes           *reading.Notes
	user            string
	app, op, tagged string
	suffix          string // of the line before, if it was an access by Android 9: "", ", refused", "-"
}

// ago reports whether a line tells only how long ago an access was.
func ago(l string) bool {
	return strings.Contains(l, " time=+") || strings.Contains(l, "; time=") || strings.Contains(l, "; rejectTime=") || strings.Contains(l, " rejectTime=+")
}

// stated reads "STATE = DATE …", and writes it as Android 10 does.
func stated(s string) (rest string, ok bool) {
	state, rest, ok := strings.Cut(s, "=")
	state, rest = strings.TrimSpace(state), strings.TrimSpace(rest)
	if !ok || state == "" || strings.Trim(state, "abcdefghijklmnopqrstuvwxyz") != "" || len(rest) < len(stamp) {
		return "", false
	}
	if _, err := time.Parse(stamp, rest[:len(stamp)]); err != nil {
		return "", false
	}
	return state + "] " + rest, true
}

const stamp = "2006-01-02 15:04:05.000"

func (x *dump) line(number int64, raw []byte) bool {
	l := strings.TrimSpace(string(raw))
	if l == "" {
		return true
	}
	x.notes.Lines++
	for _, v := range []struct{ verb, suffix string }{{"Access: ", ""}, {"Reject: ", ", refused"}} {
		rest, ok := strings.CutPrefix(l, v.verb)
		if !ok {
			continue
		}
		x.suffix = "-"
		if newer, ok := strings.CutPrefix(rest, "["); ok {
			x.access(number, l, newer, v.suffix)
		} else if older, ok := stated(rest); ok {
			x.suffix = v.suffix
			x.access(number, l, older, v.suffix)
		} else {
			x.strange(number, l)
		}
		return true
	}
	if rest, ok := stated(l); ok {
		if x.suffix == "-" {
			x.strange(number, l)
		} else {
			x.access(number, l, rest, x.suffix)
		}
		return true
	}
	x.suffix = "-"
	if rest, ok := strings.CutPrefix(l, "Package "); ok && strings.HasSuffix(rest, ":") {
		x.app, x.op, x.tagged = reading.Clip(strings.TrimSuffix(rest, ":"), 256), "", ""
	} else if rest, ok := strings.CutPrefix(l, "Uid "); ok && strings.HasSuffix(rest, ":") {
		x.app, x.op, x.tagged, x.user = "", "", "", user(strings.TrimSuffix(rest, ":"))
	} else if tag, ok := strings.CutSuffix(l, "=["); ok {
		if x.tagged = reading.Clip(tag, 80); tag == "null" {
			x.tagged = ""
		}
	} else if name, rest, ok := strings.Cut(l, " ("); ok && operation(name) && strings.Contains(rest, ")") {
		x.op, x.tagged = strings.Clone(name), ""
	} else if strings.HasPrefix(l, "Running start at: ") || strings.HasPrefix(l, "duration=") || strings.HasPrefix(l, "startNesting=") {
		x.notes.Other("how long an access lasted") // its beginning is an access
	} else if ago(l) {
		x.notes.Strange(number, l, "accesses with the time of day, as dumpsys appops prints them since Android 9", "note the time of the dump and write the accesses into an event list (CSV: time,kind,what,app)")
	} else {
		x.notes.Other("settings")
	}
	return true
}

// access reads "STATE-FLAGS] DATE TIME (-AGO) [duration=…] [proxy[…]]".
func (x *dump) access(number int64, l, rest, suffix string) {
	state, rest, ok := strings.Cut(rest, "]")
	rest = strings.TrimSpace(rest)
	if !ok || len(rest) < len(stamp) {
		x.strange(number, l)
		return
	}
	at, err := time.Parse(stamp, rest[:len(stamp)])
	if err != nil || x.app == "" || x.op == "" || at.Year() < 1970 || at.Year() > 2200 {
		x.strange(number, l)
		return
	}
	x.notes.Wall = true
	what, ok := categories[x.op]
	if !ok {
		what = strings.ToLower(strings.ReplaceAll(x.op, "_", " "))
	}
	ev := flow.Event{Time: at, Bound: time.Millisecond, Kind: "access", What: what, App: x.app, Detail: reading.Clip(x.op+" "+state, 80)}
	if suffix != "" {
		ev.Detail = "refused, " + ev.Detail
	}
	if x.user != "" && x.user != "0" {
		ev.App += "@" + x.user
	}
	if x.tagged != "" {
		ev.Detail += " " + x.tagged
	}
	if _, d, ok := strings.Cut(rest, "duration="); ok {
		d, _, _ = strings.Cut(d, " ")
		ev.Detail += ", " + reading.Clip(d, 32)
	}
	x.each(ev)
}

func (x *dump) strange(number int64, l string) {
	x.notes.Strange(number, l, "Access: [STATE] DATE TIME, below a package and an operation", "dump again with: adb shell dumpsys appops")
}

// operation reports whether s is the name of one.
func operation(s string) bool {
	return s != "" && len(s) < 64 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == ""
}

// user is the phone's user of a user id: "u10a123", "1010123".
func user(uid string) string {
	if rest, ok := strings.CutPrefix(uid, "u"); ok {
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		return strings.Clone(rest[:n])
	}
	if n, err := strconv.Atoi(uid); err == nil && n >= 0 {
		return strconv.Itoa(n / 100_000)
	}
	return ""
}
