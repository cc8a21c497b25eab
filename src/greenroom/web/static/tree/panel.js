/** Everything about one row beside the tree: all columns, findings, history, conflicts. */

import { ask, el, shown, threeWay } from "./dialogs.js";
import { query, read } from "./talk.js";

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export class Panel {
  constructor({ holder, gestures, at, say, mayEdit }) {
    Object.assign(this, { holder, gestures, at, say, mayEdit });
    this.ref = null;
  }

  get isOpen() {
    return !this.holder.hidden;
  }

  close() {
    this.holder.hidden = true;
    this.ref = null;
    this.asking?.abort();
  }

  /** Shows a row; an answer that comes after another was asked for is dropped. */
  async open(ref, { takesFocus = false } = {}) {
    this.holder.hidden = false;
    this.ref = ref;
    this.asking?.abort();
    this.asking = new AbortController();
    const { scope, subject, version } = this.at();
    try {
      const told = await read(`/api/scope/${scope.id}/tree/row?${query({ subject, version, row: ref })}`, {
        signal: this.asking.signal,
      });
      if (this.ref !== ref) return;
      this.fill(told);
      if (takesFocus) this.holder.querySelector("h2")?.focus();
    } catch (error) {
      if (error.name !== "AbortError") this.say(error.message, true);
    }
  }

  again() {
    if (this.isOpen && this.ref !== null && !this.holder.querySelector(".dirty")) this.open(this.ref);
  }

  fill(told) {
    this.told = told;
    this.holder.replaceChildren(
      el(
        "header",
        {},
        el("h2", { tabindex: "-1" }, this.gestures.label(told.ref)),
        el("button", { type: "button", class: "button quiet", onclick: () => this.leave() }, "Close"),
      ),
      el("p", { class: "words" }, told.words.join(" · ") || "as the source says"),
      ...this.conflicts(told),
      ...this.findings(told),
      this.columns(told),
      this.history(told),
      el("p", {}, el("a", { href: told.page }, "This topic on a page of its own")),
    );
  }

  leave() {
    const { ref } = this;
    this.close();
    if (this.gestures.outline.get(ref)) this.gestures.view.focus(ref, this.gestures.view.column);
  }

  conflicts({ conflicts }) {
    if (!conflicts.length) return [];
    return [
      el("h3", {}, "In conflict"),
      ...conflicts.map((edit) =>
        el(
          "div",
          { class: "conflict" },
          el("p", {}, `${edit.label_of_column}: the source said ${shown(edit.base)}, and says ${shown(edit.theirs)} now; ${edit.edited_by} made it ${shown(edit.value)}.`),
          this.mayEdit
            ? el("button", { type: "button", class: "button", onclick: () => this.decide(edit) }, "Decide")
            : null,
        ),
      ),
    ];
  }

  /** Keep what the source says now, keep the correction, or write a third thing. */
  async decide(edit) {
    const chosen = await threeWay({
      what: this.gestures.label(this.ref),
      column: edit.label_of_column,
      base: edit.base,
      theirs: edit.theirs,
      mine: edit.value,
      words: {
        why: "The source changed what somebody here had corrected.",
        base: "the source before",
        theirs: "the source now",
        mine: edit.edited_by,
      },
    });
    if (chosen === null) return;
    const { ref } = this;
    if (chosen.take === "theirs") {
      await this.gestures.settle([edit.id], [], "the source's new word is right", "The source's word stands.");
    } else if (edit.action === "set") {
      const column = this.told.columns.find((each) => each.name === edit.column);
      const value = chosen.take === "typed" ? typed(column, chosen.value) : chosen.value;
      await this.gestures.send([ref], [{ do: "set", row: ref, column: edit.column, value, seen: column.value }], {
        done: () => "The correction stands.",
      });
    } else {
      await this.gestures.settle([], [edit.id], "the correction stays", "The correction stands.");
    }
    this.open(ref);
  }

  findings({ findings }) {
    if (!findings.length) return [];
    return [
      el("h3", {}, findings.length === 1 ? "1 finding" : `${findings.length} findings`),
      el(
        "ul",
        { class: "found" },
        ...findings.map((finding) =>
          el(
            "li",
            {},
            el("span", { class: `severity ${finding.severity}` }, finding.severity),
            ` ${finding.message} `,
            el("a", { href: `/finding/${finding.id}/source` }, "beside its source"),
          ),
        ),
      ),
    ];
  }

  columns(told) {
    const form = el("form", { class: "columns" });
    for (const column of told.columns) form.append(this.field(column, told.state === "deleted"));
    if (!this.mayEdit || told.state === "deleted") return form;
    form.append(el("button", { type: "submit", class: "button primary" }, "Save"));
    form.addEventListener("input", (event) => event.target.closest(".field")?.classList.add("dirty"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save(form, told);
    });
    return form;
  }

  field(column, isDeleted) {
    const id = `field-${column.name}`;
    const input = inputFor(column, id);
    input.disabled = !this.mayEdit || isDeleted;
    const notes = [column.note, column.says === null ? "" : `Published: ${column.says}`, column.edited_by ? `Edited by ${column.edited_by}` : ""];
    return el(
      "div",
      { class: "field" },
      el("label", { for: id }, column.label),
      input,
      el("p", { class: "hint" }, notes.filter(Boolean).join(" · ")),
    );
  }

  async save(form, told) {
    const changes = [];
    for (const column of told.columns) {
      const input = form.elements[`field-${column.name}`];
      if (!input.closest(".field").classList.contains("dirty")) continue;
      const value = typed(column, input.value);
      if (JSON.stringify(value) !== JSON.stringify(column.value)) {
        changes.push({ do: "set", row: told.ref, column: column.name, value, seen: column.value });
      }
    }
    for (const field of form.querySelectorAll(".dirty")) field.classList.remove("dirty");
    if (!changes.length) {
      this.say("Nothing was changed.");
      return;
    }
    await this.gestures.send([told.ref], changes, { done: () => `Saved: ${this.gestures.label(told.ref)}.` });
    this.open(told.ref);
  }

  history({ history }) {
    const items = history.map((edit) =>
      el(
        "li",
        { "data-state": edit.state },
        el("span", { class: "what" }, edit.said),
        el("span", { class: "who" }, `${edit.edited_by}, ${WHEN.format(new Date(edit.edited_at))}: ${edit.reason}`),
        el("span", { class: "state" }, edit.state_said),
        this.mayEdit ? this.turn(edit) : null,
      ),
    );
    return el(
      "section",
      { class: "history" },
      el("h3", {}, "History"),
      items.length ? el("ol", {}, ...items) : el("p", {}, "Nobody has edited it."),
    );
  }

  turn(edit) {
    const isStanding = ["in force", "agreed", "conflict"].includes(edit.state);
    if (!isStanding && edit.state !== "withdrawn" && edit.state !== "replaced") return null;
    const press = async () => {
      const { ref } = this;
      await (isStanding
        ? this.gestures.settle([edit.id], [], "withdrawn in the desk", `Withdrawn: ${edit.said}.`)
        : this.gestures.settle([], [edit.id], "restored in the desk", `Restored: ${edit.said}.`));
      if (this.gestures.outline.get(ref)) this.open(ref);
      else this.close();
    };
    return el("button", { type: "button", class: "button", onclick: press }, isStanding ? "Withdraw" : "Restore");
  }

  /** Who changed one cell, when, from what to what and why. */
  async cellHistory(ref, name, label) {
    const { scope, subject, version } = this.at();
    const told = await read(`/api/scope/${scope.id}/tree/row?${query({ subject, version, row: ref })}`);
    const mine = told.history.filter((edit) => edit.column === name || (name === null && edit.column === null));
    await ask(
      `History of ${label}`,
      [this.history({ history: mine })],
      [{ label: "Close", value: null, isMain: true }],
      { kind: "wide" },
    );
  }
}

function inputFor(column, id) {
  const attributes = { id, name: id };
  if (column.kind === "boolean") {
    const input = el("select", attributes);
    for (const [value, label] of [["", "empty"], ["true", "yes"], ["false", "no"]]) input.append(el("option", { value }, label));
    input.value = column.value === null ? "" : String(column.value);
    return input;
  }
  const isLong = column.kind === "json" || (column.kind === "text" && column.is_long);
  const input = isLong
    ? el("textarea", { ...attributes, rows: "3", maxlength: "10000" })
    : el("input", { ...attributes, type: column.kind === "date" ? "date" : "text", maxlength: "10000" });
  if (column.kind === "integer") input.inputMode = "numeric";
  input.value = column.text;
  return input;
}

/** What was typed, as the column takes it; the server says when it is not fit. */
export function typed(column, text) {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (column.kind === "integer") return /^-?\d+$/.test(trimmed) ? Number(trimmed) : trimmed;
  if (column.kind === "number") return Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
  if (column.kind === "boolean") return trimmed === "true";
  if (column.kind === "json") {
    try {
      return JSON.parse(trimmed);
    } catch {
      return trimmed;
    }
  }
  return text;
}
