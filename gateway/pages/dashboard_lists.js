/** Targets, routes, keys, outcomes and facts: what the feed tells, as tables and bars. */

import { KeptTable, cut_text, keep_list, set_badge, set_cut, set_text } from "./dashboard_elements.js";
import { counted, short_bytes, short_duration, short_ms, short_number, spaced, unbroken, unknown, whole_number } from "./dashboard_format.js";
import { element } from "./elements.js";

const keys_most = 60;
const targets_most = 60; // and as many routes

const breaker_states = {
  closed: ["good", "Well", "Requests go there: its breaker is closed"],
  half_open: ["warn", "Trying", "One request at a time finds out whether it is back: its breaker is half-open"],
  open: ["bad", "Resting", "Left alone after failures: its breaker is open"],
};

/** How a target is, by its breaker, in a word and a colour, and when one that rests is tried again. */
export function breaker_words(target) {
  const [state, word, title] = breaker_states[target.state] ?? ["idle", String(target.state ?? unknown), ""];
  const retry = target.state === "open" && Number.isFinite(target.retry_in_ms) ? `, retry in ${short_ms(target.retry_in_ms)}` : "";
  return { state, title, text: word + retry };
}

export class TargetTables {
  constructor({ targets, routes, count }) {
    this.count = count;
    this.empty = element("p", { className: "empty-state", textContent: "No targets are known yet." });
    targets.append(this.empty);
    this.targets = new KeptTable(targets, [
      { name: "target", label: "Provider" }, { name: "model", label: "Model" }, { name: "state", label: "State" },
      { name: "outstanding", label: "Running", number: true }, { name: "ttft", label: "First token", number: true },
      { name: "attempts", label: "Attempts", number: true }, { name: "completed", label: "Completed", number: true },
      { name: "failed", label: "Failed", number: true }, { name: "opened", label: "Opened", number: true },
    ], { label: "Targets", key: (target) => `${target.provider}\n${target.model}`, fill: fill_target });
    this.routes = new KeptTable(routes, [
      { name: "route", label: "Route" }, { name: "retries", label: "Retries", number: true },
      { name: "fallbacks", label: "Fallbacks", number: true }, { name: "hedges", label: "Hedges won", number: true },
      { name: "continuations", label: "Continued", number: true }, { name: "discarded", label: "Discarded", number: true },
      { name: "budget", label: "Budget spent", number: true },
    ], { label: "Routes", key: (route) => route.model, fill: fill_route });
    this.more = [targets, routes].map((host) => host.appendChild(element("p", { className: "muted small more", hidden: true })));
    this.show({});
  }

  show(event) {
    const targets = event.targets ?? [], routes = event.routes ?? [];
    const well = targets.filter(({ state }) => state === "closed").length;
    // Of more than the feed tells, those that are not well come first.
    const total = event.total ?? targets.length;
    set_text(this.count, total > 0 ? `${total - targets.length + well} of ${total} well` : "");
    this.empty.hidden = targets.length > 0;
    this.targets.show(most_of(targets, (target) => [target.state !== "closed", target.attempts], this.more[0]));
    this.routes.show(most_of(routes, (route) => [route.retries + route.fallbacks, route.hedges], this.more[1]));
  }
}

/** What matters most by its `weight`, two numbers, where there are more than can be looked at: `more` says how many are left out. */
function most_of(items, weight, more) {
  const left_out = items.length - targets_most;
  more.hidden = left_out <= 0;
  if (left_out <= 0) return items;
  set_text(more, `${whole_number(left_out)} more are not shown: what fails and what is used most comes first.`);
  const weighed = items.map((item) => ({ item, weight: weight(item).map((value) => Number(value) || 0) }));
  weighed.sort(({ weight: a }, { weight: b }) => b[0] - a[0] || b[1] - a[1]);
  return weighed.slice(0, targets_most).map(({ item }) => item);
}

function fill_target(cells, target) {
  set_cut(cells.target, target.provider);
  set_cut(cells.model, target.model);
  if (!cells.state.firstChild) cells.state.append(element("span", { className: "badge" }));
  const { state, text, title } = breaker_words(target);
  set_badge(cells.state.firstChild, state, text);
  cells.state.firstChild.title = title;
  set_text(cells.ttft, short_ms(target.ttft_ms));
  for (const name of ["outstanding", "attempts", "completed", "failed", "opened"]) set_text(cells[name], whole_number(target[name]));
  cells.failed.classList.toggle("is-bad", target.failed > 0);
}

