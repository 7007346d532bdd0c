// What explorables share: frame, plots, handles and controls. README.md beside
// this file says how to write an explorable with them.
import { clamp, power, range, ticks } from "./numbers.js";
import { addStyle, isDark } from "./style.js";

// ------------------------------------------------------------------- elements
/** An HTML element: attributes, `on…` listeners, then children or texts. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  attribute(element, attributes);
  element.append(...children);
  return element;
}

/** An SVG element, appended to `parent` if one is given. */
export function svg(tag, attributes = {}, parent = null) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  attribute(element, attributes);
  parent?.append(element);
  return element;
}

/** Set attributes; `text` is the content, null takes an attribute away. */
export function attribute(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") {
      if (element.textContent !== value) element.textContent = value;
    } else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value))
      element.setAttribute(name, value);
  }
  return element;
}

/** The points [[x, y], …] of `plot` as a path; gaps where one isn't finite. */
export function path(plot, points) {
  let line = "";
  let pen = "M";
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) pen = "M";
    else {
      line += `${pen}${plot.x(x).toFixed(1)},${plot.y(y).toFixed(1)}`;
      pen = "L";
    }
  }
  return line;
}

// ---------------------------------------------------------------------- frame
/**
 * The frame of an explorable: title, "try this first", picture, controls, finds,
 * reset, and the wiring of all of them to `model`.
 *
 * options: `title`; `tryFirst`, one line; `finds`, a list of {ask, found}: what to
 * look for, and what it means, which shows once `found(i)` was called; `draw(f)`,
 * called after every change of model, size or colors.
 */
export function frame({ model, el }, { title, tryFirst, finds = [], draw }) {
  const spoken = h("p", { class: "spoken", "aria-live": "polite" });
  const stage = h("div", { class: "stage" });
  const controls = h("div", { class: "controls" });
  const reset = h("button", { type: "button", onclick: () => restart() }, "Reset");
  const head = h("div", {}, h("p", { class: "heading" }, title));
  head.append(h("p", { class: "try" }, h("b", {}, "Try this first: "), tryFirst));
  const list = h("ul", { class: "finds", "aria-label": "What to find" });
  for (const { ask } of finds) list.append(h("li", {}, ask));
  const root = h(
    "div", { class: "explorable", role: "group", "aria-label": title },
    h("div", { class: "head" }, head, reset), stage, controls, list, spoken,
  );
  list.hidden = finds.length === 0;
  root.addEventListener("keydown", keepFromHost);

  const endings = [];
  const refreshers = [];
  const loops = [];
  let asked = false;
  let sentence;
  const f = {
    root, stage, controls, model, width: 0,
    get: (name) => model.get(name),
    /** Change the model, redraw, and tell Python or the address. */
    set(changes) {
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      model.save_changes();
      f.redraw();
    },
    /** Have `draw` called once, before the next picture on the screen. */
    redraw() {
      if (asked) return;
      asked = true;
      queueMicrotask(() => {
        asked = false;
        if (f.width === 0 || !root.isConnected) return;
        draw(f);
        for (const refresh of refreshers) refresh();
      });
    },
    /** Called after each draw: how controls and handles keep up with the model. */
    onDraw: (refresh) => refreshers.push(refresh),
    /** Called when the explorable goes. */
    onEnd: (ending) => endings.push(ending),
    /** Have a sentence spoken once the hand rests; it isn't shown. */
    say(text) {
      clearTimeout(sentence);
      sentence = setTimeout(() => attribute(spoken, { text }), 400);
    },
    /** Tick find `i`: say, and show from now on, what it means. */
    found(i) {
      const item = list.children[i];
      if (item.className === "found") return;
      item.className = "found";
      item.append(h("span", {}, finds[i].found));
      f.say(`Found: ${finds[i].found}`);
    },
    /** A color as a canvas takes it: color("c0"), color("ink"). */
    color: (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim(),
    dark: () => root.dataset.mode === "dark",
    /** See `loop`. */
    animate(step) {
      const animation = loop(f, step);
      loops.push(animation);
      return animation;
    },
    end() {
      observer.disconnect();
      modes.disconnect();
      system.removeEventListener("change", setMode);
      model.off?.("change", f.redraw);
      clearTimeout(sentence);
      for (const animation of loops) animation.stop();
      for (const ending of endings) ending();
      root.remove();
    },
  };
  function restart() {
    for (const animation of loops) animation.stop();
    const { veil, guess, ...start } = model.get("start");
    f.set(start);
    for (const listener of f.onReset) listener();
    f.say("Reset.");
  }
  /** Functions called by Reset, after the model is back at its start. */
  f.onReset = [];

  const observer = new ResizeObserver(() => {
    f.width = root.clientWidth;
    root.toggleAttribute("data-narrow", f.width < 560);
    addStyle(root);
    setMode();
    f.redraw();
  });
  function setMode() {
    const mode = isDark(root) ? "dark" : "light";
    if (root.dataset.mode === mode) return;
    root.dataset.mode = mode;
    f.redraw();
  }
  const modes = new MutationObserver(setMode);
  for (const element of [document.documentElement, document.body])
    modes.observe(element, { attributes: true });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", setMode);

  el.append(root);
  addStyle(root);
  setMode();
  observer.observe(root);
  model.on("change", f.redraw);
  if (model.get("veil") && !model.get("guess")) drawVeil(f, [stage, controls, list, reset]);
  return f;
}

/**
 * Keys that a control uses are not the notebook's: JupyterLab would go to the next
 * cell with an arrow, and cut one with x. Control-S and the like stay the host's.
 */
function keepFromHost(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!["Tab", "Escape"].includes(event.key)) event.stopPropagation();
}

