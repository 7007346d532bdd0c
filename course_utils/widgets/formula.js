// Formulas that a learner types, as computational graphs: parser, forward pass,
// backward pass in two orders. No DOM, no eval.

export const MOST_NODES = 16;
const UNARY = {
  neg: [(a) => -a, () => -1],
  tanh: [Math.tanh, (a, v) => 1 - v * v],
  relu: [(a) => Math.max(a, 0), (a) => (a > 0 ? 1 : 0)],
  exp: [Math.exp, (a, v) => v],
  sigmoid: [(a) => 1 / (1 + Math.exp(-a)), (a, v) => v * (1 - v)],
  log: [Math.log, (a) => 1 / a],
};
// What each gives, and its local derivatives by the left and by the right.
const BINARY = {
  "+": [(a, b) => a + b, () => 1, () => 1],
  "-": [(a, b) => a - b, () => 1, () => -1],
  "*": [(a, b) => a * b, (a, b) => b, (a) => a],
  "/": [(a, b) => a / b, (a, b) => 1 / b, (a, b) => -a / (b * b)],
  "**": [(a, b) => a ** b, (a, b) => b * a ** (b - 1), (a, b, v) => v * Math.log(a)],
};
const FUNCTIONS = ["tanh", "relu", "exp", "sigmoid", "log"];
const TOKEN = /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|(\*\*|[-+*/()=;])|(\S))/gy;

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  for (let m; TOKEN.lastIndex < text.trimEnd().length && (m = TOKEN.exec(text)); ) {
    if (m[4]) {
      const remedy = m[4] === "^" ? "write ** for a power" : "use + - * / ** ( ) and names";
      throw new Error(`"${m[4]}" can't be read: ${remedy}.`);
    }
    found.push(m[1] ?? m[2] ?? m[3]);
  }
  return found;
}

/**
 * The graph of a formula: statements with ; between, as in "h = w*x; h**2 + h".
 *
 * Returns { nodes, leaves }: each node is {op, args, text, name}; `op` is "leaf" or an
 * operation, `args` are indices of earlier nodes, or {number}. The last node is the
 * result. `leaves` are the names that have to be given. Throws an Error that says
 * what is wrong and what to write.
 */
export function parse(text) {
  const list = tokens(text);
  const nodes = [];
  const names = new Map();
  let at = 0;
  const peek = () => list[at];
  const expect = (token) => {
    if (list[at] !== token) throw new Error(`"${token}" is missing ${place()}.`);
    at++;
  };
  const place = () => (at < list.length ? `before "${list[at]}"` : "at the end");

  /** A value: {number}, or {index} of a node. Numbers alone are worked out at once. */
  function make(op, args) {
    const both = UNARY[op] ?? BINARY[op];
    if (args.every((a) => "number" in a)) return { number: both[0](...args.map((a) => a.number)) };
    const parts = args.map((a) => ("number" in a ? String(a.number) : nodes[a.index].name ?? nodes[a.index].text));
    const wrap = (s) => (/^[\w.]+(\(.*\))?$/.test(s) ? s : `(${s})`);
    const written = op === "neg" ? `−${wrap(parts[0])}`
      : UNARY[op] ? `${op}(${parts[0]})`
      : op === "+" ? parts.join(" + ")
      : parts.map(wrap).join(op === "-" ? " − " : op);
    nodes.push({ op, args: args.map((a) => ("number" in a ? a : a.index)), text: written, name: null });
    return { index: nodes.length - 1 };
  }
  function sum() {
    let left = product();
    while (peek() === "+" || peek() === "-") left = make(list[at++], [left, product()]);
    return left;
  }
  function product() {
    let left = signed();
    while (peek() === "*" || peek() === "/") left = make(list[at++], [left, signed()]);
    return left;
  }
  function signed() {
    if (peek() === "-") return at++, make("neg", [signed()]);
    if (peek() === "+") return at++, signed();
    const base = atom();
    return peek() === "**" ? (at++, make("**", [base, signed()])) : base;
  }
  function atom() {
    const token = list[at++];
    if (token === "(") {
      const inner = sum();
      expect(")");
      return inner;
    }
    if (/^[\d.]/.test(token ?? "")) return { number: Number(token) };
    if (/^[A-Za-z_]/.test(token ?? "")) return named(token);
    at--;
    throw new Error(`A name or a number is missing ${place()}.`);
  }
  function named(name) {
    if (FUNCTIONS.includes(name)) {
      expect("(");
      const inner = sum();
      expect(")");
      return make(name, [inner]);
    }
    if (peek() === "(") throw new Error(`"${name}" is no function here: use ${FUNCTIONS.join(", ")}.`);
    if (!names.has(name)) {
      nodes.push({ op: "leaf", args: [], text: name, name });
      names.set(name, { index: nodes.length - 1 });
    }
    return names.get(name);
  }
  function statement() {
    const name = list[at + 1] === "=" ? list[at] : null;
    if (!name) return sum();
    if (!/^[A-Za-z_]/.test(name) || FUNCTIONS.includes(name) || names.has(name))
      throw new Error(`"${name}" can't be given a value: choose a new name.`);
    at += 2;
    const value = sum();
    if ("index" in value && nodes[value.index].name === null) nodes[value.index].name = name;
    names.set(name, value);
    return value;
  }

  let result = null;
  while (at < list.length) {
    result = statement();
    if (at < list.length && list[at] !== ";")
      throw new Error(`An operation or ; is missing before "${list[at]}".`);
    at++;
  }
  if (!result || "number" in result || nodes[result.index].op === "leaf")
    throw new Error("There is nothing to compute: write a formula such as (w*x + b)**2.");
  return reached(nodes, result.index);
}

