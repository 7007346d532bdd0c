// What the course adds to its pages: explorables come alive, words explain themselves.
import { mountAll } from "./widgets/page.js";

const STATIC = new URL(".", import.meta.url);
const WORD = /glossary\.html#(.+)$/;
let meanings; // by anchor, once one has been asked for

async function meaning(anchor) {
  meanings ??= fetch(new URL("glossary.json", STATIC)).then((reply) => reply.json());
  return (await meanings)[decodeURIComponent(anchor)];
}

function explain(link, anchor) {
  let box, wanted;
  const show = async () => {
    wanted = true;
    const text = await meaning(anchor).catch(() => undefined);
    if (!wanted || !text || box) return;
    box = document.createElement("div");
    box.className = "meaning";
    box.setAttribute("role", "tooltip");
    box.id = `meaning-${anchor}`;
    box.textContent = text;
    document.body.append(box);
    const { left, bottom } = link.getBoundingClientRect();
    const most = document.documentElement.clientWidth - box.offsetWidth - 8;
    box.style.left = `${Math.max(8, Math.min(left, most)) + scrollX}px`;
    box.style.top = `${bottom + 6 + scrollY}px`;
    link.setAttribute("aria-describedby", box.id);
  };
  const hide = () => {
    wanted = false;
    box?.remove();
    box = undefined;
    link.removeAttribute("aria-describedby");
  };
  for (const event of ["mouseenter", "focus"]) link.addEventListener(event, show);
  for (const event of ["mouseleave", "blur"]) link.addEventListener(event, hide);
  link.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}

// On paper nothing can be unfolded, and no figure comes into sight.
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("article details:not([open])")];
  for (const part of unfolded) part.open = true;
  for (const image of document.images) image.loading = "eager";
});
addEventListener("afterprint", () => {
  for (const part of unfolded) part.open = false;
});

for (const link of document.querySelectorAll("article a[href*='glossary.html#']")) {
  const found = WORD.exec(link.getAttribute("href"));
  if (found) explain(link, found[1]);
}
mountAll();
