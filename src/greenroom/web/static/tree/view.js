/** The rows on the page: an Outline enters, a treegrid leaves. Texts of others are only ever textContent. */

import { TOP } from "./model.js";

export const COLUMNS = ["code", "name", "level", "says", "status", "findings"];
export const EDITABLE = ["code", "name", "level"];

const DEEPEST = 9;

function part(className, text = "") {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

/** Writing what an attribute says already would have the browser style the row again: a tree has thousands. */
function says(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function pattern() {
  const row = document.createElement("div");
  row.className = "trow";
  row.setAttribute("role", "row");
  row.tabIndex = -1;
  for (const name of COLUMNS) {
    const cell = part(`tcell c-${name}`);
    cell.setAttribute("role", "gridcell");
    cell.dataset.col = name;
    cell.tabIndex = -1;
    if (name === "code") {
      for (const [className, text] of [["grip", "⠿"], ["twist", ""]]) {
        const sign = part(className, text);
        sign.setAttribute("aria-hidden", "true");
        cell.append(sign);
      }
    }
    cell.append(part("text"));
    row.append(cell);
  }
  return row;
}

export class View {
  constructor(grid, body, { mayEdit, rowAddress }) {
    this.grid = grid;
    this.body = body;
    this.mayEdit = mayEdit;
    this.rowAddress = rowAddress;
    this.pattern = pattern();
    this.elements = new Map();
    this.names = new Map();
    this.current = null;
    this.column = null;
  }

  /** All rows anew. */
  show(outline) {
    this.outline = outline;
    this.elements = new Map();
    this.names = new Map();
    const made = document.createDocumentFragment();
    for (const ref of outline.order()) {
      const element = this.pattern.cloneNode(true);
      element.dataset.ref = ref;
      this.elements.set(ref, element);
      this.fill(element, outline.get(ref));
      made.append(element);
    }
    this.places(TOP, 1, true);
    for (const ref of outline.lost) this.place(ref, 1, 1, 1, true);
    this.body.replaceChildren(made);
    this.grid.setAttribute("aria-rowcount", String(this.elements.size + 1));
    if (!this.elements.has(this.current)) {
      this.current = outline.visible()[0] ?? null;
      this.column = null;
    }
    this.tabbable();
  }

  /** What a row says. A cell being typed in is left alone. */
  fill(element, row) {
    for (const name of COLUMNS) {
      const cell = element.children[COLUMNS.indexOf(name)];
      if (cell.classList.contains("editing")) continue;
      if (name === "findings") this.fillFindings(cell.lastElementChild, row);
      else cell.lastElementChild.textContent = text(row, name);
    }
    element.dataset.state = row.state;
    element.classList.toggle("touched", row.words.length > 0);
    element.classList.toggle("conflicting", row.conflicts > 0);
    element.setAttribute("aria-label", spoken(row));
    // a reader is told by the state's words; deleted rows are struck out by the style sheet
    element.toggleAttribute("data-deleted", row.state === "deleted");
  }

  fillFindings(holder, row) {
    holder.replaceChildren();
    if (!row.findings) return;
    const link = document.createElement("a");
    link.href = this.rowAddress(row.ref);
    link.textContent = row.findings === 1 ? "1 finding" : `${row.findings} findings`;
    link.tabIndex = -1;
    holder.append(link);
  }

  /** Depth, place among siblings and whether shown, for everything under `ref`. */
  places(ref, depth, isShown) {
    const children = this.outline.childrenOf(ref);
    children.forEach((child, n) => {
      this.place(child, depth, n + 1, children.length, isShown);
      this.places(child, depth + 1, isShown && !this.outline.closed.has(child));
    });
  }

  place(ref, depth, n, among, isShown) {
    const element = this.elements.get(ref);
    says(element, "aria-level", String(depth));
    says(element, "aria-posinset", String(n));
    says(element, "aria-setsize", String(among));
    says(element, "data-depth", String(Math.min(depth, DEEPEST)));
    if (element.hidden === isShown) element.hidden = !isShown;
    const isOpen = this.outline.childrenOf(ref).length ? String(!this.outline.closed.has(ref)) : null;
    if (isOpen !== null) says(element, "aria-expanded", isOpen);
    else if (element.hasAttribute("aria-expanded")) element.removeAttribute("aria-expanded");
  }

  /** One row again. */
  refresh(ref) {
    const element = this.elements.get(ref);
    if (element) this.fill(element, this.outline.get(ref));
  }

  /** Brings rows into the outline's order, makes those that are new and takes away those that are gone. */
  arrange() {
    const held = document.activeElement;
    for (const [ref, element] of this.elements) {
      if (this.outline.get(ref)) continue;
      element.remove();
      this.elements.delete(ref);
    }
    let before = this.body.firstElementChild;
    for (const ref of this.outline.order()) {
      let element = this.elements.get(ref);
      if (!element) {
        element = this.pattern.cloneNode(true);
        element.dataset.ref = ref;
        this.elements.set(ref, element);
        this.fill(element, this.outline.get(ref));
      }
      if (element === before) before = before.nextElementSibling;
      else this.body.insertBefore(element, before);
    }
    this.places(TOP, 1, true);
    for (const ref of this.outline.lost) this.place(ref, 1, 1, 1, true);
    this.grid.setAttribute("aria-rowcount", String(this.elements.size + 1));
    if (!this.elements.has(this.current)) this.current = this.outline.visible()[0] ?? null;
    this.tabbable();
    // a row that is put elsewhere loses the focus
    if (held !== document.activeElement && this.body.contains(held)) held.focus({ preventScroll: true });
  }

  /** Rows that go by another ref from now on. */
  rename(names) {
    if (!names.size) return;
    const elements = new Map();
    for (const [ref, element] of this.elements) {
      const now = names.get(ref) ?? ref;
      element.dataset.ref = now;
      elements.set(now, element);
    }
    this.elements = elements;
    this.current = names.get(this.current) ?? this.current;
    for (const [was, now] of names) this.names.set(was, now);
    this.grid.dispatchEvent(new CustomEvent("renamed", { detail: names }));
  }

  /** What a row is called that was known by `ref`. */
  nowCalled(ref) {
    return this.names.get(ref) ?? ref;
  }

  toggle(ref, isClosed) {
    if (!this.outline.childrenOf(ref).length) return;
    if (isClosed) this.outline.closed.add(ref);
    else this.outline.closed.delete(ref);
    const element = this.elements.get(ref);
    element.setAttribute("aria-expanded", String(!isClosed));
    this.places(ref, Number(element.getAttribute("aria-level")) + 1, !element.hidden && !isClosed);
  }

  /** Where the keyboard is: a row, or a cell of it. */
  focus(ref, column = null, { scroll = true, take = true } = {}) {
    this.current = ref;
    this.column = column;
    this.tabbable();
    const element = column === null ? this.elements.get(ref) : this.cell(ref, column);
    if (element && take) {
      element.focus({ preventScroll: true });
      if (scroll) this.elements.get(ref).scrollIntoView({ block: "nearest" });
    }
    this.grid.dispatchEvent(new CustomEvent("chosen", { detail: { ref } }));
  }

  tabbable() {
    if (this.stop) {
      this.stop.tabIndex = -1;
      this.stop.closest(".trow")?.removeAttribute("aria-selected");
    }
    const row = this.elements.get(this.current);
    this.stop = this.column === null ? row : this.cell(this.current, this.column);
    if (!this.stop) return;
    this.stop.tabIndex = 0;
    row.setAttribute("aria-selected", "true");
  }

  cell(ref, column) {
    return this.elements.get(ref)?.children[COLUMNS.indexOf(column)];
  }

  busy(refs, isBusy) {
    for (const ref of refs) {
      const element = this.elements.get(ref);
      element?.classList.toggle("saving", isBusy);
      if (!isBusy && element) {
        element.classList.remove("saved");
        // the animation starts again only after the class was gone for a style pass
        requestAnimationFrame(() => element.classList.add("saved"));
      }
    }
  }
}

/** What a cell shows. */
export function text(row, column) {
  if (column === "status") return row.words.join(" · ");
  const value = row[column];
  return value === null || value === undefined ? "" : String(value);
}

/** A row in one breath, for who does not see it. */
export function spoken(row) {
  const found = row.findings ? [row.findings === 1 ? "1 finding" : `${row.findings} findings`] : [];
  return [`${row.code ?? ""} ${row.name ?? ""}`.trim() || "no name", ...row.words, ...found].join(", ");
}
