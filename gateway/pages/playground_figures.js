/** What is measured of one answer, and how figures are written. No DOM: times come in as arguments. */

/**
 * Times of one answer, in milliseconds since the epoch, so that they outlive a reload. What comes
 * again after a reload (`replayed`) comes at once: its times say nothing about the model.
 */
export class Meter {
  constructor(begun_at, { first_at = null, replayed = false } = {}) {
    Object.assign(this, { begun_at, first_at, replayed, last_at: null, pieces: 0 });
  }

  /** A piece of content came. */
  content(at) {
    this.pieces += 1;
    this.last_at = at;
    if (!this.replayed) this.first_at ??= at;
  }

  /** Milliseconds to the first token as seen here, else as the gateway tells it; null where nobody knows. */
  first_token_ms(timing) {
    if (this.first_at !== null) return this.first_at - this.begun_at;
    return timing?.first_token_ms ?? null;
  }

  /**
   * Tokens per second between the first and the last; the count of pieces stands in for tokens until
   * the provider has told its own (`estimated`). Null where there is nothing to divide.
   */
  rate(output_tokens, timing) {
    const estimated = !Number.isFinite(output_tokens);
    const after_first = (estimated ? this.pieces : output_tokens) - 1;
    const span_ms = this.replayed ? timing?.total_ms - timing?.first_token_ms : this.last_at - this.first_at;
    if (!(span_ms > 0) || after_first <= 0) return null;
    return { per_second: (after_first * 1000) / span_ms, estimated };
  }
}

export const unknown = "–";

export function format_ms(ms) {
  if (!Number.isFinite(ms)) return unknown;
  return ms < 10_000 ? `${Math.max(0, ms).toFixed(ms < 10 && ms % 1 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function format_rate(rate) {
  return rate ? `${rate.estimated ? "≈ " : ""}${rate.per_second.toFixed(1)}` : unknown;
}

export function format_usage(usage) {
  const known = [["input", usage?.input_tokens], ["output", usage?.output_tokens]]
    .filter(([, tokens]) => Number.isFinite(tokens));
  return known.map(([name, tokens]) => `${tokens} ${name}`).join(", ") || unknown;
}

/** Costs are small: two digits that count, and no exponent. */
export function format_cost(cost) {
  if (!Number.isFinite(cost)) return "";
  if (cost === 0) return "0";
  const digits = Math.min(12, Math.max(2, 1 - Math.floor(Math.log10(Math.abs(cost)))));
  return cost.toFixed(digits);
}

/** The gateway's own account of an answer, `done.timing`, as [name, value] pairs: without the way to the browser. */
export function format_timing(timing) {
  const names = { queue: "queue_ms", upstream: "upstream_ms", "first token there": "first_token_ms", total: "total_ms" };
  return Object.entries(names).filter(([, key]) => Number.isFinite(timing?.[key]))
    .map(([name, key]) => [name, format_ms(timing[key])]);
}
