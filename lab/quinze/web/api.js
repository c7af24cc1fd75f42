// api.js: the server's interface, one function per request. Each says which
// values about the user its request carries.

import { emit } from "./emit.js";

export const settings = { media: "", log: "", ads: "", stats: "", policy: "clear", switches: {} };
export const on = (name) => settings.switches[name] || false;

// Fault is an error of the server: code, the form field it is about, status.
export class Fault extends Error {
  constructor(status, body) {
    super(body.message || body.error || `HTTP ${status}`);
    this.status = status;
    this.code = body.error || "";
    this.field = body.field || "";
  }
}

async function call(method, url, { items = [], json, body, type, credentials } = {}) {
  const headers = {};
  if (json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(json);
  } else if (type) {
    headers["Content-Type"] = type;
  }
  let res;
  try {
    res = await emit(items, { url, method, headers, body, credentials: credentials || "same-origin" });
  } catch {
    throw new Fault(0, { error: "offline" });
  }
  if (!res.ok) {
    const err = new Fault(res.status, await res.json().catch(() => ({})));
    if (err.code === "sign-in") keepMe(null); // the session has ended elsewhere
    throw err;
  }
  if (res.status === 204) return null;
  return (res.headers.get("Content-Type") || "").includes("json") ? res.json() : null;
}

const enc = encodeURIComponent;
const json = (data_type, field, value, more) => ({ data_type, value, carrier: "json", field, ...more });
const path = (data_type, field, value) => ({ data_type, value, carrier: "path", field });

let me = null; // the signed-in user
export const self = () => me;
// whose is the item of a user name in a path: the user's own, or what she looks at.
const whose = (name) => path(me && me.username === name ? "contact.username" : "content.activity", "username", name);
const keepMe = (answer) => (me = answer ? answer.user : null);

export async function loadSettings() {
  Object.assign(settings, await call("GET", "/api/settings"));
  settings.switches = settings.switches || {};
  return settings;
}

// The account.
export async function loadMe() {
  try {
    return keepMe(await call("GET", "/api/me"));
  } catch (err) {
    if (err.status === 401) return keepMe(null);
    throw err;
  }
}
// The data type of each field of the sign-up form.
export const signupTypes = {
  username: "contact.username", email: "contact.email", phone: "contact.phone",
  birthdate: "contact.birthdate", password: "credential.password",
};
export const signup = (f) => call("POST", "/api/signup", {
  json: f,
  items: Object.keys(f).map((k) => json(signupTypes[k], k, f[k])),
}).then(keepMe);
export const signin = (login, password) => call("POST", "/api/signin", {
  json: { login, password },
  items: [
    json(login.includes("@") ? "contact.email" : /^[+\d][\d .-]+$/.test(login) ? "contact.phone" : "contact.username", "login", login),
    json("credential.password", "password", password),
  ],
}).then(keepMe);
export const signout = () => call("POST", "/api/signout").then(keepMe);
export const editMe = (name, bio) => call("PATCH", "/api/me", {
  json: { name, bio },
  items: [json("contact.name", "name", name), json("content.message", "bio", bio)],
}).then(keepMe);
export const exportMe = () => call("GET", "/api/me/export");
export const deleteMe = (password) => call("DELETE", "/api/me", {
  json: { password }, items: [json("credential.password", "password", password)],
}).then(() => keepMe(null));
export const consent = (choice) => call("POST", "/api/consent", { json: { choice } });

// Clips and people.
const page = (url, before, limit, items) => call("GET",
  `${url}?limit=${limit}${before ? `&before=${enc(before)}` : ""}`, { items });
export const feed = (before, limit = 5) => page("/api/feed", before, limit);
export const userClips = (name, before, limit = 12) => page(`/api/users/${enc(name)}/clips`, before, limit, [whose(name)]);
export const user = (name) => call("GET", `/api/users/${enc(name)}`, { items: [whose(name)] }).then((a) => a.user);
export const follow = (name, yes) => call(yes ? "PUT" : "DELETE", `/api/users/${enc(name)}/follow`, {
  items: [path("content.activity", "username", name)],
});
export const like = (id, yes) => call(yes ? "PUT" : "DELETE", `/api/clips/${enc(id)}/like`, {
  items: [path("content.activity", "clip", id)],
});
export const comments = (id) => call("GET", `/api/clips/${enc(id)}/comments`, {
  items: [path("content.activity", "clip", id)],
}).then((a) => a.comments || []);
export const comment = (id, text) => call("POST", `/api/clips/${enc(id)}/comments`, {
  json: { text },
  items: [json("content.message", "text", text), path("content.activity", "clip", id)],
}).then((a) => a.comment || a);
export const search = (q) => call("GET", `/api/search?q=${enc(q)}`, {
  items: [{ data_type: "content.search", value: q, carrier: "query", field: "q" }],
});

// Files and what is made of them. about is laid over the item of the file:
// {data_type, why} when it is not the user who posts it.
export const upload = (blob, about = {}) => {
  const type = (blob.type || "video/webm").split(";")[0];
  return call("POST", `${settings.media}/upload`, {
    body: blob, type, credentials: "include",
    items: [{ data_type: "content.media", value: "", size: blob.size, carrier: "raw", field: type, ...about }],
  }).then((a) => a.object);
};
export const deleteUpload = (object) => call("DELETE", `${settings.media}/upload/${enc(object)}`, { credentials: "include" });
export const postClip = (object, caption, duration) => call("POST", "/api/clips", {
  json: { object, caption, duration },
  items: [json("content.message", "caption", caption)],
}).then((a) => a.clip);
export const deleteClip = (id) => call("DELETE", `/api/clips/${enc(id)}`);
export const postDraft = (object, caption, why) => call("POST", "/api/drafts", {
  json: { object, caption }, items: [json("content.draft", "caption", caption, { why })],
});

// What only the alleged behaviours use (behaviours.js). No cookie goes along,
// but with the trackers' own message.
const elsewhere = (url, items, body, credentials = "omit") => call("POST", url, { json: body, items, credentials })
  .catch(() => null); // such code never disturbs the app
export const logEvent = (name, fields, items) => elsewhere(`${settings.log}/v1/events`, items,
  { events: [{ name, at: Date.now() + (settings.switches.clock_ahead_ms || 0), ...fields }] });
export const adBid = (body, items) => elsewhere(`${settings.ads}/bid`, items, body);
export const statsCollect = (body, items, withCookies) => elsewhere(`${settings.stats}/collect`, items, body, withCookies ? "include" : "omit");
