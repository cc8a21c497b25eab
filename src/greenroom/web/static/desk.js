// What every page's scripts share: speaking to the desk, speaking to the reader, asking before what cannot be taken back.

const token = () => document.querySelector('meta[name="csrf"]')?.content ?? "";

/** What the desk refused: its status, and the body with `error`, `hint` and `findings`. */
export class Refused extends Error {
  constructor(status, body) {
    super(body?.error ?? `The desk answered ${status}.`);
    this.status = status;
    this.body = body;
  }
}

/** Ask the desk; JSON comes back. Throws Refused for any status from 400 on, with status 0 when nobody answered. */
export async function ask(method, url, body) {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      mode: "same-origin",
      credentials: "same-origin",
      headers: {
        accept: "application/json",
        "x-csrf-token": token(),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, { error: "The desk cannot be reached.", hint: "Is it still running? Try again.", findings: [] });
  }
  const text = await answer.text();
  let told = null;
  try {
    told = text ? JSON.parse(text) : null;
  } catch {
    told = { error: `The desk answered ${answer.status} with a page.`, hint: "Load the page again.", findings: [] };
    if (answer.ok) throw new Refused(answer.status, told);
  }
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

/** POST a value as JSON; the parsed answer. Throws Refused {status, body}. */
export const post = (url, body) => ask("POST", url, body);

/** GET JSON. */
export const get = (url) => ask("GET", url);

/** Tell readers who listen. The region is emptied first, so that the same words are spoken twice. */
export function say(text) {
  const region = document.getElementById("say");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}

/** Show a line at the top of the page. Kinds: ok, info, warn, error. */
export function notice(kind, text, hint = "") {
  const place = document.getElementById("notices");
  if (!place) return;
  const box = document.createElement("div");
  box.className = `notice ${kind}`;
  box.setAttribute("role", kind === "error" ? "alert" : "status");
  for (const line of [text, hint].filter(Boolean)) {
    const paragraph = document.createElement("p");
    paragraph.textContent = line;
    box.append(paragraph);
  }
  place.replaceChildren(box);
  box.scrollIntoView({ block: "nearest" });
}

/** Show what the desk refused. */
export function refused(error) {
  if (error?.status === 401) {
    notice("error", "You are signed out.", "Sign in again in another tab, then repeat.");
    return;
  }
  notice("error", error?.message ?? "Something went wrong.", error?.body?.hint ?? "");
}

// One page of the desk has these once, however often the module is imported.
function begin() {
  document.documentElement.classList.add("scripted");

  // data-confirm="What cannot be taken back": on a form or on the button that sends it
  document.addEventListener(
    "submit",
    (event) => {
      const words = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
      if (words && !window.confirm(words)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true,
  );

  // A form sent twice by a double click is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll('form[aria-busy="true"]')) form.removeAttribute("aria-busy");
  });

  // data-submit-on-change: a filter that answers when it is changed
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.hasAttribute("data-submit-on-change")) form.requestSubmit();
  });

  if (window.htmx) underHtmx();
}

function underHtmx() {
  // Attributes are addresses and targets here, never code; the policy says so too, this holds without it.
  const never = function () {
    throw new Error("the desk runs no code from attributes");
  };
  window.htmx.registerExtension("no-eval", { init: (api) => api.initSecurity(undefined, never, never) });
  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["x-csrf-token"] = token();
  });
  // Words of refusal are for the top of the page; a fragment that a handler answers with goes where it belongs.
  document.addEventListener("htmx:response:error", (event) => {
    const ctx = event.detail.ctx;
    if (!ctx.response.headers.get("content-type")?.includes("json")) return;
    ctx.swap = "none";
    let body = null;
    try {
      body = JSON.parse(ctx.text);
    } catch {
      // told by its status alone
    }
    refused(new Refused(ctx.response.status, body));
  });
  document.addEventListener("htmx:error", () => {
    notice("error", "The desk cannot be reached.", "Is it still running? Try again.");
  });
}

begin();
