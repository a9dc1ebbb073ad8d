/**
 * The feed of `GET v1/events`, and how it stands. EventSource connects again by itself when a
 * connection ends, but gives up for good on an answer that is not 200, and does not notice a
 * connection that is silently gone: both are seen to here.
 *
 *   const feed = new Feed(url, { on_event, on_state });
 *   feed.start();
 *
 * on_event(value): one event's JSON object. on_state(state): {name, since, reason, status} with name
 *   connecting    not yet there
 *   connected     events come
 *   reconnecting  gone since `since` (ms); tried again until it is there
 *   refused       the gateway answers, but not with the feed: `status` and its `reason` say why
 */

import { refusal_of } from "./key_door.js";

const silence_ms = 10_000; // of a feed that ticks each second
const look_ms = 2_000;
const retry_first_ms = 500;
const retry_most_ms = 10_000;
const refused_ms = 30_000; // another answer than a refusal comes when somebody signs in or changes the configuration

export const retry_after = (attempt) => Math.min(retry_first_ms * 2 ** attempt, retry_most_ms);

const browser = {
  open: (url) => new EventSource(url),
  ask: (url, options) => fetch(url, options),
  now: () => Date.now(),
  later: (work, ms) => setTimeout(work, ms),
  never_mind: (timer) => clearTimeout(timer),
};

export class Feed {
  state = { name: "connecting", since: 0, reason: "", status: 0 };
  source = null;
  attempt = 0;
  heard = 0;
  timer = null;
  watch = null;

  constructor(url, { on_event, on_state, world = browser }) {
    Object.assign(this, { url, on_event, on_state, world });
    this.state.since = world.now();
  }

  /** Opens the feed, again if need be; for instance once somebody has signed in. */
  start() {
    this.close();
    const source = this.source = this.world.open(this.url);
    this.heard = this.world.now();
    source.onmessage = (event) => { if (source === this.source) this.take(event.data); };
    source.onerror = () => { if (source === this.source) this.lose(source.readyState === 2); };
    this.watch = this.world.later(() => this.look(), look_ms);
  }

  close() {
    this.source?.close();
    this.source = null;
    for (const timer of [this.timer, this.watch]) this.world.never_mind(timer);
  }

  take(text) {
    this.heard = this.world.now();
    let value;
    try { value = JSON.parse(text); } catch { return; }
    this.attempt = 0;
    this.turn("connected");
    if (value !== null && typeof value === "object") this.on_event(value);
  }

  /** `for_good`: EventSource does not try again, so we ask why and do. */
  lose(for_good) {
    if (this.state.name !== "refused") this.turn(this.state.name === "connecting" ? "connecting" : "reconnecting");
    if (!for_good) return;
    this.close();
    this.find_out();
  }

  /** A feed that fell silent is opened anew. */
  look() {
    if (this.state.name === "connected" && this.world.now() - this.heard > silence_ms) {
      this.turn("reconnecting");
      return this.start();
    }
    this.watch = this.world.later(() => this.look(), look_ms);
  }

  /** EventSource does not tell the status of an answer; fetch does. */
  async find_out() {
    const asking = new AbortController();
    const patience = this.world.later(() => asking.abort(), retry_most_ms);
    const answer = await this.world.ask(this.url, { signal: asking.signal }).catch(() => null);
    const is_refusal = answer && !answer.ok && answer.status < 500;
    const reason = is_refusal ? await refusal_of(answer) : "";
    this.world.never_mind(patience);
    asking.abort();
    if (this.source) return; // started anew meanwhile
    if (is_refusal) this.turn("refused", reason, answer.status);
    else if (this.state.name !== "connecting") this.turn("reconnecting");
    this.timer = this.world.later(() => this.start(), is_refusal ? refused_ms : retry_after(this.attempt++));
  }

  turn(name, reason = "", status = 0) {
    const { state } = this;
    if (state.name === name && state.reason === reason) return;
    this.state = { name, reason, status, since: this.world.now() };
    this.on_state(this.state);
  }
}
