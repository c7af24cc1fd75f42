package keylog

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
)

// parse finds the secrets of a line: a label that is known, a client random,
// a secret. random and secret are used again after found has returned.
func parse(line []byte, found func(label int, random, secret []byte)) {
	var random [32]byte
	var secret [maxSecret]byte
	if bytes.IndexByte(line, '#') == 0 {
		return
	}
	for len(line) > 0 {
		var word []byte
		word, line = field(line)
		name := strings.TrimPrefix(strings.TrimPrefix(string(word), "\ufeff"), "QUIC_")
		label := slices.Index(labels[:], name)
		if label < 0 {
			continue
		}
		rest := line
		word, line = field(line)
		if name == RSA && bytes.HasPrefix(word, []byte("Session-ID:")) {
			label = slices.Index(labels[:], SessionID)
			word = word[len("Session-ID:"):]
		}
		n, digits := leadingHex(random[:], word)
		if digits != len(word) || !randomFits(labels[label], n) {
			line = rest // that may be a label itself, of a line that was cut
			continue
		}
		rest = line
		word, line = field(line)
		if labels[label] == SessionID {
			word = bytes.TrimPrefix(word, []byte("Master-Key:"))
		}
		m, digits := leadingHex(secret[:], word)
		if m = secretFits(labels[label], m, digits); m == 0 {
			line = rest
			continue
		}
		found(label, random[:n], secret[:m])
		if 2*m < len(word) {
			// Two processes wrote at once: the next line begins in this word.
			line = rest[len(rest)-len(line)-len(word)+2*m:]
		}
	}
}

// field cuts the first word off a line.
func field(line []byte) (word, rest []byte) {
	const space = " \t\r\n\v\f\x00"
	i := 0
	for i < len(line) && strings.IndexByte(space, line[i]) >= 0 {
		i++
	}
	j := i
	for j < len(line) && strings.IndexByte(space, line[j]) < 0 {
		j++
	}
	return line[i:j], line[j:]
}

// leadingHex reads the hexadecimal digits that a word begins with, as far as
// dst has room, and returns how many whole bytes and digits they were.
func leadingHex(dst, word []byte) (n, digits int) {
	for digits < len(word) && digits <= 2*len(dst) && isHex(word[digits]) {
		digits++
	}
	n = min(digits/2, len(dst))
	hex.Decode(dst, word[:2*n])
	return n, digits
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// randomFits reports whether n bytes can be what a secret is found by.
func randomFits(label string, n int) bool {
	switch label {
	case RSA:
		return n == 8
	case SessionID:
		return n > 0 && n <= 32
	}
	return n == 32
}

// secretFits returns how many bytes a secret has of which n bytes were read,
// 0 if they are no such secret. The first letters of a label that follows
// without a space ("C", "E", "EA") are digits too.
func secretFits(label string, n, digits int) int {
	switch label {
	case ClientRandom, RSA, SessionID:
		if digits >= 96 && digits < 100 {
			return 48
		}
	case PMSClientRandom:
		return n
	default:
		switch {
		case digits >= 64 && digits < 68:
			return 32 // a suite with SHA-256
		case digits >= 96 && digits < 100:
			return 48 // with SHA-384
		}
	}
	return 0
}
