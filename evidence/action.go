package evidence

import "slices"

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

// action is the body of a user.action entry; the entry's own times are its.
type action struct {
	Act     string `json:"act"`
	By      string `json:"by"` // "key", "page", "http"
	Content *Ref   `json:"content,omitempty"`
}

// Action writes that the subject did something, now. A note is sealed.
func (w *Writer) Action(act, by, note string) (int64, error) {
	var err error
	b := action{Act: act, By: by}
	b.Content = w.seal([]byte(note), &err)
	if err != nil {
		return 0, err
	}
	return w.Append(KindAction, b)
}
