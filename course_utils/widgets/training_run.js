// A run of training that its state alone determines: the same in the page, in node and
// in Python. No DOM.
import { random, range } from "./numbers.js";
import { adam, backward, evaluate, forward, network, tables } from "./network.js";
import { pointsOf } from "./points.js";

export const EVERY = 5; // steps from one point of the loss curve to the next

/** A run of training at its start: the same state, the same run. */
export function begin(state) {
  const generator = random(state.seed);
  const hidden = range(state.layers).map(() => state.units);
  const net = network([2, ...hidden, 1], state.activation, generator);
  const run = { state: { ...state }, generator, net, points: pointsOf(state.data), order: [], curve: [] };
  note(run);
  return run;
}

/** One step of training: AdamW on the next batch. Each epoch shuffles anew. */
export function advance(run) {
  const { state, net, points, generator } = run;
  if (!run.order.length) run.order = generator.shuffled(range(points.length));
  backward(net, run.order.splice(0, state.batch).map((i) => points[i]));
  adam(net, state.rate, state.decay);
  if (net.steps % EVERY === 0) note(run);
}

const note = (run) => run.curve.push([run.net.steps, evaluate(run.net, run.points).loss]);

/** Loss, share of right points and weights after `state.steps` steps. */
export function outcome(state) {
  const run = begin(state);
  while (run.net.steps < state.steps) advance(run);
  return { ...evaluate(run.net, run.points), weights: tables(run.net) };
}

/** The logit and each unit of the last hidden layer over a grid, row by row from below. */
export function survey(net, xs, ys) {
  const last = net.outputs.at(-2);
  const logits = new Float64Array(xs.length * ys.length);
  const units = range(last.length).map(() => new Float64Array(logits.length));
  let k = 0;
  for (const y of ys)
    for (const x of xs) {
      logits[k] = forward(net, [x, y]);
      for (let j = 0; j < last.length; j++) units[j][k] = last[j];
      k++;
    }
  return { logits, units };
}
