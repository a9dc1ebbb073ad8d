// `sluice load` against servers that are not Sluice's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';

import { bodyOf, runLoad, startServer } from './support/load.mjs';

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
        assert.equal(code, 0, `${dialect}: ${errors}${JSON.stringify(report?.examples)}`);
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
    assert.equal(code, 0, errors);
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
    assert.equal(code, 0, errors);
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
