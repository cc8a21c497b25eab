/** Going from subject to subject without leaving the page, and seeing what others do meanwhile. */

import { changed, query, read } from "./talk.js";

const EVERY_MS = 4_000;

export class Subjects {
  /** `show(answer)` puts a subject on the page; `refresh()` brings in what others did. */
  constructor({ holder, at, show, refresh, say, isFree }) {
    Object.assign(this, { holder, at, show, refresh, say, isFree });
    holder?.addEventListener("click", (event) => this.click(event));
    window.addEventListener("popstate", () => this.go(new URL(window.location.href), { isBack: true }));
  }

  click(event) {
    const link = event.target.closest("a[data-subject]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.go(new URL(link.href));
  }

  async go(url, { isBack = false } = {}) {
    this.asking?.abort();
    this.asking = new AbortController();
    const subject = url.searchParams.get("subject") ?? "";
    const version = url.searchParams.get("version") ?? "";
    try {
      const answer = await read(`/api/scope/${this.at().scope.id}/tree?${query({ subject, version })}`, {
        signal: this.asking.signal,
      });
      if (!isBack) window.history.pushState(null, "", url);
      this.show(answer);
      this.mark(answer);
      this.say(`${answer.title}: ${answer.rows.length} topics.`);
    } catch (error) {
      if (error.name === "AbortError") return;
      // a page can say what a script cannot
      if (error.status) window.location.assign(url);
      else this.say(error.message, true);
    }
  }

  mark({ subject, version }) {
    for (const link of this.holder?.querySelectorAll("a[data-subject]") ?? []) {
      const isHere = link.dataset.subject === subject && link.dataset.version === version;
      if (isHere) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  /** Asks now and then whether the subject is still what it was; a hidden page asks nothing. */
  watch() {
    const look = async () => {
      if (!document.hidden && this.isFree()) await this.look();
      this.timer = setTimeout(look, EVERY_MS);
    };
    this.timer = setTimeout(look, EVERY_MS);
    document.addEventListener("visibilitychange", () => !document.hidden && this.isFree() && this.look());
  }

  async look() {
    const { scope, subject, version, mark } = this.at();
    try {
      const now = await changed(`/api/scope/${scope.id}/tree/mark?${query({ subject, version })}`, `"${mark}"`);
      if (now === null || this.at().subject !== subject || this.at().mark !== mark || !this.isFree()) return;
      const n = await this.refresh();
      if (n) this.say(n === 1 ? "Somebody else changed 1 topic." : `Somebody else changed ${n} topics.`);
    } catch {
      // the next look may find the desk again; a change that is made says so if it does not
    }
  }
}
