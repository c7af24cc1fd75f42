"""The Python clients of the recorded captures: http.client and ssl, as they come.

    clients.py KEYLOG https://HOST    (or http://HOST)
"""
import gzip
import http.client
import json
import ssl
import sys

keylog, url = sys.argv[1:3]
scheme, host = url.split("://")
headers = {"User-Agent": "quinze-python/1", "X-Quinze": "1"}
document = json.dumps({"app": "quinze", "note": "quinze secondes " * 40}).encode()


def chunks():
    for i in range(7):
        yield b"piece %d " % i * (i * 60 + 1)


if scheme == "https":
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.keylog_filename = keylog
    c = http.client.HTTPSConnection(host, timeout=20, context=context)
else:
    c = http.client.HTTPConnection(host, timeout=20)
for method, path, body, more in [
    ("GET", "/json", None, {}),
    ("GET", "/gzip", None, {"Accept-Encoding": "gzip"}),
    ("GET", "/chunked", None, {}),
    ("GET", "/bytes/12345", None, {}),
    ("POST", "/v1/batch", document, {"Content-Type": "application/json"}),
    ("POST", "/v1/batch", gzip.compress(document, mtime=0), {"Content-Type": "application/json", "Content-Encoding": "gzip"}),
    ("POST", "/v1/chunks", chunks(), {}),
    ("PUT", "/v1/upload", bytes(range(256)) * 80, {}),
    ("DELETE", "/v1/clip/15", None, {}),
    ("GET", "/trailers", None, {}),
]:
    c.request(method, path, body=body, headers=headers | more)
    c.getresponse().read()
c.close()
