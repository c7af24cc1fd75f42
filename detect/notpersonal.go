package detect

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/datatype"
	"github.com/constat/constat/flow"
)

//go:embed data/notpersonal.toml
var notPersonalTOML string

// notPersonalList knows what has the name and the form of personal data, and
// is none.
type notPersonalList struct {
	services map[string]map[string]bool // domain → names, in normal form, of fields that are the application's own
	forms    []*regexp.Regexp
	fillers  map[datatype.ID]map[string]bool // lower-cased
}

var loadNotPersonal = sync.OnceValue(func() *notPersonalList {
	var f struct {
		Service []struct {
			Why, Source, Date string
			Domains, Own      []string
		} `toml:"service"`
		Form []struct {
			Why, Source, Date string
			Patterns          []string
		} `toml:"form"`
		Filler []struct {
			Type              datatype.ID
			Why, Source, Date string
			Texts             []string
		} `toml:"filler"`
	}
	meta, err := toml.Decode(notPersonalTOML, &f)
	if err != nil || len(meta.Undecoded()) > 0 {
		panic("detect: data/notpersonal.toml: bad file")
	}
	sourced := func(why, source, date string) {
		if why == "" || source == "" || date == "" {
			panic("detect: data/notpersonal.toml: a row without why, source or date")
		}
	}
	l := &notPersonalList{services: map[string]map[string]bool{}, fillers: map[datatype.ID]map[string]bool{}}
	for _, row := range f.Service {
		sourced(row.Why, row.Source, row.Date)
		own := map[string]bool{}
		for _, name := range row.Own {
			own[joinWords(words(name))] = true
		}
		for _, d := range row.Domains {
			l.services[d] = own
		}
	}
	for _, row := range f.Form {
		sourced(row.Why, row.Source, row.Date)
		for _, p := range row.Patterns {
			l.forms = append(l.forms, regexp.MustCompile("^(?:"+p+")$"))
		}
	}
	for _, row := range f.Filler {
		sourced(row.Why, row.Source, row.Date)
		if !row.Type.Valid() {
			panic("detect: data/notpersonal.toml: unknown type " + string(row.Type))
		}
		if l.fillers[row.Type] == nil {
			l.fillers[row.Type] = map[string]bool{}
		}
		for _, t := range row.Texts {
			l.fillers[row.Type][strings.ToLower(t)] = true
		}
	}
	return l
})

// service returns the names of fields that are the application's own at host,
// and whether nobody signs in there.
func (l *notPersonalList) service(host string) (own map[string]bool, ok bool) {
	for host != "" {
		if own, ok = l.services[host]; ok {
			return own, true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return nil, false
}

// notPersonal reports whether a finding by key and format is none after all.
// It is asked of what would be filed, which is little.
func (s *Scanner) notPersonal(f *Finding) bool {
	l := loadNotPersonal()
	if l.fillers[f.Type][strings.ToLower(string(f.Value))] {
		return true
	}
	switch f.Type {
	case "account.session":
		return credentialName(f.Key) && s.applicationKey(l, f.Value)
	case "account.user_id":
		own, ok := l.service(s.host)
		return ok && own[joinWords(words(f.Key))] && s.here()
	case "contact.username":
		// Analytics call the screen of an app so; the name that Twitter means
		// by it, a reader cannot tell from that.
		return strings.HasSuffix(joinWords(words(f.Key)), "screenname")
	case "device.user_agent":
		return !tellsOfDevice(f.Value)
	}
	return false
}

// credentialName reports whether a field's name is one of a key to something
// ("token", "X-Rollbar-Access-Token", "Authorization") and not of a session.
func credentialName(key string) bool {
	w := words(key)
	if len(w) == 0 {
		return false
	}
	if len(w) > 1 && (w[len(w)-2] == "session" || w[len(w)-2] == "refresh" || w[len(w)-2] == "id") {
		return false
	}
	switch w[len(w)-1] {
	case "token", "authorization", "bearer":
		return true
	}
	return false
}

// applicationKey reports whether a credential is the application's own: by its
// form, or because it goes where nobody signs in.
func (s *Scanner) applicationKey(l *notPersonalList, v []byte) bool {
	scheme, rest, ok := bytes.Cut(v, []byte(" "))
	if !ok {
		scheme, rest = nil, v
	}
	if bytes.HasPrefix(rest, []byte("eyJ")) && bytes.Count(rest, []byte(".")) == 2 {
		return false // says itself whose it is
	}
	if equalFold(string(scheme), "basic") {
		if keyOfBasic(rest) {
			return true
		}
	}
	if slices.ContainsFunc(l.forms, func(r *regexp.Regexp) bool { return r.Match(rest) }) {
		return true
	}
	_, ok = l.service(s.host)
	return ok && s.here()
}

// here is true, and lets the header field at hand not be remembered as plain:
// it is so at this host only.
func (s *Scanner) here() bool {
	s.line = s.line[:0]
	return true
}

// hostOf is the name of the host that f goes to, in lower case, without port.
func hostOf(f *flow.Flow) string {
	host := f.Server.Name
	if f.Request != nil && f.Request.Host != "" {
		host = f.Request.Host
	}
	host, _, _ = strings.Cut(host, ":")
	return strings.ToLower(host)
}

// keyOfBasic reports whether basic credentials (RFC 7617) are a key without a
// password, as write keys are sent. A user has one.
func keyOfBasic(v []byte) bool {
	raw, err := base64.StdEncoding.DecodeString(string(v))
	if err != nil {
		return false
	}
	user, password, ok := bytes.Cut(raw, []byte(":"))
	return ok && len(password) == 0 && bytes.IndexByte(user, '@') < 0
}

// tellsOfDevice reports whether a user agent says more than which program
// asks: a comment with platform and model (RFC 9110 section 10.1.5), or the
// kernel as Apple's CFNetwork names it. "JSClient/3.9.0" does not.
func tellsOfDevice(v []byte) bool {
	return bytes.IndexByte(v, '(') >= 0 || bytes.Contains(v, []byte("Darwin/"))
}
