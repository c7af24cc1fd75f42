package detect

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"testing"
)

// A finding says by which functions and how precisely its value left.
func TestDigestAndDecimals(t *testing.T) {
	once := sha256.Sum256([]byte("camille.roussel@example.org"))
	twice := md5.Sum(fmt.Appendf(nil, "%x", once))
	sum := checksums32[0].sum(nil, []byte("camille.roussel@example.org"))
	for _, c := range []struct {
		body     string
		digest   string
		decimals int
	}{
		{`{"x":"camille.roussel@example.org"}`, "", 0},
		{fmt.Sprintf(`{"x":"%x"}`, once), "sha256", 0},
		{fmt.Sprintf(`{"x":"%x"}`, once[:16]), "sha256", 0},
		{fmt.Sprintf(`{"x":"%x"}`, twice), "md5 of sha256", 0},
		{fmt.Sprintf(`{"email_crc32":"%x"}`, sum), "crc32", 0},
		{`{"x":"48.858370,2.294481"}`, "", 6},
		{`{"x":"48.8584,2.2945"}`, "", 4},
		{`{"lat":48.85837,"lon":2.294481}`, "", 5},
		{`{"lat":48.86,"lon":2.29}`, "", 2},
		{`{"latitude":45.764043,"longitude":4.83}`, "", 2},
		{`{"latlng":"45.764,4.835"}`, "", 3},
	} {
		got := engine(t, subject, Options{}).NewScanner().Scan(post("/p", asJSON, []byte(c.body))).Findings
		if len(got) != 1 {
			t.Errorf("%s: %d findings: %+v", c.body, len(got), got)
			continue
		}
		if got[0].Digest != c.digest || got[0].Decimals != c.decimals {
			t.Errorf("%s: digest %q, %d decimals; want %q, %d", c.body, got[0].Digest, got[0].Decimals, c.digest, c.decimals)
		}
	}
}
