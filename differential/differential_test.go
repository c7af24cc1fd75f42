package differential_test

import (
	"testing"
)

func TestPlay(t *testing.T) {
	for _, n := range [][2]int{{1, 1}, {2, 1}, {2, 2}} {
		d := experiment(t, app{true, true, true, true, true, false}, 1, n, two(1))
		t.Logf("%v\n%s%+v\n%+v\n%+v %v", n, told(d), d.Counts, d.Design, d.Alignment, d.Limits)
	}
	d := experiment(t, app{true, true, true, true, true, true}, 1, [2]int{2, 2}, two(3))
	t.Logf("%s%+v\n%+v\n%+v", told(d), d.Counts, d.Design, d.Alignment)
	for _, f := range d.Fields {
		t.Logf("%v", f)
	}
}
