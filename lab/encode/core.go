package encode

import (
	_ "embed"

	"github.com/BurntSushi/toml"
)

//go:embed data/core.toml
var coreText string

// core are the names of the layers whose recall is gated (data/core.toml).
var core = func() map[string]bool {
	var f struct {
		Core []struct {
			Names             []string
			Kind              string
			Why, Source, Date string
		}
	}
	if _, err := toml.Decode(coreText, &f); err != nil {
		panic("encode: core.toml: " + err.Error())
	}
	all := map[string]bool{}
	for _, row := range f.Core {
		for _, name := range row.Names {
			if _, ok := byName[name]; !ok {
				panic("encode: core.toml: no layer " + name)
			}
			all[name] = true
		}
		for _, s := range Steps {
			if row.Kind == "digest" && s.Digest {
				all[s.Name] = true
			}
		}
	}
	return all
}()

// Pool is a choice of layers, by what they do.
type Pool struct{ structure, encoding, digest, squeeze, cipher []Step }

// All are all layers; Core those whose recall is gated.
var (
	All  = pool(func(*Step) bool { return true })
	Core = pool(func(s *Step) bool { return core[s.Name] })
)

func pool(in func(s *Step) bool) *Pool {
	p := &Pool{}
	for _, s := range Steps {
		of := &p.encoding
		switch {
		case !in(&s):
			continue
		case s.Structure:
			of = &p.structure
		case s.Digest:
			of = &p.digest
		case s.Squeeze:
			of = &p.squeeze
		case s.Cipher:
			of = &p.cipher
		}
		*of = append(*of, s)
	}
	return p
}