function fill_route(cells, route) {
  set_cut(cells.route, route.model);
  for (const name of ["retries", "fallbacks", "continuations"]) set_text(cells[name], whole_number(route[name]));
  set_text(cells.hedges, route.hedges > 0 ? `${whole_number(route.hedges_won)} of ${whole_number(route.hedges)}` : "0");
  set_text(cells.discarded, whole_number(route.discarded_tokens));
  set_text(cells.budget, whole_number(route.budget_spent));
}

/** A bar of `share` (0 to 1, or more), in the colour that fits. */
function set_bar(bar, share) {
  const shown = Math.min(Math.max(share, 0), 1);
  bar.firstChild.style.width = `${shown * 100}%`;
  bar.dataset.level = share >= 1 ? "full" : share >= 0.8 ? "high" : "calm";
}
const make_bar = () => element("div", { className: "bar-track" }, element("div", { className: "bar-fill" }));

const share_of = ({ used, limit }) => (limit > 0 ? used / limit : used > 0 ? 1 : 0);
const most_used = (key) => Math.max(0, ...(key.limits ?? []).map(share_of));

export class KeyCards {
  constructor({ host, count }) {
    this.count = count;
    this.list = element("ul", { className: "keys" });
    this.empty = element("p", { className: "empty-state" });
    host.append(this.list, this.empty);
    this.show(null);
  }

  show(event) {
    const all = event?.keys ?? [], total = event?.total ?? all.length;
    const shown = all.length > keys_most ? [...all].sort((a, b) => most_used(b) - most_used(a)).slice(0, keys_most) : all;
    keep_list(this.list, shown, { key: ({ id }) => id, make: make_key, update: update_key });
    this.list.hidden = all.length === 0;
    this.empty.hidden = all.length > 0;
    set_text(this.empty, event ? "No keys are configured: whoever reaches this gateway may use it, without limits of their own."
      : "No keys are known yet.");
    const most = shown.length < all.length ? `the ${shown.length} most used of ` : shown.length < total ? `${shown.length} of ` : "";
    set_text(this.count, all.length > 0 ? most + counted(total, "key") : "");
  }
}

function make_key(key) {
  return element("li", { className: "key" },
    element("div", { className: "key-head" }, cut_text(key.id), element("span", { className: "muted small key-note" })),
    element("ul", { className: "limits" }));
}

function update_key(item, key) {
  const notes = [key.role === "operator" ? "operator" : "", counted(key.streams ?? 0, "stream")];
  if (key.expires) notes.push(`until ${expiry_text(key.expires)}`);
  set_text(item.querySelector(".key-note"), notes.filter(Boolean).join(" · "));
  const limits = key.limits ?? [];
  const list = item.querySelector(".limits");
  keep_list(list, limits, { key: ({ name }) => name, make: make_limit, update: update_limit });
  item.dataset.limited = String(limits.length > 0);
}

const expiry_text = (expires) => String(typeof expires === "number" ? new Date(expires * 1000).toISOString() : expires).slice(0, 10);

function make_limit() {
  return element("li", { className: "limit" },
    element("div", { className: "limit-head small" }, element("span", { className: "limit-name" }), element("span", { className: "limit-used numbers" })),
    Object.assign(make_bar(), { role: "meter" }));
}

function update_limit(item, limit) {
  const share = share_of(limit);
  const name = spaced(limit.name) + (limit.name.startsWith("cost_") ? ", in the currency of prices" : "");
  set_text(item.querySelector(".limit-name"), name);
  const reset = limit.reset_seconds > 0 && limit.used > 0 ? `, resets in ${short_duration(Math.ceil(limit.reset_seconds))}` : "";
  const used = `${amount(limit.used)} of ${amount(limit.limit)}`;
  set_text(item.querySelector(".limit-used"), used);
  item.title = `${name}: ${used}${reset}`;
  const bar = item.querySelector(".bar-track");
  set_bar(bar, share);
  const values = { "aria-label": name, "aria-valuemin": 0, "aria-valuemax": limit.limit,
    "aria-valuenow": Math.min(limit.used, limit.limit), "aria-valuetext": used + reset };
  for (const [attribute, value] of Object.entries(values)) bar.setAttribute(attribute, String(value));
}

