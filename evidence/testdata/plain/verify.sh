#!/bin/sh
# Checks a constat log with sha256sum, xxd and openssl (1.1.1 or later), and
# with nothing of constat's: the chain of all lines, and the signature and the
# tree of the last checkpoint. FORMAT.md, in constat's repository, has the
# format. It takes some milliseconds a line: for a spot check, or a court.
#
#   sh verify.sh [DIRECTORY]
set -eu
cd "${1:-$(dirname "$0")}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
fail() { echo "FAILED: $*" >&2; exit 4; }

begin=$(head -n 1 log.jsonl)
# The name stands before the list of recipients, the key before the name.
name=$(printf %s "$begin" | sed -n 's/.*,"key":"[^"]*","name":"\([^"]*\)","sealed":.*/\1/p')
key=$(printf %s "$begin" | sed -n 's/.*,"key":"\([^"]*\)","name":"[^"]*","sealed":.*/\1/p')
[ -n "$name" ] && [ -n "$key" ] || fail "line 1 is not the beginning of a log"

# The last checkpoint: its text, and its signature by the key of line 1.
awk -v RS= '{ text = sig; sig = $0 } END { printf "%s\n", text }' checkpoints.txt >"$tmp/text"
awk -v RS= '{ sig = $0 } END { n = split(sig, word, " "); print word[n] }' checkpoints.txt |
	openssl base64 -d -A | tail -c 64 >"$tmp/signature"
{ printf 302a300506032b6570032100 | xxd -r -p; printf %s "$key" | cut -d+ -f3- | openssl base64 -d -A | tail -c 32; } >"$tmp/key.der"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$tmp/key.der" -rawin -in "$tmp/text" -sigfile "$tmp/signature" >/dev/null 2>&1 ||
	fail "the signature of the last checkpoint"
size=$(sed -n 2p "$tmp/text")
root=$(sed -n 3p "$tmp/text" | openssl base64 -d -A | xxd -p -c 64)

# The chain, and the tree: leaf = SHA-256(00, line), node = SHA-256(01, left, right).
node() { { printf '\001'; printf %s "$1$2" | xxd -r -p; } | sha256sum | cut -c 1-64; }
prev=$(printf 'constat log v1\n%s\n' "$name" | sha256sum | cut -c 1-64)
n=0
set -- # the hashes of perfect subtrees, the newest first
signed=no
while IFS= read -r line; do
	n=$((n + 1))
	says=$(printf %s "$line" | sed -n 's/.*,"prev":"\([0-9a-f]*\)","seq":\([0-9]*\),"wall":"[^"]*"}$/\1 \2/p')
	[ "$says" = "$prev $((n - 1))" ] || fail "line $n does not follow the line before it"
	prev=$({ printf '\000'; printf %s "$line"; } | sha256sum | cut -c 1-64)
	set -- "$prev" "$@"
	i=$n
	while [ $((i % 2)) -eq 0 ]; do
		h=$(node "$2" "$1")
		shift 2
		set -- "$h" "$@"
		i=$((i / 2))
	done
	if [ "$n" -eq "$size" ]; then
		h=$1
		first=yes
		for left; do
			[ $first = yes ] || h=$(node "$left" "$h")
			first=no
		done
		[ "$h" = "$root" ] || fail "the lines up to $n are not those that were signed"
		signed=yes
	fi
done <log.jsonl
[ $signed = yes ] || fail "$size lines were signed, $n are here"
echo "OK: $n lines follow each other, $size of them signed by $key"
