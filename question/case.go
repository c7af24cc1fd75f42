package question

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/audit"
)

// Case is what the questions must be told of the case at hand, see audit.Case. The
// zero value tells nothing, and questions that need a fact of it are not answered.
type Case audit.Case

// Facts are those that a case file can have.
const Facts = "first_party, named_sdks, promised_countries, far_countries, idle_seconds, after_seconds, child and [app] with id, version, version_code, signed_by, sha256, store"

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
	for _, x := range []struct {
		name string
		n    *float64
	}{{"idle_seconds", c.IdleSeconds}, {"after_seconds", c.AfterSeconds}} {
		if x.n != nil && !(*x.n >= 0) {
			return nil, at.errorf(x.name, "%s is %v; write how many seconds, 0 or more", x.name, *x.n)
		}
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
	if c.AfterSeconds == nil {
		c.AfterSeconds = d.AfterSeconds
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

// afterSeconds is for how long after an act the capture must go on, unless the case
// says otherwise: what an app does on a tap, it does at once or in a moment (this
// program's own choice; the catalogue of allegations has no number).
const afterSeconds = 10

// After is for how long after an act the capture must be known to have worked
// before it means something that nothing was seen of what the act is said to cause.
func (c *Case) After() float64 {
	if c.AfterSeconds != nil {
		return *c.AfterSeconds
	}
	return afterSeconds
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
