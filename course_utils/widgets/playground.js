// playground: what does a hidden layer do? A small network learns to divide points;
// beside the plane of the inputs the plane of its hidden units, with the bent grid.
// README.md beside this file: how such a module is built.
import { attribute, button, choice, frame, h, handle, path, plot, slider, svg } from "./shared.js";
import { clamp, linspace, written } from "./numbers.js";
import { evaluate, forward, tables } from "./network.js";
import { contour, halfOf, lineInBox, planeInCube } from "./geometry.js";
import { COUNT } from "./points.js";
import { EVERY, advance, begin, survey } from "./training_run.js";

/** What Python's traits start with, too. Two units can't close a ring. */
export const defaults = {
  data: "rings", layers: 1, units: 2, activation: "tanh",
  rate: 0.03, batch: 20, decay: 0, seed: 1, steps: 250, turn: 30,
};
const SETTINGS = ["data", "layers", "units", "activation", "rate", "batch", "decay", "seed"];
const MOST = 20000; // steps
const REACH = 2; // the plane is shown from -2 to 2
const FINE = 56; // the background's samples along each axis
const TILT = (24 * Math.PI) / 180; // of the hidden space, if it has three axes
const DASHES = [[], [8, 4], [2, 3], [8, 3, 2, 3], [14, 4], [4, 4], [12, 3, 3, 3], [1, 5]];