/** Ask for a guess before anything is shown; the guess goes to the model. */
function drawVeil(f, hidden) {
  for (const part of hidden) part.hidden = true;
  const guess = h("input", { type: "text", "aria-label": "Your guess" });
  const show = h("button", { type: "submit" }, "Show");
  const veil = h("form", { class: "veil" }, h("p", {}, f.get("veil")), guess, show);
  veil.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = guess.value.trim();
    veil.replaceWith(h("p", { class: "guess" }, text ? `Your guess: ${text}` : ""));
    for (const part of hidden) part.hidden = false;
    f.set({ guess: text || "–" });
  });
  f.stage.before(veil);
}

/**
 * A loop that calls `step(seconds since the last)` for every picture on the
 * screen, then redraws, until `stop()`. It rests while the explorable can't be
 * seen, and stops when it is removed. Who asked the system for reduced motion
 * sees two pictures a second instead; `step` is called as often as for others.
 */
function loop(f, step) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let request = 0;
  let last = 0;
  let drawn = 0;
  let visible = true;
  const seen = new IntersectionObserver(([entry]) => {
    visible = entry.isIntersecting;
  });
  function tick(now) {
    request = 0;
    if (!f.root.isConnected) return animation.stop();
    request = requestAnimationFrame(tick);
    const seconds = Math.min((now - last) / 1000, 0.1);
    last = now;
    if (!visible) return;
    step(seconds);
    if (calm.matches && now - drawn < 500) return;
    drawn = now;
    f.redraw();
  }
  const animation = {
    get running() {
      return request !== 0;
    },
    start() {
      if (request) return;
      seen.observe(f.root);
      last = performance.now();
      request = requestAnimationFrame(tick);
      f.redraw();
    },
    stop() {
      cancelAnimationFrame(request);
      request = 0;
      seen.disconnect();
      f.redraw();
    },
  };
  return animation;
}

// ----------------------------------------------------------------------- plot
/**
 * Axes in the stage of `f`: an SVG that is laid out anew for its width, with
 * `marks`, a group to draw into, and, if asked for, a canvas under the marks.
 *
 * options: `label`, what screen readers call it; `title`; `height` in pixels, or
 * a function of the width; `x` and `y`, [low, high]; `xLabel`, `yLabel`; `log`, "x",
 * "y" or "xy" (limits stay plain numbers); `equal`, a unit as long on both axes;
 * `grid`; `canvas`; `bare`, no axes; `yAxis` (true); `xTicks`, `yTicks`, [{value, text}]; `margin`, [top, right,
 * bottom, left]; `basis`, the width it would like (300), and `grow`, its share of
 * what a row has left (1).
 *
 * Returns `x(v)`, `y(v)`: pixels; `at(event)`: the [x, y] under the pointer;
 * `limits({x, y})`: other limits; `box`: left, top, width, height of the area.
 */
