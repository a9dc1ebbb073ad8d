// The page: what the run was, how it came out, and its plots.

const data = JSON.parse(document.getElementById('run').textContent);
const { run, verdict, streams, rates, times, plots, integrity } = data;
const main = document.getElementById('main');

const card = (title, ...children) => element('section', { class: 'card' }, element('h2', {}, title), ...children);
const shareText = (share) => `${Number((Math.floor(share * 1e4 + 1e-9) / 100).toFixed(2))} %`;
const sentence = (text) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
const bytesText = (bytes) => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  for (; bytes >= 999.5 && unit + 1 < units.length; ++unit) bytes /= 1000;
  return `${numberText(bytes)} ${units[unit]}`;
};

// Verdicts --------------------------------------------------------------------------------------

const signs = { good: 'M4 12l5 5L20 6', bad: 'M6 6l12 12M18 6L6 18', open: 'M6 12h12' };

function verdictBox(how, title, text) {
  const sign = shape('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, shape('path', { d: signs[how] }));
  return element('div', { class: how }, element('strong', {}, sign, title), element('p', {}, text));
}

function validity() {
  if (verdict.valid) return verdictBox('good', 'Valid', 'The client kept up, so that the figures are the server’s.');
  return verdictBox('bad', 'Invalid', sentence(verdict.invalid_because.join('; ')));
}

function objectives() {
  if (verdict.objectives_met === null) return verdictBox('open', 'No objectives', 'None were given with --slo.');
  const text = `${shareText(verdict.good_share)} of streams within ${verdict.objectives}; ` +
    `${shareText(verdict.good_share_wanted)} wanted.`;
  return verdict.objectives_met
    ? verdictBox('good', 'Objectives met', text) : verdictBox('bad', 'Objectives missed', text);
}

const flaws = [
  ['lost', 'lost'], ['doubled', 'doubled'], ['disordered', 'out of order'], ['altered', 'altered'],
  ['foreign', 'foreign'], ['miscounted', 'miscounted streams'],
];

function content() {
  const compared = `${countText(integrity.checked)} tokens compared`;
  if (verdict.content === 'intact') {
    return verdictBox('good', 'Content intact', `${compared}: none lost, doubled, out of order or altered.`);
  }
  if (verdict.content === 'unchecked') {
    return verdictBox('open', 'Content unchecked', 'It is not the mock’s, or was not compared with it.');
  }
  const found = flaws.filter(([key]) => integrity[key] > 0).map(([key, word]) => `${countText(integrity[key])} ${word}`);
  return verdictBox('bad', 'Content broken', `${found.join(', ')}; ${compared}.`);
}

// Key figures -----------------------------------------------------------------------------------

function keyFigure(label, figure, more) {
  const [number, unit = ''] = figure.split(/ (?=\D)/);
  const shown = element('div', { class: 'figure' }, number, unit ? element('small', {}, ` ${unit}`) : '');
  return element('div', { class: 'card' }, element('div', { class: 'label' }, label), shown,
    element('div', { class: 'more' }, more));
}

function timeFigure(label, key) {
  const one = times[key];
  if (one.count === 0) return null;
  return keyFigure(label, timeText(one.p50_ns), `median · p99 ${timeText(one.p99_ns)}`);
}

function keyFigures() {
  const box = element('section', { class: 'keys', 'aria-label': 'Key figures' });
  const good = verdict.objectives_met === null ? '' : `${numberText(rates.good_per_s)} good · `;
  box.append(...[
    keyFigure('Streams', countText(streams.started), `${countText(streams.whole)} whole, ${countText(streams.failed)} failed`),
    keyFigure('Rate', `${numberText(rates.streams_per_s)} streams/s`, `${good}${bytesText(rates.bytes_per_s)}/s`),
    keyFigure('Output', `${numberText(rates.output_tokens_per_s)} tokens/s`, `${numberText(rates.events_per_s)} events/s`),
    timeFigure('First content', 'ttft_content'),
    timeFigure('Gap between events', 'gap'),
    timeFigure('Time per token', 'tpot_decode'),
    timeFigure('Added per token', 'added'),
    timeFigure('Whole stream', 'e2e_done'),
  ].filter((one) => one !== null));
  return box;
}

// Plots -----------------------------------------------------------------------------------------

const seconds = plots.seconds;
const runEnd = Math.max(seconds.due.length * seconds.step_s, plots.ttft.p50.length * plots.ttft.step_s, 1);
const stepText = (step) => (step === 1 ? 'each second' : `each ${clockText(step)}`);
const atText = (step) => (x) => (step === 1 ? `at ${clockText(x)}` : `from ${clockText(x)}`);
const timeline = (values, step, scale = 1) =>
  values.map((value, i) => [i * step, value === null ? null : value * scale]);

/** Of the objective `name`, in nanoseconds, for the plot of its metric. */
function limitOf(name) {
  const found = new RegExp(`(?:^|,)${name}=([\\d.]+)(ns|us|ms|s|m)(?:,|$)`).exec(verdict.objectives);
  if (!found) return null;
  const value = Number(found[1]) * { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9 }[found[2]];
  return { value, text: `objective ${tickTime(value)}` };
}

function spanOf(series, limit) {
  const all = series.flatMap((one) => one.points.map((point) => point[1])).filter((value) => value > 0);
  if (limit) all.push(limit.value);
  if (all.length === 0) return [1, 10];
  const [low, high] = all.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, 0]);
  return [low / 1.15, high * 1.15];
}

