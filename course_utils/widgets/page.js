// Explorables on a web page: a stand-in for the notebook's model, and the state
// in the address.
import { h } from "./shared.js";

/** What a notebook's model offers an explorable: get, set, on, off, save_changes. */
export function standIn(values, onSave = () => {}) {
  const state = { ...values };
  const listeners = [];
  return {
    get: (name) => state[name],
    set(name, value) {
      if (Object.is(state[name], value)) return;
      state[name] = value;
      for (const [event, listener] of [...listeners])
        if (event === "change" || event === `change:${name}`) listener();
    },
    on: (event, listener) => void listeners.push([event, listener]),
    off(event, listener) {
      const keep = ([e, l]) => e !== event || (listener && l !== listener);
      listeners.splice(0, listeners.length, ...listeners.filter(keep));
    },
    save_changes: () => onSave(state),
  };
}

/** The state that differs from `start`, as the part of an address after the #. */
export function toHash(id, state, start) {
  const pairs = [["explorable", id]];
  for (const [name, value] of Object.entries(start)) {
    const text = JSON.stringify(state[name]);
    if (text !== JSON.stringify(value)) pairs.push([name, text]);
  }
  return "#" + new URLSearchParams(pairs);
}

/** What `toHash` wrote for `id`: only names of `start`, only values of its types. */
export function fromHash(hash, id, start) {
  const pairs = new URLSearchParams(hash.replace(/^#/, ""));
  const state = {};
  if (pairs.get("explorable") !== id) return state;
  for (const [name, text] of pairs) {
    if (!Object.hasOwn(start, name)) continue;
    try {
      const value = JSON.parse(text);
      if (kind(value) === kind(start[name])) state[name] = value;
    } catch {
      // An address cut short in an e-mail: the start stands instead.
    }
  }
  return state;
}

function kind(value) {
  if (Array.isArray(value)) return `list of ${value.length ? kind(value[0]) : "?"}`;
  return typeof value;
}

/**
 * Show the explorable `name` in `el`, with `args` as Python wrote them.
 *
 * What was moved is kept in the address, so that it can be shared, unless
 * `address` is false. `id` tells several explorables of a page apart in it.
 * Resolves to { model, end }.
 */
export async function mount(el, name, args = {}, { id = name, address = true } = {}) {
  const module = await import(`./${name}.js`);
  const start = { ...module.defaults, ...args };
  const shared = address ? fromHash(location.hash, id, start) : {};
  let timer;
  const model = standIn(
    { veil: "", guess: "", ...start, ...shared, start },
    (state) => {
      if (!address) return;
      clearTimeout(timer);
      const write = () => history.replaceState(null, "", toHash(id, state, start));
      timer = setTimeout(write, 300);
    },
  );
  el.replaceChildren();
  const end = module.render({ model, el });
  if (Object.keys(shared).length) el.scrollIntoView({ block: "center" });
  return { model, end };
}

/**
 * Bring every `<div data-explorable='{"name": …, "args": {…}}'>` of the page to
 * life when it comes near the window; until then it shows what it contains.
 */
export function mountAll(root = document) {
  const seen = {};
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        start(target);
      }
    },
    { rootMargin: "600px" },
  );
  function start(el) {
    const { name, args } = JSON.parse(el.dataset.explorable);
    mount(el, name, args, { id: el.dataset.id }).catch((error) => {
      const what = `This explorable could not start: ${error.message}`;
      el.append(h("p", { role: "alert" }, what));
    });
  }
  for (const el of root.querySelectorAll("[data-explorable]")) {
    const { name } = JSON.parse(el.dataset.explorable);
    seen[name] = (seen[name] ?? 0) + 1;
    el.dataset.id ||= seen[name] === 1 ? name : `${name}-${seen[name]}`;
    const wanted = new URLSearchParams(location.hash.slice(1)).get("explorable");
    if (wanted === el.dataset.id) start(el);
    else near.observe(el);
  }
}
