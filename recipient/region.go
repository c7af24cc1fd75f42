package recipient

import "time"

// Region is what the operator of a cloud publishes of a prefix: in which of
// its regions the address is used. Somebody's word of his own machines, in
// public and with a date.
type Region struct {
	Source      string    `json:"source"`            // Source.ID
	Provider    string    `json:"provider"`          // "AWS"
	Region      string    `json:"region"`            // "eu-west-3", as published
	Country     string    `json:"country,omitempty"` // ISO 3166-1 alpha-2, "" when the program does not know the region
	City        string    `json:"city,omitempty"`    // or area, as the operator names it
	ContentDate time.Time `json:"content_date"`
}
