/** One reading of a stream into a turn: from Send, a reload or Try again to its end. */
import { OncePerFrame } from "./playground_dom.js";
import { Meter } from "./playground_figures.js";
import { StreamReader } from "./playground_stream.js";

const now = () => performance.timeOrigin + performance.now();

export class Run {
  /**
   * `hooks` are on_state(state, words), on_begun(id), on_drawn(), on_end(); a `joined` stream is read from
   * its beginning again.
   */
  constructor(turn, events, hooks, { joined = false } = {}) {
    Object.assign(this, { turn, events, hooks });
    const { record } = turn;
    this.meter = new Meter(record.begun_at, { first_at: record.first_at, replayed: joined });
    this.frame = new OncePerFrame(() => this.draw());
    this.resumed_before = record.resumed;
    this.reader = new StreamReader({
      request: record.request, id: joined ? record.id : "", transport: record.transport,
      on_event: (event) => this.event(event),
      on_comment: (text) => this.events.comment(text),
      on_change: (change) => this.change(change),
    });
    this.state("live", joined ? "Joining the stream" : "Waiting for the first token");
    this.ended = this.reader.run().then((end) => this.end(end));
  }

  get over() { return this.reader.ended !== null; }

  state(state, words) {
    this.shown = state;
    this.words = words;
    this.hooks.on_state(state, words);
  }

  stop() {
    if (this.over) return;
    this.reader.stop();
    if (!this.over) this.state("live", "Stopping");
  }

  /** Nobody looks any longer: what still comes is read, and shown nowhere. */
  detach() {
    this.hooks = { on_state() {}, on_begun() {}, on_drawn() {}, on_end() {} };
    this.events = { event() {}, comment() {}, mark() {} };
  }

  event({ type, data, id, value }) {
    const { record } = this.turn;
    this.events.event({ type, data, id }, type === "done" && value?.finish_reason === "error");
    record.resumed = this.resumed_before + this.reader.resumed;
    if (type === "start") this.begun(value);
    else if (type === "done") Object.assign(record, done_of(value));
    else if (type === "message" && value && typeof value === "object") this.content(value);
    this.frame.ask();
  }

  begun(value) {
    const { record } = this.turn;
    record.id = this.reader.id;
    record.model = value?.model ?? record.model;
    this.turn.show();
    this.hooks.on_begun(record.id);
  }

  content(value) {
    this.meter.content(now());
    this.turn.answer.take(value);
    this.turn.record.first_at = this.meter.first_at;
    if (this.words !== "Streaming" && !this.reader.stopping) this.state("live", "Streaming");
  }

  change({ kind, method, url, last_event_id, wait_ms, dropped, first }) {
    if (kind === "ask") {
      this.events.mark(`${method} ${url}${last_event_id ? `, Last-Event-ID: ${last_event_id}` : ""}`);
    } else if (kind === "open") {
      if (this.shown === "lost") this.state("live", this.reader.stopping ? "Stopping" : "Waiting for the next token");
      if (dropped) this.turn.note(`Without effect at this model: ${dropped}.`);
    } else if (kind === "gap") {
      this.turn.note(`The beginning is no longer held: the answer is shown from event ${first} on.`);
    } else {
      const words = kind === "cut" ? "Connection cut" : "Connection lost";
      const seconds = (wait_ms / 1000).toFixed(1);
      this.events.mark(`${words}, back in ${seconds} s`, "warn");
      this.state("lost", `${words}, back in ${seconds} s`);
    }
  }

  draw() {
    this.measure();
    if (!this.turn.answer.flush(performance.now())) this.frame.ask();
    this.turn.part("waiting").hidden = !this.turn.answer.is_empty;
    this.turn.show_figures();
    this.hooks.on_drawn();
  }

  measure() {
    const { record } = this.turn, { usage, timing } = record;
    record.first_ms = this.meter.first_token_ms(timing);
    record.rate = this.meter.rate(usage?.output_tokens, timing);
  }

  end({ fault, hung_up }) {
    const { record, answer } = this.turn;
    if (fault) Object.assign(record, { fault, state: "bad" });
    else if (hung_up) Object.assign(record, { finish: "disconnected", state: "stopped" });
    record.kept = answer.kept;
    answer.finish();
    this.frame.now();
    this.turn.show();
    this.state(record.state, { bad: "Failed", stopped: "Stopped" }[record.state] ?? "Done");
    this.hooks.on_drawn();
    this.hooks.on_end(record);
  }
}

/** What `done` says, for the record. */
function done_of(value) {
  const { finish_reason: finish, usage, cost, timing, error } = value ?? {};
  const failed = finish === "error" && {
    title: "The stream failed", message: error?.message ?? "The server gave no reason.",
    type: error?.type, retryable: error?.retryable,
  };
  const state = { error: "bad", cancelled: "stopped" }[finish] ?? "done";
  return { finish, usage, cost, timing, state, ...(failed && { fault: failed }) };
}
