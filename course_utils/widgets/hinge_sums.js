// Sums of hinges, bias + Σ a max(0, w x + b): values, errors, gradients, and what a
// dragged kink does to them. No DOM.
import { linspace, matmul, matvec, range, solve, transpose } from "./numbers.js";
import { adam } from "./network.js";

export const CURVES = {
  waves: (x) => Math.sin(2 * Math.PI * x) + 0.5 * Math.sin(5 * Math.PI * x),
  bump: (x) => 2 * Math.exp(-(((x - 0.5) / 0.13) ** 2)) - 0.8,
  steep: (x) => 1.2 * Math.tanh(14 * (x - 0.4)),
};
const POINTS = 80; // data points, from end to end of where there are data
export const FINE = linspace(0, 1, 401); // where curves are drawn and errors are measured
export const RATE = 0.003; // of Adam

/** The sum of all hinges at x: bias + Σ a max(0, w x + b), for hinges [w, b, a]. */
export function total(hinges, bias, x) {
  let y = bias;
  for (const [w, b, a] of hinges) y += a * Math.max(0, w * x + b);
  return y;
}

/** n hinges, evenly placed: the chain through the curve at 0, 1/n, …, 1. */
export function evenly(curve, n) {
  const heights = linspace(0, 1, n + 1).map(CURVES[curve]);
  const slopes = range(n).map((k) => (heights[k + 1] - heights[k]) * n);
  const hinges = slopes.map((slope, k) => [1, -k / n, slope - (slopes[k - 1] ?? 0)]);
  return { hinges: hinges.map((hinge) => hinge.map(rounded)), bias: rounded(heights[0]) };
}

/** The largest distance between curve and sum on 0 to 1. */
export const largestError = (curve, hinges, bias) =>
  Math.max(...FINE.map((x) => Math.abs(total(hinges, bias, x) - CURVES[curve](x))));

export const kinkOf = ([w, b]) => -b / w;

/** The data: points of the curve, evenly from low to high. */
export const dataOf = (curve, [low, high]) =>
  linspace(low, high, POINTS).map((x) => [x, CURVES[curve](x)]);

/** Whether no data lie on the side where a hinge is open: then no gradient reaches it. */
export const isDead = ([w, b], [low, high]) => w * low + b <= 0 && w * high + b <= 0;

/** All parameters in one array, w …, b …, a …, bias, with what Adam keeps. */
export function trainer(hinges, bias) {
  const theta = Float64Array.from([...transpose(hinges).flat(), bias]);
  const zeros = () => new Float64Array(theta.length);
  return { theta, gradient: zeros(), first: zeros(), second: zeros(), steps: 0 };
}

/** The mean squared error over data; fills `net.gradient`. */
export function slopes(net, data) {
  const { theta, gradient } = net;
  const n = (theta.length - 1) / 3;
  gradient.fill(0);
  let loss = 0;
  for (const [x, y] of data) {
    let error = theta[3 * n] - y;
    for (let j = 0; j < n; j++) error += theta[2 * n + j] * Math.max(0, theta[j] * x + theta[n + j]);
    loss += error ** 2 / data.length;
    const d = (2 * error) / data.length;
    gradient[3 * n] += d;
    for (let j = 0; j < n; j++) {
      const z = theta[j] * x + theta[n + j];
      if (z <= 0) continue;
      gradient[2 * n + j] += d * z;
      gradient[n + j] += d * theta[2 * n + j];
      gradient[j] += d * theta[2 * n + j] * x;
    }
  }
  return loss;
}

/** Hinges, bias, loss and gradient after `steps` steps of Adam on all data at once. */
export function trained(hinges, bias, data, steps, rate = RATE) {
  const net = trainer(hinges, bias);
  for (let i = 0; i < steps; i++) {
    slopes(net, data);
    adam(net, rate);
  }
  const loss = slopes(net, data);
  return { ...hingesOf(net), loss, gradient: net.gradient };
}

/** The hinges and the bias that a trainer's parameters stand for. */
export function hingesOf({ theta }) {
  const n = (theta.length - 1) / 3;
  return { hinges: range(n).map((j) => [theta[j], theta[n + j], theta[2 * n + j]]), bias: theta[3 * n] };
}

/**
 * The hinges after kink j was dragged to x and the sum there to y: all other kinks
 * keep their heights, and so does the right end, as near as the hinges allow.
 */
export function dragged(hinges, bias, j, x, y) {
  const moved = hinges.with(j, [hinges[j][0], -hinges[j][0] * x, hinges[j][2]]);
  const inside = range(hinges.length).filter((k) => kinkOf(moved[k]) >= 0 && kinkOf(moved[k]) <= 1);
  const places = [...inside.map((k) => kinkOf(moved[k])), 1];
  const wanted = [...inside.map((k) => (k === j ? y : total(hinges, bias, kinkOf(hinges[k])))), total(hinges, bias, 1)];
  // The least change of heights a and bias that gives them: M'(M M' + ε)⁻¹ (wanted − now).
  const M = places.map((at) => [...moved.map(([w, b]) => Math.max(0, w * at + b)), 1]);
  const lack = wanted.map((v, i) => v - total(moved, bias, places[i]));
  const squares = matmul(M, transpose(M)).map((row, i) => row.map((v, k) => v + (i === k ? 1e-9 : 0)));
  const change = matvec(transpose(M), solve(squares, lack));
  return {
    hinges: moved.map(([w, b, a], k) => [w, b, a + change[k]].map(rounded)),
    bias: rounded(bias + change.at(-1)),
  };
}

/** Short numbers in the address and in Python. */
export const rounded = (v) => Number(v.toPrecision(7));
