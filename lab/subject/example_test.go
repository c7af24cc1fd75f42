package subject_test

import (
	"fmt"
	"strings"

	"github.com/constat/constat/lab/subject"
)

// A subject knows her values by their labels; their positions are those of the
// persona file, which constat audit --persona reads.
func Example() {
	s := subject.New(7)
	fmt.Println(s.Index("phone"), strings.HasPrefix(s.Get("phone"), "+33 6 39 98 "))
	fmt.Println(strings.HasSuffix(s.Get("e-mail"), "@courriel.example"))
	fmt.Println(s.Get("phone") == subject.New(7).Get("phone"), s.Get("phone") == subject.New(8).Get("phone"))
	header, _, _ := strings.Cut(string(s.Persona()), "\n")
	fmt.Println(header)
	// Output:
	// 1 true
	// true
	// true false
	// # An invented subject of the lab, made from seed 7. Nobody.
}
