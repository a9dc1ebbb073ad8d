/** The dialog that shows how to ask the same from one's own code. */
import { snippets } from "./snippets.js";
import { by_id, copies, made } from "./playground_dom.js";

const dialog = by_id("copy-dialog"), tabs = by_id("snippets"), code = by_id("snippet");
let shown = [];

/** The address under which the gateway is seen from here, below whatever path. */
const origin = () => new URL(".", document.baseURI).href.replace(/\/$/, "");

function choose(index, focus = true) {
  [...tabs.children].forEach((tab, at) => {
    tab.setAttribute("aria-selected", String(at === index));
    tab.tabIndex = at === index ? 0 : -1;
    if (at === index && focus) tab.focus();
  });
  code.textContent = shown[index].code;
  code.className = `language-${shown[index].language}`;
  by_id("snippet-panel").setAttribute("aria-labelledby", tabs.children[index].id);
}

function tab_of({ id, name }, index) {
  const tab = made("button", "tab", name);
  Object.assign(tab, { id: `snippet-tab-${id}`, type: "button" });
  tab.dataset.snippet = id;
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", "snippet-panel");
  tab.addEventListener("click", () => choose(index));
  return tab;
}

/** Left, Right, Home and End go through the tabs, as tabs do. */
function by_arrows(event) {
  const last = shown.length - 1, at = [...tabs.children].indexOf(document.activeElement);
  const to = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  choose(to);
}

/** `asked` is {model, messages, parameters, authenticated}. */
function open(asked) {
  const chosen = Math.max(0, [...tabs.children].findIndex((tab) => tab.getAttribute("aria-selected") === "true"));
  shown = snippets({ origin: origin(), ...asked });
  tabs.replaceChildren(...shown.map(tab_of));
  dialog.showModal();
  choose(Math.min(chosen, shown.length - 1));
}

/** `asked()` tells what the snippets ask. */
export function start_copy(asked) {
  by_id("copy-as").addEventListener("click", () => open(asked()));
  tabs.addEventListener("keydown", by_arrows);
  by_id("copy-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  copies(by_id("copy-snippet"), () => code.textContent);
}
