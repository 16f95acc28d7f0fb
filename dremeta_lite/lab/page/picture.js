// The picture on the page: shows the frames that the kernel draws, and tells the kernel what a hand or a key does to them, in the units of
// the axes. `touch.py` joins these files into one module; `regions.py` says what a region is.

export default { render };

function render({ model, el }) {
  const page = { model, el, post: mailbox(model, el), areas: [], handles: [] };
  el.classList.add("dremeta-touch");
  page.canvas = add(el, "canvas", { role: "img", hidden: "" });
  page.tip = add(el, "div", { class: "dremeta-tip", "aria-hidden": "true", hidden: "" });
  page.said = add(el, "div", { class: "dremeta-said", "aria-live": "polite" });
  const draw = screen(page), arrange = () => arrangeAll(page);
  model.on("change:frame", draw);
  model.on("change:regions", arrange);
  model.on("change:words", () => page.canvas.setAttribute("aria-label", model.get("words")));
  page.canvas.setAttribute("aria-label", model.get("words"));
  arrange();
  draw();
  const endings = [tellSize(page), addPresent(page), names(el), keys(), hearButtons(page)];
  return () => endings.forEach((end) => end());
}

function add(parent, name, attributes = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

function arrangeAll(page) {
  const regions = page.model.get("regions"), wanted = regions.flatMap((region, i) => region.handles.map((_, j) => [i, j]));
  while (page.areas.length > regions.length) page.areas.pop().remove();
  while (page.handles.length > wanted.length) page.handles.pop().remove();
  regions.forEach((region, i) => (page.areas[i] ??= makeArea(page)).arrange(region, i));
  wanted.forEach(([i, j], k) => (page.handles[k] ??= page.el.insertBefore(makeHandle(page), page.areas[i + 1] ?? null)).arrange(regions[i], i, j));
}

// Frames

// A busy browser refuses now and then: it is asked again, and then once more, a little later. Null if it will not.
async function decoded(blob, tries = 4) {
  for (let wait = 0; wait < tries; wait++) {
    if (wait) await new Promise((then) => setTimeout(then, 50 * wait));
    try { return await createImageBitmap(blob); } catch { /* again */ }
  }
  return null;
}

// Each frame is decoded, drawn and let go, so that the page's memory does not grow.
function screen(page) {
  const { model, canvas } = page;
  const pen = canvas.getContext("2d");
  let asked = 0, shown = 0;
  return async () => {
    const mine = ++asked, bytes = model.get("frame");
    if (!bytes?.byteLength) return;
    const bitmap = await decoded(new Blob([bytes], { type: "image/png" }));
    if (!bitmap) return; // the next frame will do
    if (mine > shown) {
      if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
      pen.drawImage(bitmap, 0, 0);
      canvas.hidden = false;
      canvas.dataset.frame = shown = mine;
      if (!page.told) page.tell();
      for (const area of page.areas) area.again();
    }
    bitmap.close();
  };
}

// Tell the kernel that the canvas is there, and how many of the screen's pixels wide it is; again when that has changed for good.
function tellSize(page) {
  const { model, el, canvas } = page, [width, height] = model.get("shape");
  el.style.setProperty("--dremeta-shape", width / height);
  let timer;
  page.tell = () => {
    const wide = Math.round((canvas.clientWidth * devicePixelRatio) / 20) * 20;
    if (wide && wide !== page.told) model.send({ kind: "ready", width: (page.told = wide) });
  };
  const watcher = new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(page.tell, 250);
  });
  watcher.observe(canvas);
  return () => { clearTimeout(timer); watcher.disconnect(); };
}

// Messages

// One is under way at a time, until the kernel has answered it. What has become stale meanwhile is dropped. The picture says if that takes long.
function mailbox(model, el) {
  const me = Math.random().toString(36).slice(2), waiting = [];
  let count = 0, open = null, timer;
  const next = () => {
    if (open || !waiting.length) return;
    open = waiting.shift();
    open.letter.n = `${me}-${++count}`;
    timer = setTimeout(() => el.classList.add("dremeta-waiting"), 1500);
    model.send(open.letter);
  };
  model.on("msg:custom", (answer) => {
    if (!open || answer.answered !== open.letter.n) return;
    const { then } = open;
    open = null;
    clearTimeout(timer);
    el.classList.remove("dremeta-waiting");
    then?.(answer.text);
    next();
  });
  return (letter, then) => {
    const last = waiting.at(-1)?.letter;
    if (last && isStale(last, letter)) {
      waiting.pop();
      if (letter.kind === "click") letter.path = [...last.path, ...letter.path];
    }
    waiting.push({ letter, then });
    next();
  };
}

function isStale(old, young) {
  const same = old.kind === young.kind && old.region === young.region && old.handle === young.handle;
  return same && ["move", "read", "hold", "click"].includes(old.kind);
}
