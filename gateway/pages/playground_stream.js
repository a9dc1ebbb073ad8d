/**
 * Reads one native stream from its beginning to its `done`, over as many connections as that takes.
 * It begins the stream with a POST under a name of its own (Idempotency-Key), so that a POST whose
 * answer was lost may be sent again, and comes back with Last-Event-ID. It touches no page.
 */
import { SseParser } from "./playground_sse.js";

const attempts_max = 10;       // connections in a row that bring nothing
const begin_attempts_max = 3;  // of them before the stream has begun
const wait_max_ms = 15_000;
const stop_patience_ms = 5000; // how long a stopped stream may take to send its `done`

/** Milliseconds to wait after so many failures in a row: doubled each time, a quarter more or less. */
export function wait_ms(retry_ms, failures, random = Math.random()) {
  return Math.min(retry_ms * 2 ** (failures - 1), wait_max_ms) * (0.75 + random / 2);
}

/** What a refusal says, in the server's words: {title, message, status, type, retryable, retry_after_s}. */
export async function fault_of(response, title = "The request was refused") {
  const text = await response.text().catch(() => "");
  let body = {};
  try { body = JSON.parse(text) ?? {}; } catch { body = { error: { message: text.slice(0, 300) } }; }
  const error = body.error ?? {};
  const seconds = Number(response.headers.get("Retry-After") ?? NaN);
  return {
    title, status: response.status, body, type: error.type, retryable: error.retryable,
    message: `${error.message || "The server gave no reason."} (HTTP ${response.status})`,
    ...(seconds >= 0 && { retry_after_s: seconds }),
  };
}

