/**
 * The last minutes of the gateway's figures. Pure: ticks of the feed in, columns for charts out.
 *
 * Counters that fall, or an uptime that does, mean that the gateway was started again: what is
 * counted per second begins anew there, and the charts show a gap and a mark.
 */

export const history_ms = 10 * 60_000;
const endings_ms = 10_000;  // ends are few and far between: their rate is that of the last seconds
const samples_max = 10_000; // a feed faster than the page asked for is cut off by number

/** What becomes of a stream, in the four words that a chart has room for. */
export const ending_groups = {
  completed: ["completed"],
  stopped: ["cancelled", "client_gone", "drained"],
  failed: ["upstream_error", "upstream_eof", "first_token_timeout", "progress_timeout", "deadline", "gap", "slow_reader"],
  refused: ["rejected", "shed", "budget"],
};

const falls = (before, now) => Number.isFinite(before) && Number.isFinite(now) && now < before;

/** Whether another process counts than did before. */
export function is_restart(before, now) {
  return falls(before.uptime_seconds, now.uptime_seconds) || falls(before.requests_total, now.requests_total) ||
    falls(before.outcomes?.completed, now.outcomes?.completed);
}

/** How many have ended in each group. */
export function endings_of(tick) {
  const sum = (outcomes) => outcomes.reduce((total, name) => total + (tick.outcomes?.[name] ?? 0), 0);
  return Object.fromEntries(Object.entries(ending_groups).map(([group, outcomes]) => [group, sum(outcomes)]));
}

/** The figures of one tick that are drawn; null where nothing is known. */
function sample_of(tick, at) {
  const number = (value) => (Number.isFinite(value) ? value : null);
  const sample = {
    at,
    ended: tick.outcomes ? endings_of(tick) : null,
    streams: number(tick.streams),
    readers: number(tick.readers),
    tokens: number(tick.tokens_per_second),
    requests: number(tick.requests_per_second),
  };
  for (const [name, figures] of [["ttft", tick.ttft_ms], ["inter", tick.inter_token_ms]]) {
    for (const quantile of ["p50", "p90", "p99"]) sample[`${name}_${quantile}`] = number(figures?.[quantile]);
  }
  return sample;
}

export class History {
  samples = [];
  restarts = []; // times of day, ms
  tick = null;   // the last, as it came
  offset = 0;    // ms that the gateway's clock was put back by

  /** Takes a `stats` event. True: it is the first of a gateway that was started again. */
  add(tick, now_ms) {
    const before = this.tick;
    const last_at = this.samples.at(-1)?.at ?? -Infinity;
    const told = (Number.isFinite(tick.time) ? tick.time : now_ms) + this.offset;
    const is_put_back = told < last_at - 1000; // the clock: time goes on as if it had not been
    if (is_put_back) this.offset += last_at + 1000 - told;
    const at = is_put_back ? last_at + 1000 : Math.max(told, last_at + 1);
    if (is_put_back) this.interrupt();
    const restarted = before !== null && is_restart(before, tick);
    if (restarted) {
      this.interrupt();
      this.restarts.push(at);
    }
    const sample = sample_of(tick, at);
    Object.assign(sample, this.ending_rates(sample));
    this.samples.push(sample);
    this.tick = tick;
    this.forget(at - history_ms);
    return restarted;
  }

  /** Ends per second since the earliest of the last seconds that the same process told of. */
  ending_rates({ at, ended }) {
    let from = null;
    for (let i = this.samples.length - 1; i >= 0; --i) {
      const sample = this.samples[i];
      if (!sample.ended || sample.at < at - endings_ms) break;
      from = sample;
    }
    const rate = (group) => (from && ended ? (ended[group] - from.ended[group]) / ((at - from.at) / 1000) : null);
    return Object.fromEntries(Object.keys(ending_groups).map((group) => [group, rate(group)]));
  }

  /** The feed is gone: what comes next is not joined to what was. */
  interrupt() {
    const last = this.samples.at(-1);
    if (last && !last.gap) this.samples.push({ at: last.at + 1, gap: true });
  }

  forget(before) {
    const first = Math.max(this.samples.findIndex((sample) => sample.at >= before), this.samples.length - samples_max, 0);
    this.samples.splice(0, first);
    this.restarts = this.restarts.filter((at) => at >= before);
  }

  copy() {
    return Object.assign(new History(), { samples: [...this.samples], restarts: this.restarts, tick: this.tick });
  }

  get end() { return this.samples.at(-1)?.at ?? 0; }

  /** The samples of the last `ms`. */
  window(ms) {
    const from = this.end - ms;
    const first = this.samples.findIndex((sample) => sample.at >= from);
    return first < 0 ? [] : this.samples.slice(first);
  }

  /** Times in seconds, then the values of each name: what uPlot takes. */
  columns(names, ms) {
    const samples = this.window(ms);
    return [samples.map((sample) => sample.at / 1000), ...names.map((name) => samples.map((sample) => sample[name] ?? null))];
  }

  /** The latest value that is known within the last `ms`, and when it was. */
  latest(name, ms = history_ms) {
    const samples = this.window(ms);
    for (let i = samples.length - 1; i >= 0; --i) {
      if (samples[i][name] != null) return { value: samples[i][name], at: samples[i].at };
    }
    return null;
  }
}

/** Least, mean and most of what is known; null where nothing is. */
export function summary_of(values) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  const sum = known.reduce((total, value) => total + value, 0);
  return { least: known.reduce((a, b) => Math.min(a, b)), mean: sum / known.length, most: known.reduce((a, b) => Math.max(a, b)) };
}
