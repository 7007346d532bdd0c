// convolve: what does a kernel see? A kernel to pull at, a window that slides over
// an image, the result, and the same as a sparse matrix. README.md beside this file.
import { attribute, choice, frame, h, handle, plot, readout, svg } from "./shared.js";
import { clamp, range, sum, ticks, written } from "./numbers.js";
import { PAVILION, SEVEN } from "./images.js";
import { unpacked } from "./digit_image.js";
import { bare, column, gray, heading, paint } from "./pixels.js";

const PRESETS = {
  "vertical edges": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], // Sobel's
  "horizontal edges": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
  "all edges": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]], // Laplace's
  sharpen: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
  "copy": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
  "mean of 3 × 3": range(3).map(() => range(3).map(() => 1 / 9)),
  "mean of 5 × 5": range(5).map(() => range(5).map(() => 1 / 25)),
  "edges, 5 × 5": [[0, 0, -1, 0, 0], [0, -1, -2, -1, 0], [-1, -2, 16, -2, -1], [0, -1, -2, -1, 0], [0, 0, -1, 0, 0]],
};

/** What Python's traits start with, too. */
export const defaults = {
  picture: "pavilion",
  image: [],
  kernel: PRESETS["vertical edges"],
  stride: 1,
  padding: 0,
  window: [13, 14],
  shift: [0, 0],
  brightness: 0,
};
const REACH = 4; // pixels that the image may be shifted
const LARGEST = 9; // of a kernel's entries

// ------------------------------------------------------------------- computing
/**
 * A part of `source` (rows of numbers), `margin` away from its border, seen after it
 * was shifted by [x, y] pixels to the right and up and made brighter. What lies
 * outside of `source` is like the nearest pixel of its border.
 */
export function seen(source, margin, [x, y], brightness) {
  const at = (values, i) => values[clamp(i, 0, values.length - 1)];
  return range(source.length - 2 * margin).map((row) =>
    range(source[0].length - 2 * margin).map(
      (col) => at(at(source, row + margin + y), col + margin - x) + brightness,
    ),
  );
}

/** How many windows there are along `size` pixels. */
export const count = (size, kernel, stride, padding) =>
  Math.floor((size + 2 * padding - kernel.length) / stride) + 1;

/** The k × k values under the window [row, column]; zeros in the padding. */
export function patch(image, kernel, stride, padding, [row, col]) {
  const [top, left] = [row * stride - padding, col * stride - padding];
  return kernel.map((line, i) => line.map((_, j) => image[top + i]?.[left + j] ?? 0));
}

const product = (a, b) => a.map((line, i) => line.map((v, j) => v * b[i][j]));
const total = (rows) => sum(rows.map(sum));

/** The result: for each window the sum of products. As torch's conv2d, no flip. */
export function convolve(image, kernel, stride = 1, padding = 0) {
  const rows = range(count(image.length, kernel, stride, padding));
  const cols = range(count(image[0].length, kernel, stride, padding));
  return rows.map((row) =>
    cols.map((col) => total(product(patch(image, kernel, stride, padding, [row, col]), kernel))),
  );
}

/** Row `index` of the matrix that does the same to the image as one long column:
 * [[position, kernel entry], …], without those that fall into the padding. */
export function matrixRow([height, width], kernel, stride, padding, index) {
  const cols = count(width, kernel, stride, padding);
  const top = Math.floor(index / cols) * stride - padding;
  const left = (index % cols) * stride - padding;
  const entries = [];
  kernel.forEach((line, i) =>
    line.forEach((v, j) => {
      const [row, col] = [top + i, left + j];
      if (row >= 0 && row < height && col >= 0 && col < width) entries.push([row * width + col, v]);
    }),
  );
  return entries;
}

/** Of the results of an image and of it shifted, how many pixels are the same, moved. */
export function movedAlong(before, after, [x, y]) {
  const close = (a, b) => b !== undefined && Math.abs(a - b) < 1e-9;
  return total(after.map((line, row) => line.map((v, col) => (close(v, before[row + y]?.[col - x]) ? 1 : 0))));
}

