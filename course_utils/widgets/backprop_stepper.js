// backprop_stepper: who is to blame for the loss? A formula's graph: data fill it
// forward, gradients come back, one arrow at a time.
// README.md beside this file: how such a module is built.
import { attribute, button, choice, frame, h, handle, readout, svg } from "./shared.js";
import { clamp, written } from "./numbers.js";
import { backward, forward, parse } from "./formula.js";
import { arrange, stepsOf } from "./layers.js";

/** What Python's traits start with, too. */
export const defaults = {
  formula: "h = relu(w*x); (h - y)**2 + h",
  values: { w: 1, x: 2, y: 3 },
  order: "waits",
  position: 6,
};
const EXAMPLES = [
  [defaults.formula, "used twice, with a gate"],
  ["(w*x + b)**2", "one path"],
  ["b = a + a; b + b", "doubled twice"],
  ["p = sigmoid(w*x + b); -log(p)", "a probability's loss"],
  ["h = tanh(w*x); g = h*h; g*h + g", "many paths"],
];
const FIRST = [1, 2, 3, -1, 0.5, -2]; // values of new leaves, in turn
const FARTHEST = 5;
const STEP = 0.1;
const ABOVE = 26; // pixels above the boxes, for what the active arrow says

// --------------------------------------------------------------------- drawing
export function render({ model, el }) {
  const f = frame({ model, el }, {
    title: "Backpropagation, arrow by arrow",
    tryFirst: "the loss is computed. Guess what each arrow brings back, then press Next. When may h hand its blame on?",
    finds: [
      {
        ask: "A value is used twice. When may it hand its gradient on?",
        found: "Once every arrow into it has brought its share, and the shares add up.",
      },
      {
        ask: "Let each node hand on as soon as a first gradient arrives. Who complains?",
        found: "Nobody: what arrived late is never handed on, and the gradients behind it are wrong without any error.",
      },
      {
        ask: "Drag w until the gate of relu shuts. Who is to blame now?",
        found: "Nobody behind the gate: its local derivative is 0, and 0 times anything is 0.",
      },
    ],
    draw,
  });
  let graph = null;
  let shownFormula = null;
  let plan = null;
  let boxes = [];
  let wires = [];
  let upright = null; // on a phone the graph runs from top to bottom

  const picture = svg("svg", { role: "group", "aria-label": "Computational graph" });
  picture.style.cssText = "display:block;width:100%";
  const wireLayer = svg("g", { "aria-hidden": "true" }, picture);
  const boxLayer = svg("g", {}, picture);
  const pill = svg("g", { "aria-hidden": "true", "pointer-events": "none" }, picture);
  const pillStem = svg("path", { stroke: "var(--i1)", "stroke-width": 2 }, pill);
  const pillBack = svg("rect", { height: 24, rx: 12, fill: "var(--paper)", stroke: "var(--i1)", "stroke-width": 2 }, pill);
  const pillText = svg("text", { "text-anchor": "middle", style: "font-weight:600" }, pill);
  const banner = h("p", { style: "flex-basis:100%" });
  const result = banner.appendChild(h("b", { class: "result" }));
  const tale = banner.appendChild(h("span", { class: "tale" }));
  const holder = h("div", { class: "plot", style: "flex-basis:100%" }, picture);
  // Next stands above the picture, so that a phone shows both.
  const bar = h("div", { class: "controls", style: "flex-basis:100%" });
  f.stage.append(bar, banner, holder);

  const total = () => stepsOf(graph);
  const go = (by) => () => f.set({ position: clamp(f.get("position") + by, 0, total().all) });
  const ended = () => graph && f.get("position") >= total().all;
  bar.append(
    button(f, "Back", go(-1), { disabled: () => f.get("position") <= 0 }),
    button(f, "Next", go(1), { disabled: ended }),
    button(f, "To the end", go(1e6), { disabled: ended }),
  );
  choice(f, "order", {
    label: "a node hands on", options: [["waits", "when all have arrived"], ["early", "at the first arrival"]],
    onChange: (order) => f.set({ order, position: Math.min(f.get("position"), total().seeded) }),
  });
  const field = h("input", { type: "text", spellcheck: "false", autocomplete: "off", style: "flex:1;min-width:0" });
  const alarm = h("p", { role: "alert", style: "flex-basis:100%;color:var(--i3)" });
  const form = h("form", { class: "control wide" }, h("label", { class: "control", style: "flex:1;min-width:0" }, "formula", field), h("button", { type: "submit" }, "Draw"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enter(field.value);
  });
  f.controls.append(form);
  choice(f, "formula", {
    label: "or", options: [...EXAMPLES, [null, "your own"]],
    value: () => (EXAMPLES.some(([e]) => e === f.get("formula")) ? f.get("formula") : null),
    onChange: (formula) => formula && enter(formula),
  });
  f.controls.append(alarm);

  /** Draw another formula, if it can be read; else say why not. */
  function enter(text) {
    try {
      const next = parse(text);
      attribute(alarm, { text: "" });
      f.set({ formula: text, values: filled(next, f.get("values")), position: stepsOf(next).seeded });
    } catch (error) {
      attribute(alarm, { text: error.message });
    }
  }

  /** A value for every leaf: those given, else FIRST in turn. */
  function filled({ leaves }, values) {
    return Object.fromEntries(leaves.map((name, k) => [name, values[name] ?? FIRST[k % FIRST.length]]));
  }

  function draw() {
    const narrow = f.root.hasAttribute("data-narrow");
    if (shownFormula !== f.get("formula")) read();
    if (!graph) return;
    if (upright !== narrow || !boxes.length) build(narrow);
    // Room for the longest sentence, so that nothing jumps.
    banner.style.minHeight = narrow ? "4.2em" : "1.4em";
    const values = filled(graph, f.get("values"));
    const data = forward(graph, values);
    const steps = total();
    const position = clamp(f.get("position"), 0, steps.all);
    const order = f.get("order");
    const path = backward(graph, data, order);
    const done = Math.max(0, position - steps.seeded);
    const current = done > 0 ? path[done - 1] : null;
    const arrived = arrivals(position >= steps.seeded, path.slice(0, done));
    const truth = position === steps.all ? arrivals(true, backward(graph, data)) : null;
    let computed = 0;
    graph.nodes.forEach((node, i) => {
      const filledIn = node.op === "leaf" || computed++ < position;
      drawBox(i, filledIn ? data[i] : null, arrived[i], truth?.[i], current);
    });
    drawWires(path.slice(0, done), current, position);
    tell(data, values, steps, position, current, truth, arrived);
    lookForFinds(data, steps, position, path, truth, arrived);
  }

  function read() {
    shownFormula = f.get("formula");
    field.value = shownFormula;
    boxes = [];
    try {
      graph = parse(shownFormula);
      plan = arrange(graph);
      attribute(alarm, { text: "" });
    } catch (error) {
      attribute(alarm, { text: error.message });
    }
  }

  /** The gradient of every node so far; null where none has arrived. */
  function arrivals(seeded, arrows) {
    const got = graph.nodes.map(() => null);
    if (seeded) got[got.length - 1] = 1;
    for (const { to, after } of arrows) got[to] = after;
    return got;
  }

  // ------------------------------------------------------------ boxes and arrows
  const box = { width: 100, height: 74 };
  let size = { width: 0, height: 0 };

  /** Make the graph anew: only for another formula, or when the phone is turned. */
  function build(narrow) {
    upright = narrow;
    boxLayer.replaceChildren();
    wireLayer.replaceChildren();
    boxes = graph.nodes.map((node, i) => makeBox(node, i));
    wires = graph.nodes.flatMap(({ args }, user) =>
      args.flatMap((from, k) => (typeof from === "number" ? [makeWire(from, user, args.slice(0, k).filter((a) => a === from).length)] : [])),
    );
  }

  function makeBox(node, i) {
    const group = svg("g", {}, boxLayer);
    const back = svg("rect", { x: 0, y: 0, rx: 8, "stroke-width": 1.5 }, group);
    const name = svg("text", { y: 17, style: "font-weight:700", text: titleOf(node, i) }, group);
    const line = (y, more = {}) => svg("text", { y, ...more }, group);
    const parts = { group, back, name, data: line(35), grad: line(51), right: line(67, { style: "fill:var(--i3)" }) };
    if (node.op !== "leaf") return parts;
    const track = svg("path", { stroke: "var(--grey)", "stroke-width": 3, "stroke-linecap": "round" }, group);
    const grip = svg("g", {}, group);
    const at = (event) => {
      const place = track.getBoundingClientRect();
      const share = (event.clientX - place.left) / Math.max(1, place.width);
      return [FARTHEST * (2 * share - 1), 0];
    };
    const knob = handle(f, grip, {
      label: `value of ${node.name}`, axis: "x", step: [STEP, 1], at,
      value: () => [filled(graph, f.get("values"))[node.name] ?? 0, 0],
      limits: () => [[-FARTHEST, FARTHEST], [0, 0]],
      text: () => spoken(i),
      move: ([v]) => f.set({ values: { ...filled(graph, f.get("values")), [node.name]: v } }),
    });
    svg("circle", { r: 7, fill: "var(--paper)", stroke: "var(--i0)", "stroke-width": 3 }, grip);
    return { ...parts, track, knob };
  }

  function titleOf({ op, name, args }, i) {
    if (op === "leaf") return name;
    const sign = { neg: "−( )", "*": "×", "-": "−", "**": "power" }[op] ?? op;
    const number = args.find((a) => typeof a !== "number");
    const shown = number === undefined ? sign
      : op === "**" && args[1] === number ? `( )**${number.number}`
      : args[0] === number ? `${number.number} ${sign}` : `${sign} ${number.number}`;
    const given = name ?? (i === graph.nodes.length - 1 ? "loss" : null);
    return given ? `${given}: ${shown}` : shown;
  }

  function spoken(i) {
    const node = graph.nodes[i];
    if (!node) return "";
    const values = filled(graph, f.get("values"));
    const loss = forward(graph, values).at(-1);
    return `${written(values[node.name], 1)}, loss ${written(loss)}`;
  }

  function makeWire(from, user, copy) {
    const head = svg("path", {}, wireLayer);
    const line = svg("path", { fill: "none" }, wireLayer);
    return { from, user, copy, line, head };
  }

  /** The middle of a place, in pixels. */
  function middle(spot) {
    const { layer, at } = plan.spots[spot];
    const along = (layer + 0.5) / plan.layers;
    const across = 0.5 + at / plan.rows;
    return upright ? [across * size.width, along * size.height] : [along * size.width, ABOVE + across * (size.height - ABOVE)];
  }

  function measure() {
    const width = holder.clientWidth;
    const leafHeight = 92;
    size = upright
      ? { width, height: plan.layers * (leafHeight + 34) }
      : { width, height: ABOVE + plan.rows * (leafHeight + 14) };
    const room = upright ? width / plan.rows - 8 : width / plan.layers - 36;
    box.width = clamp(room, 56, 118);
    attribute(picture, size);
    picture.style.height = `${size.height}px`;
  }

  const heightOf = (i) => (graph.nodes[i].op === "leaf" ? 92 : box.height);

  function drawBox(i, value, gradient, right, current) {
    if (i === 0) measure();
    const { group, back, name, data, grad, right: truth, track, knob } = boxes[i];
    const [x, y] = middle(i);
    const [width, height] = [box.width, heightOf(i)];
    attribute(group, { transform: `translate(${x - width / 2} ${y - height / 2})` });
    const active = current && (current.from === i || current.to === i);
    attribute(back, {
      width, height, fill: value === null ? "var(--paper)" : "var(--faint)",
      stroke: active ? "var(--i1)" : "var(--grey)", "stroke-width": active ? 3 : 1.5,
      "stroke-dasharray": value === null ? "5 4" : null,
    });
    const pad = width < 80 ? 5 : 9;
    for (const text of [name, data, grad, truth]) attribute(text, { x: pad });
    const word = (long, short) => (width < 88 ? short : long);
    const wrong = right !== undefined && Math.abs(right - gradient) > 1e-9;
    attribute(data, { text: value === null ? "" : `${word("data", "=")} ${written(value)}`, style: "fill:var(--i0)" });
    attribute(grad, {
      text: gradient === null ? "" : `${word("grad", "∂")} ${written(gradient)}${wrong ? " ✗" : ""}`,
      style: "fill:var(--i1);font-weight:700",
    });
    attribute(truth, { text: wrong ? `${word("right", "✓")} ${written(right)}` : "" });
    if (!track) return;
    const [left, end] = [14, width - 14];
    const down = 78;
    attribute(track, { d: `M${left},${down}H${end}` });
    knob.place(left + ((value + FARTHEST) / (2 * FARTHEST)) * (end - left), down);
  }

  /** An arrow's line from one box's edge to the other's, through the places between. */
  function lineOf({ from, user, copy }) {
    const route = plan.routes.get(`${from}-${user}`);
    const ends = route.map(middle);
    const shift = (point, by) => (upright ? [point[0], point[1] + by] : [point[0] + by, point[1]]);
    const half = (i) => (upright ? heightOf(i) : box.width) / 2;
    ends[0] = shift(ends[0], half(from));
    ends[ends.length - 1] = shift(ends.at(-1), -half(user) - 2);
    // Two arrows between the same boxes run side by side; so do different arrows into one.
    const twins = graph.nodes[user].args.filter((a) => a === from).length > 1;
    const lane = twins ? (copy ? 10 : -10) : 0;
    const others = graph.nodes[user].args.filter((a) => typeof a === "number");
    const entry = others.length > 1 && !twins ? clamp((ends.at(-2)[upright ? 0 : 1] - ends.at(-1)[upright ? 0 : 1]) / 8, -12, 12) : 0;
    const points = ends.map((p, k) => {
      const by = lane + (k === ends.length - 1 ? entry : 0);
      return upright ? [p[0] + by, p[1]] : [p[0], p[1] + by];
    });
    return points;
  }

  function curve(points) {
    let d = `M${points[0]}`;
    for (let k = 1; k < points.length; k++) {
      const [[ax, ay], [bx, by]] = [points[k - 1], points[k]];
      d += upright
        ? `C${ax},${(ay + by) / 2} ${bx},${(ay + by) / 2} ${bx},${by}`
        : `C${(ax + bx) / 2},${ay} ${(ax + bx) / 2},${by} ${bx},${by}`;
    }
    return d;
  }

  function arrowHead([x, y], forwards) {
    const s = forwards ? -1 : 1;
    return upright
      ? `M${x},${y}l-5,${8 * s}h10Z`
      : `M${x},${y}l${8 * s},-5v10Z`;
  }

  function drawWires(done, current, position) {
    attribute(pill, { visibility: current ? "visible" : "hidden" });
    const used = new Map();
    for (const arrow of done) {
      const key = `${arrow.to}-${arrow.from}`;
      used.set(key, [...(used.get(key) ?? []), arrow]);
    }
    let k = 0;
    const computed = graph.nodes.map(({ op }) => (op === "leaf" ? 0 : ++k));
    for (const wire of wires) {
      const points = lineOf(wire);
      const back = used.get(`${wire.from}-${wire.user}`)?.[wire.copy];
      const active = back !== undefined && back === current;
      const flowing = computed[wire.user] <= position;
      const color = back ? "var(--i1)" : flowing ? "var(--i0)" : "var(--grey)";
      attribute(wire.line, {
        d: curve(points), stroke: color, "stroke-width": active ? 4 : back ? 2.5 : 1.5,
        "stroke-dasharray": back || flowing ? null : "4 4",
      });
      attribute(wire.head, { d: arrowHead(back ? points[0] : points.at(-1), !back), fill: color, stroke: "none" });
      if (active) placePill(points, current);
    }
  }

  function placePill(points, { local, incoming }) {
    const [a, b] = points.length > 2 ? [points[1], points[1]] : [points[0], points[1]];
    const text = `${written(local)} × ${written(incoming)}`;
    const width = 7.2 * text.length + 16;
    const x = clamp((a[0] + b[0]) / 2, width / 2 + 2, size.width - width / 2 - 2);
    // Beside the boxes that a short arrow joins, not on them.
    const middle = (a[1] + b[1]) / 2;
    const up = upright || points.length > 2 ? 0 : box.height / 2 + 18;
    const y = clamp(middle - up, 14, size.height - 14);
    attribute(pill, { transform: `translate(${x} ${y})` });
    attribute(pillStem, { d: `M0,12V${Math.max(12, middle - y)}` });
    attribute(pillBack, { x: -width / 2, y: -12, width });
    attribute(pillText, { y: 4, text });
  }

  // --------------------------------------------------------------- words and finds
  const nameOf = (i) => graph.nodes[i].name ?? (i === graph.nodes.length - 1 ? "loss" : graph.nodes[i].text);

  function tell(data, values, steps, position, current, truth, arrived) {
    const all = position >= steps.computed;
    attribute(result, { text: all ? `loss = ${written(data.at(-1))}. ` : "" });
    const wrong = truth && graph.nodes.some((_, i) => Math.abs(truth[i] - arrived[i]) > 1e-9);
    let text;
    if (position < steps.computed) {
      const computed = graph.nodes.filter((n) => n.op !== "leaf");
      const last = position > 0 ? graph.nodes.indexOf(computed[position - 1]) : null;
      text = last === null ? "Forward: data flow along the arrows." : `Forward: ${nameOf(last)} = ${written(data[last])}.`;
    } else if (position === steps.computed) text = "All data are there. Backward starts at the loss.";
    else if (!current) text = "Backward starts here: the gradient of the loss by itself is 1.";
    else {
      const { from, to, local, incoming, before, after } = current;
      const sum = before === 0 ? "" : `, added to ${written(before)}: ${written(after)}`;
      text = `${nameOf(from)} → ${nameOf(to)}: local ${written(local)} × incoming ${written(incoming)} = ${written(local * incoming)}${sum}.`;
    }
    if (wrong) text += " Finished, and no error: but ✗ is wrong.";
    if (tale.textContent !== text && tale.textContent) f.say(text);
    attribute(tale, { text });
  }

  function lookForFinds(data, steps, position, path, truth, arrived) {
    const done = path.slice(0, Math.max(0, position - steps.seeded));
    const inner = (i) => graph.nodes[i].op !== "leaf";
    if (f.get("order") === "waits" && done.some(({ to }, k) => inner(to) && done.slice(0, k).some((a) => a.to === to))) f.found(0);
    if (truth && graph.nodes.some((_, i) => Math.abs(truth[i] - arrived[i]) > 1e-9)) f.found(1);
    if (done.some(({ from, local }) => graph.nodes[from].op === "relu" && local === 0)) f.found(2);
  }
  return f.end;
}

export default { render };
