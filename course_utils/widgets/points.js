// Four sets of points that one line can't divide. `points.py` gives the same in Python.
import { random, range } from "./numbers.js";

export const COUNT = 200; // points in a set, half of them of each class

/** Where a point lies without noise: its class k, and t from 0 to 1 along its class. */
const SHAPES = {
  xor: [0.24, (k, t, quarter) => [0.8 * (quarter ? 1 : -1), 0.8 * (quarter !== (k === 1) ? 1 : -1)]],
  moons: [0.13, (k, t) => {
    const [c, s] = [Math.cos(Math.PI * t), Math.sin(Math.PI * t)];
    return k ? [0.5 - c, 0.25 - s] : [c - 0.5, s - 0.25];
  }],
  rings: [0.1, (k, t) => {
    const radius = k ? 0.6 : 1.35;
    return [radius * Math.cos(2 * Math.PI * t), radius * Math.sin(2 * Math.PI * t)];
  }],
  spiral: [0.04, (k, t) => {
    const [radius, angle] = [0.15 + 1.35 * t, 2.5 * Math.PI * t + Math.PI * k];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }],
};
export const SETS = Object.keys(SHAPES);

/** The points of a set as [{x: [x₁, x₂], y: 0 or 1}], classes in turn. */
export function pointsOf(name) {
  const { normal } = random(1);
  const [noise, place] = SHAPES[name];
  return range(COUNT).map((i) => {
    const y = i % 2;
    const [x1, x2] = place(y, (i - y) / COUNT, i % 4 > 1);
    return { x: [x1 + normal(0, noise), x2 + normal(0, noise)], y };
  });
}
