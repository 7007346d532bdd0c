// descent: why is momentum so much faster? The path of plain descent, momentum or
// Adam, its loss, and its place on the map of rate and momentum.
import { attribute, button, choice, frame, handle, path, plot, readout, slider, svg } from "./shared.js";
import { column } from "./pixels.js";
import { clamp, linspace, scientific, written } from "./numbers.js";
import { contour } from "./geometry.js";

/** What Python's traits start with, too. */
export const defaults = { surface: "valley", method: "momentum", kappa: 50, rate: 1.8, momentum: 0, point: [-2.5, 1] };
const STEPS = 200; // shown
const PATIENCE = 20000; // counted, until the loss is DONE of what it was
const DONE = 1e-4;
const FAR = 1e6; // who is farther out has flown away
const FASTEST = 4; // the largest rate on the map: 4 / λ, beyond which all momenta diverge
const [BETA2, EPSILON] = [0.999, 1e-8]; // Adam's others, as PyTorch has them

/** loss (0 at its least), gradient, where to look, where to start. */
const SURFACES = {
  // Curvature 1 / κ along x and 1 along y.
  valley: {
    loss: (x, y, kappa) => (x * x / kappa + y * y) / 2,
    gradient: (x, y, kappa) => [x / kappa, y],
    x: [-3, 3], y: [-1.6, 1.6], point: [-2.5, 1],
  },
  // A saddle at 0, minima at x = ±1; curvature 1 along y.
  saddle: {
    loss: (x, y) => (0.1 * (x * x - 1) ** 2) / 4 + (y * y) / 2,
    gradient: (x, y) => [0.1 * x * (x * x - 1), y],
    x: [-1.8, 1.8], y: [-1, 1], point: [-0.01, 0.8],
  },
  // Rosenbrock's with b = 10, over 100: the largest curvature at (1, 1) is about 1.
  Rosenbrock: {
    loss: (x, y) => ((1 - x) ** 2 + 10 * (y - x * x) ** 2) / 100,
    gradient: (x, y) => [(-2 * (1 - x) - 40 * x * (y - x * x)) / 100, (20 * (y - x * x)) / 100],
    x: [-1.9, 1.9], y: [-0.7, 1.9], point: [-1.2, 1],
  },
};

// ------------------------------------------------------------------- computing
/**
 * A walk that calls `each(x, y, step)` at the start and after each step, until it
 * returns true or `steps` are done. Steps are those of torch.optim.SGD (its momentum
 * v = β v + g, w − rate · v) and torch.optim.Adam (β₁ is the momentum).
 */
export function walk({ surface, method, kappa, rate, momentum, point }, steps, each) {
  const { gradient } = SURFACES[surface];
  const adam = method === "Adam";
  const beta = method === "plain" ? 0 : momentum;
  let [x, y] = point;
  let [vx, vy, sx, sy, b1, b2] = [0, 0, 0, 0, 1, 1];
  for (let n = 0; !each(x, y, n) && n < steps; n++) {
    const [gx, gy] = gradient(x, y, kappa);
    const share = adam ? 1 - beta : 1;
    vx = beta * vx + share * gx;
    vy = beta * vy + share * gy;
    if (adam) {
      sx = BETA2 * sx + (1 - BETA2) * gx * gx;
      sy = BETA2 * sy + (1 - BETA2) * gy * gy;
      b1 *= beta;
      b2 *= BETA2;
      const size = rate / (1 - b1);
      const root = Math.sqrt(1 - b2);
      x -= (size * vx) / (Math.sqrt(sx) / root + EPSILON);
      y -= (size * vy) / (Math.sqrt(sy) / root + EPSILON);
    } else {
      x -= rate * vx;
      y -= rate * vy;
    }
  }
}

/** [[x, y], …] from the start on; it ends early once it is farther out than 10⁶. */
export function pathOf(state, steps = STEPS) {
  const points = [];
  walk(state, steps, (x, y) => {
    points.push([x, y]);
    return !(Math.abs(x) < FAR && Math.abs(y) < FAR);
  });
  return points;
}

/** How many steps until the loss is 1/10,000 of the start's: Infinity if never. */
export function stepsNeeded(state) {
  const { loss } = SURFACES[state.surface];
  const wanted = DONE * loss(...state.point, state.kappa);
  let needed = Infinity;
  walk(state, PATIENCE, (x, y, n) => {
    if (loss(x, y, state.kappa) <= wanted) needed = n;
    return needed < Infinity || !(Math.abs(x) < FAR && Math.abs(y) < FAR);
  });
  return needed;
}

