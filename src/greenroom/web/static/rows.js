/** Typing into the cells of a table: a cell enters, its new value is saved, or both values are shown. */

import { threeWay } from "./tree/dialogs.js";
import { typed } from "./tree/panel.js";
import { Refused, write } from "./tree/talk.js";

const root = document.getElementById("rows");
const said = root?.querySelector('[data-part="said"]');

function say(words, isError = false) {
  said.classList.toggle("error", isError);
  said.textContent = "";
  said.textContent = words;
}

const valueOf = (cell) => JSON.parse(cell.dataset.value);

function shown(value) {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function put(cell, value) {
  cell.dataset.value = JSON.stringify(value);
  cell.textContent = shown(value);
}

function name(cell) {
  return cell.closest("tr").querySelector("th").textContent.trim();
}

let open = null;

function start(cell) {
  finish(true);
  const input = document.createElement("input");
  input.value = shown(valueOf(cell));
  input.maxLength = 10_000;
  const heading = root.querySelectorAll("thead th")[cell.cellIndex].textContent;
  input.setAttribute("aria-label", `${heading} of ${name(cell)}`);
  open = { cell, input, was: input.value };
  cell.classList.add("editing");
  cell.replaceChildren(input);
  input.addEventListener("blur", () => finish(true));
  input.focus();
  input.select();
}

function finish(isKept) {
  if (!open) return;
  const { cell, input, was } = open;
  open = null;
  cell.classList.remove("editing");
  const before = valueOf(cell);
  put(cell, before);
  if (isKept && input.value !== was) save(cell, typed({ kind: cell.dataset.kind }, input.value), before);
}

async function save(cell, value, seen) {
  put(cell, value);
  cell.setAttribute("aria-busy", "true");
  const { ref } = cell.closest("tr").dataset;
  try {
    const answer = await write(`/api/scope/${root.dataset.scope}/edits`, {
      dataset: root.dataset.dataset,
      key: JSON.parse(root.dataset.unit),
      changes: [{ do: "set", row: ref, column: cell.dataset.column, value, seen }],
    });
    root.querySelector('[data-part="findings"]').textContent = answer.findings_said;
    root.querySelector('[data-part="edits"]').textContent = answer.edits_said;
    cell.closest("tr").querySelector('[data-part="status"]').textContent = "edited just now";
    say(`Saved: ${name(cell)}.`);
  } catch (error) {
    put(cell, seen);
    if (!(error instanceof Refused)) throw error;
    await disagreed(cell, value, error);
  } finally {
    cell.removeAttribute("aria-busy");
  }
}

async function disagreed(cell, value, error) {
  const conflict = error.findings.find((each) => "yours" in each);
  if (error.status !== 409 || !conflict) {
    say(`${error.message} ${error.hint}`.trim(), true);
    return;
  }
  put(cell, conflict.theirs);
  const by = conflict.by ?? "Somebody";
  const chosen = await threeWay({
    what: name(cell),
    column: root.querySelectorAll("thead th")[cell.cellIndex].textContent,
    base: conflict.seen,
    theirs: conflict.theirs,
    mine: value,
    words: {
      why: `${by} changed this after you had seen it. Nothing of yours was saved yet.`,
      base: "as you saw it",
      theirs: by,
      mine: "what you want",
    },
  });
  cell.focus();
  if (chosen === null || chosen.take === "theirs") say("Left as it is now.");
  else save(cell, chosen.take === "typed" ? typed({ kind: cell.dataset.kind }, chosen.value) : chosen.value, conflict.theirs);
}

function cells() {
  return [...root.querySelectorAll("td[data-column]")];
}

function go(cell, dx, dy) {
  const row = cell.closest("tr");
  const rows = [...row.parentElement.rows];
  const to = rows[rows.indexOf(row) + dy]?.cells[cell.cellIndex + dx];
  if (to?.dataset.column) choose(to);
}

function choose(cell) {
  for (const each of root.querySelectorAll('td[data-column][tabindex="0"]')) each.tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus();
}

const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

function press(event) {
  const cell = event.target.closest("td[data-column]");
  if (!cell) return;
  if (open) {
    if (event.isComposing) return;
    if (event.key === "Enter") finish(true);
    else if (event.key === "Escape") finish(false);
    else if (event.key === "Tab") {
      const all = cells();
      const to = all[all.indexOf(cell) + (event.shiftKey ? -1 : 1)];
      finish(true);
      if (to) start(to);
      event.preventDefault();
      return;
    } else return;
    choose(cell);
  } else if (event.key in ARROWS) go(cell, ...ARROWS[event.key]);
  else if (event.key === "Enter" || event.key === "F2") start(cell);
  else return;
  event.preventDefault();
}

if (root && "mayEdit" in root.dataset) {
  const first = cells()[0];
  if (first) first.tabIndex = 0;
  const table = root.querySelector('[data-part="table"]');
  table.addEventListener("keydown", press);
  table.addEventListener("dblclick", (event) => {
    const cell = event.target.closest("td[data-column]");
    if (cell) start(cell);
  });
  table.addEventListener("click", (event) => {
    const cell = event.target.closest("td[data-column]");
    if (cell && !open) choose(cell);
  });
}
