// The figures of `sluice load`: computed again from its raw log, and true of servers that stall.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as hdr from 'hdr-histogram-js';

import { startGateway } from './support/gateway.mjs';
import { assertNoFault, bodyOf, runLoad, startServer } from './support/load.mjs';

const limit = { timeout: 120_000 };
const shares = { p50_ns: 0.5, p90_ns: 0.9, p99_ns: 0.99, p99_9_ns: 0.999 };

let folder;
before(async () => { folder = await mkdtemp(join(tmpdir(), 'sluice-load-')); });
after(() => rm(folder, { recursive: true }));

/** The rows of a raw log by stream, and the metrics computed from them with plain arithmetic. */
async function measuredAgain(path) {
    const [, ...lines] = (await readFile(path, 'utf8')).trimEnd().split('\n');
    const streams = new Map();
    for (const line of lines) {
        const [stream, what, at, value] = line.split(',');
        if (!streams.has(stream)) streams.set(stream, []);
        streams.get(stream).push({ what, at: Number(at), value: Number(value) });
    }
    const out = { ttfb: [], ttft_content: [], gap: [], e2e_done: [], tpot_decode: [], added: [] };
    for (const rows of streams.values()) {
        const first = (what) => rows.find((row) => row.what === what)?.at;
        const content = rows.filter((row) => row.what === 'content').map((row) => row.at);
        const due = first('due');
        const done = rows.find((row) => row.what === 'done');
        if (first('byte') !== undefined) out.ttfb.push(first('byte') - due);
        if (content.length > 0) out.ttft_content.push(content[0] - due);
        content.slice(1).forEach((at, i) => out.gap.push(at - content[i]));
        rows.filter((row) => row.what === 'stamp').forEach((row) => out.added.push(row.at - row.value));
        if (!done) continue;
        out.e2e_done.push(done.at - due);
        if (done.value > 1) out.tpot_decode.push((content.at(-1) - content[0]) / (done.value - 1));
    }
    for (const times of Object.values(out)) times.sort((a, b) => a - b);
    return out;
}

const percentile = (sorted, share) => sorted[Math.max(Math.ceil(share * sorted.length), 1) - 1];

function assertNear(reported, exact, what) {
    const slack = Math.max(exact * 0.01, 1000);
    assert.ok(Math.abs(reported - exact) <= slack, `${what}: ${reported} reported, ${exact} computed`);
}

describe('percentiles', () => {
    let report;
    let computed;
    before(async () => {
        const events = join(folder, 'events.csv');
        const run = await runLoad([
            '--mock', '--rate', '60', '--duration', '4s', '--output-tokens', 'lognormal(30,0.6)',
            '--mock-setting', 'gap-ms=gamma(8,0.8)', '--mock-setting', 'ttft-ms=lognormal(60,0.5)',
            '--events', events, '--json', '-',
        ]);
        assertNoFault(run.code, run.errors + run.out.slice(0, 2000));
        report = run.report;
        computed = await measuredAgain(events);
    });

    for (const metric of ['ttfb', 'ttft_content', 'gap', 'tpot_decode', 'e2e_done', 'added']) {
        test(`of ${metric} equal those of the raw log`, () => {
            const times = report.times[metric];
            assert.equal(times.count, computed[metric].length);
            assert.ok(times.count > 100, `only ${times.count}`);
            for (const [name, share] of Object.entries(shares)) {
                assertNear(times[name], percentile(computed[metric], share), `${metric} ${name}`);
            }
            assertNear(times.max_ns, computed[metric].at(-1), `${metric} max`);
        });

        test(`of ${metric} equal those that HdrHistogram reads`, () => {
            const times = report.times[metric];
            const decoded = hdr.decodeFromCompressedBase64(times.hdr);
            assert.equal(decoded.totalCount, times.count);
            for (const [name, share] of Object.entries(shares)) {
                assertNear(times[name], decoded.getValueAtPercentile(share * 100), `${metric} ${name}`);
            }
        });
    }

    test('tell of a mock that keeps to its distributions', () => {
        // The median of 60 ms and the mean of 8 ms, and what loopback adds.
        assert.ok(report.times.ttft_content.p50_ns > 50e6, report.times.ttft_content.p50_ns);
        assert.ok(report.times.ttft_content.p50_ns < 90e6, report.times.ttft_content.p50_ns);
        assert.ok(report.times.gap.mean_ns > 7e6 && report.times.gap.mean_ns < 9.5e6,
            report.times.gap.mean_ns);
    });
});

/** Answers chat completions at once, but for those that come within a stall, which wait for its end. */
function stalling(test, { from, to }) {
    const began = Date.now();
    return startServer(test, async (request, response) => {
        await bodyOf(request);
        const answer = () => {
            response.writeHead(200, { 'Content-Type': 'text/event-stream' });
            const chunk = (delta, finish) => `data: ${JSON.stringify({
                id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }],
            })}\n\n`;
            response.end(`${chunk({ content: 'a' }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`);
        };
        const now = Date.now() - began;
        if (now >= from && now < to) setTimeout(answer, to - now);
        else answer();
    });
}