function overTime(title, source, limit, dots, kept) {
  const series = [
    { name: 'p99', kind: 'line', tone: 2, points: timeline(source.p99, source.step_s) },
    { name: 'median', kind: 'line', tone: 1, points: timeline(source.p50, source.step_s) },
  ];
  if (dots) series.unshift({ name: 'single streams', kind: 'dots', tone: 'dim', points: dots });
  const ns = source.p99.filter((value) => value !== null);
  return plot({
    title, series, limit,
    note: `Of the streams that were due in ${stepText(source.step_s)}${kept}`,
    x: clockAxis(runEnd), y: logAxis(...spanOf(series, limit), tickTime),
    xText: atText(source.step_s), yText: timeText,
    summary: ns.length ? `The p99 lies between ${timeText(Math.min(...ns))} and ${timeText(Math.max(...ns))}.` : '',
  });
}

function percentileCurves() {
  const named = [['ttft_content', 1], ['gap', 2], ['tpot_decode', 3], ['added', 4], ['e2e_done', 5]];
  const series = named.map(([key, tone]) => ({ name: key, kind: 'line', tone, points: plots.curves[key] }));
  const most = Math.max(1, ...series.map((one) => (one.points.length ? one.points.at(-1)[0] : 0)));
  return plot({
    title: 'Percentiles', series,
    note: 'The share of samples that were no slower; each curve ends at its slowest sample',
    x: ninesAxis(most), y: logAxis(...spanOf(series), tickTime), xText: percentileText, yText: timeText,
    summary: series.filter((one) => one.points.length)
      .map((one) => `${one.name} p99 ${timeText(times[one.name].p99_ns)}.`).join(' '),
  });
}

function distribution(title, key, tone) {
  const { edges, counts } = plots.bars[key];
  const points = counts.map((count, i) => [edges[i], count, edges[i + 1]]);
  const series = [{ name: 'samples', kind: 'bars', tone, points }];
  return plot({
    title, series, note: `${countText(times[key].count)} samples, in bars of equal ratio`,
    x: logAxis(edges[0] ?? 1, edges.at(-1) ?? 10, tickTime),
    y: linearAxis(Math.max(...counts, 1), (value) => numberText(value)),
    xText: (from, to) => `${timeText(from)} to ${timeText(to)}`, yText: (value) => `about ${countText(value)}`,
    summary: `Half of the samples are below ${timeText(times[key].p50_ns)}.`,
  });
}

function perSecond(title, series, note, whole = false) {
  const most = Math.max(0, ...series.flatMap((one) => one.points.map((point) => point[1])));
  return plot({
    title, series, note, x: clockAxis(runEnd), y: linearAxis(most, numberText, whole),
    xText: atText(seconds.step_s), yText: numberText, summary: `The highest value is ${numberText(most)}.`,
  });
}

function plotsPart() {
  const scale = 1 / seconds.step_s;
  const line = (name, key, tone, more = {}) =>
    ({ name, kind: 'line', tone, points: timeline(seconds[key], seconds.step_s, scale), ...more });
  const live = { name: 'live', kind: 'area', tone: 3, points: timeline(seconds.live, seconds.step_s) };
  const failures = { name: 'errors', kind: 'bars', tone: 'bad',
    points: seconds.errors.map((count, i) => [i * seconds.step_s, count, (i + 1) * seconds.step_s]) };
  const kept = plots.records < streams.started ? `; ${countText(plots.records)} streams were kept` : '';
  return element('section', { class: 'plots', 'aria-label': 'Plots' },
    overTime('Time to first content', plots.ttft, limitOf('ttft'), plots.dots, kept),
    overTime('Longest gap of a stream', plots.longest_gap, limitOf('gap'), null, kept),
    percentileCurves(),
    perSecond('Streams due, started and ended', [
      line('started', 'started', 1), line('ended', 'ended', 2), line('due', 'due', 'dim', { dashed: true }),
    ], 'Per second'),
    distribution('Distribution of the time to first content', 'ttft_content', 1),
    distribution('Distribution of gaps', 'gap', 2),
    perSecond('Live streams', [live], 'At the end of each second', true),
    data.errors.length
      ? perSecond('Errors', [failures], `In ${stepText(seconds.step_s)}`, true)
      : perSecond('Events', [line('events', 'events', 5, { kind: 'area' })], 'With content, per second'));
}

// Tables ----------------------------------------------------------------------------------------

