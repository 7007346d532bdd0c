// shrinkage: why does L1 give zeros? The loss's level lines, the ball of L1, L2 or
// both, and where the solution goes as the penalty grows.
import { attribute, choice, frame, handle, path, plot, readout, svg } from "./shared.js";
import { column } from "./pixels.js";
import { clamp, linspace, range, scientific, solve, written } from "./numbers.js";

/** What Python's traits start with, too. */
export const defaults = { optimum: [1.6, 0.7], strength: 1, penalty: "L2", loss: "round" };
const [WEAKEST, STRONGEST] = [0.01, 100];
const REACH = 2;

/** The curvature H of the loss ½ (w − ŵ)ᵀ H (w − ŵ). */
export const CURVATURES = {
  round: [[1, 0], [0, 1]],
  long: [[1, 0], [0, 0.25]],
  tilted: [[1, 0.8], [0.8, 1]],
};
/** How much of λ goes to |w₁| + |w₂|, and how much to ½ (w₁² + w₂²). */
const SHARES = { L1: [1, 0], L2: [0, 1], both: [0.5, 0.5] };

// ------------------------------------------------------------------- computing
/** z moved towards 0 by `by`, and no further. */
export const soft = (z, by) => Math.sign(z) * Math.max(Math.abs(z) - by, 0);

/**
 * The weights w that make ½ (w − ŵ)ᵀ H (w − ŵ) + λ (s₁ Σ|w| + s₂ ½ Σw²) least. L2 in
 * closed form, (H + λ I) w = H ŵ; else one weight after the other, each exactly
 * (coordinate descent, Friedman et al. 2010), until none changes.
 */
export function solution({ optimum, strength, penalty, loss }) {
  const H = CURVATURES[loss];
  const [l1, l2] = SHARES[penalty].map((share) => share * strength);
  const b = H.map((row) => row[0] * optimum[0] + row[1] * optimum[1]);
  if (l1 === 0) return solve(H.map((row, i) => row.map((v, j) => v + (i === j ? l2 : 0))), b);
  const w = [...optimum];
  for (let change = 1; change > 1e-13; ) {
    change = 0;
    for (const j of [0, 1]) {
      const next = soft(b[j] - H[j][1 - j] * w[1 - j], l1) / (H[j][j] + l2);
      change = Math.max(change, Math.abs(next - w[j]));
      w[j] = next;
    }
  }
  return w;
}

/** s₁ Σ|w| + s₂ ½ Σw². */
export function penaltyOf(w, penalty) {
  const [s1, s2] = SHARES[penalty];
  return s1 * (Math.abs(w[0]) + Math.abs(w[1])) + (s2 * (w[0] ** 2 + w[1] ** 2)) / 2;
}

/** The loss at w. */
export function lossAt(w, { optimum, loss }) {
  const H = CURVATURES[loss];
  const [a, b] = w.map((v, k) => v - optimum[k]);
  return (H[0][0] * a * a + 2 * H[0][1] * a * b + H[1][1] * b * b) / 2;
}

/** The edge of {w: penalty ≤ size}, as n + 1 points; a multiple of 4 has the corners. */
export function ball(size, penalty, n = 120) {
  const [s1, s2] = SHARES[penalty];
  return range(n + 1).map((i) => {
    // Exact on the axes, where the corners are.
    const turn = (2 * Math.PI * i) / n;
    const u = [Math.cos(turn), Math.sin(turn)].map((v) => (Math.abs(v) < 1e-12 ? 0 : v));
    const s = s1 * (Math.abs(u[0]) + Math.abs(u[1]));
    const r = s2 === 0 ? size / s : (Math.sqrt(s * s + 2 * s2 * size) - s) / s2;
    return u.map((v) => r * v);
  });
}

/** The level line of the loss at `height`: n + 1 points of an ellipse around ŵ. */
export function level(height, { optimum, loss }, n = 120) {
  const H = CURVATURES[loss];
  return range(n + 1).map((i) => {
    const u = [Math.cos((2 * Math.PI * i) / n), Math.sin((2 * Math.PI * i) / n)];
    const r = Math.sqrt(height / lossAt(u, { optimum: [0, 0], loss }));
    return u.map((v, k) => optimum[k] + r * v);
  });
}

// --------------------------------------------------------------------- drawing
const MARKS = { 0: "w₁", 1: "w₂" };
const isZero = (w) => Math.abs(w) < 1e-12;

