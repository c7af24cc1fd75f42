package encode

import (
	"encoding/base64"
	"math/rand/v2"
)

// Told is the lab's own order of the letters of base64, which a rule file
// tells constat (see Rules).
const Told = "VW5xj+QTtgEbAu7SJ80RN3LicfsvqMoa6wICB4zKk/mYryXZFGDUh2O9pdPlH1ne"

// untold is another, which nobody is told: only what repeats in it gives it
// away (detection.md, 3.4).
const untold = "HQkcRAd48IySUL-aqtFYn_ieKEW2ZOsV1uNwClbTvMGXmgpP9or7Dh6xJj3f05zB"

func b64Letters(letters string, pad rune) func(*rand.Rand, []byte) []byte {
	return b64(base64.NewEncoding(letters).WithPadding(pad))
}

// alphabets are base64 with its letters in another order.
var alphabets = []Step{
	{Name: "base64, lower case first", Text: true, Binary: true, do: b64Letters("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", '=')},
	{Name: "base64, digits first", Text: true, Binary: true, do: b64Letters("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_", base64.NoPadding)},
	{Name: "base64, digits and lower case first", Text: true, Binary: true, do: b64Letters("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/", '=')},
	{Name: "base64, crypt(3)", Text: true, Binary: true, do: b64Letters("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", base64.NoPadding)},
	{Name: "base64, bcrypt", Text: true, Binary: true, do: b64Letters("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", base64.NoPadding)},
	{Name: "base64, shuffled, told", Text: true, Binary: true, do: b64Letters(Told, '=')},
}
