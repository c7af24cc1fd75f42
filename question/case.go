package question

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/audit"
)

// Case is what the questions must be told of the case at hand. The zero value
// tells nothing, and questions that need a fact of it are not answered.
type Case struct {
	FirstParty        []string  `toml:"first_party"`        // domains of the app's own company; without them, the table of owners decides
	NamedSDKs         []string  `toml:"named_sdks"`         // domains or hosts of modules that the claim names
	PromisedCountries []string  `toml:"promised_countries"` // where the company says the data stays, ISO 3166-1 alpha-2
	FarCountries      []string  `toml:"far_countries"`      // where the claim says it goes
	IdleSeconds       *float64  `toml:"idle_seconds"`       // how long an app must have been idle before "nothing left" means something; 0: any time will do
	App               audit.App `toml:"app"`                // which program, and which version of it
	Child             bool      `toml:"child"`              // the account is a child's, or in the app's mode for children
}

// Facts are those that a case file can have.
const Facts = "first_party, named_sdks, promised_countries, far_countries, idle_seconds, child and [app] with id, version, version_code, signed_by, sha256, store"

// ParseCase reads a case file (TOML). path is for messages.
func ParseCase(text []byte, path string) (*Case, error) {
	c, at := &Case{}, source{path: path, text: string(text)}
	meta, err := toml.Decode(string(text), c)
	if err != nil {
		return nil, at.located(err)
	}
	if bad := meta.Undecoded(); len(bad) > 0 {
		return nil, at.unknown(bad[0], "; a case has "+Facts)
	}
	if c.IdleSeconds != nil && !(*c.IdleSeconds >= 0) {
		return nil, at.errorf("idle_seconds", "idle_seconds is %v; write how many seconds, 0 or more", *c.IdleSeconds)
	}
	if err := c.App.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, list := range [][]string{c.PromisedCountries, c.FarCountries} {
		for i, code := range list {
			if len(code) != 2 {
				return nil, at.errorf(code, "%q is no country code; write two letters, as in FR", code)
			}
			list[i] = strings.ToUpper(code)
		}
	}
	return c, nil
}

// or returns c with what it does not tell taken from d.
func (c Case) or(d Case) Case {
	for _, p := range []struct{ to, from *[]string }{
		{&c.FirstParty, &d.FirstParty}, {&c.NamedSDKs, &d.NamedSDKs}, {&c.PromisedCountries, &d.PromisedCountries}, {&c.FarCountries, &d.FarCountries},
	} {
		if len(*p.to) == 0 {
			*p.to = *p.from
		}
	}
	c.Child = c.Child || d.Child
	if c.IdleSeconds == nil {
		c.IdleSeconds = d.IdleSeconds
	}
	return c
}

// idleSeconds are the hour in which, as the catalogue of allegations has it (B06),
// the position is taken once at least. Schedulers of phones let jobs run every
// quarter of an hour at the most often (general knowledge; to be checked against
// developer.android.com, JobInfo.getMinPeriodMillis).
const idleSeconds = 3600

func (c *Case) Idle() float64 {
	if c.IdleSeconds != nil {
		return *c.IdleSeconds
	}
	return idleSeconds
}

// lists are the facts by their names.
func (c *Case) lists() map[string][]string {
	return map[string][]string{
		"first_party": c.FirstParty, "named_sdks": c.NamedSDKs, "promised_countries": c.PromisedCountries, "far_countries": c.FarCountries,
	}
}

// under reports whether a host is one of the domains or below one.
func under(host string, domains []string) bool {
	for _, d := range domains {
		if host == d || strings.HasSuffix(host, "."+d) {
			return true
		}
	}
	return false
}
