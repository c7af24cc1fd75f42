"""An origin on OpenSSL, for what Go's TLS does not speak: CCM, CBC with and
without encrypt-then-MAC, no encryption, sessions without the extended master
secret, TLS 1.0 and 1.1, renegotiation, key updates, and (through openssl
s_server) 0-RTT.

    openssl.py LOG CERT KEY ADDRESS:PORT CIPHERS [no-etm] [no-ems] [max=1.1] [early]

HTTP/1.1 only. Writes the lines of package truth.
"""
import hashlib
import json
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone

log, cert, key, address, ciphers, *options = sys.argv[1:]
host, _, port = address.rpartition(":")
table = subprocess.run(["openssl", "ciphers", "-stdname", "-v", "ALL:COMPLEMENTOFALL:eNULL:@SECLEVEL=0"], capture_output=True, text=True, check=True).stdout
names = {line.split()[2]: line.split()[0] for line in table.splitlines()}
versions = {"TLSv1": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3"}
# Options of OpenSSL that Python has no name for (ssl.h).
NO_EXTENDED_MASTER_SECRET, NO_ENCRYPT_THEN_MAC, ALLOW_CLIENT_RENEGOTIATION, LEGACY_SERVER = 1 << 0, 1 << 19, 1 << 8, 1 << 2
lock = threading.Lock()
count = 0


def digest(b):
    return {"size": len(b), "sha256": hashlib.sha256(b).hexdigest()}


def write(x):
    with lock, open(log, "a") as f:
        f.write(json.dumps(x, separators=(",", ":")) + "\n")


def serve(read, send, conn, client, server, channel):
    """Answers requests until read returns nothing."""
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            more = read()
            if not more:
                return
            buffer += more
        when = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
        head, _, buffer = buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        method, path, version = first.split(" ")
        headers = [[n, v.strip()] for n, _, v in (line.partition(":") for line in lines)]
        get = {n.lower(): v for n, v in headers}
        if get.get("expect", "").lower() == "100-continue":
            send(b"HTTP/1.1 100 Continue\r\n\r\n")
        need = int(get.get("content-length", 0))
        while len(buffer) < need:
            more = read()
            if not more:
                return
            buffer += more
        body, buffer = buffer[:need], buffer[need:]
        content = json.dumps({"ok": True} | digest(body)).encode() * (1 + len(path) % 5)
        fields = [["Server", "openssl"], ["Content-Type", "application/json"], ["Content-Length", str(len(content))]]
        send(b"HTTP/1.1 200 OK\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields).encode() + b"\r\n" + content)
        write({"kind": "exchange", "time": when, "conn": conn, "client": client, "server": server, "protocol": version,
               "tls": channel(), "method": method, "scheme": "https", "authority": get.get("host", ""), "path": path,
               "headers": headers, "body": digest(body), "status": 200, "response_headers": fields, "response": digest(content)}
              | ({"early": True} if path.startswith("/early") else {})
              | ({"continue": True} if "expect" in get else {}))


def name(a):
    return f"{a[0]}:{a[1]}"


def accept(s, context, conn):
    s.settimeout(20)
    server_name = []
    context.sni_callback = lambda _, n, __: server_name.append(n)
    try:
        t = context.wrap_socket(s, server_side=True)
        channel = lambda: {k: v for k, v in {"version": versions[t.version()], "suite": names.get(t.cipher()[0], t.cipher()[0]),
                                             "sni": server_name[0] if server_name else None, "resumed": t.session_reused or None}.items() if v}
        serve(lambda: t.recv(65536), t.sendall, conn, name(t.getpeername()), name(t.getsockname()), channel)
        t.unwrap()
    except (ssl.SSLError, OSError) as e:
        print(f"openssl.py: {conn}: {e}", file=sys.stderr)


def early():
    """One openssl s_server; what it prints is what it decrypted."""
    p = subprocess.Popen(["openssl", "s_server", "-accept", address, "-tls1_3", "-early_data", "-max_early_data", "16384", "-quiet",
                          "-cert", cert, "-key", key, "-naccept", "2", "-no_anti_replay"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    print("ready", flush=True)
    channel = lambda: {"version": "TLS 1.3", "suite": "TLS_AES_256_GCM_SHA384", "sni": "app.quinze.test"}
    serve(lambda: p.stdout.read(65536), lambda b: p.stdin.write(b), "s_server", "", address, channel)


if "early" in options:
    threading.Thread(target=early, daemon=True).start()
else:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.minimum_version = ssl.TLSVersion.TLSv1
    if "max=1.0" in options:
        context.maximum_version = ssl.TLSVersion.TLSv1
    if "max=1.1" in options:
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    if "max=1.2" in options:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    context.options &= ~(ssl.OP_NO_RENEGOTIATION)
    context.options |= ALLOW_CLIENT_RENEGOTIATION | LEGACY_SERVER
    if "no-etm" in options:
        context.options |= NO_ENCRYPT_THEN_MAC
    if "no-ems" in options:
        context.options |= NO_EXTENDED_MASTER_SECRET
    l = socket.create_server((host, int(port)))
    print("ready", flush=True)

    def loop():
        n = 0
        while True:
            s, _ = l.accept()
            n += 1
            threading.Thread(target=accept, args=(s, context, f"c{n}"), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()
sys.stdin.read()
time.sleep(0.2)
