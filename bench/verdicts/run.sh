#!/usr/bin/env bash
# Plays every scenario of the lab once, tells what the person and the app did in
# every way that lab/moments knows (whole, not at all, without a kind of line,
# without one line, cut short, thinned, out of order, by a clock that is off), asks
# all sets of the box each time, and holds the answers against what the app did.
#
#	bench/verdicts/run.sh [SCENARIO]…         default: all
#
# Needs Go, and 25 CPU minutes for all. Prints right/wrong/without an answer by
# scenario and way of telling, for the 34 allegations that a run can show; then every
# wrong answer, and every answer of the other sets that turned into another than
# "not measurable". Fails if there is one.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/constat" ./cmd/constat
only=()
for s; do only+=(--scenario "$s"); done
"$work/constat" lab score --moments "${only[@]}" --seed "${SEED:-0}"
