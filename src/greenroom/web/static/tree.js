/** The tree page: what stands in its HTML enters, a tree that can be edited leaves. */

import { CellEditor } from "./tree/edit.js";
import { askParent, help } from "./tree/dialogs.js";
import { Drag } from "./tree/drag.js";
import { Gestures } from "./tree/gestures.js";
import { HELP, Keys } from "./tree/keys.js";
import { Outline, TOP } from "./tree/model.js";
import { Panel } from "./tree/panel.js";
import { Subjects } from "./tree/subjects.js";
import { query, read } from "./tree/talk.js";
import { View } from "./tree/view.js";

const root = document.getElementById("tree");
const $ = (name) => root.querySelector(`[data-part="${name}"]`);

class Page {
  constructor(answer) {
    this.subject = answer;
    const mayEdit = answer.may_edit;
    this.mayEdit = mayEdit;
    const say = (words, isError) => this.say(words, isError);
    const at = () => this.subject;
    this.view = new View($("grid"), $("rows"), { mayEdit, rowAddress: (ref) => this.rowAddress(ref) });
    this.gestures = new Gestures({
      view: this.view,
      at,
      say,
      why: () => $("reason")?.value.trim() || "corrected in the desk",
      noted: (told) => this.noted(told),
    });
    this.editor = new CellEditor(this.view, () => this.view.outline, (...change) => this.gestures.set(...change), say);
    this.panel = new Panel({ holder: $("panel"), gestures: this.gestures, at, say, mayEdit });
    const isFree = () => this.gestures.pending === 0 && !document.querySelector("dialog[open]");
    if (mayEdit) {
      this.drag = new Drag({
        view: this.view,
        outline: () => this.view.outline,
        move: (ref, place) => this.gestures.move(ref, place),
        say,
        isFree: () => !this.editor.open,
      });
    }
    this.subjects = new Subjects({
      holder: document.querySelector('[data-part="subjects"]'),
      at,
      show: (told) => this.show(told),
      refresh: () => this.gestures.reload(),
      say,
      isFree: () => isFree() && !this.drag?.held,
    });
    this.keys = new Keys(this.view, () => this.view.outline, mayEdit ? this.actions() : readingOnly(this));
    this.listen();
  }

  actions() {
    const { gestures, view } = this;
    return {
      ...readingOnly(this),
      edit: (ref, column) => this.editor.start(ref, column),
      step: (name) => gestures.step(name),
      addAfter: () => this.add((ref) => ({ under: view.outline.parent(ref), after: ref })),
      addUnder: () => this.add((ref) => ({ under: ref, after: view.outline.childrenOf(ref).at(-1) ?? null })),
      remove: () => gestures.remove(),
      undo: () => gestures.turn("undo"),
      redo: () => gestures.turn("redo"),
      under: () => this.under(),
      rename: () => view.current !== null && this.editor.start(view.current, "name"),
      up: () => gestures.step("up"),
      down: () => gestures.step("down"),
      in: () => gestures.step("in"),
      out: () => gestures.step("out"),
    };
  }

  async add(placed) {
    const ref = this.view.current;
    const { under, after } = ref === null ? { under: TOP, after: null } : placed(ref);
    const made = await this.gestures.add(under, after);
    if (made === null) return;
    this.view.toggle(under, false);
    this.editor.start(made, "name");
  }

  async under() {
    const { outline, current } = this.view;
    if (current === null || this.gestures.refusesDeleted(current)) return;
    const choices = outline
      .order()
      .filter((ref) => !outline.isWithin(ref, current) && outline.get(ref).state !== "deleted")
      .map((ref) => ({ ref, label: this.gestures.label(ref) }));
    const chosen = await askParent(outline.get(current), [{ ref: TOP, label: "the top" }, ...choices]);
    this.view.focus(current);
    if (!chosen) return;
    await this.gestures.move(current, { under: chosen.under, after: outline.childrenOf(chosen.under).at(-1) ?? null });
  }

  listen() {
    const { grid, body } = this.view;
    grid.addEventListener("keydown", (event) => this.keys.press(event) && event.preventDefault());
    grid.addEventListener("chosen", (event) => this.chosen(event.detail.ref));
    // a reader's own way of moving the focus is followed too: keys act on the row that has it
    body.addEventListener("focusin", (event) => this.follow(event));
    body.addEventListener("click", (event) => this.click(event));
    body.addEventListener("dblclick", (event) => this.doubleClick(event));
    root.addEventListener("click", (event) => {
      const name = event.target.closest("button[data-action]")?.dataset.action;
      if (name) this.keys.actions[name]?.();
    });
  }

