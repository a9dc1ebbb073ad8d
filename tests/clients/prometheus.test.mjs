// Debian's Prometheus before a gateway under load: what deploy/prometheus and deploy/grafana ask for
// is there. deploy/packages installs it.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import {
    askSlowly, keepBusy, keys, leaveEarly, overstep, startBusyGateway,
} from './support/busy_gateway.mjs';
import { chooseAll, dashboard, filled, metricsOf, panels, variables } from './support/grafana.mjs';
import { deployed, promtool, samplesOf, startPrometheus } from './support/prometheus.mjs';
import { until } from './support/until.mjs';

const limit = { timeout: 120_000 };
/** They show what does not happen here: nothing but zeros is as it should be. */
const quiet = ['Shed by overload', 'Lost records', 'Ledger records lost'];
/** The mock bears vLLM's names, and these have colons. */
const knownComplaint = /^vllm:\w+ metric names should not contain ':'$/;

let folder;
let gateway;
let prometheus;
let began;
let page;
let rules;

/** Load for as long as it takes Prometheus to look at it five times, and what comes only once. */
async function makeFigures() {
    const looks = async () => Number(
        (await prometheus.query('count_over_time(up{job="sluice"}[5m])'))[0]?.value[1] ?? 0);
    await until('Prometheus has looked at the gateway', looks);
    began = Date.now() / 1000;
    const slow = await askSlowly(gateway);
    await leaveEarly(gateway);
    await overstep(gateway);
    await gateway.reload();
    const enough = await looks() + 5;
    do await keepBusy(gateway); while (await looks() < enough);
    page = await gateway.metrics();
    assert.match(await slow.read(), /\[DONE\]/);
    await until('spans are exported', async () =>
        /^sluice_trace_spans_total\{result="exported"\} [1-9]/m.test(await gateway.metrics()));
    const ended = await gateway.sum('sluice_streams_total');
    await until('Prometheus has seen the last stream', async () =>
        Number((await prometheus.query('sum(sluice_streams_total)'))[0].value[1]) >= ended);
}

before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'));
    const keyFile = join(folder, 'operator.key');
    await writeFile(keyFile, `${keys.operator}\n`, { mode: 0o600 });
    gateway = await startBusyGateway(folder);
    prometheus = await startPrometheus(folder, gateway.url, keyFile);
    await makeFigures();
    rules = await until('all rules were evaluated', async () => {
        const { groups } = await prometheus.ask('rules');
        const all = groups.flatMap((group) => group.rules);
        return all.every(({ health }) => health !== 'unknown') && all;
    });
}, limit);

after(async () => {
    await prometheus?.stop();
    const code = await gateway?.stop();
    await rm(folder, { recursive: true });
    assert.equal(code, 0, gateway?.log());
});

test('promtool finds no fault with what is delivered', limit, async () => {
    const file = (name) => join(deployed, 'prometheus', name);
    for (const words of [
        ['check', 'config', file('prometheus.yml')],
        ['check', 'rules', file('sluice.rules.yml')],
        ['test', 'rules', file('sluice.rules.test.yml')],
    ]) {
        const { code, said } = await promtool(words);
        assert.equal(code, 0, `${words.join(' ')}: ${said}`);
    }
});

test('promtool finds no fault with /metrics', limit, async () => {
    const { said } = await promtool(['check', 'metrics'], page);
    const complaints = said.split('\n').filter((line) => line && !knownComplaint.test(line));
    assert.deepEqual(complaints, []);
});

test('Prometheus reads the whole page with the key of an operator', limit, async () => {
    const { activeTargets: [target] } = await prometheus.ask('targets');
    assert.deepEqual([target.health, target.lastError], ['up', '']);
});

test('every rule is evaluated without a fault', limit, () => {
    const faults = rules.filter(({ health }) => health !== 'ok')
        .map(({ name, lastError }) => `${name}: ${lastError}`);
    assert.deepEqual(faults, []);
    assert.ok(rules.length > 20, `${rules.length} rules`);
});

test('every recorded figure has a value', limit, async () => {
    for (const { name } of rules.filter(({ type }) => type === 'recording')) {
        await until(`${name} is a number`, async () =>
            (await prometheus.query(name)).some(({ value }) => !Number.isNaN(Number(value[1]))));
    }
});

test('every alert says how grave it is, what happens and what to do, and is tried', limit, async () => {
    const tried = await readFile(join(deployed, 'prometheus/sluice.rules.test.yml'), 'utf8');
    const source = await readFile(join(deployed, 'prometheus/sluice.rules.yml'), 'utf8');
    const alerts = rules.filter(({ type }) => type === 'alerting');
    for (const { name, labels, annotations } of alerts) {
        assert.match(labels.severity, /^(critical|warning)$/, name);
        assert.ok(annotations.summary.length > 10, name);
        assert.ok(annotations.description.length > 80, name);
        assert.ok(tried.includes(`alertname: ${name}\n`), `${name} is in no test`);
        const bounded = new RegExp(`alert: ${name}\\n +expr: .*\\n +for: \\d+m\\n`);
        assert.ok(bounded.test(source), `${name} does not say for how long`);
    }
});

