package logcat

import "time"

// saying is what the system said of an activity last. It says so before it asks
// the app, whose own line comes when the app got round to it: by then the user
// may be elsewhere.
type saying struct {
	what    string
	resumed time.Time
}

// slow is how long after the system's word an app's may still be taken for its
// echo, if the system has said something else meanwhile.
const slow = 3 * time.Second

// said puts down what the system says.
func (a *apps) said(what, class string, at time.Time) {
	if what == "destroyed" {
		what = "stopped"
	}
	w := a.words[class]
	if w.what = what; what == "resumed" {
		w.resumed = at
	}
	if len(a.words) >= maxKnown {
		clear(a.words)
	}
	a.words[class] = w
}

// echo says what an app's own word is worth: nothing if the system said it
// before; what it says, if the system said nothing or it was lost. That it
// came to the front while the system has it leave may be late, or the system's
// line was lost: then it is not known where it is.
func (a *apps) echo(what, class string, at time.Time) (now string, ok bool) {
	w, told := a.words[class]
	switch {
	case !told:
		return what, true
	case w.what == what, w.what == "stopped" && what == "paused":
		return "", false
	case what == "resumed" && at.Sub(w.resumed) <= slow && !w.resumed.IsZero():
		return "", false
	case what == "resumed":
		what = "unknown"
	}
	delete(a.words, class) // what the app says next is no echo
	return what, true
}
