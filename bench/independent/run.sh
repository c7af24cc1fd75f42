#!/usr/bin/env bash
# Hides values of an invented person under layers that Python's standard library
# makes, and counts what constat finds: a second opinion on recall, by encoders
# that neither the detector nor the lab has anything to do with.
#
#	bench/independent/run.sh [ENTRIES [SEED]]
#
# Needs Go and python3. Keys of four bytes over a short value cannot be told from
# each other, so that entries with them are counted apart: without them it fails
# when less than 99 % is found at depth 0 or 1.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
python3 "$here/generate.py" "${2:-$RANDOM}" "${1:-4000}" "$out"
(cd "$here/../.." && go run ./cmd/constat audit "$out/capture.har" --persona "$out/persona.toml" --json) >"$out/audit.json"
python3 "$here/score.py" "$out" --misses >"$out/score"
head -2 "$out/score"
grep -P "^[0-4]\t" "$out/score" | sed -n 1,40p
awk '/^without/ {for (i = 1; i < NF; i++) if ($i == "depth" && $(i+1) + 0 <= 1 && $(i+2) < 99) bad = 1} END {exit bad}' "$out/score"
