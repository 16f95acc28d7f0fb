// An area: the axes of one part. It reads off, and is clicked, drawn upon, held, or played with keys, if its part answers to that.

function makeArea(page) {
  const area = add(page.el, "div", { class: "dremeta-area", tabindex: "0", role: "application" });
  const line = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = [];
  const curve = line.appendChild(document.createElementNS(line.namespaceURI, "polyline"));
  line.setAttribute("viewBox", "0 0 1 1");
  line.setAttribute("preserveAspectRatio", "none");
  line.setAttribute("aria-hidden", "true");
  area.append(line);
  const cursor = add(area, "div", { class: "dremeta-cursor", hidden: "" });
  let region, index, at = [0.5, 0.5], held = false;
  const can = (what) => region.answers.includes(what);
  const letter = (kind, places, more = {}) => ({ kind, region: index, path: places.map((p) => toUnits(region, p)), ...more });
  let looks = 0, looking = null; // an answer that comes after the next look, or after a click, is not shown
  const read = (where, aloud, mine = ++looks) => {
    looking = where;
    page.post(letter("read", [where]), (text) => {
      if (mine === looks) showTip(page, region, where, text);
      if (aloud) page.said.textContent = text;
    });
  };
  const lookAway = () => { looking = null; looks++; page.tip.hidden = true; };
  const say = () => { page.said.textContent = page.model.get("words"); };
  const sketch = () => curve.setAttribute("points", path.map(([a, b]) => `${a},${1 - b}`).join(" "));
  const clear = () => { path.length = 0; sketch(); };

  area.arrange = (given, i) => {
    [region, index] = [given, i];
    const [left, top, width, height] = region.box.map((x) => `${100 * x}%`);
    Object.assign(area.style, { left, top, width, height });
    area.style.touchAction = can("stroked") || can("held") ? "none" : "manipulation";
    area.style.cursor = region.answers.length ? "pointer" : "crosshair";
    area.setAttribute("aria-label", `${region.name}. ${usage(region)}`);
  };
  const press = (event) => {
    lookAway();
    at = sharesAt(area, event);
    if (can("clicked")) page.post(letter("click", [at]), say);
    if (can("held")) { held = true; page.post(letter("hold", [at])); }
    if (can("stroked")) { path.push(at); sketch(); }
  };
  const letGo = () => {
    if (held) page.post(letter("release", []), say);
    if (path.length) page.post(letter("stroke", path), (text) => { clear(); say(text); });
    held = false;
  };
  area.onpointerdown = (event) => {
    const only = page.handles.filter((handle) => handle.region() === index);
    if (event.button) return;
    if (only.length === 1 && !region.answers.length && event.pointerType === "mouse") return only[0].grab(event, false);
    area.setPointerCapture(event.pointerId);
    press(event);
    if (!region.answers.length) read(sharesAt(area, event));
  };
  area.onpointermove = (event) => {
    const where = sharesAt(area, event).map((x) => within(x, 0, 1));
    if (!event.buttons || !region.answers.length) return read(where);
    lookAway();
    if (can("clicked") && !sameCell(region, at, where)) page.post(letter("click", [(at = where)]), say);
    if (held) page.post(letter("hold", [where]));
    if (path.length) { path.push(where); sketch(); }
  };
  area.onpointerup = area.onpointercancel = letGo;
  area.onpointerleave = area.onblur = () => {
    lookAway();
    cursor.hidden = true;
    if (held) letGo();
  };
  area.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (event.key in region.keys) {
      take(event);
      page.post(letter("key", [], { key: event.key }), say);
    } else if (arrow && can("held")) {
      take(event);
      if (!held) { held = true; page.post(letter("hold", [[(arrow[0] + 1) / 2, (arrow[1] + 1) / 2]])); }
    } else if (arrow) {
      take(event);
      at = stepped(region, cursor.hidden ? null : at, arrow, event.shiftKey);
      cursor.hidden = false;
      Object.assign(cursor.style, { left: `${100 * at[0]}%`, top: `${100 * (1 - at[1])}%` });
      read(at, true);
    } else if (event.key === "Enter" && !cursor.hidden && (can("clicked") || can("stroked"))) {
      take(event);
      page.post(letter(can("clicked") ? "click" : "stroke", [at]), say);
    }
  };
  area.again = () => { if (looking) read(looking); }; // the picture has changed under the pointer
  area.knows = (key) => key in region.keys;
  area.onkeyup = (event) => { if (held && event.key in ARROWS) { take(event); letGo(); } };
  return area;
}

// After a button of the same frame was pressed, that has the focus: keys that only one area knows are that area's all the same.
function hearButtons(page) {
  const hear = (event) => {
    const frame = event.target.localName === "button" ? event.target.closest(".dremeta-frame") : null;
    if (!frame?.contains(page.el) || event.defaultPrevented) return;
    const knowing = page.areas.filter((area) => area.knows(event.key));
    if (knowing.length === 1) knowing[0].onkeydown(event);
  };
  window.addEventListener("keydown", hear);
  return () => window.removeEventListener("keydown", hear);
}

function usage({ answers, keys, handles }) {
  const known = Object.entries(keys).map(([key, what]) => `${key.replace("Arrow", "Arrow ")}: ${what}.`);
  if (answers.includes("held")) known.push("Hold an arrow key to push.");
  else if (!("ArrowLeft" in keys)) known.push("Arrow keys read off values.");
  if (answers.includes("clicked") || answers.includes("stroked")) known.push("Enter sets the place that is read.");
  if (handles.length) known.push(`Tab: ${handles.map((handle) => handle.name).join(", ")}.`);
  return known.join(" ");
}

// Where the reading cursor goes with an arrow key: to the middle first.
function stepped(region, at, [dx, dy], far) {
  if (!at) return region.grain ? toShares(region, toUnits(region, [0.5, 0.5]).map((v, i) => Math.round(v / region.grain[i]) * region.grain[i])) : [0.5, 0.5];
  const many = far ? 5 : 1;
  const widths = region.grain
    ? [region.grain[0] / Math.abs(region.x[1] - region.x[0]), region.grain[1] / Math.abs(region.y[1] - region.y[0])]
    : [0.02, 0.02];
  return [within(at[0] + dx * many * widths[0], 0, 1), within(at[1] + dy * many * widths[1], 0, 1)];
}

// Painting clicks each cell once.
function sameCell({ grain, ...region }, a, b) {
  const cells = grain && [a, b].map((at) => toUnits(region, at).map((v, i) => Math.round(v / grain[i])).join());
  return cells && cells[0] === cells[1];
}

function showTip(page, region, where, text) {
  page.tip.textContent = text;
  page.tip.hidden = !text;
  page.tip.classList.toggle("dremeta-leftwards", region.box[0] + where[0] * region.box[2] > 0.6);
  place(page.tip, region, where);
}
