// behaviours.js: what the app is accused of, each by the switch of its name
// (package lab/scenario) and only while /api/settings says that it is on. With
// all of them off nothing in this file sends anything.

import * as api from "./api.js";
import { on } from "./api.js";
import { choice } from "./consent.js";
import { setCookie } from "./emit.js";
import { frames } from "./frames.js";

const json = (data_type, field, value, why) => ({ data_type, value, carrier: "json", field, why });

// An identifier of the page's own making, that lasts.
function lastingID(key) {
  let id = localStorage.getItem(key);
  if (!id) {
    const b = crypto.getRandomValues(new Uint8Array(16));
    id = Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
    localStorage.setItem(key, id);
  }
  return id;
}

// pre_upload (C02): on Next, before Save and Post are on the screen, the take
// leaves, or pictures of it. Returns the objects made: {video} or {frames}.
export async function pre_upload(take) {
  const why = "pre_upload";
  const about = { data_type: "content.draft", why };
  switch (on(why)) {
    case "video":
      return { video: await api.upload(take.blob, about) };
    case "frames":
    case "thumbnail": {
      const n = on(why) === "frames" ? 3 : 1;
      const pictures = await frames(take.blob, take.duration, n);
      const ids = [];
      for (const p of pictures) ids.push(await api.upload(await p.jpeg(), about));
      return { frames: ids };
    }
    default:
      return {};
  }
}

// keep_discarded (C03): what has been uploaded stays when the user throws the
// take away. Off, it is deleted.
export async function keep_discarded(objects) {
  if (on("keep_discarded")) return;
  for (const id of [objects.video, ...(objects.frames || []), objects.draft].filter(Boolean)) {
    await api.deleteUpload(id).catch(() => null);
  }
}

// upload_drafts (C01): a draft that the user keeps on the device leaves it.
// Returns the object, "" when the switch is off.
export async function upload_drafts(take) {
  const why = "upload_drafts";
  if (!on(why)) return "";
  const object = await api.upload(take.blob, { data_type: "content.draft", why });
  await api.postDraft(object, take.caption, why);
  return object;
}

// The centre of a picture, where a face is, as 16 × 8 grey values.
function grid(picture) {
  const side = Math.min(picture.width, picture.height) * 0.6;
  const c = document.createElement("canvas");
  c.width = 16;
  c.height = 8;
  const g = c.getContext("2d", { willReadFrequently: true });
  g.imageSmoothingQuality = "high";
  g.drawImage(picture.canvas, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, 16, 8);
  const { data } = g.getImageData(0, 0, 16, 8);
  return Array.from({ length: 128 }, (_, i) => 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]);
}

// embedding makes 128 numbers of unit length from a picture: simple, but of the
// face in it and of no other.
export function embedding(picture) {
  const v = grid(picture);
  const mean = v.reduce((a, b) => a + b, 0) / v.length;
  const length = Math.hypot(...v.map((x) => x - mean)) || 1;
  return v.map((x) => Number(((x - mean) / length).toFixed(5)));
}

// face_vectors (D01): numbers drawn from the face, to the event log.
export async function face_vectors(take) {
  const why = "face_vectors";
  if (!on(why)) return;
  const [picture] = await frames(take.blob, take.duration, 1);
  if (!picture) return;
  const face_embedding = embedding(picture);
  await api.logEvent("effect_ready", { face_embedding },
    [json("biometric.face_vector", "face_embedding", JSON.stringify(face_embedding), why)]);
}

// face_labels (D02): an age and a sex by guess. The guess is drawn from the
// grey values, so it is worth nothing, but it is made from the face and leaves.
// The taxonomy has no type for an age: it goes as contact.birthdate, the year.
export async function face_labels(take) {
  const why = "face_labels";
  if (!on(why)) return;
  const [picture] = await frames(take.blob, take.duration, 1);
  if (!picture) return;
  const v = grid(picture);
  const sum = (from, to) => v.slice(from, to).reduce((a, b) => a + b, 0);
  const age = 18 + Math.round(sum(0, 128)) % 50;
  const gender = sum(0, 64) > sum(64, 128) ? "female" : "male";
  await api.logEvent("effect_ready", { face: { age, gender, confidence: 0.83 } }, [
    json("contact.birthdate", "face.age", age, why),
    json("contact.gender", "face.gender", gender, why),
  ]);
}