/** Only what the result depends on, in the order it is computed. */
function reached(nodes, root) {
  const needed = new Set();
  const visit = (i) => {
    needed.add(i);
    nodes[i].args.forEach((a) => typeof a === "number" && !needed.has(a) && visit(a));
  };
  visit(root);
  const kept = [...needed].sort((a, b) => a - b);
  if (kept.length > MOST_NODES)
    throw new Error(`${kept.length} nodes are too many to be read: at most ${MOST_NODES}.`);
  const places = new Map(kept.map((old, i) => [old, i]));
  const renumbered = kept.map((i) => ({
    ...nodes[i],
    args: nodes[i].args.map((a) => (typeof a === "number" ? places.get(a) : a)),
  }));
  return { nodes: renumbered, leaves: renumbered.filter((n) => n.op === "leaf").map((n) => n.name) };
}

/** The data of every node, for the leaves' values {name: number}. */
export function forward({ nodes }, values) {
  const data = [];
  for (const { op, args, name } of nodes)
    data.push(op === "leaf" ? values[name] : (UNARY[op] ?? BINARY[op])[0](...inputs(args, data)));
  return data;
}

const inputs = (args, data) => args.map((a) => (typeof a === "number" ? data[a] : a.number));

/** The arrows out of a node, back to what it was computed from: {from, to, local}. */
export function arrows({ nodes }, data, i) {
  const { op, args } = nodes[i];
  const given = inputs(args, data);
  return args.flatMap((to, k) =>
    typeof to === "number"
      ? [{ from: i, to, local: (UNARY[op] ?? BINARY[op])[k + 1](...given, data[i]) }]
      : [],
  );
}

/** Right: each node hands on once, after all nodes that use it. */
function waiting(graph, data) {
  return graph.nodes.flatMap((_, k) => arrows(graph, data, graph.nodes.length - 1 - k));
}

/** Wrong: each node hands on once, as soon as a first gradient has arrived. */
function early(graph, data) {
  const seen = new Set();
  const visit = (i) => {
    seen.add(i);
    return arrows(graph, data, i).flatMap((arrow) =>
      seen.has(arrow.to) ? [arrow] : [arrow, ...visit(arrow.to)],
    );
  };
  return visit(graph.nodes.length - 1);
}

/**
 * The backward pass, arrow by arrow: each {from, to, local, incoming, before, after},
 * where `before` and `after` are the gradient of `to`. `order`: "waits" or "early".
 */
export function backward(graph, data, order = "waits") {
  const gradients = graph.nodes.map(() => 0);
  gradients[graph.nodes.length - 1] = 1;
  return (order === "waits" ? waiting : early)(graph, data).map((arrow) => {
    const incoming = gradients[arrow.from];
    const before = gradients[arrow.to];
    gradients[arrow.to] += arrow.local * incoming;
    return { ...arrow, incoming, before, after: gradients[arrow.to] };
  });
}

/** The result's derivative by each leaf, {name: number}. */
export function gradients(text, values, order = "waits") {
  const graph = parse(text);
  const result = Object.fromEntries(graph.leaves.map((name) => [name, 0]));
  for (const { to, after } of backward(graph, forward(graph, values), order))
    if (graph.nodes[to].op === "leaf") result[graph.nodes[to].name] = after;
  return result;
}

/** The result for these values. */
export const value = (text, values) => forward(parse(text), values).at(-1);
