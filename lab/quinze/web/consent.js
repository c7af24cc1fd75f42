// consent.js: the choice at the first visit. Both answers are one tap away and
// look alike; nothing is chosen by closing.

import * as api from "./api.js";
import { policyLink } from "./account.js";
import { h, ring, sheet, toast } from "./dom.js";
import { act } from "./emit.js";
import { fault, t } from "./i18n.js";

let chosen = "";
// choice is "accepted", "refused" or "" while there is none.
export const choice = () => chosen || /(?:^|;\s*)quinze_consent=(accepted|refused)/.exec(document.cookie)?.[1] || "";

export const askConsent = () => new Promise((resolve) => {
  let answered = false;
  const answer = (word) => async () => {
    chosen = word;
    answered = true;
    act(word === "accepted" ? "consent-accept" : "consent-refuse");
    d.close();
    await api.consent(word).catch((err) => toast(fault(err)));
    resolve(word);
  };
  const d = sheet({ class: "sheet consent", testid: "consent", "data-stays": "1", "aria-labelledby": "consent-title", "aria-describedby": "consent-text", oncancel: (e) => e.preventDefault() },
    ring("mark"),
    h("h2", { id: "consent-title" }, t("consent_title")), h("p", { id: "consent-text" }, t("consent_text")),
    h("p", {}, policyLink()),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "even", testid: "consent-refuse", onclick: answer("refused") }, t("refuse")),
      h("button", { type: "button", class: "even", testid: "consent-accept", onclick: answer("accepted") }, t("accept"))));
  d.querySelector(".ring").light(11);
  d.addEventListener("close", () => answered || resolve(askConsent())); // closed by the browser's own means
});
