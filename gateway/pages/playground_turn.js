/**
 * One turn of the conversation on the page: what was asked, the answer, its figures and what went
 * wrong. Its `record` is plain data, which outlives a reload:
 *   {prompt, model, request: {name, body, headers}, transport, id, state, begun_at, first_at, resumed, kept,
 *    finish, usage, cost, timing, rate, fault}
 */
import { Answer } from "./playground_answer.js";
import { by_id, copies, made } from "./playground_dom.js";
import { format_cost, format_ms, format_rate, format_timing, format_usage } from "./playground_figures.js";

// The parts of the newest turn can be found by these ids.
const parts = ["answer", "error", "error-title", "error-text", "error-hint", "retry", "note",
  "ttft", "rate", "usage", "cost", "finish", "resumed", "timing"];

function pair_of(name, value) {
  const pair = made("span", "pair", `${name} `);
  pair.append(made("b", "", value));
  return pair;
}

export class Turn {
  constructor(record) {
    this.record = record;
    for (const part of parts) by_id(part)?.removeAttribute("id");
    this.element = by_id("turn-template").content.firstElementChild.cloneNode(true);
    for (const part of parts) this.part(part).id = part;
    this.part("prompt").textContent = record.prompt ?? "";
    this.part("asked").hidden = record.prompt === null;
    by_id("conversation").append(this.element);
    this.answer = new Answer(this.part("answer"));
    copies(this.part("copy"), () => this.answer.text);
    this.show();
  }

  part(name) { return this.element.querySelector(`[data-part=${name}]`); }

  /** Everything but the answer itself, from the record. */
  show() {
    const { record } = this, live = record.state === "live";
    this.element.dataset.state = record.state;
    this.part("model").textContent = record.model || "Answer";
    this.part("answer").classList.toggle("live", live);
    this.part("answer").setAttribute("aria-busy", String(live)); // a screen reader hears no single tokens
    this.part("waiting").hidden = !live || !this.answer.is_empty;
    this.part("copy").hidden = live || this.answer.text === "";
    this.part("nothing").hidden = live || !this.answer.is_empty || Boolean(record.fault);
    this.show_figures();
    this.show_fault(record.fault);
  }

  show_figures() {
    const { first_ms, rate, usage, cost, finish, resumed, timing } = this.record;
    this.part("ttft").textContent = format_ms(first_ms);
    this.part("rate").textContent = format_rate(rate);
    this.part("usage").textContent = format_usage(usage);
    this.part("finish").textContent = finish ?? "–";
    this.part("cost").textContent = format_cost(cost);
    this.part("cost").parentElement.hidden = !Number.isFinite(cost);
    this.part("resumed").textContent = resumed === 1 ? "once" : `${resumed} times`;
    this.part("resumed").parentElement.hidden = !resumed;
    this.part("timing").replaceChildren(...format_timing(timing).flatMap(([name, value]) => [
      pair_of(name, value), " "])); // a space for who copies the line
    this.part("timing").parentElement.hidden = !timing;
  }

  show_fault(fault) {
    this.part("error").hidden = !fault;
    if (!fault) return;
    this.part("error-title").textContent = fault.title;
    this.part("error-text").textContent = fault.message;
    this.part("error-hint").textContent = hint_of(this.record);
    this.part("retry").hidden = is_for_good(this.record);
  }

  note(text) {
    this.part("note").hidden = text === "";
    this.part("note").textContent = text;
  }
}

/** A gateway that was started again, or has no room, does not know its streams of before. */
export const is_forgotten = ({ id, fault }) => id !== "" && (fault?.status === 404 || fault?.status === 410);

/** Of another page's stream there is no question that could be asked again. */
const is_for_good = (record) => record.prompt === null && is_forgotten(record);

/** What to do, in words that agree with the button below them. */
function hint_of(record) {
  const { retry_after_s, retryable, status } = record.fault;
  if (is_for_good(record)) return "The stream is not held any longer.";
  if (retry_after_s !== undefined) return `The server asks to wait ${retry_after_s} s before it is tried again.`;
  if (status === 401) return "Sign in with a key, then try again.";
  if (retryable === true || is_forgotten(record)) return "Trying again may help.";
  if (retryable !== false) return "";
  if (record.id) return "Tried again, it may fail the same way.";
  return "Change the settings or the model first, then try again.";
}
