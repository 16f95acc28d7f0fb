"use strict";
// The inner loop of dremeta_lite once more, for ONE task: episodes, a baseline, advantages, one policy-gradient step. The same formulas
// as in rollout.py, inner/baselines.py and inner/policy_gradient.py; a test compares every number. Arrays are flat: [trajectory, time, ...].

const STEPS = 100, TRAJECTORIES = 20, HIDDEN = 32, MOST = 3; // episode length, episodes a gradient, network width, gradient steps
const SPEED = 0.1, NEAR = 0.01, DISCOUNT = 0.99, LAMBDA = 0.95, RIDGE = 1e-3, SCALE = [1, 0.4, 0.15], LOWEST = -3, FEATURES = 8;

const tanh = x => 1 - 2 / (Math.exp(2 * x) + 1); // three times as fast as Math.tanh

/** Normal noise of all episodes, [phase, trajectory, time, 2]: the same seed, the same tries. Mulberry32 and Box-Muller. */
function noiseOf(seed) {
  const z = new Float64Array((MOST + 1) * TRAJECTORIES * STEPS * 2);
  let state = (seed + 1) * 2654435761 >>> 0;
  const uniform = () => {
    state = state + 0x6D2B79F5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
  for (let i = 0; i < z.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform())), angle = 2 * Math.PI * uniform();
    z[i] = radius * Math.cos(angle);
    z[i + 1] = radius * Math.sin(angle);
  }
  return z;
}

/** The mean action at (x, y). The hidden layers are left in h1 and h2 from `o` on, for the gradient. */
function mean(p, x, y, h1, h2, o, out) {
  const { weight0, bias0, weight1, bias1, weight2 } = p;
  let mx = p.bias2[0], my = p.bias2[1];
  for (let i = 0; i < HIDDEN; i++) h1[o + i] = tanh(x * weight0[i] + y * weight0[HIDDEN + i] + bias0[i]);
  for (let j = 0; j < HIDDEN; j += 2) { // two rows of weight1, which is kept transposed, at a time: a third faster
    const w = j * HIDDEN, v = w + HIDDEN;
    let a = bias1[j], b = bias1[j + 1];
    for (let i = 0; i < HIDDEN; i++) {
      const h = h1[o + i];
      a += h * weight1[w + i];
      b += h * weight1[v + i];
    }
    const ha = h2[o + j] = tanh(a), hb = h2[o + j + 1] = tanh(b);
    mx += ha * weight2[2 * j] + hb * weight2[2 * j + 2];
    my += ha * weight2[2 * j + 1] + hb * weight2[2 * j + 3];
  }
  out[0] = mx;
  out[1] = my;
}

const deviation = p => p.log_std.map(value => Math.exp(Math.max(value, LOWEST)));
const clip = action => Math.min(1, Math.max(-1, action));

/** Room for the hidden layers at every step of n episodes. */
const layers = n => ({ h1: new Float64Array(n * STEPS * HIDDEN), h2: new Float64Array(n * STEPS * HIDDEN) });

/** Episodes of the policy p with noise z; without noise there is one, of the mean action. Each ends at the goal or after 100 steps. */
function collect(p, goal, z, { h1, h2 } = layers(1)) {
  const n = z ? TRAJECTORIES : 1, std = deviation(p), action = [0, 0];
  const seen = new Float64Array(n * STEPS * 2), reward = new Float64Array(n * STEPS), length = new Uint8Array(n);
  let total = 0;
  for (let m = 0; m < n; m++) {
    for (let t = 0, x = 0, y = 0; t < STEPS; t++) {
      const at = m * STEPS + t;
      seen[2 * at] = x;
      seen[2 * at + 1] = y;
      mean(p, x, y, h1, h2, at * HIDDEN, action);
      x += SPEED * clip(action[0] + (z ? std[0] * z[2 * at] : 0));
      y += SPEED * clip(action[1] + (z ? std[1] * z[2 * at + 1] : 0));
      total += reward[at] = -Math.hypot(x - goal[0], y - goal[1]);
      length[m] = t + 1;
      if (Math.abs(x - goal[0]) < NEAR && Math.abs(y - goal[1]) < NEAR) break;
    }
  }
  return { n, seen, reward, length, mean: total / n };
}

/** Solve A c = b for a small symmetric positive matrix, in place. */
function solve(A, b) {
  const n = b.length;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) {
    const f = A[j][i] / A[i][i];
    for (let k = i; k < n; k++) A[j][k] -= f * A[i][k];
    b[j] -= f * b[i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i] -= A[i][k] * b[k];
    b[i] /= A[i][i];
  }
  return b;
}

/** What the baseline knows of a step: (s, s², t, t², t³, 1), with t from 0 to 1. */
function features(seen, at, f) {
  const x = seen[2 * at], y = seen[2 * at + 1], t = at % STEPS / (STEPS - 1);
  f[0] = x, f[1] = y, f[2] = x * x, f[3] = y * y, f[4] = t, f[5] = t * t, f[6] = t * t * t, f[7] = 1;
}

/** Call `visit(at, last)` for the steps of all episodes, each from its end to its start. */
function backwards({ n, length }, visit) {
  for (let m = 0; m < n; m++) for (let t = length[m] - 1; t >= 0; t--) visit(m * STEPS + t, t === length[m] - 1);
}

