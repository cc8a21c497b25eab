// Makes browsing quicker: filters a tree as one types, folds it without asking the server, keeps the place between layers.
// Without it every one of these is a link or a form.

const tree = document.getElementById("tree");

function rows(list) {
  return [...list.children].filter((item) => item.tagName === "LI");
}

function words(item) {
  const row = item.querySelector(":scope > details > summary, :scope > .leaf");
  const code = row.querySelector(".code").textContent;
  return `${code} ${row.querySelector(".name").textContent}`.toLocaleLowerCase();
}

function narrow(list, wanted) {
  let found = 0;
  for (const item of rows(list)) {
    const below = item.querySelector(":scope > details > ul");
    const within = below ? narrow(below, wanted) : 0;
    const here = words(item).includes(wanted) ? 1 : 0;
    item.hidden = !(within || here);
    if (below && wanted && within) item.firstElementChild.open = true;
    found += within + here;
  }
  return found;
}

function unhide(list) {
  for (const item of list.querySelectorAll("li[hidden]")) item.hidden = false;
}

function filtering(field) {
  const count = document.getElementById("tree-count");
  const before = count.textContent;
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const wanted = field.value.trim().toLocaleLowerCase();
      unhide(tree);
      if (!wanted) {
        count.textContent = before;
        return;
      }
      const found = narrow(tree, wanted);
      count.textContent = `${found} topics hold “${field.value.trim()}”.`;
    }, 120);
  });
}

function folding(link) {
  link.setAttribute("role", "button");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const nodes = [...tree.querySelectorAll("details")];
    const open = !nodes.every((node) => node.open);
    for (const node of nodes) node.open = open;
    link.textContent = open ? "Fold all" : "Unfold all";
  });
  link.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    link.click();
  });
}

// Ids differ between layers, codes do not: the place is a code.
function keeping(tabs) {
  const KEY = "greenroom-place";
  const subject = new URLSearchParams(location.search).get("subject");
  const codeOf = (row) => row.querySelector(".code")?.textContent;
  for (const link of tabs.querySelectorAll("a")) {
    link.addEventListener("click", () => {
      const row = document.activeElement?.closest?.("#tree summary, #tree .leaf") || tree?.querySelector("[data-here]");
      const seen = row || [...(tree?.querySelectorAll("summary, .leaf") || [])].find((one) => one.getBoundingClientRect().top >= 0);
      const open = [...(tree?.querySelectorAll("details[open] > summary") || [])].map(codeOf);
      sessionStorage.setItem(KEY, JSON.stringify({ subject, code: seen ? codeOf(seen) : null, open }));
    });
  }
  const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
  sessionStorage.removeItem(KEY);
  if (!kept || kept.subject !== subject || !tree) return;
  const open = new Set(kept.open);
  for (const summary of tree.querySelectorAll("details > summary")) summary.parentElement.open = open.has(codeOf(summary));
  const here = [...tree.querySelectorAll("summary, .leaf")].find((row) => codeOf(row) === kept.code);
  for (let above = here?.closest("details"); above; above = above.parentElement.closest("details")) above.open = true;
  here?.scrollIntoView({ block: "center" });
}

if (tree) {
  const field = document.querySelector('[data-filters="tree"]');
  // what a search left out is not here to be filtered
  if (field && !field.value) filtering(field);
  const folds = document.querySelector('[data-folds="tree"]');
  if (folds) folding(folds);
  tree.addEventListener("click", (event) => {
    tree.querySelector("[data-here]")?.removeAttribute("data-here");
    event.target.closest("summary, .leaf")?.setAttribute("data-here", "");
  });
}
for (const tabs of document.querySelectorAll("[data-keeps-place]")) keeping(tabs);
