/** Typing into a cell: a cell enters, its new text leaves, or nothing. */

import { EDITABLE, text } from "./view.js";

const LABELS = { code: "Code", name: "Name", level: "Level" };

export class CellEditor {
  constructor(view, outline, save, say) {
    this.view = view;
    this.outline = outline;
    this.save = save;
    this.say = say;
    this.open = null;
    view.grid.addEventListener("renamed", ({ detail }) => {
      if (this.open) this.open.ref = detail.get(this.open.ref) ?? this.open.ref;
    });
  }

  /** Opens an input in the cell's place. */
  start(ref, column) {
    this.finish(true);
    const row = this.outline().get(ref);
    if (!row || row.state === "deleted") {
      this.say("This topic is deleted. Put it back first.");
      return;
    }
    this.view.focus(ref, column);
    const cell = this.view.cell(ref, column);
    const input = document.createElement("input");
    input.type = "text";
    input.value = text(row, column);
    if (column === "level") input.inputMode = "numeric";
    input.setAttribute("aria-label", `${LABELS[column]} of ${row.code ?? ""} ${row.name ?? ""}`.trim());
    input.maxLength = 10_000;
    cell.classList.add("editing");
    cell.append(input);
    this.open = { ref, column, cell, input, was: input.value };
    input.addEventListener("keydown", (event) => this.press(event));
    input.addEventListener("blur", () => this.finish(true));
    input.focus({ preventScroll: true });
    input.select();
  }

  press(event) {
    // keys of the grid must not be taken for ours
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Enter") this.finish(true, true);
    else if (event.key === "Escape") {
      this.finish(false, true);
      this.say("Left as it was.");
    } else if (event.key === "Tab") this.next(event);
    else return;
    event.preventDefault();
  }

  next(event) {
    const { ref, column } = this.open;
    const cells = this.outline()
      .visible()
      .filter((each) => this.outline().get(each).state !== "deleted")
      .flatMap((each) => EDITABLE.map((name) => [each, name]));
    const n = cells.findIndex(([each, name]) => each === ref && name === column);
    const to = cells[n + (event.shiftKey ? -1 : 1)];
    this.finish(true, true);
    if (to) this.start(...to);
  }

  /** Closes the input; saves what was typed where it differs. */
  finish(isKept, takesFocus = false) {
    if (!this.open) return;
    const { ref, column, cell, input, was } = this.open;
    this.open = null;
    const typed = input.value;
    cell.classList.remove("editing");
    input.remove();
    if (takesFocus) this.view.focus(ref, column);
    if (isKept && typed !== was) this.save(ref, column, typed, was);
    else this.view.refresh(ref);
  }
}