export function plot(f, options) {
  const o = { height: 260, x: [0, 1], y: [0, 1], log: "", margin: null, yAxis: true, ...options };
  const node = h("div", { class: "plot" });
  if (o.basis) node.style.flexBasis = `${o.basis}px`;
  if (o.grow) node.style.flexGrow = o.grow;
  const canvas = o.canvas ? h("canvas", { "aria-hidden": "true" }) : null;
  const picture = svg("svg", { role: "group", "aria-label": o.label });
  const axes = svg("g", { "aria-hidden": "true" }, picture);
  const marks = svg("g", {}, picture);
  node.append(...(canvas ? [canvas] : []), picture);
  f.stage.append(node);
  const box = { left: 0, top: 0, width: 1, height: 1 };
  const [mt, mr, mb, ml] = o.margin ?? [
    o.title ? 24 : 10, 12, o.xLabel ? 40 : 24, o.yLabel ? 52 : 36,
  ];
  let shown = { x: o.x, y: o.y };
  const scale = (name) => (o.log.includes(name) ? Math.log10 : (v) => v);
  const back = (name) => (o.log.includes(name) ? (v) => 10 ** v : (v) => v);
  const part = (name, v) => {
    const [low, high] = shown[name].map(scale(name));
    return (scale(name)(v) - low) / (high - low);
  };
  const whole = (name, share) => {
    const [low, high] = shown[name].map(scale(name));
    return back(name)(low + share * (high - low));
  };
  const p = {
    node, svg: picture, marks, canvas, box,
    context: canvas?.getContext("2d"),
    x: (v) => box.left + part("x", v) * box.width,
    y: (v) => box.top + (1 - part("y", v)) * box.height,
    get shown() {
      return shown;
    },
    at(event) {
      const place = picture.getBoundingClientRect();
      const across = (event.clientX - place.left - box.left) / box.width;
      const down = (event.clientY - place.top - box.top) / box.height;
      return [whole("x", across), whole("y", 1 - down)];
    },
    limits(limits) {
      Object.assign(o, limits);
      layout();
    },
    layout,
  };
  function layout() {
    const width = node.clientWidth;
    if (!width) return;
    const height = typeof o.height === "function" ? o.height(width) : o.height;
    attribute(picture, { width, height });
    picture.style.height = `${height}px`;
    Object.assign(box, {
      left: ml, top: mt, width: width - ml - mr, height: height - mt - mb,
    });
    shown = o.equal ? equalLimits(o, box) : { x: o.x, y: o.y };
    if (canvas) placeCanvas(canvas, box);
    drawAxes(p, axes, o);
  }
  const observer = new ResizeObserver(() => {
    layout();
    f.redraw();
  });
  observer.observe(node);
  f.onEnd(() => observer.disconnect());
  return p;
}

/** Limits widened on one axis, so that a unit is as long on both. */
function equalLimits({ x, y }, { width, height }) {
  const unit = Math.max((x[1] - x[0]) / width, (y[1] - y[0]) / height);
  const widen = ([low, high], pixels) => {
    const extra = (unit * pixels - (high - low)) / 2;
    return [low - extra, high + extra];
  };
  return { x: widen(x, width), y: widen(y, height) };
}

