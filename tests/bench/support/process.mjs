// A child process on a core of its own: started, read line by line, measured, ended by its id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const startMs = 20_000;
const stopMs = 15_000;

const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGTERM'); });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

/** Resolves as `promise` does, or rejects with `message` after `ms`. */
export async function within(ms, promise, message) {
    const late = new AbortController();
    const timeout = sleep(ms, undefined, { signal: late.signal })
        .then(() => { throw new Error(message); });
    timeout.catch(() => {});
    try {
        return await Promise.race([promise, timeout]);
    } finally {
        late.abort();
    }
}

/**
 * Starts `command` on `core`. Its standard error goes to the file `log`, and so does its standard
 * output unless `onLine` takes it line by line. With `input` there is a `write(text)` to its standard
 * input. Whoever starts a process stops it.
 */
export function startProcess({ core, command, args, log, environment = {}, onLine, input = false }) {
    const descriptor = openSync(log, 'a');
    const child = spawn('taskset', ['-c', String(core), command, ...args], {
        stdio: [input ? 'pipe' : 'ignore', onLine ? 'pipe' : descriptor, descriptor],
        env: { ...process.env, ...environment },
    });
    closeSync(descriptor);
    running.add(child);
    const exited = new Promise((resolve) => {
        const settle = (reason) => { running.delete(child); resolve(reason); };
        child.once('close', (code, signal) => settle(code ?? signal));
        child.once('error', (error) => settle(error.message));
    });
    if (onLine) createInterface({ input: child.stdout }).on('line', onLine);
    return {
        pid: child.pid,
        exited,
        tail: () => `${command}: ${readFileSync(log, 'utf8').slice(-2000)}`,
        signal: (name) => child.kill(name),
        write: (text) => child.stdin.write(text),
        /** Ends it and waits for its end; resolves to the exit code, or to the signal that it took. */
        async stop() {
            child.kill('SIGTERM');
            try {
                return await within(stopMs, exited, `${command} did not end`);
            } catch (error) {
                child.kill('SIGKILL');
                await exited;
                throw error;
            }
        },
    };
}

/** As startProcess, for a program that prints `listening on URL`; resolves to it with its `url`. */
export async function startListening(options) {
    let found;
    const listening = new Promise((resolve) => { found = resolve; });
    const started = startProcess({
        ...options,
        onLine(line) {
            const match = /^listening on (https?:\/\/\S+)$/.exec(line);
            if (match) found(match[1]);
            else options.onLine?.(line);
        },
    });
    const url = await orStop(started, listening, 'it did not say that it listens');
    return { ...started, url };
}

/** Resolves once something accepts connections on `port`, which `started` is expected to do. */
export async function accepting(started, port) {
    let over = false;
    const accepted = (async () => {
        while (!over && !await tryToConnect(port)) await sleep(10);
    })();
    try {
        await orStop(started, accepted, `nothing accepts connections on port ${port}`);
    } finally {
        over = true;
    }
}

async function orStop(started, ready, message) {
    const ended = started.exited.then((reason) => { throw new Error(`it ended with ${reason}`); });
    ended.catch(() => {});
    try {
        return await within(startMs, Promise.race([ready, ended]), message);
    } catch (error) {
        await started.stop().catch(() => {});
        throw new Error(`${error.message}: ${started.tail()}`);
    }
}

async function tryToConnect(port) {
    const socket = connect(port, '127.0.0.1');
    try {
        await once(socket, 'connect');
        return true;
    } catch {
        return false;
    } finally {
        socket.destroy();
    }
}

/** A port that was free a moment ago, for programs that cannot pick one themselves. */
export async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}

const tasks = (pid) => readdirSync(`/proc/${pid}/task`);

/** `pid` and all that descend from it. */
function tree(pid) {
    const children = tasks(pid).flatMap((task) => readFileSync(
        `/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean));
    return [pid, ...children.flatMap(tree)];
}

/** CPU time so far in ns by thread, of all processes below `pid`. */
export function cpuByThread(pid) {
    return new Map(tree(pid).flatMap((member) => tasks(member).map((task) => [
        task, Number(readFileSync(`/proc/${member}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    ])));
}

/** CPU time in ns between two answers of cpuByThread. */
export function cpuBetween(before, after) {
    let sum = 0;
    for (const [task, ns] of after) sum += ns - (before.get(task) ?? 0);
    return sum;
}

/** Proportional set size in KiB of all processes below `pid`: shared pages count once. */
export function pssKib(pid) {
    return tree(pid).reduce((sum, member) => sum + Number(
        /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${member}/smaps_rollup`, 'utf8'))[1]), 0);
}
