"""Two TUN devices in two network namespaces, and between them a relay that
loses, repeats and delays packets, and writes down what it was given by either
side: a capture at the place where packets get lost. Usage: lossy.py FILE."""
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import time

from talk import made

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1001))  # TUN, no header
    return fd


def end(name, here, there, body):
    """A process in a namespace of its own; the TUN device's descriptor is
    returned through a socket pair."""
    import array
    import socket

    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    pid = os.fork()
    if pid == 0:
        libc.unshare(CLONE_NEWNET)
        fd = tun(name)
        for args in (["link", "set", name, "up", "mtu", "1300"], ["addr", "add", f"{here}/24", "dev", name], ["link", "set", "lo", "up"]):
            subprocess.run(["ip", *args], check=True)
        theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
        theirs.recv(1)
        body()
        os._exit(0)
    _, anc, _, _ = ours.recvmsg(1, 64)
    return pid, struct.unpack("i", anc[0][2])[0], ours


def server():
    import socket

    s = socket.socket()
    s.bind(("10.9.9.2", 8080))
    s.listen(8)
    for i in range(4):
        c, _ = s.accept()
        while c.recv(65536):
            pass
        c.sendall(made(f"down {i}", 30000))
        c.close()


def client():
    import socket

    for i in range(4):
        c = socket.create_connection(("10.9.9.2", 8080))
        c.sendall(made(f"up {i}", 60000))
        c.shutdown(socket.SHUT_WR)
        while c.recv(65536):
            pass
        c.close()


def main(path):
    rng = random.Random(9)
    out = open(path, "wb")
    out.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
    pids, fds, gates = zip(end("tunc", "10.9.9.1", "10.9.9.2", client), end("tuns", "10.9.9.2", "10.9.9.1", server))
    for g in (gates[1], gates[0]):
        g.send(b"x")
        time.sleep(0.3)
    waiting, n, running = [], 0, set(pids)
    while running:
        ready, _, _ = select.select(fds, [], [], 0.002)
        now = time.time()
        for fd in ready:
            b = os.read(fd, 65536)
            if b[0] >> 4 != 4:
                continue
            # The capture is made behind the place where packets are lost, and
            # in the order in which they arrive there.
            for copy in range(1 + (rng.random() < 0.02)):
                if rng.random() < 0.03:
                    continue
                late = 0.001 + (rng.random() < 0.1) * rng.random() * 0.006
                heapq.heappush(waiting, (now + late, n, fds[1 - fds.index(fd)], b))
                n += 1
        while waiting and waiting[0][0] <= time.time():
            _, _, fd, b = heapq.heappop(waiting)
            t = time.time()
            out.write(struct.pack("<IIII", int(t), int(t % 1 * 1e6), len(b), len(b)) + b)
            os.write(fd, b)
        for pid in list(running):
            if os.waitpid(pid, os.WNOHANG)[0]:
                running.discard(pid)


main(sys.argv[1])
