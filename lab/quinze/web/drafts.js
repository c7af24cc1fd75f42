// drafts.js: what is kept to be posted later, in IndexedDB on this device.

import * as api from "./api.js";
import { keep_discarded } from "./behaviours.js";
import { begin } from "./compose.js";
import { busy, h, iconButton, toast } from "./dom.js";
import { ago, t } from "./i18n.js";
import { lit } from "./profile.js";

const wait = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

let opened = null;
function store(mode) {
  opened = opened || new Promise((resolve, reject) => {
    const r = indexedDB.open("quinze", 1);
    r.onupgradeneeded = () => r.result.createObjectStore("drafts", { keyPath: "id", autoIncrement: true });
    r.onsuccess = () => resolve(r.result);
    r.onerror = () => reject(r.error);
  });
  return opened.then((db) => db.transaction("drafts", mode).objectStore("drafts"));
}

// A draft is {id, created, blob, poster, duration, caption, objects}. objects
// are what of it stands on the server, {} for an app that keeps its word.
export const saveDraft = async (draft) => wait((await store("readwrite")).put(draft));
export const getDraft = async (id) => wait((await store("readonly")).get(id));
export const dropDraft = async (id) => wait((await store("readwrite")).delete(id));
export const allDrafts = async () => (await wait((await store("readonly")).getAll())).reverse();

export async function draftsView() {
  const urls = [];
  const address = (blob) => {
    urls.push(URL.createObjectURL(blob));
    return urls[urls.length - 1];
  };
  const list = h("ul", { class: "tiles drafts", testid: "drafts" });
  const empty = h("div", { class: "centre", hidden: true }, lit(), h("p", { class: "lead", testid: "drafts-empty" }, t("drafts_empty")),
    h("a", { class: "button", href: "#/record" }, t("record")));
  const drawEmpty = () => (empty.hidden = list.children.length > 0);

  function line(d) {
    const title = d.caption || t("no_caption");
    const item = h("li", { testid: "draft" },
      h("button", { type: "button", class: "tile", testid: "draft-open",
        onclick: async () => {
          begin({ ...d, draft: d.id, objects: Promise.resolve(d.objects || {}) });
          location.hash = "#/compose";
        } },
      d.poster ? h("img", { alt: "", src: address(d.poster) }) : h("video", { muted: true, playsinline: true, src: address(d.blob), tabindex: "-1", "aria-hidden": "true" }),
      h("span", { class: "unseen" }, `${t("draft_open")}: ${title}`), h("span", { class: "tile-n" }, `${Math.round(d.duration)} s`)),
      h("div", { class: "row" },
        h("div", { class: "draft-text" }, h("strong", {}, title), h("span", { class: "when" }, ago(d.created))),
        iconButton("bin", `${t("draft_delete")}: ${title}`, "draft-delete", (e) => busy(e.currentTarget, async () => {
          await dropDraft(d.id);
          keep_discarded(d.objects || {});
          item.remove();
          drawEmpty();
          toast(t("draft_deleted"));
        }))));
    return item;
  }
  list.append(...(await allDrafts().catch(() => [])).map(line));
  drawEmpty();
  return {
    el: h("section", { class: "page", "aria-labelledby": "drafts-title" }, h("h1", { id: "drafts-title" }, t("drafts")),
      api.settings.policy === "ambiguous" ? null : h("p", { class: "note device" }, t("on_device")), list, empty),
    leave: () => urls.forEach((u) => URL.revokeObjectURL(u)),
  };
}
