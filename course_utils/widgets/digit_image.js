// From strokes to the 28 × 28 numbers that a network gets, as MNIST's makers did it,
// and what a network answers. No DOM. digit_image.py does the same in NumPy.
import { clamp, random, range, softmax } from "./numbers.js";

export const PAD = 280; // the pad is 280 × 280 points, ten for each pixel of the image
export const SIDE = 28;
const BOX = 20; // the side of MNIST's box
const MARGIN = 60; // what turning may carry over the pad's edge, and centering brings back
export const ALL = PAD + 2 * MARGIN;

/**
 * Ink in black and white, ALL × ALL: strokes turned about the middle of the pad.
 *
 * `strokes`: lists [pen, x, y, x, y, …] in points from the upper left corner; pen is
 * 1 for ink, 0 for the eraser, which is twice as wide. `turn`: degrees, clockwise.
 * `thickness`: the width of the pen in points. `ink`: what is there already; changed.
 */
export function rasterize(strokes, turn = 0, thickness = 24, ink = new Uint8Array(ALL * ALL)) {
  const angle = (turn * Math.PI) / 180;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  for (const [pen, ...line] of strokes) {
    const points = [];
    for (let i = 0; i + 1 < line.length; i += 2) {
      const [x, y] = [line[i] - PAD / 2, line[i + 1] - PAD / 2];
      // To sixteenths: cosines that differ in their last bit give the same ink.
      const place = (v) => Math.floor(16 * v + 0.5) / 16 + ALL / 2;
      points.push([place(c * x - s * y), place(s * x + c * y)]);
    }
    const radius = (thickness / 2) * (pen ? 1 : 2);
    points.forEach((p, i) => segment(ink, points[Math.max(0, i - 1)], p, radius, pen ? 1 : 0));
  }
  return ink;
}

/** Set the points of `ink` whose middle is within `radius` of the line from a to b. */
function segment(ink, [ax, ay], [bx, by], radius, value) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy || 1;
  const from = (v) => Math.max(0, Math.floor(v - radius));
  const to = (v) => Math.min(ALL - 1, Math.ceil(v + radius));
  for (let row = from(Math.min(ay, by)); row <= to(Math.max(ay, by)); row++)
    for (let column = from(Math.min(ax, bx)); column <= to(Math.max(ax, bx)); column++) {
      const [x, y] = [column + 0.5 - ax, row + 0.5 - ay];
      const t = clamp((x * dx + y * dy) / length, 0, 1);
      const [ex, ey] = [x - t * dx, y - t * dy];
      if (ex * ex + ey * ey <= radius * radius) ink[row * ALL + column] = value;
    }
}

/** For each of n cells over [from, from + size): [[index, share], …], shares sum to 1. */
function cover(from, size, n) {
  const width = size / n;
  return range(n).map((i) => {
    const [low, high] = [i * width, (i + 1) * width];
    const parts = [];
    for (let k = Math.floor(low); k < Math.min(size, Math.ceil(high)); k++)
      parts.push([from + k, (Math.min(high, k + 1) - Math.max(low, k)) / width]);
    return parts;
  });
}

/** A part of the ink, averaged over the areas of height × width cells (anti-aliasing). */
export function shrink(ink, [left, top, right, bottom], height, width) {
  const rows = cover(top, bottom - top, height);
  const columns = cover(left, right - left, width);
  const out = new Float64Array(height * width);
  rows.forEach((parts, i) =>
    parts.forEach(([row, share]) =>
      columns.forEach((cells, j) => {
        let total = 0;
        for (const [column, part] of cells) total += part * ink[row * ALL + column];
        out[i * width + j] += share * total;
      }),
    ),
  );
  return out;
}

