package netlog

import (
	"errors"
	"io"
	"testing"

	"github.com/constat/constat/flow"
)

type told struct {
	flows   []*flow.Flow
	damages []*flow.Damage
	wrote   []string
}

func read(t testing.TB, r io.Reader, opt Options) (x told) {
	t.Helper()
	opt.Wrote = func(s string) { x.wrote = append(x.wrote, s) }
	for f, err := range Read(r, opt) {
		var d *flow.Damage
		switch {
		case errors.As(err, &d):
			x.damages = append(x.damages, d)
		case err != nil || f.Index != len(x.flows):
			t.Fatalf("%v, %+v", err, f)
		default:
			x.flows = append(x.flows, f)
		}
	}
	return x
}
