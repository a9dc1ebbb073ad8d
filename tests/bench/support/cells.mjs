// The cells of the comparison: what is done to a peer, and what is read off it.
//
// A cell's `measure(run, peer)` resolves to its values by metric. `derive(round)` may add to the
// values of a whole round what only several peers together give. `metrics` are those of the table,
// each with its title. `rounds_max`: a cell whose figures hardly vary needs no more rounds. `wants`:
// without this peer there is nothing to see. `rate`: tokens come at a rate, or the peer is too slow.
import { setTimeout as sleep } from 'node:timers/promises';

import { withBench } from './bench.mjs';
import { broadcast } from './broadcast.mjs';
import { connectionsTo, descriptorsMax } from './machine.mjs';
import { percentile } from './statistics.mjs';

const relays = ['floor', 'nginx', 'haproxy', 'caddy', 'portkey', 'sluice'];
// What of Sluice's cost is libcurl's shows where a token, or a stream, comes alone.
const relaysAndCurl = ['curl', ...relays];

/**
 * Relayed streams that never end within the window: CPU per token and latency. The starts take one
 * token's period longer than `ramp`, a whole number of them, so that the tokens of all streams are
 * spread evenly over the period and do not come in bursts.
 */
function paced({ connections, rate, ramp: whole, full, quick }) {
    return (run, peer) => withBench(run, peer, {}, async (bench) => {
        const window = run.quick ? quick : full;
        const ramp = whole + 1 / rate;
        const { report, cpu_ns: cpuNs, ...busy } = await bench.loadMeasured({
            connections, rate, ramp, duration: window, tokens: rate * (whole + window + 5),
        });
        return {
            // Nothing is between client and upstream of the direct peer, and so nothing has a cost.
            ...(peer === 'direct' ? {} : { cpu_us_per_token: cpuNs / 1000 / report.tokens }),
            latency_p50_us: report.latency_us.p50, latency_p99_us: report.latency_us.p99,
            tokens: report.tokens, asked_share: report.tokens_per_s / (connections * rate), ...busy,
        };
    });
}

/** Streams of 8 tokens one after another on each connection, for `full` seconds. */
function closedLoop({ connections, rate, full, quick }) {
    return (run, peer) => withBench(run, peer, {}, async (bench) => {
        const { report, cpu_ns: cpuNs, ...busy } = await bench.loadMeasured({
            connections, rate, tokens: 8, duration: run.quick ? quick : full,
        });
        return {
            ...(peer === 'direct' ? {} : { cpu_us_per_stream: cpuNs / 1000 / report.streams }),
            ttft_p50_us: report.ttft_us.p50, ttft_p99_us: report.ttft_us.p99,
            first_tokens: report.ttft_us.count, streams: report.streams, ...busy,
        };
    });
}

/** Adds to each peer of a round what it put on top of `name` without any peer. */
function addedTo(name) {
    return (round) => {
        for (const [peer, values] of Object.entries(round)) {
            if (peer === 'direct' || !round.direct) continue;
            for (const share of ['p50', 'p99']) {
                values[`added_${share}_us`] =
                    values[`${name}_${share}_us`] - round.direct[`${name}_${share}_us`];
            }
        }
    };
}

/** How many streams can be held: a peer needs two descriptors for each. */
export function heldStreams(quick) {
    return Math.min(quick ? 1000 : 9900, Math.floor(descriptorsMax() / 2) - 100);
}

const ramped = (count) => Math.max(0.5, count / 3300);

/** Milliseconds from each client's leaving to the upstream's notice; infinite where it never came. */
function noticed(reports, upstream) {
    return reports.flatMap((report) => Object.entries(report.left).map(([id, leftNs]) => (
        id in upstream.left ? (upstream.left[id] - leftNs) / 1e6 : Infinity)));
}

// Beyond the ids that the warm-up may reach.
const firstId = 1_000_000_000;

/** `repeats` times `connections` streams are left, within `spread` seconds. */
function leave({ connections, ramp, spread, repeats }) {
    return (run, peer) => withBench(run, peer, {}, async (bench) => {
        const reports = [];
        for (let repeat = 0; repeat < repeats(run.quick); repeat++) {
            reports.push(await bench.load({
                connections: connections(run.quick), tokens: 1000, rate: 5, ramp, leave: spread,
                'first-id': firstId + repeat * 10_000,
            }));
        }
        // Some peers notice only when they next write, which at this rate takes up to 200 ms each.
        await sleep(1500);
        const delays = noticed(reports, await bench.stopUpstream());
        return {
            told_p50_ms: percentile(delays, 0.5), told_p99_ms: percentile(delays, 0.99),
            told_max_ms: percentile(delays, 1), left: delays.length,
            never_told: delays.filter((delay) => delay === Infinity).length,
        };
    });
}

async function hold(run, peer) {
    const count = heldStreams(run.quick);
    return withBench(run, peer, {}, async (bench) => ({
        kib_per_stream: await bench.hold(count, { ramp: ramped(count) }), streams: count,
    }));
}

async function tls(run, peer) {
    const count = run.quick ? 300 : 1000;
    const held = (variant) => withBench(
        run, peer, variant, (bench) => bench.hold(count, { ramp: ramped(count) }));
    const plain = await held({});
    const secure = await held({ tls: true });
    return { plain_kib: plain, tls_kib: secure, tls_extra_kib: secure - plain, streams: count };
}

