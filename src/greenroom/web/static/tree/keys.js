/** The keyboard of the treegrid: a key enters, a gesture or another place leaves. */

import { COLUMNS, EDITABLE, text } from "./view.js";

const TYPING_MS = 800;

/** What the help says; the docs say the same. */
export const HELP = [
  ["↑ ↓", "row above, row below"],
  ["→", "open; then into the cells"],
  ["←", "back to the row; close; then to the parent"],
  ["Home End", "first and last row, or cell of the row"],
  ["Ctrl+Home Ctrl+End", "first and last row, from anywhere"],
  ["Page Up, Page Down", "ten rows up or down"],
  ["*", "open all rows beside this one"],
  ["letters, digits", "next row whose name or code begins so"],
  ["Enter or F2", "edit the cell (on a row: its name)"],
  ["Esc", "leave the cell as it was"],
  ["Tab", "save and edit the next cell"],
  ["Alt+↑ Alt+↓", "before or after its neighbour"],
  ["Alt+→", "under the row before it"],
  ["Alt+←", "out, to after its parent"],
  ["Insert", "a new topic after this one"],
  ["Shift+Insert", "a new topic under this one"],
  ["Delete", "delete; asks when there are topics under it"],
  ["Ctrl+Z", "take back your last change"],
  ["Ctrl+Shift+Z or Ctrl+Y", "put it back"],
  ["Ctrl+Enter", "all columns and the history of the row"],
  ["?", "this list"],
];

export class Keys {
  constructor(view, outline, actions) {
    this.view = view;
    this.outline = outline;
    this.actions = actions;
    this.typed = "";
    this.typedAt = 0;
  }

  /** Called for each key; true when it was one of ours. */
  press(event) {
    const { view } = this;
    const ref = view.current;
    if (ref === null || event.target.closest("input, select, textarea")) return false;
    const outline = this.outline();
    if (event.ctrlKey || event.metaKey) return this.withControl(event, outline);
    if (event.altKey) return this.withAlt(event);
    return this.walk(event, outline, ref) || this.change(event, ref) || this.type(event, outline, ref);
  }

  withControl(event, outline) {
    const visible = outline.visible();
    const { view, actions } = this;
    const key = event.key.toLowerCase();
    if (key === "home") view.focus(visible[0], view.column);
    else if (key === "end") view.focus(visible.at(-1), view.column);
    else if (key === "enter") actions.details();
    else if (key === "z" && !event.shiftKey) actions.undo();
    else if (key === "y" || (key === "z" && event.shiftKey)) actions.redo();
    else return false;
    return true;
  }

  withAlt(event) {
    const steps = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "in", ArrowLeft: "out" };
    if (!(event.key in steps)) return false;
    this.actions.step(steps[event.key]);
    return true;
  }

  walk(event, outline, ref) {
    const { view } = this;
    const visible = outline.visible();
    const n = visible.indexOf(ref);
    const to = (m) => view.focus(visible[Math.max(0, Math.min(visible.length - 1, m))], view.column);
    if (event.key === "ArrowDown") to(n + 1);
    else if (event.key === "ArrowUp") to(n - 1);
    else if (event.key === "PageDown") to(n + 10);
    else if (event.key === "PageUp") to(n - 10);
    else if (event.key === "ArrowRight") this.right(outline, ref);
    else if (event.key === "ArrowLeft") this.left(outline, ref);
    else if (event.key === "Home") view.column === null ? to(0) : view.focus(ref, COLUMNS[0]);
    else if (event.key === "End") view.column === null ? to(visible.length - 1) : view.focus(ref, COLUMNS.at(-1));
    else if (event.key === "*") for (const each of outline.siblings(ref)) view.toggle(each, false);
    else return false;
    return true;
  }

  right(outline, ref) {
    const { view } = this;
    if (view.column !== null) {
      const n = COLUMNS.indexOf(view.column);
      if (n < COLUMNS.length - 1) view.focus(ref, COLUMNS[n + 1]);
    } else if (outline.closed.has(ref) && outline.childrenOf(ref).length) view.toggle(ref, false);
    else view.focus(ref, COLUMNS[0]);
  }

  left(outline, ref) {
    const { view } = this;
    if (view.column !== null) {
      const n = COLUMNS.indexOf(view.column);
      view.focus(ref, n > 0 ? COLUMNS[n - 1] : null);
    } else if (!outline.closed.has(ref) && outline.childrenOf(ref).length) view.toggle(ref, true);
    else if (outline.parent(ref)) view.focus(outline.parent(ref));
  }

  change(event, ref) {
    const { view, actions } = this;
    if (event.key === "Enter" || event.key === "F2") {
      if (view.column === "findings" && event.key === "Enter") view.cell(ref, "findings").querySelector("a")?.click();
      else actions.edit(ref, EDITABLE.includes(view.column) ? view.column : "name");
    } else if (event.key === "Insert") event.shiftKey ? actions.addUnder() : actions.addAfter();
    else if (event.key === "Delete") actions.remove();
    else if (event.key === "?") actions.help();
    else return false;
    return true;
  }

  type(event, outline, ref) {
    if (event.key.length !== 1 || event.key === " ") return false;
    const now = event.timeStamp;
    this.typed = now - this.typedAt < TYPING_MS ? this.typed + event.key : event.key;
    this.typedAt = now;
    const wanted = this.typed.toLocaleLowerCase();
    const visible = outline.visible();
    // one letter goes on to the next, several stay where they already fit
    const from = visible.indexOf(ref) + (this.typed.length === 1 ? 1 : 0);
    const found = [...visible.slice(from), ...visible.slice(0, from)].find((each) =>
      ["name", "code"].some((column) => text(outline.get(each), column).toLocaleLowerCase().startsWith(wanted)),
    );
    if (found) this.view.focus(found, this.view.column);
    return true;
  }
}