/** [left, top, right, bottom] of the ink, right and bottom excluded; null without ink. */
export function bounds(ink) {
  let [left, top, right, bottom] = [ALL, ALL, 0, 0];
  ink.forEach((on, i) => {
    if (!on) return;
    const [row, column] = [Math.floor(i / ALL), i % ALL];
    [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
  });
  return right ? [left, top, right, bottom] : null;
}

/**
 * What MNIST's makers did (LeCun et al. 1998, section III.A): bring the digit into a
 * box of 20 × 20 keeping its aspect, gray by anti-aliasing, and move it by whole
 * pixels so that its center of mass comes to the middle, pixel (14, 14).
 */
export function centered(ink) {
  const image = new Float64Array(SIDE * SIDE);
  const box = bounds(ink);
  if (!box) return image;
  const [w, h] = [box[2] - box[0], box[3] - box[1]];
  const side = (v) => Math.max(1, Math.floor((BOX * v) / Math.max(w, h) + 0.5));
  const [width, height] = [side(w), side(h)];
  const small = shrink(ink, box, height, width);
  let [mass, across, down] = [0, 0, 0];
  small.forEach((v, i) => {
    mass += v;
    across += v * (i % width);
    down += v * Math.floor(i / width);
  });
  const left = Math.floor(SIDE / 2 - across / mass + 0.5);
  const top = Math.floor(SIDE / 2 - down / mass + 0.5);
  small.forEach((v, i) => {
    const [row, column] = [top + Math.floor(i / width), left + (i % width)];
    if (row >= 0 && row < SIDE && column >= 0 && column < SIDE) image[row * SIDE + column] = v;
  });
  return image;
}

/** Without MNIST's centering: the pad as it is, 10 × 10 points a pixel. */
export function asDrawn(ink) {
  return shrink(ink, [MARGIN, MARGIN, MARGIN + PAD, MARGIN + PAD], SIDE, SIDE);
}

/** Moved by whole pixels, x to the right, y up; what leaves is lost, 0 comes in. */
export function shifted(image, [x, y]) {
  const out = new Float64Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++) {
      const [r, c] = [row + y, column - x];
      if (r >= 0 && r < SIDE && c >= 0 && c < SIDE) out[row * SIDE + column] = image[r * SIDE + c];
    }
  return out;
}

/** With normal noise of standard deviation `noise`, cut to [0, 1]. */
export function noisy(image, noise, seed) {
  if (noise === 0) return image;
  const { normal } = random(seed);
  return image.map((v) => clamp(v + noise * normal(), 0, 1));
}

/** The 784 numbers for a state of the explorable. */
export function digitImage({ strokes, turn, thickness, centering, shift, noise, seed }) {
  const ink = rasterize(strokes, turn, thickness);
  return noisy(shifted(centering ? centered(ink) : asDrawn(ink), shift), noise, seed);
}

// ------------------------------------------------------------------- answers
/** Numbers that Python packed: base64, little-endian, "uint8", "float16" or "float32". */
export function unpacked(text, type) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  if (type === "uint8") return Float64Array.from(bytes, (v) => v / 255);
  const view = new DataView(bytes.buffer);
  if (type === "float32")
    return Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  return Float64Array.from({ length: bytes.length / 2 }, (_, i) => half(view.getUint16(2 * i, true)));
}

/** A number of 16 bits: sign, 5 bits of exponent, 10 of fraction (IEEE 754). */
function half(bits) {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : (2 ** -14 * fraction) / 1024;
  return bits >> 15 ? -size : size;
}

/** Euclidean distances from `image` to the ten images in `means`, (10 · 784). */
export function distances(image, means) {
  return range(means.length / image.length).map((k) => {
    let total = 0;
    for (let i = 0; i < image.length; i++) total += (image[i] - means[k * image.length + i]) ** 2;
    return Math.sqrt(total);
  });
}

/** The layers of `network`, as digit_pad.py writes it, with their numbers unpacked. */
export function opened({ mean, std, type, layers }) {
  return {
    mean, std,
    layers: layers.map(({ weight, bias, relu }) => ({
      weight: unpacked(weight, type), bias: unpacked(bias, type), relu,
    })),
  };
}

/** Each layer's output; the last is the probabilities. */
export function outputs({ mean, std, layers }, image) {
  let x = image.map((v) => (v - mean) / std);
  const all = layers.map(({ weight, bias, relu }) => {
    const out = new Float64Array(bias.length);
    for (let i = 0; i < out.length; i++) {
      let total = bias[i];
      for (let j = 0; j < x.length; j++) total += weight[i * x.length + j] * x[j];
      out[i] = relu ? Math.max(0, total) : total;
    }
    x = out;
    return out;
  });
  return [...all.slice(0, -1), softmax(Array.from(all.at(-1)))];
}
