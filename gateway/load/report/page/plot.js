'use strict';
// Plots as inline SVG: axes, series, a cross-hair that follows pointer and arrow keys.

const svgNamespace = 'http://www.w3.org/2000/svg';

/** An element with attributes and children; strings become text, so that nothing is ever markup. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

function shape(name, attributes = {}, ...children) {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Quantities ------------------------------------------------------------------------------------

function threeDigits(number) {
  return number < 9.995 ? number.toFixed(2) : number < 99.95 ? number.toFixed(1) : number.toFixed(0);
}

function timeText(ns) {
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 999.5e3) return `${threeDigits(ns / 1e3)} µs`;
  if (ns < 999.5e6) return `${threeDigits(ns / 1e6)} ms`;
  return ns < 600e9 ? `${threeDigits(ns / 1e9)} s` : `${threeDigits(ns / 60e9)} min`;
}

/** A round time, as axes have it. */
function tickTime(ns) {
  const [unit, name] = ns < 1e3 ? [1, 'ns'] : ns < 1e6 ? [1e3, 'µs'] : ns < 1e9 ? [1e6, 'ms'] : [1e9, 's'];
  return `${Number((ns / unit).toPrecision(3))} ${name}`;
}

const countText = (count) => Math.round(count).toLocaleString('en-GB');
const numberText = (number) =>
  number === 0 ? '0' : number < 999.5 ? String(Number(number.toPrecision(3))) : countText(number);

/** 1 is 90 %, 2 is 99 %. */
function percentileText(nines) {
  const digits = Math.max(0, Math.ceil(nines) - 1);
  return `p${Number((100 - 100 * 10 ** -nines).toFixed(digits))}`;
}

function clockText(seconds) {
  if (seconds < 120) return `${Number(seconds.toFixed(1))} s`;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

// Axes: from a value to 0..1, and the values that are written ------------------------------------

function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
}

function linearAxis(max, text, whole = false) {
  const step = Math.max(roundStep((max > 0 ? max : 1) / 4), whole ? 1 : 0);
  const end = Math.max(step, Math.ceil((max / step) * 0.999) * step);
  const ticks = [];
  for (let i = 0; i * step <= end * 1.001; ++i) ticks.push([i * step, text(i * step)]);
  return { at: (value) => value / end, ticks };
}

/** From the run's beginning; ends where the run did. */
function clockAxis(end) {
  const nice = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600];
  const step = nice.find((one) => end / one <= 6.5) ?? Math.ceil(end / 6);
  const ticks = [];
  for (let value = 0; value <= end; value += step) ticks.push([value, clockText(value)]);
  return { at: (value) => value / end, ticks };
}

function logAxis(min, max, text) {
  const low = Math.log10(Math.max(min, 1));
  const high = Math.max(Math.log10(Math.max(max, 1)), low + 0.1);
  const marks = high - low > 3.5 ? [1] : high - low > 1.6 ? [1, 3] : [1, 2, 5];
  let ticks = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); ++power) {
    for (const mark of marks) ticks.push(mark * 10 ** power);
  }
  ticks = ticks.filter((value) => value >= 10 ** low * 0.999 && value <= 10 ** high * 1.001);
  if (ticks.length < 2) ticks = [10 ** low, 10 ** ((low + high) / 2), 10 ** high].map((v) => Number(v.toPrecision(2)));
  return {
    at: (value) => (Math.log10(Math.max(value, 1)) - low) / (high - low),
    ticks: ticks.map((value) => [value, text(value)]),
  };
}

function ninesAxis(max) {
  const end = Math.max(max, 1);
  const ticks = [[0, 'p0'], [Math.log10(2), 'p50']];
  for (let nines = 1; nines <= end + 0.01; ++nines) ticks.push([nines, percentileText(nines)]);
  return { at: (value) => value / end, ticks };
}

// Drawing ---------------------------------------------------------------------------------------

const room = { top: 10, right: 14, bottom: 26, left: 58 };

function pathOf(points, place) {
  let path = '';
  let pen = 'M';
  for (const [x, y] of points) {
    if (y === null) { pen = 'M'; continue; }
    const [left, top] = place(x, y);
    path += `${pen}${left.toFixed(1)} ${top.toFixed(1)}`;
    pen = 'L';
  }
  return path;
}

