// profile.js: a person's page, one's own included.

import { privacyLines } from "./account.js";
import * as api from "./api.js";
import { followButton } from "./clip.js";
import { avatar, h, icon, iconButton, ring } from "./dom.js";
import { show } from "./emit.js";
import { feedView, pager } from "./feed.js";
import { count, fault, t } from "./i18n.js";

// grid shows clips as tiles, page after page.
export function grid({ source, href, more = null }) {
  const end = h("div", { class: "grid-end" });
  const tiles = h("div", { class: "tiles", testid: "tiles" });
  const p = pager(end, null, "600px", async (cursor) => {
    const page = await source(cursor);
    tiles.append(...(page.clips || []).map((c) => tile(c, href(c))));
    return page;
  }, () => tiles.children.length ? [] : [h("p", { class: "empty" }, t("no_clips")), ...(more ? [more] : [])]);
  return { el: h("div", {}, tiles, end), leave: p.stop };
}

function tile(clip, href) {
  let picture;
  if (clip.poster) {
    picture = h("img", { alt: "", loading: "lazy", src: clip.poster });
  } else {
    picture = h("video", { muted: true, playsinline: true, preload: "metadata", tabindex: "-1", "aria-hidden": "true" });
    show(picture, `${clip.video}#t=0.1`, clip.id);
  }
  return h("a", { class: "tile", href, testid: "tile" },
    picture, h("span", { class: "unseen" }, `${t("clip_of")} ${clip.author.username}: ${clip.caption}. ${t("like")}: `),
    h("span", { class: "tile-n" }, icon("heart"), count(clip.likes)));
}

// lit is the mark with its strokes alight.
export function lit() {
  const el = ring("mark");
  el.light(11);
  return el;
}

const stat = (n, label) => {
  const number = h("strong", {}, count(n));
  return Object.assign(h("div", {}, number, h("span", {}, label)), { set: (x) => (number.textContent = count(x)) });
};

export async function profileView(name) {
  const me = api.self();
  if (!name && !me) {
    return {
      el: h("section", { class: "page centre", "aria-labelledby": "me-title" },
        lit(), h("h1", { id: "me-title" }, t("me")), h("p", { class: "lead" }, t("me_lead")),
        h("div", { class: "stack" },
          h("a", { class: "button", href: "#/signup", testid: "go-signup" }, t("signup")),
          h("a", { class: "button quiet", href: "#/signin", testid: "go-signin" }, t("signin"))),
        h("div", { class: "lines guest" }, privacyLines())),
    };
  }
  const mine = !name || name === me?.username;
  let user;
  try {
    user = mine ? await api.loadMe() : await api.user(name);
    if (!user) return profileView("");
  } catch (err) {
    return { el: h("section", { class: "page centre" }, h("h1", {}, err.status === 404 ? t("not_found") : fault(err)),
      err.status === 404 ? home() : h("button", { type: "button", class: "quiet", testid: "retry", onclick: () => location.reload() }, t("retry"))) };
  }
  const path = `#/u/${encodeURIComponent(user.username)}`;
  const tiles = grid({ more: mine ? h("a", { class: "button", href: "#/record" }, t("first_clip")) : null, source: (before) => api.userClips(user.username, before), href: (c) => `${path}/${c.id}` });
  const followers = stat(user.followers, t("followers"));
  const el = h("section", { class: "page profile", "aria-labelledby": "profile-name" },
    h("header", { class: "bar" },
      mine ? h("span") : iconButton("back", t("back"), "back", () => history.back()),
      mine ? h("a", { class: "round", href: "#/settings", testid: "go-settings", "aria-label": t("settings"), title: t("settings") }, icon("gear")) : null),
    h("div", { class: "person" }, avatar(user, "big"),
      h("h1", { id: "profile-name", testid: "profile-name" }, user.name || user.username),
      h("p", { class: "handle" }, `@${user.username}`),
      user.bio ? h("p", { class: "bio", testid: "profile-bio" }, user.bio) : null,
      h("div", { class: "stats" }, stat(user.clips, t("n_clips")), followers, stat(user.following, t("following"))),
      mine ? h("a", { class: "button quiet", href: "#/settings", testid: "profile-edit" }, t("edit")) : followButton(user, "wide")),
    h("h2", { class: "unseen" }, t("clips")),
    tiles.el);
  el.addEventListener("followed", (e) => followers.set((user.followers += e.detail ? 1 : -1)));
  return { el, leave: tiles.leave };
}

// home is the way out of a page that is not there.
export const home = () => h("a", { class: "button quiet", href: "#/", testid: "go-home" }, t("go_home"));

// userFeedView is a person's clips one below the other, from one of them on.
export const userFeedView = (name, id) => feedView({
  source: (before) => api.userClips(name, before), startId: id, back: `#/u/${encodeURIComponent(name)}`, base: `#/u/${encodeURIComponent(name)}`,
});
