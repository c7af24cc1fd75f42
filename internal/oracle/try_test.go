package oracle

import ("testing";"context";"os";"fmt")

func TestTry(t *testing.T) {
	name := os.Getenv("TRY")
	keys := "/tmp/rec/"+name+".keys"
	if _, err := os.Stat(keys); err != nil { keys = "" }
	rsa := "/tmp/rec/"+name+".rsa"
	if _, err := os.Stat(rsa); err != nil { rsa = "" }
	file := "/tmp/rec/"+name+".pcapng"
	if _, err := os.Stat(file); err != nil { file = "/tmp/rec/"+name+".pcap" }
	xs, cs, err := ReadTshark(context.Background(), file, keys, rsa)
	if err != nil { t.Fatal(err) }
	if os.Getenv("V") != "" {
	for _, c := range cs { fmt.Printf("%+v %+v\n", *c, c.TLS) }
	for _, x := range xs { s:=int64(-1); if x.Stream!=nil {s=*x.Stream}; fmt.Println(x.Frame, s, x.Protocol, x.Method, x.Path, x.Body.Size, x.Status, x.Response.Size, len(x.Headers), len(x.Messages), x.Answers, x.Trailers, x.ResponseTrailers) }
	}
	f, err := os.Open("/tmp/rec/"+name+".origin")
	if err != nil { fmt.Println("NO TRUTH"); return }
	truth, _, err := Read(f)
	if err != nil { t.Fatal(err) }
	ds := Compare(truth, xs)
	fmt.Println("===", name, len(truth), "truths", len(xs), "seen", len(ds), "differences")
	for i, d := range ds { if i>8 { break }; fmt.Printf("%.1400s\n", d.String()) }
}
