package recipient

import (
	"errors"
	"slices"
	"strconv"
	"time"
)

// Through is by what a country's law reaches a recipient.
type Through string

// The ways. None of them is a place where data is.
const (
	OwnerSeat     Through = "seat of the owner"
	ParentSeat    Through = "seat of the parent"
	HolderSeat    Through = "seat of a shareholder"
	NetworkSeat   Through = "holder of the network"
	CertifiedSeat Through = "certificate subject"
)

// Reach is a country whose law reaches a company that got data, or one that
// can tell it what to do. It is no verdict: what the law allows, and whether
// anybody used it, is not here.
type Reach struct {
	Country  string   `json:"country"` // ISO 3166-1 alpha-2
	Through  Through  `json:"through"`
	Who      string   `json:"who"`               // the company that has its seat there
	Percent  float64  `json:"percent,omitempty"` // of the owner that Who holds, 0 if no row says
	Source   string   `json:"source"`
	Date     string   `json:"date,omitempty"`
	Strength Strength `json:"strength"`
}

// share is a holding of one company in another.
type share struct {
	owner, holder, seat string
	percent             float64
	from, to            time.Time // zero: open
	source, date        string
	strength            Strength
}

// in reports whether the row was in force. Without a date only a row that is
// still open is used.
func (s *share) in(at time.Time) bool {
	if at.IsZero() {
		return s.to.IsZero()
	}
	return !at.Before(s.from) && (s.to.IsZero() || at.Before(s.to.AddDate(0, 0, 1)))
}

// Controls is the share, in percent, from which a holder is a parent.
const Controls = 50

// Parent is the company above the owner at the time of the capture, with the
// country of its seat: none that holds less than half of it.
func (b *Book) Parent(id *Identity, at time.Time) (name, seat string) {
	if s := b.share(id.Owner, id.Parent, at); s != nil && s.percent < Controls {
		return "", ""
	}
	return id.Parent, id.ParentSeat
}

// Reach lists whose law reaches a recipient, at the time of the capture:
// through the owner, through who holds it, through who holds the networks and
// through who the certificates name.
func (b *Book) Reach(id *Identity, nets []Address, certificates []Certificate, at time.Time) []Reach {
	var out []Reach
	add := func(r Reach) {
		if realCountry(r.Country) != "" && !slices.ContainsFunc(out, func(x Reach) bool {
			return x.Country == r.Country && x.Through == r.Through && x.Who == r.Who
		}) {
			out = append(out, r)
		}
	}
	add(Reach{id.Seat, OwnerSeat, id.Owner, 0, id.Source, id.SourceDate, id.Strength})
	if id.Parent != "" {
		parent := Reach{id.ParentSeat, ParentSeat, id.Parent, 0, id.Source, id.SourceDate, id.Strength}
		if s := b.share(id.Owner, id.Parent, at); s != nil {
			parent.Percent, parent.Source, parent.Date, parent.Strength = s.percent, s.source, s.date, s.strength
			if s.percent < Controls {
				parent.Through = HolderSeat
			}
		}
		add(parent)
	}
	for _, s := range b.shares[id.Owner] {
		if s.holder != id.Parent && s.in(at) {
			add(Reach{s.seat, HolderSeat, s.holder, s.percent, s.source, s.date, s.strength})
		}
	}
	for _, a := range nets {
		seat, announced := b.networks[a.ASN], b.source("asn")
		if seat.source != "" {
			add(Reach{seat.seat, NetworkSeat, a.Holder, 0, seat.source, seat.date, Announced})
		} else if known, ok := b.company(a.Holder); ok {
			add(Reach{known.seat, NetworkSeat, a.Holder, 0, announced.Name, announced.ContentDate, Announced})
		}
	}
	for _, c := range certificates {
		strength := List
		if c.checked() {
			strength = Official
		}
		if c.Organization != "" {
			add(Reach{c.Country, CertifiedSeat, c.Organization, 0, inHandshake, c.NotBefore, strength})
		}
	}
	return out
}

func (b *Book) share(owner, holder string, at time.Time) *share {
	for i, s := range b.shares[owner] {
		if s.holder == holder && s.in(at) {
			return &b.shares[owner][i]
		}
	}
	return nil
}

// readControl reads who holds how much of whom.
func (b *Book) readControl() error {
	b.shares = map[string][]share{}
	return eachRow("data/own/control.csv", func(r map[string]string) error {
		s := share{owner: r["owner"], holder: r["holder"], seat: r["seat"], source: r["source"], date: r["date"]}
		if _, ok := b.companies[bare(s.owner)]; !ok {
			return errNoOwner(s.owner)
		}
		var err error
		if s.percent, err = strconv.ParseFloat(r["percent"], 64); err != nil || s.percent <= 0 || s.percent > 100 {
			return errors.New("expected a percentage above 0 and up to 100, found " + r["percent"])
		}
		for _, x := range []struct {
			text string
			into *time.Time
		}{{r["from"], &s.from}, {r["to"], &s.to}} {
			if x.text != "" {
				if *x.into, err = time.Parse(time.DateOnly, x.text); err != nil {
					return err
				}
			}
		}
		strength, err := strconv.Atoi(r["strength"])
		if err != nil || strength < 1 || strength > 5 || s.source == "" || s.date == "" || realCountry(s.seat) == "" {
			return errors.New("a row needs a seat, a source, a date and a strength from 1 to 5")
		}
		s.strength = Strength(strength)
		b.shares[s.owner] = append(b.shares[s.owner], s)
		return nil
	})
}
