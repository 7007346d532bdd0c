// signal: where does the signal die? The spread of activations forward and of
// gradients backward through a deep network with random weights, layer by layer.
import { attribute, button, choice, frame, handle, path, plot, readout, slider, svg } from "./shared.js";
import { column } from "./pixels.js";
import { clamp, random, range, scientific, written } from "./numbers.js";

/** What Python's traits start with, too. */
export const defaults = { activation: "ReLU", scale: 1, depth: 20, width: 100, seed: 0, layer: 10 };
const INPUTS = 16; // how many inputs go through
const DEEPEST = 40;
const ALIVE = [0.1, 10]; // from first to last layer, by at most a factor of ten
// erf by Abramowitz and Stegun, 7.1.26: at most 1.5 × 10⁻⁷ off.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}
const normalShare = (z) => 0.5 * (1 + erf(z / Math.SQRT2));

/** φ(z), its slope φ′ given z and φ(z), and the largest slope. */
const ACTIVATIONS = {
  ReLU: { phi: (z) => (z > 0 ? z : 0), slope: (z) => (z > 0 ? 1 : 0), most: 1 },
  tanh: { phi: Math.tanh, slope: (z, a) => 1 - a * a, most: 1 },
  sigmoid: { phi: (z) => 1 / (1 + Math.exp(-z)), slope: (z, a) => a * (1 - a), most: 0.25 },
  linear: { phi: (z) => z, slope: () => 1, most: 1 },
  GELU: {
    phi: (z) => z * normalShare(z),
    slope: (z) => normalShare(z) + (z * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI),
    most: 1.129, // at z = √2
  },
};

// ------------------------------------------------------------------- computing
/** W h for rows h of n numbers, one after the other; W is n × n, row by row. */
function times(W, h, n) {
  const out = new Float64Array(h.length);
  // Four rows at a time, so that no sum waits for the one before; at the end some of
  // them are the same row.
  for (let start = 0; start < h.length; start += 4 * n) {
    const [a, b, c, d] = [0, 1, 2, 3].map((k) => Math.min(start + k * n, h.length - n));
    for (let i = 0; i < n; i++) {
      let za = 0, zb = 0, zc = 0, zd = 0;
      for (let j = 0, k = i * n; j < n; j++, k++) {
        const w = W[k];
        za += w * h[a + j];
        zb += w * h[b + j];
        zc += w * h[c + j];
        zd += w * h[d + j];
      }
      out[a + i] = za;
      out[b + i] = zb;
      out[c + i] = zc;
      out[d + i] = zd;
    }
  }
  return out;
}

function transposed(W, n) {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = W[i * n + j];
  return out;
}

/**
 * `inputs`, rows of n numbers, through layers z = factor · W h, h = φ(z). Each of
 * `weights` is n × n, row by row. Returns `layers`, the h, and `slopes`, φ′(z), of
 * each layer.
 */
export function forward(inputs, weights, n, factor, activation) {
  const { phi, slope } = ACTIVATIONS[activation];
  const [layers, slopes] = [[], []];
  let h = inputs;
  for (const W of weights) {
    const z = times(W, h, n);
    const [out, steep] = [new Float64Array(z.length), new Float64Array(z.length)];
    for (let i = 0; i < z.length; i++) {
      out[i] = phi(factor * z[i]);
      steep[i] = slope(factor * z[i], out[i]);
    }
    layers.push(out);
    slopes.push(steep);
    h = out;
  }
  return { layers, slopes };
}

/** The gradient at the output of each layer, if it is `last` at the last one. */
export function backward(last, weights, n, factor, slopes) {
  const gradients = [last];
  for (let l = weights.length - 1; l > 0; l--) {
    const at = new Float64Array(last.length);
    for (let i = 0; i < at.length; i++) at[i] = factor * slopes[l][i] * gradients[0][i];
    gradients.unshift(times(transposed(weights[l], n), at, n));
  }
  return gradients;
}

/** Standard deviation over all inputs and units. */
export function spreadOf(values) {
  let [total, squares] = [0, 0];
  for (const v of values) total += v;
  for (const v of values) squares += (v - total / values.length) ** 2;
  return Math.sqrt(squares / values.length);
}

/** Normal numbers of a seed: inputs, the last gradient, then layer after layer. */
function numbersOf(seed, width) {
  const { normal } = random(seed);
  const take = (n) => Float64Array.from({ length: n }, () => normal());
  const [inputs, last, weights] = [take(INPUTS * width), take(INPUTS * width), []];
  return (depth) => {
    while (weights.length < depth) weights.push(take(width * width));
    return { inputs, last, weights: weights.slice(0, depth) };
  };
}

