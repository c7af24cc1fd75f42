package recipient

import (
	"net/netip"
	"sync"

	"github.com/constat/constat/recipient/internal/iptable"
	"github.com/constat/constat/recipient/internal/shape"
	"github.com/constat/constat/recipient/tables"
)

// Book is everything the package knows. It is immutable and safe for
// concurrent use. Big tables are unpacked when first asked for, each once.
type Book struct {
	sources  []Source
	owners   map[string]owner         // by host suffix
	list     func() map[string]listed // third-party-web, by host suffix
	platform map[string]platform      // CDN and cloud names, by host suffix

	companies map[string]company // by bare name, see bare
	operates  map[string]bool    // groups that run machines for others, by bare name
	shares    map[string][]share // by owner

	networks map[uint32]network // by AS number
	anycast  []netip.Prefix

	dots  []dot            // territories without an outline of their own
	zones map[int][]string // countries by their clocks' minutes east of UTC

	simulated []simulated     // networks of a lab
	user      []*tables.Table // that the user supplied, ordered by id

	estimators    []estimator // ordered by source
	asn, registry func() *iptable.Table
	holders       func() []holder // by number of the label in asn
	shapes        func() *shape.Set

	distances sync.Map // distanceKey to kilometres
}

// network is what is known of an AS beyond its announced name.
type network struct {
	family       string // of whose networks it is one
	seat         string // country of the holder's seat: reach, not place
	anycast      bool
	source, date string
}

// estimator is a table that estimates places: the row it makes, without the
// country, and its ranges.
type estimator struct {
	row   Estimate
	table func() *iptable.Table
}

// Open reads the small tables and prepares the big ones, and adds the tables
// of a lab; OpenWith adds those of the user too. An error without any means that the program was built with
// damaged data.
func Open(labs ...Table) (*Book, error) {
	b := &Book{
		owners:   map[string]owner{},
		platform: map[string]platform{},
		networks: map[uint32]network{},
		zones:    map[int][]string{},
	}
	for _, id := range folders {
		s, err := readSource(id)
		if err != nil {
			return nil, err
		}
		b.sources = append(b.sources, s)
	}
	if err := b.readOwn(); err != nil {
		return nil, err
	}
	if err := b.readPlaces(); err != nil {
		return nil, err
	}
	for _, s := range b.sources {
		if s.Use == "estimated" {
			b.estimators = append(b.estimators, estimator{
				Estimate{Source: s.ID, Lineage: s.Lineage, ContentDate: s.date()},
				lazyTable("data/" + s.ID + "/" + s.File),
			})
		}
	}
	b.asn = lazyTable("data/asn/asn.ctab")
	b.holders = sync.OnceValue(b.readHolders)
	b.registry = lazyTable("data/registry/country.ctab")
	b.shapes = sync.OnceValue(func() *shape.Set {
		return unpack("data/shapes/countries.cshp", shape.Decode)
	})
	b.list = sync.OnceValue(readList)
	for _, t := range labs {
		if err := b.add(t); err != nil {
			return nil, err
		}
	}
	if err := b.readCompanies(); err != nil {
		return nil, err
	}
	if err := b.readControl(); err != nil {
		return nil, err
	}
	return b, nil
}

func lazyTable(name string) func() *iptable.Table {
	return sync.OnceValue(func() *iptable.Table { return unpack(name, iptable.Decode) })
}

// unpack decodes an embedded file. Damage there is a fault of the build,
// which the tests of this package exclude, and there is no sensible way on.
func unpack[T any](name string, decode func([]byte) (T, error)) T {
	packed, err := embedded.ReadFile(name)
	if err != nil {
		panic("recipient: " + err.Error())
	}
	t, err := decode(packed)
	if err != nil {
		panic("recipient: " + name + ": " + err.Error())
	}
	return t
}

// Sources lists every table of the book, whether or not it was consulted.
func (b *Book) Sources() []Source {
	return append([]Source(nil), b.sources...)
}

func (b *Book) source(id string) Source {
	for _, s := range b.sources {
		if s.ID == id {
			return s
		}
	}
	return Source{}
}
