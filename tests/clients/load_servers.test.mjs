// `sluice load` against servers that are not Sluice's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LLMock } from '@copilotkit/aimock';

import { assertNoFault, bodyOf, runLoad, startServer } from './support/load.mjs';

const limit = { timeout: 120_000 };
const run = (url, ...more) =>
    runLoad([url, '--streams', '60', '--clients', '12', '--json', '-', ...more]);

test('aimock, in the dialects that it speaks', limit, async (t) => {
    const text = 'Rivers carry what the rain brings down to the sea.';
    const mock = new LLMock({ port: 0, chunkSize: 5, logLevel: 'silent' });
    mock.addFixture({ match: {}, response: { content: text } });
    await mock.start();
    t.after(() => mock.stop());
    for (const dialect of ['chat', 'responses', 'anthropic', 'gemini', 'ollama']) {
        const { code, report, errors } = await run(mock.url, '--dialect', dialect, '--model', 'any');
        assertNoFault(code, `${dialect}: ${errors}${JSON.stringify(report?.examples)}`);
        assert.equal(report.streams.whole, 60, dialect);
        assert.equal(report.totals.events, 60 * Math.ceil(text.length / 5), dialect);
    }
});

test('a plain server of events that ends with its body', limit, async (t) => {
    const url = await startServer(t, async (request, response) => {
        const { prompt } = JSON.parse(await bodyOf(request));
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        for (let i = 0; i < 7; i++) response.write(`data: ${prompt.length} ${i}\n\n`);
        response.end();
    });
    const { code, report, errors } = await run(url, '--dialect', 'events');
    assertNoFault(code, errors);
    assert.equal(report.totals.events, 60 * 7);
});

test('a plain server of events that is read with GET', limit, async (t) => {
    const asked = [];
    const url = await startServer(t, (request, response) => {
        asked.push(`${request.method} ${request.url}`);
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.end('data: a\n\nevent: done\ndata: {}\n\n');
    });
    const { code, report, errors } = await run(`${url}/feed?x=1`, '--dialect', 'events', '--get');
    assertNoFault(code, errors);
    assert.equal(report.totals.events, 60);
    assert.deepEqual([...new Set(asked)], ['GET /feed?x=1']);
});

test('a server that refuses, breaks off and cuts its streams short', limit, async (t) => {
    const chunk = 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n';
    let count = 0;
    const url = await startServer(t, async (request, response) => {
        await bodyOf(request);
        count += 1;
        if (count % 3 === 0) return response.writeHead(429).end('{"error":{"message":"slow down"}}');
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        if (count % 3 === 1) return response.end(chunk);
        return response.write(chunk, () => response.socket.resetAndDestroy());
    });
    const { code, report } = await run(url);
    const errors = Object.fromEntries(report.errors.map(({ kind, count: times }) => [kind, times]));
    assert.equal(errors['HTTP 429'], 20);
    assert.equal(errors['ended without its last event'], 20);
    assert.equal(errors['broke off'], 20);
    assert.ok(report.examples.some((text) => text.includes('slow down')), report.examples);
    assert.equal(code, 1);
});

test('a server that is not there', limit, async () => {
    const { code, report } = await runLoad([
        'http://127.0.0.1:1', '--streams', '3', '--clients', '3', '--json', '-']);
    assert.equal(code, 1);
    assert.equal(report.errors[0].kind, 'connect: Connection refused');
});

test('a server that never answers, or only keeps a stream open, is no success', limit, async (t) => {
    const silent = await startServer(t, () => {});
    const pinging = await startServer(t, (request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        const timer = setInterval(() => response.write(': ping\n\n'), 50);
        response.once('close', () => clearInterval(timer));
    });
    for (const url of [silent, pinging]) {
        const { code, report } = await runLoad([
            url, '--streams', '2', '--clients', '2', '--timeout', '1s', '--json', '-']);
        assert.equal(code, 1, url);
        assert.deepEqual(report.errors, [{ kind: 'timeout', count: 2 }]);
    }
    const { code, report } = await runLoad([
        silent, '--streams', '2', '--clients', '2', '--drain', '1s', '--json', '-']);
    assert.equal(code, 1);
    assert.equal(report.streams.unended, 2);
});

test('a signal ends the starting, and the run tells what it saw', limit, async () => {
    const child = spawn(process.env.SLUICE_BINARY, [
        'load', '--mock', '--duration', '60s', '--output-tokens', '10', '--json', '-',
    ], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
    // The mock is up once the program has a child of its own.
    while (!(await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'))) await nextTurn();
    while ((await readdir(`/proc/${child.pid}/task`)).length < 3) await nextTurn();
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    assertNoFault(code, out);
    assert.equal(JSON.parse(out).streams.failed, 0);
});

test('secrets of headers and queries are in no report', limit, async (t) => {
    const url = await startServer(t, (request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.end('data: a\n\n');
    });
    const { code, out, errors } = await runLoad([
        `${url}/v1?key=hunter1`, '--dialect', 'events', '--streams', '1', '--clients', '1',
        '-H', 'Authorization: Bearer hunter2', '--header=X-Key:hunter3', '--json', '-',
    ]);
    assertNoFault(code, errors);
    assert.doesNotMatch(out, /hunter/);
});
