package recipient

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/constat/constat/recipient/statement"
)

// mostNamed bounds the machines that are looked up because statements name
// them by address, and mostStatements the different statements of one address
// that are weighed. An operator that says more than that is lying or a balancer
// in front of many, and a reader is helped by neither.
const (
	mostNamed      = 8
	mostStatements = 256
)

// saying is what makes two statements the same evidence: all but the moment and
// the value, of which a busy server says another with each reply.
type saying struct {
	class      statement.Class
	layer      statement.Layer
	row, field string
	country    string
	place      string
	lat, lon   float64
	located    bool
	addr       netip.Addr
	zone       time.Duration
	timed      bool
	cached     bool
	confidence string
}

func (x saying) compare(y saying) int {
	return cmp.Or(cmp.Compare(x.class, y.class), cmp.Compare(x.layer, y.layer), cmp.Compare(x.row, y.row), cmp.Compare(x.field, y.field),
		cmp.Compare(x.country, y.country), cmp.Compare(x.place, y.place), cmp.Compare(x.lat, y.lat), cmp.Compare(x.lon, y.lon),
		compareBool(x.located, y.located), x.addr.Compare(y.addr), cmp.Compare(x.zone, y.zone), compareBool(x.timed, y.timed),
		compareBool(x.cached, y.cached), cmp.Compare(x.confidence, y.confidence))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func sayingOf(s *statement.Statement) saying {
	return saying{s.Class, s.Layer, s.Row, s.Field, s.Country, s.Place, s.Lat, s.Lon, s.Located, unwrap(s.Addr), s.Zone, s.Took > 0, s.Cached, s.Confidence}
}

// condense keeps one of the statements that say the same: that of the shortest
// leg, then the earliest.
func condense(all []statement.Statement) []statement.Statement {
	out := slices.Clone(all)
	slices.SortFunc(out, func(a, b statement.Statement) int {
		return cmp.Or(sayingOf(&a).compare(sayingOf(&b)), cmp.Compare(a.Took, b.Took), a.At.Compare(b.At),
			strings.Compare(a.Value, b.Value), strings.Compare(a.Source, b.Source), strings.Compare(a.SourceDate, b.SourceDate), strings.Compare(a.Trap, b.Trap))
	})
	kept := out[:0]
	for _, s := range out {
		// Labels of storage are told one by one: their value is what they say.
		n := len(kept)
		if n > 0 && sayingOf(&kept[n-1]) == sayingOf(&s) && (s.Layer != statement.Storage || kept[n-1].Value == s.Value) {
			continue
		}
		kept = append(kept, s)
	}
	return kept[:min(len(kept), mostStatements)]
}