test('what went wrong here raises its alerts, and nothing else does', limit, async () => {
    const raised = async () => (await prometheus.ask('alerts')).alerts;
    const state = async (name) => (await raised()).find(({ labels }) => labels.alertname === name);
    await until('SluiceReloadFailed', async () => (await state('SluiceReloadFailed'))?.state === 'firing');
    const open = await until('SluiceBreakerOpen', () => state('SluiceBreakerOpen'));
    assert.deepEqual([open.labels.provider, open.labels.model], ['away', 'gone']);
    const firing = (await raised()).filter((alert) => alert.state === 'firing');
    assert.deepEqual(firing.map(({ labels }) => labels.alertname), ['SluiceReloadFailed']);
});

test('every metric of dashboard and rules is on /metrics', limit, () => {
    const there = samplesOf(page);
    const recorded = new Set(rules.map(({ name }) => name));
    const asked = [
        ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
        ...dashboard.annotations.list.map(({ expr = '' }) => expr),
        ...variables.map(({ query }) => query.query),
        ...rules.map(({ query }) => query),
    ].flatMap(metricsOf);
    assert.ok(asked.length > 100, `${asked.length} names`);
    const missing = asked.filter((name) => !there.has(name) && !recorded.has(name));
    assert.deepEqual([...new Set(missing)], []);
});

test('every variable of the dashboard lists what the gateway has', limit, async () => {
    const { listed } = await chooseAll(prometheus);
    assert.deepEqual(listed.job, ['sluice']);
    assert.deepEqual(listed.instance, [new URL(gateway.url).host]);
    assert.deepEqual(listed.route, ['broken', 'chat', 'continued', 'steady']);
    assert.deepEqual(listed.provider, ['away', 'breaks', 'quick', 'second']);
    assert.deepEqual(listed.model, ['gone', 'one', 'three', 'two']);
    assert.deepEqual(listed.dialect, [
        'anthropic_messages', 'gemini', 'native', 'ollama_chat', 'openai_chat',
        'openai_completions', 'openai_responses', 'ui_messages',
    ]);
});

test('every query of the dashboard returns data', limit, async () => {
    const { chosen } = await chooseAll(prometheus);
    const faults = [];
    for (const { title, targets } of panels) {
        let greatest = -Infinity;
        for (const { expr } of targets) {
            const series = await prometheus.range(filled(expr, chosen), began);
            const values = series.flatMap(([, all]) => all).filter((value) => !Number.isNaN(value));
            if (values.length === 0) faults.push(`${title}: nothing for ${expr}`);
            greatest = Math.max(greatest, ...values);
        }
        if (!quiet.includes(title) && greatest <= 0) faults.push(`${title}: never above zero`);
    }
    assert.deepEqual(faults, []);
});

test('every panel has a name, a unit and words on what to do', limit, () => {
    assert.ok(panels.length > 30, `${panels.length} panels`);
    for (const { title, description, fieldConfig, targets } of panels) {
        assert.ok(title, description);
        assert.ok(description?.length > 40, title);
        assert.ok(fieldConfig.defaults.unit, title);
        for (const { legendFormat } of targets) assert.ok(legendFormat, title);
    }
    assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
});

test('no panel lies on another, and none is beside the page', limit, () => {
    const boxes = dashboard.panels.map(({ id, title, gridPos }) => ({ id, title, ...gridPos }));
    assert.equal(new Set(boxes.map(({ id }) => id)).size, boxes.length);
    for (const [i, a] of boxes.entries()) {
        assert.ok(a.x >= 0 && a.w > 0 && a.h > 0 && a.x + a.w <= 24, a.title);
        const over = boxes.slice(i + 1).find((b) => a.x < b.x + b.w && b.x < a.x + a.w
            && a.y < b.y + b.h && b.y < a.y + a.h);
        assert.equal(over, undefined, `${a.title} lies on ${over?.title}`);
    }
});

test('the dashboard is one that any Grafana 10 imports', limit, () => {
    assert.equal(dashboard.schemaVersion, 38);
    assert.equal(dashboard.id, undefined);
    const [source] = dashboard.templating.list;
    assert.deepEqual([source.type, source.query], ['datasource', 'prometheus']);
    const bound = JSON.stringify(dashboard).match(/"type":"prometheus","uid":"[^"]*"/g);
    for (const one of bound) assert.equal(one, `"type":"prometheus","uid":"\${${source.name}}"`);
});
