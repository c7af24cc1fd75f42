#!/usr/bin/env bash
# The part of record.sh that runs in the namespace.
set -euo pipefail
home=$CACHE
hostname quinze-build
ip link set lo up
mkdir -p /tmp/quinze # a path that tells nothing, for stack traces
mount --bind "$CACHE" /tmp/quinze
CACHE=/tmp/quinze
mkdir -p "$OUT"
work=$(mktemp -d /tmp/quinze.XXXXXX)
trap 'rm -rf "$work"' EXIT
echo "nameserver 127.0.0.1" >"$work/resolv.conf"
printf '127.0.0.1 localhost quinze-build\n' >"$work/hosts"
mount --bind "$work/resolv.conf" /etc/resolv.conf
mount --bind "$work/hosts" /etc/hosts

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 2 -subj /CN=origin 2>/dev/null
mkfifo "$work/hold"
node "$CACHE/web/origin.mjs" "$CACHE/dist" "$work/key.pem" "$work/cert.pem" <"$work/hold" &
exec 3>"$work/hold"
taps=()
tap() { # SCHEME PORT ORIGIN FILE
	HOME=$work mitmdump -q --mode "reverse:$1://127.0.0.1:$3" --listen-host 127.0.0.1 --listen-port "$2" --set confdir="$work/ca" \
		--set keep_host_header=true --set connection_strategy=lazy --ssl-insecure -s "$PWD/save.py" --set save_to="$4" &
	taps+=($!)
	for _ in $(seq 100); do (exec 4<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null && break; sleep 0.1; done
}
record() { # NAME COMMAND...
	local name=$1; shift
	taps=()
	tap https 443 9443 "$work/$name-tls"
	tap http 80 9080 "$work/$name-plain"
	"$@"
	kill -INT "${taps[@]}"
	wait "${taps[@]}" || true
	cat "$work/$name-tls" "$work/$name-plain" >"$work/$name.mitm"
	for word in "$home" "$(id -un)@"; do
		if grep -aqF -- "$word" "$work/$name.mitm"; then echo "record.sh: $name holds \"$word\", which is this machine's" >&2; exit 1; fi
	done
	zstd -q -19 --long=27 -f -o "$OUT/$name.mitm.zst" "$work/$name.mitm"
}

tap https 443 9443 /dev/null # makes the authority
kill -INT "${taps[@]}"; wait "${taps[@]}" || true
cat /etc/ssl/certs/ca-certificates.crt "$work/ca/mitmproxy-ca-cert.pem" >"$work/trust.pem"
export NODE_EXTRA_CA_CERTS=$work/ca/mitmproxy-ca-cert.pem SSL_CERT_FILE=$work/trust.pem REQUESTS_CA_BUNDLE=$work/trust.pem CURL_CA_BUNDLE=$work/trust.pem GIT_SSL_CAINFO=$work/trust.pem PIP_CERT=$work/trust.pem

all() { # benign, or identified with a persona
	[ -n "${ONLY_SERVER:-}" ] || node "$CACHE/web/browse.mjs" "$@"
	[ -n "${ONLY_WEB:-}" ] || (cd "$CACHE/server" && bash "$CACHE/server/run.sh" "$@")
}
cp server/run.sh "$CACHE/server/"
export WORK=$work
[ -n "${ONLY_IDENTIFIED:-}" ] || record benign all
[ -n "${ONLY_BENIGN:-}" ] || record identified all --persona "$PWD/identified.toml"
