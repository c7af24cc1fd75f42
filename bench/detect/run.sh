#!/usr/bin/env bash
# Runs constat's detector, in both tiers, on one core over a mix of bodies of
# the shares that the field notes give (JSON 40 %, form 15 %, protobuf 12 %,
# base64 of JSON 13 %, gzip of JSON 15 %, random 5 %), and beside it, in the
# same run, TrackHAR 1.0.0 (its process() on the same bodies as a HAR) and
# Debian's ripgrep (a plain search for the same values, which is the floor).
#
#	bench/detect/run.sh [SIZE]        bytes; default 1 GiB
#
# Needs Go; ripgrep, node and npm for the peers. Files go to
# $XDG_CACHE_HOME/constat-bench.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/constat-bench
size=${1:-1073741824}
mkdir -p "$cache/trackhar"
cd "$root"
go build -o "$cache/generate" ./bench/trackhar/generate
go build -o "$cache/mix" ./bench/detect
"$cache/generate" -size 1MB -posts 100 -out "$cache/small.har" -persona "$cache/persona.toml" -indicators "$cache/indicators.json" -truth "$cache/small.jsonl"
"$cache/mix" -size "$size" -indicators "$cache/indicators.json" -out "$cache/mix.bin"

echo "== constat, one core"
CONSTAT_MIX=$cache/mix.bin CONSTAT_PERSONA=$cache/persona.toml GOMAXPROCS=1 GOGC=400 GOMEMLIMIT=220MiB \
	taskset -c 0 go test -pgo="$root/cmd/constat/default.pgo" -run xxx -bench Mix -benchtime 1x -timeout 2h ./detect | grep -E '^Benchmark|FAIL'

if command -v rg >/dev/null; then
	"$cache/mix" -size "$size" -indicators "$cache/indicators.json" -format lines -out "$cache/mix.txt"
	node -e 'for (const v of Object.values(JSON.parse(require("fs").readFileSync(process.argv[1]))).flat()) console.log(v)' "$cache/indicators.json" >"$cache/values.txt"
	cat "$cache/mix.txt" >/dev/null # into the page cache
	echo "== ripgrep -F, one core, plain values only"
	start=$(date +%s.%N)
	n=$(taskset -c 0 rg -a -i -F -c -j 1 -f "$cache/values.txt" "$cache/mix.txt" || true)
	echo "$start $(date +%s.%N) $size $n" | awk '{printf "%.1f MB/s, %d lines with a value\n", $3/1e6/($2-$1), $4}'
	rm -f "$cache/mix.txt"
else
	echo "ripgrep is not installed (apt-get install ripgrep)" >&2
fi
if command -v npm >/dev/null; then
	[ -d "$cache/trackhar/node_modules/trackhar" ] || npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$cache/trackhar" trackhar@1.0.0 >&2
	cp "$root/bench/trackhar/trackhar.mjs" "$cache/trackhar/"
	part=$((size < 67108864 ? size : 67108864)) # it reads all into memory
	"$cache/mix" -size "$part" -indicators "$cache/indicators.json" -format har -out "$cache/mix.har"
	echo "== TrackHAR 1.0.0, the first $part bytes"
	taskset -c 0 node "$cache/trackhar/trackhar.mjs" "$cache/mix.har" "$cache/indicators.json" "$cache/mix-trackhar.json"
	node -e 'const r=JSON.parse(require("fs").readFileSync(process.argv[1])); console.log((process.argv[2]/1e6/r.process_s).toFixed(1)+" MB/s, without parsing; "+r.found.length+" entries with a hit")' "$cache/mix-trackhar.json" "$part"
	rm -f "$cache/mix.har"
fi
