package oracle

import ("testing";"context";"os";"fmt")

func TestTry2(t *testing.T) {
	xs, cs, err := ReadTshark(context.Background(), os.Getenv("FILE"), os.Getenv("KEYS"), "")
	if err != nil { fmt.Println(err); return }
	f, _ := os.Open(os.Getenv("TRUTH"))
	truth, _, err := Read(f)
	ds := Compare(truth, xs)
	fmt.Println("===", os.Getenv("FILE"), len(cs), "conns", len(truth), "truths", len(xs), "seen", len(ds), "differences")
	for i, d := range ds { if i>3 { break }; fmt.Printf("%.200s\n", d.String()) }
}
