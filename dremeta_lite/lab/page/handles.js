// A handle: a slider with two axes, drawn over the picture. It follows the hand at once, and the kernel's picture follows it.

const STAR = "M12 1l3.2 7.2 7.8.7-5.9 5.2 1.8 7.7L12 17.7 5.1 21.8l1.8-7.7L1 8.9l7.8-.7z";

function makeHandle(page) {
  const handle = add(page.el, "div", { class: "dremeta-handle", tabindex: "0", role: "slider" });
  let region, index, number, spec, at, grip = null, sent = 0, answered = 0;
  const moving = () => grip || sent !== answered;
  const say = () => {
    const told = spec.ways.flatMap((way, i) => (way ? [`${way.name} ${+at[i].toPrecision(3)}`] : []));
    const [first, i] = spec.ways[0] ? [spec.ways[0], 0] : [spec.ways[1], 1];
    const values = { "aria-valuemin": first.low, "aria-valuemax": first.high, "aria-valuenow": at[i], "aria-valuetext": told.join(", ") };
    for (const [name, value] of Object.entries(values)) handle.setAttribute(name, value);
  };
  const draw = () => {
    const shares = toShares(region, at);
    place(handle, region, shares.map((s, i) => (spec.ways[i] ? within(s, 0, 1) : 0.5)));
    say();
  };
  const go = (units, done) => {
    at = units.map((value, i) => (spec.ways[i] ? within(value, spec.ways[i].low, spec.ways[i].high) : value));
    draw();
    handle.classList.add("dremeta-moving");
    const mine = ++sent;
    page.post({ kind: "move", region: index, handle: number, path: [at], done }, () => {
      answered = mine;
      if (!moving()) settle();
      if (done) page.said.textContent = page.model.get("words");
    });
  };
  const settle = () => {
    handle.classList.remove("dremeta-moving");
    at = where();
    draw();
  };
  const where = () => spec.ways.map((way, i) => (way ? way.at : (region["xy"[i]][0] + region["xy"[i]][1]) / 2));

  handle.region = () => index;
  handle.arrange = (given, i, j) => {
    [region, index, number, spec] = [given, i, j, given.handles[j]];
    const both = spec.ways[0] && spec.ways[1];
    handle.className = `dremeta-handle dremeta-${spec.mark}${moving() ? " dremeta-moving" : ""}`;
    handle.style.color = spec.colour;
    handle.style.cursor = both ? "grab" : spec.ways[0] ? "ew-resize" : "ns-resize";
    handle.style.width = both || spec.ways[0] ? "" : `${100 * region.box[2]}%`;
    handle.style.height = both || spec.ways[1] ? "" : `${100 * region.box[3]}%`;
    handle.setAttribute("aria-label", spec.name);
    handle.setAttribute("title", `${spec.name}: drag it, or use the arrow keys`);
    if (handle.dataset.mark !== spec.mark) handle.innerHTML = spec.mark === "star" ? `<svg viewBox="0 0 24 24"><path d="${STAR}"/></svg>` : "<i></i>";
    handle.dataset.mark = spec.mark;
    if (!moving()) at = where();
    draw();
  };
  handle.grab = (event, byItself = true) => {
    take(event);
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const hand = sharesAt(page.areas[index], event), own = toShares(region, at);
    grip = byItself ? own.map((s, i) => s - hand[i]) : [0, 0];
    page.tip.hidden = true;
    if (!byItself) follow(event);
  };
  const follow = (event) => go(toUnits(region, sharesAt(page.areas[index], event).map((s, i) => s + grip[i])), false);
  handle.onpointerdown = (event) => event.button || handle.grab(event);
  handle.onpointermove = (event) => grip && follow(event);
  handle.onpointerup = handle.onpointercancel = () => {
    if (grip) [grip] = [null, go(at, true)];
  };
  handle.onkeydown = (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
    take(event);
    const many = event.shiftKey ? 5 : 1;
    go(at.map((value, i) => nudged(value, arrow[i] * many, spec.ways[i], region.log[i])), true);
  };
  return handle;
}

// One step of an arrow key; a twentieth of a decade on a logarithmic axis.
const nudged = (value, steps, way, log) => (!way ? value : log ? value * 10 ** (steps / 20) : value + steps * way.step);
