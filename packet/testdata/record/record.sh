#!/bin/sh
# Records the captures in the directory above. Everything stays in network
# namespaces of its own that hold no interface but the loopback and two TUN
# devices, so nothing leaves the machine. Needs root, unshare, ip, tcpdump,
# dumpcap, editcap, mergecap and Python 3.
#
#   unshare -n sh record.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$here/..
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

ip link set lo up mtu 1500

# plain: TCP and UDP over IPv4 and IPv6, seen four ways at once.
tcpdump -i lo -U -w "$tmp/lo.pcap" 2>/dev/null & a=$!
tcpdump -i any -y LINUX_SLL -U -w "$tmp/sll.pcap" 2>/dev/null & b=$!
tcpdump -i any -y LINUX_SLL2 --time-stamp-precision nano -U -w "$tmp/sll2.pcap" 2>/dev/null & c=$!
tcpdump -i lo -s 200 -U -w "$tmp/short.pcap" 2>/dev/null & d=$!
dumpcap -q -i lo -i any -w "$tmp/two.pcapng" 2>/dev/null & e=$!
sleep 2
python3 "$here/talk.py" 127.0.0.1 ::1
sleep 1
kill -INT $a $b $c $d $e
wait || true
for f in lo.pcap sll.pcap sll2.pcap short.pcap two.pcapng; do cp "$tmp/$f" "$out/$f"; done

# lossy: between two TUN devices, with packets lost, repeated and late.
python3 "$here/lossy.py" "$tmp/lossy.pcap"
cp "$tmp/lossy.pcap" "$out/lossy.pcap"

# joined: two sections and secrets, as editcap and mergecap write them.
printf 'CLIENT_RANDOM %064d %096d\n' 1 2 > "$tmp/keys"
editcap -F pcapng -r "$out/lo.pcap" "$tmp/few.pcapng" 1-40
editcap --inject-secrets "tls,$tmp/keys" "$tmp/few.pcapng" "$tmp/secret.pcapng"
cat "$tmp/secret.pcapng" "$tmp/few.pcapng" > "$out/sections.pcapng"
