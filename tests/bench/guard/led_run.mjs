// One run of the gateway under a counter: bench_upstream before it, and bench_lockstep, which leads
// an exact number of tokens through it. Whatever is started is ended before the run resolves.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { within } from '../support/process.mjs';

// Far beyond what anything takes, for a busy machine under valgrind is very slow.
const startMs = 120_000;
const ledMs = 300_000;
const stopMs = 120_000;

const configuration = fileURLToPath(new URL('gateway.yaml', import.meta.url));
// strace is the parent of what it traces, whose own id must be known to end it.
const tellId = ['sh', '-c', 'echo "id $$"; exec "$@"', 'sh'];

const running = new Set();
process.on('exit', () => { for (const id of running) kill(id, 'SIGKILL'); });

function kill(id, signal) {
    try {
        process.kill(id, signal);
    } catch (error) {
        if (error.code !== 'ESRCH') throw error;
    }
}

/** A process that was started here; the end of all that it prints is what it `said`. */
class Child {
    constructor([command, ...args], { stdin = 'ignore', more = [], environment = {} } = {}) {
        this.name = command;
        this.process = spawn(command, args, {
            stdio: [stdin, 'pipe', 'pipe', ...more], env: { ...process.env, ...environment },
        });
        this.id = this.process.pid; // of none, where it could not be started
        if (this.id) running.add(this.id);
        this.said = '';
        this.process.stderr.setEncoding('utf8').on('data', (text) => {
            this.said = (this.said + text).slice(-4000);
        });
        this.lines = createInterface({ input: this.process.stdout });
        this.lines.on('line', (line) => { this.said += `${line}\n`; });
        this.ended = new Promise((resolve) => {
            this.process.once('close', (code, signal) => resolve(code ?? signal));
            this.process.once('error', (error) => resolve(error.message));
        }).then((reason) => { running.delete(this.id); return reason; });
    }

    /** Resolves to what the first group of `pattern` finds in a line of standard output. */
    async find(pattern) {
        if (!this.id) throw this.error(`could not be started: ${await this.ended}`);
        const found = new Promise((resolve) => {
            this.lines.on('line', (line) => {
                const match = pattern.exec(line);
                if (match) resolve(match[1]);
            });
        });
        const ended = this.ended.then((reason) => { throw this.error(`ended with ${reason}`); });
        ended.catch(() => {});
        return within(startMs, Promise.race([found, ended]), `${this.name} did not start`);
    }

    /** Rejects unless it ends by itself, and well. */
    async succeeds() {
        const reason = await within(ledMs, this.ended, `${this.name} did not end`);
        if (reason !== 0) throw this.error(`ended with ${reason}`);
    }

    /** Ends the process `id`, which is this one or what it has started, and waits for this one. */
    async stop(id = this.id) {
        if (!this.id) return this.ended;
        kill(id, 'SIGTERM');
        try {
            return await within(stopMs, this.ended, `${this.name} did not end`);
        } catch (error) {
            kill(id, 'SIGKILL');
            kill(this.id, 'SIGKILL');
            throw error;
        }
    }

    error(what) { return new Error(`${this.name} ${what}\n${this.said}`.trimEnd()); }
}

const listening = /^listening on (http:\S+)$/;

/** Starts the gateway under `counter`: { child, id, url }, `id` being that of the gateway itself. */
async function startGateway({ sluice, counter, folder, upstreamUrl, settings }) {
    const file = join(folder, 'gateway.yaml');
    const text = readFileSync(configuration, 'utf8').replaceAll('{{upstream_url}}', upstreamUrl);
    writeFileSync(file, `${text}${settings}\n`);
    const serve = [sluice, 'serve', '--config', file];
    const command = counter.wrap(folder, counter.isParent ? [...tellId, ...serve] : serve);
    const child = new Child(command, { environment: counter.environment });
    try {
        const [id, url] = await Promise.all([
            counter.isParent ? child.find(/^id (\d+)$/).then(Number) : child.id,
            child.find(listening),
        ]);
        if (counter.isParent) running.add(id);
        return { child, id, url };
    } catch (error) {
        await child.stop().catch(() => {});
        throw error;
    }
}

/**
 * Leads `streams` streams at a time of `rounds` tokens, `successive` times, through the gateway.
 * Resolves to what `counter` has counted from the gateway's start to its end. `settings`: lines that
 * its configuration has besides gateway.yaml.
 */
export async function ledRun(
    { build, work, counter }, { settings = '', model, streams, rounds, successive },
) {
    const folder = mkdtempSync(join(work, `${counter.name}-`));
    const programs = join(build, 'tests/bench');
    const upstream = new Child([join(programs, 'bench_upstream'), '--lockstep'], { stdin: 'pipe' });
    try {
        const upstreamUrl = await upstream.find(listening);
        const gateway = await startGateway(
            { sluice: join(build, 'sluice'), counter, folder, upstreamUrl, settings });
        try {
            await new Child([
                join(programs, 'bench_lockstep'), `${gateway.url}/v1/chat/completions`,
                '--streams', streams, '--rounds', rounds, '--successive', successive,
                '--upstream-fd', 3, '--model', model,
            ].map(String), { more: [upstream.process.stdin] }).succeeds();
        } finally {
            const reason = await gateway.child.stop(gateway.id);
            running.delete(gateway.id);
            if (reason !== 0) throw gateway.child.error(`ended with ${reason}`);
        }
    } finally {
        await upstream.stop();
    }
    const counted = counter.read(folder);
    rmSync(folder, { recursive: true, force: true });
    return counted;
}
