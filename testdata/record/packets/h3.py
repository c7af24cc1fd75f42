"""HTTP/3 with QPACK's dynamic table, on aioquic: an origin and a client.

    h3.py serve LOG CERT KEY ADDRESS PORT PAGES
    h3.py get KEYLOG ADDRESS PORT

The origin writes the lines of package truth. The client updates its keys once
(RFC 9001, section 6).
"""
import asyncio
import gzip
import hashlib
import json
import os
import random
import ssl
import sys
import time
from datetime import datetime, timezone

from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import HandshakeCompleted, ProtocolNegotiated


def digest(b):
    return {"size": len(b), "sha256": hashlib.sha256(b).hexdigest()}


clips = json.dumps({"clips": [{"id": i, "title": f"Marée basse {i}", "seconds": i % 15} for i in range(200)]}).encode()


class Origin(QuicConnectionProtocol):
    count = 0

    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        Origin.count += 1
        self.name, self.h3, self.open, self.tls = f"c{Origin.count}", None, {}, {}

    def quic_event_received(self, event):
        if isinstance(event, ProtocolNegotiated):
            self.h3 = H3Connection(self._quic)
        if isinstance(event, HandshakeCompleted):
            self.tls = {"version": "TLS 1.3", "suite": self._quic.tls.key_schedule.cipher_suite.name, "alpn": event.alpn_protocol,
                        "resumed": event.session_resumed}
            self.tls["suite"] = "TLS_" + self.tls["suite"].removeprefix("TLS_")
        if self.h3 is None:
            return
        for e in self.h3.handle_event(event):
            if isinstance(e, HeadersReceived):
                fields = [[n.decode(), v.decode("latin-1")] for n, v in e.headers]
                if e.stream_id in self.open:
                    self.open[e.stream_id]["trailers"] = fields
                else:
                    peer = self._quic._network_paths[0].addr
                    x = {"kind": "exchange", "time": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"), "conn": self.name,
                         "stream": e.stream_id, "client": f"{peer[0]}:{peer[1]}", "server": f"{address}:{port}", "protocol": "HTTP/3",
                         "headers": [f for f in fields if f[0][0] != ":"], "got": b""}
                    for n, v in fields:
                        if n in (":method", ":scheme", ":authority", ":path"):
                            x[n[1:]] = v
                    self.open[e.stream_id] = x
            elif isinstance(e, DataReceived) and e.stream_id in self.open:
                self.open[e.stream_id]["got"] += e.data
            else:
                continue
            if e.stream_ended:
                self.answer(self.open.pop(e.stream_id))

    def answer(self, x):
        body = x.pop("got")
        x["body"] = digest(body)
        path = x["path"].split("?")[0]
        status, fields, content, trailers = 200, [["server", "aioquic"], ["access-control-allow-origin", "*"]], b'{"ok":true}', None
        page = os.path.join(pages, "index.html" if path == "/" else os.path.basename(path))
        if x["method"] == "GET" and path in ("/", "/app.js"):
            content = open(page, "rb").read()
            fields.append(["content-type", "text/javascript" if path == "/app.js" else "text/html; charset=utf-8"])
        elif path == "/status/204":
            status, content = 204, b""
        elif path.startswith("/bytes/"):
            content = random.Random(15).randbytes(int(path[7:]))
        elif path == "/gzip":
            content = gzip.compress(clips, mtime=0)
            fields += [["content-type", "application/json"], ["content-encoding", "gzip"]]
        elif path == "/events":
            content = b"".join(b'id: %d\ndata: {"clip":%d}\n\n' % (i, i) for i in range(5))
            fields.append(["content-type", "text/event-stream"])
        elif path == "/trailers":
            content, trailers = clips, [["x-digest", digest(clips)["sha256"]]]
        elif path in ("/json", "/chunked", "/br", "/fields", "/padded"):
            content = clips
            fields += [["content-type", "application/json"], ["set-cookie", "quinze_session=0123456789abcdef; Path=/; HttpOnly"]]
        elif body:
            content = json.dumps({"ok": True} | digest(body)).encode()
        fields += [["x-quinze-request", x["path"]], ["x-quinze-server", "the same long value each time, which the dynamic table holds"]]
        x |= {"status": status, "response_headers": fields, "response": digest(content), "tls": {k: v for k, v in self.tls.items() if v}}
        self.h3.send_headers(x["stream"], [(b":status", str(status).encode())] + [(n.encode(), v.encode()) for n, v in fields], end_stream=not content)
        if content:
            self.h3.send_data(x["stream"], content, end_stream=trailers is None)
        if trailers:
            x["response_trailers"] = trailers
            self.h3.send_headers(x["stream"], [(n.encode(), v.encode()) for n, v in trailers], end_stream=True)
        self.transmit()
        with open(log, "a") as f:
            f.write(json.dumps(x, separators=(",", ":")) + "\n")


class Client(QuicConnectionProtocol):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.h3, self.waiting = H3Connection(self._quic), {}

    def quic_event_received(self, event):
        for e in self.h3.handle_event(event):
            if e.stream_ended and e.stream_id in self.waiting:
                self.waiting.pop(e.stream_id).set_result(None)

    async def request(self, method, path, body=b"", more=()):
        s = self._quic.get_next_available_stream_id()
        head = [(b":method", method.encode()), (b":scheme", b"https"), (b":authority", b"app.quinze.test"), (b":path", path.encode()),
                (b"user-agent", b"quinze-aioquic/1"), (b"x-quinze-device", b"a device's long name that comes with each request"),
                (b"cookie", b"quinze_session=0123456789abcdef"), *more]
        self.h3.send_headers(s, head, end_stream=not body)
        if body:
            self.h3.send_data(s, body, end_stream=True)
        self.waiting[s] = asyncio.get_running_loop().create_future()
        waiter = self.waiting[s]
        self.transmit()
        await asyncio.wait_for(waiter, 20)


async def get(keylog, address, port):
    c = QuicConfiguration(is_client=True, alpn_protocols=["h3"], server_name="app.quinze.test", verify_mode=ssl.CERT_NONE, secrets_log_file=open(keylog, "a"))
    async with connect(address, int(port), configuration=c, create_protocol=Client) as h:
        await asyncio.sleep(0.1)  # the peer's settings, which allow the dynamic table
        for path in ("/json", "/gzip", "/trailers", "/bytes/12000", "/status/204"):
            await h.request("GET", path)
        h._quic.request_key_update()
        await h.request("POST", "/v1/batch", json.dumps({"note": "quinze secondes " * 100}).encode(), [(b"content-type", b"application/json")])
        await asyncio.gather(*(h.request("POST", f"/v1/together/{i}", b"q" * i * 300, [(b"x-number", str(i).encode())]) for i in range(1, 9)))
        await h.request("PUT", "/v1/upload", b"quinze" * 3000)


if sys.argv[1] == "get":
    asyncio.run(get(*sys.argv[2:5]))
else:
    log, cert, key, address, port, pages = sys.argv[2:8]

    async def main():
        c = QuicConfiguration(is_client=False, alpn_protocols=["h3"])
        c.load_cert_chain(cert, key)
        await serve(address, int(port), configuration=c, create_protocol=Origin)
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        await asyncio.sleep(0.2)
        os._exit(0)

    asyncio.run(main())
