package encode

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

func source(n int) *rand.Rand { return rand.New(rand.NewPCG(uint64(n), 7)) }

func TestSteps(t *testing.T) {
	names := map[string]bool{}
	for i, s := range Steps {
		if names[s.Name] {
			t.Errorf("%s stands twice", s.Name)
		}
		names[s.Name] = true
		value := []byte("Camille <camille@kaxtiber.test> & \"é\" 中 " + fmt.Sprint(i))
		if s.Binary {
			value = append(value, 0, 0xff, 0x80, '\n')
		}
		kept := bytes.Clone(value)
		a, b := s.Apply(source(i), value), s.Apply(source(i), value)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: the same seed gives other bytes", s.Name)
		}
		if !bytes.Equal(value, kept) {
			t.Errorf("%s changes what it is given", s.Name)
		}
		if len(a) == 0 || bytes.Equal(a, value) {
			t.Errorf("%s does nothing", s.Name)
		}
		if s.Text {
			if !utf8.Valid(a) {
				t.Errorf("%s: not UTF-8: %q", s.Name, a)
			}
			for _, c := range string(a) {
				if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
					t.Errorf("%s: a control character in %q", s.Name, a)
				}
			}
		}
	}
	if len(Steps) < 300 {
		t.Errorf("%d steps, at least 300 are wanted", len(Steps))
	}
}

func TestChain(t *testing.T) {
	used := map[string]bool{}
	for n := range 8000 {
		depth := n % 5
		message, names := Chain(source(n), depth, []byte("camille@kaxtiber.test"))
		again, _ := Chain(source(n), depth, []byte("camille@kaxtiber.test"))
		if !bytes.Equal(message, again) {
			t.Fatalf("%v: the same seed gives other bytes", names)
		}
		if len(names) < depth || len(names) > 2*depth {
			t.Errorf("depth %d: %v", depth, names)
		}
		// Each step got what it takes.
		text := true
		for i, name := range names {
			s, ok := ByName(name)
			if !ok || !text && !s.Binary || s.Digest && i > 0 {
				t.Errorf("%v: %s at %d", names, name, i)
			}
			text = s.Text
			used[name] = true
		}
	}
	for _, s := range Steps {
		if !used[s.Name] && (s.Fits == nil || s.Fits([]byte("camille@kaxtiber.test"))) {
			t.Errorf("%s is never drawn", s.Name)
		}
	}
}

// TestDraw: depth counts transformations, and one is of the family.
func TestDraw(t *testing.T) {
	is := map[Family]func(Step) bool{
		Encodings: func(s Step) bool { return true }, Hashes: func(s Step) bool { return s.Digest },
		Compression: func(s Step) bool { return s.Squeeze }, Crypto: func(s Step) bool { return s.Cipher },
	}
	for n := range 4000 {
		from, f, depth := []*Pool{All, Core}[n%2], Families[n/2%4], n/8%6
		message, names := from.Draw(source(n), f, depth, []byte("camille@kaxtiber.test"))
		if again, _ := from.Draw(source(n), f, depth, []byte("camille@kaxtiber.test")); !bytes.Equal(message, again) {
			t.Fatalf("%v: the same seed gives other bytes", names)
		}
		if d := Depth(names); d != depth {
			t.Errorf("depth %d: %v", depth, names)
		}
		met, text := depth == 0, true
		for i, name := range names {
			s, ok := ByName(name)
			if !ok || !text && !s.Binary || s.Digest && i > 0 {
				t.Errorf("%v: %s at %d", names, name, i)
			}
			text = s.Text
			met = met || is[f](s)
			if from == Core && !core[name] {
				t.Errorf("core: %v", names)
			}
			if f == Encodings && (s.Digest || s.Squeeze || s.Cipher) {
				t.Errorf("encodings alone: %v", names)
			}
		}
		if !met {
			t.Errorf("%s: %v", f, names)
		}
	}
}

// TestTold: what constat is told has every secret once, and the
// strings have theirs.
func TestTold(t *testing.T) {
	for _, s := range secrets {
		k := key(s.name)
		if len(k) != s.length {
			t.Errorf("%s has %d bytes", s.name, len(k))
		}
		inRules, inStrings := bytes.Contains(Rules(), fmt.Appendf(nil, "%x", k)), bytes.Contains(Strings(), append(k, '\n'))
		if inRules == inStrings {
			t.Errorf("%s: in the rules %v, among the strings %v", s.name, inRules, inStrings)
		}
	}
}