/** Advantages by GAE over a linear baseline fitted to these episodes; over all their steps, mean 0 and variance 1. */
function advantages(episodes) {
  const { seen, reward } = episodes, f = new Float64Array(FEATURES), b = new Float64Array(FEATURES);
  const A = Array.from(b, (_, i) => Float64Array.from(b, (_, j) => i === j ? RIDGE : 0));
  let toGo = 0, count = 0, sum = 0, squares = 0;
  backwards(episodes, (at, last) => {
    toGo = reward[at] + (last ? 0 : DISCOUNT * toGo);
    features(seen, at, f);
    for (let i = 0; i < FEATURES; i++) {
      b[i] += f[i] * toGo;
      for (let j = 0; j < FEATURES; j++) A[i][j] += f[i] * f[j];
    }
  });
  solve(A, b);
  const advantage = new Float64Array(reward.length);
  let next = 0, running = 0;
  backwards(episodes, (at, last) => {
    features(seen, at, f);
    const value = f.reduce((v, feature, i) => v + feature * b[i], 0);
    const delta = reward[at] + (last ? 0 : DISCOUNT * next) - value;
    advantage[at] = running = delta + (last ? 0 : DISCOUNT * LAMBDA * running);
    next = value;
    count++;
    sum += running;
  });
  backwards(episodes, at => squares += (advantage[at] -= sum / count) ** 2);
  const scale = Math.sqrt(squares / count) + 1e-8;
  backwards(episodes, at => advantage[at] /= scale);
  return { advantage, count };
}

/** Backpropagation through one step: add the gradient of gx · mean_x + gy · mean_y at step `at` to q. */
function backpropagate(p, q, seen, h1, h2, at, gx, gy, back) {
  const { weight1, weight2 } = p, up = q.weight1, up2 = q.weight2, bias1 = q.bias1, o = at * HIDDEN;
  q.bias2[0] += gx;
  q.bias2[1] += gy;
  back.fill(0);
  for (let j = 0; j < HIDDEN; j += 2) {
    const w = j * HIDDEN, v = w + HIDDEN, ha = h2[o + j], hb = h2[o + j + 1];
    const a = (gx * weight2[2 * j] + gy * weight2[2 * j + 1]) * (1 - ha * ha);
    const b = (gx * weight2[2 * j + 2] + gy * weight2[2 * j + 3]) * (1 - hb * hb);
    up2[2 * j] += gx * ha;
    up2[2 * j + 1] += gy * ha;
    up2[2 * j + 2] += gx * hb;
    up2[2 * j + 3] += gy * hb;
    bias1[j] += a;
    bias1[j + 1] += b;
    for (let i = 0; i < HIDDEN; i++) {
      const h = h1[o + i];
      up[w + i] += a * h;
      up[v + i] += b * h;
      back[i] += a * weight1[w + i] + b * weight1[v + i];
    }
  }
  for (let i = 0; i < HIDDEN; i++) {
    const h = h1[o + i], g = back[i] * (1 - h * h);
    q.bias0[i] += g;
    q.weight0[i] += g * seen[2 * at];
    q.weight0[HIDDEN + i] += g * seen[2 * at + 1];
  }
}

/** φ = θ + α E[Â ∇log π(a | s; θ)]: one step uphill. */
function ascend(p, episodes, z, { h1, h2 }, alpha) {
  const { seen } = episodes, { advantage, count } = advantages(episodes), std = deviation(p), back = new Float64Array(HIDDEN);
  const q = Object.fromEntries(Object.entries(p).map(([name, values]) => [name, values.slice()]));
  backwards(episodes, at => {
    const a = alpha * advantage[at] / count, zx = z[2 * at], zy = z[2 * at + 1];
    if (p.log_std[0] > LOWEST) q.log_std[0] += a * (zx * zx - 1);
    if (p.log_std[1] > LOWEST) q.log_std[1] += a * (zy * zy - 1);
    backpropagate(p, q, seen, h1, h2, at, a * zx / std[0], a * zy / std[1], back); // ∇ of log π by the mean is (a - mean) / std²
  });
  return q;
}

/** Adapt a start to a goal, one phase at a time: {episodes, walk} after 0, 1, 2, ... gradient steps. */
function* adapt(start, goal, noise) {
  const room = layers(TRAJECTORIES), size = noise.length / (MOST + 1);
  for (let k = 0, params = start.theta; k <= MOST; k++) {
    const z = noise.subarray(k * size, (k + 1) * size), episodes = collect(params, goal, z, room);
    yield { episodes, walk: collect(params, goal, null) };
    if (k < MOST) params = ascend(params, episodes, z, room, start.alpha * SCALE[k]);
  }
}

/** The return of an agent whose speed on each axis is `speed(distance to go)`: the oracle's is the distance, as far as a step reaches. */
function follow(goal, speed) {
  let x = 0, y = 0, total = 0;
  for (let t = 0; t < STEPS; t++) {
    x += SPEED * clip(speed(goal[0] - x) / SPEED);
    y += SPEED * clip(speed(goal[1] - y) / SPEED);
    total -= Math.hypot(x - goal[0], y - goal[1]);
    if (Math.abs(x - goal[0]) < NEAR && Math.abs(y - goal[1]) < NEAR) break;
  }
  return total;
}