/** A name that nobody else gives; crypto.randomUUID is missing on pages that came over plain HTTP. */
export function fresh_name() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class StreamReader {
  id = ""; last_event_id = ""; resumed = 0; ended = null; stopping = false;
  #retry_ms = 1000; #failures = 0; #got_something = false; #cut = false;
  #timer = 0; #patience = 0; #disconnect = () => {}; #wake = () => {};

  /**
   * `request` is {name, body, headers}; `id` joins a stream that runs. Of the callbacks on_event gets
   * {type, data, id, value}, on_comment a text, on_change {kind: "ask"|"open"|"lost"|"cut"|"gap", ...}.
   */
  constructor({ request, id = "", transport = "fetch", on_event, on_comment, on_change }) {
    Object.assign(this, { request, id, transport, on_event, on_comment, on_change });
  }

  get url() { return `v1/streams/${encodeURIComponent(this.id)}`; }

  /** Resolves to {done: true}, {fault} or {hung_up: true}. */
  async run() {
    while (!this.ended) {
      const { fault, again, lost } = await this.#connect();
      if (this.ended) break;
      if (fault) this.#end({ fault });
      else if (!again) await this.#come_back(lost);
    }
    return this.ended;
  }

  /** Cuts the connection, as a tunnel would: it comes back by itself. */
  cut() {
    if (this.ended || !this.id) return;
    this.#cut = true;
    this.#disconnect();
  }

  /**
   * Asks the server to stop; its `done` then says `cancelled`. A stream outlives its reader, and has no name
   * before the head of its answer is there: until then the wish is kept. Asked twice, it hangs up.
   */
  async stop() {
    if (this.ended) return;
    if (this.stopping) return this.hang_up();
    this.stopping = true;
    this.#wake();
    if (this.id) await this.#cancel();
  }

  /** The stream is known by this name from now on. */
  #named(id) {
    const is_new = !this.id;
    this.id = id;
    if (is_new && this.stopping) this.#cancel();
  }

  async #cancel() {
    const refused = await fetch(this.url, { method: "DELETE" }).then(
      (response) => (response.ok ? null : fault_of(response, "The stream could not be stopped")),
      (error) => ({ title: "The stream could not be stopped", message: `${error.message}.` }));
    if (refused) this.#end({ fault: refused });
    else if (!this.ended) this.#patience = setTimeout(() => this.hang_up(), stop_patience_ms);
  }

  hang_up() { this.#end({ hung_up: true }); }

  /** Comes back now, where it waits. */
  hurry() { this.#wake(); }

  #end(how) {
    if (this.ended) return;
    this.ended = how;
    clearTimeout(this.#patience);
    this.#disconnect();
    this.#wake();
  }

  async #connect() {
    const controller = new AbortController();
    this.#disconnect = () => controller.abort();
    try {
      return this.transport === "eventsource"
        ? await this.#read_with_event_source(controller.signal)
        : await this.#read_with_fetch(controller.signal);
    } catch (error) {
      return { lost: error.message };
    } finally {
      controller.abort(); // of an answer that nobody reads to its end
    }
  }

  async #come_back(cause) {
    if (this.#got_something && !this.id) {
      return this.#end({ fault: { title: "The stream broke off", message: "It ended without its done event. The text may be incomplete." } });
    }
    this.#failures += 1;
    if (this.#failures >= (this.id ? attempts_max : begin_attempts_max)) {
      const message = `The gateway could not be reached: ${cause}.`;
      return this.#end({ fault: { title: "The connection failed", message, retryable: true } });
    }
    const delay_ms = this.stopping ? 0 : wait_ms(this.#retry_ms, this.#failures);
    this.on_change({ kind: this.#cut ? "cut" : "lost", wait_ms: delay_ms, cause });
    this.#cut = false;
    await new Promise((resolve) => {
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, delay_ms);
    });
    clearTimeout(this.#timer);
  }

  /** The answer to the POST that begins the stream, or to the GET that joins it. */
  async #ask(signal, query = "") {
    const last = this.last_event_id;
    const ask = this.id
      ? { url: this.url, headers: { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) } }
      : {
        url: `v1/streams${query}`, method: "POST", body: this.request.body,
        headers: {
          "Content-Type": "application/json", ...(!query && { Accept: "text/event-stream" }),
          "Idempotency-Key": this.request.name, ...this.request.headers,
        },
      };
    this.on_change({ kind: "ask", method: ask.method ?? "GET", url: ask.url, last_event_id: this.id && last });
    const { url, ...options } = ask;
    return fetch(url, { ...options, signal, cache: "no-store" });
  }

  async #read_with_fetch(signal) {
    const response = await this.#ask(signal);
    if (response.status !== 200) return this.#not_a_stream(response);
    const name = response.headers.get("X-Stream-Id");
    if (name && !this.id) this.#named(name);
    this.on_change({ kind: "open", dropped: response.headers.get("X-Sluice-Dropped") ?? "" });
    const parser = new SseParser({
      on_event: (event) => this.#receive(event),
      on_comment: (text) => { if (!this.ended) this.on_comment(text); },
      on_retry: (ms) => { this.#retry_ms = ms; },
    });
    const reader = response.body.getReader(), decoder = new TextDecoder();
    while (!this.ended) {
      const { done, value } = await reader.read();
      if (done) return { lost: "it ended without its done event" };
      parser.feed(decoder.decode(value, { stream: true }));
    }
    return {};
  }

  /** An EventSource can post nothing: the stream is begun without a reader, and read by its own URL. */
  async #read_with_event_source(signal) {
    if (!this.id) {
      const response = await this.#ask(signal, "?detach=true");
      if (!response.ok) return this.#not_a_stream(response);
      this.#named((await response.json()).id);
    }
    const last = this.last_event_id && `?last_event_id=${encodeURIComponent(this.last_event_id)}`;
    this.on_change({ kind: "ask", method: "EventSource", url: this.url + last, last_event_id: this.last_event_id });
    const source = new EventSource(this.url + last);
    try {
      return await this.#events_of(source, signal);
    } finally {
      source.close(); // or the browser would connect again by itself
    }
  }

  #events_of(source, signal) {
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve({ lost: "the connection was cut" }));
      source.addEventListener("open", () => this.on_change({ kind: "open", dropped: "" }));
      for (const type of ["start", "message", "done"]) {
        source.addEventListener(type, (event) => {
          if (signal.aborted) return;
          this.#receive({ type, data: event.data, id: event.lastEventId });
        });
      }
      source.addEventListener("error", () => {
        const refused = source.readyState === EventSource.CLOSED;
        resolve(refused ? this.#why_refused(signal) : { lost: "the connection was lost" });
      });
    });
  }

  /** EventSource cannot tell why it was refused: the same is asked by fetch. */
  async #why_refused(signal) {
    const response = await this.#ask(signal).catch(() => null);
    if (!response || response.status === 200) return { lost: "the connection was lost" };
    return this.#not_a_stream(response);
  }

  async #not_a_stream(response) {
    if (!this.id) return { fault: await fault_of(response) };
    if (response.status === 204) return { fault: { title: "The stream is over", message: "Its done event came before." } };
    const fault = await fault_of(response, "The stream cannot be read on");
    if (response.status === 410) {
      const first = fault.body.first ?? fault.body.error?.first;
      if (Number.isInteger(first) && first > 0) {
        const place = `${this.id}/${first - 1}`;
        if (place === this.last_event_id) return { lost: fault.message }; // it was asked for just that
        this.last_event_id = place;
        this.on_change({ kind: "gap", first });
        return { again: true };
      }
    }
    // A proxy whose gateway restarts answers 502 or 503: that passes.
    return response.status >= 500 ? { lost: fault.message } : { fault };
  }

  #receive({ type, data, id }) {
    if (this.ended) return;
    let value = null;
    try { value = JSON.parse(data); } catch { /* refused below */ }
    if (this.#got_something && this.#failures > 0) this.resumed += 1;
    this.#got_something = true;
    this.#failures = 0;
    if (id) this.last_event_id = id;
    if (type === "start" && value?.id) this.#named(value.id);
    if (this.stopping && !this.id) return this.hang_up(); // there is nothing that could be asked to stop
    this.on_event({ type, data, id, value });
    if (value === null || typeof value !== "object") {
      this.#end({ fault: { title: "Not a Sluice stream", message: "An event's data is no JSON object." } });
    } else if (type === "done") {
      this.#end({ done: true });
    }
  }
}
