// clip.js: one clip on the screen, with what one can do to it.

import { goOn } from "./account.js";
import * as api from "./api.js";
import { avatar, busy, h, icon, iconButton, ring, sheet, toast } from "./dom.js";
import { show } from "./emit.js";
import { ago, count, fault, t } from "./i18n.js";

let sound = false; // of every clip: off until the user wants it
let hinted = false; // that there is sound has been said
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// member sends who is not signed in to the sign-in page, says so, and has them
// come back to where they were.
export function member() {
  if (api.self()) return true;
  goOn(location.hash || "#/");
  toast(t("need_account"));
  location.hash = "#/signin";
  return false;
}

// clipCard makes the card of a clip. Its own functions are near() and far(), as
// it comes within reach of the screen and leaves it, and enter() and exit().
export function clipCard(clip, { onwatch } = {}) {
  const video = h("video", { playsinline: true, loop: true, muted: true, preload: "auto", tabindex: "-1", "aria-label": `${t("clip_of")} ${clip.author.username}`, poster: clip.poster || null });
  const clock = ring("small");
  const sounder = iconButton("mute", t("sound_on"), "sound", () => setSound(!sound), "glass");
  const pauser = iconButton("pause", t("pause"), "clip-pause", () => (video.paused ? play() : pause()), "glass");
  const hint = h("span", { class: "tap-hint", "aria-hidden": "true" }, icon("mute"), t("tap_sound"));
  const mine = api.self()?.id === clip.author.id;

  const label = (button, name, text) => {
    button.replaceChildren(icon(name));
    button.setAttribute("aria-label", text);
    button.title = text;
  };
  const drawSound = () => {
    video.muted = !sound;
    label(sounder, sound ? "sound" : "mute", t(sound ? "sound_off" : "sound_on"));
    hint.hidden = sound || hinted;
  };
  const setSound = (yes) => {
    sound = yes;
    document.dispatchEvent(new Event("quinze-sound"));
  };
  const play = () => video.play().catch(() => null);
  const pause = () => video.pause();
  video.addEventListener("play", () => label(pauser, "pause", t("pause")));
  video.addEventListener("pause", () => label(pauser, "play", t("play")));
  video.addEventListener("timeupdate", () => clock.light((video.currentTime / (clip.duration || 15)) * 15));
  video.addEventListener("click", () => (video.paused ? play() : setSound(!sound)));

  const likes = h("span", { class: "n" }, count(clip.likes));
  const likeButton = h("button", { type: "button", class: "act", testid: "like", "aria-pressed": String(clip.liked), onclick: () => likeIt() },
    h("span", { class: "round glass" }, icon("heart")), h("span", { class: "unseen" }, t("like")), likes);
  async function likeIt() {
    if (!member()) return;
    const draw = (yes) => {
      clip.likes += yes === clip.liked ? 0 : yes ? 1 : -1;
      clip.liked = yes;
      likeButton.setAttribute("aria-pressed", String(yes));
      likes.textContent = count(clip.likes);
    };
    const yes = !clip.liked;
    draw(yes);
    await busy(likeButton, () => api.like(clip.id, yes)).catch((err) => {
      draw(!yes);
      toast(fault(err));
    });
    if (document.activeElement === document.body) likeButton.focus({ preventScroll: true });
  }
  const talks = h("span", { class: "n" }, count(clip.comments));
  const talkButton = h("button", { type: "button", class: "act", testid: "comment-open",
    onclick: () => comments(clip, () => (talks.textContent = count(++clip.comments))) },
  h("span", { class: "round glass" }, icon("talk")), h("span", { class: "unseen" }, t("comments")), talks);

  const card = h("article", { class: "clip", tabindex: "0", testid: "clip", "data-clip": clip.id, "aria-label": `${t("clip_of")} ${clip.author.username}: ${clip.caption}` },
    video,
    h("div", { class: "clip-top" }, clock, h("div", { class: "row" }, pauser, sounder)),
    hint,
    h("div", { class: "clip-foot" },
      h("div", { class: "clip-text" },
        h("div", { class: "row" },
          h("a", { class: "who", href: `#/u/${encodeURIComponent(clip.author.username)}`, testid: "clip-author" }, avatar(clip.author),
            h("span", {}, h("strong", {}, clip.author.username), h("span", { class: "when" }, ago(clip.created)))),
          mine ? null : followButton(clip.author, "ghost")),
        clip.caption ? h("p", {}, clip.caption) : null),
      h("div", { class: "clip-acts" }, likeButton, talkButton,
        mine ? h("div", { class: "act" }, iconButton("bin", t("delete_clip"), "clip-delete", () => remove(clip, card), "glass")) : null)));

  // press does what a key means on the card; false if it means nothing.
  card.press = (key) => {
    if (key === " ") video.paused ? play() : pause();
    else if (key === "m") setSound(!sound);
    else if (key === "l") likeIt();
    else return false;
    return true;
  };
  document.addEventListener("quinze-sound", drawSound);
  drawSound();
  label(pauser, "play", t("play"));

  let watched = false;
  card.near = () => video.hasAttribute("src") || show(video, clip.video, clip.id);
  card.far = () => {
    if (!video.hasAttribute("src")) return;
    video.removeAttribute("src");
    video.load();
  };
  card.enter = () => {
    card.near();
    if (!calm.matches) play();
    if (!watched && onwatch) onwatch(clip);
    watched = true;
    setTimeout(() => (hinted = true), 5000);
  };
  card.exit = () => {
    pause();
    drawSound();
  };
  card.drop = () => {
    document.removeEventListener("quinze-sound", drawSound);
    card.far();
  };
  return card;
}

