// softmax_bars: what do logits mean? Logits to drag, probabilities, the loss, and
// ŷ − y as arrows. README.md beside this file: how such a module is built.
import { attribute, button, choice, frame, h, handle, path, plot, readout, slider, svg } from "./shared.js";
import { clamp, linspace, range, scientific, softmax, sum, written } from "./numbers.js";

/** What Python's traits start with, too. */
export const defaults = {
  logits: [4, 1, -1],
  labels: ["3", "5", "8"],
  true_class: 2,
  temperature: 1,
};
const TEN = {
  logits: [0.5, -2, 1, 3, -1.5, 4, -0.5, -3, 2, 1.5],
  labels: range(10).map(String),
  true_class: 3,
};
const THREE = { logits: defaults.logits, labels: defaults.labels, true_class: 2 };
const REACH = 6; // logits are shown from -6 to 6, and further if some are larger
const FARTHEST = 20;
const ARROW = 1.5; // how many units of z an arrow of length 1 is drawn long

// ------------------------------------------------------------------- computing
/** ŷ = softmax(z / T): the probabilities, of shape (C,). */
export function probabilities(logits, temperature = 1) {
  return softmax(logits, temperature);
}

/** −ln ŷ of the true class, as ln Σ e^(z − z_true): exact also where ŷ rounds to 0. */
export function loss(logits, trueClass, temperature = 1) {
  const scaled = logits.map((z) => z / temperature);
  const top = Math.max(...scaled);
  return top + Math.log(sum(scaled.map((z) => Math.exp(z - top)))) - scaled[trueClass];
}

/** ŷ − y: the slope of the loss along each of z / T, of shape (C,). */
export function arrows(logits, trueClass, temperature = 1) {
  return softmax(logits, temperature).map((p, k) => p - (k === trueClass ? 1 : 0));
}

/** The loss for each value in `zs` of logit `k`, the others as they are. */
export function lossAlong(zs, logits, k, trueClass, temperature = 1) {
  return zs.map((z) => loss(logits.with(k, z), trueClass, temperature));
}

