// account.js: sign-up, sign-in, and the settings of one's account.

import * as api from "./api.js";
import { send_at_once } from "./behaviours.js";
import { askConsent, choice } from "./consent.js";
import { busy, h, iconButton, sheet, toast } from "./dom.js";
import { act } from "./emit.js";
import { fault, t } from "./i18n.js";

// field is a labelled input with room for what is wrong with it.
function field(name, { id, type = "text", hint = "", optional = false, ...rest }) {
  const input = h(rest.rows ? "textarea" : "input", { id, name, testid: id, type: rest.rows ? null : type, "aria-describedby": `${id}-note`, ...rest });
  const note = h("p", { class: "note", id: `${id}-note` }, hint);
  const el = h("div", { class: "field" },
    h("label", { for: id }, t(rest.label || name), optional ? h("span", { class: "opt" }, ` ${t("optional")}`) : null), input, note);
  el.removeAttribute("label");
  input.removeAttribute("label");
  return Object.assign(el, {
    input,
    wrong(text) {
      note.textContent = text || hint;
      note.classList.toggle("wrong", !!text);
      text ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
    },
  });
}

// mark puts an error of the server at its field, or above the form.
function mark(err, fields, box) {
  const f = fields[err.field];
  box.textContent = f ? t("e_check") : fault(err);
  if (!f) return;
  f.wrong(fault(err));
  f.input.focus();
}

const valid = {
  username: (v) => (/^[A-Za-z0-9._]{3,24}$/.test(v) ? "" : "e_username"),
  email: (v) => (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(v) ? "" : "e_email"),
  phone: (v) => (!v || /^\+?[\d\s().-]{6,20}$/.test(v) ? "" : "e_phone"),
  birthdate: (v) => (!v || (v > "1900" && v < new Date().toISOString()) ? "" : "e_birthdate"),
  password: (v) => ([...v].length >= 10 ? "" : "e_password"),
};

// elsewhere is what the views for guests show who has signed in.
const elsewhere = () => {
  location.replace("#/me");
  return { el: h("section") };
};

// after is where one goes on once signed in: what one was about to do.
let after = "#/";
export const goOn = (hash) => (after = hash);
const arrive = () => {
  location.hash = after;
  after = "#/";
};

function frame(title, lead, form, foot) {
  return h("section", { class: "page form", "aria-labelledby": "form-title" },
    h("h1", { id: "form-title" }, title), h("p", { class: "lead" }, lead), form, foot);
}

export function signupView() {
  if (api.self()) return elsewhere();
  const fields = {
    username: field("username", { id: "signup-username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", hint: t("username_hint"), maxlength: 24 }),
    email: field("email", { id: "signup-email", type: "email", autocomplete: "email" }),
    phone: field("phone", { id: "signup-phone", type: "tel", autocomplete: "tel", optional: true }),
    birthdate: field("birthdate", { id: "signup-birthdate", type: "date", autocomplete: "bday", optional: true }),
    password: field("password", { id: "signup-password", type: "password", autocomplete: "new-password", hint: t("password_hint") }),
  };
  const box = h("p", { class: "form-error", role: "alert", testid: "signup-error" });
  const submit = h("button", { testid: "signup-submit" }, t("signup"));
  const form = h("form", { novalidate: true }, box, Object.values(fields), submit);
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    box.textContent = "";
    const values = {};
    let first = null;
    for (const [name, f] of Object.entries(fields)) {
      const v = name === "password" ? f.input.value : f.input.value.trim();
      const bad = v || !["phone", "birthdate"].includes(name) ? (v ? valid[name](v) : "e_empty") : "";
      f.wrong(bad && t(bad));
      if (bad) first = first || f;
      if (v) values[name] = v;
    }
    if (first) {
      box.textContent = t("e_check");
      return first.input.focus();
    }
    act("sign-up");
    await busy(submit, () => api.signup(values)).then(arrive, (err) => mark(err, fields, box));
  });
  send_at_once(form);
  return {
    el: frame(t("signup"), t("signup_lead"), form, h("div", { class: "foot" },
      h("p", {}, t("have_account"), " ", h("a", { href: "#/signin", testid: "go-signin" }, t("signin"))), policyLink())),
  };
}

