/** Dragging rows with mouse, pen or finger: a pointer enters, a row and its new place leave. */

import { dropPlace } from "./model.js";

const START_PX = 4;
const LONG_PRESS_MS = 450;
const EDGE_PX = 56;
const FASTEST_PX = 18;
const SIGNS = ["drop-before", "drop-after", "drop-inside", "drop-refused"];

export class Drag {
  constructor({ view, outline, move, say, isFree }) {
    Object.assign(this, { view, outline, move, say, isFree });
    this.held = null;
    this.hasJustDropped = false;
    const { grid, body } = view;
    body.addEventListener("pointerdown", (event) => this.down(event));
    body.addEventListener("pointermove", (event) => this.over(event));
    body.addEventListener("pointerup", (event) => this.up(event));
    body.addEventListener("pointercancel", () => this.end());
    // a finger that drags must not scroll too; passive listeners cannot say so
    body.addEventListener("touchmove", (event) => this.held?.isMoving && event.preventDefault(), { passive: false });
    body.addEventListener("contextmenu", (event) => this.held && event.preventDefault());
    grid.ownerDocument.addEventListener("keydown", (event) => this.escape(event), true);
  }

  down(event) {
    const element = event.target.closest(".trow");
    const isGrip = Boolean(event.target.closest(".grip"));
    const isFinger = event.pointerType === "touch";
    if (event.button !== 0 || !element || this.held || !this.isFree()) return;
    if (!isGrip && (!isFinger || event.target.closest("input, a, .twist"))) return;
    const { ref } = element.dataset;
    if (this.outline().get(ref).state === "deleted") return;
    this.held = { ref, element, pointer: event.pointerId, x: event.clientX, y: event.clientY, isMoving: false };
    if (isGrip) {
      event.preventDefault();
      this.view.body.setPointerCapture(event.pointerId);
    } else {
      this.held.timer = setTimeout(() => this.press(), LONG_PRESS_MS);
    }
  }

  /** A finger has rested on the row for long enough. */
  press() {
    if (!this.held) return;
    this.held.timer = null;
    this.view.body.setPointerCapture(this.held.pointer);
    navigator.vibrate?.(10);
    this.begin();
  }

  begin() {
    const { ref, element } = this.held;
    this.held.isMoving = true;
    this.view.focus(ref, null, { scroll: false });
    element.classList.add("dragged");
    this.view.grid.classList.add("dragging");
    const row = this.outline().get(ref);
    this.say(`Dragging ${row.code ?? ""} ${row.name ?? ""}. Esc leaves it where it was.`);
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  over(event) {
    const { held } = this;
    if (!held || event.pointerId !== held.pointer) return;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y);
    if (held.timer) {
      if (far > 3 * START_PX) this.end();
      return;
    }
    if (!held.isMoving && far < START_PX) return;
    if (!held.isMoving) this.begin();
    held.at = { x: event.clientX, y: event.clientY };
    this.aim();
  }

  /** Says what would happen if it were dropped here. */
  aim() {
    const { held } = this;
    const box = this.view.grid.getBoundingClientRect();
    const x = Math.max(box.left + 2, Math.min(box.right - 2, held.at.x));
    const element = document.elementFromPoint(x, held.at.y)?.closest(".trow[data-ref]");
    this.unmark();
    held.place = null;
    if (!element || !this.view.body.contains(element)) return;
    const target = element.dataset.ref;
    const zone = zoneOf(element.getBoundingClientRect(), held.at.y);
    held.place = dropPlace(this.outline(), held.ref, target, zone);
    const isSame = target === held.ref;
    if (held.place) element.classList.add(`drop-${zone}`);
    else if (!isSame && this.outline().isWithin(target, held.ref)) element.classList.add("drop-refused");
    held.marked = element;
  }

  unmark() {
    this.held?.marked?.classList.remove(...SIGNS);
  }

  /** Near an edge the rows go by, faster the nearer. */
  scroll() {
    const { held } = this;
    if (!held?.isMoving) return;
    if (held.at) {
      const { grid } = this.view;
      const box = grid.getBoundingClientRect();
      const bottom = Math.min(box.bottom, window.innerHeight);
      const above = box.top + EDGE_PX - held.at.y;
      const below = held.at.y - (bottom - EDGE_PX);
      const near = above > 0 ? -above : Math.max(0, below);
      if (near) {
        grid.scrollTop += Math.sign(near) * Math.min(FASTEST_PX, Math.ceil(Math.abs(near) / 4));
        this.aim();
      }
    }
    this.frame = requestAnimationFrame(() => this.scroll());
  }

  up(event) {
    const { held } = this;
    if (!held || event.pointerId !== held.pointer) return;
    const { ref, place, isMoving } = held;
    this.end();
    if (!isMoving) return;
    // the click that follows a drop is none
    this.hasJustDropped = true;
    setTimeout(() => (this.hasJustDropped = false), 0);
    if (place) this.move(ref, place);
    else this.say("Left where it was.");
  }

  escape(event) {
    if (event.key !== "Escape" || !this.held?.isMoving) return;
    event.preventDefault();
    event.stopPropagation();
    this.end();
    this.say("Left where it was.");
  }

  end() {
    const { held } = this;
    if (!held) return;
    clearTimeout(held.timer);
    cancelAnimationFrame(this.frame);
    this.unmark();
    held.element.classList.remove("dragged");
    this.view.grid.classList.remove("dragging");
    if (this.view.body.hasPointerCapture(held.pointer)) this.view.body.releasePointerCapture(held.pointer);
    this.held = null;
  }
}

/** The upper quarter of a row is before it, the lower after it, the rest inside. */
export function zoneOf(box, y) {
  const share = (y - box.top) / box.height;
  if (share < 0.28) return "before";
  return share > 0.72 ? "after" : "inside";
}
