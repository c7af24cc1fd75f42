#!/usr/bin/env bash
# Records the packet captures of testdata/packets: real clients against an
# origin that writes what it saw, in a network namespace that has a loopback
# interface and nothing else.
#
#   record.sh                 all, then packs them into testdata/packets
#   record.sh h2-curl dns …   these only, into $OUT, without packing
#
# Needs root (for the namespace), Go, tshark (dumpcap, editcap), tcpdump, curl,
# openssl, gcc and libssl-dev, chromium, firefox-esr, node, java 17, python3,
# bind9-dnsutils, mosquitto, mosquitto-clients, zstd; and aioquic, found by
# $AIOQUIC (a python with it; default: python3). What is missing is skipped,
# with a line that says so.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
export OUT=${OUT:-${TMPDIR:-/tmp}/constat-packets}
export AIOQUIC=${AIOQUIC:-python3}

if [ -z "${INSIDE:-}" ]; then
	mkdir -p "$OUT/bin"
	for program in origin client mangle pack; do
		go build -o "$OUT/bin/$program" "./$program"
	done
	gcc -shared -fPIC -O1 -o "$OUT/bin/keylog.so" keylog.c -ldl || echo "record.sh: no gcc or libssl-dev: no key log for mosquitto" >&2
	for module in github.com/quic-go/quic-go google.golang.org/grpc github.com/coder/websocket; do
		go list -m -f '{{.Path}} {{.Version}}' $module
	done | sed 's|^google.golang.org/grpc|grpc-go|; s|^github.com/||; s|/| |; s|^quic-go quic-go|quic-go|; s|^coder websocket|coder/websocket|' >"$OUT/modules"
	INSIDE=1 unshare --net --mount --uts "$here/record.sh" "$@"
	[ $# -gt 0 ] || "$OUT/bin/pack" -from "$OUT" -to ../../packets
	exit
fi

# The namespace: documentation addresses (RFC 5737, RFC 3849), a name that
# tells nothing, packets of a size that a network carries. With one segment a
# packet the kernel hands the capture what a wire would have.
hostname quinze-build
ip link set lo up mtu 1500
ip link set lo gso_max_segs 1
ip addr add 192.0.2.10/32 dev lo
ip route add local 198.51.100.0/24 dev lo src 192.0.2.10
ip -6 addr add 2001:db8::10/128 dev lo nodad
ip -6 addr add 2001:db8:1::1/128 dev lo nodad
work=$(mktemp -d /tmp/quinze.XXXXXX)
pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done; rm -rf "$work"' EXIT
printf '127.0.0.1 localhost quinze-build\n198.51.100.1 app.quinze.test log.quinze.test\n198.51.100.2 cdn.quinze.test\n2001:db8:1::1 six.quinze.test\n' >"$work/hosts"
echo "nameserver 198.51.100.53" >"$work/resolv.conf"
mount --bind "$work/hosts" /etc/hosts
mount --bind "$work/resolv.conf" "$(readlink -f /etc/resolv.conf)"
export HOME=$work/home PATH=$OUT/bin:$PATH
mkdir -p "$HOME"
app=https://app.quinze.test

# Throw-away keys and certificates, made anew each time: an authority, a leaf
# with a P-256 key, a leaf with an RSA key.
certificates() {
	cd "$work"
	cat >leaf.cnf <<-'END'
		subjectAltName = DNS:app.quinze.test, DNS:log.quinze.test, DNS:cdn.quinze.test, DNS:six.quinze.test, DNS:mqtt.quinze.test, DNS:dns.quinze.test
		extendedKeyUsage = serverAuth
		basicConstraints = critical, CA:FALSE
	END
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 3650 -subj "/O=Invented for a recording/CN=constat test authority" -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
	local kind
	for kind in ec rsa; do
		if [ $kind = ec ]; then openssl ecparam -name prime256v1 -genkey -noout -out ec.key; else openssl genrsa -out rsa.key 2048 2>/dev/null; fi
		openssl req -new -key $kind.key -subj "/O=Invented for a recording/CN=app.quinze.test" -out $kind.csr
		openssl x509 -req -in $kind.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -extfile leaf.cnf -out $kind.leaf.pem 2>/dev/null
		cat $kind.leaf.pem ca.pem >$kind.pem
	done
	spki=$(openssl x509 -in ec.leaf.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)
	cd "$here"
}
certificates

wanted=("$@")
wants() {
	[ ${#wanted[@]} -eq 0 ] && return
	local w
	for w in "${wanted[@]}"; do [ "$w" = "$1" ] && return; done
	return 1
}
has() { command -v "$1" >/dev/null || { echo "record.sh: skipped: no $1" >&2; return 1; }; }

# serve COMMAND… starts an origin that prints "ready" and ends with its input.
serve() {
	rm -f "$work/hold" "$work/ready"
	mkfifo "$work/hold"
	"$@" <"$work/hold" >"$work/ready" 2>>"$OUT/$name.log" &
	server=$!
	pids+=($server)
	exec 3>"$work/hold"
	for _ in $(seq 100); do grep -q ready "$work/ready" 2>/dev/null && return; sleep 0.1; done
	echo "record.sh: $name: the origin did not start" >&2
	return 1
}
unserve() { exec 3>&-; wait "$server" || true; }

# capture starts $tool, which writes $OUT/$name.pcapng (or $file).
capture() {
	local file=${file:-$OUT/$name.pcapng}
	case ${tool:-dumpcap} in
	dumpcap) dumpcap -q -i lo -w "$file" -s "${snap:-262144}" -f 'not net 127.0.0.0/8' 2>"$work/dumpcap" & ;;
	tcpdump) tcpdump -q -n --immediate-mode -B 65536 -U -i "${interface:-lo}" -w "$file" -s "${snap:-262144}" ${tcpdump_options:-} 2>"$work/dumpcap" & ;;
	esac
	tap=$!
	pids+=($tap)
	for _ in $(seq 100); do [ -s "$file" ] && break; sleep 0.1; done
	sleep 0.3
}
uncapture() { sleep 1.2; kill -INT "$tap"; wait "$tap" || true; }

# record NAME HOW "ORIGIN COMMAND" COMMAND…
# Variables: tool, snap, interface, file; keys=inject|beside|late|none, said in
# NAME.keys.how, and how it was made in NAME.how.
record() {
	name=$1 how=$2 origin=$3
	shift 3
	wants "$name" || return 0
	echo "record.sh: $name" >&2
	rm -f "$OUT/$name".*
	keylog=$OUT/$name.keys
	echo "$how" >"$OUT/$name.how"
	echo "${keys:-inject}" >"$OUT/$name.keys.how"
	local words
	eval "words=($origin)"
	serve "${words[@]}"
	capture
	"$@" >>"$OUT/$name.log" 2>&1 || echo "record.sh: $name: the client ended with $? (see $OUT/$name.log)" >&2
	uncapture
	unserve
}

go_origin='origin -log $OUT/$name.origin -cert $work/ec.pem -key $work/ec.key -pages $here/page'
rsa_origin='origin -log $OUT/$name.origin -cert $work/rsa.pem -key $work/rsa.key'
tls="$go_origin -tls 198.51.100.1:443"
ossl='python3 openssl.py $OUT/$name.origin $work/rsa.pem $work/rsa.key 198.51.100.1:443'

# --- curl

head -c 1048576 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2>/dev/null >"$work/mega"
head -c 12000 "$work/mega" >"$work/clip"
head -c 1048576 /dev/zero | tr '\0' q >"$work/even"
printf '{"app":"quinze","note":"%s"}' "$(yes quinze | head -40 | tr '\n' ' ')" >"$work/doc.json"
gzip -nc "$work/doc.json" >"$work/doc.json.gz"
printf '\x08\x96\x01\x12\x06quinze' >"$work/pb"

curls() { # CURL OPTIONS… URL as last
	local url=${*: -1}
	set -- "${@:1:$#-1}"
	SSLKEYLOGFILE=$keylog timeout 60 curl -sS -k -o /dev/null "$@" \
		"$url/json?device=quinze-15&q=%20x" -H 'X-Quinze: 1' -H 'x-lower: two  words ' -b quinze_session=0123456789abcdef --next -sS -k -o /dev/null "$@" \
		"$url/gzip" --compressed --next -sS -k -o /dev/null "$@" \
		"$url/br" -H 'Accept-Encoding: br' --next -sS -k -o /dev/null "$@" \
		"$url/chunked" --next -sS -k -o /dev/null "$@" \
		"$url/trailers" -H 'TE: trailers' --next -sS -k -o /dev/null "$@" \
		"$url/early" --next -sS -k -o /dev/null "$@" \
		"$url/fields" --next -sS -k -o /dev/null "$@" \
		"$url/padded" --next -sS -k -o /dev/null "$@" \
		"$url/status/204" --next -sS -k -o /dev/null "$@" \
		"$url/bytes/0" --next -sS -k -o /dev/null "$@" \
		-I "$url/json" --next -sS -k -o /dev/null "$@" \
		"$url/events" --next -sS -k -o /dev/null "$@" \
		-X POST -d '' "$url/empty" --next -sS -k -o /dev/null "$@" \
		-H 'Content-Type: application/json' --data-binary "@$work/doc.json" "$url/v1/batch" --next -sS -k -o /dev/null "$@" \
		-H 'Content-Encoding: gzip' --data-binary "@$work/doc.json.gz" "$url/v1/batch" --next -sS -k -o /dev/null "$@" \
		-H 'Content-Type: application/x-protobuf' --data-binary "@$work/pb" "$url/v1/pb" --next -sS -k -o /dev/null "$@" \
		-F 'caption=marée basse' -F "clip=@$work/clip;filename=clip.mp4" "$url/v1/clip" --next -sS -k -o /dev/null "$@" \
		-T "$work/clip" -H 'Expect: 100-continue' "$url/v1/expect" --next -sS -k -o /dev/null "$@" \
		-T - "$url/v1/stream" --next -sS -k -o /dev/null "$@" \
		"$url/bytes/30000" --next -sS -k -o /dev/null "$@" \
		"$url/close" <"$work/clip"
}
mega() { SSLKEYLOGFILE=$keylog timeout 60 curl -sS -k -o /dev/null "$@"; }

record h1-curl "curl over HTTP/1.1 and TLS 1.3" "$tls" curls --http1.1 $app
record h2-curl "curl over HTTP/2 and TLS 1.3" "$tls" curls --http2 $app
record h1-plain-curl "curl over HTTP/1.1 in the clear" "$go_origin -plain 198.51.100.1:80" curls --http1.1 http://app.quinze.test
known() { # curl 7.88 fails when it uses such a connection again
	local p
	for p in /json /gzip /trailers /events; do timeout 20 curl -sS -o /dev/null --http2-prior-knowledge "http://app.quinze.test$p"; done
	timeout 20 curl -sS -o /dev/null --http2-prior-knowledge -F "clip=@$work/clip" http://app.quinze.test/v1/clip
}
record h2c-curl "curl over HTTP/2 in the clear, by prior knowledge" "$go_origin -plain 198.51.100.1:80" known
record h2c-upgrade-curl "curl asking HTTP/1.1 for h2c" "$go_origin -plain 198.51.100.1:80" curls --http2 http://app.quinze.test
record h2-curl-6 "curl over HTTP/2 and IPv6, TLS 1.2" "$go_origin -max 1.2 -tls [2001:db8:1::1]:443" curls --http2 --interface 2001:db8::10 https://six.quinze.test
record h2-mega-curl "one upload of 1 MiB over HTTP/2" "$tls" mega --http2 --data-binary "@$work/mega" $app/v1/upload
record h1-mega-curl "one upload of 1 MiB over HTTP/1.1 in the clear, 100-continue" "$go_origin -plain 198.51.100.1:80" mega --http1.1 -H 'Expect: 100-continue' --data-binary "@$work/even" http://app.quinze.test/v1/upload
offload() { ip link set lo mtu 65536 gso_max_segs 65535; curls --http2 $app; ip link set lo mtu 1500 gso_max_segs 1; }
record h2-curl-offload "curl over HTTP/2, packets of up to 64 kB as segmentation offload leaves them" "$tls" offload

# --- TLS: each suite of Go's TLS 1.2 that a client still offers, and 1.3

for suite in ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 ECDHE_ECDSA_WITH_AES_256_CBC_SHA; do
	one() { SSLKEYLOGFILE=$keylog timeout 20 curl -sS -k -o /dev/null --http1.1 --tls-max 1.2 --ciphers 'ALL:@SECLEVEL=0' --data-binary "@$work/doc.json" $app/v1/suite --next -sS -k -o /dev/null --http1.1 --tls-max 1.2 $app/bytes/20000; }
	record "tls12-${suite//_/-}" "TLS 1.2, TLS_$suite" "$tls -max 1.2 -suites TLS_$suite" one
done
for suite in RSA_WITH_AES_128_GCM_SHA256 RSA_WITH_AES_256_CBC_SHA; do
	one() { SSLKEYLOGFILE=$keylog timeout 20 curl -sS -k -o /dev/null --http1.1 --tls-max 1.2 --ciphers 'ALL:@SECLEVEL=0' --data-binary "@$work/doc.json" $app/v1/suite; cp "$work/rsa.key" "$OUT/$name.rsa"; }
	keys=beside record "tls12-${suite//_/-}" "TLS 1.2, TLS_$suite (RSA key exchange), with the server's key" "$rsa_origin -max 1.2 -suites TLS_$suite -tls 198.51.100.1:443" one
done
for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256; do
	one() { SSLKEYLOGFILE=$keylog timeout 20 curl -sS -k -o /dev/null --http2 --tls13-ciphers $suite --data-binary "@$work/doc.json" $app/v1/suite --next -sS -k -o /dev/null --http2 $app/bytes/20000; }
	record "tls13-${suite//_/-}" "TLS 1.3, $suite" "$tls" one
done

# --- OpenSSL at both ends

request() { printf 'POST %s HTTP/1.1\r\nHost: app.quinze.test\r\nContent-Length: %d\r\nX-Quinze: 1\r\n\r\n%s' "$1" "${#2}" "$2"; }
sclient() { timeout 20 openssl s_client -connect 198.51.100.1:443 -servername app.quinze.test -keylogfile "$keylog" -quiet -no_ign_eof "$@"; }
suites() { # CIPHERS…: a connection each
	local c
	for c in "$@"; do
		{ request "/v1/$c" "$(cat "$work/doc.json")"; sleep 0.4; request "/v1/again/$c" q; sleep 0.4; } | sclient -tls1_2 -cipher "$c:@SECLEVEL=0" || true
	done
}
all12="ALL:COMPLEMENTOFALL:eNULL:@SECLEVEL=0"
record tls12-openssl-cbc-etm "TLS 1.2 CBC suites with encrypt-then-MAC" "$ossl $all12 max=1.2" suites AES128-SHA AES256-SHA256 ECDHE-RSA-AES128-SHA256 ECDHE-RSA-AES256-SHA384
record tls12-openssl-cbc "TLS 1.2 CBC suites without encrypt-then-MAC" "$ossl $all12 max=1.2 no-etm" suites AES128-SHA AES256-SHA256 ECDHE-RSA-AES128-SHA256 ECDHE-RSA-AES256-SHA384
record tls12-openssl-ccm "TLS 1.2 CCM and CCM-8" "$ossl $all12 max=1.2" suites AES128-CCM AES256-CCM AES128-CCM8 AES256-CCM8
record tls12-openssl-null "TLS 1.2 suites without encryption" "$ossl $all12 max=1.2" suites NULL-SHA256 NULL-SHA ECDHE-RSA-NULL-SHA
record tls12-openssl-other "TLS 1.2 Camellia and ARIA: suites that few readers have" "$ossl $all12 max=1.2" suites CAMELLIA128-SHA ECDHE-ARIA128-GCM-SHA256
record tls12-openssl-no-ems "TLS 1.2 without the extended master secret" "$ossl $all12 max=1.2 no-ems" suites ECDHE-RSA-AES128-GCM-SHA256
old() { local v; for v in tls1 tls1_1; do { request "/v1/$v" "$(cat "$work/doc.json")"; sleep 0.4; } | sclient -$v -cipher "ALL:@SECLEVEL=0" || true; done; }
record tls10-openssl "TLS 1.0 and 1.1" "$ossl $all12 max=1.1" old
renegotiate() { { request /v1/before one; sleep 0.5; printf 'R\n'; sleep 0.7; request /v1/after two; sleep 0.5; } | timeout 20 openssl s_client -connect 198.51.100.1:443 -servername app.quinze.test -keylogfile "$keylog" -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 || true; }
record tls12-openssl-renegotiate "TLS 1.2, the client renegotiates between two requests" "$ossl $all12 max=1.2" renegotiate
update() { { request /v1/before one; sleep 0.5; printf 'K\n'; sleep 0.5; request /v1/after two; sleep 0.5; printf 'k\n'; sleep 0.5; request /v1/last three; sleep 0.5; } | timeout 20 openssl s_client -connect 198.51.100.1:443 -servername app.quinze.test -keylogfile "$keylog" -tls1_3 || true; }
record tls13-openssl-update "TLS 1.3 with key updates, both sides and one" "$ossl $all12" update
ccm13() { local s; for s in TLS_AES_128_CCM_SHA256 TLS_AES_128_CCM_8_SHA256; do { request "/v1/$s" "$(cat "$work/doc.json")"; sleep 0.4; } | sclient -tls1_3 -ciphersuites $s || true; done; }
OPENSSL_CONF_TEXT='openssl_conf = a
[a]
ssl_conf = b
[b]
system_default = c
[c]
Ciphersuites = TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256:TLS_AES_128_GCM_SHA256
CipherString = ALL:@SECLEVEL=0'
echo "$OPENSSL_CONF_TEXT" >"$work/ccm.cnf"
record tls13-openssl-ccm "TLS 1.3 CCM and CCM-8" "env OPENSSL_CONF=$work/ccm.cnf $ossl $all12" ccm13
retry() { request /v1/retry "$(cat "$work/doc.json")" | { cat; sleep 0.5; } | sclient -tls1_3 -groups P-521:X25519 || true; }
record tls13-openssl-hello-retry "TLS 1.3 after a HelloRetryRequest" "$rsa_origin -groups X25519 -tls 198.51.100.1:443" retry
resumed() { local v; for v in tls1_2 tls1_3; do for again in 1 2; do { request "/v1/$v" "$again"; sleep 0.5; } | sclient -$v $( [ $again = 1 ] && echo -sess_out "$work/$v.sess" || echo -sess_in "$work/$v.sess" ) || true; done; done; }
record tls-openssl-resumed "sessions resumed, TLS 1.2 and 1.3" "$rsa_origin -tls 198.51.100.1:443" resumed
zero() {
	{ request /v1/first one; sleep 0.6; } | sclient -tls1_3 -sess_out "$work/early.sess" || true
	request /early/one "$(cat "$work/doc.json")" >"$work/early.txt"
	{ sleep 0.4; request /v1/second two; sleep 0.6; } | sclient -tls1_3 -sess_in "$work/early.sess" -early_data "$work/early.txt" || true
}
record tls13-openssl-early "TLS 1.3, the second connection begins with 0-RTT data" "$ossl $all12 early" zero

# --- Go

go_client() { timeout 60 client -keylog "$keylog" "$@"; }
record h1-go "Go net/http over HTTP/1.1" "$tls" go_client http1 $app
record h2-go "Go net/http over HTTP/2, twelve requests at once" "$tls" go_client http2 $app
record h2-go-ech "Go net/http over HTTP/2, its hello encrypted (ECH): the key log names a client random that the packets do not show" "$tls -ech $work/ech" go_client -ech "$work/ech" http2 $app
record h2c-go "Go net/http over HTTP/2 in the clear" "$go_origin -plain 198.51.100.1:80" go_client h2c http://app.quinze.test
both() { go_client resume $app; go_client -max 1.2 resume $app; }
record resume-go "Go net/http, sessions resumed, TLS 1.3 and 1.2" "$tls" both
piped() { go_client pipeline 198.51.100.1:80; go_client pipeline https://198.51.100.1:443; }
record h1-pipeline "ten pipelined requests, in the clear and over TLS" "$tls -plain 198.51.100.1:80" piped
record ws-go "WebSocket with permessage-deflate (context takeover, none, no compression)" "$tls" go_client websocket $app
record ws-plain-go "WebSocket in the clear" "$go_origin -plain 198.51.100.1:80" go_client websocket http://app.quinze.test
grpc_both() { go_client grpc https://198.51.100.1:443; go_client grpc 198.51.100.1:80; }
record grpc-go "grpc-go, a bidirectional stream and two calls, over TLS and in the clear" "$tls -plain 198.51.100.1:80" grpc_both
pushes() { go_client push 198.51.100.1:5228; go_client push tls://198.51.100.1:5229; go_client tlv 198.51.100.1:5228#tlv; go_client tlv tls://198.51.100.1:5229#tlv; }
record push-go "a push socket of length-prefixed protobuf, and of TLV" "$go_origin -push 198.51.100.1:5228 -push-tls 198.51.100.1:5229" pushes
record h3-go "quic-go over HTTP/3" "$go_origin -h3 198.51.100.1:443" go_client -classic http3 $app
record h3-go-v2 "quic-go over HTTP/3 and QUIC v2" "$go_origin -quic-v2 -h3 198.51.100.1:443" go_client -classic http3-v2 $app
record h3-go-early "quic-go, the second connection begins with 0-RTT data" "$go_origin -h3 198.51.100.1:443" go_client http3-early $app
record h3-go-retry "quic-go, the server asks for a Retry" "$go_origin -retry -h3 198.51.100.1:443" go_client http3-early $app
record h3-go-migrate "quic-go, the client changes its port" "$go_origin -h3 198.51.100.1:443" go_client http3-migrate $app
offload3() { ip link set lo mtu 65536 gso_max_segs 65535; go_client http3 $app; ip link set lo mtu 1500 gso_max_segs 1; }
record h3-go-offload "quic-go with UDP segmentation offload: datagrams of several QUIC packets" "$go_origin -h3 198.51.100.1:443" offload3

# --- Python, Node, Java

python_both() { timeout 60 python3 clients.py "$keylog" $app; timeout 60 python3 clients.py "$keylog" http://app.quinze.test; }
record h1-python "Python http.client and ssl, over TLS and in the clear" "$tls -plain 198.51.100.1:80" python_both
node_client() { timeout 60 node --tls-keylog="$keylog" client.mjs $app; }
has node && keys=late record h2-node "Node: https, http2, fetch" "$tls" node_client
java_client() { # the client random from the capture, the master secret from the session
	timeout 120 java --add-opens java.base/sun.security.ssl=ALL-UNNAMED --add-opens java.net.http/jdk.internal.net.http.common=ALL-UNNAMED Client.java "$1" $app >"$work/master"
	sleep 1
	random=$(timeout 30 tshark -r "$OUT/$name.pcapng" -Y 'tls.handshake.type==1' -T fields -e tls.handshake.random 2>/dev/null | tr -d ':\n')
	echo "CLIENT_RANDOM $random $(awk '/^MASTER/ {print $2}' "$work/master")" >"$keylog"
}
if has java; then
	record h1-java "Java 17 HttpClient, HTTP/1.1 and TLS 1.2" "$tls -max 1.2" java_client 1
	keys=beside record h2-java "Java 17 HttpClient, HTTP/2 and TLS 1.2" "$tls -max 1.2" java_client 2
fi

# --- HTTP/3 with QPACK's dynamic table

if "$AIOQUIC" -c 'import aioquic' 2>/dev/null; then
	h3py='$AIOQUIC h3.py serve $OUT/$name.origin $work/ec.pem $work/ec.key 198.51.100.1 443 $here/page'
	record h3-aioquic "aioquic at both ends: QPACK's dynamic table, a key update" "$h3py" timeout 60 "$AIOQUIC" h3.py get "$OUT/h3-aioquic.keys" 198.51.100.1 443
fi

# --- browsers: the page asks for /done when it has finished

wait_done() { for _ in $(seq 250); do grep -q '"path":"/done' "$OUT/$name.origin" 2>/dev/null && break; sleep 0.2; done; sleep 0.5; grep -o '"path":"/done[^"]*"' "$OUT/$name.origin" || echo "not done"; }
browse() { # URL CHROMIUM OPTIONS…
	local url=$1
	shift
	rm -rf "$work/profile"
	timeout 90 chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync --disable-extensions \
		--user-data-dir="$work/profile" --ignore-certificate-errors --ignore-certificate-errors-spki-list="$spki" --ssl-key-log-file="$keylog" \
		--host-resolver-rules="MAP app.quinze.test 198.51.100.1, MAP * ~NOTFOUND, EXCLUDE 198.51.100.1" \
		--remote-debugging-port=0 "$@" "$url" &
	local browser=$!
	wait_done
	# Asked by its protocol to close, Chromium ends its net-log.
	timeout 20 node -e '
		const [port, path] = require("fs").readFileSync(process.argv[1] + "/DevToolsActivePort", "utf8").split("\n");
		const key = require("crypto").randomBytes(16).toString("base64");
		const s = require("net").connect(port, "127.0.0.1", () => s.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`));
		s.once("data", () => { const m = Buffer.from(JSON.stringify({ id: 1, method: "Browser.close" })); s.write(Buffer.concat([Buffer.from([0x81, 0x80 | m.length, 0, 0, 0, 0]), m])); });
		s.on("close", () => process.exit(0)); s.on("error", () => process.exit(0)); setTimeout(() => process.exit(0), 5000);
	' "$work/profile" || kill "$browser"
	for _ in $(seq 50); do kill -0 "$browser" 2>/dev/null || return 0; sleep 0.2; done
	kill "$browser" 2>/dev/null || true
}
if has chromium; then
	record h1-chromium "Chromium over HTTP/1.1" "$tls -alpn http/1.1" browse $app/ --disable-quic
	keys=beside record h2-chromium "Chromium over HTTP/2, WebSocket over HTTP/2 (RFC 8441), with a net-log" "$tls" browse $app/ --disable-quic --log-net-log="$OUT/h2-chromium.netlog" --net-log-capture-mode=Everything
	record h1-plain-chromium "Chromium over HTTP/1.1 in the clear" "$go_origin -plain 198.51.100.1:80" browse http://app.quinze.test/ --disable-quic --disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable
	record h3-chromium "Chromium over HTTP/3, WebSocket over HTTP/2 beside it" "$tls -h3 198.51.100.1:443" browse $app/ --enable-quic --origin-to-force-quic-on=app.quinze.test:443
	if [ -n "${h3py:-}" ]; then
		record h3-chromium-dynamic "Chromium over HTTP/3 against aioquic: QPACK's dynamic table; the page's WebSocket fails" "$h3py" browse $app/ --enable-quic --origin-to-force-quic-on=app.quinze.test:443
	fi
fi
fox() {
	local profile=$work/fox policies=/etc/firefox/policies
	rm -rf "$profile"
	mkdir -p "$profile" "$work/policies"
	printf '{"policies":{"Certificates":{"Install":["%s"]},"DisableTelemetry":true,"DisableFirefoxStudies":true,"DisableAppUpdate":true,"OverrideFirstRunPage":"","CaptivePortal":false,"NetworkPrediction":false}}' "$work/ca.pem" >"$work/policies/policies.json"
	mkdir -p $policies
	mount --bind "$work/policies" $policies
	cat >"$profile/user.js" <<-'END'
		user_pref("network.dns.disableIPv6", true);
		user_pref("network.trr.mode", 5);
		user_pref("services.settings.server", "http://127.0.0.1:9");
		user_pref("network.connectivity-service.enabled", false);
		user_pref("browser.safebrowsing.downloads.remote.enabled", false);
	END
	SSLKEYLOGFILE=$keylog timeout 90 firefox-esr --headless --no-remote --profile "$profile" $app/ &
	local browser=$!
	wait_done
	kill "$browser" 2>/dev/null || true
	wait "$browser" || true
	umount $policies
}
has firefox-esr && record h2-firefox "Firefox over HTTP/2, WebSocket over HTTP/2, and the names it asks for itself" "$tls -dns 198.51.100.53:53" fox

# --- DNS and MQTT

names() {
	local d="dig @198.51.100.53 +time=5 +tries=1"
	$d app.quinze.test A; $d app.quinze.test AAAA; $d www.quinze.test A; $d quinze.test MX; $d app.quinze.test TYPE65
	$d missing.quinze.test A; $d long.quinze.test TXT; $d +tcp app.quinze.test A; $d +notcp +noedns cdn.quinze.test A
	go_client dot 198.51.100.53:853
	SSLKEYLOGFILE=$keylog timeout 20 curl -sS -k -o /dev/null --doh-insecure --doh-url https://198.51.100.53/dns-query -H 'X-Quinze: 1' http://www.quinze.test/json
	SSLKEYLOGFILE=$keylog timeout 20 curl -sS -k -o /dev/null "https://198.51.100.53/dns-query?dns=AAABAAABAAAAAAAAA2FwcAZxdWluemUEdGVzdAAAAQAB"
}
has dig && record dns "dig over UDP and TCP (one answer cut and asked for again), Go over TLS, curl over HTTPS" \
	"$go_origin -dns 198.51.100.53:53 -dot 198.51.100.53:853 -tls 198.51.100.53:443 -plain 198.51.100.1:80" names

mosquitto_origin() { # runs mosquitto until its input ends
	cat >"$work/mosquitto.conf" <<-END
		listener 1883 198.51.100.1
		listener 8883 198.51.100.1
		certfile $work/ec.pem
		keyfile $work/ec.key
		allow_anonymous true
		user root
	END
	timeout 90 mosquitto -c "$work/mosquitto.conf" &
	local broker=$!
	sleep 0.5
	echo ready
	cat
	kill $broker
	wait $broker || true
}
publish() {
	local v secure sub
	for v in mqttv311 mqttv5; do
		for secure in "" yes; do
			local o=(-h 198.51.100.1 -V $v -p 1883)
			[ -z "$secure" ] || o=(-h app.quinze.test -V $v -p 8883 --cafile "$work/ca.pem")
			SSLKEYLOGFILE=$keylog LD_PRELOAD=$OUT/bin/keylog.so timeout 20 mosquitto_sub "${o[@]}" -i quinze-sub-$v$secure -t "$v$secure/#" -q 2 -C 4 -F '{"topic":"%t","qos":%q,"hex":"%x"}' >"$work/sub" &
			sub=$!
			sleep 0.4
			local p=(mosquitto_pub "${o[@]}")
			(
				export SSLKEYLOGFILE=$keylog LD_PRELOAD=$OUT/bin/keylog.so
				timeout 10 "${p[@]}" -i quinze-$v-0$secure -t "$v$secure"/clip -m '{"device":"quinze-15","clip":1}' -q 0
				timeout 10 "${p[@]}" -i quinze-$v-1$secure -t "$v$secure"/clip/saved -f "$work/doc.json" -q 1
				timeout 10 "${p[@]}" -i quinze-$v-2$secure -t "$v$secure"/upload -f "$work/clip" -q 2
				if [ $v = mqttv5 ]; then
					timeout 10 "${p[@]}" -i quinze-$v-3$secure -u quinze -P fifteen -t "$v$secure"/props -m pb -q 1 -D publish content-type application/json -D publish user-property device quinze-15
				else
					timeout 10 "${p[@]}" -i quinze-$v-3$secure -u quinze -P fifteen --will-topic "$v$secure"/will --will-payload gone -t "$v$secure"/retained -m kept -r -q 1
				fi
			)
			wait $sub || true
			python3 - "$work/sub" "$OUT/$name.origin" "$v" "$secure" <<-'END'
				import hashlib, json, sys
				for line in open(sys.argv[1]):
				    m = json.loads(line)
				    b = bytes.fromhex(m["hex"])
				    d = {"size": len(b), "sha256": hashlib.sha256(b).hexdigest()}
				    x = {"kind": "exchange", "protocol": "mqtt", "method": "PUBLISH", "path": m["topic"], "body": d, "note": f"{sys.argv[3]}, QoS {m['qos']}, as the subscriber got it"}
				    if sys.argv[4]:
				        x["tls"] = {"version": "TLS 1.3", "suite": "TLS_AES_256_GCM_SHA384", "sni": "app.quinze.test"}
				    open(sys.argv[2], "a").write(json.dumps(x) + "\n")
			END
		done
	done
}
has mosquitto && has mosquitto_pub && record mqtt "mosquitto's clients: MQTT 3.1.1 and 5, each QoS, in the clear and over TLS" mosquitto_origin publish

# --- the same in other files

small() { SSLKEYLOGFILE=$keylog timeout 20 curl -sS -k -o /dev/null --http2 --data-binary "@$work/doc.json" $app/v1/batch --next -sS -k -o /dev/null --http1.1 $app/json --next -sS -k -o /dev/null --http2 $app/bytes/9000; }
keys=beside tool=tcpdump tcpdump_options="--time-stamp-precision=nano" file=$OUT/pcap-ns.pcap record pcap-ns "tcpdump: pcap with nanoseconds" "$tls" small
keys=beside tool=tcpdump file=$OUT/pcap-us.pcap record pcap-us "tcpdump: pcap with microseconds" "$tls" small
keys=beside tool=tcpdump interface=any file=$OUT/pcap-any.pcap record pcap-any "tcpdump -i any: Linux cooked v2" "$tls" small
keys=beside tool=tcpdump interface=any tcpdump_options="-y LINUX_SLL" file=$OUT/pcap-cooked.pcap record pcap-cooked "tcpdump -i any -y LINUX_SLL: Linux cooked v1" "$tls" small
keys=beside tool=tcpdump snap=96 file=$OUT/pcap-cut.pcap record pcap-cut "tcpdump -s 96: each packet cut" "$tls" small

# Versions of all that took part.
{
	echo "chromium $(chromium --version 2>/dev/null | head -1)"
	echo "curl $(curl --version | head -1)"
	echo "dig $(dig -v 2>&1 | head -1)"
	echo "dumpcap $(dumpcap --version 2>/dev/null | head -1)"
	echo "firefox $(firefox-esr --version 2>/dev/null | head -1)"
	echo "go $(go version)"
	echo "java $(java --version 2>/dev/null | head -1)"
	echo "kernel Linux $(uname -r | cut -d- -f1)"
	echo "mosquitto $(mosquitto_pub --version 2>/dev/null | head -1)"
	echo "node $(node --version)"
	echo "openssl $(openssl version)"
	echo "python $(python3 --version)"
	echo "aioquic $("$AIOQUIC" -c 'import aioquic; print(aioquic.__version__)' 2>/dev/null)"
	echo "tcpdump $(tcpdump --version 2>&1 | head -1)"
	cat "$OUT/modules"
} >"$OUT/versions" 2>/dev/null || true
