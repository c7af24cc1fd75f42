package question_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/question"
)

// A set is read and asked of an Audit document that was written before. Without
// a mark of the moment, what is not seen there means nothing.
func Example() {
	set, err := question.Parse([]byte(`
id = "mine"
[[question]]
id = "MAIL"
claim.en = "The e-mail address leaves when the app is opened"
claim.fr = "L’adresse électronique part à l’ouverture"
proved_by = [{ rows = 'data_type == "contact.email" && act == "app-opened"' }]
needs = ["act:app-opened"]
`), "mine.toml")
	if err != nil {
		fmt.Println(err)
		return
	}
	stored := `{"schema": "` + audit.SchemaID + `", "headline": {"flows": 1}, "transfers": [
  {"id": "t1", "data_type": "contact.email", "grade": "A", "flow": {"id": "f1"}, "act": "%s", "since_act_s": 2, "recipient": {"host": "track.example"}}
]}`
	for _, act := range []string{"app-opened", ""} {
		text := fmt.Sprintf(stored, act)
		d, err := audit.Read(strings.NewReader(text), int64(len(text)), "audit.json")
		if err != nil {
			fmt.Println(err)
			return
		}
		verdicts, err := question.Answer(context.Background(), []*question.Set{set}, d, question.Case{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(verdicts[0].Answer, verdicts[0].Because, verdicts[0].Missing)
	}
	// Output:
	// observed [t1] []
	// not_measurable [] [act:app-opened]
}
