package audit

// Case is what a user states of the case at hand: nothing in traffic tells it, and
// questions may ask for it.
type Case struct {
	App               App      `json:"app,omitzero" toml:"app"`                                // which program, and which version of it
	FirstParty        []string `json:"first_party,omitempty" toml:"first_party"`               // domains of the app's own company; without them, the table of owners decides
	NamedSDKs         []string `json:"named_sdks,omitempty" toml:"named_sdks"`                 // domains or hosts of modules that the claim names
	PromisedCountries []string `json:"promised_countries,omitempty" toml:"promised_countries"` // where the company says the data stays, ISO 3166-1 alpha-2
	FarCountries      []string `json:"far_countries,omitempty" toml:"far_countries"`           // where the claim says it goes
	IdleSeconds       *float64 `json:"idle_seconds,omitempty" toml:"idle_seconds"`             // how long an app must have been idle before "nothing left" means something; 0: any time will do
	AfterSeconds      *float64 `json:"after_seconds,omitempty" toml:"after_seconds"`           // how long after an act the capture must have gone on, likewise
	Child             bool     `json:"child,omitempty" toml:"child"`                           // the account is a child's, or in the app's mode for children
}
