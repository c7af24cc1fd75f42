"""Writes a HAR in which values of an invented person stand under layers that
Python's standard library makes: none of constat's own code, nor of its lab's.

    python3 generate.py SEED ENTRIES DIRECTORY

The directory gets capture.har, persona.toml and truth.json: for each entry the
place of its value in the persona, the depth, the layers, and where it stands.
"""

import base64
import binascii
import bz2
import codecs
import gzip
import hashlib
import json
import lzma
import pathlib
import plistlib
import quopri
import random
import sys
import urllib.parse
import xml.sax.saxutils
import zlib

PERSON = [
    ("contact.email", "maelle.kerouanton.x7q2@courriel.example"),
    ("contact.phone", "+33639982714"),
    ("device.imei", "864209753113570"),
    ("device.android_id", "3f9d2c7b51e84a60"),
    ("device.ad_id", "b7c4e1d2-5a3f-4e8b-9c6d-0f1a2b3c4d5e"),
    ("contact.name", "Maëlle Kérouanton"),
    ("location.precise", "48.861234,2.341567"),
    ("device.serial", "QZX77310452"),
    ("contact.address", "rue des Quenouilles 1147, Plougonver"),
]
HASHES = ["md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b"]


def word(r):
    return "".join(r.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(r.randint(3, 9)))


def raw_deflate(b):
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    return c.compress(b) + c.flush()


def xored(r, n, b):
    key = bytes(r.randint(1, 255) for _ in range(n))
    return bytes(c ^ key[i % n] for i, c in enumerate(b))


def layers(r):
    """The layers for any bytes, and those for text only."""
    anything = {
        "base64": base64.b64encode,
        "base64url": lambda b: base64.urlsafe_b64encode(b).rstrip(b"="),
        "base64, in lines": base64.encodebytes,
        "base32": base64.b32encode,
        "hex": binascii.hexlify,
        "hex, upper case": base64.b16encode,
        "base85": base64.b85encode,
        "ascii85": base64.a85encode,
        "zlib": zlib.compress,
        "gzip": gzip.compress,
        "deflate": raw_deflate,
        "bzip2": bz2.compress,
        "xz": lzma.compress,
        "lzma": lambda b: lzma.compress(b, lzma.FORMAT_ALONE),
        "xor, one byte": lambda b: xored(r, 1, b),
        "xor, four bytes": lambda b: xored(r, 4, b),
    }
    text = {
        "percent": lambda b: urllib.parse.quote(b).encode(),
        "percent, every byte": lambda b: "".join("%%%02x" % c for c in b).encode(),
        "character references": lambda b: "".join("&#%d;" % ord(c) for c in b.decode()).encode(),
        "unicode escapes": lambda b: "".join("\\u%04x" % ord(c) for c in b.decode()).encode(),
        "quoted-printable": lambda b: quopri.encodestring(b, quotetabs=True),
        "rot13": lambda b: codecs.encode(b.decode(), "rot13").encode(),
        "backwards": lambda b: b.decode()[::-1].encode(),
        "json": lambda b: json.dumps({word(r): b.decode(), word(r): r.randint(0, 9999)}).encode(),
        "json array": lambda b: json.dumps([word(r), b.decode()]).encode(),
        "xml": lambda b: ("<?xml version='1.0'?><a><k>%s</k></a>" % xml.sax.saxutils.escape(b.decode())).encode(),
        "form": lambda b: urllib.parse.urlencode({word(r): word(r), word(r): b.decode()}).encode(),
        "utf-16": lambda b: b.decode().encode("utf-16"),
        "utf-16be": lambda b: b.decode().encode("utf-16-be"),
        "utf-7": lambda b: b.decode().encode("utf-7"),
        "latin-1": lambda b: b.decode().encode("latin-1"),
        "binary plist": lambda b: plistlib.dumps({word(r): b.decode()}, fmt=plistlib.FMT_BINARY),
    }
    return anything, text


def is_text(b):
    try:
        return all(c >= " " or c in "\r\n\t" for c in b.decode())
    except UnicodeDecodeError:
        return False


def hidden(r, value, depth):
    """The value under so many layers, and their names, innermost first."""
    b, names = value.encode(), []
    if r.random() < 0.2:
        h = r.choice(HASHES)
        digest = hashlib.new(h, b)
        b = r.choice([digest.hexdigest().encode(), base64.b64encode(digest.digest())])
        names.append(h)
    anything, text = layers(r)
    for _ in range(depth):
        while True:
            pool = anything | (text if is_text(b) else {})
            name = r.choice(list(pool))
            try:
                b = pool[name](b)
            except UnicodeEncodeError:  # not in that charset
                continue
            names.append(name)
            break
    return b, names


def request(r, b, names):
    """A request that carries b, and where."""
    carrier = r.choice(["json", "form", "raw", "query", "header"])
    if carrier != "raw" and not is_text(b) or carrier == "header" and (not b.isascii() or b"\n" in b or b"\r" in b):
        b = base64.b64encode(b)
        names.append("base64")
    url, headers, body, media = "https://api.example/v1/x", [], None, ""
    if carrier == "json":
        body, media = json.dumps({"id": r.randint(1, 10**9), word(r): b.decode(), "t": word(r)}).encode(), "application/json"
    elif carrier == "form":
        body, media = urllib.parse.urlencode({word(r): word(r), word(r): b}).encode(), "application/x-www-form-urlencoded"
    elif carrier == "raw":
        body, media = b, "application/octet-stream"
    elif carrier == "query":
        url += "?" + urllib.parse.urlencode({word(r): b, "z": "1"})
    else:
        headers.append({"name": "x-" + word(r), "value": b.decode()})
    if media:
        headers.append({"name": "content-type", "value": media})
    req = {"method": "GET" if body is None else "POST", "url": url, "httpVersion": "HTTP/1.1", "headers": headers,
           "cookies": [], "queryString": [], "headersSize": -1, "bodySize": len(body or b"")}
    if body is not None:
        req["postData"] = {"mimeType": media, "text": body.decode()} if is_text(body) else {
            "mimeType": media, "text": base64.b64encode(body).decode(), "encoding": "base64"}
    return req, carrier


def main():
    seed, n, out = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
    r = random.Random(seed)
    out.mkdir(parents=True, exist_ok=True)
    rows = "".join('[[value]]\ntype = "%s"\nvalue = "%s"\n' % v for v in PERSON)
    (out / "persona.toml").write_text('region = "FR"\n' + rows)
    entries, truth = [], []
    for i in range(n):
        value, depth = r.randrange(len(PERSON)), r.randint(0, 4)
        b, names = hidden(r, PERSON[value][1], depth)
        req, carrier = request(r, b, names)
        entries.append({
            "startedDateTime": "2026-11-28T%02d:%02d:%02d.%03dZ" % (i // 3600000, i // 60000 % 60, i // 1000 % 60, i % 1000), "time": 1, "request": req,
            "response": {"status": 200, "statusText": "", "httpVersion": "HTTP/1.1", "headers": [], "cookies": [],
                         "content": {"size": 0, "mimeType": ""}, "redirectURL": "", "headersSize": -1, "bodySize": 0},
            "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 0}})
        truth.append({"value": value, "depth": depth, "layers": names, "carrier": carrier})
    har = {"log": {"version": "1.2", "creator": {"name": "independent", "version": "1"}, "entries": entries}}
    (out / "capture.har").write_text(json.dumps(har))
    (out / "truth.json").write_text(json.dumps(truth))


main()
