// A small network of linear layers for explorables: forward pass, gradients, AdamW.
// No DOM. All parameters lie in one Float64Array: for each layer W (out × in, row by
// row, as nn.Linear stores it), then b.
import { random, range } from "./numbers.js";

// Each activation, and its slope as a function of its output.
export const ACTIVATIONS = {
  linear: [(z) => z, () => 1],
  tanh: [Math.tanh, (h) => 1 - h * h],
  relu: [(z) => (z > 0 ? z : 0), (h) => (h > 0 ? 1 : 0)],
  sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (h) => h * (1 - h)],
};

/** Where each layer's numbers begin: [{from, to, W, b}], for sizes [2, 3, 1]. */
export function layout(sizes) {
  let at = 0;
  return range(sizes.length - 1).map((l) => {
    const [from, to] = [sizes[l], sizes[l + 1]];
    const W = at;
    const b = W + from * to;
    at = b + to;
    return { from, to, W, b };
  });
}

/**
 * A network and the buffers it computes in. Its parameters are `parameters` if given,
 * else drawn as nn.Linear draws them, uniform in ± 1/√in, from `generator`.
 */
export function network(sizes, activation, generator = random(0), parameters = null) {
  const layers = layout(sizes);
  const { b, to } = layers.at(-1);
  const theta = new Float64Array(b + to);
  if (parameters) theta.set(parameters);
  else
    for (const layer of layers) {
      const bound = 1 / Math.sqrt(layer.from);
      for (let i = layer.W; i < layer.b + layer.to; i++)
        theta[i] = generator.uniform(-bound, bound);
    }
  return {
    layers, activation, theta,
    outputs: sizes.map((n) => new Float64Array(n)), // of each layer, inputs first
    deltas: sizes.map((n) => new Float64Array(n)), // the loss's slopes before activation
    gradient: new Float64Array(theta.length),
    first: new Float64Array(theta.length), // Adam's two running means
    second: new Float64Array(theta.length),
    steps: 0,
  };
}

/** The logit for one point; `net.outputs` then holds what every unit gives. */
export function forward(net, point) {
  const { layers, theta, outputs } = net;
  const [act] = ACTIVATIONS[net.activation];
  outputs[0].set(point);
  for (let l = 0; l < layers.length; l++) {
    const { from, to, W, b } = layers[l];
    const [x, y] = [outputs[l], outputs[l + 1]];
    const last = l === layers.length - 1;
    for (let j = 0; j < to; j++) {
      let z = theta[b + j];
      for (let i = 0, w = W + j * from; i < from; i++, w++) z += theta[w] * x[i];
      y[j] = last ? z : act(z);
    }
  }
  return outputs.at(-1)[0];
}

/** −ln of the probability that the logit z gives to the class y, 0 or 1. */
export const crossEntropy = (z, y) => Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z)));

/** The mean loss over `points`, and how many of them are on the right side. */
export function evaluate(net, points) {
  let [total, right] = [0, 0];
  for (const { x, y } of points) {
    const z = forward(net, x);
    total += crossEntropy(z, y);
    if (z > 0 === (y === 1)) right++;
  }
  return { loss: total / points.length, accuracy: right / points.length };
}

/** Fill `net.gradient` with the gradient of the mean loss over `points`. */
export function backward(net, points) {
  const { layers, theta, outputs, deltas, gradient } = net;
  const [, slope] = ACTIVATIONS[net.activation];
  gradient.fill(0);
  for (const { x, y } of points) {
    const z = forward(net, x);
    deltas.at(-1)[0] = (1 / (1 + Math.exp(-z)) - y) / points.length;
    for (let l = layers.length - 1; l >= 0; l--) {
      const { from, to, W, b } = layers[l];
      const [input, delta, before] = [outputs[l], deltas[l + 1], deltas[l]];
      before.fill(0);
      for (let j = 0; j < to; j++) {
        const d = delta[j];
        gradient[b + j] += d;
        for (let i = 0, w = W + j * from; i < from; i++, w++) {
          gradient[w] += d * input[i];
          before[i] += d * theta[w];
        }
      }
      if (l > 0) for (let i = 0; i < from; i++) before[i] *= slope(input[i]);
    }
  }
  return gradient;
}

/** One step of AdamW along `net.gradient` (Loshchilov and Hutter 2019; Adam if decay = 0). */
export function adam(net, rate, decay = 0) {
  const { theta, gradient, first, second } = net;
  net.steps += 1;
  const [a, b] = [1 - 0.9 ** net.steps, 1 - 0.999 ** net.steps];
  for (let i = 0; i < theta.length; i++) {
    first[i] += 0.1 * (gradient[i] - first[i]);
    second[i] += 0.001 * (gradient[i] ** 2 - second[i]);
    theta[i] -= rate * decay * theta[i];
    theta[i] -= (rate * first[i]) / a / (Math.sqrt(second[i] / b) + 1e-8);
  }
}

/** The parameters as PyTorch has them: for each layer {weight: rows, bias}. */
export function tables(net) {
  return net.layers.map(({ from, to, W, b }) => ({
    weight: range(to).map((j) => Array.from(net.theta.slice(W + j * from, W + (j + 1) * from))),
    bias: Array.from(net.theta.slice(b, b + to)),
  }));
}

// ------------------------------------------------ for tests and for Python's eyes
/** Logits, mean loss and gradient of a network with these parameters. */
export function numbers(sizes, activation, parameters, X, y) {
  const net = network(sizes, activation, null, parameters);
  const points = X.map((x, i) => ({ x, y: y[i] }));
  const logits = X.map((x) => forward(net, x));
  return { logits, ...evaluate(net, points), gradient: backward(net, points) };
}

/** The parameters after one step for each batch, a list of indices into X. */
export function trained(sizes, activation, parameters, X, y, batches, rate, decay) {
  const net = network(sizes, activation, null, parameters);
  for (const batch of batches) {
    backward(net, batch.map((i) => ({ x: X[i], y: y[i] })));
    adam(net, rate, decay);
  }
  return net.theta;
}
