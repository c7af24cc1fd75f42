package main

import (
	"cmp"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/lab/internet"
	labtruth "github.com/constat/constat/lab/truth"
)

// TestLabSharing holds who can put it together against what the lab's app itself
// wrote down: the identifiers that several companies got are those that it sent
// to several, no more and no fewer; the benign app shares none.
func TestLabSharing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 16 s")
	}
	seed := freshSeed(t)
	for name, least := range map[string]int{"accused": 5, "benign": 0, "B04": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := openLab(filepath.Join(t.TempDir(), "run"), name, seed)
			if err != nil {
				t.Fatal(err)
			}
			defer l.close()
			if err := l.record(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			flags := l.auditFlags()
			doc, err := flags.conduct(t.Context(), []string{l.capture()})
			if err != nil {
				t.Fatal(err)
			}
			defer doc.Transfers.Close()
			want, got := sharedBy(t, l.truth()), sharedIn(t, doc)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("shared\n%v, sent\n%v", got, want)
			}
			if len(want) < least || least == 0 && len(want) > 0 {
				t.Errorf("the app sent %d identifiers to several companies: the scenario tests nothing", len(want))
			}
			if s := doc.Sharing; s != nil {
				if len(s.Syncs) > 0 {
					t.Errorf("syncs: %+v", s.Syncs)
				}
				for _, x := range s.Identifiers {
					if x.Kind != "planted" && x.Companies > 1 {
						t.Errorf("not sent on purpose: %+v", x)
					}
				}
			}
		})
	}
}

// identifying are the data types of the lab's subject that tell one person or
// device from all others, or name the person.
var identifying = []string{
	"contact.phone", "contact.email", "contact.name", "contact.username", "device.imei", "device.imsi", "device.serial", "device.mac",
	"device.android_id", "device.ad_id",
}

// sharedBy lists the companies that each identifier was sent to, of those that
// several got, by the value's index in the persona.
func sharedBy(t *testing.T, path string) map[int][]string {
	t.Helper()
	items, err := labtruth.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var places struct {
		Owner []struct{ Suffix, Name, Parent string }
	}
	if _, err := toml.Decode(string(internet.Places(time.Now())), &places); err != nil {
		t.Fatal(err)
	}
	sent := map[int][]string{}
	for _, i := range items {
		if i.Subject < 0 || i.Decoy || i.Beyond != "" || !slices.Contains(identifying, i.DataType) {
			continue
		}
		for _, o := range places.Owner {
			if strings.HasSuffix("."+i.Host, "."+o.Suffix) {
				sent[i.Subject] = withNew(sent[i.Subject], cmp.Or(o.Parent, o.Name))
			}
		}
	}
	return several(sent)
}

// sharedIn lists the same of a document.
func sharedIn(t *testing.T, doc *audit.Document) map[int][]string {
	t.Helper()
	index := map[string]int{}
	for row, err := range doc.Transfers.All() {
		if err != nil {
			t.Fatal(err)
		}
		if row.PersonaValue != nil {
			index[row.Alias] = *row.PersonaValue
		}
	}
	company := map[string]string{}
	for _, r := range doc.Recipients {
		company[r.ID] = cmp.Or(r.Parent, r.Owner)
	}
	got := map[int][]string{}
	if doc.Sharing == nil {
		return got
	}
	for _, x := range doc.Sharing.Identifiers {
		if x.Kind != "planted" {
			continue
		}
		n, ok := index[x.Alias]
		if !ok {
			t.Errorf("%s is in no row of the ledger", x.Alias)
		}
		for _, r := range x.Recipients {
			got[n] = withNew(got[n], company[r.Recipient])
		}
	}
	return several(got)
}

func withNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func several(m map[int][]string) map[int][]string {
	for k, list := range m {
		if len(list) < 2 {
			delete(m, k)
		}
		slices.Sort(list)
	}
	return m
}
