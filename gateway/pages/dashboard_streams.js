/** The streams that run, each with a button that ends it at its second press. */

import { KeptTable, set_cut, set_text } from "./dashboard_elements.js";
import { counted, short_duration, unknown, whole_number } from "./dashboard_format.js";
import { element } from "./elements.js";
import { refusal_of } from "./key_door.js";

const second_thoughts_ms = 4_000;
const narrow_most = 10; // rows that a narrow page has before it is asked for the rest: there they are tall
const columns = [
  { name: "stream", label: "Stream" }, { name: "model", label: "Model" }, { name: "target", label: "Target" },
  { name: "dialect", label: "Dialect" }, { name: "key", label: "Key" }, { name: "tokens", label: "Tokens", number: true },
  { name: "readers", label: "Readers", number: true }, { name: "age", label: "Age", number: true },
  { name: "stop", label: "Stop", number: true, hidden: true },
];

export class StreamTable {
  rows = [];
  shows_all = false;
  narrow = matchMedia("(max-width: 959px)"); // where dashboard.css lays the rows out as blocks

  constructor({ host, count, heading, fault, has_keys }) {
    Object.assign(this, { count, heading, fault, has_keys });
    host.className = "streams";
    this.table = new KeptTable(host, columns, {
      label: "Streams running", key: (stream) => stream.id, make: (cells, stream) => this.make_row(cells, stream),
      fill: (cells, stream) => this.fill_row(cells, stream),
    });
    this.command = element("code");
    this.empty = element("div", { className: "empty-state" },
      element("p", { textContent: "No stream runs. This begins one:" }),
      element("pre", { tabIndex: 0, attributes: { role: "region", "aria-label": "Command that begins a stream" } }, this.command));
    this.more = element("button", { className: "button small", type: "button" });
    this.more.addEventListener("click", () => this.show_rest());
    this.more_place = element("p", { className: "more" }, this.more);
    host.append(this.more_place, this.empty);
    this.narrow.addEventListener("change", () => this.show_rows());
    this.show({ streams: [] }, 0);
  }

  /** `event` is the feed's; ages are told by the gateway's own clock, `now_ms`. */
  show(event, now_ms) {
    const streams = event.streams ?? [], total = event.total ?? streams.length;
    this.now_ms = now_ms;
    this.rows = this.held_rows(streams) ?? streams;
    this.show_rows();
    this.empty.hidden = this.rows.length > 0;
    if (this.rows.length === 0) set_text(this.command, this.example());
    const shown = total > streams.length ? `the newest ${whole_number(streams.length)} of ` : "";
    set_text(this.count, streams.length > 0 ? shown + counted(total, "stream") : "");
  }

  show_rows() {
    const { body } = this.table;
    const focused = body.contains(document.activeElement);
    const shown = this.shows_all || !this.narrow.matches ? this.rows : this.rows.slice(0, narrow_most);
    this.table.show(shown);
    if (focused && !body.contains(document.activeElement)) this.heading.focus(); // its stream has ended
    this.more_place.hidden = shown.length === this.rows.length;
    set_text(this.more, `and ${whole_number(this.rows.length - shown.length)} more`);
  }

  /** The focus goes on to the first of them. */
  show_rest() {
    this.shows_all = true;
    this.show_rows();
    this.table.body.rows[narrow_most]?.querySelector("button").focus();
  }

  /** Between the two presses no row moves, so that the second one meets the same stream. */
  held_rows(streams) {
    if (!this.table.body.querySelector("[data-armed]")) return null;
    const now = new Map(streams.map((stream) => [stream.id, stream]));
    return this.rows.map((row) => now.get(row.id) ?? row);
  }

  example() {
    const url = new URL("v1/streams", document.baseURI).href;
    const key = this.has_keys() ? " -H \"Authorization: Bearer $SLUICE_API_KEY\"" : "";
    return `curl -N ${url}${key} -d '{"prompt": "Tell me about rivers"}'`;
  }

  make_row(cells, stream) {
    set_cut(cells.stream, stream.stream ?? stream.id);
    cells.stream.firstChild.title = stream.id;
    cells.stream.firstChild.classList.add("mono");
    const button = element("button", { type: "button", className: "button small" });
    cells.stop.append(button);
    new StopButton(button, stream, (words) => this.tell(words));
  }

  fill_row(cells, stream) {
    for (const name of ["model", "target", "dialect", "key"]) set_cut(cells[name], stream[name] ?? unknown);
    set_text(cells.tokens, whole_number(stream.output_tokens));
    set_text(cells.readers, stream.detached && !stream.readers ? "detached" : whole_number(stream.readers));
    set_text(cells.age, short_duration(this.now_ms / 1000 - stream.created));
  }

  tell(words) {
    this.fault.hidden = words === "";
    set_text(this.fault, words);
  }
}

/** Asks once more by its own words, for a few seconds, and no dialog. */
class StopButton {
  timer = 0;

  constructor(button, stream, tell) {
    Object.assign(this, { button, stream, tell, name: `stream ${stream.stream ?? stream.id}` });
    this.calm();
    button.addEventListener("click", ({ detail }) => { if (detail < 2) this.press(); }); // a double click is one press
    button.addEventListener("blur", () => { if (this.armed) this.calm(); });
  }

  press() {
    if (this.button.hasAttribute("aria-disabled")) return;
    if (this.armed) this.stop();
    else this.arm();
  }

  look(words, label, is_armed) {
    clearTimeout(this.timer);
    this.armed = is_armed;
    this.button.textContent = words;
    this.button.setAttribute("aria-label", label);
    this.button.classList.toggle("bad", is_armed);
    this.button.toggleAttribute("data-armed", is_armed);
  }

  calm() { this.look("Stop", `Stop ${this.name}`, false); }

  arm() {
    this.look("Stop it?", `Press again to stop ${this.name}`, true);
    this.timer = setTimeout(() => this.calm(), second_thoughts_ms);
  }

  async stop() {
    this.look("Stopping", `Stopping ${this.name}`, false);
    this.button.setAttribute("aria-disabled", "true");
    const answer = await fetch(`v1/streams/${encodeURIComponent(this.stream.id)}`, { method: "DELETE" }).catch(() => null);
    this.button.removeAttribute("aria-disabled");
    if (answer?.ok) return this.tell("");
    const is_over = answer?.status === 404; // it ended by itself, meanwhile
    const why = answer ? await refusal_of(answer) : "The gateway could not be reached.";
    this.tell(is_over ? "" : `The ${this.name} could not be stopped: ${why}`);
    this.calm();
  }
}