function drawAxes(svg, spec, width, height) {
  const [inner, tall] = [width - room.left - room.right, height - room.top - room.bottom];
  for (const [value, text] of spec.y.ticks) {
    const top = room.top + tall * (1 - spec.y.at(value));
    svg.append(
      shape('line', { class: 'grid', x1: room.left, x2: width - room.right, y1: top, y2: top }),
      shape('text', { x: room.left - 8, y: top + 4, 'text-anchor': 'end' }, text),
    );
  }
  let free = -Infinity;
  for (const [value, text] of spec.x.ticks) {
    const left = room.left + inner * spec.x.at(value);
    const half = text.length * 3.6;
    if (left - half < free) continue;
    free = left + half + 8;
    svg.append(
      shape('line', { class: 'base', x1: left, x2: left, y1: height - room.bottom, y2: height - room.bottom + 4 }),
      shape('text', { x: left, y: height - 6, 'text-anchor': 'middle' }, text),
    );
  }
  svg.append(shape('line', {
    class: 'base', x1: room.left, x2: width - room.right, y1: height - room.bottom, y2: height - room.bottom,
  }));
}

function drawBars(points, place, tone) {
  const group = shape('g', { class: `bar ${tone}` });
  for (const [x, y, end] of points) {
    if (!y) continue;
    const [left, top] = place(x, y);
    const [right, foot] = place(end, 0);
    const wide = Math.max(right - left - 1, 1);
    group.append(shape('rect', { x: left, y: Math.min(top, foot - 1), width: wide, height: Math.max(foot - top, 1) }));
  }
  return group;
}

function drawSeries(svg, one, place, foot) {
  const tone = `tone-${one.tone}`;
  if (one.kind === 'bars') { svg.append(drawBars(one.points, place, tone)); return; }
  if (one.kind === 'dots') {
    const group = shape('g', { class: `dot ${tone}` });
    for (const [x, y] of one.points) {
      const [cx, cy] = place(x, y);
      group.append(shape('circle', { cx: cx.toFixed(1), cy: cy.toFixed(1), r: 1.8 }));
    }
    svg.append(group);
    return;
  }
  const seen = one.points.filter((point) => point[1] !== null);
  if (one.kind === 'area' && seen.length > 1) {
    const [first] = place(...seen[0]);
    const [last] = place(...seen.at(-1));
    svg.append(shape('path', { class: `area ${tone}`, d: `${pathOf(seen, place)}L${last} ${foot}L${first} ${foot}Z` }));
  }
  const dashed = one.dashed ? ' dashed' : '';
  svg.append(shape('path', { class: `line ${tone}${dashed}`, d: pathOf(one.points, place) }));
  if (seen.length === 1) {
    const [cx, cy] = place(...seen[0]);
    svg.append(shape('circle', { class: `disc ${tone}`, cx, cy, r: 3 }));
  }
}

function drawLimit(svg, spec, width, place) {
  if (!spec.limit) return;
  const [, top] = place(0, spec.limit.value);
  if (!(top >= room.top)) return;
  svg.append(
    shape('line', { class: 'limit', x1: room.left, x2: width - room.right, y1: top, y2: top }),
    shape('text', { class: 'limit-text', x: width - room.right, y: top - 5, 'text-anchor': 'end' }, spec.limit.text),
  );
}

// The cross-hair --------------------------------------------------------------------------------

const tip = document.getElementById('tip');

function showTip(head, rows, left, top) {
  tip.replaceChildren(element('b', {}, head));
  for (const [name, text] of rows) tip.append(element('div', {}, element('span', {}, name), element('span', {}, text)));
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const beside = left + 14 + box.width > document.documentElement.clientWidth ? left - 14 - box.width : left + 14;
  tip.style.left = `${Math.max(4, beside)}px`;
  tip.style.top = `${Math.max(4, top - box.height - 10)}px`;
}

/** All x of lines and bars, in order; `mid` is where the cross-hair stands. */
function stopsOf(spec) {
  const stops = new Map();
  for (const one of spec.series) {
    if (one.kind === 'dots') continue;
    for (const [x, y, end] of one.points) {
      if (y === null) continue;
      const stop = stops.get(x) ?? { x, end, rows: [] };
      stop.rows.push([one.name, spec.yText(y)]);
      stops.set(x, stop);
    }
  }
  return [...stops.values()].sort((a, b) => a.x - b.x);
}

