// The colors and the style sheet of explorables.

// seaborn's colorblind palette, as in course_utils.plotting: --c0 … --c9 for
// areas, --i0 … --i9 the same hues for letters and thin lines (4.5 to 1).
const LIGHT = {
  areas: "#0173b2 #de8f05 #029e73 #d55e00 #cc78bc #ca9161 #fbafe4 #949494 #ece133 #56b4e9",
  inks: "#0169a3 #9a6200 #00735c #b34700 #a34a97 #8a5a2b #c2477f #616161 #716c00 #2576a6",
  rest: "--paper:#fff;--ink:#222;--grey:#616161;--light:#d9d9d9;--faint:#f1f1f1",
};
const DARK = {
  areas: "#2b8fd0 #de8f05 #1fae84 #e06c1b #cc78bc #ca9161 #fbafe4 #949494 #ece133 #56b4e9",
  inks: "#5cb8ea #eda93b #3fc79c #ff9155 #e3a0d7 #deb288 #fbafe4 #b5b5b5 #ece133 #8fcdf2",
  rest: "--paper:#15171b;--ink:#ececec;--grey:#b3b3b3;--light:#454950;--faint:#24272d",
};

function variables({ areas, inks, rest }) {
  const list = (letter, colors) =>
    colors.split(" ").map((c, i) => `--${letter}${i}:${c}`).join(";");
  return `${list("c", areas)};${list("i", inks)};${rest}`;
}

/** Whether the page around `root` is dark: it says so, or the system does. */
export function isDark(root) {
  const { body, documentElement: html } = document;
  const lab = body.dataset.jpThemeLight;
  if (lab) return lab === "false";
  const near = root.closest("[data-theme]") ?? html;
  const theme = near.dataset.theme || html.getAttribute("theme"); // the latter: Colab
  if (theme === "dark" || theme === "light") return theme === "dark";
  if (/vscode-(light|dark)/.test(body.className))
    return body.className.includes("vscode-dark");
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

const STYLE = `
.explorable{${variables(LIGHT)};background:var(--paper);color:var(--ink);
 font:14px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
 box-sizing:border-box;width:100%;max-width:1000px;padding:12px 14px;
 border:1px solid var(--light);border-radius:8px;position:relative;overflow:hidden}
.explorable[data-mode=dark]{${variables(DARK)};color-scheme:dark}
.explorable[data-mode=light]{color-scheme:light}
.explorable *,.explorable *::before{box-sizing:border-box}
.explorable .heading{font-size:16px;font-weight:700}
.explorable p,.explorable ul{margin:2px 0;padding:0}
.explorable .head{display:flex;justify-content:space-between;gap:12px;align-items:start}
.explorable .try b{color:var(--i0)}
.explorable .stage{display:flex;flex-wrap:wrap;gap:8px 16px;margin:8px 0;align-items:start}
.explorable .plot{position:relative;flex:1 1 300px;min-width:0;max-width:100%}
.explorable .plot>svg{display:block;position:relative;width:100%;overflow:visible;
 user-select:none;-webkit-user-select:none}
.explorable .plot>canvas{position:absolute}
.explorable svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
 fill:var(--ink)}
.explorable svg .axis{stroke:var(--grey);fill:none}
.explorable svg .axis-text{fill:var(--grey)}
.explorable svg .grid{stroke:var(--light);fill:none}
.explorable svg .title{font-weight:600}
.explorable .readout{font-variant-numeric:tabular-nums}
.explorable .readout b{font-size:16px}
.explorable .controls{display:flex;flex-wrap:wrap;gap:8px 18px;align-items:center}
.explorable .control{display:inline-flex;gap:8px;align-items:center}
.explorable .control.wide{flex:1 1 220px;max-width:420px}
.explorable .control output{min-width:3.5em;font-variant-numeric:tabular-nums}
.explorable input[type=range]{flex:1;min-width:90px;height:32px;margin:0;accent-color:var(--i0)}
.explorable button,.explorable select,.explorable input[type=text]{font:inherit;color:var(--ink);
 background:var(--faint);border:1px solid var(--grey);border-radius:6px;padding:3px 10px;
 min-height:32px;cursor:pointer}
.explorable button{flex:none}
.explorable button:hover:enabled{border-color:var(--i0)}
.explorable button:disabled{color:var(--grey);cursor:default}
.explorable button[aria-pressed=true]{border:2px solid var(--i0);font-weight:600}
.explorable button[aria-pressed=true]::before{content:"✓ "}
.explorable input[type=checkbox],.explorable input[type=radio]{width:18px;height:18px;
 accent-color:var(--i0)}
.explorable :focus-visible{outline:3px solid var(--i0);outline-offset:2px}
.explorable [role=slider]{cursor:grab;outline:none}
.explorable [role=slider]:active{cursor:grabbing}
.explorable [role=slider] .ring{fill:none;stroke:none}
.explorable [role=slider]:focus-visible .ring{stroke:var(--i0);stroke-width:3}
.explorable .finds{list-style:none;margin-top:8px}
.explorable .finds li{padding-left:22px;position:relative}
.explorable .finds li::before{content:"○";position:absolute;left:2px;color:var(--grey)}
.explorable .finds li.found::before{content:"✓";color:var(--i2);font-weight:700}
.explorable .finds li.found span{display:block;color:var(--i2)}
.explorable .spoken{position:absolute;width:1px;height:1px;overflow:hidden;
 clip-path:inset(50%);white-space:nowrap}
.explorable .veil{border:2px dashed var(--grey);border-radius:8px;padding:16px;margin:8px 0;
 display:flex;flex-wrap:wrap;gap:10px;align-items:center}
.explorable .veil p{flex-basis:100%}
.explorable .veil input{flex:1 1 160px;cursor:text}
.explorable [hidden]{display:none!important}
.explorable[data-narrow]{padding:10px}
.explorable[data-narrow] button,.explorable[data-narrow] select,
.explorable[data-narrow] input[type=range],.explorable[data-narrow] input[type=text]{min-height:44px}
.explorable[data-narrow] button,.explorable[data-narrow] select{min-width:44px}
.explorable[data-narrow] label.control{min-height:44px}
.explorable[data-narrow] .control.wide{flex-basis:100%}
`;

/** Put the style sheet into the page around `root`, once. */
export function addStyle(root) {
  const place = root.getRootNode() instanceof ShadowRoot ? root.getRootNode() : document.head;
  if (place.querySelector("style[data-explorables]")) return;
  const sheet = document.createElement("style");
  sheet.dataset.explorables = "";
  sheet.textContent = STYLE;
  place.append(sheet);
}
