#!/usr/bin/env bash
# constat capture beside Debian's mitmdump, both writing what they see, on
# loopback: the same origin, the same client, one after the other in one run.
#
#   bench/relay/run.sh [SECONDS per measurement, default 5]
#
# It needs mitmproxy (apt-get install mitmproxy) and takes about 2 minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-5}
tmp=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$tmp"' EXIT

go build -o "$tmp/load" ./bench/relay/load
go build -trimpath -o "$tmp/constat" ./cmd/constat
export CONSTAT_HOME=$tmp/home

"$tmp/load" origin -ca "$tmp/origin.pem" >"$tmp/origin" &
until [ -s "$tmp/origin" ]; do sleep 0.1; done
origin=$(cat "$tmp/origin")

port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
wait_for() { until (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null; do sleep 0.1; done; }

run() { # proxy ca proto size conns
	"$tmp/load" client ${1:+-proxy "$1"} -ca "$2" -origin "$origin" -proto "$3" -size "$4" -conns "$5" -for "${seconds}s"
}
field() { sed -n "s/.*\"$1\":\([0-9.e+-]*\).*/\1/p"; }
peak() { awk '/VmHWM/ {print $2/1024}' "/proc/$1/status"; }

measure() { # name proxy ca
	for proto in h1 h2; do
		for what in "1024 16" "1048576 8" "1024 1"; do
			set -- "$1" "$2" "$3" $what
			run "$2" "$3" "$proto" "$4" "$5" >"$tmp/$1.$proto.$4.$5"
		done
	done
}

measure direct "" "$tmp/origin.pem"

p=$(port)
mkdir "$tmp/mitm"
mitmdump -q -p "$p" --set confdir="$tmp/mitm" --set ssl_verify_upstream_trusted_ca="$tmp/origin.pem" -w "$tmp/mitm.flows" >"$tmp/mitm.out" 2>&1 &
pid=$!
wait_for "$p"
until [ -s "$tmp/mitm/mitmproxy-ca-cert.pem" ]; do sleep 0.1; done
measure mitmdump "127.0.0.1:$p" "$tmp/mitm/mitmproxy-ca-cert.pem"
mitm_peak=$(peak $pid)
kill $pid
wait $pid 2>/dev/null || true

p=$(port)
"$tmp/constat" capture --listen "127.0.0.1:$p" --out "$tmp/log" --server-roots "$tmp/origin.pem" --headless >"$tmp/constat.out" 2>&1 &
pid=$!
wait_for "$p"
measure constat "127.0.0.1:$p" "$tmp/home/constat-ca.pem"
# Memory over 100,000 requests.
half=$(peak $pid)
"$tmp/load" client -proxy "127.0.0.1:$p" -ca "$tmp/home/constat-ca.pem" -origin "$origin" -proto h1 -size 1024 -conns 16 -requests 100000 >/dev/null
whole=$(peak $pid)
kill -INT $pid
wait $pid
"$tmp/constat" verify "$tmp/log" >"$tmp/verify" || { cat "$tmp/verify"; exit 1; }

printf '%-22s %10s %10s %10s   %s\n' "requests per second" direct mitmdump constat ratio
for proto in h1 h2; do
	for what in "1024 16" "1048576 8"; do
		set -- $what
		d=$(field per_second <"$tmp/direct.$proto.$1.$2")
		m=$(field per_second <"$tmp/mitmdump.$proto.$1.$2")
		c=$(field per_second <"$tmp/constat.$proto.$1.$2")
		awk -v n="$proto, $1 B, $2 conns" -v d="$d" -v m="$m" -v c="$c" 'BEGIN { printf "%-22s %10.0f %10.0f %10.0f   %.1fx\n", n, d, m, c, c/m }'
	done
done
for proto in h1 h2; do
	d=$(field p50_ms <"$tmp/direct.$proto.1024.1")
	m=$(field p50_ms <"$tmp/mitmdump.$proto.1024.1")
	c=$(field p50_ms <"$tmp/constat.$proto.1024.1")
	awk -v n="$proto, p50 of 1 conn, ms" -v d="$d" -v m="$m" -v c="$c" 'BEGIN { printf "%-22s %10.3f %10.3f %10.3f   +%.3f ms\n", n, d, m, c, c-d }'
done
printf 'peak memory: mitmdump %.0f MB, constat %.0f MB, after 100,000 more requests %.0f MB\n' "$mitm_peak" "$half" "$whole"
grep -E '^ok.*(follow|signed)' "$tmp/verify"
