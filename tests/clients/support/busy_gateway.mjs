// A gateway with a bit of everything that its figures tell of, and the clients that make them move.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';

import { startGateway } from './gateway.mjs';
import { samplesOf } from './prometheus.mjs';
import { until } from './until.mjs';

export const keys = { user: 'a-user', bounded: 'a-bounded-user', operator: 'an-operator' };
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const configuration = (folder, provider, collector) => `
auth: keys
server: {workers: 2}
keys:
  - {id: user, sha256: ${sha256(keys.user)}}
  - {id: bounded, sha256: ${sha256(keys.bounded)}, limits: {requests_per_minute: 1}}
  - {id: operator, role: operator, sha256: ${sha256(keys.operator)}}
prices:
  - {model: "*", input: 1, output: 10}
ledger: {path: ${join(folder, 'usage.db')}}
providers:
  quick: {kind: mock, ttft: 20ms, rate: 200, tokens: 10}
  second: {kind: mock, ttft: 5ms, rate: 0, tokens: 10}
  breaks: {kind: mock, ttft: 5ms, rate: 200, tokens: 10, faults: [{chance: 1, error: reset-after=3}], breaker: off}
  away: {kind: openai, base_url: "${provider}/v1", api_key: unused, breaker: {failures: 2, cool_down: 60s}}
models:
  - name: chat
    targets: [{provider: quick, model: one}, {provider: second, model: two}]
  - name: steady
    targets: [{provider: away, model: gone}, {provider: quick, model: one, priority: 2}]
  - name: broken
    targets: [{provider: breaks, model: three}]
  - name: continued
    targets: [{provider: breaks, model: three}, {provider: second, model: two, priority: 2}]
    policy: {continue_midstream: true}
telemetry:
  traces: {endpoint: "${collector}"}
log: {level: warn}
`;