/**
 * The factor by which momentum shrinks the distance in a direction of curvature λ, in
 * the long run: the larger |z| of z² − (1 + β − rate · λ) z + β = 0. Where the two are
 * complex it is √β. (Goh 2017, "Why Momentum Really Works".)
 */
export function radius(rate, beta, lambda) {
  const half = (1 + beta - rate * lambda) / 2;
  const rest = half * half - beta;
  return rest < 0 ? Math.sqrt(beta) : Math.abs(half) + Math.sqrt(rest);
}

/** The slower of the valley's two directions. */
export const convergence = (rate, beta, kappa) => Math.max(radius(rate, beta, 1), radius(rate, beta, 1 / kappa));

/** Rate, momentum and factor of the fastest momentum in a valley (Polyak 1964). */
export function best(kappa) {
  const root = Math.sqrt(kappa);
  const factor = (root - 1) / (root + 1);
  return { rate: (2 / (1 + 1 / root)) ** 2, momentum: factor ** 2, factor };
}

/** The factor for each step that was measured: (last loss / first loss)^(1 / 2 steps). */
export function measured(state, steps = STEPS) {
  const { loss } = SURFACES[state.surface];
  let last = Infinity;
  walk(state, steps, (x, y, n) => {
    const far = !(Math.abs(x) < FAR && Math.abs(y) < FAR);
    if (n === steps && !far) last = loss(x, y, state.kappa);
    return far;
  });
  const first = loss(...state.point, state.kappa);
  return first === 0 ? 0 : Math.max(last / first, 1e-300) ** (1 / (2 * steps));
}

// --------------------------------------------------------------------- drawing
// Steps for one more digit (distance ÷ 10), up to which each shade of the map goes.
const SHADES = [3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, Infinity];
const shadeOf = (factor) => (factor < 1 ? SHADES.findIndex((n) => Math.LN10 / -Math.log(factor) <= n) : -1);