test('an open loop shows the queue at a stalled server that a closed loop hides', limit, async (t) => {
    const stall = { from: 1000, to: 2500 };
    const open = await runLoad([
        await stalling(t, stall), '--rate', 'constant:100', '--duration', '4s', '--json', '-']);
    const closed = await runLoad([
        await stalling(t, stall), '--clients', '1', '--duration', '4s', '--json', '-']);
    assertNoFault(open.code, open.errors + JSON.stringify(open.report?.verdict));
    assertNoFault(closed.code, closed.errors + JSON.stringify(closed.report?.verdict));
    // 150 of 400 streams fell due within the stall; the lone client has only one of its own in it.
    assert.ok(open.report.times.ttft_content.p90_ns > 800e6, open.report.times.ttft_content.p90_ns);
    assert.ok(open.report.times.ttft_content.p50_ns < 100e6, open.report.times.ttft_content.p50_ns);
    assert.ok(closed.report.times.ttft_content.p90_ns < 50e6, closed.report.times.ttft_content.p90_ns);
    assert.ok(closed.report.times.ttft_content.max_ns > 1e9, closed.report.times.ttft_content.max_ns);
});

test('a missed objective is exit 3, a client that is the bottleneck exit 4', limit, async () => {
    const short = ['--mock', '--streams', '40', '--clients', '10', '--output-tokens', '10',
        '--mock-setting', 'rate=500', '--json', '-'];
    const missed = await runLoad([...short, '--mock-setting', 'ttft-ms=200', '--slo', 'ttft=50ms']);
    assert.equal(missed.code, 3, missed.errors);
    assert.equal(missed.report.verdict.objectives_met, false);
    assert.equal(missed.report.streams.good, 0);
    const met = await runLoad([...short, '--mock-setting', 'ttft-ms=0', '--slo', 'ttft=5s,gap=5s,e2e=30s']);
    assert.equal(met.code, 0, met.errors);
    assert.equal(met.report.streams.good, 40);
    const overrun = await runLoad([
        '--mock', '--rate', 'constant:500', '--clients', '2', '--duration', '1s', '--json', '-']);
    assert.equal(overrun.code, 4, overrun.errors);
    assert.equal(overrun.report.verdict.valid, false);
});

test('a report becomes the baseline of a later run', limit, async () => {
    const baseline = join(folder, 'baseline.json');
    const run = (ttft, ...more) => runLoad([
        '--mock', '--no-stamps', '--streams', '150', '--clients', '30', '--output-tokens', '5',
        '--mock-setting', 'rate=0', '--mock-setting', `ttft-ms=${ttft}`, ...more]);
    assert.equal((await run(100, '--json', baseline)).code, 0);
    const slower = await run(200, '--baseline', baseline);
    assert.equal(slower.code, 3, slower.out);
    assert.match(slower.out, /ttft/);
    const again = await run(100, '--baseline', baseline, '--tolerance', '0.5');
    assert.equal(again.code, 0, again.out);
});

test('the knee of a server with slots is near what they can carry', limit, async () => {
    // Eight answers at a time of 0.2 s each are 40 streams per second.
    const config = new URL('./support/slots.yaml', import.meta.url).pathname;
    const found = await runLoad([
        '--mock', '--mock-config', config, '--mock-setting', 'ttft-ms=100', '--mock-setting', 'rate=100',
        '--output-tokens', '10', '--slo', 'ttft=400ms', '--slo-share', '0.95', '--find-knee',
        '--knee-from', '10', '--duration', '3s', '--json', '-', '--quiet',
    ]);
    assert.equal(found.code, 0, found.errors + found.out);
    const { knee_streams_per_s: knee } = JSON.parse(found.out);
    assert.ok(knee > 15 && knee < 60, `${knee}`);
});

// 10,000 take 20,000 open files and half a minute.
const many = Number(process.env.SLUICE_CLIENTS ?? 1000);
test(`${many} streams at a time from one process`, limit, async () => {
    const tokens = 30;
    const { code, report, errors } = await runLoad([
        '--mock', '--clients', `${many}`, '--streams', `${many}`, '--ramp', '2s', '--drain', '60s',
        '--output-tokens', `${tokens}`, '--mock-setting', 'rate=5', '--json', '-',
    ]);
    assertNoFault(code, errors);
    assert.equal(report.streams.whole, many, JSON.stringify(report.errors));
    assert.equal(report.integrity.checked, many * tokens);
    assert.equal(report.integrity.broken, 0);
    assert.equal(Math.max(...report.seconds.live), many);
});

test('what is piped is the report alone', limit, async () => {
    const { code, out, errors } = await runLoad([
        '--mock', '--streams', '5', '--clients', '5', '--output-tokens', '5']);
    assertNoFault(code, errors);
    assert.equal(errors, '');
    assert.match(out, /ttft/);
    assert.doesNotMatch(out, /\u001b/);
});
