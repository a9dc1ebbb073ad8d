// One measurement's set: an upstream, a peer in front of it and the load client, all started anew,
// warmed up, and gone again afterwards.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { idleTicks } from './machine.mjs';
import { peers, startHttp2Upstream } from './peers.mjs';
import { cpuBetween, cpuByThread, pssKib } from './process.mjs';
import { faults, runLoad, startUpstream } from './programs.mjs';

const completions = '/v1/chat/completions';
const tickNs = 10_000_000;

/**
 * `run` is what all measurements share: { programs, sluice, cores, folder, certificate, quick }.
 * `variant`: { tls } for a TLS listener of the peer, { http2 } for an upstream that speaks that,
 * { broadcast } for a peer that does that, { warmUp(bench) } for another warm-up than streams.
 * Calls `measure(bench)` and resolves to what it resolves to; everything started is ended before.
 */
export async function withBench(run, peerName, variant, measure) {
    const folder = mkdtempSync(join(run.folder, `${peerName}-`));
    chmodSync(folder, 0o755);
    const bench = new Bench(run, peerName, variant, folder);
    let values;
    try {
        await bench.open();
        await (variant.warmUp ?? warmUp)(bench);
        values = await measure(bench);
    } finally {
        await bench.close();
    }
    // The logs of a measurement that failed stay.
    rmSync(folder, { recursive: true, force: true });
    return values;
}

/** A few hundred streams, so that pools, caches and just-in-time compilers are past their start. */
function warmUp(bench) {
    const duration = bench.run.quick ? 0.3 : 0.5;
    return bench.load({ connections: 16, tokens: 8, rate: 0, duration });
}

class Bench {
    constructor(run, peerName, variant, folder) {
        Object.assign(this, { run, peerName, variant, folder });
        this.started = [];
    }

    async open() {
        const { run, folder, variant } = this;
        const shared = { ...run, folder, ...variant };
        this.upstream = await startUpstream({ ...shared, core: run.cores.upstream });
        this.started.push(this.upstream);
        this.front = this.upstream;
        if (variant.http2) {
            this.front = await startHttp2Upstream(
                { ...shared, core: run.cores.upstream, upstream: this.upstream });
            this.started.push(this.front);
        }
        const setup = { ...shared, core: run.cores.peer, upstream: this.front };
        const peer = peers[this.peerName];
        this.peer = await peer.start(setup);
        if (this.peer.pid) this.started.push(this.peer);
        this.headers = (peer.headers?.(setup) ?? []).flatMap((header) => ['--header', header]);
    }

    /** Ends all that was started, the peer first; an end that goes wrong does not keep the others. */
    async close() {
        const problems = [];
        for (const one of this.started.splice(0).reverse()) {
            await one.stop().catch((error) => problems.push(error));
        }
        if (problems.length > 0) throw problems[0];
    }

    /** Ends the upstream, whose last words it resolves to. */
    async stopUpstream() {
        this.started = this.started.filter((one) => one !== this.upstream);
        return this.upstream.stop();
    }

    /**
     * Runs the load client through the peer; `options` are its own without the dashes, and the `path`
     * that it asks. Throws where a stream was not whole, for such figures are worth nothing.
     */
    async load({ path = completions, ...options }, on) {
        const { run, folder, headers } = this;
        const insecure = this.peer.url.startsWith('https:') ? ['--insecure'] : [];
        const args = Object.entries(options).flatMap(([name, value]) => (
            value === true ? [`--${name}`] : [`--${name}`, String(value)]));
        const report = await runLoad({
            programs: run.programs, core: run.cores.load, folder, on,
            url: this.peer.url + path, args: [...args, ...headers, ...insecure],
        });
        const wrong = faults(report);
        if (wrong) throw new Error(`streams were not whole: ${wrong}`);
        return report;
    }

    /**
     * As load(), and the CPU of the peer within the window: { report, cpu_ns, peer_busy, ... }. `begun`
     * is called when the window has begun.
     */
    async loadMeasured(options, begun) {
        const samples = [];
        const sample = () => samples.push({
            cpu: this.peer.pid ? cpuByThread(this.peer.pid) : new Map(),
            at: process.hrtime.bigint(),
            peerIdle: idleTicks(this.run.cores.peer),
            loadIdle: idleTicks(this.run.cores.load),
        });
        const report = await this.load(options, {
            window_start(client) {
                sample();
                return begun?.(client);
            },
            window_end: sample,
        });
        if (samples.length !== 2) throw new Error('the load client told of no whole window');
        const [first, last] = samples;
        const ns = Number(last.at - first.at);
        const cpuNs = cpuBetween(first.cpu, last.cpu);
        const busy = (which) => Math.max(0, 1 - (last[which] - first[which]) * tickNs / ns);
        return {
            report,
            cpu_ns: cpuNs,
            peer_busy: cpuNs / ns,
            // Of the peer's core, what others took; ticks are coarse, hence the floor at nothing.
            foreign_busy: Math.max(0, busy('peerIdle') - cpuNs / ns),
            load_busy: busy('loadIdle'),
        };
    }

    /** PSS of the peer in KiB. */
    memoryKib() {
        return pssKib(this.peer.pid);
    }

    /**
     * Opens `count` streams of few tokens and holds them: PSS per stream in KiB above that of the
     * idle peer. `look` is called while they are held.
     */
    async hold(count, { ramp, look }) {
        const idle = this.memoryKib();
        let held;
        await this.load({ connections: count, tokens: 200, rate: 0.2, ramp, hold: true }, {
            held: async ({ stop }) => {
                try {
                    await sleep(2000);
                    held = this.memoryKib();
                    look?.();
                } finally {
                    stop();
                }
            },
        });
        if (held === undefined) throw new Error('the load client never held all streams');
        return (held - idle) / count;
    }
}
