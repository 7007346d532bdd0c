// Numbers for explorables: a seeded random generator, small linear algebra, and
// how numbers are written. No DOM: everything here also runs in node.

/**
 * A seeded random generator: mulberry32 for uniform numbers, Box-Muller for
 * normal ones. `course_utils.widgets.seeded` gives the same numbers in Python.
 *
 * mulberry32 (Tommy Ettinger, public domain): a 32-bit counter that grows by
 * 0x6D2B79F5, hashed; one number in [0, 1) with 32 bits a call.
 */
export function random(seed) {
  let counter = seed >>> 0;
  function uniform(low = 0, high = 1) {
    counter = (counter + 0x6d2b79f5) >>> 0;
    let t = counter;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + (high - low) * (((t ^ (t >>> 14)) >>> 0) / 2 ** 32);
  }
  // One normal number from two uniform ones; the second that Box-Muller could
  // give is not kept, so that the state is the counter alone.
  function normal(mean = 0, deviation = 1) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * uniform());
  }
  const integer = (below) => Math.floor(uniform() * below);
  // Fisher and Yates, from the end; returns a new array.
  function shuffled(values) {
    const result = Array.from(values);
    for (let i = result.length - 1; i > 0; i--) {
      const j = integer(i + 1);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }
  return { uniform, normal, integer, shuffled };
}

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
export const sum = (values) => values.reduce((total, v) => total + v, 0);
export const mean = (values) => sum(values) / values.length;
export const range = (n) => Array.from({ length: n }, (_, i) => i);
/** n numbers from low to high, both included. */
export const linspace = (low, high, n) =>
  range(n).map((i) => low + ((high - low) * i) / (n - 1));
/** The standard deviation, divided by n as torch's `unbiased=False`. */
export function spread(values) {
  const center = mean(values);
  return Math.sqrt(mean(values.map((v) => (v - center) ** 2)));
}

// Matrices are arrays of rows, as `tolist()` gives them.
export const dot = (a, b) => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
};
export const transpose = (A) => A[0].map((_, j) => A.map((row) => row[j]));
export const matvec = (A, x) => A.map((row) => dot(row, x));
export const matmul = (A, B) => {
  const columns = transpose(B);
  return A.map((row) => columns.map((column) => dot(row, column)));
};

/** The solution of A x = b, by elimination with row pivots; for small A. */
export function solve(A, b) {
  const rows = A.map((row, i) => [...row, b[i]]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++)
      if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    if (rows[pivot][k] === 0) throw new Error("solve: the matrix is singular.");
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  const x = new Array(n);
  for (let k = n - 1; k >= 0; k--) {
    let rest = rows[k][n];
    for (let j = k + 1; j < n; j++) rest -= rows[k][j] * x[j];
    x[k] = rest / rows[k][k];
  }
  return x;
}

/** Softmax of z / temperature; the largest is taken off first, so no overflow. */
export function softmax(z, temperature = 1) {
  const top = Math.max(...z);
  const powers = z.map((v) => Math.exp((v - top) / temperature));
  const total = sum(powers);
  return powers.map((p) => p / total);
}

/** A number as it is written: `digits` decimals, a true minus, no "-0". */
export function written(value, digits = 2) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "–";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** A number of any size with `digits` that count: 0.031, 1.2 × 10⁻⁷. */
export function scientific(value, digits = 2) {
  if (value === 0 || !Number.isFinite(value)) return written(value, 0);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -3 && exponent < 5)
    return written(value, Math.max(0, digits - 1 - exponent));
  return `${written(value / 10 ** exponent, digits - 1)} × ${power(exponent)}`;
}

/** A power of ten with its exponent raised: 10⁻³. */
export function power(exponent) {
  const raised = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵" };
  Object.assign(raised, { 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" });
  return "10" + [...String(exponent)].map((c) => raised[c]).join("");
}

/** Round numbers in [low, high], about `count` of them, 1, 2 or 5 × 10ᵏ apart. */
export function ticks(low, high, count = 6) {
  const rough = (high - low) / Math.max(1, count);
  const base = 10 ** Math.floor(Math.log10(rough));
  const step = base * [1, 2, 5, 10].find((m) => m * base >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return range(last - first + 1).map((i) => {
    const value = (first + i) * step;
    return { value, text: written(value, digits) };
  });
}
