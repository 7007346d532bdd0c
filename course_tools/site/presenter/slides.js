// Slides of a lesson: text that fits, explorables that live, notes for the presenter.
import Notes from "../reveal/notes.esm.js";
import Reveal from "../reveal/reveal.esm.js";
import { mount } from "../widgets/page.js";

const SMALLEST = 0.6; // of the size that text has where there is little of it

/** Make the text of a slide smaller until everything is on it. */
function fit(slide) {
  for (let size = 1; size >= SMALLEST; size -= 0.05) {
    slide.style.fontSize = `${size}em`;
    const wide = [...slide.querySelectorAll(".formula, pre, table")].some(
      (part) => part.scrollWidth > slide.clientWidth,
    );
    if (!wide && slide.scrollHeight <= slide.clientHeight) return;
  }
}

/** Bring an explorable to life, as large as its slide allows. */
async function live(el) {
  const { name, args } = JSON.parse(el.dataset.explorable);
  delete el.dataset.explorable;
  await mount(el, name, args, { address: false });
  el.classList.add("started");
}

function show({ currentSlide }) {
  for (const el of currentSlide.querySelectorAll("[data-explorable]")) live(el);
  fit(currentSlide);
}

const deck = new Reveal({
  plugins: [Notes],
  // Neither scaled nor shifted: what a hand drags stays under it.
  disableLayout: true,
  display: "flex",
  center: false,
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
