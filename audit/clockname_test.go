package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/persona"
	"github.com/constat/constat/recipient"
)

// A server is named among the clocks as it is in every other table, though a
// piece of its name is a piece of the subject's address.
func TestClocksNameServers(t *testing.T) {
	p, err := persona.Parse(strings.NewReader("[[value]]\ntype = \"contact.email\"\nvalue = \"anna.kowalska@mailhouse.example\"\n"), "p.toml")
	if err != nil {
		t.Fatal(err)
	}
	book, err := recipient.Open()
	if err != nil {
		t.Fatal(err)
	}
	flows := stamped(time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC), 0)
	for _, f := range flows {
		f.Request.URL = "https://log.mailhouse.example/"
		f.Request.Host = "log.mailhouse.example"
	}
	doc, err := Conduct(t.Context(), []Capture{flows}, Options{Book: book, Persona: p})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range doc.Clocks {
		if c.Of.String() == "server log.mailhouse.example" {
			return
		}
	}
	t.Errorf("%+v", doc.Clocks)
}
