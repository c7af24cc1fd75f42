#!/usr/bin/env bash
# Runs TrackHAR 1.0.0 and constat in one go on the same 64 MB HAR (20,000
# POSTs, a 40-value persona) and prints both. Exits with 1 when constat is
# less than 20 times as fast, or does not find strictly more.
#
#	bench/trackhar/run.sh [-runs N] [-ratio X]
#
# SIZE and POSTS change the capture; ONLY_PEER=1 leaves constat out.
# Needs Go, node and npm; the packages and the capture go to a cache
# directory ($XDG_CACHE_HOME/constat-bench), not into the checkout.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/constat-bench
size=${SIZE:-64MB} posts=${POSTS:-20000}
for tool in go node npm; do
	command -v "$tool" >/dev/null || { echo "bench/trackhar: $tool is not installed (apt-get install golang nodejs npm)" >&2; exit 1; }
done
mkdir -p "$cache/trackhar"

if [ ! -d "$cache/trackhar/node_modules/trackhar" ]; then
	echo "npm install trackhar@1.0.0 …" >&2
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$cache/trackhar" trackhar@1.0.0 >&2
fi
cp "$here/trackhar.mjs" "$cache/trackhar/"

cd "$root"
go build -o "$cache/generate" ./bench/trackhar/generate
go build -o "$cache/compare" ./bench/trackhar/compare
constat=()
if [ -z "${ONLY_PEER:-}" ]; then
	CGO_ENABLED=0 go build -o "$cache/constat" ./cmd/constat
	constat=(-constat "$cache/constat")
fi
"$cache/generate" -size "$size" -posts "$posts" -out "$cache/capture.har" \
	-persona "$cache/persona.toml" -indicators "$cache/indicators.json" -truth "$cache/truth.jsonl"
exec "$cache/compare" -har "$cache/capture.har" -truth "$cache/truth.jsonl" \
	-persona "$cache/persona.toml" -indicators "$cache/indicators.json" \
	-script "$cache/trackhar/trackhar.mjs" "${constat[@]}" "$@"