async function http2(run, peer) {
    const count = run.quick ? 300 : 1000;
    return withBench(run, peer, { http2: true }, async (bench) => {
        let connections;
        const kib = await bench.hold(count, {
            ramp: ramped(count), look: () => { connections = connectionsTo(bench.front.port); },
        });
        return { kib_per_stream: kib, upstream_connections: connections, streams: count };
    });
}

/** One stream to many readers, behind a small one to a few. */
function oneToMany(run, peer) {
    const readers = Math.min(run.quick ? 300 : 5000, descriptorsMax() - 200);
    const full = { readers, tokens: run.quick ? 20 : 200, rate: 10, ramp: ramped(readers), look: 2 };
    const small = { readers: 16, tokens: 8, rate: 50, ramp: 0, look: 0.3 };
    const variant = { broadcast: true, warmUp: (bench) => broadcast(bench, small) };
    return withBench(run, peer, variant, (bench) => broadcast(bench, full));
}

export const cells = [
    {
        name: 'steady',
        what: '1000 streams x 50 tokens/s',
        peers: relays.filter((peer) => peer !== 'portkey'),
        measure: paced({ connections: 1000, rate: 50, ramp: 2, full: 8, quick: 2 }),
        metrics: {
            cpu_us_per_token: 'CPU per token, us',
            latency_p50_us: 'latency p50, us', latency_p99_us: 'latency p99, us',
        },
        rate: true,
    },
    {
        name: 'moderate',
        what: '100 streams x 50 tokens/s',
        peers: ['direct', ...relaysAndCurl],
        measure: paced({ connections: 100, rate: 50, ramp: 1, full: 6, quick: 2 }),
        derive: addedTo('latency'),
        metrics: {
            cpu_us_per_token: 'CPU per token, us',
            latency_p50_us: 'latency p50, us', latency_p99_us: 'latency p99, us',
            added_p50_us: 'latency added p50, us', added_p99_us: 'latency added p99, us',
        },
        rate: true,
    },
    {
        // 50,000 tokens/s are so much more than Portkey carries on a core that streams never begin.
        name: 'portkey',
        what: '400 streams x 50 tokens/s, which fill the core of Portkey',
        peers: ['nginx', 'portkey', 'sluice'],
        wants: 'portkey',
        measure: paced({ connections: 400, rate: 50, ramp: 2, full: 6, quick: 2 }),
        metrics: {
            cpu_us_per_token: 'CPU per token, us',
            latency_p50_us: 'latency p50, us', latency_p99_us: 'latency p99, us',
        },
        rate: true,
    },
    {
        name: 'ttft',
        what: '16 connections, 8 tokens at 1000 tokens/s, one stream after another',
        peers: ['direct', ...relaysAndCurl],
        measure: closedLoop({ connections: 16, rate: 1000, full: 4, quick: 1.5 }),
        derive: addedTo('ttft'),
        metrics: {
            ttft_p50_us: 'first token p50, us', ttft_p99_us: 'first token p99, us',
            added_p50_us: 'added p50, us', added_p99_us: 'added p99, us',
        },
    },
    {
        name: 'short',
        what: '64 connections, 8 tokens at once, one stream after another',
        peers: relaysAndCurl,
        measure: closedLoop({ connections: 64, rate: 0, full: 3, quick: 1.5 }),
        metrics: { cpu_us_per_stream: 'CPU per stream, us' },
    },
    {
        name: 'hold',
        what: 'streams held',
        peers: relays.filter((peer) => peer !== 'portkey'),
        rounds_max: 3,
        measure: hold,
        metrics: { kib_per_stream: 'memory per stream, KiB' },
    },
    {
        name: 'leave',
        what: '20 streams at 5 tokens/s, left one by one',
        peers: ['direct', ...relays.filter((peer) => peer !== 'portkey')],
        measure: leave({
            connections: () => 20, ramp: 0, spread: 0.4, repeats: (quick) => (quick ? 3 : 10),
        }),
        metrics: { told_p50_ms: 'upstream told p50, ms', told_p99_ms: 'upstream told p99, ms' },
    },
    {
        name: 'leave-burst',
        what: '2000 streams at 5 tokens/s, left at once',
        peers: ['direct', ...relays.filter((peer) => peer !== 'portkey')],
        measure: leave({
            connections: (quick) => (quick ? 500 : 2000), ramp: 0.7, spread: 0, repeats: () => 1,
        }),
        metrics: { told_max_ms: 'last upstream told, ms' },
    },
    {
        name: 'tls',
        what: 'streams held through a TLS 1.3 listener, and plain',
        peers: ['nginx', 'sluice'],
        rounds_max: 3,
        measure: tls,
        metrics: { tls_kib: 'memory per stream, KiB', tls_extra_kib: 'more than plain, KiB' },
    },
    {
        name: 'http2',
        what: 'streams held, upstream over TLS with http2: true',
        peers: ['sluice'],
        rounds_max: 3,
        measure: http2,
        metrics: { kib_per_stream: 'memory per stream, KiB', upstream_connections: 'upstream connections' },
    },
    {
        name: 'broadcast',
        what: 'one stream of 200 tokens at 10 tokens/s to 5000 readers',
        peers: ['floor', 'nchan', 'sluice'],
        measure: oneToMany,
        metrics: { cpu_us_per_event: 'CPU per event, us', kib_per_reader: 'memory per reader, KiB' },
        rate: true,
    },
];