function placeCanvas(canvas, { left, top, width, height }) {
  Object.assign(canvas.style, {
    left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`,
  });
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
}

function marksOf(name, p, o) {
  const own = o[`${name}Ticks`];
  if (own) return own;
  const [low, high] = p.shown[name];
  const pixels = name === "x" ? p.box.width / 60 : p.box.height / 40;
  if (!o.log.includes(name)) return ticks(low, high, clamp(pixels, 3, 8));
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const count = Math.floor(Math.log10(high) + 1e-9) - first + 1;
  const every = Math.max(1, Math.ceil(count / clamp(pixels, 2, 8)));
  const exponents = range(count).map((i) => first + i);
  return exponents
    .filter((e) => (e - first) % every === 0)
    .map((e) => ({ value: 10 ** e, text: power(e) }));
}

function drawAxes(p, group, o) {
  const { left, top, width, height } = p.box;
  const [right, bottom] = [left + width, top + height];
  group.replaceChildren();
  const text = (content, x, y, anchor, more = {}) =>
    svg("text", { x, y, "text-anchor": anchor, class: "axis-text", text: content, ...more }, group);
  if (o.title) text(o.title, left, 14, "start", { class: "title" });
  if (o.bare) return;
  const spine = o.yAxis ? `M${left},${top}V${bottom}H${right}` : `M${left},${bottom}H${right}`;
  svg("path", { class: "axis", d: spine }, group);
  for (const tick of marksOf("x", p, o)) {
    const x = p.x(tick.value);
    const from = o.grid ? top : bottom;
    svg("path", { class: o.grid ? "grid" : "axis", d: `M${x},${from}V${bottom + 4}` }, group);
    text(tick.text, x, bottom + 17, "middle");
  }
  for (const tick of o.yAxis ? marksOf("y", p, o) : []) {
    const y = p.y(tick.value);
    const to = o.grid ? right : left;
    svg("path", { class: o.grid ? "grid" : "axis", d: `M${to},${y}H${left - 4}` }, group);
    text(tick.text, left - 8, y + 4, "end");
  }
  if (o.xLabel) text(o.xLabel, left + width / 2, bottom + 34, "middle");
  if (o.yLabel) {
    const turn = `translate(12 ${top + height / 2}) rotate(-90)`;
    text(o.yLabel, 0, 0, "middle", { transform: turn });
  }
}

// --------------------------------------------------------------------- handle
/**
 * Let the SVG group `node` be moved, by pointer and by arrow keys; a ring marks
 * the focus, an invisible disk of 44 pixels takes the finger. Make handles once;
 * in `draw`, move them with `handle.place(x, y)`.
 *
 * options: `label`; `axis`: "x", "y" or "xy"; `value()`: [x, y]; `limits()`:
 * [[low, high], [low, high]]; `step`: [x, y]; `move([x, y])`: the new value, inside
 * the limits, on a multiple of the step; `at(event)`: the data under the pointer
 * (`plot.at`); `text()`: the value in words; `radius` of the ring; `hit`: false if the
 * node's own shapes take the finger; `keys`: whether the value lies on steps (true).
 */
export function handle(f, node, options) {
  const o = { axis: "xy", step: [0.1, 0.1], radius: 11, hit: true, ...options };
  attribute(node, {
    role: "slider", tabindex: 0, "aria-label": o.label,
    "aria-orientation": o.axis === "y" ? "vertical" : "horizontal",
  });
  node.style.touchAction = { x: "pan-y", y: "pan-x", xy: "none" }[o.axis];
  if (o.hit) svg("circle", { r: 22, fill: "transparent" }, node);
  svg("circle", { r: o.radius, class: "ring" }, node);
  const main = o.axis === "y" ? 1 : 0;

  function move(wanted) {
    const value = o.value();
    const limits = o.limits();
    const next = wanted.map((v, k) => {
      if (!o.axis.includes("xy"[k])) return value[k];
      const rounded = Math.round(v / o.step[k]) * o.step[k];
      // 0.30000000000000004 would show in the address and in Python.
      return Number(clamp(rounded, ...limits[k]).toPrecision(12));
    });
    if (next.some((v, k) => v !== value[k])) o.move(next);
  }

  let grip = null;
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    node.setPointerCapture(event.pointerId);
    node.focus({ preventScroll: true, focusVisible: false });
    // Where it was gripped stays under the pointer: nothing jumps.
    const under = o.at(event);
    grip = o.value().map((v, k) => v - under[k]);
  });
  node.addEventListener("pointermove", (event) => {
    if (grip) move(o.at(event).map((v, k) => v + grip[k]));
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"])
    node.addEventListener(name, () => (grip = null));

  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = keyed(event, o, main);
    if (!next) return;
    event.preventDefault();
    move(next);
  });

  function refresh() {
    const [low, high] = o.limits()[main];
    attribute(node, {
      "aria-valuemin": low, "aria-valuemax": high,
      "aria-valuenow": o.value()[main], "aria-valuetext": o.text(),
    });
  }
  f.onDraw(refresh);
  refresh();
  return { node, place: (x, y) => attribute(node, { transform: `translate(${x} ${y})` }) };
}

/** Where a key would move the value, or null if it is no key of ours. */
function keyed(event, o, main) {
  const value = o.value();
  const [low, high] = o.limits()[main];
  const times = event.shiftKey ? 10 : 1;
  const by = (k, n) => value.map((v, j) => (j === k ? v + n * o.step[k] : v));
  const [across, up] = o.axis === "xy" ? [0, 1] : [main, main];
  switch (event.key) {
    case "ArrowRight": return by(across, times);
    case "ArrowLeft": return by(across, -times);
    case "ArrowUp": return by(up, times);
    case "ArrowDown": return by(up, -times);
    case "PageUp": return by(up, 10);
    case "PageDown": return by(up, -10);
    case "Home": return value.map((v, j) => (j === main ? low : v));
    case "End": return value.map((v, j) => (j === main ? high : v));
    default: return null;
  }
}

// ------------------------------------------------------------------- controls
/**
 * A slider with its value beside it, bound to the number `name` of the model.
 *
 * options: `label`, `min`, `max`, `step`, `log` (equal factors instead of equal
 * steps; `step` is then in powers of ten), `format(value)`: the value as written
 * and spoken; `onInput(value)`: instead of setting `name`; `value()`: where from.
 */
export function slider(f, name, options) {
  const o = { step: 0.1, format: String, log: false, ...options };
  const value = o.value ?? (() => f.get(name));
  const change = o.onInput ?? ((v) => f.set({ [name]: v }));
  const [to, from] = o.log ? [Math.log10, (v) => 10 ** v] : [Number, Number];
  const input = h("input", { type: "range", min: to(o.min), max: to(o.max), step: o.step });
  const output = h("output");
  input.addEventListener("input", () =>
    change(Number(from(Number(input.value)).toPrecision(6))),
  );
  f.onDraw(() => {
    const text = o.format(value());
    if (Math.abs(input.valueAsNumber - to(value())) > o.step / 2) input.value = to(value());
    attribute(input, { "aria-valuetext": text });
    attribute(output, { text });
  });
  f.controls.append(h("label", { class: "control wide" }, o.label, input, output));
  return input;
}

/** A button; `disabled()` is asked after each draw. */
export function button(f, label, onClick, { disabled = null, title = null } = {}) {
  const node = h("button", { type: "button", title, onclick: onClick }, label);
  if (disabled) f.onDraw(() => (node.disabled = disabled()));
  f.controls.append(node);
  return node;
}

/** A button that stays pressed, bound to the boolean `name`, or to `value` and `onChange`. */
export function toggle(f, name, { label, value, onChange }) {
  const get = value ?? (() => f.get(name));
  const change = onChange ?? ((v) => f.set({ [name]: v }));
  const node = h("button", { type: "button", onclick: () => change(!get()) }, label);
  f.onDraw(() => attribute(node, { "aria-pressed": Boolean(get()) }));
  f.controls.append(node);
  return node;
}

/** A list to choose from: `options` are values, or [value, text] pairs. */
export function choice(f, name, { label, options, value, onChange }) {
  const get = value ?? (() => f.get(name));
  const change = onChange ?? ((v) => f.set({ [name]: v }));
  const pairs = options.map((option) => (Array.isArray(option) ? option : [option, option]));
  const node = h("select", {}, ...pairs.map(([, text]) => h("option", {}, String(text))));
  node.addEventListener("change", () => change(pairs[node.selectedIndex][0]));
  f.onDraw(() => (node.selectedIndex = pairs.findIndex(([v]) => v === get())));
  f.controls.append(h("label", { class: "control" }, label, node));
  return node;
}

/**
 * A line for a number that matters, under the picture, or above it so that a phone
 * shows both; set its text with `attribute(node, { text })`.
 */
export function readout(f, attributes = {}, { above = false } = {}) {
  const node = h("p", { class: "readout", ...attributes });
  (above ? f.stage : f.controls).before(node);
  return node;
}
