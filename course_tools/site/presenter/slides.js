// Slides of a lesson: text that fits, explorables that live, notes for the presenter.
import Notes from "../reveal/notes.esm.js";
import Reveal from "../reveal/reveal.esm.js";
import { mount } from "../widgets/page.js";

const SMALLEST = 0.6; // of the usual size of text
const LARGEST = 1.3; // where there is nothing but text

/** Make the text of a slide as large as its room allows. */
function fit(slide) {
  const wide = [...slide.querySelectorAll(".formula, .output, .code, .table")];
  const most = slide.querySelector(".picture, .live") ? 1 : LARGEST;
  for (let size = most; size >= SMALLEST; size -= 0.05) {
    slide.style.fontSize = `${size}em`;
    if (
      slide.scrollHeight <= slide.clientHeight &&
      wide.every((part) => part.scrollWidth <= part.clientWidth)
    )
      return;
  }
}

/** Bring an explorable to life; the address is that of the slide. */
async function live(el) {
  const { name, args } = JSON.parse(el.dataset.explorable);
  delete el.dataset.explorable;
  await mount(el, name, args, { address: false });
}

function show({ currentSlide }) {
  for (const el of currentSlide.querySelectorAll("[data-explorable]")) live(el);
  requestAnimationFrame(() => fit(currentSlide)); // once it is laid out
}

const deck = new Reveal({
  plugins: [Notes],
  // Neither scaled nor shifted: what a hand drags stays under it.
  disableLayout: true,
  display: "flex",
  center: false,
  controls: false,
  hash: true,
  slideNumber: "c/t",
  transition: "none",
  // Keys move what they have been given to.
  keyboardCondition: (event) => !event.target.closest?.(".live"),
});
deck.on("ready", show);
deck.on("slidechanged", show);
addEventListener("resize", () => fit(deck.getCurrentSlide()));
await deck.initialize();
document.documentElement.dataset.ready = "";
