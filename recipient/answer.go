package recipient

import (
	"net/textproto"
	"strconv"
	"strings"

	"github.com/constat/constat/flow"
)

// wholeRequest is the longest request, in bytes of content, of which it may be
// said that it left in one flight (the initial window of RFC 6928 is some
// 14 kB). Of a longer one the server may have answered the beginning, and the
// time from its last byte would be shorter than a round trip.
const wholeRequest = 8 << 10

// Dynamic reports whether the first byte of a reply bounds where the reply was
// computed: whoever sent that byte had read the request, and had to make the
// answer for it. Then the path out and back cannot be shorter than light, by
// the triangle inequality however many machines stood between.
//
// It must say no where an edge could have answered out of its own store or by
// itself: interim replies (Timing is of the final one, and 101 is no reply),
// redirects and refusals, empty replies, anything with an Age or a cache hit,
// a pushed stream, a request that was answered on the device. It must also say
// no without TLS, where anybody on the path may answer.
//
// What remains is a reply with content, status 200 or 201, to a method that
// changes something, or one that says itself that it is for this client alone
// (Cache-Control private or no-store, Set-Cookie).
func Dynamic(f *flow.Flow) bool {
	q, a := f.Request, f.Response
	switch {
	case f.Kind != flow.HTTP || q == nil || a == nil || !secure(f) || f.Control != nil:
		return false
	case a.Status != 200 && a.Status != 201:
		return false
	case f.Protocol == "HTTP/2" && f.Stream != nil && *f.Stream%2 == 0: // pushed: not an answer to this request
		return false
	case content(q.Headers, q.Body) > wholeRequest || !filled(a.Headers, a.Body):
		return false
	case content(q.Headers, q.Body) < 0 && !strings.EqualFold(q.Method, "GET"):
		return false // how long the request was is not known
	case notSent(f) || cached(a.Headers):
		return false
	}
	switch strings.ToUpper(q.Method) {
	case "POST", "PUT", "PATCH", "DELETE":
		return true
	case "GET":
		return personal(a.Headers)
	}
	return false
}

// secure reports whether the exchange was authenticated.
func secure(f *flow.Flow) bool {
	return f.TLS != nil || f.Request != nil && strings.HasPrefix(strings.ToLower(f.Request.URL), "https:")
}

// content is the length of a message's content, -1 if nothing tells.
func content(h []flow.Field, b flow.Body) int64 {
	n := max(b.Size, int64(len(b.Data))+b.Cut)
	if said, err := strconv.ParseInt(flow.Header(h, "Content-Length"), 10, 64); err == nil {
		n = max(n, said)
	}
	if n == 0 && b.Size < 0 {
		return -1
	}
	return n
}

// filled reports whether the reply is known to have content.
func filled(h []flow.Field, b flow.Body) bool {
	return content(h, b) > 0 && flow.Header(h, "Content-Length") != "0"
}

// notSent are the notes of readers on exchanges that no server answered.
func notSent(f *flow.Flow) bool {
	for _, n := range f.Notes {
		if strings.Contains(n, "from cache") || strings.Contains(n, "never sent") || strings.Contains(n, "replayed") {
			return true
		}
	}
	return false
}

// cached reports whether any field says that a store had the answer. Caches
// have no common word for it (RFC 9211 is young), so every field with "cache"
// in its name is looked at.
func cached(h []flow.Field) bool {
	for _, x := range h {
		name, value := textproto.CanonicalMIMEHeaderKey(x.Name), strings.ToLower(x.Value)
		lower := strings.ToLower(name)
		switch {
		case name == "Age" || name == "Warning":
			return true
		case name == "Cache-Control" || name == "Cdn-Cache-Control" || name == "Surrogate-Control":
			continue
		case strings.Contains(lower, "cachetime") || strings.HasSuffix(lower, "cache-hits") || strings.HasSuffix(lower, "hits"):
			if strings.ContainsAny(value, "123456789") { // hits so far; seconds that it lay there
				return true
			}
		case name == "X-Varnish":
			if len(strings.Fields(value)) > 1 { // the request that stored it comes second
				return true
			}
		case strings.Contains(lower, "cache") || name == "Via" || name == "Server-Timing" || name == "X-Served-By":
			for _, word := range strings.FieldsFunc(value, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' }) {
				switch {
				case word == "h" && name == "Via", // Alibaba: [0,0,200-0,H]
					strings.Contains(word, "hit"), word == "stale", word == "updating", word == "revalidated",
					word == "prerender", word == "static":
					return true
				}
			}
		}
	}
	return false
}

// edgeCookies begin the names of cookies that edges and balancers set by
// themselves: they say nothing of the reply.
var edgeCookies = []string{"__cf", "_cf", "cf_", "ak_", "_abck", "bm_", "awsalb", "awselb", "incap_", "visid_incap", "nlbi_", "route=", "serverid"}

// personal reports whether the reply says that it is for this client alone.
func personal(h []flow.Field) bool {
	for _, x := range h {
		value := strings.ToLower(strings.TrimSpace(x.Value))
		switch textproto.CanonicalMIMEHeaderKey(x.Name) {
		case "Cache-Control":
			if strings.Contains(value, "private") || strings.Contains(value, "no-store") {
				return true
			}
		case "Set-Cookie":
			own := true
			for _, e := range edgeCookies {
				own = own && !strings.HasPrefix(value, e)
			}
			if own {
				return true
			}
		}
	}
	return false
}
