"""Speaks TCP and UDP with itself, at each address given. Bytes are made by a
counter, so that a recording holds nothing of anybody's."""
import hashlib
import socket
import struct
import sys
import threading
import time


def made(seed, n):
    out = b""
    i = 0
    while len(out) < n:
        out += hashlib.sha256(f"{seed} {i}".encode()).hexdigest().encode()
        i += 1
    return out[:n]


def serve(listener, answer, n):
    for i in range(n):
        c, _ = listener.accept()
        got = b""
        while True:
            b = c.recv(65536)
            if not b:
                break
            got += b
        c.sendall(made(f"answer {answer} {i}", 3000 + 7 * i))
        c.close()


def tcp(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind((host, 0))
    listener.listen(8)
    t = threading.Thread(target=serve, args=(listener, host, 3))
    t.start()
    for i in range(3):
        c = socket.create_connection(listener.getsockname()[:2])
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        b = made(f"question {host} {i}", 5000 * (i + 1))
        for k in range(0, len(b), 1700):
            c.sendall(b[k : k + 1700])
        c.shutdown(socket.SHUT_WR)
        while c.recv(65536):
            pass
        c.close()
    t.join()
    # One that is reset, with bytes that nobody reads.
    c = socket.create_connection(listener.getsockname()[:2])
    s, _ = listener.accept()
    c.sendall(made("unread", 900))
    time.sleep(0.05)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    c.close()
    # One that is refused.
    port = listener.getsockname()[1]
    listener.close()
    try:
        socket.create_connection((host, port))
    except OSError:
        pass


def udp(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    a = socket.socket(family, socket.SOCK_DGRAM)
    a.bind((host, 0))
    b = socket.socket(family, socket.SOCK_DGRAM)
    b.bind((host, 0))
    for n in (0, 1, 100, 1400, 4000, 20000):  # the last two in fragments
        a.sendto(made(f"datagram {host}", n), b.getsockname())
        got, peer = b.recvfrom(65536)
        b.sendto(got[: n // 2], peer)
        a.recvfrom(65536)


if __name__ == "__main__":
    for host in sys.argv[1:]:
        tcp(host)
        udp(host)
