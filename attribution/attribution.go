// Package attribution says whose a flow is: the app that is being looked into, or
// another's that happened to be on the same phone.
//
// A phone runs many apps, and a capture of it holds the traffic of all of them.
// What another app sent must never support a verdict on this one; what this one
// sent must not be lost because a name is spelled differently. So there are three
// answers and not two (Whose), and what is open stays open:
//
//   - Told by the system: PCAPdroid's uid, the process of an Apple packet tap, a
//     line of an App Privacy Report. The only thing that makes a flow surely
//     another's. Names of different kinds (a package, a label on the screen, a
//     process) cannot be compared; then nothing is sure. Nor is it for programs
//     that send for others (data/agents.toml) and for Android's own uids.
//   - Named in the traffic: a header that the system's or a vendor's software
//     fills with the app's name (data/fields.toml). It makes a flow the app's;
//     another name there makes it open, since apps can write what they like.
//   - Stated by the user, who says which app a capture is of. That does for a
//     capture that never tells of apps, as a proxy's: there is nothing better.
//     It does not for a flow that the system could have told and did not, in a
//     capture where it tells of others: that is open.
//
// Hosts are no attribution: apps of one company, and all apps with one module in
// them, speak to the same.
package attribution

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"golang.org/x/net/publicsuffix"

	"github.com/constat/constat/flow"
)

// Confidence is who says which app it is.
type Confidence string

// From the surest to the least sure.
const (
	Told    Confidence = "told by the system"
	Named   Confidence = "named in the traffic"
	Stated  Confidence = "stated by the user"
	Unknown Confidence = "unknown"
)

// Whose is what a flow is to the subject, the app that is looked into.
type Whose uint8

const (
	Mine   Whose = iota // the subject's, as far as anybody can say
	Open                // it may be, and it may be another's
	Others              // surely another's
)

// Clue is what one flow says of its app. Clues can be compared.
type Clue struct {
	Told, By  string // by the system: an id, and who says so
	kind      kind   // of Told
	agent     bool   // it sends for others
	Named, At string // in the traffic: the first name, and in which field
	more      string // further names, "" as a rule
}

// System reports whether the system tells of an app: be it one that sends for
// others.
func (c Clue) System() bool { return c.Told != "" }

// Agent reports whether the app that the system tells of sends for others.
func (c Clue) Agent() bool { return c.agent }

// kind is what sort of name a system gives.
type kind uint8

const (
	pack    kind = iota + 1 // package name or bundle id
	label                   // as on the screen, or of a process: may be cut short
	nothing                 // a bare number
)

// Bounds on what an exchange may name.
const (
	maxNames  = 4
	maxLength = 155 // of a name: Android's limit for a package is below it (general knowledge)
)

// Read takes what a flow says of its app.
func Read(f *flow.Flow) (c Clue) {
	if f.App != nil && f.App.ID != "" {
		c.Told, c.By = f.App.ID, f.App.Source
		c.kind = kindOf(f.App)
		c.agent = agent(c.Told) || systems(c.By)
	}
	if f.Request == nil {
		return c
	}
	var more []string
	add := func(name, field string) {
		switch {
		case c.Named == "":
			c.Named, c.At = name, field
		case name != c.Named && len(more) < maxNames:
			more = append(more, name)
		}
	}
	for _, h := range f.Request.Headers {
		for i := range tables().Field {
			x := &tables().Field[i]
			if !strings.EqualFold(h.Name, x.Name) {
				continue
			}
			if x.Shape == "package" {
				if v := strings.TrimSpace(h.Value); packaged(v) {
					add(v, x.Name)
				}
				continue
			}
			for product := range strings.FieldsSeq(h.Value) {
				name, version, ok := strings.Cut(product, "/")
				if ok && version != "" && packaged(name) && reversed(name) {
					add(name, x.Name)
				}
			}
		}
	}
	c.more = strings.Join(more, " ")
	return c
}

// kindOf tells what sort of name a reader got.
func kindOf(a *flow.App) kind {
	switch {
	case strings.HasPrefix(a.ID, "uid "):
		return nothing
	case strings.Contains(a.Source, "pid ") || strings.HasPrefix(a.Source, "pcapdroid trailer") || !packaged(a.ID):
		return label
	}
	return pack
}

