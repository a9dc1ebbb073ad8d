/**
 * The raw events: every frame as it came, with its time of arrival, and what happened to the
 * connection between them. The list follows its end unless its reader has scrolled away, and forgets
 * the oldest.
 */
import { by_id, made, OncePerFrame } from "./playground_dom.js";

const rows_max = 2000;
const data_max = 2000; // characters of one event's data that are shown

export class EventList {
  #waiting = []; #total = 0; #begun_at = performance.now(); #frame = new OncePerFrame(() => this.#draw());

  /** Begins anew. */
  clear() {
    this.#waiting = [];
    this.#total = 0;
    this.#begun_at = performance.now();
    by_id("events").replaceChildren();
    by_id("events-empty").hidden = false;
    this.#count();
  }

  event({ type, data, id }, failed) { this.#add({ look: failed ? "failed" : "event", name: type, id, data }, 1); }
  comment(text) { this.#add({ look: "comment", name: "comment", id: "", data: text }, 0); }
  /** What the page did or saw, and no frame. */
  mark(text, look = "") { this.#add({ look: `mark ${look}`, name: "", id: "", data: text }, 0); }

  #add(row, count) {
    this.#total += count;
    this.#waiting.push({ at_ms: performance.now() - this.#begun_at, ...row });
    if (this.#waiting.length > rows_max) this.#waiting.shift();
    this.#frame.ask();
  }

  #count() {
    const words = `${this.#total.toLocaleString("en")} ${this.#total === 1 ? "event" : "events"}`;
    by_id("count").textContent = this.#total > rows_max ? `${words}, the last ${rows_max} kept` : words;
    by_id("tab-count").textContent = this.#total ? `(${this.#total.toLocaleString("en")})` : "";
  }

  #draw() {
    if (this.#waiting.length === 0) return;
    const scroll = by_id("scroll"), list = by_id("events");
    const follows = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
    list.append(...this.#waiting.map(row_of));
    this.#waiting = [];
    while (list.childElementCount > rows_max) list.firstElementChild.remove();
    by_id("events-empty").hidden = true;
    this.#count();
    if (follows) scroll.scrollTop = scroll.scrollHeight;
  }
}

function row_of({ at_ms, look, name, id, data }) {
  const row = made("li", look), meta = made("span", "meta");
  const cut = data.length > data_max ? `${data.slice(0, data_max)}… (${data.length} characters)` : data;
  if (name) meta.append(made("span", "name", name));
  if (id) meta.append(id_of(id));
  row.append(made("span", "at", `${at_ms.toFixed(0)} ms`), ...(meta.hasChildNodes() ? [meta] : []), data_of(cut));
  return row;
}

/** STREAM/POSITION; a narrow page has room for the position alone. */
function id_of(id) {
  const shown = made("span", "id"), slash = id.lastIndexOf("/");
  shown.title = id;
  shown.append(made("span", "stream", id.slice(0, Math.max(slash, 0))), id.slice(Math.max(slash, 0)));
  return shown;
}

/** JSON that is longer than its line breaks behind a comma or a bracket, rather than within a word. */
function data_of(text) {
  const shown = made("span", "data");
  for (const piece of text.split(/(?<=[,{[])/)) shown.append(piece, document.createElement("wbr"));
  return shown;
}