export function render({ model, el }) {
  const f = frame({ model, el }, {
    title: "Shrinking weights: L1 and L2",
    tryFirst: "drag the strength λ to the far right. Is a weight 0? Then choose the penalty L1.",
    finds: [
      { ask: "How far from an axis can ŵ be, and L1 still puts one weight at 0?", found: "With a round loss, as far as λ: the ball has corners on the axes, and a corner catches level lines that come from many directions." },
      { ask: "Can L2 make a weight 0?", found: "It never quite arrives: the round ball touches a level line on an axis only if ŵ lies there. Weights shrink, together, and none is left out." },
      { ask: "With a round loss: on which line do L2 and L1 lead from ŵ to 0?", found: "L2 on a straight line to 0: both weights are divided by 1 + λ, the direction stays. L1 takes λ from each, and the smaller weight is used up first." },
      { ask: "Can a weight grow while the penalty grows?", found: "Yes, if the loss is tilted: each weight does part of the other's work, so as one shrinks, the other may take over." },
    ],
    draw,
  });
  const narrow = () => f.root.hasAttribute("data-narrow");
  const plane = plot(f, {
    label: "Weights, level lines of the loss, and the ball of the penalty", title: "weights w₁, w₂", equal: true,
    x: [-REACH - 0.5, REACH + 0.5], y: [-REACH, REACH], height: () => (narrow() ? 330 : 430),
    xLabel: "w₁", yLabel: "w₂", margin: [26, 10, 40, 48],
  });
  const ways = plot(f, {
    label: "Weights against strength", log: "x", title: "weights as the strength grows", height: 240,
    x: [WEAKEST, STRONGEST], y: [-1, 1], xLabel: "strength λ, log scale", margin: [30, 30, 42, 44],
  });
  const bars = plot(f, {
    label: "Weights as bars", title: "weights now", height: 130, margin: [26, 30, 24, 44], x: [-1, 1], y: [-0.6, 1.6], yTicks: [],
  });
  for (const p of [plane, ways, bars]) p.node.style.flex = "none";
  const wide = column(430, plane.node);
  wide.style.flexGrow = 1.4;
  f.stage.append(wide, column(290, ways.node, bars.node));

  const inPlane = svg("svg", {}, plane.marks); // cuts off what lies outside
  const cross = svg("path", { stroke: "var(--grey)" }, inPlane);
  const disk = svg("path", { fill: "var(--c1)", "fill-opacity": 0.25, stroke: "var(--i1)", "stroke-width": 2 }, inPlane);
  const levels = svg("path", { fill: "none", stroke: "var(--i0)", "stroke-opacity": 0.45 }, inPlane);
  const touching = svg("path", { fill: "none", stroke: "var(--i0)", "stroke-width": 2 }, inPlane);
  const way = svg("path", { fill: "none", stroke: "var(--ink)", "stroke-width": 2.5, "stroke-dasharray": "2 4" }, inPlane);
  const spot = svg("path", { fill: "var(--ink)", stroke: "var(--paper)", "stroke-width": 1.5 }, inPlane);
  const halo = "stroke:var(--paper);stroke-width:4;stroke-linejoin:round;paint-order:stroke;font-weight:600;pointer-events:none";
  const spotText = svg("text", { style: halo }, plane.marks);
  const ballText = svg("text", { style: "fill:var(--i1);font-weight:600" }, plane.marks);
  const zero = svg("path", { class: "axis" }, ways.marks);
  const lines = [0, 1].map((k) => ({
    line: svg("path", { fill: "none", stroke: `var(--i${k ? 4 : 2})`, "stroke-width": 2.5, "stroke-dasharray": k ? "7 4" : null }, ways.marks),
    name: svg("text", { style: `fill:var(--i${k ? 4 : 2});font-weight:700`, text: MARKS[k] }, ways.marks),
    bar: svg("rect", { fill: `var(--c${k ? 4 : 2})`, height: 26 }, bars.marks),
    label: svg("text", { "text-anchor": "end", style: `fill:var(--i${k ? 4 : 2});font-weight:700`, text: MARKS[k] }, bars.marks),
    value: svg("text", { "font-weight": 600 }, bars.marks),
  }));
  const barZero = svg("path", { class: "axis" }, bars.marks);
  const result = readout(f, {}, { above: true });

  const state = () => Object.fromEntries(Object.keys(defaults).map((name) => [name, f.get(name)]));
  let w = f.get("optimum");
  const roundBy = new Set(); // penalties tried on a round loss

  /** A weight in words: "0", only if it is; else as many digits as it takes. */
  const amount = (v) => (isZero(v) ? "0" : Math.abs(v) < 0.1 ? scientific(v, 2) : written(v));
  const weightsText = () => w.map((v, k) => `${MARKS[k]} = ${amount(v)}`).join(", ");

  const optimumGroup = svg("g", { class: "optimum" }, plane.marks);
  const optimumHandle = handle(f, optimumGroup, {
    label: "optimum of the loss", step: [0.01, 0.01], at: plane.at,
    value: () => f.get("optimum"), limits: () => [[-REACH, REACH], [-REACH, REACH]],
    text: () => `ŵ = (${f.get("optimum").map((v) => written(v)).join(", ")}); ${weightsText()}`,
    move: (optimum) => f.set({ optimum }),
  });
  svg("circle", { r: 9, fill: "var(--paper)", stroke: "var(--i0)", "stroke-width": 3 }, optimumGroup);
  svg("path", { d: "M-4,0h8M0,-4v8", stroke: "var(--i0)", "stroke-width": 2 }, optimumGroup);
  const optimumText = svg("text", { style: `${halo};fill:var(--i0)` }, plane.marks);
  const strengthGroup = svg("g", { class: "strength" }, ways.marks);
  const strengthLine = svg("path", { stroke: "var(--ink)", "stroke-width": 1.5 }, strengthGroup);
  const strip = svg("rect", { x: -22, width: 44, fill: "transparent" }, strengthGroup);
  svg("path", { d: "M0,-11L-9,3H9Z", fill: "var(--ink)" }, strengthGroup);
  const strengthText = svg("text", { style: halo }, ways.marks);
  const strengthHandle = handle(f, strengthGroup, {
    label: "strength of the penalty", axis: "x", step: [0.02, 1],
    at: (event) => [Math.log10(ways.at(event)[0]), 0],
    value: () => [Math.log10(f.get("strength")), 0],
    limits: () => [[Math.log10(WEAKEST), Math.log10(STRONGEST)], [0, 0]],
    text: () => `λ = ${scientific(f.get("strength"), 3)}; ${weightsText()}`,
    move: ([power]) => f.set({ strength: Number((10 ** power).toPrecision(6)) }),
  });
  choice(f, "penalty", { label: "penalty", options: [["L1", "L1: |w₁| + |w₂|"], ["L2", "L2: ½ (w₁² + w₂²)"], ["both", "both, half each"]] });
  choice(f, "loss", { label: "loss", options: [["round", "round: curved alike"], ["long", "long: flatter along w₂"], ["tilted", "tilted"]] });
  f.onReset.push(() => roundBy.clear());

  function draw() {
    if ([plane, ways, bars].some(({ box }) => box.width <= 1)) return; // not laid out
    const s = state();
    w = solution(s);
    drawPlane(s);
    drawWays(s);
    drawBars(s);
    drawVerdict(s);
  }

  let wayPoints = [];
  let wayFor = "";
  function drawPlane(s) {
    const key = JSON.stringify([s.optimum, s.penalty, s.loss]);
    if (key !== wayFor) {
      wayFor = key;
      const strengths = linspace(Math.log10(WEAKEST), Math.log10(STRONGEST), 201).map((power) => 10 ** power);
      wayPoints = strengths.map((strength) => [strength, solution({ ...s, strength })]);
    }
    const { left, top, width, height } = plane.box;
    attribute(inPlane, { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` });
    attribute(cross, { d: `M${left},${plane.y(0)}h${width}M${plane.x(0)},${top}v${height}` });
    attribute(disk, { d: path(plane, ball(penaltyOf(w, s.penalty), s.penalty)) });
    attribute(levels, { d: [0.05, 0.2, 0.45, 0.8, 1.25, 1.8, 3.2].map((v) => path(plane, level(v, s))).join("") });
    attribute(touching, { d: path(plane, level(lossAt(w, s), s)) });
    attribute(way, { d: path(plane, [s.optimum, ...wayPoints.map(([, at]) => at)]) });
    const [x, y] = [plane.x(w[0]), plane.y(w[1])];
    attribute(spot, { d: `M${x - 7},${y - 7}h14v14h-14Z` });
    const [ox, oy] = [plane.x(s.optimum[0]), plane.y(s.optimum[1])];
    optimumHandle.place(ox, oy);
    const edge = ox > left + width - 110;
    attribute(optimumText, { x: ox + (edge ? 0 : 14), y: oy + (oy < top + 40 ? 28 : edge ? -16 : -10), "text-anchor": edge ? "end" : "start", text: `ŵ (${s.optimum.map((v) => written(v)).join(", ")})` });
    // On the side away from ŵ.
    const away = s.optimum[0] >= w[0] ? -1 : 1;
    attribute(spotText, { x: x + 13 * away, y: y + (s.optimum[1] >= w[1] ? 18 : -10), "text-anchor": away < 0 ? "end" : "start", text: `w (${w.map(amount).join(", ")})` });
    attribute(ballText, { x: left + 8, y: top + height - 10, text: `${{ L1: "◇ L1 ball", L2: "○ L2 ball", both: "◇ ball of both" }[s.penalty]} that reaches w` });
  }

  function drawWays(s) {
    const values = [...s.optimum, ...w, ...wayPoints.flatMap(([, at]) => at)];
    const half = (v) => Math.ceil(2 * v) / 2;
    const [low, high] = [-half(Math.max(0, -Math.min(...values))), half(Math.max(0.5, ...values))];
    if (ways.shown.y[0] !== low || ways.shown.y[1] !== high) ways.limits({ y: [low, high] });
    const { left, top, width, height } = ways.box;
    attribute(zero, { d: `M${left},${ways.y(0)}h${width}` });
    const places = [0, 1].map((k) => ways.y(wayPoints[0][1][k]));
    const close = Math.abs(places[0] - places[1]) < 14;
    lines.forEach(({ line, name }, k) => {
      attribute(line, { d: path(ways, wayPoints.map(([strength, at]) => [strength, at[k]])) });
      attribute(name, { x: left + 6 + (close && k ? 24 : 0), y: clamp(places[k] - 6, top + 10, top + height - 4) });
    });
    const x = ways.x(s.strength);
    strengthHandle.place(x, top + height);
    attribute(strengthLine, { d: `M0,0V${-height}` });
    attribute(strip, { y: -height, height });
    const right = x > left + width - 70;
    attribute(strengthText, { x: x + (right ? -7 : 7), y: top + 12, "text-anchor": right ? "end" : "start", text: `λ ${scientific(s.strength, 2)}` });
  }

  function drawBars(s) {
    const most = Math.max(0.5, ...[...s.optimum, ...w].map(Math.abs));
    const reach = Math.ceil(2 * most) / 2 + 0.5;
    if (bars.shown.x[1] !== reach) bars.limits({ x: [-reach, reach] });
    const from = bars.x(0);
    lines.forEach(({ bar, label, value }, k) => {
      const [to, y] = [bars.x(w[k]), bars.y(1 - k)];
      attribute(bar, { x: Math.min(from, to), width: Math.abs(to - from), y: y - 13 });
      attribute(label, { x: bars.box.left - 10, y: y + 4 });
      attribute(value, { x: to + (w[k] < 0 ? -8 : 8), y: y + 4, "text-anchor": w[k] < 0 ? "end" : "start", text: amount(w[k]) + (isZero(w[k]) ? " exactly" : "") });
    });
    attribute(barZero, { d: `M${from},${bars.box.top}v${bars.box.height}` });
  }

  function drawVerdict(s) {
    const zeros = w.filter(isZero).length;
    const text = `${s.penalty === "both" ? "L1 and L2" : s.penalty}, λ = ${scientific(s.strength, 3)}: ${weightsText()}. ${["No weight is 0", "One weight is exactly 0", "Both weights are exactly 0"][zeros]}.`;
    if (result.textContent && result.textContent !== text) f.say(text);
    attribute(result, { text });
    const off = Math.min(...s.optimum.map(Math.abs));
    if (s.penalty === "L1" && zeros === 1 && off > 0.15) f.found(0);
    if (s.penalty === "L2" && s.strength >= 50 && off > 0.05) f.found(1);
    const leaning = Math.abs(Math.abs(s.optimum[0]) - Math.abs(s.optimum[1])) > 0.2;
    if (s.loss === "round" && leaning && s.penalty !== "both") roundBy.add(s.penalty);
    if (roundBy.size === 2) f.found(2);
    if (w.some((v, k) => Math.abs(v) > Math.abs(s.optimum[k]) + 0.02)) f.found(3);
  }
  return f.end;
}

export default { render };
