// Command seen prints what tshark makes of any capture, in the words of
// internal/oracle, or compares it with an origin's account:
//
//	seen [-keylog FILE] [-rsa KEY.pem] CAPTURE
//	seen [-keylog FILE] -truth NAME.origin.jsonl CAPTURE     exits with 1 if they differ
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/constat/constat/internal/oracle"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("seen: ")
	keylog := flag.String("keylog", "", "`FILE` of TLS secrets")
	rsa := flag.String("rsa", "", "`FILE` of the server's RSA key")
	truth := flag.String("truth", "", "`FILE` that the origin wrote")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: seen [-keylog FILE] [-rsa FILE] [-truth FILE] CAPTURE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	exchanges, connections, err := oracle.ReadTshark(ctx, flag.Arg(0), *keylog, *rsa)
	if err != nil {
		log.Fatal(err)
	}
	if *truth == "" {
		w := bufio.NewWriter(os.Stdout)
		if err := oracle.Write(w, exchanges, connections); err != nil {
			log.Fatal(err)
		}
		w.Flush()
		return
	}
	f, err := os.Open(*truth)
	if err != nil {
		log.Fatal(err)
	}
	served, _, err := oracle.Read(f)
	if err != nil {
		log.Fatalf("%s: %v", *truth, err)
	}
	differences := oracle.Compare(served, exchanges)
	for _, d := range differences {
		fmt.Println(d)
	}
	fmt.Printf("%d served, %d seen, %d differences\n", len(served), len(exchanges), len(differences))
	if len(differences) > 0 {
		os.Exit(1)
	}
}
