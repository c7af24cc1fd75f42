// Package generate makes up traffic of which everything is known: an invented
// subject's values, wrapped in random layers and put where apps put them,
// among noise and among values that only look like hers. The same flows are
// written as a HAR, as a mitmproxy dump and as packets, beside the subject's
// persona file and the truth, an item for each value sent.
//
// It is test equipment: it shares no code with the readers, the decoders and
// the detector that are measured with it. Nothing comes from the clock: the
// same seed makes the same bytes.
package generate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/constat/constat/lab/encode"
	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/lab/truth"
)

// Names of the files that Generate writes.
const (
	HAR     = "capture.har"
	Mitm    = "capture.mitm"
	Pcapng  = "capture.pcapng"
	Persona = "persona.toml"
	Truth   = "truth.jsonl"
	Keys    = "keys.toml"   // keys, salts and letters of the invented app
	Strings = "strings.txt" // of the invented app's library, some of them keys
)

// Generate writes a capture of so many flows into dir, which is made if it is
// not there, with layers of a stratum. Memory does not grow with flows: each is
// written and forgotten.
func Generate(seed uint64, flows int, stratum Stratum, dir string) (err error) {
	if flows < 0 {
		return fmt.Errorf("%d flows", flows)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var open []func() error
	defer func() {
		for _, done := range open {
			err = errors.Join(err, done())
		}
	}()
	create := func(name string) (io.Writer, error) {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		w := bufio.NewWriterSize(f, 1<<16)
		open = append(open, func() error { return errors.Join(w.Flush(), f.Close()) })
		return w, nil
	}
	var out [4]io.Writer
	for i, name := range []string{HAR, Mitm, Pcapng, Truth} {
		if out[i], err = create(name); err != nil {
			return err
		}
	}
	m := newMaker(seed, stratum)
	for name, text := range map[string][]byte{Persona: m.subject.Persona(), Keys: encode.Rules(), Strings: encode.Strings()} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	har, mitm, packets := &harWriter{w: out[0]}, &mitmWriter{w: out[1]}, newPcapng(out[2])
	items := truth.NewWriter(out[3])
	for i := range flows {
		e := m.exchange(i)
		if err := errors.Join(har.add(e), mitm.add(e), packets.add(e)); err != nil {
			return err
		}
		for _, item := range e.items {
			items.Add(item)
		}
		if err := items.Err(); err != nil {
			return err
		}
	}
	return har.close()
}

// field is a name and a value of a header, a query or a cookie.
type field struct{ name, value string }

// socketMessage is a WebSocket message that the client sent.
type socketMessage struct {
	at   time.Time
	text bool
	data []byte
}

// exchange is one flow, in no format yet. Times are whole milliseconds, which
// all three formats can hold.
type exchange struct {
	index    int
	at       time.Time
	method   string
	host     string
	target   string // path and query, as in the request line
	query    []field
	cookies  []field
	headers  []field // as sent, Host, Cookie and Content-Length included
	mime     string  // of the body
	body     []byte
	socket   bool
	messages []socketMessage
	status   int
	answer   []byte
	rtt      time.Duration // of the handshake, in the packets
	port     uint16        // the client's
	server   [4]byte
	items    []truth.Item
}

// maker draws one exchange after the other.
type maker struct {
	seed    uint64
	stratum Stratum
	subject *subject.Subject
	others  []*subject.Subject
	hers    map[string]bool // everything of hers, as the digits and letters in it, sorted
	now     time.Time
	owed    *parcel // a decoy twin that had no room in the flow of its positive
}

func newMaker(seed uint64, stratum Stratum) *maker {
	m := &maker{seed: seed, stratum: stratum, subject: subject.New(seed), hers: map[string]bool{}}
	for i := range uint64(8) {
		m.others = append(m.others, subject.New(seed^(0xdec0_1000+i)))
	}
	for _, v := range m.subject.Values {
		m.hers[sorted(v.Value)] = true
	}
	r := rand.New(rand.NewPCG(seed, 1))
	m.now = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(200*24*3600)) * time.Second)
	return m
}

// exchange draws the flow with an index; they must be asked for in order.
func (m *maker) exchange(index int) *exchange {
	r := rand.New(rand.NewPCG(m.seed, uint64(index)<<8|2))
	e := m.blank(r, index)
	if m.owed != nil {
		c, parcels := m.owed.carrier, []parcel{*m.owed}
		m.owed = nil
		e.carry(r, c, parcels)
		return e
	}
	c := carriers[r.IntN(len(carriers))]
	e.carry(r, c, m.parcels(r, c))
	return e
}

// blank is a flow with nothing in it yet.
func (m *maker) blank(r *rand.Rand, index int) *exchange {
	m.now = m.now.Add(time.Duration(5+r.IntN(400)) * time.Millisecond)
	h := r.IntN(len(hosts))
	return &exchange{
		index: index, at: m.now, method: "POST", host: hosts[h], status: 200, answer: []byte(`{"ok":true}`),
		rtt: time.Duration(4+r.IntN(180)) * time.Millisecond, port: uint16(20000 + index%40000),
		server: [4]byte{198, 51, 100, byte(10 + h)}, // RFC 5737
	}
}

// carry puts parcels into the flow.
func (e *exchange) carry(r *rand.Rand, c carrier, parcels []parcel) {
	for i := range parcels { // a name stands once in a message
		for j := range i {
			if parcels[j].name == parcels[i].name {
				parcels[i].name += strconv.Itoa(i)
			}
		}
		parcels[i].carrier = c
	}
	c.fill(r, e, parcels)
	e.finish(r, parcels)
}

// hosts are where the invented app sends things (RFC 2606).
var hosts = []string{
	"api.quinze-clips.example", "log.quinze-clips.example", "upload.quinze-clips.example", "mon.reglisse-data.example",
	"sdk.tournepub.example", "events.mesurette.example", "t.pixelune.example", "collect.boussole-stats.example",
	"crash.filet-app.example", "ads.grandvoile.example", "sync.lanterne-id.example", "cfg.quinze-cdn.example",
}
