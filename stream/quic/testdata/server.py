"""A server of HTTP/3 by aioquic, which allows its clients a dynamic table.

    python3 server.py CERTIFICATE KEY PAGE PORT

It answers as the other servers of these tests do, and prints READY, what it is
asked, and DONE.
"""
import asyncio
import hashlib
import sys

from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated

with open(sys.argv[3], "rb") as f:
    PAGE = f.read()


def digest(b):
    return "%d:%s" % (len(b), hashlib.sha256(b).hexdigest()[:16])


class Protocol(QuicConnectionProtocol):
    h3 = None

    def quic_event_received(self, event):
        if isinstance(event, ProtocolNegotiated):
            self.h3, self.streams = H3Connection(self._quic), {}
        if self.h3 is None:
            return
        for e in self.h3.handle_event(event):
            if isinstance(e, (HeadersReceived, DataReceived)):
                s = self.streams.setdefault(e.stream_id, [{}, b""])
                if isinstance(e, HeadersReceived):
                    s[0] = dict(e.headers)
                else:
                    s[1] += e.data
                if e.stream_ended:
                    self.answer(e.stream_id, *s)
        self.transmit()

    def answer(self, sid, head, body):
        path = head[b":path"].decode()
        data = PAGE if path == "/page" else b""
        if path.startswith("/n/"):
            n = int(path.split("/")[2].split("?")[0])
            data = (b"0123456789abcdef" * (n // 16 + 1))[:n]
            print("%s %s %s %s -> 200 %s" % (head[b":method"].decode(), path, head.get(b"x-ask", b"").decode(), digest(body), digest(data)), flush=True)
        if path == "/done":
            print("DONE", flush=True)
        self.h3.send_headers(sid, [(b":status", b"200"), (b"content-type", b"text/html"), (b"server", b"aioquic, over and over")])
        self.h3.send_data(sid, data, True)


async def main():
    conf = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=False)
    conf.load_cert_chain(sys.argv[1], sys.argv[2])
    await serve("127.0.0.1", int(sys.argv[4]), configuration=conf, create_protocol=Protocol)
    print("READY", flush=True)
    await asyncio.Future()


asyncio.run(main())
