package audit

// Decided is a row of the ledger that decides a question, in short: the table
// that a verdict opens to.
type Decided struct {
	ID          string  `json:"id"`
	Flow        string  `json:"flow"`
	DataType    string  `json:"data_type"`
	Redacted    Text    `json:"value_redacted"`
	Form        string  `json:"form"`
	Grade       string  `json:"grade"`
	Offset      float64 `json:"offset_s"`
	State       string  `json:"state"`
	Act         string  `json:"act"`
	SinceAct    float64 `json:"since_act_s"`
	Within      float64 `json:"since_act_bound_s,omitempty"`
	Unsure      bool    `json:"moment_unsure,omitempty"`
	Recipient   string  `json:"recipient"`
	Host        string  `json:"host"`
	Country     string  `json:"country"`
	Place       string  `json:"place"`
	Established bool    `json:"established,omitempty"`
}

// Short is the row as a verdict lists it.
func (t *Transfer) Short() Decided {
	return Decided{
		ID: t.ID, Flow: t.Flow.ID, DataType: t.DataType, Redacted: t.Redacted, Form: t.Form, Grade: t.Grade, Offset: t.Offset,
		State: t.State, Act: t.Act, SinceAct: t.SinceAct, Within: t.Within, Unsure: t.Unsure,
		Recipient: t.Recipient.ID, Host: t.Recipient.Host, Country: t.Recipient.Country, Place: t.Recipient.Place, Established: t.Recipient.Established,
	}
}

// Circumstance is the moment of the row.
func (r Decided) Circumstance() Circumstance {
	return Circumstance{State: r.State, Act: r.Act, SinceAct: r.SinceAct, Within: r.Within, Unsure: r.Unsure}
}
