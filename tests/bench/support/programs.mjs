// The two ends of every measurement: the paced upstream and the load client, both built from this
// folder's C++ files.
import { join } from 'node:path';

import { startListening, startProcess, within } from './process.mjs';

const loadMs = 180_000;

/** The upstream on `core`; `stop()` resolves to the JSON that it prints at its end. */
export async function startUpstream({ programs, core, folder }) {
    let last = '';
    const started = await startListening({
        core, command: join(programs, 'bench_upstream'), args: [], log: join(folder, 'upstream.log'),
        onLine: (line) => { last = line; },
    });
    return {
        url: started.url,
        port: Number(new URL(started.url).port),
        async stop() {
            const code = await started.stop();
            if (code !== 0) throw new Error(`the upstream ended with ${code}: ${started.tail()}`);
            return JSON.parse(last);
        },
    };
}

/**
 * Runs the load client against `url` to its end and resolves to its report. `on` maps the name of an
 * event to what is done the moment it is printed; each gets `{ stop }`, which ends the client.
 */
export async function runLoad({ programs, core, folder, url, args, on = {} }) {
    const handled = [];
    let report;
    const started = startProcess({
        core, command: join(programs, 'bench_load'), args: [url, ...args],
        log: join(folder, 'load.log'),
        onLine(line) {
            const event = JSON.parse(line);
            if (event.event === 'report') report = event;
            const handler = on[event.event];
            if (!handler) return;
            // Up to its first await it runs now: that is the moment to be sampled.
            const done = (async () => handler({ stop: () => started.signal('SIGTERM') }))();
            done.catch(() => {});
            handled.push(done);
        },
    });
    try {
        const code = await within(
            loadMs, started.exited, `the load client was not done after ${loadMs / 1000} s`);
        await Promise.all(handled);
        if (code !== 0 && code !== 4) throw new Error(`the load client ended with ${code}`);
        if (!report) throw new Error('the load client printed no report');
        return { ...report, exit_code: code };
    } catch (error) {
        await started.stop().catch(() => {});
        throw new Error(`${error.message}: ${started.tail()}`);
    }
}

/** What went wrong with the streams of a report, in words; nothing when all of them were whole. */
export function faults(report) {
    const counted = ['lost', 'doubled', 'disordered', 'foreign', 'failed']
        .filter((name) => report[name] > 0)
        .map((name) => `${report[name]} ${name}`);
    if (counted.length === 0 && report.exit_code === 4) counted.push('streams were not whole');
    const examples = (report.examples ?? []).slice(0, 2).map((text) => ` (${text})`).join('');
    return counted.length > 0 ? `${counted.join(', ')}${examples}` : '';
}
