// A provider that speaks HTTP/2 alone: streams share one connection, and end as they do on HTTP/1.1.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startGateway } from './support/gateway.mjs';

const limit = { timeout: 60_000 };
const folder = mkdtempSync(join(tmpdir(), 'sluice-http2-'));
const keyFile = join(folder, 'key.pem');
const certificateFile = join(folder, 'certificate.pem');

let gateway;
let provider;
const sessions = new Set();
const streams = [];

const frame = (text, finish = null) => `data: ${JSON.stringify({
    id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm',
    choices: [{ index: 0, delta: text ? { content: text } : {}, finish_reason: finish }],
})}\n\n`;

/** Each behaviour of the provider by the model that is asked for. */
const behaviours = {
    async words(stream) {
        for (const word of ['one ', 'two ', 'three']) {
            stream.write(frame(word));
            await new Promise(setImmediate);
        }
        stream.end(`${frame('', 'stop')}data: [DONE]\n\n`);
    },
    reset(stream) {
        stream.write(frame('begun'), () => setImmediate(
            () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)));
    },
    endless(stream) {
        const more = () => {
            while (!stream.destroyed && stream.write(frame('x'.repeat(8000))));
            if (!stream.destroyed) stream.once('drain', more);
        };
        more();
    },
    silent() {},
};
function startProvider() {
    execFileSync('openssl', [
        'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
        '-keyout', keyFile, '-out', certificateFile, '-days', '2', '-subj', '/CN=127.0.0.1',
        '-addext', 'subjectAltName=IP:127.0.0.1',
    ], { stdio: 'ignore' });
    const server = http2.createSecureServer(
        { key: readFileSync(keyFile), cert: readFileSync(certificateFile) });
    server.on('session', (session) => {
        sessions.add(session);
        session.on('error', () => {});
    });
    server.on('stream', (stream) => {
        let body = '';
        stream.on('error', () => {});
        stream.setEncoding('utf8').on('data', (text) => { body += text; });
        stream.on('end', () => {
            streams.push(stream);
            stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
            behaviours[JSON.parse(body).model](stream);
        });
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

before(async () => {
    provider = await startProvider();
    const configuration = join(folder, 'sluice.yaml');
    writeFileSync(configuration, `
server: {workers: 1}
auth: none
streams: {backlog: 64KiB, journal: 256KiB}
providers:
  h2: {kind: openai, base_url: "https://127.0.0.1:${provider.address().port}/v1", http2: true, ca_file: "${certificateFile}"}
models:
  - {name: "*", targets: [{provider: h2, model: "*"}]}
`);
    gateway = await startGateway(['--config', configuration]);
});

after(async () => {
    const code = await gateway?.stop();
    for (const session of sessions) session.destroy();
    provider?.close();
    rmSync(folder, { recursive: true });
    assert.equal(code, 0, gateway?.log());
});

/** Resolves when the provider's stream is gone, in whatever way. */
function gone(stream, withinMs) {
    if (stream.closed) return Promise.resolve();
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('the stream goes on')), withinMs);
        stream.once('close', () => { clearTimeout(timer); resolve(); });
    });
}

const ask = (model, signal, headers = {}) => fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    signal,
});

describe('an HTTP/2 provider', () => {
    test('serves many streams over one connection, each whole', limit, async () => {
        await (await ask('words')).text();
        const answers = await Promise.all(
            Array.from({ length: 40 }, async () => (await ask('words')).text()));
        for (const answer of answers) {
            const texts = [...answer.matchAll(/"content":"([^"]*)"/g)].map((found) => found[1]);
            assert.equal(texts.join(''), 'one two three');
            assert.match(answer, /data: \[DONE\]\n\n$/);
        }
        assert.equal(sessions.size, 1);
    });

    test('that resets a stream ends it with an error, never with [DONE]', limit, async () => {
        const answer = await (await ask('reset')).text();
        assert.match(answer, /"content":"begun"/);
        assert.match(answer, /"code":"upstream_eof"/);
        assert.doesNotMatch(answer, /\[DONE\]/);
    });

    test('hears within a second that a client has left', limit, async () => {
        const before = streams.length;
        const leave = new AbortController();
        const asked = ask('silent', leave.signal).catch(() => {});
        while (streams.length === before) await new Promise(setImmediate);
        const stream = streams.at(-1);
        leave.abort();
        await Promise.all([asked, gone(stream, 1000)]);
    });

    test('goes on past a reader that takes nothing, where the stream is kept', limit, async () => {
        const kept = { 'x-stream-resumable': 'true', 'x-stream-on-disconnect': 'keep' };
        const response = await ask('endless', undefined, kept);
        const id = response.headers.get('x-stream-id');
        // More than all buffers on the way and the journal hold together.
        for (let frames = 0; frames < 3000;) {
            const { streams: listed } = await (await fetch(`${gateway.url}/v1/streams`)).json();
            const [mine] = listed.filter((stream) => stream.id === id);
            assert.equal(mine.state, 'running', mine.outcome);
            frames = mine.output_tokens;
        }
        const stopped = await fetch(`${gateway.url}/v1/streams/${id}`, { method: 'DELETE' });
        assert.equal(stopped.status, 204);
        await response.body.cancel();
    });

    test('is not paused, so that a reader that takes nothing ends the stream', limit, async () => {
        const response = await ask('endless');
        const ended = /sluice_streams_total\{outcome="slow_reader"\} 1/;
        while (!ended.test(await (await fetch(`${gateway.url}/metrics`)).text()));
        const answer = await response.text();
        assert.match(answer, /"code":"slow_reader"/);
        assert.doesNotMatch(answer, /\[DONE\]/);
    });
});
