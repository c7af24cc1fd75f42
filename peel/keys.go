package peel

// jsonKey is a member's name of a JSON object that was read, with the one that
// came after it: objects of a kind follow each other, so comparing with what is
// expected reads most names.
type jsonKey struct {
	text, name string // with its quotes and colon, and without
	mute       bool   // see Options.Telling
	after      *jsonKey
}

const (
	keySlots  = 1024
	maxMemoed = 64 // bytes of a name worth remembering
)

// expectKey remembers that a member's name, which stands as text, came after
// the one before it.
func (w *Walker) expectKey(text []byte, name string) {
	last := w.keyLast
	if len(name) == 0 || len(name) > maxMemoed {
		w.keyLast, w.keyAfter = nil, nil
		return
	}
	h := uint32(len(text))
	for _, c := range text {
		h = (h ^ uint32(c)) * 16777619
	}
	slot := &w.keyNames[(h^h>>16)%keySlots]
	if *slot == nil || (*slot).text != string(text) {
		kept := string(text)
		k := &jsonKey{text: kept, name: kept[1 : 1+len(name)]}
		k.mute = w.telling != nil && !w.telling(k.name)
		*slot = k
	}
	if last != nil {
		last.after = *slot
	}
	w.keyLast, w.keyAfter = *slot, (*slot).after
}
