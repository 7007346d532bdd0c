// A computational graph in layers: where its nodes stand and its arrows pass. No DOM.
import { mean, range } from "./numbers.js";

/**
 * Where each node stands: {layer, row, size}, `size` rows in its layer; and through
 * which places each arrow passes. Leaves stand one layer before their first use.
 */
export function arrange({ nodes }) {
  const layer = nodes.map(() => 0);
  nodes.forEach(({ op, args }, i) => {
    if (op !== "leaf") layer[i] = 1 + Math.max(...args.map((a) => layer[a] ?? 0));
  });
  nodes.forEach(({ op }, i) => {
    if (op === "leaf")
      layer[i] = Math.min(...nodes.flatMap((n, j) => (n.args.includes(i) ? [layer[j] - 1] : [])));
  });
  // Places: the nodes, then one for each layer that an arrow passes.
  const spots = nodes.map((_, i) => ({ layer: layer[i], near: [] }));
  const routes = new Map();
  const link = (a, b) => {
    spots[a].near.push(b);
    spots[b].near.push(a);
  };
  nodes.forEach(({ args }, user) => {
    for (const from of new Set(args.filter((a) => typeof a === "number"))) {
      const route = [from];
      for (let l = layer[from] + 1; l < layer[user]; l++) {
        spots.push({ layer: l, near: [] });
        link(route.at(-1), spots.length - 1);
        route.push(spots.length - 1);
      }
      link(route.at(-1), user);
      routes.set(`${from}-${user}`, [...route, user]);
    }
  });
  const layers = range(Math.max(...layer) + 1).map((l) =>
    range(spots.length).filter((s) => spots[s].layer === l),
  );
  const put = (row) => row.forEach((s, k) => (spots[s].at = k - (row.length - 1) / 2));
  layers.forEach(put);
  // Each layer in the order of its neighbors' means, to and fro: few crossings.
  for (let sweep = 0; sweep < 8; sweep++)
    for (const row of sweep % 2 ? layers : layers.toReversed()) {
      const wish = new Map(row.map((s) => [s, mean(spots[s].near.map((t) => spots[t].at))]));
      row.sort((a, b) => wish.get(a) - wish.get(b));
      put(row);
    }
  return { spots, routes, layers: layers.length, rows: Math.max(...layers.map((l) => l.length)) };
}

/** How many steps there are: one for each computed node, one for the loss itself, one for each arrow. */
export function stepsOf(graph) {
  const computed = graph.nodes.filter((n) => n.op !== "leaf");
  const arrows = computed.reduce((n, { args }) => n + args.filter((a) => typeof a === "number").length, 0);
  return { computed: computed.length, seeded: computed.length + 1, all: computed.length + 1 + arrows };
}
