package audit

// Headline answers "15 seconds: for how much personal data?".
type Headline struct {
	Duration float64 `json:"duration_s"` // first to last flow
	Flows    int     `json:"flows"`
	Total    Count   `json:"total"`
	Worst15  Count   `json:"worst_15s"`
	Median15 Count   `json:"median_15s"`
	// First departure of personal data, seconds after the first flow; -1 when none left.
	FirstDeparture float64 `json:"first_departure_s"`
	Grades         Grades  `json:"grades"`
	// Open and Others are personal data that may be another app's, and that surely
	// is; nil: none. All the rest counts what is the subject's only, but for Flows
	// and Duration, which are the captures'.
	Open   *Count `json:"open,omitempty"`
	Others *Count `json:"other_apps,omitempty"`
	// Shares of bytes out, in percent, see Coverage.
	Unreadable  float64 `json:"unreadable_percent"`
	NotCaptured float64 `json:"not_captured_percent"`
}

// Count is the case's unit over one span of time.
type Count struct {
	Start      float64 `json:"start_s"` // seconds after the first flow
	DataTypes  int     `json:"data_types"`
	Items      int     `json:"items"` // rows of the ledger
	Bytes      int64   `json:"bytes"` // of the messages that carried them
	Recipients int     `json:"recipients"`
	Countries  int     `json:"countries"` // distinct estimated countries; recipients without one are not counted
	Unreadable float64 `json:"unreadable_percent"`
}

// Grades counts ledger rows by strength of evidence.
type Grades struct {
	A int `json:"a"` // exact known value
	B int `json:"b"` // valid value under a key that names it
	C int `json:"c"` // shape only
}
