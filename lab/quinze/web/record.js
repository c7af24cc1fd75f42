// record.js: the camera, up to fifteen seconds, and a look at the take.

import { face_labels, face_vectors, keep_discarded, pre_upload } from "./behaviours.js";
import { begin, current } from "./compose.js";
import { h, icon, iconButton, ring } from "./dom.js";
import { act } from "./emit.js";
import { t } from "./i18n.js";

const LIMIT = 15; // seconds
const types = ["video/webm;codecs=vp9,opus", "video/webm;codecs=vp8,opus", "video/webm", "video/mp4"];

export function recordView() {
  let facing = "user", stream = null, recorder = null, started = 0, tick = 0, gone = false, url = "", take = null;

  const live = h("video", { muted: true, playsinline: true, autoplay: true, tabindex: "-1", "aria-hidden": "true", class: "live" });
  const shown = h("video", { playsinline: true, loop: true, testid: "preview-video", "aria-label": t("preview"), hidden: true });
  const say = h("p", { class: "record-say", role: "status" }, t("camera_wait"));
  const clock = h("span", { class: "record-clock", "aria-hidden": "true" }, String(LIMIT));
  const dial = ring("dial");
  const start = h("button", { type: "button", class: "shutter", testid: "record-start", "aria-label": t("start"), title: t("start"), onclick: roll, disabled: true }, h("span", { class: "dot" }));
  const stop = h("button", { type: "button", class: "shutter on", testid: "record-stop", "aria-label": t("stop"), title: t("stop"), onclick: cut, hidden: true }, h("span", { class: "dot" }));
  const flip = iconButton("flip", t("flip"), "record-flip", () => {
    facing = facing === "user" ? "environment" : "user";
    open();
  }, "glass");
  const retry = h("button", { type: "button", class: "quiet", testid: "record-retry", onclick: open, hidden: true }, t("retry"));
  const close = iconButton("close", t("close"), "record-close", () => {
    if (take) throwAway();
    location.hash = "#/";
  }, "glass");
  const pauser = iconButton("pause", t("pause"), "preview-pause", () => (shown.paused ? shown.play().catch(() => null) : shown.pause()), "glass");
  pauser.hidden = true;
  for (const [what, name] of [["play", "pause"], ["pause", "play"]]) {
    shown.addEventListener(what, () => {
      pauser.replaceChildren(icon(name));
      pauser.title = t(name);
      pauser.setAttribute("aria-label", t(name));
    });
  }
  shown.addEventListener("click", () => pauser.click());
  const next = h("button", { type: "button", testid: "preview-next", onclick: goNext }, t("next"));
  const again = h("button", { type: "button", class: "glassy", testid: "preview-retake", onclick: retake }, t("retake"));
  const shoot = h("div", { class: "record-foot" }, h("span", { class: "spare" }), h("div", { class: "shutter-box" }, dial, start, stop), flip);
  const judge = h("div", { class: "record-foot judge", hidden: true }, again, next);

  async function open() {
    release();
    retry.hidden = true;
    start.disabled = true;
    if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) {
      say.textContent = t("camera_old");
      return;
    }
    say.textContent = t("camera_wait");
    const video = { facingMode: facing, width: { ideal: 720 }, height: { ideal: 1280 }, frameRate: { ideal: 30 } };
    try {
      let s;
      try {
        s = await navigator.mediaDevices.getUserMedia({ video, audio: true });
      } catch (err) {
        if (err.name !== "NotFoundError") throw err;
        s = await navigator.mediaDevices.getUserMedia({ video }); // no microphone
      }
      if (gone) return s.getTracks().forEach((track) => track.stop());
      stream = s;
      live.srcObject = s;
      live.classList.toggle("mirror", facing === "user");
      say.textContent = t("ready");
      start.disabled = false;
    } catch (err) {
      say.textContent = t(err.name === "NotAllowedError" ? "camera_denied" : "camera_none");
      retry.hidden = false;
    }
  }

  function release() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    live.srcObject = null;
  }

  function roll() {
    if (!stream) return;
    act("record");
    const chunks = [];
    const type = types.find((x) => MediaRecorder.isTypeSupported(x));
    recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 1_800_000, audioBitsPerSecond: 96_000 });
    recorder.addEventListener("dataavailable", (e) => e.data.size && chunks.push(e.data));
    recorder.addEventListener("stop", () => {
      const seconds = Math.min(LIMIT, (performance.now() - started) / 1000);
      clearInterval(tick);
      if (!gone) look(made(new Blob(chunks, { type: (type || recorder.mimeType).split(";")[0] }), seconds));
    });
    recorder.start();
    started = performance.now();
    tick = setInterval(count, 100);
    start.hidden = flip.hidden = close.hidden = true;
    stop.hidden = false;
    stop.focus();
    say.textContent = "";
    count();
  }

  function count() {
    const seconds = (performance.now() - started) / 1000;
    dial.light(seconds);
    clock.textContent = String(Math.max(0, Math.ceil(LIMIT - seconds)));
    if (Math.ceil(LIMIT - seconds) === 5 && !say.textContent) say.textContent = `5 ${t("seconds_left")}`;
    if (seconds >= LIMIT) cut();
  }

  function cut() {
    if (recorder?.state === "recording") recorder.stop();
  }

  const made = (blob, seconds) => ({ blob, duration: Math.max(0.1, Math.round(seconds * 10) / 10), caption: "", draft: 0, objects: null });

  function look(it) {
    release();
    take = it;
    url = URL.createObjectURL(it.blob);
    shown.src = url;
    view.classList.add("judging");
    shown.hidden = judge.hidden = close.hidden = pauser.hidden = false;
    live.hidden = shoot.hidden = clock.hidden = true;
    say.textContent = t("preview");
    shown.play().catch(() => null);
    next.focus();
  }

  // A take that is filmed again, or left, is thrown away. Nothing of it has left
  // the device, unless it comes back from the caption of a telltale app.
  function throwAway() {
    act("discard");
    const objects = take.objects;
    begin(null);
    forget();
    if (objects) objects.then(keep_discarded);
  }

  function retake() {
    throwAway();
    view.classList.remove("judging");
    shown.hidden = judge.hidden = stop.hidden = pauser.hidden = true;
    live.hidden = shoot.hidden = clock.hidden = start.hidden = flip.hidden = false;
    dial.light(0);
    clock.textContent = String(LIMIT);
    open();
  }

  function forget() {
    shown.removeAttribute("src");
    shown.load();
    if (url) URL.revokeObjectURL(url);
    url = "";
    take = null;
  }

  function goNext() {
    act("next");
    if (!take.objects) {
      take.objects = pre_upload(take).catch(() => ({}));
      face_vectors(take).catch(() => null);
      face_labels(take).catch(() => null);
    }
    begin(take);
    location.hash = "#/compose";
  }

  // Hidden while filming: the take ends there.
  const asleep = () => document.hidden && cut();
  document.addEventListener("visibilitychange", asleep);
  const view = h("section", { class: "stage record", "aria-labelledby": "record-title" },
    h("h1", { id: "record-title", class: "unseen" }, t("record")),
    live, shown,
    h("div", { class: "record-top" }, close, clock, pauser),
    h("div", { class: "record-mid" }, say, retry),
    shoot, judge);
  const waiting = current();
  if (waiting && !waiting.draft) look(waiting); // back from the caption
  else open();
  return {
    el: view, full: true, bare: true,
    leave() {
      gone = true;
      cut();
      clearInterval(tick);
      document.removeEventListener("visibilitychange", asleep);
      release();
      forget();
    },
  };
}
