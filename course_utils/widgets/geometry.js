// Lines and planes where a function is 0, inside boxes. No DOM.

/** Where the values on a grid cross 0: segments [[x, y], [x, y]] (marching squares). */
export function contour(values, xs, ys) {
  const segments = [];
  const n = xs.length;
  for (let r = 0; r + 1 < ys.length; r++)
    for (let c = 0; c + 1 < n; c++) {
      const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]];
      const v = corners.map(([i, j]) => values[j * n + i]);
      const cuts = [];
      for (let e = 0; e < 4; e++) {
        const [a, b] = [v[e], v[(e + 1) % 4]];
        if (a > 0 === b > 0) continue;
        const t = a / (a - b);
        const [[i, j], [k, l]] = [corners[e], corners[(e + 1) % 4]];
        cuts.push([xs[i] + t * (xs[k] - xs[i]), ys[j] + t * (ys[l] - ys[j])]);
      }
      for (let e = 0; e + 1 < cuts.length; e += 2) segments.push([cuts[e], cuts[e + 1]]);
    }
  return segments;
}

/** The line w·x + b = 0 inside the box of ± reach: its two ends, or null. */
export function lineInBox([w1, w2], b, reach) {
  const ends = [];
  for (const edge of [-reach, reach]) {
    const [y, x] = [-(b + w1 * edge) / w2, -(b + w2 * edge) / w1];
    if (Math.abs(y) <= reach) ends.push([edge, y]);
    if (Math.abs(x) < reach) ends.push([x, edge]);
  }
  return ends.length < 2 ? null : [ends[0], ends.at(-1)];
}

/** The plane w·x + b = 0 cut by the cube of ± reach: its corners in order. */
export function planeInCube(w, b, reach) {
  const corners = [];
  for (const axis of [0, 1, 2])
    for (const s of [-reach, reach])
      for (const t of [-reach, reach]) {
        const at = [s, t];
        at.splice(axis, 0, 0);
        at[axis] = -(b + w[0] * at[0] + w[1] * at[1] + w[2] * at[2]) / w[axis];
        if (Math.abs(at[axis]) <= reach) corners.push(at);
      }
  if (corners.length < 3) return [];
  const center = [0, 1, 2].map((k) => corners.reduce((t, c) => t + c[k], 0) / corners.length);
  // Around the center, by the angle in the coordinate plane the plane faces most.
  const away = [0, 1, 2].reduce((m, k) => (Math.abs(w[k]) > Math.abs(w[m]) ? k : m), 0);
  const [i, j] = [0, 1, 2].filter((k) => k !== away);
  const angle = (c) => Math.atan2(c[j] - center[j], c[i] - center[i]);
  return corners.sort((p, q) => angle(p) - angle(q));
}

/** The part of a polygon where w·x + b ≥ 0 (Sutherland and Hodgman). */
export function halfOf(polygon, w, b) {
  const side = ([x, y]) => w[0] * x + w[1] * y + b;
  return polygon.flatMap((p, i) => {
    const q = polygon[(i + 1) % polygon.length];
    const [a, c] = [side(p), side(q)];
    const kept = a >= 0 ? [p] : [];
    if (a >= 0 !== c >= 0) kept.push(p.map((v, k) => v + (a / (a - c)) * (q[k] - v)));
    return kept;
  });
}
