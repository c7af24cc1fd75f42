// Package truth is what the lab knows: every item of personal data that its
// apps sent, written down by the sender at the moment of sending. A detector
// is measured against this file; it is never made from what a detector said.
//
// A truth file has one JSON object a line (truth.jsonl), each an Item.
package truth

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Item is one value that was sent once. A message with three values has three
// items.
type Item struct {
	Seq      int    `json:"seq"`       // from 1, in the order of sending
	DataType string `json:"data_type"` // id of the taxonomy, "contact.phone"
	Value    string `json:"value"`     // as the sender had it, before any step; "" for media, see Size
	Subject  int    `json:"subject"`   // index of the value in the subject's persona file, -1: somebody else's, or no planted value
	Form     string `json:"form"`      // clear|encoded|hashed|truncated|encrypted|media
	// Chain has the steps that were applied to the value, innermost first, by
	// the names of package encode; the carrier's own syntax is no step.
	Chain   []string `json:"chain"`
	Carrier string   `json:"carrier"` // where in the message: "json", "form", "query", "header", "cookie", "multipart", "path", "websocket", "raw", …
	Field   string   `json:"field,omitempty"`
	Size    int      `json:"size,omitempty"` // bytes, of media

	Time  time.Time `json:"time"`          // when sending began, by the lab's clock
	Made  time.Time `json:"made,omitzero"` // when the app made the message, if it had to wait for a network
	Host  string    `json:"host"`
	Path  string    `json:"path"`           // of the URL, without the query
	Flow  string    `json:"flow,omitempty"` // "f12": of a generated capture, where it stands; "" when the capture was live
	State string    `json:"state,omitempty"`
	Act   string    `json:"act,omitempty"` // the user's last act
	Why   string    `json:"why,omitempty"` // the switch that made the app send it; "" for what the app is for

	// Of a generated capture: how the steps were drawn (a stratum of package
	// generate), from what, and how many of them are transformations rather
	// than structure that the value can be read in.
	Stratum         string `json:"stratum,omitempty"`
	Family          string `json:"family,omitempty"`
	Transformations int    `json:"transformations,omitempty"`

	// Decoy: looks like personal data of the subject and is none. Whoever
	// reports it as the subject's is wrong.
	Decoy bool `json:"decoy,omitempty"`
	// Expected misses are sent in a way that no traffic analysis can undo (a
	// salt nobody knows): they keep the figures honest and are counted apart.
	Beyond string `json:"beyond,omitempty"`
}

// Depth is the number of steps between the value and the message.
func (i *Item) Depth() int { return len(i.Chain) }

// Writer writes items. Its methods are for any goroutine.
type Writer struct {
	mu  sync.Mutex
	out io.Writer
	n   int
	err error
}

// NewWriter returns a Writer on out.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Add numbers an item and writes it. A zero Time is now.
func (w *Writer) Add(i Item) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n++
	i.Seq = w.n
	if i.Time.IsZero() {
		i.Time = time.Now()
	}
	if i.Chain == nil {
		i.Chain = []string{}
	}
	b, err := json.Marshal(i)
	if err == nil {
		_, err = w.out.Write(append(b, '\n'))
	}
	if w.err == nil {
		w.err = err
	}
}

// Err is the first error of writing.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// longest is how many bytes a line can have.
const longest = 16 << 20

// Load reads a truth file. An error of a line names it.
func Load(path string) ([]Item, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var items []Item
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, longest)
	n := 1
	for ; sc.Scan(); n++ {
		var i Item
		if err := json.Unmarshal(sc.Bytes(), &i); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, n, err)
		}
		items = append(items, i)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s, line %d: %w", path, n, err)
	}
	return items, nil
}
