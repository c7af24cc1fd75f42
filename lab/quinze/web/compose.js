// compose.js: a caption for the take, and what becomes of it.

import * as api from "./api.js";
import { goOn } from "./account.js";
import { keep_discarded, upload_drafts } from "./behaviours.js";
import { busy, h, iconButton, toast } from "./dom.js";
import { dropDraft, saveDraft } from "./drafts.js";
import { act } from "./emit.js";
import { frames } from "./frames.js";
import { fault, t } from "./i18n.js";

const LONGEST = 150;

// The take that is being worked on: {blob, duration, caption, draft, objects}.
// draft is the id of the draft that it was opened from, 0 if none; objects is a
// promise of what of it stands on the server already, {} as a rule.
let take = null;
export const begin = (it) => (take = it);
export const current = () => take;

export function composeView() {
  if (!take) {
    location.replace("#/record");
    return { el: h("section") };
  }
  const it = take;
  const url = URL.createObjectURL(it.blob);
  const left = h("span", { class: "left", "aria-hidden": "true" });
  const caption = h("textarea", { id: "compose-caption", testid: "compose-caption", rows: 4, maxlength: LONGEST, placeholder: t("caption_hint"), value: it.caption || "" });
  const count = () => {
    it.caption = caption.value;
    left.textContent = `${[...caption.value].length}/${LONGEST}`;
  };
  caption.addEventListener("input", count);
  count();
  const error = h("p", { class: "form-error", role: "alert", testid: "compose-error" });
  const post = h("button", { type: "button", testid: "compose-post", onclick: () => run(post, publish, t("posting")) }, t("post"));
  const save = h("button", { type: "button", class: "quiet", testid: "compose-save", onclick: () => run(save, keepDraft) }, t("save_draft"));
  const discard = h("button", { type: "button", class: "quiet red", testid: "compose-discard", onclick: () => run(discard, throwAway) }, t("discard"));

  async function run(button, what, label) {
    const all = [post, save, discard], text = button.textContent;
    error.textContent = "";
    all.forEach((b) => (b.disabled = true));
    if (label) button.textContent = label;
    try {
      await busy(button, what);
    } catch (err) {
      error.textContent = err instanceof api.Fault ? fault(err) : t("draft_failed");
    }
    button.textContent = text;
    all.forEach((b) => (b.disabled = false));
  }

  async function publish() {
    if (!api.self()) {
      goOn("#/compose"); // the take waits
      location.hash = "#/signin";
      return toast(t("need_account"));
    }
    act("post");
    const objects = await it.objects || {};
    const object = objects.video || objects.draft || await api.upload(it.blob);
    it.objects = Promise.resolve({ ...objects, video: object }); // not twice, should the next request fail
    await api.postClip(object, it.caption.trim(), it.duration);
    if (it.draft) await dropDraft(it.draft).catch(() => null);
    take = null;
    toast(t("posted"));
    location.hash = "#/";
  }

  async function keepDraft() {
    act("save-draft");
    const objects = await it.objects || {};
    const draft = { created: new Date().toISOString(), blob: it.blob, poster: it.poster || await poster(it), duration: it.duration, caption: it.caption.trim(), objects };
    if (it.draft) draft.id = it.draft;
    draft.id = await saveDraft(draft);
    it.draft = draft.id;
    const object = objects.draft ? "" : await upload_drafts(draft).catch(() => "");
    if (object) await saveDraft({ ...draft, objects: { ...objects, draft: object } });
    take = null;
    toast(t("draft_saved"));
    location.hash = "#/drafts";
  }

  async function throwAway() {
    act("discard");
    if (it.draft) await dropDraft(it.draft).catch(() => null);
    take = null;
    toast(t("discarded"));
    location.hash = "#/";
    await keep_discarded(await it.objects || {});
  }

  const still = h("video", { muted: true, loop: true, playsinline: true, autoplay: true, controls: true, src: url, "aria-label": t("preview") });
  return {
    bare: true,
    el: h("section", { class: "page compose", "aria-labelledby": "compose-title" },
      h("header", { class: "bar" },
        iconButton("back", t("back"), "compose-back", () => (location.hash = it.draft ? "#/drafts" : "#/record")),
        h("h1", { id: "compose-title" }, t("compose"))),
      h("div", { class: "compose-clip" }, still,
        h("div", { class: "field" }, h("label", { for: "compose-caption" }, t("caption")), caption, left)),
      api.settings.policy === "ambiguous" ? null : h("p", { class: "note device" }, t("on_device")),
      error,
      h("div", { class: "compose-acts" }, post, save, discard)),
    leave: () => URL.revokeObjectURL(url),
  };
}


const poster = async (it) => {
  try {
    const [picture] = await frames(it.blob, it.duration, 1);
    return picture ? await picture.jpeg() : null;
  } catch {
    return null;
  }
};
