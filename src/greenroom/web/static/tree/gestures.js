/** What a person does to the tree: a gesture enters, is shown at once, is saved, and is put right by the answer. */

import { askDelete, threeWay } from "./dialogs.js";
import { steps, TOP } from "./model.js";
import { query, read, Refused, write } from "./talk.js";
import { COLUMNS } from "./view.js";

const LEVEL = /^-?\d{1,4}$/;

export class Gestures {
  /** `at()` is the subject on the page; `why()` the reason that is kept with each change. */
  constructor({ view, at, say, why, noted }) {
    Object.assign(this, { view, at, say, why, noted });
    this.pending = 0;
    // counts what was sent: an answer that was asked for before is old
    this.sent = 0;
  }

  get outline() {
    return this.view.outline;
  }

  /** A cell's new text. */
  async set(ref, column, typed, was) {
    const row = this.outline.get(ref);
    const value = this.valueOf(column, typed);
    if (value === undefined) {
      this.view.refresh(ref);
      this.say(`A level is a whole number; ${typed} is none. Left as it was.`, true);
      return;
    }
    const seen = this.valueOf(column, was);
    row[column] = value;
    this.view.refresh(ref);
    await this.send([ref], [{ do: "set", row: ref, column: this.at().tree[column], value, seen }], {
      done: () => `Saved: ${this.label(ref)}.`,
    });
  }

  valueOf(column, typed) {
    const text = typed.trim();
    if (column !== "level") return text === "" ? null : text;
    if (text === "") return null;
    return LEVEL.test(text) ? Number(text) : undefined;
  }

  /** To another place. */
  async move(ref, { under, after }) {
    const row = this.outline.get(ref);
    if (this.outline.isWithin(under, ref)) {
      this.say(`${this.label(ref)} cannot stand under itself.`, true);
      return;
    }
    const seen = { under: row.parent ?? null };
    this.outline.place(ref, under, after);
    this.outline.closed.delete(under);
    this.view.arrange();
    this.view.focus(ref, this.view.column);
    const above = under === TOP ? "the top" : this.label(under);
    await this.send([ref], [{ do: "move", row: ref, under: under === TOP ? null : under, after, seen }], {
      done: () => {
        const now = this.view.nowCalled(ref);
        const siblings = this.outline.siblings(now);
        return `Moved: ${this.label(ref)}, ${siblings.indexOf(now) + 1} of ${siblings.length} under ${above}.`;
      },
    });
  }

  /** One place up, down, in or out. */
  step(name) {
    const ref = this.view.current;
    if (ref === null || this.refusesDeleted(ref)) return;
    const place = steps[name](this.outline, ref);
    if (place) this.move(ref, place);
    else this.say({ up: "It is the first.", down: "It is the last.", in: "Nothing is before it.", out: "It is at the top." }[name]);
  }

  refusesDeleted(ref) {
    if (this.outline.get(ref).state !== "deleted") return false;
    this.say("This topic is deleted. Put it back first.", true);
    return true;
  }

  /** A new topic; answers its ref, to be named at once. */
  async add(under, after) {
    const answer = await this.send([], [
      { do: "add", under: under === TOP ? null : under, after, values: this.freshValues(under) },
    ]);
    const ref = answer?.made[0] ?? null;
    if (ref !== null) this.say("Added. Type its name.");
    return ref;
  }

  freshValues(under) {
    const { tree } = this.at();
    const parent = under === TOP ? null : this.outline.get(under);
    return { [tree.code]: this.freshCode(parent, under), [tree.name]: "New topic" };
  }

  /** The next free number among the children, as the codes beside it are written. */
  freshCode(parent, under) {
    const taken = new Set([...this.outline.rows.values()].map((row) => row.code));
    const before = parent ? `${parent.code}.` : "";
    let n = this.outline.childrenOf(under).length + 1;
    while (taken.has(`${before}${n}`)) n += 1;
    return `${before}${n}`;
  }

