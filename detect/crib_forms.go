package detect

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"

	"github.com/constat/constat/peel"
)

// cribForms are what text looks like in the encodings whose letters stay letters
// under a key of one byte, so that only something known tells the key: those of
// a whole field and, for base64, what is in the middle of one.
func cribForms(text string) (all []string) {
	for _, r := range peel.Rewritten([]byte(text)) {
		switch r.Step {
		case "reverse", "rot13", "reverse, rot13":
			all = append(all, string(r.Text))
		}
	}
	percent := strings.Builder{}
	for _, c := range []byte(text) {
		fmt.Fprintf(&percent, "%%%02X", c)
	}
	all = append(all,
		hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))),
		strings.TrimRight(base32.StdEncoding.EncodeToString([]byte(text)), "="), base58(text),
		percent.String(), strings.ToLower(percent.String()), url.QueryEscape(text), url.PathEscape(text),
	)
	for before := range 3 {
		in := append(make([]byte, before), text...)
		in = in[:len(in)/3*3] // what comes after changes the rest
		out := base64.StdEncoding.EncodeToString(in)
		out = out[(before*8+5)/6:]
		all = append(all, out, strings.NewReplacer("+", "-", "/", "_").Replace(out))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// base58 writes text as one number in the letters of Bitcoin.
func base58(text string) string {
	const letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	var out []byte
	x, base, digit := new(big.Int).SetBytes([]byte(text)), big.NewInt(58), new(big.Int)
	for x.Sign() > 0 {
		x.DivMod(x, base, digit)
		out = append(out, letters[digit.Int64()])
	}
	slices.Reverse(out)
	return string(out)
}
