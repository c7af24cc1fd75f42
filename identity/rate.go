package identity

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// Rate is how fast values can be put through a one-way function.
type Rate struct {
	Digest string  `toml:"digest"` // as package detect names it
	Bits   int     `toml:"bits"`   // of its result
	Card   float64 `toml:"card"`   // values a second on one graphics card; 0: no published figure
	Core   float64 `toml:"core"`   // values a second on one core, by BenchmarkCore; 0: not measured
	Source string  `toml:"source"` // of Card
}

// Bench says what the figures of the rates were measured on.
type Bench struct {
	What   string `toml:"what"`
	Source string `toml:"source"`
	Note   string `toml:"note"`
	URL    string `toml:"url"`
	Date   string `toml:"date"`
}

// rateFile is data/rates.toml.
type rateFile struct {
	Card  Bench   `toml:"card"`
	Core  Bench   `toml:"core"`
	Rates []Rate  `toml:"rate"`
	most  float64 // the highest published figure of a card, of any function
}

//go:embed data/rates.toml
var ratesTOML string

var rates = sync.OnceValue(func() *rateFile {
	f := new(rateFile)
	decode("data/rates.toml", ratesTOML, f)
	for _, r := range f.Rates {
		f.most = max(f.most, r.Card)
	}
	return f
})

// rateOf returns the row of one function.
func rateOf(digest string) (Rate, bool) {
	all := rates().Rates
	i := slices.IndexFunc(all, func(r Rate) bool { return r.Digest == digest })
	if i < 0 {
		return Rate{}, false
	}
	return all[i], true
}

// Cost is what it takes to put every value of a domain through a chain of
// one-way functions.
type Cost struct {
	Card float64 // seconds on one graphics card; 0: no published rate
	Core float64 // seconds on one core; 0: not measured
	Bits int     // of the narrowest digest on the way; 0: unknown
}

// CostOf computes the cost of size values. digest names the functions,
// outermost first, joined by " of ": "sha256 of md5". An HMAC ("hmac-sha256",
// RFC 2104) is its function twice, which is the least it takes.
func CostOf(size float64, digest string) Cost {
	var c Cost
	card, core := true, true
	for i, name := range strings.Split(digest, " of ") {
		inner, keyed := strings.CutPrefix(name, "hmac-")
		r, ok := rateOf(inner)
		if !ok {
			return Cost{}
		}
		times := 1.0
		if keyed {
			times = 2
		}
		if r.Card > 0 {
			c.Card += times * size / r.Card
		} else {
			card = false
		}
		if r.Core > 0 {
			c.Core += times * size / r.Core
		} else {
			core = false
		}
		if i == 0 || r.Bits < c.Bits {
			c.Bits = r.Bits
		}
	}
	if !card {
		c.Card = 0
	}
	if !core {
		c.Core = 0
	}
	return c
}