export function render({ model, el }) {
  const f = frame({ model, el }, {
    title: "Descent, with and without momentum",
    tryFirst: "on the map, drag ◆ upward and to the right. How few steps can you get to?",
    finds: [
      { ask: "Where on the map is descent fastest?", found: "At the tip of a ridge: rate and momentum have to rise together. There both directions shrink by √β a step." },
      { ask: "Find the fastest place for κ = 10 and for κ = 200: what has changed?", found: "The longer the valley, the more momentum: β = ((√κ − 1) / (√κ + 1))². Steps grow with √κ; without momentum, with κ." },
      { ask: "Without momentum, which rate is too large?", found: "2 / λ, with λ the largest curvature, here 1: past it each step lands farther away on the other side. With momentum it is 2 (1 + β) / λ." },
      { ask: "How long is Adam's first step, from steep and from flat places?", found: "Always the same: the rate along each axis, however steep. Adam divides each gradient by its own size." },
    ],
    draw,
  });
  const narrow = () => f.root.hasAttribute("data-narrow");
  const field = plot(f, {
    label: "Surface with level lines and path", title: "path, on level lines of the loss", equal: true,
    height: () => (narrow() ? 250 : 400), margin: [26, 10, 26, 34],
  });
  const map = plot(f, {
    label: "Map of rate and momentum", canvas: true, height: () => (narrow() ? 230 : 236),
    x: [0, FASTEST], y: [0, 1], xLabel: "rate", yLabel: "momentum β", margin: [26, 14, 40, 50],
  });
  const curve = plot(f, {
    label: "Loss against step", log: "y", title: "loss, log scale", height: 190,
    x: [0, STEPS], y: [1e-10, 1e2], xLabel: "step", margin: [26, 14, 40, 50],
  });
  for (const p of [field, map, curve]) p.node.style.flex = "none";
  const wide = column(480, field.node);
  wide.style.flexGrow = 1.7;
  f.stage.append(wide, column(280, map.node, curve.node));

  // Nested SVGs cut off what lies outside the axes.
  const clip = (p) => svg("svg", {}, p.marks);
  const [inField, inCurve] = [clip(field), clip(curve)];
  const levels = svg("path", { fill: "none", stroke: "var(--grey)", "stroke-opacity": 0.55 }, inField);
  const goal = svg("path", { stroke: "var(--i2)", "stroke-width": 2.5 }, inField);
  const trail = svg("path", { fill: "none", stroke: "var(--i0)", "stroke-width": 1.6, "stroke-linejoin": "round" }, inField);
  const stops = svg("path", { fill: "var(--i0)" }, inField);
  const walker = svg("circle", { r: 6, fill: "var(--paper)", stroke: "var(--i0)", "stroke-width": 3 }, inField);
  const fate = svg("text", { style: "fill:var(--i3);font-weight:600" }, field.marks);
  const plainLine = svg("path", { fill: "none", stroke: "var(--grey)", "stroke-width": 1.5, "stroke-dasharray": "2 4" }, inCurve);
  const promised = svg("path", { fill: "none", stroke: "var(--i1)", "stroke-width": 2, "stroke-dasharray": "7 4" }, inCurve);
  const losses = svg("path", { fill: "none", stroke: "var(--i0)", "stroke-width": 2 }, inCurve);
  const keys = [svg("text", { style: "fill:var(--i1)" }, curve.marks), svg("text", { class: "axis-text" }, curve.marks)];
  const border = svg("path", { fill: "none", stroke: "var(--i3)", "stroke-width": 1.5, "stroke-dasharray": "5 3" }, map.marks);
  const borderText = svg("text", { "text-anchor": "end", text: "flies away" }, map.marks);
  const star = svg("text", { "text-anchor": "middle", style: "font-size:16px", text: "★" }, map.marks);
  const result = readout(f, {}, { above: true });

  const state = () => Object.fromEntries(Object.keys(defaults).map((name) => [name, f.get(name)]));
  const adam = () => f.get("method") === "Adam";
  const beta = () => (f.get("method") === "plain" ? 0 : f.get("momentum"));
  const theory = () => f.get("surface") === "valley" && !adam();
  const most = () => (adam() && f.get("rate") <= 1 ? 1 : FASTEST);
  let now = { factor: 1, needed: Infinity, points: [] };
  let shownSteps = STEPS; // fewer while it plays
  let nearBest = []; // κ at which the tip of the ridge was found
  let adamFrom = []; // where Adam started

  const halo = "stroke:var(--paper);stroke-width:4;stroke-linejoin:round;paint-order:stroke;font-weight:600;pointer-events:none";
  const startGroup = svg("g", { class: "start-point" }, field.marks);
  const startHandle = handle(f, startGroup, {
    label: "start", step: [0.01, 0.01], at: field.at,
    value: () => f.get("point"),
    limits: () => [SURFACES[f.get("surface")].x, SURFACES[f.get("surface")].y],
    text: () => `x ${written(f.get("point")[0])}, y ${written(f.get("point")[1])}; ${needText()}`,
    move: (point) => f.set({ point }),
  });
  svg("circle", { r: 9, fill: "var(--paper)", stroke: "var(--ink)", "stroke-width": 2.5 }, startGroup);
  const startText = svg("text", { style: halo }, field.marks);
  const mapGroup = svg("g", { class: "map-point" }, map.marks);
  const mapHandle = handle(f, mapGroup, {
    label: "rate and momentum", step: [0.01, 0.01], at: map.at,
    value: () => [f.get("rate"), beta()],
    limits: () => [[0.01, most()], [0, f.get("method") === "plain" ? 0 : 0.99]],
    text: () => `rate ${written(f.get("rate"))}, momentum ${written(beta())}; ${needText()}`,
    move: ([rate, momentum]) => f.set(f.get("method") === "plain" ? { rate } : { rate, momentum }),
  });
  svg("path", { d: "M0,-10L10,0L0,10L-10,0Z", fill: "var(--paper)", stroke: "var(--ink)", "stroke-width": 2.5 }, mapGroup);
  const mapText = svg("text", { style: halo }, map.marks);

  choice(f, "surface", {
    label: "surface", options: ["valley", "saddle", "Rosenbrock"],
    onChange: (surface) => f.set({ surface, point: SURFACES[surface].point }),
  });
  choice(f, "method", {
    label: "method", options: ["plain", "momentum", "Adam"],
    // Adam's rate is a length, the others' is a multiple of the gradient.
    onChange: (method) => f.set((method === "Adam") === adam() ? { method } : method === "Adam" ? { method, rate: 0.1, momentum: 0.9 } : { method, rate: 1 }),
  });
  const long = slider(f, "kappa", { label: "κ", min: 1, max: 1000, log: true, step: 0.01, format: (v) => scientific(v, 2) });
  const playing = f.animate((seconds) => {
    shownSteps += 25 * seconds;
    if (shownSteps < Math.min(STEPS, now.points.length - 1)) return;
    shownSteps = STEPS;
    playing.stop();
  });
  const play = button(f, "Play", () => {
    shownSteps = playing.running ? STEPS : 0;
    playing[playing.running ? "stop" : "start"]();
  });
  f.onReset.push(() => {
    shownSteps = STEPS;
    nearBest = [];
    adamFrom = [];
  });

  function needText() {
    if (now.needed === Infinity) return now.flown ? "it flies away" : `not done after ${PATIENCE.toLocaleString("en")} steps`;
    return `a loss 10,000 times smaller after ${now.needed} steps`;
  }

  let computedFor = "";
  function compute() {
    const s = state();
    if (JSON.stringify(s) === computedFor) return;
    computedFor = JSON.stringify(s);
    const points = pathOf(s);
    const flown = points.length <= STEPS || points.at(-1).some((v) => Math.abs(v) > 100);
    const factor = theory() ? convergence(s.rate, beta(), s.kappa) : measured(s);
    now = { points, flown: flown || (theory() && factor > 1 + 1e-12), factor, needed: stepsNeeded(s) };
  }

  function draw() {
    if ([field, map, curve].some(({ box }) => box.width <= 1)) return; // not laid out
    compute();
    attribute(long.parentNode, { hidden: f.get("surface") === "valley" ? null : "" });
    attribute(play, { text: playing.running ? "Stop" : "Play" });
    for (const [inner, { box }] of [[inField, field], [inCurve, curve]])
      attribute(inner, { x: box.left, y: box.top, width: box.width, height: box.height, viewBox: `${box.left} ${box.top} ${box.width} ${box.height}` });
    drawField();
    drawMap();
    drawCurve();
    drawVerdict();
  }

  let levelsFor = "";
  function drawField() {
    const surface = SURFACES[f.get("surface")];
    const { left, top, width, height } = field.box;
    const wanted = `${f.get("surface")} ${f.get("kappa")} ${width} ${height}`;
    if (wanted !== levelsFor) {
      levelsFor = wanted;
      field.limits({ x: surface.x, y: surface.y });
      attribute(levels, { d: levelLines(surface) });
    }
    const shown = Math.min(Math.floor(shownSteps), now.points.length - 1);
    const points = now.points.slice(0, shown + 1);
    attribute(trail, { d: path(field, points) });
    attribute(stops, { d: points.slice(0, 80).map(([x, y]) => `M${(field.x(x) - 2.5).toFixed(1)},${field.y(y).toFixed(1)}a2.5,2.5 0 1 0 5,0a2.5,2.5 0 1 0 -5,0`).join("") });
    attribute(walker, { cx: field.x(points.at(-1)[0]), cy: field.y(points.at(-1)[1]) });
    const minima = { valley: [[0, 0]], saddle: [[-1, 0], [1, 0]], Rosenbrock: [[1, 1]] }[f.get("surface")];
    attribute(goal, { d: minima.map(([x, y]) => `M${field.x(x) - 6},${field.y(y)}h12m-6,-6v12`).join("") });
    const [x, y] = f.get("point");
    startHandle.place(field.x(x), field.y(y));
    const right = field.x(x) > left + width - 120;
    const above = field.y(y) > top + 40;
    attribute(startText, { x: field.x(x) + (right ? -14 : field.x(x) < left + 70 ? -9 : 0), y: field.y(y) + (above ? -16 : 26), "text-anchor": right ? "end" : field.x(x) < left + 70 ? "start" : "middle", text: `start (${written(x)}, ${written(y)})` });
    attribute(fate, { x: left + width - 6, y: top + height - 8, "text-anchor": "end", text: now.flown ? "✗ flies away" : "" });
  }

  /** Level lines, each at three times the loss of the last. */
  function levelLines({ loss }) {
    const [xs, ys] = [linspace(...field.shown.x, 141), linspace(...field.shown.y, 121)];
    const values = ys.flatMap((y) => xs.map((x) => loss(x, y, f.get("kappa"))));
    let d = "";
    for (let level = 2; level > 4e-3; level /= 3)
      for (const ends of contour(values.map((v) => v - level), xs, ys)) d += path(field, ends);
    return d;
  }

  let mapFor = "";
  function drawMap() {
    const { box, canvas, context } = map;
    const s = state();
    const key = [s.surface, s.kappa, adam(), theory() || s.point, most(), f.dark()].join();
    if (key !== mapFor) {
      mapFor = key;
      map.limits({ x: [0, most()], title: theory() ? "convergence: the bluer, the fewer steps" : `${STEPS} steps, measured: the bluer, the better` });
      paintMap(s);
    }
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    const valley = theory();
    attribute(border, { d: valley ? path(map, [[2, 0], [4, 1]]) : "" });
    attribute(borderText, { x: box.left + box.width - 6, y: map.y(0.3), visibility: valley ? "visible" : "hidden" });
    const top = best(s.kappa);
    const known = f.root.querySelector(".finds li").className === "found";
    attribute(star, { x: map.x(top.rate), y: map.y(top.momentum) + 6, visibility: valley && known ? "visible" : "hidden" });
    mapHandle.place(map.x(s.rate), map.y(beta()));
    const left = map.x(s.rate) > box.left + box.width * 0.5;
    const low = map.y(beta()) > box.top + 40;
    attribute(mapText, { x: map.x(s.rate) + (left ? -12 : 12), y: map.y(beta()) + (low ? -14 : 26), "text-anchor": left ? "end" : "start", text: `${written(s.rate)}, β ${written(beta())}` });
  }

  const small = document.createElement("canvas");
  function paintMap(s) {
    // Measured maps need a walk for each cell: larger cells.
    const [w, h] = theory() ? [300, 180] : [44, 28];
    Object.assign(small, { width: w, height: h });
    const pen = small.getContext("2d");
    const pixels = pen.createImageData(w, h);
    const rgb = (name) => {
      const text = f.color(name).replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3");
      return [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
    };
    const [paper, blue, off] = [rgb("paper"), rgb("c0"), rgb("light")];
    for (let i = 0; i < w * h; i++) {
      const [rate, momentum] = [((i % w) + 0.5) * most() / w, 1 - (Math.floor(i / w) + 0.5) / h];
      const factor = theory() ? convergence(rate, momentum, s.kappa) : measured({ ...s, method: adam() ? "Adam" : "momentum", rate, momentum });
      const shade = shadeOf(factor);
      const share = 1 - shade / SHADES.length;
      for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = shade < 0 ? off[c] : paper[c] + share * (blue[c] - paper[c]);
      pixels.data[4 * i + 3] = 255;
    }
    pen.putImageData(pixels, 0, 0);
  }

  function drawCurve() {
    const s = state();
    const { loss } = SURFACES[s.surface];
    const first = loss(...s.point, s.kappa);
    const floor = (v) => clamp(v, 1e-12, 1e6);
    const shown = now.points.slice(0, Math.floor(shownSteps) + 1);
    const along = (factor) => path(curve, [0, 25, 50, 75, 100, 125, 150, 175, 200].map((n) => [n, first * factor ** (2 * n)]).filter(([, v]) => v > 1e-14 && v < 1e8));
    attribute(losses, { d: path(curve, shown.map(([x, y], n) => [n, floor(loss(x, y, s.kappa))])) });
    attribute(promised, { d: theory() ? along(now.factor) : "" });
    attribute(plainLine, { d: theory() ? along((s.kappa - 1) / (s.kappa + 1)) : "" });
    const { left, top, width } = curve.box;
    const texts = theory() ? ["╌╌ the map's promise", "··· without momentum, at best"] : ["", ""];
    keys.forEach((node, k) => attribute(node, { x: left + width, y: top + 10 + 15 * k, "text-anchor": "end", text: texts[k] }));
  }

  function drawVerdict() {
    const s = state();
    const sentence = now.needed < Infinity ? `A loss 10,000 times smaller after ${now.needed.toLocaleString("en")} steps.` : `${now.flown ? "It flies away" : `Not done after ${PATIENCE.toLocaleString("en")} steps`}.`;
    const why = () => {
      if (adam()) {
        const [from, to] = now.points;
        return ` First step: ${to.map((v, k) => written(Math.abs(v - from[k]), 3)).join(" along x, ")} along y.`;
      }
      if (!theory()) return "";
      const curved = [1 / s.kappa, 1].map((lambda) => radius(s.rate, beta(), lambda));
      const alike = Math.abs(curved[0] - curved[1]) < 1e-9;
      return ` A step multiplies the distance by ${written(curved[0], 3)} along the valley, ${written(curved[1], 3)} across${alike ? ", both √β" : ""}.`;
    };
    const text = sentence + why();
    if (result.textContent && result.textContent !== text && !playing.running) f.say(text);
    attribute(result, { text });
    if (theory()) {
      const top = best(s.kappa);
      if (s.kappa >= 4 && now.factor < 1 && Math.log(now.factor) < 0.75 * Math.log(top.factor)) {
        nearBest.push(s.kappa);
        f.found(0);
        if (Math.max(...nearBest) / Math.min(...nearBest) >= 5) f.found(1);
      }
      if (beta() === 0 && s.rate > 2) f.found(2);
    }
    if (adam()) {
      adamFrom.push(s.point);
      if (adamFrom.some(([x, y]) => Math.hypot(x - s.point[0], y - s.point[1]) > 0.7)) f.found(3);
    }
  }
  return f.end;
}

export default { render };
