package linkage

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"testing"
)

func TestJudgeRefutes(t *testing.T) {
	for _, text := range []string{
		"", "a1b2c3d4e",
		"2026-11-28T10-22-33Z", "20261128102233", "1764325353", "1764325353123", "1764325353123456", "1764325353123456789",
		"1-2-3-alpha-4", "v10-2-11-2035", "en-US-u-ca-gregory-nu-latn", "fr_FR_POSIX_UTF-8",
		"iphone-14-pro-max", "Samsung-SM-G991B-2021", "android-14-api34-x86", "windows-11-chrome-124",
		"application-json", "no-store-must-revalidate", "keep-alive-timeout", "gtm-autoevent-2024",
		"00000000-0000-0000-0000-000000000000", "aaaaaaaaaaaaaaa1", "1111111111111111", "ffffffffffffffffffffffffffffffff",
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "H4sIAAAAAAAAA0vMTEoGAA", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A",
		"summer2024campaign", "homepage2banner3right", "ProfileScreenViewController2", "checkout3complete",
	} {
		if l, bits := Judge([]byte(text)); l != Ordinary {
			t.Errorf("%q: %d, %d bits", text, l, bits)
		}
	}
}

func TestJudgeAccepts(t *testing.T) {
	for text, want := range map[string]Looks{
		"a1b2c3d4-e5f6-4789-8abc-def012345678": Random,
		"3f2a9c817b5e4d06":                     Random,
		"CAESEKx8vLq3T9yW2mZ1_pQ7rB":           Random,
		"7h3kq9z2m5x8":                         Random,
		"6894321057712345678":                  Number, // 19 digits, and no time
		"352099001761481":                      Number,
	} {
		if l, bits := Judge([]byte(text)); l != want || bits < 40 {
			t.Errorf("%q: %d, %d bits", text, l, bits)
		}
	}
}

// Of tokens as programs make them, few are taken for something else.
func TestJudgeMissesFew(t *testing.T) {
	makers := map[string]func() string{
		"hex 32": func() string { var b [16]byte; rand.Read(b[:]); return hex.EncodeToString(b[:]) },
		"base64url 22": func() string {
			var b [16]byte
			rand.Read(b[:])
			return base64.RawURLEncoding.EncodeToString(b[:])
		},
		"base36 25": func() string {
			n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
			return n.Text(36)
		},
		"base62 20": func() string {
			n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 118))
			return n.Text(62)
		},
	}
	const n = 5000
	for name, of := range makers {
		missed := 0
		for range n {
			if l, _ := Judge([]byte(of())); l != Random {
				missed++
			}
		}
		t.Logf("%s: %.1f %% missed", name, 100*float64(missed)/n)
		if missed > n/5 {
			t.Errorf("%s: %d of %d missed", name, missed, n)
		}
	}
}

func TestIDOf(t *testing.T) {
	id := func(s string) ID { return IDOf([]byte(s)) }
	if id("A1B2C3D4-E5F6-4789-8ABC-DEF012345678") != id("a1b2c3d4e5f647898abcdef012345678") {
		t.Error("a UUID is one in both forms")
	}
	if id("7H3kq9z2m5x8") == id("7h3kq9z2m5x8") {
		t.Error("other tokens tell capitals apart")
	}
	sum := md5.Sum([]byte("x"))
	if id(hex.EncodeToString(sum[:])) == id(hex.EncodeToString(sum[:])[:31]) {
		t.Error("a piece is another identifier")
	}
	if id("a1b2c3d4-e5f6-4789-8abc-def01234567-") == id("a1b2c3d4-e5f6-4789-8abc-def01234567") {
		t.Error("only the dashes of a UUID are left out")
	}
}

func TestSaidBy(t *testing.T) {
	for name, want := range map[string]Says{
		"uid": Identifier, "user_id": Identifier, "partnerUserId": Identifier, "x-device-id": Identifier, "$device_id": Identifier,
		"request.user.deviceUUID": Identifier, "email_sha256": Identifier, "hashed_email": Identifier, "google_gid": Identifier,
		"ETag": Otherwise, "build_hash": Otherwise, "uid_signature": Otherwise, "requestId": Otherwise, "traceparent": Otherwise,
		"campaign_id": Otherwise, "api_key": Otherwise, "csrf-token": Otherwise, "sentry-trace": Otherwise,
		"id": Nothing, "token": Nothing, "fluid": Nothing, "cid": Nothing, "": Nothing, "___": Nothing,
	} {
		if got := SaidBy(name); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
}
