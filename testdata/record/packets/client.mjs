// The Node clients of the recorded captures: node:https, node:http2 and fetch.
//
//   node --tls-keylog=FILE client.mjs https://HOST
import https from "node:https";
import http2 from "node:http2";
import { gzipSync } from "node:zlib";

process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
process.removeAllListeners("warning");
const url = process.argv[2];
const json = (n) => JSON.stringify({ app: "quinze", note: "quinze secondes ".repeat(n), n });

const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
const one = (method, path, body, headers = {}) => new Promise((ok, no) => {
  const r = https.request(url + path, { method, agent, headers }, (res) => { res.resume(); res.on("end", ok); });
  r.on("error", no);
  r.end(body);
});
await one("GET", "/json");
await one("POST", "/v1/batch", json(20), { "Content-Type": "application/json" });
await one("POST", "/v1/batch", gzipSync(json(200)), { "Content-Encoding": "gzip" });
await one("GET", "/bytes/12000");
agent.destroy();

const session = http2.connect(url);
const stream = (headers, body) => new Promise((ok, no) => {
  const s = session.request(headers, { endStream: body === undefined });
  s.resume();
  s.on("end", ok);
  s.on("error", no);
  if (body !== undefined) s.end(body);
});
await stream({ ":path": "/json", cookie: "quinze_session=0123456789abcdef" });
await Promise.all([...Array(6).keys()].map((i) => stream({ ":method": "POST", ":path": `/v1/together/${i}`, "content-type": "application/json" }, json(i * 30))));
await stream({ ":method": "PUT", ":path": "/v1/upload" }, Buffer.alloc(20000, "q"));
await stream({ ":path": "/trailers" });
session.close();

await (await fetch(url + "/gzip")).arrayBuffer();
await (await fetch(url + "/v1/fetch", { method: "POST", body: json(3) })).arrayBuffer();
process.exit(0);