export function signinView() {
  if (api.self()) return elsewhere();
  const fields = {
    login: field("login", { id: "signin-login", autocomplete: "username", autocapitalize: "none", spellcheck: "false" }),
    password: field("password", { id: "signin-password", type: "password", autocomplete: "current-password" }),
  };
  const box = h("p", { class: "form-error", role: "alert", testid: "signin-error" });
  const submit = h("button", { testid: "signin-submit" }, t("signin"));
  const form = h("form", { novalidate: true }, box, Object.values(fields), submit);
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    box.textContent = "";
    const empty = Object.values(fields).filter((f) => (f.wrong(f.input.value ? "" : t("e_empty")), !f.input.value));
    if (empty.length) return empty[0].input.focus();
    await busy(submit, () => api.signin(fields.login.input.value.trim(), fields.password.input.value))
      .then(arrive, (err) => {
        if (err.status === 401) {
          box.textContent = t("e_wrong");
          fields.password.input.focus();
        } else mark(err, fields, box);
      });
  });
  return {
    el: frame(t("signin"), t("signin_lead"), form, h("div", { class: "foot" },
      h("p", {}, t("no_account"), " ", h("a", { href: "#/signup", testid: "go-signup" }, t("signup"))), policyLink())),
  };
}

export const policyLink = () => h("a", {
  href: `privacy/${api.settings.policy === "ambiguous" ? "ambiguous" : "clear"}.html`, target: "_blank", testid: "policy",
}, t("policy"));

const row = (label, testid, onclick, cls = "") => h("button", { type: "button", class: `line ${cls}`, testid, onclick }, label);

// privacyLines are the choice made in the consent dialog, to be made again, and
// the policy. They are there for guests too: the dialog asks them as well.
export function privacyLines() {
  const state = h("p", { class: "note", testid: "consent-state" });
  const drawState = () => (state.textContent = `${t("choice_now")} ${t(choice() || "refused")}`);
  drawState();
  return [row(t("choices"), "consent-again", () => askConsent().then(drawState)), state, Object.assign(policyLink(), { className: "line" })];
}

export function settingsView() {
  const me = api.self();
  if (!me) {
    location.replace("#/signin");
    return { el: h("section") };
  }
  const fields = {
    name: field("name", { id: "edit-name", maxlength: 60, autocomplete: "name", value: me.name || "" }),
    bio: field("bio", { id: "edit-bio", rows: 3, maxlength: 200, value: me.bio || "" }),
  };
  const box = h("p", { class: "form-error", role: "alert", testid: "edit-error" });
  const save = h("button", { testid: "edit-save" }, t("save"));
  const form = h("form", { novalidate: true }, box, fields.name, fields.bio, save);
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    box.textContent = "";
    await busy(save, () => api.editMe(fields.name.input.value.trim(), fields.bio.input.value.trim()))
      .then(() => toast(t("saved")), (err) => mark(err, fields, box));
  });
  return {
    el: h("section", { class: "page", "aria-labelledby": "settings-title" },
      h("header", { class: "bar" }, iconButton("back", t("back"), "back", () => (location.hash = "#/me")), h("h1", { id: "settings-title" }, t("settings"))),
      form,
      h("h2", {}, t("your_data")),
      h("div", { class: "lines" },
        row(t("export"), "export", (e) => exportAll(e.currentTarget)),
        privacyLines()),
      h("h2", {}, t("account")),
      h("div", { class: "lines" },
        row(t("signout"), "signout", async (e) => {
          try {
            await busy(e.currentTarget, api.signout);
            location.hash = "#/";
          } catch (err) {
            toast(fault(err));
          }
        }),
        row(t("delete_account"), "delete-account", deleteAccount, "red"))),
  };
}

async function exportAll(button) {
  try {
    const all = await busy(button, api.exportMe);
    const url = URL.createObjectURL(new Blob([JSON.stringify(all, null, 2)], { type: "application/json" }));
    h("a", { href: url, download: "quinze.json" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  } catch (err) {
    toast(fault(err));
  }
}

function deleteAccount() {
  const password = field("password", { id: "delete-password", type: "password", autocomplete: "current-password" });
  const yes = h("button", { class: "danger", testid: "delete-confirm" }, t("delete"));
  const form = h("form", { novalidate: true }, password, h("div", { class: "buttons" },
    h("button", { type: "button", class: "quiet", testid: "delete-cancel", onclick: () => d.close() }, t("cancel")), yes));
  const d = sheet({ class: "sheet small", "aria-labelledby": "delete-title" },
    h("h2", { id: "delete-title" }, t("delete_account")), h("p", {}, t("delete_text")), form);
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (!password.input.value) {
      password.wrong(t("e_empty"));
      return password.input.focus();
    }
    try {
      await busy(yes, () => api.deleteMe(password.input.value));
      d.close();
      toast(t("account_deleted"));
      location.hash = "#/";
    } catch (err) {
      password.wrong(err.code === "wrong" ? t("e_not_password") : fault(err));
      password.input.focus();
    }
  });
  password.input.focus();
}