// packaged reports whether s is written as package names and bundle ids are:
// labels of letters, digits, - and _, with dots between, each beginning with a letter.
func packaged(s string) bool {
	if len(s) > maxLength || strings.Count(s, ".") == 0 {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		for i, r := range part {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			if !letter && (i == 0 || !(r >= '0' && r <= '9' || r == '-' || r == '_')) {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return true
}

// reversed reports whether a name begins as a reversed domain does: libraries
// write FirebaseAuth.iOS/10.23.1 in the same place.
func reversed(name string) bool {
	top, _, _ := strings.Cut(name, ".")
	_, icann := publicsuffix.PublicSuffix(top)
	return icann && strings.ToLower(top) == top && strings.Count(name, ".") >= 1
}

// agent reports whether an app sends for others.
func agent(id string) bool {
	for _, a := range tables().Agent {
		if prefix, any := strings.CutSuffix(a.Name, "*"); any && strings.HasPrefix(id, prefix) || id == a.Name {
			return true
		}
	}
	return false
}

// firstApp is the lowest uid of an app on Android, where a uid is that of an
// app and a user together (android/os/Process.java, FIRST_APPLICATION_UID; PER_USER_RANGE).
const (
	firstApp = 10_000
	perUser  = 100_000
)

// systems reports whether the uid in a source is one of Android's own.
func systems(source string) bool {
	i := strings.LastIndex(source, "uid ")
	if i < 0 || !strings.HasPrefix(source, "pcapdroid") {
		return false
	}
	n, err := strconv.Atoi(source[i+len("uid "):])
	return err == nil && n%perUser < firstApp
}

// Subject is the app that is looked into, by all the names that it goes by in
// captures. The zero value is none: every flow counts.
type Subject struct{ names []string }

// Of is the app of these names: package name or bundle id first.
func Of(names ...string) (s Subject) {
	for _, n := range names {
		if n = strings.TrimSpace(n); n != "" {
			s.names = append(s.names, n)
		}
	}
	return s
}

// Chosen reports whether there is one.
func (s Subject) Chosen() bool { return len(s.names) > 0 }

// Name is the first of its names.
func (s Subject) Name() string {
	if !s.Chosen() {
		return ""
	}
	return s.names[0]
}

// bare is a name without its process and its user, as in "com.example:push@10".
func bare(name string) string {
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	return name
}

// Is reports whether a name is one of the subject's, whatever process and user stand
// with it.
func (s Subject) Is(name string) bool {
	for _, own := range s.names {
		if strings.EqualFold(bare(own), bare(name)) {
			return true
		}
	}
	return false
}

// comparable reports whether one of the subject's names is of the kind that the
// system gave, so that being different means something.
func (s Subject) comparable(c *Clue) bool {
	for _, own := range s.names {
		switch {
		case c.kind == pack && packaged(bare(own)):
			return true
		case c.kind == label && !packaged(bare(own)):
			// One may be the other cut short.
			short, long := strings.ToLower(c.Told), strings.ToLower(own)
			if len(short) > len(long) {
				short, long = long, short
			}
			if !strings.HasPrefix(long, short) && !strings.Contains(c.By, "sent by ") {
				return true
			}
		}
	}
	return false
}

// Judgement is whose a flow is, and who says so.
type Judgement struct {
	App        string
	Source     string
	Confidence Confidence
	Whose      Whose
}

// Judge says whose a flow is. telling: the system tells of apps elsewhere in the
// same capture.
func (s Subject) Judge(c Clue, telling bool) Judgement {
	told := Judgement{c.Told, c.By, Told, Mine}
	named := Judgement{c.Named, c.At, Named, Mine}
	itself := s.Is(c.Named)
	for name := range strings.FieldsSeq(c.more) {
		if s.Is(name) {
			itself, named.App = true, name
		}
	}
	switch {
	case !s.Chosen() && c.Told != "":
		return told
	case !s.Chosen() && c.Named != "":
		return named
	case !s.Chosen():
		return Judgement{Confidence: Unknown}
	case c.Told != "" && s.Is(c.Told):
		return told
	case c.Told != "" && !c.agent && s.comparable(&c):
		told.Whose = Others
		return told
	case itself && c.Named != "":
		return named
	case c.Told != "":
		told.Whose = Open
		return told
	case c.Named != "":
		named.Whose = Open
		return named
	case telling:
		return Judgement{Confidence: Unknown, Whose: Open}
	}
	return Judgement{App: s.Name(), Source: "stated", Confidence: Stated}
}

var (
	//go:embed data/fields.toml
	fieldText string
	//go:embed data/agents.toml
	agentText string
)

type table struct {
	Field []struct{ Name, Shape, Why, Source, Read string }
	Agent []struct{ Name, Why, Source string }
}

// tables are the files of data, checked by the tests.
var tables = sync.OnceValue(func() (t table) {
	for name, text := range map[string]string{"fields": fieldText, "agents": agentText} {
		meta, err := toml.Decode(text, &t)
		if err == nil && len(meta.Undecoded()) > 0 {
			err = fmt.Errorf("what is %q?", meta.Undecoded()[0])
		}
		if err != nil {
			panic("attribution: data/" + name + ".toml: " + err.Error()) // embedded, checked by the tests
		}
	}
	return t
})