  async remove() {
    const ref = this.view.current;
    if (ref === null) return;
    const row = this.outline.get(ref);
    if (this.refusesDeleted(ref)) return;
    const under = this.outline.subtree(ref).slice(1).filter((each) => this.outline.get(each).state !== "deleted");
    let changes = [{ do: "delete", row: ref }];
    if (under.length) {
      const parent = this.outline.parent(ref);
      const chosen = await askDelete(row, under.length, parent === TOP ? "the top" : this.label(parent));
      this.view.focus(ref, this.view.column);
      if (chosen === null) return;
      changes = chosen === "all" ? [{ do: "delete", row: ref, with_children: true }] : [...this.lifted(ref), ...changes];
    }
    const label = this.label(ref);
    await this.send([ref], changes, { done: () => `Deleted: ${label}.` });
  }

  /** What stands under a row goes to its parent, in the row's place. */
  lifted(ref) {
    const parent = this.outline.parent(ref);
    const children = this.outline.childrenOf(ref).filter((each) => this.outline.get(each).state !== "deleted");
    return children.map((child, n) => ({
      do: "move",
      row: child,
      under: parent === TOP ? null : parent,
      after: n ? children[n - 1] : ref,
    }));
  }

  /** Back, or forth again, by what the server knows of this person's changes. */
  async turn(kind) {
    const known = this.known?.[kind];
    if (!known && !this.pending) {
      this.say(kind === "undo" ? "There is nothing of yours to take back." : "There is nothing to put back.");
      return;
    }
    const words = kind === "undo" ? "Taken back" : "Put back";
    await this.post("/edits/turn", () => ({ ...this.unit(), turn: kind }), [], {
      done: (answer) => `${words}: ${answer.said}.`,
    });
  }

  /** Edits out of force, or in force again. */
  settle(withdraw, restore, why, done) {
    return this.post("/edits/settle", () => ({ ...this.unit(), withdraw, restore, why }), [], { done: () => done });
  }

  unit() {
    const { dataset, key } = this.at();
    return { dataset, key };
  }

  send(refs, changes, told = {}) {
    return this.post("/edits", () => ({ ...this.unit(), changes, reason: this.why() }), refs, { ...told, changes });
  }

  async post(path, value, refs, { done = null, changes = [] } = {}) {
    this.pending += 1;
    this.sent += 1;
    this.view.busy(refs, true);
    try {
      const answer = await write(`/api/scope/${this.at().scope.id}${path}`, value);
      // rows get ids with the first edit of their subject: everything is called anew
      if (this.isUntraced()) await this.reload();
      else this.take(answer);
      this.view.busy(refs.length ? refs.map((ref) => this.view.nowCalled(ref)) : answer.rows.slice(0, 50).map((row) => row.ref), false);
      if (done) this.say(done(answer));
      return answer;
    } catch (error) {
      this.view.busy(refs.map((ref) => this.view.nowCalled(ref)), false);
      await this.failed(error, changes);
      return null;
    } finally {
      this.pending -= 1;
    }
  }

  isUntraced() {
    const [first] = this.outline.rows.keys();
    return first?.startsWith("row:") ?? false;
  }

  /** Puts the server's word where ours was. */
  take(answer) {
    const { outline, view } = this;
    let isArranged = false;
    for (const row of answer.rows) {
      const known = outline.get(row.ref);
      if (!known) {
        outline.add(row, row.parent !== null && outline.get(row.parent) ? row.parent : TOP, null);
        isArranged = true;
      } else {
        if ((known.parent ?? null) !== row.parent) {
          outline.place(row.ref, row.parent !== null && outline.get(row.parent) ? row.parent : TOP, null);
          isArranged = true;
        }
        outline.rows.set(row.ref, row);
      }
    }
    for (const ref of answer.gone) {
      if (!outline.get(ref)) continue;
      outline.remove(ref);
      isArranged = true;
    }
    for (const { under, refs } of answer.order) {
      const now = outline.childrenOf(under ?? TOP);
      if (now.length === refs.length && now.every((each, n) => each === refs[n])) continue;
      outline.children.set(under ?? TOP, refs.filter((each) => outline.get(each)));
      isArranged = true;
    }
    outline.lost = outline.unreached();
    if (isArranged) view.arrange();
    this.takeFindings(answer.found);
    for (const row of answer.rows) view.refresh(row.ref);
    this.known = { undo: answer.undo, redo: answer.redo };
    this.noted(answer);
  }