/** Requests and tokens are whole; money is not. */
function amount(value) {
  if (!Number.isFinite(value)) return unknown;
  if (Number.isInteger(value)) return value < 100_000 ? whole_number(value) : short_number(value);
  return value < 1 ? String(Number(value.toPrecision(2))) : value.toFixed(2);
}

const outcome_words = {
  completed: ["good", "Completed"], cancelled: ["calm", "Stopped"], client_gone: ["calm", "Client gone"], drained: ["calm", "Drained"],
  upstream_error: ["bad", "Upstream error"], upstream_eof: ["bad", "Upstream broke off"],
  first_token_timeout: ["bad", "No first token in time"], progress_timeout: ["bad", "No progress in time"],
  deadline: ["bad", "Total time used up"], gap: ["bad", "Fell out of the journal"], slow_reader: ["bad", "Slow reader"],
  budget: ["warn", "Budget spent"], rejected: ["warn", "Rejected"], shed: ["warn", "Shed under load"],
};

export class OutcomeBars {
  constructor(host) {
    this.list = element("ul", { className: "outcomes" });
    this.empty = element("p", { className: "empty-state", textContent: "Nothing has ended yet." });
    host.append(this.list, this.empty);
  }

  show(outcomes) {
    const order = Object.keys(outcome_words);
    const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
    const all = Object.entries(outcomes ?? {}).filter(([, count]) => count > 0).sort(([a], [b]) => place(a) - place(b));
    const total = all.reduce((sum, [, count]) => sum + count, 0);
    keep_list(this.list, all, { key: ([name]) => name, make: make_outcome, update: (item, entry) => update_outcome(item, entry, total) });
    this.list.hidden = all.length === 0;
    this.empty.hidden = all.length > 0;
  }
}

function make_outcome([name]) {
  const [tone, words] = outcome_words[name] ?? ["calm", spaced(name)];
  return element("li", { className: "outcome", data: { tone, outcome: name }, title: name },
    element("span", { textContent: words }), make_bar(), element("span", { className: "count numbers" }));
}

function update_outcome(item, [, count], total) {
  set_text(item.querySelector(".count"), whole_number(count));
  item.querySelector(".bar-fill").style.width = `${Math.max((count / total) * 100, 0.5)}%`;
}

const facts = [
  ["version", "Version", (tick) => tick.version ?? unknown],
  ["uptime", "Up for", (tick) => short_duration(tick.uptime_seconds)],
  ["memory", "Memory", (tick) => short_bytes(tick.memory_bytes)],
  ["loop_lag", "Event-loop lag", (tick) => short_ms(tick.loop_lag_ms)],
  ["added", "Added latency, p50 / p99", (tick) => `${unbroken(short_ms(tick.added_ms?.p50))} / ${unbroken(short_ms(tick.added_ms?.p99))}`],
  ["connections", "Connections", (tick) => whole_number(tick.connections)],
  ["requests_total", "Requests", (tick) => whole_number(tick.requests_total)],
  ["statuses", "Requests by status", (tick) => Object.entries(tick.requests ?? {}).filter(([, count]) => count > 0)
    .map(([status, count]) => unbroken(`${status} ${short_number(count)}`)).join(" · ") || unknown],
  ["input_tokens_total", "Input tokens", (tick) => whole_number(tick.input_tokens_total)],
  ["output_tokens_total", "Output tokens, in ended streams", (tick) => whole_number(tick.output_tokens_total)],
  ["wasted_tokens_total", "Wasted tokens", (tick) => whole_number(tick.wasted_tokens_total)],
  ["draining", "Draining", (tick) => ({ true: "yes", false: "no" })[tick.draining] ?? unknown],
];

export class FactList {
  constructor(host) {
    this.values = new Map(facts.map(([name]) => [name, element("dd", { className: "numbers", textContent: unknown, data: { figure: name } })]));
    host.append(...facts.map(([name, label]) => element("div", {}, element("dt", { textContent: label }), this.values.get(name))));
  }

  show(tick) {
    for (const [name, , text] of facts) set_text(this.values.get(name), text(tick));
  }
}
