// The batch page: what htmx does not do. Without this file everything is links and forms.

// A source that could not be brought leaves its link where it was, and says so.
document.addEventListener("htmx:responseError", (event) => {
  const place = event.target.closest?.(".beside-body");
  if (!place) return;
  const told = document.createElement("p");
  told.className = "small";
  told.setAttribute("role", "alert");
  told.textContent = "The source could not be brought. Follow the link, or open it again.";
  place.append(told);
});

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
