"""A mitmproxy add-on that gives the recorded hosts their loopback addresses.

It stands in for a name server, as --host-resolver-rules does in Chromium, and
refuses every other name, so that nothing can leave the machine.
"""
import os
import socket

PORT = int(os.environ["ORIGIN_PORT"])
HOSTS = {
    "app.quinze.test": "127.0.0.1",
    "log.quinze.test": "127.0.0.2",
    "cdn.quinze.test": "127.0.0.3",
    "tracker.adverio.test": "127.0.0.4",
    "metrics.metrikon.test": "127.0.0.5",
}
lookup = socket.getaddrinfo


def getaddrinfo(host, port, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if name in HOSTS:
        return lookup(HOSTS[name], PORT, *args, **kwargs)
    if name is None or name.startswith("127."):
        return lookup(host, port, *args, **kwargs)
    raise socket.gaierror(socket.EAI_NONAME, "not one of the recorded hosts")


socket.getaddrinfo = getaddrinfo