function timesTable() {
  const columns = [['p50_ns', 'p50'], ['p90_ns', 'p90'], ['p99_ns', 'p99'], ['p99_9_ns', 'p99.9'], ['max_ns', 'max'], ['mean_ns', 'mean']];
  const head = element('tr', {}, element('th', { scope: 'col' }, 'Metric'), element('th', { scope: 'col' }, 'samples'));
  for (const [, name] of columns) head.append(element('th', { scope: 'col' }, name));
  const body = element('tbody');
  for (const [key, one] of Object.entries(times)) {
    const row = element('tr', one.count ? {} : { class: 'none' },
      element('th', { scope: 'row' }, element('code', {}, key),
        element('span', { class: 'title' }, data.definitions[key].title)),
      element('td', {}, countText(one.count)));
    for (const [field] of columns) row.append(element('td', {}, one.count ? timeText(one[field]) : '–'));
    body.append(row);
  }
  const table = element('table', { class: 'times' }, element('thead', {}, head), body);
  return card('Times', element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Times' }, table));
}

function meanings() {
  const made = element('ul', { class: 'meanings' });
  for (const [key, { definition, elsewhere }] of Object.entries(data.definitions)) {
    made.append(element('li', {}, element('code', {}, key), element('span', {}, definition),
      ...(elsewhere ? [element('span', { class: 'elsewhere' }, `Elsewhere: ${elsewhere}.`)] : [])));
  }
  return card('What the times mean', element('p', { class: 'note' },
    '“Due” is when the schedule wanted the stream, so that the queue of a stalled server is counted.'), made);
}

function list(rows) {
  const made = element('dl');
  for (const [name, value, how = ''] of rows) {
    if (value === '' || value === null) continue;
    made.append(element('dt', {}, name), element('dd', how ? { class: how } : {}, value));
  }
  return made;
}

function errorsCard() {
  if (data.errors.length === 0) return card('Errors', element('p', { class: 'note' }, 'None.'));
  const most = data.errors[0].count;
  const kinds = element('ul', { class: 'kinds' });
  for (const { kind, count } of data.errors) {
    const bar = shape('svg', { viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      shape('rect', { class: 'trough', width: 100, height: 6 }),
      shape('rect', { width: Math.max(0.5, (100 * count) / most), height: 6 }));
    kinds.append(element('li', {}, element('span', {}, kind), element('span', {}, countText(count)), bar));
  }
  const examples = element('ul', { class: 'examples', 'aria-label': 'Examples' });
  for (const text of data.examples) examples.append(element('li', { tabindex: '0' }, text));
  return card('Errors', kinds, data.examples.length ? examples : null);
}

function integrityCard() {
  const rows = flaws.map(([key, word]) => [word, countText(integrity[key]), integrity[key] > 0 ? 'bad' : '']);
  return card('Integrity', element('p', { class: 'note' },
    verdict.content === 'unchecked' ? 'Nothing was compared.' : 'Byte for byte, against what the mock must have said.'),
    list([['compared', countText(integrity.checked)], ...rows]));
}

function clientCard() {
  const { client } = data;
  const lag = times.schedule_lag;
  const twice = (one) => (one.count ? `p99 ${timeText(one.p99_ns)}, max ${timeText(one.max_ns)}` : '');
  return card('The client itself', list([
    ['processor', `${shareText(client.cpu_share)} of ${run.workers === 1 ? 'one core' : `${run.workers} cores`}`],
    ['schedule lag', twice(lag)], ['loop lag', twice(client.loop_lag)],
    ['dead connections replaced', streams.reconnected ? countText(streams.reconnected) : ''],
    ...Object.entries(run.environment),
  ]));
}

function settingsCard() {
  return card('Run', list([
    ['server', run.url], ['dialect', run.dialect], ['load', run.load], ['work', run.work],
    ['objectives', verdict.objectives], ['length', clockText(run.duration_s)],
    ['warm-up', run.warmup_s ? `${clockText(run.warmup_s)}, not in the figures` : ''], ['began', run.began],
    ['due', countText(streams.due)], ['aborted on purpose', streams.aborted ? countText(streams.aborted) : ''],
    ['resumed', streams.resumed ? countText(streams.resumed) : ''],
    ['going on at the end', streams.unended ? countText(streams.unended) : ''],
    ['input tokens', countText(data.totals.input_tokens)], ['output tokens', countText(data.totals.output_tokens)],
    ['command', run.command ? element('code', {}, run.command) : ''],
  ]));
}

document.title = `Load test of ${run.url}`;
document.getElementById('what').textContent = [run.url, run.load, clockText(run.duration_s)].filter(Boolean).join(' · ');
document.getElementById('made').textContent = `Sluice ${data.sluice}, ${run.began}`;
main.append(
  element('section', { class: 'verdict', 'aria-label': 'Verdict' }, validity(), objectives(), content()),
  keyFigures(), plotsPart(), timesTable(),
  element('section', { class: 'sides' }, errorsCard(), integrityCard(), clientCard(), settingsCard()),
  meanings());