function follow(frame, spec, drawn) {
  const stops = stopsOf(spec);
  let at = -1;
  const leftOf = (stop) => {
    const [from, to] = [spec.x.at(stop.x), spec.x.at(stop.end ?? stop.x)];
    return room.left + drawn.inner() * ((from + to) / 2);
  };
  const show = (which) => {
    at = Math.min(Math.max(which, 0), stops.length - 1);
    const left = leftOf(stops[at]);
    drawn.cross(left);
    const box = frame.getBoundingClientRect();
    showTip(spec.xText(stops[at].x, stops[at].end), stops[at].rows, box.left + left, box.top + room.top + 30);
  };
  const hide = () => { at = -1; tip.hidden = true; drawn.cross(null); };
  frame.addEventListener('pointermove', (event) => {
    const x = event.clientX - frame.getBoundingClientRect().left;
    let best = 0;
    stops.forEach((stop, i) => {
      if (Math.abs(leftOf(stop) - x) < Math.abs(leftOf(stops[best]) - x)) best = i;
    });
    show(best);
  });
  frame.addEventListener('pointerleave', hide);
  frame.addEventListener('blur', hide);
  frame.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') { hide(); return; }
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    show(at < 0 ? 0 : at + by);
  });
}

// A figure --------------------------------------------------------------------------------------

function swatch(one) {
  const svg = shape('svg', { viewBox: '0 0 18 10', 'aria-hidden': 'true' });
  const tone = `tone-${one.tone}`;
  if (one.kind === 'dots') svg.append(shape('circle', { class: `disc ${tone}`, cx: 9, cy: 5, r: 3 }));
  else if (one.kind === 'bars') svg.append(shape('rect', { class: `bar ${tone}`, width: 18, height: 10, rx: 2 }));
  else svg.append(shape('line', { class: `rule ${tone}${one.dashed ? ' dashed' : ''}`, x1: 0, x2: 18, y1: 5, y2: 5 }));
  return svg;
}

/**
 * `spec`: title, note, series [{name, kind, tone, points}], x and y axes, xText and yText for the
 * cross-hair, summary for those who do not see it.
 */
function plot(spec) {
  const caption = element('figcaption', {}, element('h2', {}, spec.title));
  if (spec.note) caption.append(element('p', { class: 'note' }, spec.note));
  const series = spec.series.filter((one) => one.points.some((point) => point[1] !== null));
  const figure = element('figure', { class: 'card' }, caption);
  if (series.length === 0) {
    figure.append(element('p', { class: 'empty' }, spec.empty ?? 'Nothing was measured.'));
    return figure;
  }
  const legend = element('ul', { class: 'legend' });
  for (const one of series) legend.append(element('li', {}, swatch(one), one.name));
  if (series.length > 1) caption.append(legend);
  const label = `${spec.title}. ${spec.summary ?? ''} Arrow keys read the values.`;
  const frame = element('div', { class: 'plot', tabindex: '0', role: 'img', 'aria-label': label });
  figure.append(frame);
  let width = 0;
  let cross = null;
  const draw = () => {
    width = frame.clientWidth;
    const height = width < 480 ? 200 : 240;
    const svg = shape('svg', { viewBox: `0 0 ${width} ${height}`, height, 'aria-hidden': 'true' });
    const [inner, tall] = [width - room.left - room.right, height - room.top - room.bottom];
    const place = (x, y) => [
      room.left + inner * spec.x.at(x),
      room.top + tall * (1 - Math.min(Math.max(spec.y.at(y), 0), 1)),
    ];
    drawAxes(svg, spec, width, height);
    for (const one of series) drawSeries(svg, one, place, height - room.bottom);
    drawLimit(svg, spec, width, place);
    cross = shape('line', { class: 'cross', y1: room.top, y2: height - room.bottom, visibility: 'hidden' });
    svg.append(cross);
    frame.replaceChildren(svg);
  };
  new ResizeObserver(() => { if (frame.clientWidth !== width && frame.clientWidth > 0) draw(); }).observe(frame);
  follow(frame, { ...spec, series }, {
    inner: () => width - room.left - room.right,
    cross: (left) => {
      if (!cross) return;
      cross.setAttribute('visibility', left === null ? 'hidden' : 'visible');
      if (left !== null) { cross.setAttribute('x1', left); cross.setAttribute('x2', left); }
    },
  });
  return figure;
}