// --------------------------------------------------------------------- drawing
export function render({ model, el }) {
  const f = frame({ model, el }, {
    title: "From logits to probabilities and loss",
    tryFirst: "drag the bar of the true class (✓) until the loss is below 0.1.",
    finds: [
      {
        ask: "Can you change every logit and no probability?",
        found: "Softmax sees differences only: the same added to all cancels out.",
      },
      {
        ask: "Can you make one arrow longer than 1?",
        found: "No: however wrong and sure, ŷ − y stays between −1 and 1. The loss becomes a straight line.",
      },
      {
        ask: "What do the arrows sum to?",
        found: "Always 0: what one class is to gain, the others are to lose.",
      },
      {
        ask: "Can you make all probabilities nearly equal without touching a logit?",
        found: "A high temperature shrinks all differences: probabilities become equal, and their order stays.",
      },
    ],
    draw,
  });
  let moved = f.get("true_class"); // the logit whose curve is shown
  const touched = new Set();

  // One row for each class: logit on the left, probability on the right.
  const few = () => f.get("logits").length < 5;
  const row = () => (few() || f.root.hasAttribute("data-narrow") ? 50 : 42);
  const height = () => f.get("logits").length * row() + 70;
  const logitPlot = plot(f, {
    label: "Logits, one row for each class", title: "logit, arrow ŷ − y",
    height, basis: 200, grow: 3, margin: [28, 4, 42, 58], xLabel: "z", yAxis: false,
  });
  const barPlot = plot(f, {
    label: "Probabilities", title: "probability ŷ",
    height, basis: 120, margin: [28, 36, 42, 6], x: [0, 1], xLabel: "ŷ", yTicks: [],
    xTicks: [0, 0.5, 1].map((value) => ({ value, text: String(value) })),
  });
  const curve = plot(f, {
    label: "Loss against one logit", height: () => (few() ? 230 : 300), basis: 280, grow: 2, margin: [28, 12, 42, 46],
    xLabel: "z", yLabel: "−ln ŷ of the true class",
  });
  const line = svg("path", { fill: "none", stroke: "var(--c0)", "stroke-width": 4 }, curve.marks);
  const tangent = svg("path", { fill: "none", stroke: "var(--i1)", "stroke-width": 2, "stroke-dasharray": "6 3" }, curve.marks);
  const dot = svg("circle", { r: 6, fill: "var(--ink)" }, curve.marks);
  const slope = svg("text", { class: "slope", "font-weight": "600" }, curve.marks);

  const result = readout(f, {}, { above: true });
  const lossText = result.appendChild(h("b", { class: "loss" }));
  const sumText = result.appendChild(h("span", { class: "sum" }));
  slider(f, "temperature", {
    label: "temperature T", min: 0.1, max: 10, log: true, step: 0.05,
    format: (v) => written(v, 2),
  });
  const beyond = (by) => () => f.get("logits").some((z) => Math.abs(z + by) > FARTHEST);
  for (const by of [-1, 1])
    button(f, by < 0 ? "−1 to all" : "+1 to all", () => shift(by), { disabled: beyond(by) });
  choice(f, "count", {
    label: "classes",
    options: [3, 10],
    value: () => f.get("logits").length,
    onChange: (count) => restart(count === 3 ? THREE : TEN),
  });

  function restart(state) {
    moved = state.true_class;
    f.set(state);
  }
  f.onReset.push(() => (moved = f.get("true_class")));

  function shift(by) {
    f.set({ logits: f.get("logits").map((z) => Number((z + by).toPrecision(12))) });
    f.found(0);
  }

  // Rows are made anew only when the number of classes changes: a handle that is
  // being dragged has to stay the same element.
  let rows = [];
  let names;
  let zeroLine;
  function makeRows(count) {
    logitPlot.marks.replaceChildren();
    zeroLine = svg("path", { class: "axis" }, logitPlot.marks);
    names = svg("g", { role: "radiogroup", "aria-label": "true class" }, logitPlot.marks);
    barPlot.marks.replaceChildren();
    rows = range(count).map(makeRow);
    for (const p of [logitPlot, barPlot]) p.limits({ y: [-0.5, count - 0.5] });
  }

  function makeRow(k) {
    const m = logitPlot.marks;
    const bar = svg("rect", { fill: "var(--c0)", height: 16, rx: 2 }, m);
    const arrow = svg("path", { fill: "var(--i1)", stroke: "var(--i1)", "stroke-width": 2 }, m);
    const length = svg("text", { style: "fill:var(--i1)" }, m);
    const number = svg("text", { "text-anchor": "middle" }, m);
    const label = trueClassButton(k);
    const grip = svg("g", {}, m);
    const knob = handle(f, grip, {
      label: `logit of class ${f.get("labels")[k]}`,
      axis: "x",
      value: () => [f.get("logits")[k], 0],
      limits: () => [reach(f.get("logits")), [0, 0]],
      step: [0.1, 1],
      at: logitPlot.at,
      text: () => spokenRow(k),
      move([z]) {
        moved = k;
        if (touched.add(k).size > 1) f.found(2);
        f.set({ logits: f.get("logits").with(k, z) });
      },
    });
    svg("circle", { r: 8, fill: "var(--paper)", stroke: "var(--i0)", "stroke-width": 3 }, grip);
    const area = svg("rect", { fill: "var(--c0)", height: 20, rx: 2 }, barPlot.marks);
    const share = svg("text", {}, barPlot.marks);
    return { bar, arrow, length, number, label, knob, area, share };
  }

  /** The name of a class, at the left: choose it as the true one. */
  function trueClassButton(k) {
    const group = svg("g", { role: "radio", class: "true-class" }, names);
    group.style.cursor = "pointer";
    svg("rect", { x: -54, y: -22, width: 46, height: 44, fill: "transparent" }, group);
    svg("rect", { x: -52, y: -13, width: 42, height: 26, rx: 6, class: "back" }, group);
    svg("text", { x: -31, y: 4, "text-anchor": "middle", class: "name" }, group);
    const choose = () => {
      moved = k;
      f.set({ true_class: k });
    };
    group.addEventListener("click", choose);
    group.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (![" ", "Enter"].includes(event.key) && !by) return;
      event.preventDefault();
      if (!by) return choose();
      const next = (k + by + rows.length) % rows.length;
      moved = next;
      f.set({ true_class: next });
      rows[next].label.focus();
    });
    return group;
  }

  function spokenRow(k) {
    const [z, T] = [f.get("logits"), f.get("temperature")];
    const p = probabilities(z, T)[k];
    const d = arrows(z, f.get("true_class"), T)[k];
    return `${written(z[k], 1)}, probability ${written(p)}, arrow ${written(d)}`;
  }

  function draw() {
    const [z, T] = [f.get("logits"), f.get("temperature")];
    const y = clamp(f.get("true_class"), 0, z.length - 1);
    if (rows.length !== z.length) makeRows(z.length);
    const x = reach(z);
    logitPlot.limits({ x: [x[0] - ARROW, x[1] + ARROW] });
    const { top, height: tall } = logitPlot.box;
    attribute(zeroLine, { d: `M${logitPlot.x(0)},${top}v${tall}` });
    const p = probabilities(z, T);
    const d = arrows(z, y, T);
    z.forEach((_, k) => drawRow(k, z[k], p[k], d[k], k === y));
    drawCurve(z, y, T, d, x);
    const value = loss(z, y, T);
    const text = `loss = −ln ${scientific(p[y])} = ${written(value)}`;
    if (lossText.textContent && lossText.textContent !== text) f.say(`loss ${written(value)}`);
    attribute(lossText, { text });
    attribute(sumText, { text: `; the arrows sum to ${written(sum(d))}` });
    if (Math.max(...d.map(Math.abs)) > 0.995) f.found(1);
    const width = (values) => Math.max(...values) - Math.min(...values);
    if (T > 1 && width(p) < 0.25 && width(z) >= 4) f.found(3);
  }

  function drawRow(k, z, p, d, isTrue) {
    const r = rows[k];
    const middle = logitPlot.y(rows.length - 1 - k);
    const [zero, end] = [logitPlot.x(0), logitPlot.x(z)];
    attribute(r.bar, { x: Math.min(zero, end), y: middle - 8, width: Math.abs(end - zero) });
    r.knob.place(end, middle);
    attribute(r.number, { x: end, y: middle - 13, text: written(z, 1) });
    const tip = logitPlot.x(z + ARROW * d);
    attribute(r.arrow, { d: arrowPath(end, tip, middle + 15) });
    // Beside the arrow, on the side away from its tip, where there is always room.
    attribute(r.length, {
      x: end - Math.sign(d) * 5, y: middle + 19, "text-anchor": d > 0 ? "end" : "start",
      text: written(d),
    });
    attribute(r.label, {
      transform: `translate(${logitPlot.box.left} ${middle})`,
      "aria-checked": isTrue, tabindex: isTrue ? 0 : -1,
      "aria-label": `class ${f.get("labels")[k]}`,
    });
    const [, back, name] = r.label.children;
    attribute(back, { fill: isTrue ? "var(--ink)" : "var(--faint)", stroke: "var(--grey)" });
    attribute(name, {
      text: (isTrue ? "✓ " : "") + f.get("labels")[k],
      style: isTrue ? "fill:var(--paper);font-weight:700" : "",
    });
    const wide = barPlot.x(p) - barPlot.box.left;
    attribute(r.area, { x: barPlot.box.left, y: middle - 10, width: wide, fill: isTrue ? "var(--c2)" : "var(--c7)" });
    attribute(r.share, { x: barPlot.box.left + wide + 6, y: middle + 4, text: written(p) });
  }

  function drawCurve(z, y, T, d, x) {
    moved = clamp(moved, 0, z.length - 1);
    const name = f.get("labels")[moved];
    const zs = linspace(...x, 121);
    const values = lossAlong(zs, z, moved, y, T);
    const top = Math.max(8, Math.ceil(Math.max(...values)));
    curve.limits({ x, y: [0, top], title: `loss, if only the bar of ${name} moved`, xLabel: `logit z of ${name}` });
    attribute(line, { d: path(curve, zs.map((v, i) => [v, values[i]])) });
    const [at, value, steep] = [z[moved], loss(z, y, T), d[moved] / T];
    attribute(tangent, { d: path(curve, tangentWithin(at, value, steep, x)) });
    attribute(dot, { cx: curve.x(at), cy: curve.y(value) });
    const { left, top: high, width } = curve.box;
    const term = T === 1 ? "ŷ − y" : "(ŷ − y) / T";
    attribute(slope, {
      // In the corner that the curve leaves free.
      x: steep < 0 ? left + width : left + 8, y: high + 12,
      "text-anchor": steep < 0 ? "end" : "start", text: `╌ slope ${term} = ${written(steep)}`,
    });
  }
  return f.end;
}

/** Where bars may be dragged to: the usual reach, or as far as the farthest. */
function reach(z) {
  const [low, high] = [Math.min(...z), Math.max(...z)];
  return [Math.min(-REACH, Math.floor(low)), Math.max(REACH, Math.ceil(high))];
}

/** The ends of a tangent, at most 4 long each way, that stay inside the plot. */
function tangentWithin(at, value, steep, [low, high]) {
  const half = 4 / Math.hypot(1, steep);
  return [-half, half].map((wanted) => {
    const down = wanted * steep < 0 ? Math.abs(value / steep) : Infinity;
    const length = Math.min(Math.abs(wanted), down);
    const v = clamp(at + Math.sign(wanted) * length, low, high) - at;
    return [at + v, value + steep * v];
  });
}

function arrowPath(from, tip, y) {
  const back = tip - Math.sign(tip - from) * Math.min(7, Math.abs(tip - from));
  return `M${from},${y}H${back}M${tip},${y}L${back},${y - 4}V${y + 4}Z`;
}

export default { render };