  click(event) {
    const element = event.target.closest(".trow");
    if (!element || this.drag?.hasJustDropped || event.target.closest("a, input")) return;
    const { ref } = element.dataset;
    if (event.target.closest(".twist")) this.view.toggle(ref, !this.view.outline.closed.has(ref));
    this.view.focus(ref, event.target.closest(".tcell")?.dataset.col ?? null, { scroll: false });
  }

  follow(event) {
    const ref = event.target.closest(".trow")?.dataset.ref;
    if (ref === undefined || ref === this.view.current) return;
    this.view.focus(ref, event.target.closest(".tcell")?.dataset.col ?? null, { scroll: false, take: false });
  }

  doubleClick(event) {
    const column = event.target.closest(".tcell")?.dataset.col;
    if (!this.mayEdit || !["code", "name", "level"].includes(column)) return;
    this.editor.start(event.target.closest(".trow").dataset.ref, column);
  }

  chosen(ref) {
    if (!this.panel.isOpen || this.panel.ref === ref) return;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.panel.open(ref), 120);
  }

  show(answer) {
    this.editor.finish(true);
    this.panel.close();
    this.view.current = null;
    this.view.column = null;
    this.view.show(new Outline(answer));
    this.gestures.known = { undo: answer.undo, redo: answer.redo };
    this.noted(answer);
    this.view.grid.scrollTop = 0;
    document.title = `${answer.title} · ${answer.scope.name} · Greenroom`;
  }

  /** What the page says about the whole subject. */
  noted(told) {
    this.subject = { ...this.subject, ...pick(told) };
    $("title").textContent = this.subject.title;
    $("state").textContent = this.subject.state_said;
    $("findings").textContent = this.subject.findings_said;
    $("edits").textContent = this.subject.edits_said;
    for (const kind of ["undo", "redo"]) {
      const button = $(kind);
      if (!button) continue;
      button.disabled = !this.subject[kind];
      button.title = this.subject[kind] ? `${button.dataset.words}: ${this.subject[kind]}` : "";
    }
    if (this.panel.isOpen && told.unit !== undefined) this.panel.again();
  }

  say(words, isError = false) {
    const holder = $("said");
    holder.classList.toggle("error", isError);
    // the same words again are said again
    holder.textContent = "";
    holder.textContent = words;
  }

  rowAddress(ref) {
    const { scope, subject, version } = this.subject;
    return `/scope/${scope.id}/tree/row?${query({ subject, version, row: ref })}`;
  }
}

const KEPT = [
  "scope", "dataset", "key", "subject", "version", "title", "unit", "mark", "state", "state_said",
  "findings_said", "edits_said", "undo", "redo", "tree", "labels",
];

function pick(told) {
  return Object.fromEntries(KEPT.filter((name) => name in told).map((name) => [name, told[name]]));
}

/** What somebody may do who only looks. */
function readingOnly(page) {
  const refuse = () => page.say("You may look at this tree, not change it.");
  const nothing = Object.fromEntries(
    ["edit", "step", "addAfter", "addUnder", "remove", "undo", "redo"].map((name) => [name, refuse]),
  );
  return {
    ...nothing,
    details: () => page.view.current !== null && page.panel.open(page.view.current, { takesFocus: true }),
    help: async () => {
      const { current, column } = page.view;
      await help(HELP);
      if (current !== null) page.view.focus(current, column);
    },
    openAll: () => page.fold(false),
    closeAll: () => page.fold(true),
  };
}

Page.prototype.fold = function fold(isClosed) {
  const { outline } = this.view;
  for (const ref of outline.rows.keys()) {
    if (!outline.childrenOf(ref).length) continue;
    if (isClosed) outline.closed.add(ref);
    else outline.closed.delete(ref);
  }
  this.view.places(TOP, 1, true);
  if (!outline.isVisible(this.view.current)) this.view.focus(outline.visible()[0], null, { take: false });
};

async function start() {
  const { scope, subject, version } = root.dataset;
  const answer = await read(`/api/scope/${scope}/tree?${query({ subject, version })}`);
  const page = new Page(answer);
  page.show(answer);
  root.dataset.ready = "";
  $("plain")?.remove();
  $("live").hidden = false;
  page.subjects.watch();
}

// where this fails, the page that works without stays
if (root) start();
