package peel

import (
	"bytes"
	"slices"
)

// Rewriting is a text as the deep tier's reversible moves of letters write it.
type Rewriting struct {
	Step string // the layer that undoes it
	Text []byte
}

// Rewritten lists what the moves that need no key make of text, those that
// change it: whoever looks for a known text looks for these, since nothing
// shows that a text stands backwards.
func Rewritten(text []byte) []Rewriting {
	list := []Rewriting{{"reverse", reversed(text)}}
	if runes := []rune(string(text)); len(runes) < len(text) {
		slices.Reverse(runes)
		list = append(list, Rewriting{"reverse", []byte(string(runes))})
	}
	for i := range movedAlphabets {
		a := &movedAlphabets[i]
		if a.step == "swapped case" {
			continue // searches ignore case
		}
		var back [256]byte
		for from, to := range a.to {
			back[to] = byte(from)
		}
		moved := through(nil, &back, text)
		if list = append(list, Rewriting{a.step, moved}); a.step == "rot13" {
			list = append(list, Rewriting{"reverse, rot13", reversed(moved)})
		}
	}
	kept := list[:0]
	for _, r := range list {
		if !bytes.EqualFold(r.Text, text) {
			kept = append(kept, r)
		}
	}
	return kept
}
