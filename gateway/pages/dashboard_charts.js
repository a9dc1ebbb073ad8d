/**
 * A card with one chart: its name, a legend with the values at the pointer or now, the curve, and
 * the same figures as a table.
 */

import uPlot from "./uplot.js";
import { set_text } from "./dashboard_elements.js";
import { clock_time, unknown } from "./dashboard_format.js";
import { summary_of } from "./dashboard_history.js";
import { element } from "./elements.js";

const height = 176;
const joined_s = 5;    // a quantile that is unknown for less than that is no gap
const table_rows = 10;
const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3]]; // curves are told apart without colours, too
const cursors = { key: "time" };

/** A custom property of the style sheet, which has one for each colour scheme. The declaration is a live one. */
const declared = getComputedStyle(document.documentElement);
const colour = (name) => declared.getPropertyValue(name).trim();

/** Gaps between known values that are too short to mean anything are drawn across. */
function long_gaps(plot, series, first, last, gaps) {
  return gaps.filter(([from, to]) => plot.posToVal(to, "x", true) - plot.posToVal(from, "x", true) > joined_s);
}

/** Values that no line would show, having no neighbours. */
function lone_points(plot, series) {
  const [times, values] = [plot.data[0], plot.data[series]];
  const known = [...times.keys()].filter((i) => values[i] != null);
  const far = (a, b) => a === undefined || b === undefined || times[b] - times[a] > joined_s;
  return known.filter((i, at) => far(known[at - 1], i) && far(i, known[at + 1]));
}

