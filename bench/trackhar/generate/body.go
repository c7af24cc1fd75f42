package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
)

// field is a name and a value, in the order sent.
type field struct {
	name, value string
	bare        bool // a JSON number or literal, not a string
}

// endpoint is where an entry goes. TrackHAR has an adapter for the known
// ones and then reads the fields it knows instead of searching values.
type endpoint struct {
	url   string
	body  string            // body kind it insists on, "" for any
	names map[string]string // data type → field name of its API
}

var unknownEndpoints = []endpoint{
	{url: "https://log.upstream.example/service/2/app_log/"},
	{url: "https://mon.upstream.example/monitor/collect/batch/"},
	{url: "https://api16-core.clips.example/aweme/v1/stats/"},
	{url: "https://api16-core.clips.example/aweme/v1/device/benchmark/"},
	{url: "https://events.metrics.example/v2/track"},
	{url: "https://rt.adexchange.example/bid/request"},
	{url: "https://im.clips.example/v1/message/send"},
	{url: "https://pixel.social.example/tr/"},
}

var knownEndpoints = []endpoint{
	{url: "https://api2.branch.io/v1/open", body: "json", names: map[string]string{
		"device.ad_id": "google_advertising_id", "device.android_id": "hardware_id",
		"account.user_id": "identity", "network.local_ip": "local_ip"}},
	{url: "https://app.adjust.com/event", body: "form", names: map[string]string{
		"device.ad_id": "gps_adid", "device.android_id": "android_id", "device.vendor_id": "idfv"}},
}

// kinds of body and their shares of 100.
var kinds = []struct {
	share int
	kind  string
}{{52, "json"}, {22, "form"}, {13, "json in json"}, {13, "gzip+base64 in json"}}

func pickKind(r *rand.Rand) string {
	share := r.IntN(100)
	for _, k := range kinds {
		if share -= k.share; share < 0 {
			return k.kind
		}
	}
	panic("shares do not add up to 100")
}

// encode writes the fields as a body of the kind.
func encode(kind string, fields []field) (mime, body string) {
	switch kind {
	case "form":
		parts := make([]string, len(fields))
		for i, f := range fields {
			parts[i] = url.QueryEscape(f.name) + "=" + url.QueryEscape(f.value)
		}
		return "application/x-www-form-urlencoded", strings.Join(parts, "&")
	case "json":
		return "application/json", nested(fields)
	case "json in json":
		outer := []field{{name: "event", value: "batch"}, {name: "data", value: nested(fields)}}
		return "application/json; charset=utf-8", flat(outer)
	case "gzip+base64 in json":
		var z bytes.Buffer
		w := zipper
		w.Reset(&z)
		w.Write([]byte(nested(fields)))
		w.Close()
		outer := []field{{name: "magic_tag", value: "ss_app_log"}, {name: "payload", value: base64.StdEncoding.EncodeToString(z.Bytes())}}
		return "application/json; charset=utf-8", flat(outer)
	}
	panic("no such kind of body: " + kind)
}

// zipper is reused: making one costs a megabyte.
var zipper = gzip.NewWriter(nil)

// nested spreads the fields over a header, a device object and a list of
// events, as analytics batches do.
func nested(fields []field) string {
	var b strings.Builder
	third := len(fields) / 3
	b.WriteString(strings.TrimSuffix(flat(fields[:third]), "}"))
	if third > 0 {
		b.WriteByte(',')
	}
	b.WriteString(`"header":`)
	b.WriteString(flat(fields[third : 2*third]))
	b.WriteString(`,"event_v3":[`)
	for rest, first := fields[2*third:], true; len(rest) > 0; first = false {
		n := min(6, len(rest))
		if !first {
			b.WriteByte(',')
		}
		b.WriteString(`{"event":"`)
		b.WriteString(words[len(rest)%len(words)])
		b.WriteString(`","params":`)
		b.WriteString(flat(rest[:n]))
		b.WriteByte('}')
		rest = rest[n:]
	}
	b.WriteString(`]}`)
	return b.String()
}

func flat(fields []field) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(f.name))
		b.WriteByte(':')
		if f.bare {
			b.WriteString(f.value)
		} else {
			b.WriteString(quote(f.value))
		}
	}
	b.WriteByte('}')
	return b.String()
}

// quote writes a JSON string as JSON.stringify does.
func quote(s string) string {
	if !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == '"' || c == '\\' || c > '~' }) {
		return `"` + s + `"`
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}

var words = strings.Fields("app_launch page_view play_time video_over enter_page click_button rd_network feed_request scroll like_show stay_duration session_end")

var names = strings.Fields("ab_version ac access aid app_version battery build_mode bytes cache_hit channel cpu_abi dns_time duration enter_from error_code event_id fps frame_drops group_id impr_id index is_background item_id language latency_ms log_pb_id memory net_level network_type order page play_count position previous_page req_id resolution retry rit sdk_version seq server_time session_seq show_time source stage status tab_name time timezone_name trace_id type update_version_code video_bitrate volume width")

// noise is a field that says nothing of the persona: a counter, a time, a
// word, an id, a digest or a token.
func noise(r *rand.Rand) field {
	f := field{name: names[r.IntN(len(names))]}
	switch r.IntN(10) {
	case 0, 1, 2:
		f.value, f.bare = strconv.Itoa(r.IntN(100_000)), true
	case 3:
		f.value, f.bare = strconv.FormatInt(1_760_000_000_000+r.Int64N(10_000_000_000), 10), true
	case 4, 5, 6:
		f.value = words[r.IntN(len(words))]
	case 7: // a 64-bit id
		f.value = strconv.FormatUint(6_900_000_000_000_000_000+r.Uint64N(500_000_000_000_000_000), 10)
	case 8: // a version 4 UUID, or a digest
		h := random(r, hexDigits, 32)
		if r.IntN(3) == 0 {
			f.value = h
		} else {
			f.value = h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
		}
	case 9:
		f.value = random(r, base64Digits, 20+r.IntN(60))
	}
	return f
}

const (
	hexDigits    = "0123456789abcdef"
	base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

func random(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}
