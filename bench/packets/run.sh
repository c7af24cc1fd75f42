#!/usr/bin/env bash
# constat beside one tshark process on the same packet capture of TLS traffic,
# one after the other in one run: decrypt it, and give out all requests with
# their bodies.
#
#   bench/packets/run.sh [SIZE [MIX]]   500MB of all mixes by default
#   bench/packets/run.sh pipe [SIZE]    constat alone, 20GB through a pipe:
#                                       fails above 500 MB of memory
#
# It needs Go, tshark for the first form, and SIZE of disk under
# $XDG_CACHE_HOME/constat-bench, which is freed at the end. MIX is h1-20k,
# h2-20k or h2-300. SKIP_TSHARK=1 leaves tshark out, REQUIRE=25 makes the
# factor a condition.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/constat-bench
mkdir -p "$cache"
work=$(mktemp -d "$cache/packets.XXXXXX")
trap 'rm -rf "$work"' EXIT

cd "$root"
go build -o "$work/generate" ./bench/packets/generate
go build -o "$work/measure" ./bench/packets/measure
CGO_ENABLED=0 go build -o "$work/constat" ./cmd/constat
field() { sed -n "s/.*\"$1\":\([0-9.e+-]*\).*/\1/p" "$2"; }

# Whether this constat reads pcapng at all.
"$work/generate" -size 1MB -templates 1 >"$work/small.pcapng" 2>/dev/null
reads=yes
"$work/constat" flows "$work/small.pcapng" --json >"$work/small.json" 2>"$work/small.err" || reads=no
[ "$reads" = yes ] || echo "constat does not read this capture yet: $(head -c 300 "$work/small.err")" >&2

if [ "${1:-}" = pipe ]; then
	[ "$reads" = yes ] || exit 1
	size=${2:-20GB}
	"$work/generate" -size "$size" 2>"$work/summary" |
		"$work/measure" -out "$work/constat.m" -- "$work/constat" audit - --fast --json >"$work/audit.json"
	bytes=$(field bytes "$work/summary")
	awk -v b="$bytes" -v w="$(field wall_s "$work/constat.m")" -v c="$(field cpu_s "$work/constat.m")" -v m="$(field peak_mb "$work/constat.m")" 'BEGIN {
		printf "%.1f GB through a pipe in %.1f s (%.0f MB/s, generator included), %.1f s of processor, peak resident set %.0f MB (limit 500)\n", b/1e9, w, b/1e6/w, c, m
		exit m > 500
	}'
	exit
fi

size=${1:-500MB}
"$work/generate" -size "$size" ${2:+-mix "$2"} >"$work/capture.pcapng" 2>"$work/summary"
bytes=$(stat -c %s "$work/capture.pcapng")
requests=$(field requests "$work/summary")
cat "$work/capture.pcapng" >/dev/null # both read from the page cache
echo "capture: $(cat "$work/summary")"

row() { # NAME FILE REQUESTS
	awk -v n="$1" -v w="$(field wall_s "$2")" -v c="$(field cpu_s "$2")" -v m="$(field peak_mb "$2")" -v s="$(field mb_per_s "$2")" -v r="$3" -v all="$requests" \
		'BEGIN { printf "%-10s %9.1f s %9.1f s CPU %9.1f MB/s %9.0f MB peak   %s of %s requests\n", n, w, c, s, m, r, all }'
}

if [ -z "${SKIP_TSHARK:-}" ]; then
	# A line for each packet with a request or a piece of its body. This is the
	# fastest way known to get them: no answers, and bodies that are JSON not
	# taken apart (which would cost it three quarters of its speed). Out-of-order
	# reassembly is on, or requests are lost in other captures.
	"$work/measure" -out "$work/tshark.m" -bytes "$bytes" -- \
		tshark -n -r "$work/capture.pcapng" -o tcp.reassemble_out_of_order:TRUE --disable-protocol json \
		-Y 'tcp.dstport == 443 and (http.request or http2.headers.method or http2.data.data)' -T fields \
		-e frame.number -e frame.time_epoch -e ip.src -e ip.dst -e tcp.stream \
		-e http.request.method -e http.host -e http.request.uri -e http.file_data \
		-e http2.streamid -e http2.headers.method -e http2.headers.authority -e http2.headers.path -e http2.data.data \
		>"$work/tshark.txt" 2>/dev/null
	seen=$(awk -F'\t' '{ if ($6 != "") n += split($6, a, ","); if ($11 != "") n += split($11, a, ",") } END { print n+0 }' "$work/tshark.txt")
	row tshark "$work/tshark.m" "$seen"
	rm "$work/tshark.txt"
fi
if [ "$reads" = yes ]; then
	"$work/measure" -out "$work/constat.m" -bytes "$bytes" -- "$work/constat" flows "$work/capture.pcapng" --json >"$work/flows.jsonl"
	seen=$(grep -c '"request":' "$work/flows.jsonl" || true)
	row constat "$work/constat.m" "$seen"
	if [ -s "$work/tshark.m" ]; then
		awk -v t="$(field wall_s "$work/tshark.m")" -v c="$(field wall_s "$work/constat.m")" -v tm="$(field peak_mb "$work/tshark.m")" -v cm="$(field peak_mb "$work/constat.m")" -v want="${REQUIRE:-0}" \
			'BEGIN { printf "constat is %.1f times as fast, in %.0f %% of the memory\n", t/c, 100*cm/tm; exit t/c < want }'
	fi
fi
