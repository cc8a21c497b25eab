// The batch page: sources open in their place. Without this file each is a link to a page of its own.

/** Bring the source that a link leads to into the place of the link. */
async function bring(place, link) {
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href, { credentials: "same-origin", headers: { "hx-request": "true" } });
    if (!answer.ok) throw new Error(String(answer.status));
    // Parsed as a document of its own: nothing in it runs.
    const brought = new DOMParser().parseFromString(await answer.text(), "text/html");
    const whole = document.createElement("p");
    whole.className = "small";
    link.textContent = "On a page of its own";
    whole.append(link);
    place.replaceChildren(...brought.body.childNodes, whole);
  } catch {
    const told = document.createElement("p");
    told.className = "small";
    told.setAttribute("role", "alert");
    told.textContent = "The source could not be brought: follow the link, or open it again.";
    place.replaceChildren(link, told);
    place.closest("details.beside").dataset.brought = "";
  } finally {
    place.removeAttribute("aria-busy");
  }
}

// Toggling does not rise, so it is met on its way down.
document.addEventListener(
  "toggle",
  (event) => {
    const details = event.target;
    if (!(details instanceof HTMLDetailsElement) || !details.matches(".beside") || !details.open) return;
    const place = details.querySelector(".beside-body");
    const link = place?.querySelector("a[href]");
    if (!link || details.dataset.brought) return;
    details.dataset.brought = "yes";
    bring(place, link);
  },
  true,
);

// Pictures of pages say when they are not to be had, in the place where they would stand.
document.addEventListener(
  "error",
  (event) => {
    const picture = event.target;
    if (!(picture instanceof HTMLImageElement) || !picture.classList.contains("leaf")) return;
    const told = document.createElement("p");
    told.className = "notice warn";
    const words = document.createElement("span");
    words.textContent = "This page cannot be drawn.";
    told.append(words);
    picture.replaceWith(told);
  },
  true,
);
