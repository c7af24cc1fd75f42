package recipient

import "time"

// Region is what the operator of a cloud publishes of a prefix: in which of
// its regions the address is used. Somebody's word of his own machines, in
// public and with a date.
type Region struct {
	Source      string // Source.ID
	Provider    string // "AWS"
	Region      string // "eu-west-3", as published
	Country     string // ISO 3166-1 alpha-2, "" when the program does not know the region
	City        string // or area, as the operator names it
	ContentDate time.Time
}
