// Command questions writes an Audit document with a ledger of any length, for
// measuring how fast constat ask answers. Its rows have the shape and the length
// of those of a long session: 40 hosts, 58 data types, every moment, values that
// differ from row to row, in messages of one to six rows; every host gets every
// type, each in one form. With -wild the form is another in every row, which no
// app does: then hardly two rows are alike.
//
//	go run ./bench/questions -rows 1000000 > audit.json
package main

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

var types = strings.Fields(`contact.phone contact.email contact.username contact.name contact.birthdate account.user_id account.session
device.imei device.imsi device.serial device.mac device.android_id device.ad_id device.vendor_id device.install_id device.model device.os
device.user_agent device.screen device.language device.timezone device.battery device.fingerprint device.cpu device.memory network.public_ip
network.local_ip network.ssid network.bssid network.carrier network.type location.precise location.coarse content.draft content.media
content.message content.clipboard content.search content.browsing content.keystrokes content.activity social.contact_name social.contact_phone
social.contact_email biometric.face_vector biometric.voice system.installed_apps system.calendar system.files inference.interest app.package
app.version app.property app.install_time app.foreground app.session finance.card credential.password`)

var roles = []string{"first party", "analytics", "advertising", "attribution", "cdn", "unknown", "crash reporting"}

var (
	forms    = []string{"clear", "encoded", "hashed", "truncated"}
	verdicts = []string{"clear", "reversible", "brute_forceable", "pseudonym"}
	grades   = []string{"A", "A", "B", "C"}
)

func main() {
	rows := flag.Int("rows", 1_000_000, "`rows` of the ledger")
	wild := flag.Bool("wild", false, "every form of every value to everybody")
	seed := flag.Uint64("seed", 1, "of what is random")
	flag.Parse()
	w := bufio.NewWriterSize(os.Stdout, 1<<20)
	write(w, *rows, *wild, rand.New(rand.NewPCG(*seed, 2)))
	if err := w.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "questions:", err)
		os.Exit(1)
	}
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func write(w *bufio.Writer, rows int, wild bool, r *rand.Rand) {
	type host struct{ json, name string }
	hosts := make([]host, 40)
	var coverage []string
	for i := range hosts {
		owner := fmt.Sprintf("Company %d", i/3)
		name := fmt.Sprintf("h%d.d%d.example", i, i/2)
		country := pick(r, "FR", "IE", "US", "CN", "SG", "")
		ref := fmt.Sprintf(`{"id":"r%d","host":"%s","domain":"d%d.example","owner":"%s","role":"%s","ip":"192.0.2.%d","asn":64500,"country":"%s","place":"%s"}`,
			i/2, name, i/2, owner, roles[i%len(roles)], i+1, country, pick(r, "consistent (weak)", "undetermined"))
		hosts[i] = host{ref, name}
		coverage = append(coverage, fmt.Sprintf(`{"recipient":"r%d","host":"%s","servers":[%s],"flows":100,"bytes_out":100000,"read":99900,"opaque":100,"not_captured":0,"unknown_size":0,"first_s":0,"last_s":3600}`, i/2, name, ref))
	}
	fmt.Fprintf(w, "{\n  \"schema\": \"https://constat.dev/schema/audit-1.json\",\n  \"tool\": {\"name\":\"constat\",\"version\":\"bench\",\"go\":\"\",\"tier\":\"deep\"},\n  \"inputs\": [],\n  \"subject\": {\"values\":[]},\n  \"headline\": {\"duration_s\":3600,\"flows\":%d},\n  \"recipients\": [],\n  \"groups\": [],\n  \"transfers\": [", rows/3+1)
	start := time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	flow, left := 0, 0
	var ref, method, protocol string
	var to int
	var act, state, consent string
	draft, signed, since := false, false, 0.0
	for i := range rows {
		if left == 0 {
			flow++
			left = 1 + r.IntN(6)
			to = r.IntN(len(hosts))
			h := hosts[to]
			ref, method, protocol = h.json, pick(r, "POST", "GET"), pick(r, "http/1.1", "h2")
			since += r.Float64()
			if r.IntN(40) == 0 {
				since = 0
				act = pick(r, "app-opened", "record", "next", "post", "save-draft", "discard", "sign-up")
				state, consent = pick(r, "foreground", "foreground", "background", "screen-off"), pick(r, "none", "accepted", "refused")
				draft, signed = r.IntN(3) == 0, r.IntN(2) == 0
			}
		}
		left--
		n := r.IntN(len(types))
		t := types[n]
		planted := pick(r, "null", "null", fmt.Sprint(r.IntN(30)))
		as := n + to
		if wild {
			as = r.IntN(256)
		}
		form, anonymity, grade := forms[as%4], verdicts[as/4%4], grades[as/16%4]
		at := float64(i) * 3600 / float64(rows)
		if i > 0 {
			w.WriteByte(',')
		}
		fmt.Fprintf(w, "\n    {\"id\":\"t%d\",\"data_type\":\"%s\",\"value_redacted\":\"a•••%d@•••\",\"alias\":\"%s-%d\",\"persona_value\":%s,\"form\":\"%s\",\"anonymity\":{\"verdict\":\"%s\",\"singling_out\":\"yes\",\"linkability\":\"yes\",\"inference\":\"unknown\",\"means\":\"anyone\"},\"grade\":\"%s\",\"method\":\"known value\",\"confidence\":0.99,\"reason\":\"value of the persona, whole, between delimiters, under a key that names its type\",\"derivation\":[\"request.body\",\"gzip\",\"json $.events[%d].props.dev.id\",\"percent\"],\"flow\":{\"id\":\"f%d\",\"method\":\"%s\",\"url\":\"https://host.example/service/2/app_log/?aid=•••&device_id=•••&iid=•••&ts=•••\",\"protocol\":\"%s\",\"input\":0,\"offset\":%d,\"length\":%d},\"part\":\"request.body\",\"range\":{\"offset\":%d,\"length\":17},\"app\":\"com.example.video\",\"bytes\":%d,\"time\":\"%s\",\"offset_s\":%.6f,\"state\":\"%s\",\"act\":\"%s\",\"since_act_s\":%.6f,\"consent\":\"%s\",\"draft_open\":%t,\"clip_fate\":\"%s\",\"clip_ended\":\"\",\"signed_up\":%t,\"moment_unsure\":false,\"recipient\":%s}",
			i+1, t, r.IntN(100000), t, r.IntN(5000), planted, form, anonymity, grade,
			r.IntN(200), flow, method, protocol, i*700, 400+r.IntN(4000), r.IntN(4000), 200+r.IntN(8000), start.Add(time.Duration(at*1e9)).Format(time.RFC3339Nano), at, state, act, since, consent, draft, pick(r, "", "discard"), signed, ref)
	}
	fmt.Fprintf(w, "\n  ],\n  \"coverage\": [%s],\n  \"verdicts\": [],\n  \"lanes\": [],\n  \"sources\": [],\n  \"limits\": [],\n  \"errors\": []\n}\n", strings.Join(coverage, ","))
}