/** Everything for a state; `numbers(depth)` as numbersOf gives it. */
export function signal({ activation, scale, depth, width, seed }, numbers = numbersOf(seed, width)) {
  const { inputs, last, weights } = numbers(depth);
  const factor = scale / Math.sqrt(width);
  const { layers, slopes } = forward(inputs, weights, width, factor, activation);
  const gradients = backward(last, weights, width, factor, slopes);
  const low = ACTIVATIONS[activation].most / 20;
  const asleep = slopes.map((steep) => {
    let under = 0;
    for (const s of steep) if (Math.abs(s) < low) under++;
    return under / steep.length;
  });
  return { layers, gradients, asleep, spreads: layers.map(spreadOf), steepness: gradients.map(spreadOf) };
}

/** How many of `values` lie in each of n equal bins of [low, high]. */
export function histogram(values, low, high, n) {
  const counts = new Array(n).fill(0);
  for (const v of values) counts[clamp(Math.floor(((v - low) / (high - low)) * n), 0, n - 1)]++;
  return counts;
}

// --------------------------------------------------------------------- drawing
export function render({ model, el }) {
  const f = frame({ model, el }, {
    title: "Signal and gradient through a deep network",
    tryFirst: "after 20 layers little is left, of signal and gradient alike. Move the weight scale until both lines are level.",
    finds: [
      {
        ask: "Is there one scale that keeps activations and gradients alive?",
        found: "Yes: weights with standard deviation c / √n. A layer of n units then passes on the spread that it gets, in both directions.",
      },
      {
        ask: "How much larger is ReLU's than that of linear units?",
        found: "About √2 times: ReLU sets half of what it gets to 0, so half of the variance has to be made up for. Tanh, linear near 0, takes a little more than linear units.",
      },
      {
        ask: "Has the sigmoid one, and at what price?",
        found: "Only with weights about ten times as large as tanh's. Below, gradients die: the slope is 1/4 at most. And at ten, about half of the units are asleep near 0 or 1.",
      },
      {
        ask: "Too small or too large: what does twice the depth do to the fault?",
        found: "It squares it: each layer multiplies by the same factor.",
      },
    ],
    draw,
  });
  const main = plot(f, {
    label: "Spread of activations and gradients in each layer", log: "y", grid: false,
    title: "standard deviation in each layer", xLabel: "layer", yLabel: "spread, log scale",
    x: [0, DEEPEST + 1], y: [1e-4, 1e4], height: 330, margin: [28, 16, 42, 62],
  });
  const hist = plot(f, { label: "Histogram of activations", height: 200, margin: [26, 16, 24, 16], yTicks: [] });
  const histGradient = plot(f, { label: "Histogram of gradients", height: 200, margin: [26, 16, 24, 16], yTicks: [] });
  const asleepPlot = plot(f, {
    label: "Share asleep in each layer", height: 96, title: "asleep: slope under 1/20 of its largest",
    x: [0, DEEPEST + 1], y: [0, 1], margin: [24, 16, 20, 62], xTicks: [],
    yTicks: [0, 0.5, 1].map((value) => ({ value, text: `${100 * value} %` })),
  });
  for (const p of [main, asleepPlot, hist, histGradient]) p.node.style.flex = "none";
  const wide = column(560, main.node, asleepPlot.node);
  wide.style.flexGrow = 2.2;
  const side = column(260, hist.node, histGradient.node);
  f.stage.append(wide, side);

  const m = main.marks;
  const band = svg("rect", { fill: "var(--faint)" }, m);
  const bandText = svg("text", { class: "axis-text", text: "alive: within a factor of 10" }, m);
  const cursor = svg("g", { class: "layer" }, m);
  const lines = ["i0", "i1"].map((ink, k) => ({
    line: svg("path", { fill: "none", stroke: `var(--${ink})`, "stroke-width": 2, "stroke-dasharray": k ? "6 4" : null }, m),
    marks: svg("path", { fill: `var(--${ink})` }, m),
    text: svg("text", { style: `fill:var(--${ink});font-weight:600` }, m),
  }));
  const end = svg("g", { class: "depth" }, m);
  const bars = svg("path", { fill: "var(--c7)" }, asleepPlot.marks);
  const chosen = svg("path", { stroke: "var(--ink)", "stroke-width": 2 }, asleepPlot.marks);
  const boxes = [["c0", hist], ["c1", histGradient]].map(([ink, p]) => svg("path", { fill: `var(--${ink})` }, p.marks));
  const result = readout(f);

  const depth = () => f.get("depth");
  const layer = () => clamp(f.get("layer"), 1, depth());
  let now = null; // what `signal` gave for the state in `key`
  let key = "";
  let numbers = null;
  let numbersFor = "";
  const aliveFor = new Set();
  const seen = new Map(); // depths tried for a scale

  const cursorHandle = handle(f, cursor, {
    label: "layer whose histograms are shown", axis: "x", step: [1, 1], at: main.at,
    value: () => [layer(), 1], limits: () => [[1, depth()], [1, 1]],
    text: () => `layer ${layer()}: activations ${scientific(now?.spreads[layer() - 1] ?? 0)}, gradients ${scientific(now?.steepness[layer() - 1] ?? 0)}`,
    move: ([v]) => f.set({ layer: v }),
  });
  const cursorLine = svg("path", { stroke: "var(--ink)", "stroke-width": 1.5 }, cursor);
  svg("path", { d: "M0,-8l7,-10h-14Z", fill: "var(--ink)" }, cursor);
  main.svg.addEventListener("pointermove", (event) => {
    const [x] = main.at(event);
    const over = clamp(Math.round(x), 1, depth());
    if (event.buttons === 0 && event.pointerType === "mouse" && x > 0 && over !== layer()) f.set({ layer: over });
  });
  const endHandle = handle(f, end, {
    label: "depth", axis: "x", step: [1, 1], at: main.at,
    value: () => [depth(), 1], limits: () => [[2, DEEPEST], [1, 1]],
    text: () => `${depth()} layers`, move: ([v]) => f.set({ depth: v }),
  });
  const endLine = svg("path", { stroke: "var(--i2)", "stroke-width": 2 }, end);
  svg("circle", { r: 9, fill: "var(--paper)", stroke: "var(--i2)", "stroke-width": 3 }, end);
  svg("path", { d: "M-3,-3l-3,3l3,3M3,-3l3,3l-3,3", stroke: "var(--i2)", fill: "none", "stroke-width": 1.5 }, end);
  const endText = svg("text", { style: "fill:var(--i2);font-weight:600" }, m);
  // The whole lines can be gripped, not only their ends.
  const strips = [cursor, end].map((node) => svg("rect", { x: -14, width: 28, fill: "transparent" }, node));

  choice(f, "activation", { label: "activation", options: Object.keys(ACTIVATIONS) });
  const scale = slider(f, "scale", { label: "weight scale c", min: 0.1, max: 15.85, log: true, step: 0.01, format: (v) => `${written(v)} / √n` });
  attribute(scale.parentNode, { style: "flex:1 1 440px;max-width:640px" });
  slider(f, "width", { label: "units n", min: 10, max: 100, step: 10, format: String });
  button(f, "Other weights", () => f.set({ seed: f.get("seed") + 1 }));
  f.onReset.push(() => {
    aliveFor.clear();
    seen.clear();
  });

  function compute() {
    const state = Object.fromEntries(["activation", "scale", "depth", "width", "seed"].map((name) => [name, f.get(name)]));
    if (JSON.stringify(state) === key) return;
    key = JSON.stringify(state);
    const wanted = `${state.seed} ${state.width}`;
    if (wanted !== numbersFor) numbers = numbersOf(state.seed, state.width);
    numbersFor = wanted;
    now = signal(state, numbers);
  }

  function draw() {
    if ([main, hist, histGradient, asleepPlot].some(({ box }) => box.width <= 1)) return; // not laid out
    // Where the histograms don't fit beside the lines, the weight scale comes first.
    const narrow = f.width < 870;
    const place = narrow ? f.root : f.stage;
    if (side.parentNode !== place) narrow ? f.controls.after(side) : place.append(side);
    compute();
    drawLines();
    drawHistograms();
    drawAsleep();
    drawVerdict();
  }

  function drawLines() {
    const all = [...now.spreads, ...now.steepness].filter((v) => v > 0 && Number.isFinite(v));
    const most = Math.max(...all.map((v) => Math.abs(Math.log10(v))));
    const reach = [2, 4, 8, 16, 32, 64].find((r) => r >= most) ?? 64;
    if (main.shown.y[1] !== 10 ** reach) main.limits({ y: [10 ** -reach, 10 ** reach] });
    const { left, top, width, height } = main.box;
    attribute(band, { x: left, width, y: main.y(ALIVE[1]), height: main.y(ALIVE[0]) - main.y(ALIVE[1]) });
    attribute(bandText, { x: left + width - 6, y: main.y(ALIVE[1]) + 14, "text-anchor": "end" });
    const shape = [(x, y) => `M${x - 3.5},${y}a3.5,3.5 0 1 0 7,0a3.5,3.5 0 1 0 -7,0`, (x, y) => `M${x - 3},${y - 3}h6v6h-6Z`];
    [now.spreads, now.steepness].forEach((values, k) => {
      const points = values.map((v, i) => [i + 1, v > 0 ? v : NaN]);
      attribute(lines[k].line, { d: path(main, points) });
      const drawn = points.filter(([, v]) => Number.isFinite(v)).map(([x, v]) => [main.x(x), main.y(v)]);
      attribute(lines[k].marks, { d: drawn.map(([x, y]) => shape[k](x, y)).join("") });
    });
    // Labels where the lines start, apart from each other.
    const [a, g] = [now.spreads, now.steepness].map((values) => Math.max(values[0], 10 ** -reach));
    const apart = (v, up) => clamp(main.y(v) + (up ? -10 : 20), top + 14, top + height - 8);
    attribute(lines[0].text, { x: main.x(1), y: apart(a, a >= g), text: "activations →" });
    const right = f.root.hasAttribute("data-narrow") ? 0 : 8;
    attribute(lines[1].text, { x: main.x(1) + right, y: Math.abs(apart(g, g > a) - apart(a, a >= g)) < 14 ? apart(g, g > a) + 16 : apart(g, g > a), text: "← gradients" });
    cursorHandle.place(main.x(layer()), top + height);
    attribute(cursorLine, { d: `M0,0V${-height}` });
    endHandle.place(main.x(depth() + 0.5), top + 14);
    attribute(strips[0], { y: -height, height });
    attribute(strips[1], { y: -14, height });
    attribute(endLine, { d: `M0,10V${height - 14}` });
    const roomy = main.x(depth() + 0.5) < left + width - 90;
    attribute(endText, { text: `depth ${depth()}`, x: main.x(depth() + 0.5) + (roomy ? 14 : -14), y: top + 18, "text-anchor": roomy ? "start" : "end" });
  }

  function drawHistograms() {
    const i = layer() - 1;
    const fixed = { sigmoid: [0, 1], tanh: [-1, 1] }[f.get("activation")];
    [[now.layers[i], fixed, "activations", now.spreads[i]], [now.gradients[i], null, "gradients", now.steepness[i]]].forEach(([values, limits, name, spread], k) => {
      const p = k ? histGradient : hist;
      const most = values.reduce((top, v) => Math.max(top, Math.abs(v)), 0) || 1;
      const [low, high] = limits ?? [-most, most];
      const counts = histogram(values, low, high, 41);
      const text = (v) => (limits ? written(v, 0) : scientific(v));
      p.limits({
        x: [low, high], y: [0, Math.max(...counts)],
        title: `layer ${i + 1}: ${name}, spread ${scientific(spread)}`,
        xTicks: [low, (low + high) / 2, high].map((value, n) => ({ value, text: n === 1 && !limits ? "0" : limits && n === 1 ? written(value, 1) : text(value) })),
      });
      const w = p.box.width / 41;
      attribute(boxes[k], { d: counts.map((c, n) => `M${(p.box.left + n * w).toFixed(1)},${p.y(0)}V${p.y(c).toFixed(1)}h${(w - 1).toFixed(1)}V${p.y(0)}Z`).join("") });
    });
  }

  function drawAsleep() {
    const p = asleepPlot;
    const half = (p.x(1) - p.x(0)) * 0.4;
    attribute(bars, { d: now.asleep.map((v, i) => `M${p.x(i + 1) - half},${p.y(0)}V${p.y(v)}h${2 * half}V${p.y(0)}Z`).join("") });
    attribute(chosen, { d: `M${p.x(layer())},${p.y(0)}v6` });
  }

  function drawVerdict() {
    const last = depth() - 1;
    const factors = [now.spreads[last] / now.spreads[0], now.steepness[0] / now.steepness[last]];
    const alive = factors.map((v) => v >= ALIVE[0] && v <= ALIVE[1]);
    const word = (i) => (alive[i] ? "alive ✓" : !(factors[i] > 1) ? "dying ✗" : "exploding ✗");
    const asleep = Math.round(100 * now.asleep[last]);
    const text = `From the first layer to the last, activations × ${scientific(factors[0])}: ${word(0)}. From the last to the first, gradients × ${scientific(factors[1])}: ${word(1)}. Asleep in the last layer: ${asleep} %.`;
    if (result.textContent && result.textContent !== text) f.say(text);
    attribute(result, { text });
    const [activation, both] = [f.get("activation"), alive[0] && alive[1]];
    if (both && depth() >= 15) {
      aliveFor.add(activation);
      f.found(activation === "sigmoid" ? 2 : 0);
      if (aliveFor.has("ReLU") && aliveFor.has("linear")) f.found(1);
    }
    const settings = `${activation} ${f.get("scale")} ${f.get("width")} ${f.get("seed")}`;
    const depths = seen.get(settings) ?? new Set();
    seen.set(settings, depths.add(depth()));
    if (!both && (depths.has(depth() / 2) || depths.has(depth() * 2))) f.found(3);
  }
  return f.end;
}

export default { render };
