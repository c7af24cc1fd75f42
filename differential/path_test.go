package differential

import (
	"strings"
	"testing"
	"time"
)

func TestSegments(t *testing.T) {
	for url, want := range map[string]string{
		"https://a.example/v1/users/9182736455/clips?x=1":          "v1 users * clips",
		"https://a.example/media/YOYBMVQZNRBKFMSRSJZXOK5BRC":       "media *",
		"https://a.example/u/@camille/recommendations#top":         "u * recommendations",
		"https://a.example/service/2/device_register/":             "service * device_register",
		"https://a.example/a1b2c3d4-e5f6-4789-8abc-def012345678":   "*",
		"https://a.example/b5f0a1c2/oauth2/authorize":              "* oauth2 authorize",
		"https://a.example/users/camille/personalized-feed?q=/a/b": "users camille personalized-feed",
		"https://a.example": "",
		"https://a.example/caf%C3%A9/notificationPreferences/read":  "* * read",
		"wss://a.example//socket":                                   "socket",
		"https://a.example/com.example.app.MainActivity/onResume()": "com.example.app.MainActivity onResume()",
	} {
		if got := strings.Join(segments(url), " "); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

func TestHostShape(t *testing.T) {
	for host, want := range map[string]string{
		"log.a.example": "log.a.example", "api16-normal-c.a.example": "api*-normal-c.a.example", "192.0.2.7": "192.0.2.7", "2001:db8::1": "2001:db8::1",
	} {
		if got := hostShape(host); got != want {
			t.Errorf("%s: %q", host, got)
		}
	}
}

func TestClock(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	for text, want := range map[string]bool{
		"1795167000": true, "1795167000123": true, "1795167000.5": true, "1795167000123456": true, "1795167000123456789": true,
		"2026-11-20": true, "2026-11-19T22:00:00Z": true, "20261120": true, "2026-11-20T10:30:00+0100": true, "Fri, 20 Nov 2026 09:30:00 GMT": true,
		"1695167000": false, "1991-04-27": false, "19910427": false, "356938035643809": false, "20261": false, "+33639981234": false,
	} {
		if got := clock([]byte(text), at); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if clock([]byte("1795167000"), time.Time{}) {
		t.Error("a time about no time")
	}
}

// TestBits: words and small numbers carry little, what is drawn at random a lot,
// and never more than it can.
func TestBits(t *testing.T) {
	for text, c := range map[string]struct {
		kind     string
		min, max float64
	}{
		"portrait":         {shapeText, 0, 16},
		"h264/aac":         {shapeText, 0, 25},
		"5312":             {shapeDigits, 0, 13.3},
		"0000000000000000": {shapeDigits, 0, 1},
		"3.14159":          {shapeNumber, 15, 20.1},
		"camille.ferrand":  {shapeText, 0, 30},
		"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08": {shapeHex, 128, 256},
		"a1b2c3d4-e5f6-4789-8abc-def012345678":                             {shapeUUID, 64, 128},
		"n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=":                     {shapeBase64, 128, 264},
	} {
		s := shapeOf([]byte(text))
		if s.kind != c.kind || s.bits < c.min || s.bits > c.max {
			t.Errorf("%s: %s, %.1f bits", text, s.kind, s.bits)
		}
	}
	if s := shapeOf([]byte("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=")); !s.digest || s.blob {
		t.Errorf("SHA-256 in base64: %+v", s)
	}
}

// TestDesign: the number of ways to call some of the runs the first persona's.
func TestDesign(t *testing.T) {
	for _, c := range []struct {
		a, b     int
		accident float64
	}{{1, 1, 1}, {2, 1, 1. / 3}, {1, 2, 1. / 3}, {2, 2, 1. / 3}, {3, 2, 1. / 10}, {3, 3, 1. / 10}, {4, 4, 1. / 35}, {10, 10, 1. / 92378}} {
		if d := newDesign(c.a, c.b); d.accident != c.accident {
			t.Errorf("%d and %d: %v, want %v", c.a, c.b, d.accident, c.accident)
		}
	}
}
