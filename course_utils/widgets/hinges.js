// hinges: how do bent lines make a curve? A chain of straight pieces, bent at kinks
// that the hand drags, or that Adam slides.
// README.md beside this file: how such a module is built.
import { attribute, button, choice, frame, h, handle, path, plot, slider, svg } from "./shared.js";
import { clamp, written } from "./numbers.js";
import { adam } from "./network.js";
import {
  CURVES, FINE, RATE, dataOf, dragged, evenly, hingesOf, isDead, kinkOf, largestError, rounded,
  slopes, total, trainer,
} from "./hinge_sums.js";

const MOST = 32;
const GAP = 0.01; // the least distance between kinks that the hand leaves
const NARROWEST = 0.1;
const HALO = "paint-order:stroke;stroke:var(--paper);stroke-width:4px";

/** What Python's traits start with, too: six even hinges, the last one without data. */
export const defaults = { curve: "waves", ...evenly("waves", 6), data: [0, 0.75] };

// --------------------------------------------------------------------- drawing
export function render({ model, el }) {
  const f = frame({ model, el }, {
    title: "Bent lines make a curve",
    tryFirst: "drag some kinks onto the curve. Then let Adam do it: which kinks slide, and which one can't?",
    finds: [
      {
        ask: "Let Adam train. One hinge (✗) stays exactly as it was. Why?",
        found: "All data lie where it is 0, so no gradient reaches it. It is dead, and training alone can't wake it.",
      },
      {
        ask: "Can you bring the dead hinge back to life?",
        found: "Give it data on its open side, by dragging the end of the data or its kink: training moves kinks only where there are data.",
      },
      {
        ask: "Place hinges evenly, then twice as many. What happens to the largest error?",
        found: "It falls to about a quarter: chords half as long lie about four times closer to a smooth curve.",
      },
      {
        ask: "With as many hinges, is there a better place for them than evenly?",
        found: "Yes: Adam slides them to where the curve bends most.",
      },
    ],
    draw,
  });
  let net = null;
  let known = null; // the hinges of the model that `net` was made of
  let begun = []; // where kinks were when training began
  let best = 0; // the squared error of the even placing that is being trained
  const wereDead = new Set();
  const measured = new Map(); // number of hinges: largest error, evenly placed

  // Adam and the number stand above the picture, so that a phone shows all.
  const bar = h("div", { class: "controls", style: "flex-basis:100%" });
  f.stage.append(bar);
  const training = f.animate(() => {
    const data = dataOf(f.get("curve"), f.get("data"));
    for (let i = 0; i < 4; i++) {
      slopes(net, data);
      adam(net, RATE);
    }
  });
  const play = button(f, "Let Adam do it", () => (training.running ? pause() : start()));
  const even = button(f, "Place evenly", () => place(f.get("hinges").length));
  const number = slider(f, "hinges", {
    label: "hinges", min: 1, max: MOST, step: 1, value: () => f.get("hinges").length, onInput: place,
  }).closest("label");
  const result = h("p", { class: "readout", style: "flex-basis:100%" });
  const worst = result.appendChild(h("b", { class: "error" }));
  const squared = result.appendChild(h("span", { class: "squared" }));
  bar.append(play, even, number, result);
  choice(f, "curve", {
    label: "curve", options: Object.keys(CURVES),
    onChange: (curve) => {
      measured.clear();
      place(f.get("hinges").length, curve);
    },
  });

  function start() {
    begun = hingesOf(net).hinges.map(kinkOf);
    training.start();
  }
  function pause() {
    training.stop();
    const { hinges, bias } = hingesOf(net);
    f.set({ hinges: (known = hinges.map((hinge) => hinge.map(rounded))), bias: rounded(bias) });
  }
  /** Even hinges; Adam starts afresh. */
  function place(n, curve = f.get("curve")) {
    training.stop();
    begun = [];
    const built = evenly(curve, n);
    wereDead.clear();
    f.set({ curve, ...built });
  }
  f.onReset.push(() => {
    begun = [];
    known = null;
    wereDead.clear();
  });

  const main = plot(f, {
    label: "The curve, the chain of hinges, and the data", canvas: true, basis: 560, grid: true,
    x: [-0.06, 1.06], y: [-1.8, 1.8], xLabel: "x", margin: [22, 8, 58, 34],
    title: "curve, sum, and each hinge",
    height: (width) => clamp(width * 0.62, 300, 400),
  });
  const law = plot(f, {
    label: "Largest error against the number of evenly placed hinges", basis: 220, log: "xy", grid: true,
    x: [1, 40], y: [0.01, 2], xLabel: "hinges, evenly placed", margin: [22, 8, 40, 42], title: "largest error",
    xTicks: [1, 2, 4, 8, 16, 32].map((value) => ({ value, text: String(value) })),
    height: (width) => (f.root.hasAttribute("data-narrow") ? 220 : 330),
  });
  const rest = plot(f, {
    label: "Error: the sum minus the curve", basis: 800, height: 120, x: [-0.06, 1.06], y: [-0.5, 0.5],
    margin: [22, 8, 20, 42], title: "error: sum − curve", xTicks: [],
  });
  const zero = svg("path", { stroke: "var(--grey)", fill: "none" }, rest.marks);
  const errorLine = svg("path", { stroke: "var(--i3)", "stroke-width": 2, fill: "none" }, rest.marks);
  const top = svg("circle", { r: 5, fill: "var(--i3)" }, rest.marks);
  const topText = svg("text", { style: HALO }, rest.marks);
  const lawDots = svg("g", {}, law.marks);
  const quarter = svg("path", { stroke: "var(--grey)", "stroke-dasharray": "5 4", fill: "none" }, law.marks);
  const quarterText = svg("text", { style: "fill:var(--grey)", text: "a quarter for twice as many" }, law.marks);
  const shades = [0, 1].map(() => svg("rect", { fill: "var(--grey)", opacity: 0.16 }, main.marks));
  const emptyText = svg("text", { "text-anchor": "middle", style: "fill:var(--grey)", text: "no data" }, main.marks);
  const trails = svg("path", { stroke: "var(--i1)", "stroke-width": 3, fill: "none" }, main.marks);
  const edges = [0, 1].map(makeEdge);
  const kinks = svg("g", {}, main.marks);
  const knobs = []; // as many as were ever needed

  /** The end of the data: a dashed line, to be dragged to the side. */
  function makeEdge(k) {
    const line = svg("path", { stroke: "var(--i2)", "stroke-width": 2, "stroke-dasharray": "6 4" }, main.marks);
    const grip = svg("g", {}, main.marks);
    const knob = handle(f, grip, {
      label: k ? "where the data end" : "where the data begin", axis: "x", step: [0.01, 1], at: main.at,
      value: () => [f.get("data")[k], 0],
      limits: () => (k ? [[f.get("data")[0] + NARROWEST, 1], [0, 0]] : [[0, f.get("data")[1] - NARROWEST], [0, 0]]),
      text: () => `x = ${written(f.get("data")[k])}`,
      move([x]) {
        best = 0;
        f.set({ data: f.get("data").with(k, x) });
      },
    });
    svg("path", { d: "M-9,0L-3,-6V6ZM9,0L3,-6V6Z", fill: "var(--i2)" }, grip);
    return { line, knob };
  }

  function makeKnob(j) {
    const grip = svg("g", {}, kinks);
    const knob = handle(f, grip, {
      label: `kink ${j + 1}`, step: [0.005, 0.01], at: main.at, radius: 12,
      value: () => at(clamp(kinkOf(here(j)), 0, 1)),
      limits: () => [free(j), [-1.8, 1.8]],
      text: () => {
        const dead = isDead(here(j), f.get("data")) ? ", dead" : "";
        const [x, y] = at(kinkOf(here(j)));
        return `x = ${written(x)}, height ${written(y)}${dead}`;
      },
      move([x, y]) {
        training.stop();
        begun = [];
        best = 0;
        const { hinges, bias } = hingesOf(net);
        f.set(dragged(hinges, bias, j, x, y));
      },
    });
    const mark = svg("path", { "stroke-width": 3 }, grip);
    return { grip, knob, mark };
  }

  /** Hinge j; the last one for a handle that waits until there are as many again. */
  function here(j) {
    const { hinges } = hingesOf(net);
    return hinges[Math.min(j, hinges.length - 1)];
  }
  function at(x) {
    const { hinges, bias } = hingesOf(net);
    return [x, total(hinges, bias, x)];
  }

  /** Between which kinks this one can be dragged. */
  function free(j) {
    const all = hingesOf(net).hinges.map(kinkOf);
    const own = kinkOf(here(j));
    const before = all.filter((c) => c < own);
    const after = all.filter((c) => c > own);
    return [clamp(Math.max(...before) + GAP, 0, 1), clamp(Math.min(...after) - GAP, 0, 1)];
  }

  function draw() {
    if (f.get("hinges") !== known) {
      known = f.get("hinges");
      net = trainer(known, f.get("bias"));
    }
    const [curve, ends] = [f.get("curve"), f.get("data")];
    const { hinges, bias } = hingesOf(net);
    const data = dataOf(curve, ends);
    const loss = slopes(net, data);
    const error = largestError(curve, hinges, bias);
    attribute(play, { text: training.running ? "Pause" : "Let Adam do it" });
    const text = `largest error ${written(error, 3)}`;
    if (worst.textContent && worst.textContent !== text && !training.running) f.say(text);
    attribute(worst, { text });
    attribute(squared, { text: `; on the data the mean squared error is ${written(loss, 4)}` });
    drawMain(curve, hinges, bias, data);
    drawEnds(ends);
    drawKinks(hinges, bias, ends);
    drawError(curve, hinges, bias);
    if (drawLaw(curve, hinges, bias)) best = loss;
    lookForFinds(hinges, ends, loss);
  }

  function drawMain(curve, hinges, bias, data) {
    const ctx = main.context;
    const ratio = main.canvas.width / main.box.width;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, main.box.width, main.box.height);
    const stroke = (points, color, width) => {
      ctx.beginPath();
      for (const [x, y] of points) ctx.lineTo(main.x(x) - main.box.left, main.y(y) - main.box.top);
      ctx.strokeStyle = f.color(color);
      ctx.lineWidth = width;
      ctx.stroke();
    };
    stroke(FINE.map((x) => [x, CURVES[curve](x)]), "light", 9);
    ctx.globalAlpha = 0.7;
    for (const hinge of hinges) {
      const [w, b, a] = hinge;
      const bends = [0, kinkOf(hinge), 1].filter((x) => x >= 0 && x <= 1).sort((p, q) => p - q);
      stroke(bends.map((x) => [x, a * Math.max(0, w * x + b)]), "i4", 1);
    }
    ctx.globalAlpha = 1;
    const bends = hinges.map(kinkOf).filter((x) => Math.abs(x - 0.5) < 0.56);
    const xs = [-0.06, ...bends.sort((p, q) => p - q), 1.06];
    stroke(xs.map((x) => [x, total(hinges, bias, x)]), "i0", 3);
    ctx.fillStyle = f.color("i2");
    for (const [x, y] of data) {
      ctx.beginPath();
      ctx.arc(main.x(x) - main.box.left, main.y(y) - main.box.top, 1.8, 0, 2 * Math.PI);
      ctx.fill();
    }
  }

  function drawEnds(ends) {
    const { top, height } = main.box;
    const bounds = [[0, ends[0]], [ends[1], 1]];
    bounds.forEach(([from, to], k) => {
      attribute(shades[k], { x: main.x(from), y: top, width: Math.max(0, main.x(to) - main.x(from)), height });
      attribute(edges[k].line, { d: `M${main.x(ends[k])},${top}V${top + height}` });
      edges[k].knob.place(main.x(ends[k]), top + height + 36);
    });
    const wide = bounds[1][1] - bounds[1][0] >= bounds[0][1] - bounds[0][0] ? bounds[1] : bounds[0];
    const room = wide[1] - wide[0] > 0.12;
    attribute(emptyText, { x: main.x((wide[0] + wide[1]) / 2), y: top + 16, visibility: room ? "visible" : "hidden" });
  }

  /** Dots on the sum; a dead hinge is a cross. Trails lead from where training began. */
  function drawKinks(hinges, bias, ends) {
    while (knobs.length < hinges.length) knobs.push(makeKnob(knobs.length));
    for (const { grip } of knobs.slice(hinges.length)) grip.remove();
    hinges.forEach((hinge, j) => {
      const { grip, knob, mark } = knobs[j];
      const x = kinkOf(hinge);
      const out = !(x >= -0.06 && x <= 1.06);
      if (out) grip.remove();
      else if (!grip.isConnected) kinks.append(grip);
      knob.place(main.x(x), clamp(main.y(total(hinges, bias, x)), main.box.top, main.box.top + main.box.height));
      // The disk that takes the finger: smaller where kinks are close.
      attribute(grip.firstChild, { r: hinges.length < 14 ? 22 : 9 });
      const dead = isDead(hinge, ends);
      attribute(mark, {
        d: dead ? "M-6,-6L6,6M-6,6L6,-6" : "M-6,0a6,6 0 1 0 12,0a6,6 0 1 0 -12,0",
        fill: dead ? "none" : "var(--paper)", stroke: dead ? "var(--i3)" : "var(--i0)",
      });
    });
    const floor = main.box.top + main.box.height - 6;
    const slid = begun.map((from, j) => [clamp(from, 0, 1), clamp(kinkOf(hinges[j]), 0, 1)]);
    attribute(trails, {
      d: slid.map(([from, to], j) => {
        const [a, b] = [main.x(from), main.x(to)];
        const tip = b - Math.sign(b - a) * 5;
        const y = floor - (j % 3) * 7;
        return Math.abs(b - a) < 2 ? `M${a - 3},${y}h6` : `M${a},${y - 4}v8M${a},${y}H${b}L${tip},${y - 4}M${b},${y}L${tip},${y + 4}`;
      }).join(""),
    });
  }

  function drawError(curve, hinges, bias) {
    const errors = FINE.map((x) => total(hinges, bias, x) - CURVES[curve](x));
    const far = errors.reduce((m, e, k) => (Math.abs(e) > Math.abs(errors[m]) ? k : m), 0);
    const reach = [0.05, 0.1, 0.2, 0.5, 1, 2].find((r) => r >= Math.abs(errors[far])) ?? 5;
    if (rest.shown.y[1] !== reach) rest.limits({ y: [-reach, reach] });
    attribute(zero, { d: path(rest, [[0, 0], [1, 0]]) });
    const seen = errors.map((e) => clamp(e, -reach, reach));
    attribute(errorLine, { d: path(rest, FINE.map((x, k) => [x, seen[k]])) });
    attribute(top, { cx: rest.x(FINE[far]), cy: rest.y(seen[far]) });
    const left = FINE[far] > 0.5;
    attribute(topText, {
      x: rest.x(FINE[far]) + (left ? -9 : 9), y: rest.y(seen[far]) + (seen[far] > 0 ? 10 : -2),
      "text-anchor": left ? "end" : "start", text: written(errors[far], 3),
    });
  }

  /** Returns whether the hinges are evenly placed. */
  function drawLaw(curve, hinges, bias) {
    const built = evenly(curve, hinges.length);
    const isEven = JSON.stringify(hinges) === JSON.stringify(built.hinges) && bias === built.bias;
    if (isEven) measured.set(hinges.length, largestError(curve, hinges, bias));
    lawDots.replaceChildren();
    for (const [n, error] of measured)
      svg("circle", { cx: law.x(n), cy: law.y(clamp(error, 0.01, 2)), r: n === hinges.length ? 6 : 4, fill: "var(--i0)" }, lawDots);
    if (!isEven) {
      const [x, y] = [law.x(hinges.length), law.y(clamp(largestError(curve, hinges, bias), 0.01, 2))];
      svg("path", { d: `M${x - 6},${y}l6,-6l6,6l-6,6Z`, fill: "none", stroke: "var(--i1)", "stroke-width": 2 }, lawDots);
      svg("text", { x: x + 10, y: y + 4, style: HALO, text: "now" }, lawDots);
    }
    attribute(quarter, { d: path(law, [[4, 1.4], [32, 1.4 / 64]]) });
    attribute(quarterText, { x: law.box.left + 6, y: law.box.top + law.box.height - 8 });
    if ([...measured.keys()].some((n) => n >= 4 && measured.has(2 * n))) f.found(2);
    return isEven;
  }

  function lookForFinds(hinges, ends, loss) {
    if (!training.running || net.steps < 100) return;
    hinges.forEach((hinge, j) => {
      if (isDead(hinge, ends)) wereDead.add(j);
      else if (wereDead.has(j)) f.found(1);
    });
    if (wereDead.size) f.found(0);
    if (loss < best / 2) f.found(3);
  }
  return f.end;
}

export default { render };
