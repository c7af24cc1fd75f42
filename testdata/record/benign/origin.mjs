// Every server that the recorded clients ask for: the shop's pages, and for
// everything else an answer that its client takes for success. Also the name
// server that gives every name the address 127.0.0.1. Runs in a network
// namespace without a way out; see record.sh.
//
//   node origin.mjs DIST KEY CERT
import { createServer as https } from "node:https";
import { createServer as http } from "node:http";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { answers } from "./answers.mjs";

const [dist, key, cert] = process.argv.slice(2);
const pixel = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");
const types = { html: "text/html; charset=utf-8", mjs: "text/javascript", js: "text/javascript", css: "text/css", gif: "image/gif", png: "image/gif", ico: "image/gif" };

function serve(q, s) {
  const url = new URL(q.url, "https://" + (q.headers[":authority"] ?? q.headers.host ?? "nobody.test"));
  const ext = url.pathname.match(/\.([a-z]+)$/)?.[1];
  const head = {
    "access-control-allow-origin": q.headers.origin ?? "*",
    "access-control-allow-credentials": "true",
    "access-control-allow-headers": q.headers["access-control-request-headers"] ?? "*",
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "access-control-max-age": "86400",
    "cache-control": "no-store",
  };
  const send = (status, type, body) => { s.writeHead(status, { ...head, "content-type": type }); s.end(body); };
  q.on("error", () => {});
  q.resume().on("end", () => {
    if (q.method === "OPTIONS") return send(204, "text/plain", "");
    if (url.host.startsWith("shop.quinze.test")) {
      const name = url.pathname === "/" || !ext ? "index.html" : normalize(url.pathname);
      try { return send(200, types[ext] ?? types.html, readFileSync(join(dist, name))); } catch { return send(200, types[ext] ?? "application/json", ext ? pixel : "{}"); }
    }
    const answer = answers.find(([pattern]) => pattern.test(url.host + url.pathname));
    if (answer) return send(answer[2] ?? 200, "application/json", JSON.stringify(typeof answer[1] === "function" ? answer[1](url) : answer[1]));
    if (ext === "js" || ext === "mjs") return send(200, types.js, "/* nothing */");
    if (/png|gif|ico|jpe?g|webp/.test(ext ?? "") || /image/.test(q.headers["sec-fetch-dest"] ?? "")) return send(200, "image/gif", pixel);
    send(200, "application/json", JSON.stringify({ success: true, status: "ok", ok: true, error: null }));
  });
}

https({ key: readFileSync(key), cert: readFileSync(cert) }, serve).listen(9443, "127.0.0.1");
http(serve).listen(9080, "127.0.0.1");

// Names: one A record for each question, none of other types (RFC 1035).
const dns = createSocket("udp4");
dns.on("message", (m, from) => {
  let end = 12;
  while (m[end]) end += m[end] + 1;
  const a = m.readUInt16BE(end + 1) === 1;
  const out = Buffer.concat([m.subarray(0, end + 5), a ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 127, 0, 0, 1]) : Buffer.alloc(0)]);
  out.writeUInt16BE(0x8180, 2); out.writeUInt16BE(1, 4); out.writeUInt16BE(a ? 1 : 0, 6); out.writeUInt32BE(0, 8);
  dns.send(out, from.port, from.address);
});
dns.bind(53, "127.0.0.1");
process.stdin.resume().on("end", () => process.exit(0));
