/**
 * The dashboard: what `GET v1/events` tells, each second, into figures, charts and lists.
 * Events only mark what is new; it is drawn once a frame, and not at all while nobody looks.
 */

import { Chart } from "./dashboard_charts.js";
import { set_badge, set_text } from "./dashboard_elements.js";
import { Feed } from "./dashboard_feed.js";
import {
  clock_time, counted, short_duration, short_ms, short_number, unbroken, unknown, whole_number,
} from "./dashboard_format.js";
import { History } from "./dashboard_history.js";
import { FactList, KeyCards, OutcomeBars, TargetTables } from "./dashboard_lists.js";
import { StreamTable } from "./dashboard_streams.js";
import { element } from "./elements.js";
import { create_key_door } from "./key_door.js";

const feed_url = "v1/events?every=1s&include=targets,keys,streams";
const $ = (id) => document.getElementById(id);

const history = new History();
const latest = {}; // the last event of each type
let window_ms = 5 * 60_000;
let held = null;  // while paused: the history as it was
let frame = 0;

// ---- what is seen ------------------------------------------------------------------------------

const quantiles = (name) => [
  { name: `${name}_p50`, label: "p50", colour: "--series-1" },
  { name: `${name}_p90`, label: "p90", colour: "--series-2" },
  { name: `${name}_p99`, label: "p99", colour: "--series-3" },
];
const one = (name, label) => [{ name, label, colour: "--series-1" }];
const charts = [
  { name: "tokens", title: "Tokens per second", series: one("tokens", "tokens"), format: short_number },
  { name: "ttft", title: "Time to first token", series: quantiles("ttft"), format: short_ms },
  { name: "inter", title: "Inter-token latency", series: quantiles("inter"), format: short_ms },
  { name: "streams", title: "Live streams", format: short_number, series: [
    { name: "streams", label: "streams", colour: "--series-1" }, { name: "readers", label: "readers", colour: "--series-2" }] },
  { name: "requests", title: "Requests per second", series: one("requests", "requests"), format: short_number },
  { name: "endings", title: "Streams ended per second", format: short_number, series: [
    { name: "completed", label: "completed", colour: "--series-1" }, { name: "stopped", label: "stopped", colour: "--series-4" },
    { name: "failed", label: "failed", colour: "--series-3" }, { name: "refused", label: "refused", colour: "--series-2" }] },
].map((options) => new Chart($("charts"), options));

/** Quantiles stay as they were last known: a second without a token does not make them unknown. */
const last_known = (name) => history.latest(name, window_ms);
/** What stands below a median: the others of the same second, or how long ago that was. */
function tail(name, figures) {
  if (figures === null) return "telemetry.histograms is off";
  const [p50, p90, p99] = ["p50", "p90", "p99"].map((quantile) => last_known(`${name}_${quantile}`));
  if (!p50) return `none in the last ${window_ms === 60_000 ? "minute" : `${window_ms / 60_000} minutes`}`;
  if (p50.at < history.end) return unbroken(`${short_duration((history.end - p50.at) / 1000)} ago`);
  return `${unbroken(`p90 ${short_ms(p90?.value)}`)} · ${unbroken(`p99 ${short_ms(p99?.value)}`)}`;
}
const tiles = [
  ["streams", "Live streams", (tick) => whole_number(tick.streams), (tick) => counted(tick.readers, "reader")],
  ["tokens_per_second", "Tokens/s", (tick) => short_number(tick.tokens_per_second),
    (tick) => `${whole_number(tick.output_tokens_total)} tokens in ended streams`],
  ["requests_per_second", "Requests/s", (tick) => short_number(tick.requests_per_second), (tick) => `${whole_number(tick.requests_total)} in all`],
  ["ttft_p50", "First token, p50", () => short_ms(last_known("ttft_p50")?.value), (tick) => tail("ttft", tick.ttft_ms)],
  ["inter_p50", "Inter-token, p50", () => short_ms(last_known("inter_p50")?.value),
    (tick) => tail("inter", tick.inter_token_ms)],
].map(([name, label, value, note]) => {
  const tile = { value, note, shown: element("dd", { className: "tile-value numbers", textContent: unknown, data: { figure: name } }),
    noted: element("dd", { className: "muted small numbers", textContent: " " }) };
  $("tiles").append(element("div", { className: "card tile" }, element("dt", { textContent: label }), tile.shown, tile.noted));
  return tile;
});