// trackers_despite_refusal (B09): an id cookie and a message to the statistics
// company, before the choice and after a refusal. The cookie's paths are those
// of requests that emit sees, so that no picture carries it unrecorded.
export async function trackers_despite_refusal(choice, view) {
  const why = "trackers_despite_refusal";
  if (!on(why) || choice === "accepted") return;
  const id = lastingID("qz_vid");
  for (const path of ["/api", "/collect"]) {
    setCookie({ name: "qz_vid", value: id, path, data_type: "device.install_id", why });
  }
  await api.statsCollect({ vid: id, event: "view", view, lang: navigator.language },
    [json("device.install_id", "vid", id, why), json("device.language", "lang", navigator.language, why)], true);
}

async function digest(bytes) {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(sum, (x) => x.toString(16).padStart(2, "0")).join("");
}

async function canvasPrint() {
  const c = document.createElement("canvas");
  c.width = 240;
  c.height = 60;
  const g = c.getContext("2d");
  g.textBaseline = "top";
  g.font = "18px Arial, sans-serif";
  g.fillStyle = "#f60";
  g.fillRect(100, 5, 80, 30);
  g.fillStyle = "#069";
  g.fillText("Quinze \u{1F3AC} voix ambiguë", 4, 12);
  g.fillStyle = "rgba(102, 204, 0, 0.7)";
  g.fillText("Quinze \u{1F3AC} voix ambiguë", 6, 16);
  g.arc(200, 35, 18, 0, Math.PI * 1.7);
  g.stroke();
  return digest(new TextEncoder().encode(c.toDataURL()));
}

async function audioPrint() {
  const ctx = new OfflineAudioContext(1, 5000, 44100);
  const tone = ctx.createOscillator();
  tone.type = "triangle";
  tone.frequency.value = 10000;
  const squeeze = ctx.createDynamicsCompressor();
  squeeze.threshold.value = -50;
  squeeze.knee.value = 40;
  squeeze.ratio.value = 12;
  tone.connect(squeeze).connect(ctx.destination);
  tone.start();
  const sound = await ctx.startRendering();
  return digest(sound.getChannelData(0).slice(4500).buffer);
}

// fingerprint (E09): how this machine draws and sounds, once a page load. It
// waits for the consent dialog's answer, which B01 and B09 are about.
let printed = false;
export async function fingerprint() {
  const why = "fingerprint";
  if (!on(why) || printed) return;
  printed = true;
  const [canvas, audio] = await Promise.all([canvasPrint(), audioPrint()]);
  await api.logEvent("device_ready", { canvas, audio },
    [json("device.fingerprint", "canvas", canvas, why), json("device.fingerprint", "audio", audio, why)]);
}

// keystrokes (E08): the text in the search field and the milliseconds between
// its keys, though nothing has been submitted.
export function keystrokes(input) {
  const why = "keystrokes";
  if (!on(why)) return;
  let last = 0, intervals = [], timer = 0;
  const send = () => {
    clearTimeout(timer);
    if (!intervals.length) return;
    const body = { field: "search", text: input.value, intervals };
    intervals = [];
    api.logEvent("input_metrics", body, [
      json("content.keystrokes", "text", body.text, why),
      json("content.keystrokes", "intervals", JSON.stringify(body.intervals), why),
    ]);
  };
  input.addEventListener("keydown", (e) => {
    intervals.push(last ? Math.round(e.timeStamp - last) : 0);
    last = e.timeStamp;
    clearTimeout(timer);
    timer = setTimeout(send, 700);
  });
  input.addEventListener("blur", send);
}

// share_search (A09): search words and the clips watched, with a lasting id, to
// two other companies; once the consent dialog is answered, whatever was answered.
export async function share_search(what, value) {
  const why = "share_search";
  if (!on(why) || !choice()) return;
  const uid = lastingID("qz_uid");
  const [type, field] = what === "search" ? ["content.search", "q"] : ["content.activity", "watched"];
  const items = () => [json("device.install_id", "uid", uid, why), json(type, field, value, why)];
  await Promise.all([
    api.adBid({ uid, slot: "feed", [field]: value }, items()),
    api.statsCollect({ uid, event: what, [field]: value }, items()),
  ]);
}

// send_at_once (A02): the fields of the sign-up form leave as they are typed.
export function send_at_once(form) {
  const why = "send_at_once";
  if (!on(why)) return;
  const timers = {}, sent = {};
  const send = ({ name, value }) => {
    clearTimeout(timers[name]);
    if (!value || sent[name] === value || !api.signupTypes[name]) return;
    sent[name] = value;
    api.logEvent("form_progress", { form: "signup", [name]: value }, [json(api.signupTypes[name], name, value, why)]);
  };
  form.addEventListener("input", ({ target }) => {
    clearTimeout(timers[target.name]);
    timers[target.name] = setTimeout(() => send(target), 350);
  });
  form.addEventListener("focusout", ({ target }) => target.name && send(target));
}
