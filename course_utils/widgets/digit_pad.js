// digit_pad: what does a network get to see of my 7? A pad to draw on, the 28 × 28
// numbers that become of it, and ten answers. digit_image.js computes.
import { attribute, button, frame, h, handle, plot, readout, slider, svg, toggle } from "./shared.js";
import { clamp, range, written } from "./numbers.js";
import { MEANS } from "./images.js";
import { bare, column, gray, heading, paint } from "./pixels.js";
import { ALL, PAD, SIDE, asDrawn, centered, distances, noisy, opened, outputs, rasterize, shifted, unpacked } from "./digit_image.js";

/** What Python's traits start with, too. */
export const defaults = {
  strokes: [[1, 30, 46, 60, 44, 140, 40, 120, 100, 100, 150, 84, 210]],
  turn: 0,
  thickness: 24,
  centering: false,
  shift: [0, 0],
  noise: 0,
  seed: 1,
  means: "", // ten images, as bytes; "": MNIST's
  network: {}, // as digit_pad.py packs one; {}: compare with the mean images
};
const REACH = 14; // pixels that the image may be shifted
// Of MNIST's 60,000 training images 29 are further than this from every mean image.
const UNLIKE = 10;

/** The answers for an image: ten distances or probabilities, hidden layers, the best. */
export function answers(image, means, network) {
  if (!network) {
    const scores = distances(image, means);
    return { scores, hidden: [], best: scores.indexOf(Math.min(...scores)) };
  }
  const layers = outputs(network, image);
  const scores = layers.at(-1);
  return { scores, hidden: layers.slice(0, -1), best: scores.indexOf(Math.max(...scores)) };
}

