// The map, nearer: wheel and drag, buttons, + - 0 on the keyboard. Without this script it stands still.

const map = document.querySelector("svg#map");
if (map) enlarge(map);

function enlarge(svg) {
  const whole = svg.viewBox.baseVal;
  const home = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let now = { ...home };

  function show() {
    svg.setAttribute("viewBox", `${now.x} ${now.y} ${now.width} ${now.height}`);
    // marks keep their size on the screen: they come apart as the map grows; on a small screen they may grow too
    const room = Math.min(1.7, Math.max(1, home.width / svg.clientWidth));
    const size = Math.min(1, (room * now.width) / home.width);
    for (const mark of svg.querySelectorAll("a.mark-of")) {
      const shape = mark.querySelector("circle, rect").getBBox();
      const x = shape.x + shape.width / 2;
      const y = shape.y + shape.height / 2;
      mark.setAttribute("transform", `translate(${x} ${y}) scale(${size}) translate(${-x} ${-y})`);
    }
  }

  function zoom(factor, x, y) {
    const width = Math.min(home.width, Math.max(home.width / 40, now.width * factor));
    const by = width / now.width;
    now = keep({ x: x - (x - now.x) * by, y: y - (y - now.y) * by, width, height: now.height * by });
    show();
  }

  function keep(view) {
    const most = (from, size, all, part) => Math.min(from + all - part, Math.max(from, size));
    return {
      ...view,
      x: most(home.x, view.x, home.width, view.width),
      y: most(home.y, view.y, home.height, view.height),
    };
  }

  function place(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [point.x, point.y];
  }

  const middle = () => [now.x + now.width / 2, now.y + now.height / 2];
  const actions = {
    Nearer: () => zoom(0.6, ...middle()),
    Further: () => zoom(1 / 0.6, ...middle()),
    "Whole map": () => {
      now = { ...home };
      show();
    },
  };
  const buttons = document.createElement("div");
  buttons.className = "map-buttons";
  for (const [words, action] of Object.entries(actions)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = words;
    button.addEventListener("click", action);
    buttons.append(button);
  }
  svg.before(buttons);

  svg.addEventListener(
    "wheel",
    (event) => {
      // the page scrolls as ever; with the control key, or two fingers, the map grows
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, ...place(event));
    },
    { passive: false },
  );

  svg.addEventListener("keydown", (event) => {
    const action = { "+": "Nearer", "-": "Further", 0: "Whole map" }[event.key];
    if (!action) return;
    event.preventDefault();
    actions[action]();
  });

  let from = null;
  svg.addEventListener("pointerdown", (event) => {
    if (now.width < home.width && !event.target.closest("a")) {
      from = place(event);
      svg.setPointerCapture(event.pointerId);
    }
  });
  svg.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = place(event);
    now = keep({ ...now, x: now.x + from[0] - x, y: now.y + from[1] - y });
    show();
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (from = null));
}
