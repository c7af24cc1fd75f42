#!/usr/bin/env bash
# Audits a HAR far larger than the memory it may use, and prints the peak
# resident set. Exits with 1 above 300 MB.
#
#	bench/memory/run.sh [SIZE]      1GB by default; the claim is made for 5GB
#
# Needs Go and SIZE of disk under $XDG_CACHE_HOME/constat-bench (the capture
# and the ledger are deleted at the end).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
size=${1:-1GB}
limit_mb=300
cache=${XDG_CACHE_HOME:-$HOME/.cache}/constat-bench
mkdir -p "$cache"
work=$(mktemp -d "$cache/memory.XXXXXX")
trap 'rm -rf "$work"' EXIT

cd "$root"
go build -o "$cache/generate" ./bench/trackhar/generate
go build -o "$cache/peak" ./bench/memory/peak
CGO_ENABLED=0 go build -o "$cache/constat" ./cmd/constat
echo "generating $size …" >&2
"$cache/generate" -size "$size" -out "$work/capture.har" -persona "$work/persona.toml"
echo "auditing …" >&2
"$cache/peak" -limit "$limit_mb" -bytes "$(stat -c %s "$work/capture.har")" -- \
	"$cache/constat" audit "$work/capture.har" --persona "$work/persona.toml" --json >"$work/audit.json"
