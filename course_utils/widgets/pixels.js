// What explorables with images share: pictures of gray squares, and columns.
import { h, plot } from "./shared.js";

/** A plot without axes and margins, whose canvas shows an image as `paint` leaves it. */
export function bare(f, options) {
  const p = plot(f, { margin: [0, 0, 0, 0], xTicks: [], yTicks: [], ...options });
  p.svg.firstChild.style.display = "none";
  return p;
}

/** A part of the stage that holds others, one above the other. */
export function column(basis, ...parts) {
  const node = h("div", {}, ...parts);
  node.style.cssText = `flex:1 1 ${basis}px;min-width:0`;
  return node;
}

export const heading = (text) => h("p", {}, h("b", {}, text));

/** The color of v: 0 black, 1 white. */
export function gray(v) {
  const level = Math.round(255 * Math.min(Math.max(v, 0), 1));
  return `rgb(${level},${level},${level})`;
}

/** height × width values in [0, 1] as gray squares on the canvas of a plot. */
export function paint(p, height, width, value) {
  p.small ??= document.createElement("canvas");
  if (p.small.width !== width || p.small.height !== height)
    Object.assign(p.small, { width, height });
  const context = p.small.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    const level = 255 * value(Math.floor(i / width), i % width); // cut to 0 … 255 there
    pixels.data[4 * i] = pixels.data[4 * i + 1] = pixels.data[4 * i + 2] = level;
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  if (!p.context) return;
  p.context.imageSmoothingEnabled = false; // squares stay squares
  p.context.drawImage(p.small, 0, 0, p.canvas.width, p.canvas.height);
}
