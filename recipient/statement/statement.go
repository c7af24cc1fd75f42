// Package statement reads what operators say of their own machines in the
// exchanges of a capture: header fields that name a point of presence, an
// address, a machine room or a clock, cookies that label storage, names of
// hosts.
//
// A statement is somebody's word. It is worth more than a database, since it is
// about this very exchange, and less than physics: a header can be replayed,
// rewritten or misread. Each says who says it, of which layer, and what the row
// of the grammar warns of. The grammar is data (data/): dated, sourced rows.
//
// The package knows nothing of verdicts; package recipient weighs. And it
// knows nothing of the person: a Value is the operator's code alone. Where a
// server repeats the client's address, the statement says so without it.
//
// A value that does not have exactly the form of a row yields nothing, and a
// code that no table has yields nothing: a place that is not named is better
// than one that is guessed.
package statement

import (
	"net/netip"
	"time"
)

//go:generate go run ./internal/pack

// Class grades a statement (field note on places, 3.4).
type Class string

// The classes of statements.
const (
	Operator Class = "S" // about this very exchange
	Name     Class = "N" // a label in a host name or reverse name
	Clock    Class = "K" // the zone of a server's clock
)

// Layer is the question that a statement answers.
type Layer string

// The layers.
const (
	Edge    Layer = "edge"    // the machine that completed the handshake
	Answer  Layer = "answer"  // where the reply was computed
	Storage Layer = "storage" // where data is kept: never measured
)

// Statement is one thing that an operator says.
type Statement struct {
	Class Class  `json:"class"`
	Layer Layer  `json:"layer"`
	By    string `json:"by,omitempty"` // the operator whose word it is: "Cloudflare"; "" whoever answers

	Row   string `json:"row"`   // id of the row of the grammar: "cf-ray"
	Field string `json:"field"` // where it stands: "Cf-Ray", "Cookie store-idc", "host"
	Value string `json:"value"` // the part of the field that says it, without anything about the client: "CDG", "cn2219"

	Country string     `json:"country,omitempty"` // ISO 3166-1 alpha-2, "" if the statement names none
	Place   string     `json:"place,omitempty"`   // city or code in words: "Paris (CDG)"
	Lat     float64    `json:"lat,omitempty"`     // of the place, degrees; with Located set
	Lon     float64    `json:"lon,omitempty"`     //
	Located bool       `json:"-"`                 // Lat and Lon are known
	Addr    netip.Addr `json:"address,omitzero"`  // the machine that is named by its address: to be looked up

	At     time.Time     `json:"at,omitzero"`       // when, by the operator's clock (EagleId)
	Zone   time.Duration `json:"zone_ns,omitempty"` // of a Clock, east of UTC
	Took   time.Duration `json:"took_ns,omitempty"` // that the operator says the leg to the origin took (Answer), or its own work (Edge); 0: not said
	From   netip.Addr    `json:"from,omitzero"`     // the machine that measured Took, where it is named: an edge or a parent, never the origin
	Cached bool          `json:"cached,omitempty"`  // the answer came from a cache: it bounds nothing

	Confidence string `json:"confidence,omitempty"` // "high", "medium", "low" by public usage
	Trap       string `json:"trap,omitempty"`       // what the row warns of
	Source     string `json:"source"`               // of the row
	SourceDate string `json:"source_date"`
}
