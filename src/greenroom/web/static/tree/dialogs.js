/** Questions that need an answer: words enter, a choice leaves; null when there is none. */

/** An element with its texts and children; never markup from a text. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

let numbers = 0;

/** Shows a dialog and waits for one of its buttons; Esc is null. */
export function ask(title, content, buttons, { kind = "" } = {}) {
  return new Promise((answer) => {
    const id = `dialog-${(numbers += 1)}`;
    const dialog = el("dialog", { class: `ask ${kind}`.trim(), "aria-labelledby": id });
    let chosen = null;
    const bar = el(
      "div",
      { class: "choices" },
      ...buttons.map(({ label, value, isMain }) =>
        el("button", {
          type: "button",
          class: isMain ? "button primary" : "button",
          autofocus: Boolean(isMain),
          onclick: () => {
            chosen = typeof value === "function" ? value() : value;
            dialog.close();
          },
        }, label),
      ),
    );
    dialog.append(el("h2", { id }, title), ...content, bar);
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(chosen);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function shown(value) {
  if (value === null || value === undefined || value === "") return "empty";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function version(title, by, value) {
  return el(
    "section",
    { class: "version" },
    el("h3", {}, title),
    el("p", { class: "by" }, by),
    el("p", { class: value === null || value === undefined ? "value none" : "value" }, shown(value)),
  );
}

/** Three versions of one cell. Answers {take: "theirs"}, {take: "value", value} or null. */
export async function threeWay({ what, column, base, theirs, mine, words }) {
  const other = el("input", { type: "text", id: "other-value", class: "other" });
  other.value = mine === null || mine === undefined ? "" : typeof mine === "string" ? mine : JSON.stringify(mine);
  return ask(
    `${what}: ${column}`,
    [
      el("p", {}, words.why),
      el(
        "div",
        { class: "versions" },
        version("Before", words.base, base),
        version("Theirs", words.theirs, theirs),
        version("Yours", words.mine, mine),
      ),
      el("label", { for: "other-value" }, "Or another value"),
      other,
    ],
    [
      { label: "Keep theirs", value: { take: "theirs" } },
      { label: "Use mine", value: { take: "value", value: mine }, isMain: true },
      { label: "Use the other value", value: () => ({ take: "typed", value: other.value }) },
      { label: "Decide later", value: null },
    ],
    { kind: "three" },
  );
}

/** Whether children go with their parent. */
export function askDelete(row, count, above) {
  const topics = count === 1 ? "1 topic" : `${count} topics`;
  return ask(
    `Delete ${row.code ?? ""} ${row.name ?? ""}?`,
    [el("p", {}, `${topics} ${count === 1 ? "stands" : "stand"} under it.`)],
    [
      { label: `Delete it and ${topics}`, value: "all" },
      { label: `Delete it alone; they go to ${above}`, value: "alone" },
      { label: "Leave it", value: null, isMain: true },
    ],
  );
}

/** The list of keys. */
export function help(keys) {
  return ask(
    "Keys of the tree",
    [
      el(
        "dl",
        { class: "keys" },
        ...keys.flatMap(([key, means]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, means)]),
      ),
    ],
    [{ label: "Close", value: null, isMain: true }],
  );
}

/** Another parent out of a list that narrows while one types. */
export function askParent(row, choices) {
  const list = el("select", { size: "10", class: "parents", "aria-label": "Topics" });
  const fill = (wanted) => {
    const fitting = choices.filter(({ label }) => label.toLocaleLowerCase().includes(wanted));
    list.replaceChildren(...fitting.map(({ ref, label }) => el("option", { value: ref }, label)));
    list.selectedIndex = 0;
  };
  const search = el("input", {
    type: "search",
    id: "parent-search",
    oninput: () => fill(search.value.toLocaleLowerCase()),
  });
  fill("");
  return ask(
    `Move ${row.code ?? ""} ${row.name ?? ""}`,
    [el("label", { for: "parent-search" }, "Under which topic? Type to narrow the list."), search, list],
    [
      { label: "Move it there", value: () => (list.selectedIndex < 0 ? null : { under: list.value }), isMain: true },
      { label: "Leave it", value: null },
    ],
  );
}
