"use strict";
// What one sees and moves. The state is four things; `changed` learns again and draws, at most once a frame.

const $ = id => document.getElementById(id), EDGE = 0.68, SIZE = 500, EPISODES_SHOWN = 6, STEPS_SHOWN = 40;
const STARTS = JSON.parse($("starts").textContent), NAMES = Object.keys(STARTS);
const state = { goal: [0.35, 0.22], k: 0, start: NAMES[0], seed: 0 };
let guessing = true; // until somebody lets it walk
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const X = x => (x + EDGE) / (2 * EDGE) * SIZE, Y = y => X(-y), number = value => value.toFixed(1).replace("-", "−");
const signed = value => value.toFixed(2).replace("-", "−");
const steps = k => k === 1 ? "1 gradient step" : `${k} gradient steps`;

for (const start of Object.values(STARTS)) {
  const bytes = Uint8Array.from(atob(start.parameters), c => c.charCodeAt(0)), all = new Float32Array(bytes.buffer);
  let at = 0;
  start.theta = Object.fromEntries(start.shapes.map(([name, n]) => [name, Float64Array.from(all.subarray(at, at += n))]));
  const rows = start.theta.weight1; // [in, out] there, one row an output here
  start.theta.weight1 = rows.map((_, i) => rows[i % HIDDEN * HIDDEN + Math.floor(i / HIDDEN)]);
}

// --- learning: the phases for the present goal, as far as they are computed ---

let phases = [], learning, noise = noiseOf(state.seed), cost = 0; // cost: milliseconds that all phases took last time

function begin() {
  phases = [];
  learning = adapt(STARTS[state.start], state.goal, noise);
}

/** Learn until phase k is there. */
function until(k) {
  while (phases.length <= k) phases.push(learning.next().value);
}

// --- drawing ---

/** An SVG path of one episode, up to a number of steps, which may have a fraction. */
function path({ seen, length }, m = 0, steps = Infinity) {
  const last = Math.min(length[m] - 1, steps), at = t => [seen[2 * (m * STEPS + t)], seen[2 * (m * STEPS + t) + 1]];
  const points = Array.from({ length: Math.floor(last) + 1 }, (_, t) => at(t)), part = last % 1;
  if (part) points.push(at(Math.ceil(last)).map((to, i) => to * part + points.at(-1)[i] * (1 - part)));
  return { d: "M" + points.map(([x, y]) => `${X(x).toFixed(1)} ${Y(y).toFixed(1)}`).join("L"), end: points.at(-1) };
}

function thin(group, episodes) {
  for (let m = 0; m < EPISODES_SHOWN; m++) group.children[m].setAttribute("d", episodes ? path(episodes, m, STEPS_SHOWN).d : "M0 0");
}

function place(node, [x, y]) {
  node.setAttribute("transform", `translate(${X(x)} ${Y(y)})`);
}

/** The bold path, as far as it has been walked. */
function drawWalk(steps = Infinity) {
  const { d, end } = path(phases[state.k].walk, 0, steps);
  $("after").setAttribute("d", d);
  place($("walker"), end);
}

function drawMap() {
  place($("star"), state.goal);
  for (const id of ["after", "after-thin"]) $(id).classList.toggle("untried", !state.k);
  $("before").setAttribute("d", state.k ? path(phases[0].walk).d : "M0 0");
  thin($("before-thin"), state.k && phases[0].episodes);
  thin($("after-thin"), phases[state.k].episodes);
  drawWalk();
}

const svg = (name, attributes, text = "") =>
  `<${name} ${Object.entries(attributes).map(([key, value]) => `${key}="${value}"`).join(" ")}>${text}</${name}>`;

