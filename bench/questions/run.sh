#!/usr/bin/env bash
# Asks questions of a stored Audit document with a ledger of a million rows, on
# two cores: the goal of issue 8 is 60 questions in 5 seconds. The sets are
# hong-2019 and masvs-privacy (62 questions), then all of the box.
#
#	bench/questions/run.sh [ROWS [-wild]]        default 1000000
#
# Needs Go and 1.2 GB in $XDG_CACHE_HOME/constat-bench. Prints the wall time, the
# time of both cores and the peak of memory; the document is in the page cache.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/constat-bench
rows=${1:-1000000}
mkdir -p "$cache"
cd "$root"
go build -o "$cache/constat" ./cmd/constat
go run ./bench/questions -rows "$rows" ${2:-} >"$cache/audit.json"
ls -l "$cache/audit.json" | awk '{printf "%d rows, %.0f MB\n", '"$rows"', $5/1e6}'
printf 'child = true\nfirst_party = ["d0.example", "d1.example"]\n' >"$cache/case.toml"
cat "$cache/audit.json" >/dev/null
ask() {
	local name=$1
	shift
	local questions=()
	for s; do questions+=(--questions "$s"); done
	local TIMEFORMAT="$name: %R s, %U s + %S s on $(nproc) cores"
	time GOMAXPROCS=2 "$cache/constat" ask "$cache/audit.json" "${questions[@]}" --case "$cache/case.toml" --json >"$cache/answers.json"
	grep -o '"answer":"[a-z_]*"' "$cache/answers.json" | sort | uniq -c | awk '{printf "  %d %s\n", $1, $2}'
}
ask '62 questions' hong-2019 masvs-privacy
ask 'all of the box' $("$cache/constat" ask --list | awk '{print $1}')
rm -f "$cache/audit.json"
