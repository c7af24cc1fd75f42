"""Conversations of aioquic with itself, in memory, as a listener at the client's
network card sees them.

    python3 conversations.py SCENARIO > record.json

The record has the datagrams ("up": from the client), the key log, and the
requests as the server's application was given them.
"""
import base64, datetime, hashlib, io, json, random, ssl, sys

from aioquic.buffer import Buffer
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.packet import QuicProtocolVersion
from aioquic.tls import CipherSuite
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

V1, V2 = QuicProtocolVersion.VERSION_1, QuicProtocolVersion.VERSION_2
CLIENT, SERVER = ("192.0.2.1", 50000), ("198.51.100.2", 443)


def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.example")])
    day = datetime.timedelta(days=1)
    now = datetime.datetime(2026, 11, 23)
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now - day).not_valid_after(now + 3650 * day).sign(key, hashes.SHA256()))
    return cert, key


class Talk:
    """A client and a server, and the wire between them."""

    def __init__(self, suite=None, client=None, server=None, loss=0.0, webtransport=False):
        self.log = io.StringIO()
        self.rng = random.Random(1)
        self.loss = loss
        self.now = 1000.0
        self.record = []
        self.asked = []
        self.tickets, self.store = [], {}
        self.webtransport = webtransport
        suites = [suite] if suite else None
        self.cert, self.key = certificate()
        self.client_conf = dict(alpn_protocols=H3_ALPN, server_name="a.example", verify_mode=ssl.CERT_NONE, cipher_suites=suites, max_datagram_frame_size=65536, **(client or {}))
        self.server_conf = dict(alpn_protocols=H3_ALPN, certificate=self.cert, private_key=self.key, cipher_suites=suites, max_datagram_frame_size=65536, **(server or {}))

    def connect(self, port=50000, early=None, ticket=None):
        self.addr = (CLIENT[0], port)
        self.client = QuicConnection(configuration=QuicConfiguration(is_client=True, secrets_log_file=self.log, session_ticket=ticket, **self.client_conf), session_ticket_handler=self.tickets.append)
        self.server = None
        self.streams, self.hold = {}, []
        self.client.connect(SERVER, now=self.now)
        self.h3 = H3Connection(self.client, enable_webtransport=self.webtransport)
        self.h3s = None
        if early:
            early()
        self.run()

    def start_server(self, dcid):
        def keep(t):
            self.store[t.ticket] = t
        self.server = QuicConnection(configuration=QuicConfiguration(is_client=False, **self.server_conf), original_destination_connection_id=dcid,
                                     session_ticket_handler=keep, session_ticket_fetcher=lambda label: self.store.get(label))
        self.h3s = H3Connection(self.server, enable_webtransport=self.webtransport)

    def pass_on(self, sender, up):
        moved = False
        for data, _ in sender.datagrams_to_send(now=self.now):
            moved = True
            lost = self.rng.random() < self.loss
            if up or not lost:
                self.record.append(dict(up=up, port=self.addr[1], at=round(self.now, 6), data=base64.b64encode(data).decode()))
            self.now += 0.0001
            if lost:
                continue
            if self.loss and self.rng.random() < 0.1:
                self.hold.append((up, data))
                continue
            self.deliver(up, data)
            for h in self.hold:
                self.deliver(*h)
            self.hold = []
        return moved

    def deliver(self, up, data):
        if up:
            if self.server is None:
                self.start_server(data[6:6 + data[5]])
            self.server.receive_datagram(data, self.addr, now=self.now)
        else:
            self.client.receive_datagram(data, SERVER, now=self.now)

    def run(self):
        """Lets both go on until nothing happens any more."""
        idle = 0
        while idle < 3:
            moved = self.pass_on(self.client, True)
            self.events()
            self.now += 0.01
            if self.server:
                moved |= self.pass_on(self.server, False)
            self.events()
            self.now += 0.01
            for c in (self.client, self.server):
                if c and c.get_timer() and c.get_timer() <= self.now + (0.3 if self.loss else 0):
                    c.handle_timer(now=max(self.now, c.get_timer()))
            idle = 0 if moved else idle + 1

    def events(self):
        while (e := self.client.next_event()):
            self.h3.handle_event(e)
        while self.server and (e := self.server.next_event()):
            for h in self.h3s.handle_event(e):
                if isinstance(h, (HeadersReceived, DataReceived)) and getattr(h, "push_id", None) is None:
                    s = self.streams.setdefault(h.stream_id, [{}, b""])
                    if isinstance(h, HeadersReceived):
                        s[0] = s[0] or dict(h.headers)
                    else:
                        s[1] += h.data
                    if h.stream_ended:
                        self.answer(h.stream_id, *s)

    def answer(self, sid, head, body):
        path = head[b":path"].decode()
        n = int(path.split("/")[2].split("?")[0]) if path.startswith("/n/") else 0
        data = (b"0123456789abcdef" * (n // 16 + 1))[:n]
        ask = head.get(b"x-ask", b"").decode()
        self.asked.append("%s %s %s %s -> 200 %s" % (head[b":method"].decode(), path, ask, digest(body), digest(data)))
        if "early-hint" in path:
            self.h3s.send_headers(sid, [(b":status", b"103"), (b"link", b"</style.css>")])
        self.h3s.send_headers(sid, [(b":status", b"200"), (b"x-answer", ask.encode()), (b"server", b"aioquic, over and over")])
        if "trailer" in path:
            self.h3s.send_data(sid, data, False)
            self.h3s.send_headers(sid, [(b"x-trailer", b"the end")], True)
        else:
            self.h3s.send_data(sid, data, True)

    def ask(self, method, path, body=b"", extra=()):
        sid = self.client.get_next_available_stream_id()
        head = [(b":method", method.encode()), (b":scheme", b"https"), (b":authority", b"a.example"), (b":path", path.encode()),
                (b"user-agent", b"a client that repeats itself"), (b"cookie", b"id=0123456789abcdef"), (b"x-ask", b"ask-%d" % len(body))] + list(extra)
        self.h3.send_headers(sid, head, not body)
        if body:
            self.h3.send_data(sid, body, True)
        return sid

    def write(self):
        json.dump(dict(datagrams=self.record, keys=self.log.getvalue(), asked=sorted(self.asked)), sys.stdout, indent=0)


def digest(b):
    return "%d:%s" % (len(b), hashlib.sha256(b).hexdigest()[:16])


def several(t, n=12):
    for i in range(n):
        t.ask("POST" if i % 3 else "GET", "/n/%d?i=%d" % (i * 300, i), b"b" * (i * 200 if i % 3 else 0), [(b"x-new-%d" % (i % 5), b"value %d" % (i // 5))])
        if i % 2:
            t.run()
    t.run()


def plain(**kw):
    t = Talk(**kw)
    t.connect()
    several(t)
    t.client.close()
    t.run()
    return t


def updates():
    t = Talk()
    t.connect()
    for i in range(6):
        several(t, 3)
        (t.client if i % 2 else t.server).request_key_update()
        t.client.send_ping(i)
        t.run()
    several(t, 3)
    t.client.change_connection_id()
    t.addr = (CLIENT[0], 50001)  # a network address translator forgot it
    several(t, 6)
    t.client.close()
    t.run()
    return t


def early():
    t = Talk()
    t.connect()
    several(t, 2)
    t.client.close()
    t.run()
    t.connect(port=50002, ticket=t.tickets[-1], early=lambda: [t.ask("POST", "/n/100?early=%d" % i, b"early " * 100) for i in range(3)])
    several(t, 4)
    t.client.close()
    t.run()
    return t


def refused():
    """The server has forgotten the ticket: it refuses the early data."""
    t = Talk()
    t.connect()
    several(t, 2)
    t.client.close()
    t.run()
    t.store.clear()
    t.connect(port=50002, ticket=t.tickets[-1], early=lambda: t.ask("POST", "/n/100?early", b"early " * 100))
    t.run()
    t.now += 1
    t.run()
    t.client.close()
    t.run()
    return t


def oddities():
    """Trailers, interim responses, a WebSocket, WebTransport, datagrams, resets."""
    t = Talk(webtransport=True)
    t.connect()
    t.ask("POST", "/n/3000?trailer", b"x" * 5000)
    t.ask("POST", "/n/3000?early-hint&trailer", b"x" * 5000)
    t.run()
    sid = t.client.get_next_available_stream_id()
    t.h3.send_headers(sid, [(b":method", b"CONNECT"), (b":protocol", b"websocket"), (b":scheme", b"https"), (b":authority", b"a.example"), (b":path", b"/chat"), (b"sec-websocket-version", b"13")])
    t.run()
    t.h3s.send_headers(sid, [(b":status", b"200")])
    t.run()
    t.h3.send_data(sid, bytes([0x81, 0x85, 0, 0, 0, 0]) + b"hello", False)
    t.h3s.send_data(sid, bytes([0x81, 0x05]) + b"world", False)
    t.run()
    sid = t.client.get_next_available_stream_id()
    t.h3.send_headers(sid, [(b":method", b"CONNECT"), (b":protocol", b"webtransport"), (b":scheme", b"https"), (b":authority", b"a.example"), (b":path", b"/wt")])
    t.run()
    t.h3s.send_headers(sid, [(b":status", b"200")])
    t.run()
    wt = t.h3.create_webtransport_stream(sid)
    t.client.send_stream_data(wt, b"through a stream " * 10)
    wt = t.h3.create_webtransport_stream(sid, is_unidirectional=True)
    t.client.send_stream_data(wt, b"one way " * 10)
    t.h3.send_datagram(sid, b"in a datagram " * 10)
    t.run()
    sid = t.client.get_next_available_stream_id()
    t.h3.send_headers(sid, [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"a.example"), (b":path", b"/given-up")])
    t.h3.send_data(sid, b"half of it", False)
    t.run()
    t.client.reset_stream(sid, 0x10C)
    t.run()
    t.client.close()
    t.run()
    return t


SCENARIOS = dict(
    aes128=lambda: plain(suite=CipherSuite.AES_128_GCM_SHA256),
    aes256=lambda: plain(suite=CipherSuite.AES_256_GCM_SHA384),
    chacha20=lambda: plain(suite=CipherSuite.CHACHA20_POLY1305_SHA256),
    version2=lambda: plain(client=dict(original_version=V1, supported_versions=[V2, V1]), server=dict(supported_versions=[V2, V1])),
    loss=lambda: plain(loss=0.08),
    updates=updates,
    early=early,
    refused=refused,
    oddities=oddities,
)

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]]().write()
