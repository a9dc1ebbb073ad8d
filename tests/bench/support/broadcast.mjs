// One stream to very many readers: how each peer is given it, and what is read off them.
import { setTimeout as sleep } from 'node:timers/promises';

import { publish } from './publisher.mjs';

// Sluice's answer is a stream after a second without tokens (server.commit_after), and only then are
// there readers; the rest is for a busy machine, on which they take longer.
const marginSeconds = 4;

let channels = 0;

/**
 * By peer: opens a stream of `tokens` at `rate`. Resolves to the `path` that readers ask, and to
 * `begin()`, which is called once they are there: in `quiet` seconds at most.
 */
const open = {
    floor: async (bench, { tokens, rate }) => ({
        path: '/', begin: () => { bench.peer.write(`${tokens} ${rate}\n`); },
    }),
    nchan: async (bench, { tokens, rate }) => {
        const channel = `c${++channels}`;
        return {
            path: `/read/${channel}`,
            begin: () => publish(`${bench.peer.url}/publish/${channel}`, { tokens, rate }),
        };
    },
    // The provider waits by itself.
    sluice: async (bench, wanted) => ({
        path: `/v1/streams/${await askSluice(bench, wanted)}`, begin: () => {},
    }),
};

/**
 * The id of a stream of chat completion chunks, which whoever joins it gets as the provider wrote
 * them. Whoever asked for it reads nothing of it.
 */
async function askSluice(bench, { tokens, rate, quiet }) {
    const wish = `bench id=0 tokens=${tokens} rate=${rate} ttft_ms=${Math.round(quiet * 1000)}`;
    const response = await fetch(`${bench.peer.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
            'Content-Type': 'application/json', 'X-Stream-Resumable': 'true',
            'X-Stream-On-Disconnect': 'keep',
        },
        body: JSON.stringify({
            model: 'bench', stream: true, messages: [{ role: 'user', content: wish }],
        }),
    });
    if (response.status !== 200) throw new Error(`no stream: ${response.status} ${await response.text()}`);
    await response.body.cancel();
    return response.headers.get('x-stream-id');
}

/**
 * `readers` attach within `ramp` seconds and are looked at after `look` more; then `tokens` come at
 * `rate` per second. CPU and latency are those from the last reader's attaching to the last's token.
 */
export async function broadcast(bench, { readers, tokens, rate, ramp, look }) {
    const idle = bench.memoryKib();
    const quiet = ramp + look + marginSeconds;
    const opened = await open[bench.peerName](bench, { tokens, rate, quiet });
    let attached;
    const { report, cpu_ns: cpuNs, ...busy } = await bench.loadMeasured(
        { path: opened.path, read: true, connections: readers, tokens, ramp },
        async ({ stop }) => {
            try {
                await sleep(look * 1000);
                attached = bench.memoryKib();
                await opened.begin();
            } catch (error) {
                stop();
                throw error;
            }
        });
    // Nothing was lost, but something was sent before the last reader was there.
    if (report.tokens !== readers * tokens) {
        throw new Error(`only ${report.tokens} of ${readers * tokens} events came within the window`);
    }
    return {
        cpu_us_per_event: cpuNs / 1000 / report.tokens, kib_per_reader: (attached - idle) / readers,
        latency_p50_us: report.latency_us.p50, latency_p99_us: report.latency_us.p99,
        events: report.tokens, readers, ...busy,
    };
}
