package evidence

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/flow"
)

// Act is something that the subject does, which a capture can mark.
type Act struct {
	ID  string // in the log
	Key byte   // in the live view
}

// Acts are those that the questions of an audit ask for; any other may be
// marked with a note.
var Acts = []Act{
	{"app-opened", 'o'}, {"sign-up", 's'}, {"consent-accept", 'a'}, {"consent-refuse", 'f'},
	{"record", 'r'}, {"next", 'n'}, {"save-draft", 'd'}, {"post", 'p'}, {"discard", 'x'}, {"app-closed", 'c'},
	{"no-account", 'u'}, {"note", 'm'},
}

// KnownAct reports whether id is one of Acts.
func KnownAct(id string) bool {
	return slices.ContainsFunc(Acts, func(a Act) bool { return a.ID == id })
}

// Mark is an act that is marked, now. How it is marked decides how near to the
// act the mark is: what does the act marks it at once, a person's key comes before
// or after.
type Mark struct {
	Act    string
	Note   string        // is sealed
	By     string        // "key", "page", "http": by a person; "program", "lab": by what does it
	First  string        // of a person's: which comes first, flow.KeyFirst, flow.TapFirst, or "", not told
	Within time.Duration // of a program's: how far the mark may lie from the act
}

// byProgram are the words for marks by what does the act itself. Whatever else a
// log says, also one of an earlier version, was marked by a person.
var byProgram = []string{flow.Program, "lab"}

// MaxWithin bounds how far from an act a program may mark it.
const MaxWithin = time.Hour

// Check says what is wrong with a mark, if something is.
func (m Mark) Check() error {
	program := slices.Contains(byProgram, m.By)
	switch {
	case !KnownAct(m.Act):
		var known []string
		for _, a := range Acts {
			known = append(known, a.ID)
		}
		return fmt.Errorf("no act %.40q: one of %s", m.Act, strings.Join(known, ", "))
	case m.First != "" && m.First != flow.KeyFirst && m.First != flow.TapFirst:
		return fmt.Errorf("first is %.40q: expected %s or %s, whichever came first", m.First, flow.KeyFirst, flow.TapFirst)
	case m.First != "" && program:
		return fmt.Errorf("first is said of a person's mark; a program's is made by what does the act")
	case m.Within < 0 || m.Within > MaxWithin:
		return fmt.Errorf("within is %s: expected a time from 0s to %s", m.Within, MaxWithin)
	case m.Within != 0 && !program:
		return fmt.Errorf("within is said of a program's mark (by=%s); how far a person's may lie off is told to the audit (--hand)", flow.Program)
	}
	return nil
}

// action is the body of a user.action entry; the entry's own times are its.
type action struct {
	Act     string `json:"act"`
	By      string `json:"by"`
	Content *Ref   `json:"content,omitempty"`
	First   string `json:"first,omitempty"`
	Within  int64  `json:"within,omitempty"` // ns
}

// Action writes that the subject did something, now.
func (w *Writer) Action(m Mark) (int64, error) {
	if err := m.Check(); err != nil {
		return 0, err
	}
	var err error
	b := action{Act: m.Act, By: m.By, First: m.First, Within: int64(m.Within)}
	b.Content = w.seal([]byte(m.Note), &err)
	if err != nil {
		return 0, err
	}
	return w.Append(KindAction, b)
}

// event is what the entry says to a reader.
func (a *action) event(at time.Time) flow.Event {
	e := flow.Event{Time: at, Kind: "act", What: a.Act, By: flow.Person, First: a.First}
	if slices.Contains(byProgram, a.By) {
		e.By, e.First, e.Bound = flow.Program, "", min(max(time.Duration(a.Within), 0), MaxWithin)
	}
	return e
}