const door = create_key_door({ door: $("door-place"), who: $("who-place"), on_change: begin });
const streams = new StreamTable({ host: $("streams"), count: $("streams-count"), heading: $("streams-title"), fault: $("stop-fault"),
  has_keys: () => Boolean(door.session.keys) });
const targets = new TargetTables({ targets: $("targets"), routes: $("routes"), count: $("targets-count") });
const keys = new KeyCards({ host: $("keys"), count: $("keys-count") });
const outcomes = new OutcomeBars($("outcomes"));
const facts = new FactList($("facts"));

function draw() {
  frame = 0;
  for (const chart of charts) chart.show(held ?? history, window_ms);
  const { stats } = latest;
  if (!stats || held) return;
  for (const { value, note, shown, noted } of tiles) {
    set_text(shown, value(stats));
    set_text(noted, note(stats));
  }
  if (latest.streams) streams.show(latest.streams, stats.time ?? Date.now());
  if (latest.targets) targets.show(latest.targets);
  if (latest.keys) keys.show(latest.keys);
  outcomes.show(stats.outcomes);
  facts.show(stats);
  $("draining").hidden = !stats.draining;
}

function draw_soon() {
  if (!frame && !held) frame = requestAnimationFrame(draw);
}

// ---- the feed ----------------------------------------------------------------------------------

const feed = new Feed(feed_url, { on_event: take, on_state: follow });

function take(event) {
  latest[event.type] = event;
  if (event.type === "stats" && history.add(event, Date.now())) {
    set_text($("restarted"), `The gateway was started again at ${clock_time(history.end)}: totals count from there.`);
    $("restarted").hidden = false;
  }
  draw_soon();
}

const refusals = {
  401: "Figures are for operators: sign in with an operator's key.",
  403: "Figures are for operators, and this key is none of theirs: it needs role: operator.",
  404: "Figures are not served at this address: open the dashboard where operators listen (server.admin).",
};

function show_state({ name, since, reason, status }) {
  const at = clock_time(since);
  const words = { connecting: ["idle", "Connecting"], connected: ["live", "Connected"],
    reconnecting: ["warn", `Reconnecting since ${at}`], refused: ["bad", "Not connected"] };
  set_badge($("state"), ...words[name]);
  if (name === "reconnecting") history.interrupt();
  document.body.classList.toggle("stale", name !== "connected");
  document.body.classList.toggle("locked", status in refusals);
  $("refused").hidden = name !== "refused" || status === 403; // the door says it then
  set_text($("refused"), name === "refused" ? refusals[status] ?? `The gateway refuses its figures: ${reason}` : "");
}

function follow(state) {
  show_state(state);
  if (state.status === 401) door.look();
  if (state.status === 403) door.show(refusals[403]);
}

// ---- who looks ---------------------------------------------------------------------------------

let asked_as = "";

/** Nothing is asked for that is known to be refused, nor again by who is still the same. */
function begin(session) {
  const asks_as = JSON.stringify(session);
  if (asks_as === asked_as) return;
  asked_as = asks_as;
  if (!session.keys || session.role === "operator") return feed.start();
  feed.close();
  const status = session.key ? 403 : 401;
  show_state({ name: "refused", status });
  if (session.key && $("door").hidden) door.show(refusals[403]);
}

// ---- what can be chosen ------------------------------------------------------------------------

$("window").addEventListener("change", (event) => {
  window_ms = Number(event.target.value) * 60_000;
  draw();
});

$("as-tables").addEventListener("click", (event) => {
  const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
  event.currentTarget.setAttribute("aria-pressed", String(on));
  for (const chart of charts) chart.show_table(on);
});

$("pause").addEventListener("click", (event) => {
  held = held ? null : history.copy();
  set_text(event.currentTarget, held ? "Resume" : "Pause");
  draw_soon();
});

/** On a narrow page six charts would stand ahead of what runs: who reads, hears or tabs meets them after it. */
function order_sections({ matches }) {
  $("main").insertBefore($("over-time"), $(matches ? "keys-card" : "streams-card"));
}
const narrow = matchMedia("(max-width: 719px)"); // where dashboard.css has the charts in one column
narrow.addEventListener("change", order_sections);
order_sections(narrow);

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());

set_text($("address"), location.host);
draw();
door.look();
