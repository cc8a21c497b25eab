/** Words with the server: a path and a value enter, what it answers leaves. One change at a time, in order. */

export class Refused extends Error {
  constructor(status, told) {
    super(told.error ?? sentence(told) ?? `The desk answered ${status}.`);
    this.status = status;
    this.hint = told.hint ?? "";
    this.findings = told.findings ?? [];
  }
}

function sentence(told) {
  // what a value of the wrong type is answered with
  return Array.isArray(told.detail) ? told.detail.map((each) => each.msg).join("; ") : told.detail;
}

function csrf() {
  return document.querySelector('meta[name="csrf"]')?.content ?? "";
}

async function answerOf(response) {
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, told);
  return told;
}

async function ask(path, init) {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, { error: "The desk does not answer.", hint: "Nothing was saved. Try again in a moment." });
  }
}

export async function read(path, { signal } = {}) {
  return answerOf(await ask(path, { headers: { accept: "application/json" }, signal }));
}

/** The tag of an address when it is another than `tag`, else null. */
export async function changed(path, tag) {
  const response = await ask(path, {
    cache: "no-store",
    headers: { accept: "application/json", "if-none-match": tag },
  });
  if (response.status === 304) return null;
  if (!response.ok) await answerOf(response);
  return response.headers.get("etag");
}

let last = Promise.resolve();

/** Sends after everything that was sent before has been answered, so that gestures land in the order they were made. */
export function write(path, value) {
  const send = async () =>
    answerOf(
      await ask(path, {
        method: "POST",
        headers: { accept: "application/json", "content-type": "application/json", "x-csrf-token": csrf() },
        body: JSON.stringify(typeof value === "function" ? value() : value),
      }),
    );
  const mine = last.then(send, send);
  last = mine.catch(() => {});
  return mine;
}

/** How many changes are on their way. */
export function settled() {
  return last;
}

export function query(values) {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
}
