#!/usr/bin/env bash
# Writes cmd/constat/default.pgo, the profile by which the program is compiled
# (go.dev/doc/pgo): both tiers of detection over 64 MB of the mix, and a packet
# capture of TLS, each on one core. Run it when either has changed a good deal; an
# old profile does no harm.
#
#	bench/detect/profile.sh
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$root"
go run ./bench/trackhar/generate -size 1MB -posts 100 -out "$tmp/small.har" -persona "$tmp/persona.toml" -indicators "$tmp/indicators.json" -truth "$tmp/small.jsonl"
go run ./bench/detect -size 67108864 -indicators "$tmp/indicators.json" -out "$tmp/mix.bin"
go test -c -o "$tmp/detect.test" ./detect
for tier in fast:24 deep:4; do
	CONSTAT_MIX=$tmp/mix.bin CONSTAT_PERSONA=$tmp/persona.toml GOMAXPROCS=1 GOGC=400 GOMEMLIMIT=220MiB \
		"$tmp/detect.test" -test.run xxx -test.bench "Mix/${tier%:*}" -test.benchtime "${tier#*:}x" -test.cpuprofile "$tmp/${tier%:*}.prof"
done
go run ./bench/packets/generate -size 200MB >"$tmp/mix.pcapng" 2>/dev/null
go test -c -o "$tmp/pcap.test" ./capture/pcap
CONSTAT_PCAP=$tmp/mix.pcapng GOMAXPROCS=1 GOGC=400 "$tmp/pcap.test" -test.run xxx -test.bench Read -test.benchtime 20x -test.cpuprofile "$tmp/pcap.prof"
go tool pprof -proto "$tmp/fast.prof" "$tmp/deep.prof" "$tmp/pcap.prof" >cmd/constat/default.pgo