export function render({ model, el }) {
  const means = unpacked(model.get("means") || MEANS, "uint8");
  const network = model.get("network").layers ? opened(model.get("network")) : null;
  const f = frame({ model, el }, {
    title: network ? "What a network gets to see of a drawing" : "What becomes of a drawing, and which mean image is nearest",
    tryFirst: invitation(model),
    finds: [
      {
        ask: "Can you change the answer without touching the drawing, by dragging the image a few pixels?",
        found: "The same ink a few pixels over is another input: each pixel has its own weight or its own place in the comparison.",
      },
      {
        ask: "Does MNIST's centering change the answer?",
        found: "Yes: centering is part of the model. Who leaves it out asks about data that nobody trained on.",
      },
      network
        ? {
            ask: "Can you scribble something that is no digit, and have the network more than 90 % sure?",
            found: "Unlike every mean image, and yet the network is sure: softmax only compares the ten classes, and none of them is “no digit”.",
          }
        : {
            ask: "What is nearest to an empty pad?",
            found: "The 1, because its mean image has the least ink: a distance knows nothing of shapes.",
          },
    ],
    draw,
  });
  let drawing = null; // the stroke under the pen; it goes to the model when it ends
  let pen = [PAD / 2, PAD / 2]; // of the keyboard, y upward
  let penDown = false;
  let erasing = false;
  let lens = [11, 12]; // the pixel whose neighbors are written out: column, row
  let toggled = false;
  let image = new Float64Array(SIDE * SIDE);
  let dry = { how: [], ink: null }; // ink of the strokes in the model

  // Three columns: pad and its tools; image and lens; answers.
  const square = { height: (width) => width, basis: 140, canvas: true };
  const pad = bare(f, { ...square, label: "Pad to draw on", x: [0, PAD], y: [0, PAD] });
  const grid = bare(f, { ...square, label: "The image, 28 × 28 numbers", x: [0, SIDE], y: [0, SIDE] });
  const close = bare(f, { height: 128, basis: 260, x: [0, 9], y: [5, 0], label: "Numbers around one pixel" });
  const hiddenPlots = (network?.layers.slice(0, -1) ?? []).map(({ bias }, i) =>
    bare(f, {
      label: `Hidden layer ${i + 1}`, canvas: true, basis: 260,
      height: (width) => Math.ceil(bias.length / perRow(width)) * 18, xTicks: [], yTicks: [],
    }),
  );
  const bars = plot(f, {
    label: network ? "Probabilities" : "Distances to the mean images",
    title: network ? "probability" : "distance to each mean image",
    height: (width) => (width < 360 ? 330 : 440 - 58 * hiddenPlots.length), basis: 260, margin: [24, 84, 24, 62], y: [9.5, -0.5], x: network ? [0, 1] : [0, 10], yTicks: [],
  });
  const tools = h("div", { class: "controls" });
  tools.style.marginTop = "8px";
  const lensTitle = h("p", {}, "");
  const small = h("p", {}, "");
  const result = readout(f, { class: "readout answer", "aria-live": "off" });
  result.style.fontWeight = "600";
  const left = column(140, heading("your drawing"), pad.node, tools);
  const middle = column(140, heading("28 × 28 numbers"), grid.node);
  const lensBox = column(260, lensTitle, close.node);
  const hiddenTitles = hiddenPlots.map(() => heading(""));
  const right = column(290, result, ...hiddenPlots.flatMap((p, i) => [hiddenTitles[i], p.node]), bars.node);
  const pair = column(420, h("div", {}, left, middle), lensBox);
  pair.firstChild.style.cssText = "display:flex;gap:8px 16px;margin-bottom:8px";
  pair.style.flexGrow = 1.7;
  f.stage.append(pair, right);
  small.style.color = "var(--grey)";

  tools.append(
    toggle(f, "", { label: "Erase", value: () => erasing, onChange: (v) => { erasing = v; f.redraw(); } }),
    button(f, "Clear", () => f.set({ strokes: [] }), { disabled: () => f.get("strokes").length === 0 }),
  );
  const center = toggle(f, "centering", {
    label: "MNIST's centering",
    onChange(centering) {
      toggled = true;
      f.set({ centering });
    },
  });
  center.style.cssText = "margin:8px 0 4px;padding:3px 4px;white-space:nowrap;font-size:13px";
  middle.append(center, small);
  slider(f, "turn", { label: "turn", min: -45, max: 45, step: 1, format: (v) => `${written(v, 0)}°` });
  slider(f, "thickness", { label: "pen", min: 8, max: 48, step: 2, format: (v) => `${written(v / 10, 1)} pixels` });
  slider(f, "noise", { label: "noise", min: 0, max: 0.5, step: 0.05, format: (v) => written(v, 2) });
  f.onReset.push(() => {
    [drawing, penDown, erasing, toggled, lens] = [null, false, false, false, [11, 12]];
    f.redraw();
  });

  // ---- the pad
  pad.svg.style.cssText += "touch-action:none;cursor:crosshair";
  const at = (event) => {
    const [x, y] = pad.at(event);
    return [Math.round(clamp(x, 0, PAD)), Math.round(clamp(PAD - y, 0, PAD))];
  };
  pad.svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    pad.svg.setPointerCapture(event.pointerId);
    finish();
    drawing = [erasing ? 0 : 1, ...at(event)];
    f.redraw();
  });
  pad.svg.addEventListener("pointermove", (event) => {
    if (drawing && !penDown) extend(at(event), 4);
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"])
    pad.svg.addEventListener(name, () => penDown || finish());

  function extend([x, y], least) {
    const [x0, y0] = drawing.slice(-2);
    if (Math.hypot(x - x0, y - y0) < least) return;
    drawing.push(x, y);
    f.redraw();
  }
  function finish() {
    if (!drawing) return;
    const strokes = [...f.get("strokes"), drawing];
    [drawing, penDown] = [null, false];
    f.set({ strokes });
  }

  const tip = svg("g", { "pointer-events": "none" }, pad.marks);
  const tipHandle = handle(f, tip, {
    label: "pen: arrow keys move it, space lowers and lifts it",
    value: () => pen, limits: () => [[0, PAD], [0, PAD]], step: [10, 10], at: pad.at,
    text: () => `${pen[0]} across, ${PAD - pen[1]} down, ${penDown ? (erasing ? "erasing" : "drawing") : "lifted"}`,
    move(to) {
      pen = to;
      if (penDown) extend([pen[0], PAD - pen[1]], 0);
      f.redraw();
    },
  });
  const cross = svg("path", { d: "M-9,0H9M0,-9V9", stroke: "var(--c1)", "stroke-width": 2, visibility: "hidden" }, tip);
  tip.addEventListener("focus", () => attribute(cross, { visibility: "visible" }));
  tip.addEventListener("blur", () => {
    finish();
    attribute(cross, { visibility: "hidden" });
  });
  tip.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (penDown) finish();
    else [drawing, penDown] = [[erasing ? 0 : 1, pen[0], PAD - pen[1]], true];
    f.say(penDown ? "pen down" : "pen lifted");
    f.redraw();
  });

  // ---- the image: dragged, it is shifted; under the pointer, it is read
  const box = svg("rect", { fill: "none", stroke: "var(--c9)", "stroke-dasharray": "4 3" }, grid.marks);
  const ring = svg("g", { "pointer-events": "none" }, grid.marks);
  const surface = svg("g", { class: "shift" }, grid.marks);
  const area = svg("rect", { fill: "transparent" }, surface);
  handle(f, surface, {
    label: "shift of the image", hit: false, radius: 0, step: [1, 1],
    value: () => f.get("shift"), limits: () => [[-REACH, REACH], [-REACH, REACH]],
    at: grid.at, text: () => inWords(f.get("shift")), move: (shift) => f.set({ shift }),
  });
  const frameOf = svg("rect", { class: "ring", "pointer-events": "none" }, surface);
  const lensHandle = handle(f, ring, {
    label: "pixel under the lens", step: [1, 1], at: grid.at, radius: 14,
    value: () => [lens[0], SIDE - 1 - lens[1]], limits: () => [[0, SIDE - 1], [0, SIDE - 1]],
    text: () => `row ${lens[1]}, column ${lens[0]}: ${written(image[lens[1] * SIDE + lens[0]])}`,
    move: ([column, row]) => look(column, SIDE - 1 - row),
  });
  const spot = svg("rect", { fill: "none", stroke: "var(--c1)", "stroke-width": 1 }, ring);
  const around = svg("rect", { fill: "none", stroke: "var(--c1)", "stroke-width": 2 }, ring);
  function look(column, row) {
    lens = [clamp(Math.floor(column), 0, SIDE - 1), clamp(Math.floor(row), 0, SIDE - 1)];
    f.redraw();
  }
  for (const name of ["pointermove", "pointerdown"])
    grid.svg.addEventListener(name, (event) => {
      const [x, y] = grid.at(event);
      if (name === "pointerdown" || event.buttons === 0) look(x, SIDE - y);
    });
  const cells = range(45).map(() => [svg("rect", {}, close.marks), svg("text", { "text-anchor": "middle" }, close.marks)]);

  // ---- the answers
  const rows = range(10).map((k) => {
    const picture = network ? null : svg("image", { width: 26, height: 26, href: address(means, k) }, bars.marks);
    const name = svg("text", { "text-anchor": "end", text: String(k) }, bars.marks);
    return { picture, name, bar: svg("rect", { height: 18, rx: 2 }, bars.marks), number: svg("text", {}, bars.marks) };
  });

  function draw() {
    if ([pad, grid, close, bars].some(({ box }) => box.width <= 1)) return; // not laid out
    const ink = drawnInk();
    const [shift, noise] = [f.get("shift"), f.get("noise")];
    const plain = f.get("centering") ? centered(ink) : asDrawn(ink);
    image = noisy(shifted(plain, shift), noise, f.get("seed"));
    const answer = answers(image, means, network);
    paint(pad, PAD, PAD, (row, column) => ink[(row + (ALL - PAD) / 2) * ALL + column + (ALL - PAD) / 2]);
    tipHandle.place(pad.x(pen[0]), pad.y(pen[1]));
    drawImage(shift);
    hiddenPlots.forEach((p, i) => drawHidden(p, answer.hidden[i], i));
    drawAnswers(answer);
    if (noise) return;
    if (shift.some(Boolean) && answers(plain, means, network).best !== answer.best) f.found(0);
    if (toggled) {
      const other = shifted(f.get("centering") ? asDrawn(ink) : centered(ink), shift);
      if (answers(other, means, network).best !== answer.best) f.found(1);
    }
    if (!network && image.every((v) => v === 0)) f.found(2);
    if (network && answer.scores[answer.best] > 0.9 && Math.min(...distances(image, means)) > UNLIKE) f.found(2);
  }

  // While a stroke grows, those before it are not drawn again.
  function drawnInk() {
    const how = [f.get("strokes"), f.get("turn"), f.get("thickness")];
    if (how.some((v, i) => v !== dry.how[i])) dry = { how, ink: rasterize(...how) };
    return drawing ? rasterize([drawing], how[1], how[2], dry.ink.slice()) : dry.ink;
  }

  function drawImage(shift) {
    paint(grid, SIDE, SIDE, (row, column) => image[row * SIDE + column]);
    const { width, height } = grid.box;
    const cell = width / SIDE;
    attribute(area, { width, height });
    attribute(frameOf, { x: 2, y: 2, width: width - 4, height: height - 4 });
    attribute(box, { x: 4 * cell, y: 4 * cell, width: 20 * cell, height: 20 * cell, visibility: f.get("centering") ? "visible" : "hidden" });
    const text = shift.some(Boolean) ? `shifted: ${inWords(shift)}` : "drag to shift it";
    attribute(small, { text });
    const [c, r] = lens;
    lensHandle.place((c + 0.5) * cell, (r + 0.5) * cell);
    attribute(spot, { x: -0.5 * cell, y: -0.5 * cell, width: cell, height: cell });
    attribute(around, { x: -4.5 * cell, y: -2.5 * cell, width: 9 * cell, height: 5 * cell });
    attribute(lensTitle, { text: `around row ${r}, column ${c} (0 black, 1 white):` });
    const [w, tall] = [close.box.width / 9, close.box.height / 5];
    cells.forEach(([rect, number], i) => {
      const [row, column] = [r - 2 + Math.floor(i / 9), c - 4 + (i % 9)];
      const inside = row >= 0 && row < SIDE && column >= 0 && column < SIDE;
      const v = inside ? image[row * SIDE + column] : 0;
      const [x, y] = [(i % 9) * w, Math.floor(i / 9) * tall];
      const edge = i === 22 ? "var(--c1)" : "var(--grey)";
      attribute(rect, { x: x + 1, y: y + 1, width: w - 2, height: tall - 2, fill: inside ? gray(v) : "none", stroke: edge, "stroke-width": i === 22 ? 3 : 0.5 });
      attribute(number, { x: x + w / 2, y: y + tall / 2 + 4, text: inside ? written(v) : "", style: `fill:${v > 0.45 ? "#000" : "#fff"};font-size:11px` });
    });
  }

  function drawHidden(p, values, i) {
    const n = perRow(p.box.width);
    const most = Math.max(...values);
    const side = (p.canvas.width / n) * 0.9;
    p.context.clearRect(0, 0, p.canvas.width, p.canvas.height);
    values.forEach((v, k) => {
      p.context.fillStyle = gray(most ? v / most : 0);
      const high = (p.canvas.height * 18) / p.box.height;
      p.context.fillRect(((k % n) * p.canvas.width) / n, Math.floor(k / n) * high, side, high * 0.9);
    });
    const off = values.filter((v) => v === 0).length;
    attribute(hiddenTitles[i].firstChild, { text: `hidden units: ${values.length}, of them ${off} at 0 (bright: large)` });
  }

  function drawAnswers({ scores, best }) {
    if (!network) bars.limits({ x: [0, Math.max(10, Math.ceil(Math.max(...scores)))] });
    scores.forEach((v, k) => {
      const [y, end] = [bars.y(k), bars.x(v)];
      const r = rows[k];
      if (r.picture) attribute(r.picture, { x: bars.box.left - 36, y: y - 13 });
      attribute(r.name, { x: bars.box.left - (r.picture ? 42 : 10), y: y + 4, "font-weight": k === best ? 700 : 400 });
      attribute(r.bar, { x: bars.box.left, y: y - 9, width: Math.max(0, end - bars.box.left), fill: k === best ? "var(--c2)" : "var(--c7)" });
      attribute(r.number, { x: end + 6, y: y + 4, text: written(v) + (k === best ? (network ? " ◀" : " ◀ nearest") : ""), "font-weight": k === best ? 700 : 400 });
    });
    const text = network
      ? `The network says ${best}, with probability ${written(scores[best])}.`
      : `Nearest is the mean ${best}, at distance ${written(scores[best])}.`;
    if (result.textContent && result.textContent !== text) f.say(text);
    attribute(result, { text });
  }
  return f.end;
}

function invitation(model) {
  if (model.get("strokes").length === 0) return "draw a 7, then drag the image beside it by two pixels. Is it still a 7?";
  if (!model.get("centering") && model.get("network").layers)
    return "you see a 7; the answer is another digit. Switch on MNIST's centering, then drag the image until the network is sure of another digit.";
  if (!model.get("centering")) return "you see a 7; the answer is another digit. Switch on MNIST's centering, then drag the image two pixels to the left.";
  return "drag the image of 28 × 28 pixels a little. How far does the answer hold?";
}

function inWords([x, y]) {
  const across = x ? `${Math.abs(x)} ${x > 0 ? "right" : "left"}` : "";
  const along = y ? `${Math.abs(y)} ${y > 0 ? "up" : "down"}` : "";
  return [across, along].filter(Boolean).join(", ") || "0 pixels";
}

const perRow = (width) => Math.max(8, Math.floor(width / 18));

/** Mean image k as an address that an SVG image takes; nothing is fetched. */
function address(means, k) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  paint({ small: canvas }, SIDE, SIDE, (r, c) => means[(k * SIDE + r) * SIDE + c]);
  return canvas.toDataURL();
}

export default { render };