/** When the gateway was started again. */
function draw_marks(plot, marks) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour("--warn");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const at of marks) {
    const x = Math.round(plot.valToPos(at / 1000, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

export class Chart {
  window_ms = 0;
  end_s = 0;
  marks = [];
  data = [[]];
  shows_table = false;
  is_empty = true;  // nothing is known within the time that is shown
  is_of_now = true; // else the values beside the names are those of `latest_at`

  /** `series`: [{name, label, colour}]; `format` makes a value's text. */
  constructor(host, { name, title, series, format }) {
    Object.assign(this, { title, series, format });
    this.values = series.map(() => element("b", { className: "numbers", textContent: unknown }));
    this.at = element("span", { className: "muted numbers" });
    this.picture = element("div", { className: "chart-picture", attributes: { role: "img", "aria-label": title } });
    this.table = element("div", { className: "chart-table scroll-x", hidden: true, tabIndex: 0 });
    this.table.setAttribute("role", "region");
    this.table.setAttribute("aria-label", `${title}, as a table`);
    this.empty = element("p", { className: "chart-empty muted small" }, element("span", { textContent: "Nothing yet" }));
    this.card = element("section", { className: "card chart", data: { chart: name } },
      element("div", { className: "chart-head" },
        element("h3", { textContent: title }), this.at), this.make_legend(), this.picture, this.table);
    this.picture.append(this.empty);
    host.append(this.card);
    this.plot = new uPlot(this.options(), this.data, this.picture);
    new ResizeObserver(() => this.fit()).observe(this.picture);
  }

  make_legend() {
    const entries = this.series.map(({ label, colour: name }, i) => {
      const swatch = element("span", { className: "swatch", data: { dash: String(i) } });
      swatch.style.setProperty("--series", `var(${name})`);
      return element("span", { className: "legend-entry" }, swatch, element("span", { textContent: label }), this.values[i]);
    });
    return element("div", { className: "legend", ariaHidden: "true" }, ...entries);
  }

  options() {
    const axis = {
      stroke: () => colour("--muted"),
      font: "11px system-ui, sans-serif",
      grid: { stroke: () => colour("--border"), width: 1 },
      ticks: { show: false },
    };
    const curve = ({ label, colour: name }, i) => ({
      label,
      stroke: () => colour(name),
      fill: this.series.length === 1 ? () => colour(`${name}-fill`) : undefined,
      width: 1.75,
      dash: dashes[i],
      gaps: long_gaps,
      points: { show: true, filter: lone_points, size: 5, fill: () => colour(name) },
    });
    return {
      width: 300,
      height,
      legend: { show: false },
      padding: [8, 30, 0, 0], // half a label of the last time stands right of the curves
      cursor: { y: false, drag: { x: false, y: false }, sync: cursors, points: { size: 7 } },
      scales: {
        x: { range: () => [this.end_s - this.window_ms / 1000, this.end_s] },
        y: { range: (plot, least, most) => [0, Math.max(1, (most ?? 0) * 1.1)] },
      },
      axes: [
        { ...axis, size: 26, gap: 6, space: 70, incrs: [15, 30, 60, 120, 300],
          values: (plot, splits) => splits.map((at) => clock_time(at * 1000, this.window_ms <= 60_000)) },
        { ...axis, size: 56, gap: 6, space: 36,
          values: (plot, splits) => splits.map((value) => (this.is_empty ? "" : this.format(value))) },
      ],
      series: [{}, ...this.series.map(curve)],
      hooks: { setCursor: [() => this.show_values()], draw: [(plot) => draw_marks(plot, this.marks)] },
    };
  }

  fit() {
    const width = Math.floor(this.picture.clientWidth);
    if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height });
  }

  /** Shows that many ms of a history; also after a change of the colour scheme. */
  show(history, window_ms) {
    this.window_ms = window_ms;
    this.end_s = (history.end || Date.now()) / 1000;
    this.marks = history.restarts;
    this.data = history.columns(this.series.map(({ name }) => name), window_ms);
    const latest = this.series.map(({ name }) => history.latest(name, window_ms));
    this.latest = latest.map((found) => found?.value ?? null);
    this.latest_at = Math.max(...latest.map((found) => found?.at ?? 0));
    this.is_empty = this.latest_at === 0;
    this.is_of_now = this.is_empty || this.latest_at === history.end;
    this.empty.hidden = !this.is_empty;
    if (this.shows_table) this.fill_table();
    else this.plot.setData(this.data);
    this.show_values();
    this.describe();
  }

  show_values() {
    const at = this.plot?.cursor.idx;
    const pointed = at != null && this.data[0][at] !== undefined && !this.shows_table;
    const when = this.is_of_now ? "" : `last ${clock_time(this.latest_at)}`;
    set_text(this.at, pointed ? clock_time(this.data[0][at] * 1000) : when);
    this.values.forEach((target, i) => {
      const value = pointed ? this.data[i + 1][at] : this.latest?.[i];
      set_text(target, value == null ? unknown : this.format(value));
    });
  }

  /** What the picture shows, in words. */
  describe() {
    const minutes = this.window_ms / 60_000;
    const words = this.series.map(({ label }, i) => {
      const summary = summary_of(this.data[i + 1]);
      if (!summary) return `${label} unknown`;
      return `${label} ${this.format(this.latest[i])}, at most ${this.format(summary.most)}`;
    });
    const span = minutes === 1 ? "minute" : `${minutes} minutes`;
    this.picture.setAttribute("aria-label", `${this.title} in the last ${span}: ${words.join("; ")}`);
  }

  show_table(on) {
    this.shows_table = on;
    this.picture.hidden = on;
    this.table.hidden = !on;
    if (on) return this.fill_table();
    this.fit();
    this.plot.setData(this.data);
  }

  fill_table() {
    const head = element("tr", {}, ...["Time", ...this.series.map(({ label }) => label)].map((label, i) =>
      element("th", { textContent: label, scope: "col", className: i > 0 ? "number" : "" })));
    const row = (name, values) => element("tr", {}, element("th", { textContent: name, scope: "row" }),
      ...values.map((value) => element("td", { className: "number", textContent: value == null ? unknown : this.format(value) })));
    const summaries = this.data.slice(1).map(summary_of);
    const rows = ["most", "mean", "least"].map((name) =>
      row(`${name[0].toUpperCase()}${name.slice(1)}`, summaries.map((summary) => summary?.[name])));
    const times = this.data[0];
    const step = Math.max(1, Math.floor(times.length / table_rows));
    for (let i = times.length - 1; i >= 0 && rows.length < table_rows + 3; i -= step) {
      rows.push(row(clock_time(times[i] * 1000), this.data.slice(1).map((column) => column[i])));
    }
    this.table.replaceChildren(element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)));
  }
}
