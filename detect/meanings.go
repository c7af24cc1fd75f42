package detect

import "strings"

// meanings remembers what the names of fields say, of the last few thousand
// names: nearly every field has one that was met before.
type meanings struct {
	slots [4096]struct {
		key string
		m   *meaning
	}
}

// meaning returns what a field's name says, nil if nothing.
func (s *Scanner) meaning(key string) *meaning {
	n := len(key)
	if n == 0 || n > maxKey {
		return nil
	}
	h := uint64(n)
	if n >= 8 {
		h = (h<<56 ^ load64(key) ^ load64(key[n-8:])<<1) * mix
	} else {
		for i := range n {
			h = (h ^ uint64(key[i])) * mix
		}
	}
	slot := &s.meanings[s.cookie].slots[h>>52]
	if slot.key != key {
		slot.m = s.e.lexicon.meaning(key, s.cookie == 1)
		slot.key = strings.Clone(key)
	}
	return slot.m
}

func load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