// --------------------------------------------------------------------- drawing
export function render({ model, el }) {
  const f = frame({ model, el }, {
    title: "A network bends the plane",
    tryFirst: "two hidden units drew this border, and it has a gap. Give the network a third unit and press Play.",
    finds: [
      {
        ask: "With one hidden layer, how few units close the ring?",
        found: "Three, as a triangle needs three sides. Whatever two units do, the region goes on forever on some side.",
      },
      {
        ask: "In the plane of the hidden units, is the border ever bent?",
        found: "Never: the last layer draws one straight line (a flat plane for three units). The hidden layer bends the plane until that is enough.",
      },
      {
        ask: "Make the units linear and add layers. What does each layer add?",
        found: "Nothing: the grid is turned and stretched, never bent, and the border stays one straight line.",
      },
      {
        ask: "Does the same network always get there, from any start?",
        found: "No: from some starting weights training ends where no small step helps.",
      },
    ],
    draw,
  });
  let run = null;
  let reported = null; // the run and step that Python knows
  const tries = new Map(); // settings without seed: whether a start worked, or did not

  // Play and the units stand above the picture, so that a phone shows both.
  const bar = h("div", { class: "controls", style: "flex-basis:100%" });
  f.stage.append(bar);
  const playing = f.animate(() => {
    for (let i = 0; i < EVERY && run.net.steps < MOST; i++) advance(run);
    if (run.net.steps >= MOST) pause();
  });
  const play = button(f, "Play", () => (playing.running ? pause() : playing.start()));
  const step = button(f, "Step", () => {
    playing.stop();
    f.set({ steps: Math.min(run.net.steps + 1, MOST) });
  });
  const anew = button(f, "New start", () => restart({ seed: f.get("seed") + 1 }), {
    title: "other starting weights",
  });
  const units = slider(f, "units", {
    label: "units in a layer", min: 1, max: 8, step: 1, onInput: (n) => restart({ units: n }),
  }).closest("label");
  const result = h("p", { class: "readout", style: "flex-basis:100%" });
  const count = result.appendChild(h("span", { class: "steps" }));
  const share = result.appendChild(h("b", { class: "accuracy" }));
  bar.append(play, step, anew, units, result);

  function pause() {
    playing.stop();
    f.set({ steps: run.net.steps });
  }
  const restart = (change) => f.set({ ...change, steps: 0 });

  const square = (width) => Math.min(width, 353) + 12; // the margins' difference
  const inputs = plot(f, {
    label: "The plane of the inputs: points, border, and the line of each hidden unit",
    title: "inputs x", canvas: true, basis: 300, height: square, equal: true,
    margin: [22, 6, 20, 24], x: [-REACH, REACH], y: [-REACH, REACH],
  });
  const hidden = plot(f, {
    label: "The same points as the hidden units see them",
    canvas: true, basis: 300, height: square, equal: true, margin: [22, 6, 20, 24],
  });
  const curve = plot(f, {
    label: "Loss against step", title: "loss", basis: 160, log: "y", grid: true,
    height: (width) => (f.root.hasAttribute("data-narrow") ? 170 : 365),
    margin: [22, 10, 38, 42], xLabel: "step",
  });
  const line = svg("path", { fill: "none", stroke: "var(--i0)", "stroke-width": 2 }, curve.marks);

  const grip = svg("g");
  const pad = svg("rect", { fill: "transparent" }, grip);
  handle(f, grip, {
    label: "turn of the hidden space", axis: "x", hit: false, step: [3, 1], radius: 0,
    value: () => [f.get("turn"), 0],
    limits: () => [[0, 360], [0, 0]],
    at: (event) => [event.clientX * 0.7, 0],
    text: () => `${f.get("turn")} degrees`,
    move: ([turn]) => f.set({ turn }),
  });

  choice(f, "data", {
    label: "points", onChange: (data) => restart({ data }),
    options: [["xor", "XOR"], "moons", "rings", "spiral"],
  });
  choice(f, "layers", {
    label: "hidden layers", options: [1, 2, 3], onChange: (layers) => restart({ layers }),
  });
  choice(f, "activation", {
    label: "activation", onChange: (activation) => restart({ activation }),
    options: ["linear", "tanh", ["relu", "ReLU"], "sigmoid"],
  });
  const more = h("div", { class: "controls" });
  f.controls.append(h("details", { style: "flex-basis:100%" }, h("summary", { style: "padding:10px 0;cursor:pointer" }, "Rate, batch, decay"), more));
  const folded = [
    slider(f, "rate", {
      label: "rate", min: 0.001, max: 1, log: true, step: 0.05,
      format: (v) => v.toPrecision(2), onInput: (rate) => restart({ rate }),
    }),
    choice(f, "batch", {
      label: "points in a batch", options: [1, 5, 20, [COUNT, `all ${COUNT}`]],
      onChange: (batch) => restart({ batch }),
    }),
    choice(f, "decay", {
      label: "weight decay", options: [0, 0.01, 0.1, 1], onChange: (decay) => restart({ decay }),
    }),
  ];
  more.append(...folded.map((node) => node.closest("label")));

  /** The run that the state describes; while it plays it is ahead of the state. */
  function follow() {
    const state = Object.fromEntries(SETTINGS.map((name) => [name, f.get(name)]));
    const wanted = clamp(f.get("steps"), 0, MOST);
    const other = !run || SETTINGS.some((name) => run.state[name] !== state[name]);
    if (other || (!playing.running && wanted < run.net.steps)) run = begin(state);
    if (other || !playing.running) while (run.net.steps < wanted) advance(run);
  }

  function draw() {
    follow();
    const { net, points } = run;
    const { loss, accuracy } = evaluate(net, points);
    attribute(play, { text: playing.running ? "Pause" : "Play" });
    attribute(count, { text: `step ${net.steps}, seed ${run.state.seed}: loss ${written(loss)}, ` });
    attribute(share, { text: `${written(100 * accuracy, 1)} % right` });
    drawInputs();
    drawHidden();
    const last = Math.max(200, net.steps);
    const [least, most] = run.curve.reduce(([a, b], [, v]) => [Math.min(a, v), Math.max(b, v)], [loss, loss]);
    limit(curve, { x: [0, last], y: [least < 0.1 ? (least < 0.01 ? 1e-4 : 0.01) : 0.1, most > 1 ? 10 : 1] });
    const every = Math.ceil(run.curve.length / 300);
    attribute(line, { d: path(curve, run.curve.filter((_, i) => i % every === 0)) });
    lookForFinds(accuracy);
    report(accuracy, loss);
  }

  function lookForFinds(accuracy) {
    const { data, layers, units, activation, seed, ...rest } = run.state;
    const works = accuracy >= 0.97;
    if (data === "rings" && layers === 1 && units === 3 && works) f.found(0);
    if (activation !== "linear" && (units === 2 || units === 3) && works) f.found(1);
    if (activation === "linear" && layers > 1 && run.net.steps >= 100) f.found(2);
    const key = JSON.stringify([data, layers, units, activation, rest]);
    const seen = tries.get(key) ?? {};
    if (works) seen.good = true;
    else if (run.net.steps >= 500) seen.bad = true;
    tries.set(key, seen);
    if (seen.good && seen.bad && activation !== "linear") f.found(3);
  }

  /** Tell Python what was reached, once the network rests. */
  function report(accuracy, loss) {
    if (playing.running) return;
    const mark = JSON.stringify([run.state, run.net.steps]);
    const first = reported === null;
    if (mark === reported) return;
    reported = mark;
    if (first) return; // Python computed the start itself
    f.set({ accuracy, weights: tables(run.net) });
    f.say(`step ${run.net.steps}: loss ${written(loss)}, ${written(100 * accuracy, 1)} percent right`);
  }

  // ------------------------------------------------------------- the two planes
  const xs = linspace(-REACH, REACH, FINE);
  const sheet = document.createElement("canvas");
  sheet.width = sheet.height = FINE;
  const pen = sheet.getContext("2d");
  const pixels = pen.createImageData(FINE, FINE);

  /** Fill the sheet: `share(k)` from -1, class 0's color, to 1, class 1's. */
  function paint(share, paper, low, high) {
    for (let r = 0, k = 0; r < FINE; r++)
      for (let c = 0; c < FINE; c++, k++) {
        const t = share(k);
        const [color, part] = [t < 0 ? low : high, 0.5 * Math.abs(t)];
        const at = 4 * ((FINE - 1 - r) * FINE + c);
        for (let i = 0; i < 3; i++) pixels.data[at + i] = paper[i] + part * (color[i] - paper[i]);
        pixels.data[at + 3] = 255;
      }
    pen.putImageData(pixels, 0, 0);
  }

  /** A plot's canvas, cleared, with x(v) and y(v) in its own pixels. */
  function canvasOf(p) {
    const ctx = p.context;
    const ratio = p.canvas.width / p.box.width;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, p.box.width, p.box.height);
    ctx.setLineDash([]);
    ctx.lineWidth = 1;
    return ctx;
  }
  const place = (p, [x, y]) => [p.x(x) - p.box.left, p.y(y) - p.box.top];

  function trace(ctx, p, points, close = false) {
    ctx.beginPath();
    for (const point of points) ctx.lineTo(...place(p, point));
    if (close) ctx.closePath();
  }

  /** Circles for class 0, squares for class 1; a point on the wrong side has a dark rim. */
  function mark(ctx, p, spots) {
    const [fills, paper, ink] = [[f.color("i0"), f.color("i1")], f.color("paper"), f.color("ink")];
    spots.forEach(([at, y, right]) => {
      const [a, b] = place(p, at);
      ctx.beginPath();
      if (y) ctx.rect(a - 3, b - 3, 6, 6);
      else ctx.arc(a, b, 3.4, 0, 2 * Math.PI);
      ctx.fillStyle = fills[y];
      ctx.fill();
      ctx.strokeStyle = right ? paper : ink;
      ctx.lineWidth = right ? 0.8 : 1.8;
      ctx.stroke();
    });
  }

  function drawInputs() {
    const ctx = canvasOf(inputs);
    const { logits, units } = survey(run.net, xs, xs);
    run.units = units;
    const rgb = (name) => [1, 3, 5].map((i) => parseInt(full(f.color(name)).slice(i, i + 2), 16));
    run.colors = ["paper", "c0", "c1"].map(rgb);
    paint((k) => Math.tanh(logits[k] / 2), ...run.colors);
    // The samples are at the middles of the sheet's pixels.
    const half = (2 * REACH) / (FINE - 1) / 2;
    const [left, top] = place(inputs, [-REACH - half, REACH + half]);
    const [right, bottom] = place(inputs, [REACH + half, -REACH - half]);
    ctx.drawImage(sheet, left, top, right - left, bottom - top);
    ctx.strokeStyle = f.color("grey");
    ctx.globalAlpha = 0.35;
    for (const bend of grid(2, 9)) strokeLine(ctx, inputs, bend);
    ctx.globalAlpha = 1;
    mark(ctx, inputs, run.points.map(({ x, y }) => [x, y, forward(run.net, x) > 0 === (y === 1)]));
    ctx.strokeStyle = f.color("ink");
    drawUnitLines(ctx);
    ctx.lineWidth = 3;
    ctx.setLineDash([]);
    ctx.beginPath();
    for (const [from, to] of contour(logits, xs, xs)) {
      ctx.moveTo(...place(inputs, from));
      ctx.lineTo(...place(inputs, to));
    }
    ctx.stroke();
  }

  function strokeLine(ctx, p, points) {
    trace(ctx, p, points);
    ctx.stroke();
  }

  /** Where each unit of the first layer is 0, with its number and a tick on its positive side. */
  function drawUnitLines(ctx) {
    const { theta, layers: [{ to, W, b }] } = run.net;
    ctx.font = "600 12px system-ui, sans-serif";
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (let j = 0; j < to; j++) {
      const w = [theta[W + 2 * j], theta[W + 2 * j + 1]];
      const ends = lineInBox(w, theta[b + j], REACH);
      if (!ends) continue;
      ctx.lineWidth = 1.4;
      ctx.setLineDash(DASHES[j]);
      strokeLine(ctx, inputs, ends);
      ctx.setLineDash([]);
      const near = [0, 1].map((k) => ends[0][k] + 0.09 * (ends[1][k] - ends[0][k]));
      const size = Math.hypot(...w);
      strokeLine(ctx, inputs, [near, near.map((v, k) => v + (0.3 * w[k]) / size)]);
      const [x, y] = place(inputs, near);
      ctx.beginPath();
      ctx.arc(x, y, 9, 0, 2 * Math.PI);
      ctx.fillStyle = f.color("paper");
      ctx.fill();
      ctx.stroke();
      ctx.fillStyle = f.color("ink");
      ctx.fillText(String(j + 1), x, y + 1);
    }
  }

  function drawHidden() {
    const n = run.state.units;
    const three = n === 3;
    if (!three) grip.remove();
    else if (!grip.isConnected) hidden.marks.append(grip);
    const { left, top, width, height } = hidden.box;
    attribute(pad, { x: left, y: top, width, height });
    if (n === 2) drawPlane();
    else if (three) drawSpace();
    else drawTiles(n);
  }

  /** Bring a point to the last hidden layer, as [h₁, h₂, …]. */
  const lift = (x) => {
    forward(run.net, x);
    return Array.from(run.net.outputs.at(-2));
  };
  const lifted = () =>
    run.points.map(({ x, y }) => {
      const z = forward(run.net, x);
      return [Array.from(run.net.outputs.at(-2)), y, z > 0 === (y === 1)];
    });

  /** How far the hidden axes are shown: all of a bounded activation, else to a round number. */
  function reachOf(spots) {
    if (["tanh", "sigmoid"].includes(run.state.activation)) return 1.1;
    const far = Math.max(0.5, ...spots.flatMap(([at]) => at.map(Math.abs)));
    return 1.1 * 2 ** Math.ceil(Math.log2(far));
  }

  const outLayer = () => {
    const { theta, layers } = run.net;
    const { W, b, from } = layers.at(-1);
    return [Array.from(theta.slice(W, W + from)), theta[b]];
  };

  function drawPlane() {
    const spots = lifted();
    const reach = reachOf(spots);
    const low = ["relu", "sigmoid"].includes(run.state.activation) ? -0.1 * reach : -reach;
    limit(hidden, { title: "hidden units h₁ and h₂: the same grid", x: [low, reach], y: [low, reach], bare: false });
    const ctx = canvasOf(hidden);
    const [w, b] = outLayer();
    // The two sides, in the colors of the classes.
    const far = 3 * reach;
    const box = [[-far, -far], [far, -far], [far, far], [-far, far]];
    for (const sign of [-1, 1]) {
      ctx.fillStyle = f.color(sign < 0 ? "c0" : "c1");
      ctx.globalAlpha = 0.22;
      trace(ctx, hidden, halfOf(box, w.map((v) => sign * v), sign * b), true);
      ctx.fill();
    }
    ctx.globalAlpha = 0.5;
    ctx.strokeStyle = f.color("grey");
    for (const bend of grid(40)) strokeLine(ctx, hidden, bend.map(lift));
    ctx.globalAlpha = 1;
    mark(ctx, hidden, spots);
    const ends = lineInBox(w, b, far);
    if (!ends) return;
    ctx.strokeStyle = f.color("ink");
    ctx.lineWidth = 3;
    strokeLine(ctx, hidden, ends);
  }

  function drawSpace() {
    const spots = lifted();
    const reach = reachOf(spots);
    limit(hidden, { title: "hidden units h₁, h₂, h₃: drag to turn", x: [-1.6, 1.6], y: [-1.6, 1.6], bare: true });
    const ctx = canvasOf(hidden);
    const turn = (f.get("turn") * Math.PI) / 180;
    const [c, s, up, over] = [Math.cos(turn), Math.sin(turn), Math.cos(TILT), Math.sin(TILT)];
    const view = ([a, b, d]) => [(c * a - s * b) / reach, (d * up + (s * a + c * b) * over) / reach];
    ctx.strokeStyle = f.color("grey");
    ctx.fillStyle = f.color("grey");
    ctx.font = "12px system-ui, sans-serif";
    for (const k of [0, 1, 2]) {
      const axis = [-reach, reach].map((v) => [0, 1, 2].map((i) => (i === k ? v : -reach)));
      strokeLine(ctx, hidden, axis.map(view));
      const [x, y] = place(hidden, view(axis[1].map((v) => 1.08 * v)));
      ctx.textAlign = "center";
      ctx.fillText("h" + "₁₂₃"[k], x, y);
    }
    ctx.globalAlpha = 0.6;
    for (const bend of grid(24)) strokeLine(ctx, hidden, bend.map((x) => view(lift(x))));
    const [w, b] = outLayer();
    trace(ctx, hidden, planeInCube(w, b, reach).map(view), true);
    ctx.fillStyle = f.color("ink");
    ctx.globalAlpha = 0.13;
    ctx.fill();
    ctx.globalAlpha = 1;
    mark(ctx, hidden, spots.map(([at, y, right]) => [view(at), y, right]));
    ctx.strokeStyle = f.color("ink");
    ctx.lineWidth = 2.5;
    trace(ctx, hidden, planeInCube(w, b, reach).map(view), true);
    ctx.stroke();
  }

  /** One or more than three units span no plane to draw: what each gives, over the inputs. */
  function drawTiles(n) {
    const columns = Math.ceil(Math.sqrt(n));
    limit(hidden, {
      title: n === 1 ? "what the hidden unit gives, over the inputs" : `what each of ${n} hidden units gives`,
      x: [0, 1], y: [0, 1], bare: true,
    });
    const ctx = canvasOf(hidden);
    const size = Math.min(hidden.box.width, hidden.box.height) / columns;
    const [paper, low, high] = run.colors;
    run.units.forEach((values, j) => {
      const top = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-9);
      paint((k) => values[k] / top, paper, low, high);
      const [x, y] = [(j % columns) * size, Math.floor(j / columns) * size];
      ctx.drawImage(sheet, x, y, size - 6, size - 6);
      ctx.fillStyle = f.color("ink");
      ctx.font = "600 12px system-ui, sans-serif";
      ctx.textAlign = "left";
      ctx.fillText(String(j + 1), x + 5, y + 14);
    });
  }
  return f.end;
}

/** A grid over the inputs: `every` lines each way, as n points each. */
function grid(n, every = 17) {
  const lines = [];
  for (const v of linspace(-REACH, REACH, every)) {
    const along = linspace(-REACH, REACH, n);
    lines.push(along.map((t) => [v, t]), along.map((t) => [t, v]));
  }
  return lines;
}

/** Other limits or title only where they differ: axes are not drawn anew for nothing. */
function limit(p, wanted) {
  const text = JSON.stringify(wanted);
  if (p.limited === text) return;
  p.limited = text;
  p.limits(wanted);
}

/** "#abc" as "#aabbcc". */
const full = (color) => (color.length === 4 ? color.replace(/[^#]/g, "$&$&") : color);

export default { render };