function drawCurve(yardsticks) {
  const returns = phases.map(({ episodes }) => episodes.mean);
  const low = Math.min(-60, Math.floor(Math.min(...returns, ...Object.values(yardsticks)) / 20) * 20);
  const px = k => 58 + k * 80, py = value => 12 + value / low * 176;
  let drawn = "";
  for (let value = 0; value >= low; value -= low < -120 ? 40 : 20) {
    drawn += svg("path", { class: "axis", d: `M40 ${py(value)}H316` });
    drawn += svg("text", { x: 34, y: py(value) + 5, "text-anchor": "end" }, number(value).slice(0, -2));
  }
  for (let k = 0; k <= MOST; k++) drawn += svg("text", { x: px(k), y: 210, "text-anchor": "middle" }, k);
  drawn += svg("text", { x: px(1.5), y: 230, "text-anchor": "middle" }, "k, gradient steps");
  for (const [name, value] of Object.entries(yardsticks)) {
    drawn += svg("path", { class: "yardstick", d: `M40 ${py(value)}H316` }) + svg("text", { x: 322, y: py(value) + 5 }, name);
  }
  let curve = svg("path", { d: "M" + returns.map((value, k) => `${px(k)} ${py(value)}`).join("L") });
  returns.forEach((value, k) => curve += svg("circle", { cx: px(k), cy: py(value), r: 5, class: k > state.k ? "ahead" : "" }));
  curve += svg("circle", { class: "here", cx: px(state.k), cy: py(returns[state.k]), r: 10 });
  $("curve").innerHTML = drawn + svg("g", { class: "drawn" }, curve);
}

/** Why the path is as it is. */
function explanation() {
  if (state.k === 0) return STARTS[state.start].before;
  const near = Math.hypot(...state.goal) < 0.1;
  if (near) return "The dot stands nearly on the star. There is little to gain, and episodes are noisy: a step may well make it worse.";
  return STARTS[state.start].after;
}

function say(yardsticks) {
  const value = phases[state.k].episodes.mean, [still, oracle] = Object.values(yardsticks);
  const beside = `Standing still returns ${number(still)}, and an oracle that knows the goal ${number(oracle)}`;
  $("said").innerHTML = `${guessing ? "" : `After ${steps(state.k)} the return is <b>${number(value)}</b>. `}${beside}.`;
  $("why").textContent = guessing ? "Guess first. Then let it walk." : explanation();
  clearTimeout(say.later);
  say.later = setTimeout(() => { // a screen reader hears where it has come to rest, not every move
    const [x, y] = path(phases[state.k].walk).end;
    const distance = Math.hypot(x - state.goal[0], y - state.goal[1]);
    const ends = guessing ? "" : ` The path ends ${distance.toFixed(2)} from it.`;
    const where = `Start: ${STARTS[state.start].title}. Star at ${state.goal.map(signed).join(", ")}.`;
    $("live").textContent = `${where}${ends} ${$("said").textContent}`;
  }, 500);
}

/** Learn and draw. The chosen phase comes first; where all take long, the further ones wait until nothing moves. */
function draw(animate) {
  const began = performance.now(), moving = began - draw.last < 150;
  draw.last = began;
  until(state.k);
  drawMap();
  clearTimeout(draw.rest);
  if (moving && cost > 30) draw.rest = setTimeout(draw, 160);
  else if (phases.length <= MOST) {
    until(MOST);
    cost = performance.now() - began;
    $("ms").textContent = `${Math.max(1, Math.round(cost))} ms`;
  }
  const yardsticks = { "standing still": follow(state.goal, () => 0), oracle: follow(state.goal, distance => distance) };
  drawCurve(yardsticks);
  say(yardsticks);
  $("about").textContent = STARTS[state.start].about;
  document.body.classList.toggle("guessing", guessing);
  $("learn").textContent = guessing ? "Let it walk" : ["Learn one step", "Learn another step", "Learn a third step", "Forget it all"][state.k];
  for (const [i, id] of ["x", "y"].entries()) {
    $(id).value = state.goal[i];
    $(id).nextElementSibling.textContent = signed(state.goal[i]);
  }
  document.querySelector(`#k [value="${state.k}"]`).checked = !guessing;
  document.querySelector(`#start [value="${state.start}"]`).checked = true;
  if (animate && !calm.matches) walkOnce();
}

/** The dot walks its path, once. */
function walkOnce() {
  const began = performance.now(), phase = phases[state.k];
  requestAnimationFrame(function go(now) {
    if (phases[state.k] !== phase) return; // something else is shown by now
    const part = Math.max(0, (now - began) / 1400);
    drawWalk(part < 1 ? STEPS_SHOWN * part ** 1.5 : Infinity);
    if (part < 1) requestAnimationFrame(go);
  });
}

