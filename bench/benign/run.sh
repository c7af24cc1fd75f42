#!/usr/bin/env bash
# Measures false findings: audits captures of real clients to which nothing
# personal was given, without a persona and with ten that have nothing to do
# with them, in both tiers, and holds every finding of grade B against
# reviewed.toml. Exits with 1 when anything is of grade A, or when more than
# one finding in 1,000 flows is false or not reviewed.
#
#	bench/benign/run.sh [CAPTURE]...     default: those below
#
# The captures: testdata/record/benign/benign.mitm.zst (record.sh makes it);
# others' captures of ../../../shared/captures if they are there, or of the
# folder CAPTURES; the HARs in the source package of har2locust 0.9.4 (PyPI, BSD; pages of
# a shop of computers as a browser and a proxy recorded them), got by pip.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/constat-bench
work=$cache/benign-audit
mkdir -p "$work"
cd "$root"
go build -o "$work/constat" ./cmd/constat
go build -o "$work/benign" ./bench/benign

captures=("$@")
if [ $# -eq 0 ]; then
	captures=("$root/testdata/record/benign/benign.mitm.zst")
	shared=${CAPTURES:-$root/../shared/captures}
	[ ! -d "$shared" ] || captures+=("$shared"/*.har "$shared"/*.mitm)
	if [ ! -d "$work/har2locust" ] && command -v pip >/dev/null; then
		pip download -q --no-deps --no-binary :all: -d "$work" har2locust==0.9.4 >&2 &&
			mkdir "$work/har2locust" && tar xzf "$work"/har2locust-0.9.4.tar.gz -C "$work/har2locust" --strip-components=3 --wildcards '*/tests/inputs/*.har' || true
	fi
	[ ! -d "$work/har2locust" ] || captures+=("$work/har2locust"/*.har)
fi
personas=()
for seed in 101 102 103 104 105 106 107 108 109 110; do
	[ -f "$work/p$seed/persona.toml" ] || "$work/constat" lab generate --seed $seed --flows 1 --out "$work/p$seed" >/dev/null
	personas+=(-persona "$work/p$seed/persona.toml")
done
status=0
for tier in -fast=false -fast; do
	"$work/benign" -constat "$work/constat" -reviewed "$here/reviewed.toml" "$tier" "${personas[@]}" "${captures[@]}" || status=1
	echo
done
exit $status