async function startServer(handler) {
    const server = http.createServer((request, response) => {
        request.resume().on('end', () => handler(response));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        stop() {
            server.closeAllConnections();
            server.close();
        },
    };
}

/** It has keys, limits, a ledger, traces, and a provider that fails; its files are in `folder`. */
export async function startBusyGateway(folder) {
    const json = { 'content-type': 'application/json' };
    const provider = await startServer((response) => response.writeHead(500, json)
        .end('{"error": {"message": "out of order", "type": "server_error"}}'));
    const collector = await startServer((response) => response.writeHead(200, json).end('{}'));
    const file = join(folder, 'sluice.yaml');
    const text = configuration(folder, provider.url, collector.url);
    await writeFile(file, text, { mode: 0o600 });
    const gateway = await startGateway(['--config', file]);

    const metrics = async () => {
        const headers = { authorization: `Bearer ${keys.operator}` };
        const answer = await fetch(`${gateway.url}/metrics`, { headers });
        const page = await answer.text();
        assert.equal(answer.status, 200, page);
        return page;
    };
    const sum = async (name) => (samplesOf(await metrics()).get(name) ?? [])
        .reduce((all, value) => all + value, 0);
    const reloads = async (content, word) => {
        await writeFile(file, content, { mode: 0o600 });
        gateway.reload();
        await until(`a reload that is ${word}`, async () =>
            (await metrics()).includes(`sluice_config_reload_total{result="${word}"} 1`));
    };
    return {
        url: gateway.url,
        log: gateway.log,
        metrics,
        sum,
        /** It takes the same configuration again, then refuses another. */
        async reload() {
            await reloads(`${text}\n`, 'ok');
            await reloads(`${text}\nunheard: of\n`, 'failed');
        },
        async stop() {
            const code = await gateway.stop();
            provider.stop();
            collector.stop();
            return code;
        },
    };
}

const messages = [{ role: 'user', content: 'Where do rivers go?' }];
const contents = [{ role: 'user', parts: [{ text: 'Where do rivers go?' }] }];
const parts = [{ type: 'text', text: 'Where do rivers go?' }];
/** A stream in each dialect. */
const dialects = (model) => [
    ['/v1/streams', { model, messages }],
    ['/v1/chat/completions', { model, messages, stream: true }],
    ['/v1/completions', { model, prompt: 'Where do rivers go?', stream: true }],
    ['/v1/responses', { model, input: 'Where do rivers go?', stream: true }],
    ['/v1/messages', { model, messages, stream: true, max_tokens: 100 }],
    [`/v1beta/models/${model}:streamGenerateContent?alt=sse`, { contents }],
    ['/api/chat', { model, messages }],
    ['/v1/ui/chat', { model, id: crypto.randomUUID(), messages: [{ id: 'm', role: 'user', parts }] }],
];

const post = (url, path, body, { key = keys.user, headers, signal } = {}) => fetch(url + path, {
    method: 'POST', signal, body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
});

/** The status of an answer that is read whole. */
async function answered(...request) {
    const response = await post(...request);
    await response.text();
    return response.status;
}

/** Takes the first bytes of a stream, and leaves. */
async function leave(url, path, body, headers) {
    const leaving = new AbortController();
    const response = await post(url, path, body, { headers, signal: leaving.signal });
    await response.body.getReader().read();
    leaving.abort();
}

/** One of everything: all dialects, each way to fail, clients that leave. */
export async function keepBusy({ url }) {
    const chat = (model) => ({ model, messages, stream: true });
    const endless = { 'X-Mock-Tokens': '100000', 'X-Mock-Rate': '500', 'X-Mock-Ttft-Ms': '0' };
    const gone = await Promise.all([
        ...['chat', 'steady'].flatMap(dialects).map(([path, body]) => answered(url, path, body)),
        answered(url, '/v1/streams', { model: 'continued', messages }),
        answered(url, '/v1/streams', { model: 'broken', messages }),
        answered(url, '/v1/chat/completions', chat('broken')),
    ]);
    assert.deepEqual(gone, gone.map(() => 200));
    assert.equal(await answered(url, '/v1/streams', '{'), 400);
    assert.equal(await answered(url, '/v1/streams', {}, { key: 'nobody' }), 401);
    assert.equal(await answered(
        url, '/v1/chat/completions', chat('chat'), { headers: { 'X-Mock-Error': '503' } }), 503);
    await leave(url, '/v1/chat/completions', chat('chat'), endless);
    await leave(url, '/v1/chat/completions', chat('chat'), {
        ...endless, 'X-Mock-Tokens': '50', 'X-Stream-On-Disconnect': 'keep' });
}

/** A key asks for more than it may. */
export async function overstep({ url }) {
    const ask = () => answered(url, '/v1/streams', { model: 'chat', messages }, { key: keys.bounded });
    await ask();
    assert.equal(await ask(), 429);
}

/** Leaves a model that is still thinking. */
export async function leaveEarly(gateway) {
    const leaving = new AbortController();
    const headers = { 'X-Mock-Ttft-Ms': '60000' };
    const asking = post(
        gateway.url, '/v1/chat/completions', { model: 'chat', messages, stream: true },
        { headers, signal: leaving.signal });
    asking.catch(() => {});
    await until('the model thinks', async () => await gateway.sum('sluice_streams_active') > 0);
    leaving.abort();
}

/** A client that has asked for a long answer, and takes nothing of it before it is told to. */
export async function askSlowly({ url }) {
    const { hostname, port } = new URL(url);
    const socket = net.connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.pause();
    const body = JSON.stringify({ model: 'chat', messages, stream: true });
    socket.write([
        'POST /v1/chat/completions HTTP/1.1', 'Host: localhost', 'Content-Type: application/json',
        `Authorization: Bearer ${keys.user}`, 'X-Mock-Tokens: 100000', 'X-Mock-Rate: 0',
        `Content-Length: ${body.length}`, 'Connection: close', '', body,
    ].join('\r\n'));
    return {
        /** Resolves to the end of the answer. */
        async read() {
            let last = '';
            socket.on('data', (bytes) => { last = (last + bytes.toString('latin1')).slice(-100); });
            socket.resume();
            await once(socket, 'end');
            return last;
        },
    };
}