let frame = 0;
/** Something was moved: the next frame shows it. */
function changed(news, animate = false) {
  Object.assign(state, news);
  if (!("k" in news)) begin();
  else guessing = false;
  frame ||= requestAnimationFrame(() => { frame = 0; draw(animate); });
}

// --- what can be moved ---

const within = value => Math.round(100 * Math.min(0.5, Math.max(-0.5, value))) / 100;
const moveTo = (x, y) => changed({ goal: [within(x), within(y)] });

/** Where a hand is, in units of the plane. */
function under(event) {
  const box = $("map").getBoundingClientRect(), plane = position => position * 2 * EDGE - EDGE;
  return [plane((event.clientX - box.x) / box.width), -plane((event.clientY - box.y) / box.height)];
}

let grip = null, tapped = false; // grip: how far the star lies from the hand that drags it
const drag = event => moveTo(...under(event).map((at, i) => at + grip[i]));

$("map").addEventListener("pointerdown", event => {
  const held = $("star").contains(event.target);
  tapped = event.pointerType === "touch" && !held; // a finger beside the star scrolls, or taps
  if (tapped) return;
  $("map").setPointerCapture(event.pointerId);
  grip = held ? under(event).map((at, i) => state.goal[i] - at) : [0, 0];
  drag(event);
});
$("map").addEventListener("pointermove", event => grip && drag(event));
for (const end of ["pointerup", "pointercancel"]) $("map").addEventListener(end, () => grip = null);
$("map").addEventListener("click", event => tapped && moveTo(...under(event)));
$("star").addEventListener("touchstart", event => event.preventDefault(), { passive: false });
$("map").addEventListener("keydown", event => {
  const by = event.shiftKey ? 0.1 : 0.02, [x, y] = state.goal;
  const to = { ArrowLeft: [x - by, y], ArrowRight: [x + by, y], ArrowUp: [x, y + by], ArrowDown: [x, y - by] }[event.key];
  if (to) moveTo(...to);
  else if (/^[0-3]$/.test(event.key)) changed({ k: +event.key }, true);
  else return;
  event.preventDefault();
});
for (const id of ["x", "y"]) $(id).addEventListener("input", () => moveTo(+$("x").value, +$("y").value));
$("learn").addEventListener("click", () => changed({ k: guessing ? 0 : (state.k + 1) % (MOST + 1) }, true));
$("noise").addEventListener("click", () => {
  noise = noiseOf(state.seed + 1);
  changed({ seed: state.seed + 1 });
});

/** Radio buttons that look like one row of keys. */
function choices(id, values, choose) {
  for (const [value, title] of values) {
    const label = document.createElement("label");
    label.innerHTML = `<input type="radio" name="${id}" value="${value}"><span>${title}</span>`;
    label.firstChild.addEventListener("change", () => choose(value));
    $(id).append(label);
  }
}
choices("k", [0, 1, 2, 3].map(k => [k, k]), k => changed({ k }, true));
choices("start", NAMES.map(name => [name, STARTS[name].title]), start => changed({ start }, true));

// --- what never moves ---

const lines = [-0.5, 0, 0.5].map(v => `M${X(v)} ${X(-EDGE)}V${X(EDGE)}M${X(-EDGE)} ${Y(v)}H${X(EDGE)}`).join("");
const ticks = [-0.5, 0.5].map(v => svg("text", { x: X(v) + 5, y: SIZE - 6 }, v) + svg("text", { x: 5, y: Y(v) - 5 }, v)).join("");
$("grid").innerHTML = svg("rect", { class: "range", x: X(-0.5), y: X(-0.5), width: X(0.5) - X(-0.5), height: X(0.5) - X(-0.5) })
  + svg("path", { d: lines }) + ticks.replaceAll(">-", ">−");
for (const id of ["before-thin", "after-thin"]) $(id).innerHTML = svg("path", {}).repeat(EPISODES_SHOWN);
const corners = Array.from({ length: 10 }, (_, i) => [i % 2 ? 6.6 : 16, i * Math.PI / 5]);
$("star").lastElementChild.setAttribute("d", "M" + corners.map(([r, a]) => `${r * Math.sin(a)} ${-r * Math.cos(a)}`).join("L") + "Z");
place($("origin"), [0, 0]);
changed({});
