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
	h := uint64(n) << 56
	switch {
	case n >= 8:
		h ^= load64(key) ^ load64(key[n-8:])<<1
	case n >= 4:
		h ^= load32(key) | load32(key[n-4:])<<32
	default:
		h ^= uint64(key[0]) | uint64(key[n/2])<<8 | uint64(key[n-1])<<16
	}
	h *= mix
	slot := &s.meanings[s.cookie].slots[h>>52]
	if slot.key != key {
		slot.m = s.e.lexicon.meaning(key, s.cookie == 1)
		slot.key = strings.Clone(key)
	}
	return slot.m
}

func load32(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

func load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
