package generate

import (
	"iter"
	"math/rand/v2"

	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/lab/truth"
)

// Request is a message in memory, as whoever reads a capture sees it.
type Request struct {
	Method, URL string
	Headers     [][2]string
	MediaType   string
	Body        []byte
	Socket      []SocketMessage
}

// SocketMessage is a WebSocket message of a Request.
type SocketMessage struct {
	Text bool
	Data []byte
}

// Sample is one value of the subject's in one message, and somebody else's in
// another with the same layers.
type Sample struct {
	Item    truth.Item
	Request Request
	Twin    *Request // nil: the other value does not fit in, or is hers by chance
}

// Samples draws values of the subject's one by one, without end, for scoring
// without files. Those with so many steps (transformations, in Uniform and Core) only
// if depth is not negative.
func Samples(seed uint64, stratum Stratum, depth int) (*subject.Subject, iter.Seq[Sample]) {
	m := newMaker(seed, stratum)
	return m.subject, func(yield func(Sample) bool) {
		for index := 0; ; index++ {
			r := rand.New(rand.NewPCG(seed, uint64(index)<<8|3))
			c := carriers[r.IntN(len(carriers))]
			i := r.IntN(len(m.subject.Values))
			for depth >= 0 && common(m.subject.Values[i]) {
				i = r.IntN(len(m.subject.Values))
			}
			p := m.positive(r, i, depth, c)
			twin, ok := m.twin(r, &p, c)
			s := Sample{}
			s.Request, s.Item = m.alone(r, index, p)
			if ok {
				q, _ := m.alone(r, index, twin)
				s.Twin = &q
			}
			if !yield(s) {
				return
			}
		}
	}
}

// alone puts a parcel into a flow with nothing but noise beside it.
func (m *maker) alone(r *rand.Rand, index int, p parcel) (Request, truth.Item) {
	e := m.blank(r, index)
	all := []parcel{p}
	for n := r.IntN(4); n > 0 && !p.carrier.single; n-- {
		all = append(all, noise(r))
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	e.carry(r, p.carrier, all)
	q := Request{Method: e.method, URL: "https://" + e.host + e.target, MediaType: e.mime, Body: e.body}
	for _, h := range e.headers {
		q.Headers = append(q.Headers, [2]string{h.name, h.value})
	}
	for _, msg := range e.messages {
		q.Socket = append(q.Socket, SocketMessage{msg.text, msg.data})
	}
	return q, e.items[0]
}