  /** Counts of findings go up and down in rows that were not touched, too. */
  takeFindings(found) {
    for (const [ref, row] of this.outline.rows) {
      const now = found[ref] ?? 0;
      if (row.findings === now) continue;
      row.findings = now;
      this.view.refresh(ref);
    }
  }

  async failed(error, changes) {
    if (!(error instanceof Refused)) throw error;
    const conflicts = error.findings.filter((each) => "yours" in each);
    await this.reload();
    if (error.status === 409 && conflicts.length) {
      for (const conflict of conflicts) await this.disagreed(conflict, changes);
    } else {
      this.say(`${error.message} ${error.hint}`.trim(), true);
    }
  }

  /** Somebody was quicker on the same cell: both values are shown, and one is chosen. */
  async disagreed(conflict, changes) {
    const ref = this.view.nowCalled(conflict.row_key);
    const change = changes.find((each) => this.view.nowCalled(each.row) === ref) ?? changes[0];
    const isPlace = change?.do === "move";
    const chosen = await threeWay({
      what: this.label(ref),
      column: isPlace ? "place" : this.at().labels[conflict.column] ?? conflict.column,
      base: isPlace ? this.placeName(conflict.seen) : conflict.seen,
      theirs: isPlace ? this.placeName(conflict.theirs) : conflict.theirs,
      mine: isPlace ? this.placeName(conflict.yours) : conflict.yours,
      words: {
        why: `${conflict.by ?? "Somebody"} changed this after you had seen it. Nothing of yours was saved yet.`,
        base: "as you saw it",
        theirs: conflict.by ?? "somebody else",
        mine: "what you want",
      },
    });
    if (this.outline.get(ref)) this.view.focus(ref, this.view.column);
    if (chosen === null || chosen.take === "theirs" || !change) {
      this.say("Left as it is now.");
      return;
    }
    if (isPlace) {
      await this.send([ref], [{ ...change, seen: { under: conflict.theirs } }], { done: () => "Moved." });
      return;
    }
    const column = COLUMNS.find((each) => this.at().tree[each] === conflict.column);
    const value = chosen.take === "typed" ? this.valueOf(column ?? "name", chosen.value) : chosen.value;
    if (value === undefined) {
      this.say(`A level is a whole number; ${chosen.value} is none. Left as it is now.`, true);
      return;
    }
    await this.send([ref], [{ do: "set", row: ref, column: conflict.column, value, seen: conflict.theirs }], {
      done: () => `Saved: ${this.label(ref)}.`,
    });
  }

  placeName(ref) {
    return ref === null || ref === undefined || !this.outline.get(ref) ? "the top" : `under ${this.label(ref)}`;
  }

  /** The whole subject again, without touching what is being typed; answers how many rows say something else now. */
  async reload() {
    const { scope, subject, version } = this.at();
    const sent = this.sent;
    const answer = await read(`/api/scope/${scope.id}/tree?${query({ subject, version })}`).catch(() => null);
    if (!answer || this.at().subject !== subject || this.at().version !== version) return 0;
    // something was changed meanwhile: this answer may be from before it
    return sent === this.sent ? this.merge(answer) : this.reload();
  }

  /** What others did, row by row; answers how many rows say something else now. */
  merge(answer) {
    const { outline, view } = this;
    view.rename(outline.renamed(answer.rows));
    const before = new Map([...outline.rows].map(([ref, row]) => [ref, JSON.stringify(row)]));
    const order = outline.order().join();
    outline.load(answer);
    if (order !== outline.order().join()) view.arrange();
    else view.places(TOP, 1, true);
    let n = 0;
    for (const [ref, row] of outline.rows) {
      if (before.get(ref) === JSON.stringify(row)) continue;
      view.refresh(ref);
      n += 1;
    }
    this.known = { undo: answer.undo, redo: answer.redo };
    this.noted(answer);
    return n;
  }

  label(ref) {
    const row = this.outline.get(this.view.nowCalled(ref));
    return row ? `${row.code ?? ""} ${row.name ?? ""}`.trim() || "a topic without a name" : "a topic";
  }
}
