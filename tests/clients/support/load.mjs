// Runs `sluice load`, and servers for it to be run against.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';

const runMs = 120_000;

/**
 * Resolves to the exit code, what was printed, and the report where `--json -` is among `args`; a
 * run that does not end is killed.
 */
export async function runLoad(args, { environment = {} } = {}) {
    const child = spawn(process.env.SLUICE_BINARY, ['load', ...args], {
        stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment },
    });
    const seen = { out: '', errors: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => { seen.out += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { seen.errors += text; });
    const timer = setTimeout(() => child.kill('SIGKILL'), runMs);
    const [code, signal] = await once(child, 'close');
    clearTimeout(timer);
    seen.code = code ?? signal;
    if (args.includes('-') && seen.out.startsWith('{')) seen.report = JSON.parse(seen.out);
    return seen;
}

/** A run without fault: on a busy machine the client may say that it was late itself, exit 4. */
export function assertNoFault(code, message) {
    assert.ok(code === 0 || code === 4, `exit ${code}: ${message}`);
}

/** A server on a free port, which `test` ends. */
export async function startServer(test, handler) {
    const server = http.createServer(handler);
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    test.after(async () => {
        server.close();
        server.closeAllConnections();
        await once(server, 'close');
    });
    return `http://127.0.0.1:${server.address().port}`;
}

/** The body of a request. */
export async function bodyOf(request) {
    const parts = [];
    for await (const part of request) parts.push(part);
    return Buffer.concat(parts);
}

/**
 * A proxy before `target` that hands each event of each answer to `change(event, answer)`, which
 * gives what goes on in its place: a list of events. `answer` is an object of that answer's own.
 */
export function startChangingProxy(test, target, change) {
    return startServer(test, async (request, response) => {
        const body = await bodyOf(request);
        const { host, ...headers } = request.headers;
        const upstream = http.request(
            target + request.url, { method: request.method, headers }, (answer) => {
                response.writeHead(answer.statusCode, answer.headers);
                let rest = '';
                const own = {};
                answer.setEncoding('utf8');
                answer.on('data', (text) => {
                    const events = (rest + text).split('\n\n');
                    rest = events.pop();
                    for (const event of events) {
                        for (const changed of change(event, own)) response.write(`${changed}\n\n`);
                    }
                });
                answer.once('end', () => response.end(rest));
                answer.once('error', () => response.destroy());
            });
        upstream.once('error', () => response.destroy());
        response.once('close', () => upstream.destroy());
        upstream.end(body);
    });
}
