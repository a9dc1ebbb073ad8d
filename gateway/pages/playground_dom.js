import { element } from "./elements.js";

/** The element of that id. */
export const by_id = (id) => document.getElementById(id);

/** A new element with its class and text. What comes from a model or a server goes in as text only. */
export const made = (tag, name = "", text = "") => element(tag, { ...(name && { className: name }), ...(text && { textContent: text }) });

/** Calls `work` once in the next frame, however often it is asked for until then. */
export class OncePerFrame {
  #frame = 0;

  constructor(work) { this.work = work; }

  ask() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.now());
  }

  now() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.work();
  }
}

/** Copies to the clipboard; pages that came over plain HTTP have to do it by a selection. */
export async function copy_text(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const area = made("textarea", "visually-hidden");
  area.value = text;
  const holder = document.querySelector("dialog[open]") ?? document.body; // else a modal dialog keeps the focus
  const focused = document.activeElement;
  holder.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return copied;
}

/** A button that copies what `text()` gives, and says so on itself for a moment. */
export function copies(button, text) {
  const words = button.textContent;
  button.addEventListener("click", async () => {
    button.textContent = (await copy_text(text())) ? "Copied" : "Not allowed";
    setTimeout(() => { button.textContent = words; }, 1500);
  });
}