/** The image of a state, and its source and margin. */
function source({ picture, image }) {
  const square = (text, n) => {
    const values = unpacked(text, "uint8");
    return range(n).map((row) => Array.from(values.slice(row * n, (row + 1) * n)));
  };
  if (picture === "given") return [image, 0];
  return picture === "seven" ? [square(SEVEN, 28), 0] : [square(PAVILION, 36), 4];
}

// --------------------------------------------------------------------- drawing
export function render({ model, el }) {
  const f = frame({ model, el }, {
    title: "What a kernel sees",
    tryFirst: "drag the window over the picture. Where is the result white, where black, and why is the sky gray?",
    finds: [
      {
        ask: "What happens to the result when the picture is shifted (✥)?",
        found: "It shifts along: a kernel finds the same thing wherever it is. Only at the border, where something new comes in, is it different.",
      },
      {
        ask: "The matrix below does the same to the image as one long column. How many different numbers does it need?",
        found: "As many as the kernel has, and 0. Each row holds the same few, moved along; a dense layer would learn every entry on its own.",
      },
      {
        ask: "Which kernels don't notice that the picture gets brighter (☀)?",
        found: "Those whose entries sum to 0: what is added to all pixels cancels out. Without padding, that is: its zeros don't get brighter.",
      },
    ],
    draw,
  });
  let moves = 0;
  const slide = (row, col) => {
    const [rows, cols] = sizes();
    const next = [clamp(row, 0, rows - 1), clamp(col, 0, cols - 1)];
    if (String(next) === String(f.get("window"))) return;
    if (++moves > 5) f.found(1);
    f.set({ window: next });
  };
  const state = () => [f.get("kernel"), f.get("stride"), f.get("padding")];
  let from = source({ picture: f.get("picture"), image: f.get("image") });
  let shownPicture = f.get("picture");
  const size = () => [from[0].length - 2 * from[1], from[0][0].length - 2 * from[1]];
  const sizes = () => size().map((n) => count(n, ...state()));
  const at = () => f.get("window").map((v, i) => clamp(v, 0, sizes()[i] - 1));
  let lit = 0; // the result under the window

  const tall = (ratio) => (width) => width * ratio();
  const input = bare(f, { label: "The image", canvas: true, basis: 140, height: tall(() => (size()[0] + 2 * f.get("padding")) / (size()[1] + 2 * f.get("padding"))) });
  const grips = bare(f, { label: "Shift and brightness of the image", height: 62, basis: 140 });
  const output = bare(f, { label: "The result", canvas: true, basis: 140, height: tall(() => sizes()[0] / sizes()[1]) });
  const products = bare(f, { label: "Window times kernel", basis: 200, height: () => (f.get("kernel").length === 3 ? 150 : 220) });
  const matrix = plot(f, { label: "The matrix", canvas: true, basis: 900, height: 220, margin: [8, 26, 40, 62], xLabel: "input pixel", yLabel: "output pixel" });
  const cells = h("div", { role: "group", "aria-label": "kernel" });
  const scaleText = h("p", {}, "");
  const value = h("p", {}, "");
  const compare = h("p", {}, "");
  for (const node of [scaleText, compare]) node.style.color = "var(--grey)";
  const left = column(140, heading("image"), input.node, grips.node);
  const middle = column(210, heading("kernel: drag or type"), cells, heading("window × kernel"), products.node, value);
  const right = column(140, heading("result"), output.node, scaleText, compare);
  const matrixTitle = heading("the same as a matrix, its active row lit");
  const below = column(900, matrixTitle, matrix.node);
  f.stage.append(left, middle, right, below);
  for (const node of [input.node, output.node, grips.node, products.node, matrix.node]) node.style.flex = "none";
  const result = readout(f);

  // ---- kernel: text fields that can be dragged
  let fields = [];
  function makeFields(k) {
    cells.replaceChildren();
    cells.style.cssText = `display:grid;gap:4px;grid-template-columns:repeat(${k},minmax(44px,1fr));margin-bottom:8px`;
    fields = range(k).map((i) => range(k).map((j) => makeField(i, j)));
  }
  function makeField(i, j) {
    const field = h("input", { type: "text", inputmode: "decimal", role: "spinbutton", class: "entry", "aria-label": `kernel, row ${i + 1}, column ${j + 1}`, "aria-valuemin": -LARGEST, "aria-valuemax": LARGEST, autocomplete: "off" });
    field.style.cssText = "width:100%;min-height:44px;padding:0;text-align:center;touch-action:none;cursor:ns-resize";
    const change = (v) => {
      const next = Number(clamp(v, -LARGEST, LARGEST).toPrecision(12));
      f.set({ kernel: f.get("kernel").map((line, r) => (r === i ? line.with(j, next) : line)) });
    };
    const own = () => f.get("kernel")[i][j];
    let grip = null;
    field.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || document.activeElement === field) return;
      event.preventDefault();
      field.setPointerCapture(event.pointerId);
      grip = { y: event.clientY, value: own(), moved: false };
    });
    field.addEventListener("pointermove", (event) => {
      if (!grip) return;
      const up = grip.y - event.clientY;
      if (Math.abs(up) < 4 && !grip.moved) return;
      grip.moved = true;
      change(Math.round((grip.value + up / 25) * 10) / 10);
    });
    field.addEventListener("pointerup", () => {
      if (grip && !grip.moved) {
        field.focus();
        field.select();
      }
      grip = null;
    });
    field.addEventListener("pointercancel", () => (grip = null));
    field.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 0.1, ArrowDown: -0.1, PageUp: 1, PageDown: -1 }[event.key];
      if (event.key === "Enter") field.blur();
      if (!by) return;
      event.preventDefault();
      field.value = "";
      change(own() + by * (event.shiftKey ? 10 : 1));
      field.value = entry(own());
    });
    field.addEventListener("change", () => {
      const typed = Number(field.value.trim().replace("−", "-").replace(",", "."));
      if (field.value.trim() !== "" && Number.isFinite(typed)) change(typed);
      field.value = entry(own());
    });
    cells.append(field);
    return field;
  }
  function drawFields(kernel) {
    if (fields.length !== kernel.length) makeFields(kernel.length);
    const most = Math.max(1, ...kernel.flat().map(Math.abs));
    kernel.forEach((line, i) =>
      line.forEach((v, j) => {
        const field = fields[i][j];
        const typing = document.activeElement === field && field.value !== "" && field.dataset.value === String(v);
        if (!typing) field.value = entry(v);
        field.dataset.value = v;
        attribute(field, { "aria-valuenow": v, "aria-valuetext": entry(v) });
        const share = Math.round((35 * Math.abs(v)) / most);
        field.style.background = `color-mix(in srgb, var(--c${v < 0 ? 1 : 0}) ${share}%, var(--paper))`;
      }),
    );
  }

  // ---- image: the window slides under the pointer; below, shift and brightness
  const edge = svg("rect", { fill: "none", stroke: "var(--c9)", "stroke-dasharray": "4 3" }, input.marks);
  const grip = svg("g", { "pointer-events": "none", class: "window" }, input.marks);
  const slider = handle(f, grip, {
    label: "window", step: [1, 1], at: input.at, radius: 0,
    value: () => [at()[1], sizes()[0] - 1 - at()[0]],
    limits: () => [[0, sizes()[1] - 1], [0, sizes()[0] - 1]],
    text: () => `row ${at()[0]}, column ${at()[1]}: ${written(lit)}`,
    move: ([col, up]) => slide(sizes()[0] - 1 - up, col),
  });
  const outline = svg("rect", { fill: "none", stroke: "var(--c1)", "stroke-width": 2.5 }, grip);
  const focused = svg("rect", { class: "ring" }, grip);
  const dot = svg("rect", { fill: "none", stroke: "var(--c1)", "stroke-width": 2.5 }, output.marks);
  follow(input, (event) => {
    const [kernel, stride, padding] = state();
    const middle = (kernel.length - 1) / 2 - padding;
    const [x, y] = cellAt(input, event, size().map((n) => n + 2 * padding));
    return [(y - padding - middle) / stride, (x - padding - middle) / stride].map(Math.round);
  });
  follow(output, (event) => cellAt(output, event, sizes()).reverse());
  function follow(p, where) {
    p.svg.style.touchAction = "none";
    p.svg.style.cursor = "pointer";
    let held = false;
    p.svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      p.svg.setPointerCapture(event.pointerId);
      held = true;
      grip.focus({ preventScroll: true, focusVisible: false });
      slide(...where(event));
    });
    p.svg.addEventListener("pointermove", (event) => held && slide(...where(event)));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"])
      p.svg.addEventListener(name, () => (held = false));
  }
  const cell = () => input.box.width / (size()[1] + 2 * f.get("padding"));
  const mover = svg("g", { class: "mover" }, grips.marks);
  const moverHandle = handle(f, mover, {
    label: "shift of the image", step: [1, 1], value: () => f.get("shift"),
    limits: () => [[-REACH, REACH], [-REACH, REACH]],
    at: (event) => [event.clientX / cell(), -event.clientY / cell()],
    text: () => `${f.get("shift")[0]} right, ${f.get("shift")[1]} up`,
    move: (shift) => f.set({ shift }),
  });
  svg("circle", { r: 14, fill: "var(--paper)", stroke: "var(--i0)", "stroke-width": 2 }, mover);
  svg("text", { "text-anchor": "middle", y: 6, text: "✥", style: "font-size:18px" }, mover);
  const track = svg("path", { stroke: "var(--grey)", "stroke-width": 3 }, grips.marks);
  const sun = svg("g", {}, grips.marks);
  const across = () => [72, grips.box.width - 22];
  const sunHandle = handle(f, sun, {
    label: "brightness", axis: "x", step: [0.1, 0.1], value: () => [f.get("brightness"), 0],
    limits: () => [[-0.5, 0.5], [0, 0]],
    at: (event) => [event.clientX / (across()[1] - across()[0]), 0],
    text: () => written(f.get("brightness"), 1),
    move: ([brightness]) => f.set({ brightness }),
  });
  svg("circle", { r: 14, fill: "var(--paper)", stroke: "var(--i0)", "stroke-width": 2 }, sun);
  svg("text", { "text-anchor": "middle", y: 6, text: "☀", style: "font-size:16px" }, sun);
  const gripText = ["middle", "middle"].map((anchor) => svg("text", { "text-anchor": anchor, y: 58, class: "axis-text" }, grips.marks));

  // ---- matrix
  const rowLine = svg("path", { stroke: "var(--c1)", "stroke-width": 1 }, matrix.marks);
  const rowMarks = svg("path", { stroke: "var(--i1)", "stroke-width": 3, fill: "none" }, matrix.marks);
  const knob = svg("g", {}, matrix.marks);
  const last = () => sizes()[0] * sizes()[1] - 1;
  const index = () => at()[0] * sizes()[1] + at()[1];
  const knobHandle = handle(f, knob, {
    label: "row of the matrix", axis: "y", step: [1, 1], value: () => [0, last() - index()],
    limits: () => [[0, 0], [0, last()]], at: (event) => [0, last() - matrix.at(event)[1]],
    text: () => `row ${index()} of ${last() + 1}`,
    move: ([, up]) => slide(Math.floor((last() - up) / sizes()[1]), (last() - up) % sizes()[1]),
  });
  svg("circle", { r: 8, fill: "var(--paper)", stroke: "var(--i1)", "stroke-width": 3 }, knob);
  let drawnMatrix = "";
  const store = document.createElement("canvas"); // drawn anew only when the matrix changes
  let laidOut = "";

  // ---- controls
  const presetOf = () => Object.keys(PRESETS).find((name) => String(PRESETS[name]) === String(f.get("kernel"))) ?? "your own";
  choice(f, "", {
    label: "kernel", options: [...Object.keys(PRESETS), "your own"], value: presetOf,
    onChange: (name) => (name in PRESETS ? f.set({ kernel: PRESETS[name] }) : f.redraw()),
  });
  const pictures = [["pavilion", "pavilion"], ["seven", "a 7 of MNIST"]];
  if (f.get("image").length) pictures.unshift(["given", "given"]);
  choice(f, "picture", { label: "image", options: pictures });
  choice(f, "stride", { label: "stride", options: [1, 2, 3] });
  choice(f, "padding", { label: "padding", options: [0, 1, 2] });
  f.onReset.push(() => (moves = 0));

  function draw() {
    if (shownPicture !== f.get("picture")) {
      shownPicture = f.get("picture");
      from = source({ picture: shownPicture, image: f.get("image") });
    }
    const sizesNow = String([size(), sizes(), f.get("padding"), f.get("kernel").length]);
    if (sizesNow !== laidOut) for (const p of [input, output, products]) p.layout();
    laidOut = sizesNow;
    if ([input, output, products, grips, matrix].some(({ box }) => box.width <= 1)) return; // not laid out
    const narrow = f.root.hasAttribute("data-narrow");
    middle.style.order = narrow ? 1 : 0;
    below.style.order = 2;
    middle.style.flex = narrow ? "1 1 100%" : "0 1 290px";
    const [kernel, stride, padding] = state();
    const [shift, brightness] = [f.get("shift"), f.get("brightness")];
    const image = seen(...from, shift, brightness);
    const out = convolve(image, kernel, stride, padding);
    lit = out[at()[0]][at()[1]];
    drawFields(kernel);
    drawImage(image, kernel, stride, padding, shift, brightness);
    drawProducts(patch(image, kernel, stride, padding, at()), kernel);
    drawOutput(out);
    drawMatrix(kernel, stride, padding);
    drawComparison(out, kernel, stride, padding, shift, brightness);
  }

  function drawImage(image, kernel, stride, padding, shift, brightness) {
    const [height, width] = size();
    paint(input, height + 2 * padding, width + 2 * padding, (r, c) => image[r - padding]?.[c - padding] ?? 0);
    const s = cell();
    attribute(edge, { x: padding * s, y: padding * s, width: width * s, height: height * s, visibility: padding ? "visible" : "hidden" });
    const k = kernel.length * s;
    slider.place(at()[1] * stride * s, at()[0] * stride * s);
    attribute(outline, { width: k, height: k });
    attribute(focused, { x: -3, y: -3, width: k + 6, height: k + 6 });
    attribute(grip.querySelector("circle"), { cx: k / 2, cy: k / 2 });
    const [low, high] = across();
    moverHandle.place(26, 24);
    sunHandle.place(low + (brightness + 0.5) * (high - low), 24);
    attribute(track, { d: `M${low},24H${high}` });
    attribute(gripText[0], { x: 26, text: shift.some(Boolean) ? `${written(shift[0], 0)}, ${written(shift[1], 0)}` : "shift" });
    const sign = brightness > 0 ? "+" : "";
    attribute(gripText[1], { x: (low + high) / 2, text: `brightness ${sign}${written(brightness, 1)}` });
  }

  let productCells = [];
  function drawProducts(values, kernel) {
    const k = kernel.length;
    if (productCells.length !== k * k) {
      products.marks.replaceChildren();
      productCells = range(k * k).map(() => [svg("rect", { stroke: "var(--grey)" }, products.marks), ...range(2).map(() => svg("text", { "text-anchor": "middle" }, products.marks))]);
    }
    const all = product(values, kernel);
    const [w, tall] = [products.box.width / k, products.box.height / k];
    productCells.forEach(([rect, above, under], n) => {
      const [i, j] = [Math.floor(n / k), n % k];
      const [x, y, v] = [j * w, i * tall, values[i][j]];
      const ink = `fill:${v > 0.45 ? "#000" : "#fff"};font-size:${k === 3 ? 12 : 11}px`;
      attribute(rect, { x: x + 1, y: y + 1, width: w - 2, height: tall - 2, fill: gray(v) });
      const factors = k === 3 ? `${written(v)} × ${entry(kernel[i][j])}` : written(v);
      attribute(above, { x: x + w / 2, y: y + tall / 2 - 4, text: factors, style: ink });
      attribute(under, { x: x + w / 2, y: y + tall / 2 + 13, text: (k === 3 ? "= " : "") + written(all[i][j]), style: `${ink};font-weight:700` });
    });
    attribute(value, { text: `sum of the ${k * k} products: ${written(total(all))}` });
  }

  function drawOutput(out) {
    const flat = out.flat();
    const [low, high] = [Math.min(...flat), Math.max(...flat)];
    const most = Math.max(Math.abs(low), Math.abs(high), 1e-9);
    const level = low < -1e-9 ? (v) => 0.5 + v / (2 * most) : (v) => v / Math.max(1, most);
    paint(output, out.length, out[0].length, (r, c) => level(out[r][c]));
    const text = low < -1e-9 ? `black ${written(-most)}, gray 0, white ${written(most)}` : `black 0, white ${written(Math.max(1, most))}`;
    attribute(scaleText, { text: `${out.length} × ${out[0].length}; ${text}` });
    const s = output.box.width / out[0].length;
    attribute(dot, { x: at()[1] * s - 1, y: at()[0] * s - 1, width: s + 2, height: s + 2 });
  }

  function drawMatrix(kernel, stride, padding) {
    const [height, width] = size();
    const [inputs, outputs] = [height * width, last() + 1];
    const context = store.getContext("2d");
    const signs = kernel.map((line) => line.map(Math.sign)); // all that its colors say
    const key = JSON.stringify([signs, stride, padding, inputs, matrix.box, f.dark()]);
    if (key !== drawnMatrix) {
      drawnMatrix = key;
      const yTicks = ticks(0, outputs, 5);
      matrix.limits({ x: [0, inputs], y: [outputs, 0], yTicks });
      store.width = matrix.canvas.width;
      store.height = matrix.canvas.height;
      const [w, tall] = [store.width / inputs, store.height / outputs];
      const colors = [f.color("i1"), f.color("light"), f.color("i0")];
      for (let row = 0; row < outputs; row++)
        for (const [col, v] of matrixRow([height, width], kernel, stride, padding, row)) {
          context.fillStyle = colors[Math.sign(v) + 1];
          context.fillRect(col * w, row * tall, Math.max(w, 1), Math.max(tall, 1));
        }
    }
    matrix.context.clearRect(0, 0, store.width, store.height);
    matrix.context.drawImage(store, 0, 0);
    const y = matrix.y(index() + 0.5);
    const entries = matrixRow([height, width], kernel, stride, padding, index());
    attribute(rowLine, { d: `M${matrix.box.left},${y}H${matrix.box.left + matrix.box.width}` });
    attribute(rowMarks, { d: entries.map(([col]) => `M${matrix.x(col + 0.5).toFixed(1)},${y - 7}v14`).join("") });
    knobHandle.place(matrix.box.left + matrix.box.width + 12, y);
    const k = kernel.length ** 2;
    const many = (n) => n.toLocaleString("en");
    const text = `Row ${index()} of the matrix holds the ${k} numbers of the kernel at ${entries.length} of ${inputs} places. All ${many(outputs)} rows hold the same ${k}; a dense layer would have ${many(inputs * outputs)} of its own.`;
    attribute(result, { text });
  }

  function drawComparison(out, kernel, stride, padding, shift, brightness) {
    const parts = [];
    if (shift.some(Boolean)) {
      const before = convolve(seen(...from, [0, 0], brightness), kernel, stride, padding);
      const by = shift.map((v) => v / stride);
      const same = by.every(Number.isInteger) ? movedAlong(before, out, by) : 0;
      const all = out.length * out[0].length;
      parts.push(by.every(Number.isInteger)
        ? `${same} of ${all} numbers are those of before, moved along.`
        : `A shift by less than the stride of ${stride} gives other numbers.`);
      if (same > 0.6 * all) f.found(0);
    }
    if (brightness) {
      const before = convolve(seen(...from, shift, 0), kernel, stride, padding).flat();
      const change = Math.max(...out.flat().map((v, i) => Math.abs(v - before[i])));
      parts.push(`Brightness changed the result by ${written(change)} at most; the kernel's sum is ${written(total(kernel))}.`);
      if (change < 1e-9 && kernel.flat().some(Boolean)) f.found(2);
    }
    const text = parts.join(" ");
    if (text && compare.textContent !== text) f.say(text);
    attribute(compare, { text });
  }
  return f.end;
}

/** [column, row] of the cell under the pointer, on a plot of [rows, columns] cells. */
function cellAt(p, event, [rows, cols]) {
  const place = p.svg.getBoundingClientRect();
  const part = [(event.clientX - place.left) / place.width, (event.clientY - place.top) / place.height];
  return [Math.floor(part[0] * cols), Math.floor(part[1] * rows)];
}

const entry = (v) => written(v, Math.abs(v * 10 - Math.round(v * 10)) < 1e-9 ? (Number.isInteger(v) ? 0 : 1) : 2);

export default { render };