// followButton follows and stops following; all buttons of one person agree.
export function followButton(user, className = "") {
  const b = h("button", { type: "button", class: `follow ${className}`, testid: "follow", "data-user": user.username });
  const draw = (yes) => {
    user.followed = yes;
    b.setAttribute("aria-pressed", String(!!yes));
    b.textContent = t(yes ? "followed" : "follow");
  };
  b.draw = draw;
  draw(!!user.followed);
  b.addEventListener("click", async () => {
    if (!member()) return;
    const yes = !user.followed;
    try {
      await busy(b, () => api.follow(user.username, yes));
    } catch (err) {
      return toast(fault(err));
    }
    for (const other of document.querySelectorAll("button.follow")) {
      if (other.dataset.user === user.username) other.draw?.(yes);
    }
    b.dispatchEvent(new CustomEvent("followed", { detail: yes, bubbles: true }));
    if (document.activeElement === document.body) b.focus({ preventScroll: true });
  });
  return b;
}

function remove(clip, card) {
  const yes = h("button", { type: "button", class: "danger", testid: "clip-delete-confirm" }, t("delete"));
  const d = sheet({ class: "sheet small", "aria-labelledby": "sure" },
    h("h2", { id: "sure" }, t("delete_clip_sure")),
    h("div", { class: "buttons" }, h("button", { type: "button", class: "quiet", onclick: () => d.close() }, t("cancel")), yes));
  yes.addEventListener("click", () => busy(yes, async () => {
    await api.deleteClip(clip.id);
    d.close();
    const next = card.nextElementSibling;
    card.drop();
    card.remove();
    next?.focus({ preventScroll: true });
    toast(t("clip_deleted"));
  }).catch((err) => toast(fault(err))));
}

// comments opens the sheet with what people said about a clip.
async function comments(clip, onadd) {
  const list = h("ul", { class: "comments", testid: "comment-list", tabindex: "0", "aria-label": t("comments") }, h("li", { class: "empty" }, t("loading")));
  const line = (c) => h("li", { testid: "comment" }, avatar(c.author),
    h("div", {}, h("a", { href: `#/u/${encodeURIComponent(c.author.username)}` }, c.author.username), h("span", { class: "when" }, ago(c.created)), h("p", {}, c.text)));
  const text = h("input", { id: "comment-text", testid: "comment-text", maxlength: 300, autocomplete: "off", placeholder: t("comment_label"), required: true });
  const send = h("button", { class: "round solid", testid: "comment-send", "aria-label": t("send"), title: t("send") }, icon("send"));
  const form = !api.self() ? h("div", { class: "comment-form" }, h("button", { type: "button", testid: "comment-signin", onclick: () => (d.close(), member()) }, t("signin_comment")))
    : h("form", { class: "comment-form" }, h("label", { class: "unseen", for: "comment-text" }, t("comment_label")), text, send);
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (!text.value.trim()) return;
    try {
      const made = await busy(send, () => api.comment(clip.id, text.value.trim()));
      list.querySelector(".empty")?.remove();
      list.prepend(line(made));
      list.scrollTop = 0;
      text.value = "";
      text.focus();
      onadd();
    } catch (err) {
      toast(fault(err));
    }
  });
  const d = sheet({ class: "sheet", "aria-labelledby": "comments-title" },
    h("header", {}, h("h2", { id: "comments-title" }, t("comments")), iconButton("close", t("close"), "comment-close", () => d.close())), list, form);
  d.addEventListener("click", (e) => e.target.closest("a") && d.close());
  if (matchMedia("(pointer: fine)").matches) text.focus(); // elsewhere a keyboard would come up over what one wants to read
  try {
    const all = await api.comments(clip.id);
    list.replaceChildren(...(all.length ? all.map(line) : [h("li", { class: "empty" }, t("no_comments"))]));
  } catch (err) {
    list.replaceChildren(h("li", { class: "empty" }, fault(err)));
  }
}
