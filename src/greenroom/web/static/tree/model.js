/** The rows of one subject as a tree, without a page: the server's rows enter, order and places leave. */

/** The place above all roots. */
export const TOP = "";

export class Outline {
  constructor(answer) {
    this.closed = new Set();
    this.load(answer);
  }

  /** Takes the server's rows as they stand; what was closed stays closed. */
  load(answer) {
    this.rows = new Map();
    this.children = new Map([[TOP, []]]);
    for (const row of answer.rows) {
      this.rows.set(row.ref, row);
      this.children.set(row.ref, []);
    }
    for (const row of answer.rows) {
      this.children.get(this.parent(row.ref)).push(row.ref);
    }
    this.closed = new Set([...this.closed].filter((ref) => this.rows.has(ref)));
    this.lost = this.unreached();
  }

  /** Known rows that the server calls otherwise now, by the number that stays theirs. */
  renamed(rows) {
    const before = new Map([...this.rows.values()].map((row) => [row.number, row.ref]));
    const found = new Map();
    for (const { number, ref } of rows) {
      const was = before.get(number);
      // below zero are rows that people added: their numbers are given anew each time
      if (was !== undefined && was !== ref && number > 0) found.set(was, ref);
    }
    this.closed = new Set([...this.closed].map((ref) => found.get(ref) ?? ref));
    return found;
  }

  get(ref) {
    return this.rows.get(ref);
  }

  /** The parent's ref; a parent that is not here is the top. */
  parent(ref) {
    const parent = this.rows.get(ref)?.parent ?? TOP;
    return this.rows.has(parent) ? parent : TOP;
  }

  childrenOf(ref) {
    return this.children.get(ref) ?? [];
  }

  siblings(ref) {
    return this.childrenOf(this.parent(ref));
  }

  /** 1 for a root, as aria-level counts. */
  depth(ref) {
    let depth = 1;
    for (let at = this.parent(ref); at !== TOP && depth <= this.rows.size; at = this.parent(at)) depth += 1;
    return depth;
  }

  /** Whether `ref` is `above` or stands somewhere under it. */
  isWithin(ref, above) {
    let steps = 0;
    for (let at = ref; at !== TOP && steps <= this.rows.size; at = this.parent(at), steps += 1) {
      if (at === above) return true;
    }
    return false;
  }

  /** Depth first, all of them; rows that are their own ancestors come last, so that they can be repaired. */
  order() {
    const found = [];
    const walk = (ref) => {
      for (const child of this.childrenOf(ref)) {
        found.push(child);
        walk(child);
      }
    };
    walk(TOP);
    return found.concat(this.lost);
  }

  /** Refs that no root leads to. */
  unreached() {
    const met = new Set();
    const walk = (ref) => {
      for (const child of this.childrenOf(ref)) {
        met.add(child);
        walk(child);
      }
    };
    walk(TOP);
    return [...this.rows.keys()].filter((ref) => !met.has(ref));
  }

  subtree(ref) {
    const found = [ref];
    for (const child of this.childrenOf(ref)) found.push(...this.subtree(child));
    return found;
  }

  isVisible(ref) {
    if (this.lost.includes(ref)) return true;
    for (let at = this.parent(ref); at !== TOP; at = this.parent(at)) {
      if (this.closed.has(at)) return false;
    }
    return true;
  }

  /** Rows a person can reach now, in order. */
  visible() {
    const found = [];
    const walk = (ref) => {
      for (const child of this.childrenOf(ref)) {
        found.push(child);
        if (!this.closed.has(child)) walk(child);
      }
    };
    walk(TOP);
    return found.concat(this.lost);
  }

  /** Moves in memory, as the server will. */
  place(ref, under, after) {
    const from = this.siblings(ref);
    from.splice(from.indexOf(ref), 1);
    this.rows.get(ref).parent = under === TOP ? null : under;
    const to = this.childrenOf(under);
    to.splice(after === null ? 0 : to.indexOf(after) + 1, 0, ref);
  }

  /** Where a row stands: what `place` needs to put it there. */
  placeOf(ref) {
    const siblings = this.siblings(ref);
    const n = siblings.indexOf(ref);
    return { under: this.parent(ref), after: n > 0 ? siblings[n - 1] : null };
  }

  /** A row that the server made. */
  add(row, under, after) {
    this.rows.set(row.ref, row);
    this.children.set(row.ref, []);
    row.parent = under === TOP ? null : under;
    const to = this.childrenOf(under);
    to.splice(after === null ? 0 : to.indexOf(after) + 1, 0, row.ref);
  }

  /** A row that is no more. Its children, if any are left, stand at the top until the server says where. */
  remove(ref) {
    const siblings = this.siblings(ref);
    siblings.splice(siblings.indexOf(ref), 1);
    this.children.get(TOP).push(...this.childrenOf(ref));
    this.rows.delete(ref);
    this.children.delete(ref);
  }
}

/** The places a row can be asked to go by key or button; null where there is none. */
export const steps = {
  up(outline, ref) {
    const siblings = live(outline, outline.siblings(ref), ref);
    const n = siblings.indexOf(ref);
    return n > 0 ? { under: outline.parent(ref), after: n > 1 ? siblings[n - 2] : null } : null;
  },
  down(outline, ref) {
    const siblings = live(outline, outline.siblings(ref), ref);
    const n = siblings.indexOf(ref);
    return n < siblings.length - 1 ? { under: outline.parent(ref), after: siblings[n + 1] } : null;
  },
  in(outline, ref) {
    const siblings = live(outline, outline.siblings(ref), ref);
    const n = siblings.indexOf(ref);
    if (n === 0) return null;
    const under = siblings[n - 1];
    return { under, after: outline.childrenOf(under).at(-1) ?? null };
  },
  out(outline, ref) {
    const parent = outline.parent(ref);
    return parent === TOP ? null : { under: outline.parent(parent), after: parent };
  },
};

/** Siblings that are not deleted, and the row itself. */
function live(outline, refs, ref) {
  return refs.filter((each) => each === ref || outline.get(each).state !== "deleted");
}

/** Where a pointer's drop goes: `zone` is before, after or inside of `target`; null where it may not. */
export function dropPlace(outline, ref, target, zone) {
  if (outline.isWithin(target, ref) || outline.get(target).state === "deleted") return null;
  let place;
  if (zone === "inside") {
    const children = outline.childrenOf(target).filter((each) => each !== ref);
    place = { under: target, after: children.at(-1) ?? null };
  } else if (zone === "after" && outline.childrenOf(target).length && !outline.closed.has(target)) {
    // what lies between a row and its first child is the place before that child
    place = { under: target, after: null };
  } else {
    const siblings = outline.siblings(target).filter((each) => each !== ref);
    const n = siblings.indexOf(target) + (zone === "after" ? 1 : 0);
    place = { under: outline.parent(target), after: n > 0 ? siblings[n - 1] : null };
  }
  const now = outline.placeOf(ref);
  return now.under === place.under && now.after === place.after ? null : place;
}
