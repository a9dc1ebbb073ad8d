// The examples of deploy/proxies under the real nginx, Caddy and HAProxy: a browser speaks HTTP/2 to
// them, and streams pass as if nobody stood there.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startBrowser } from './support/browser.mjs';
import { doctor, found } from './support/doctor.mjs';
import { makeCertificate, proxyNames, startFrontProxy } from './support/front_proxies.mjs';
import { startGateway } from './support/gateway.mjs';
import { mockHeaders, streamTarget, swift, wholeText } from './support/mock_streams.mjs';

const limit = { timeout: 60_000 };
/** Three seconds of tokens; what buffers delivers some of them later than `lateMs`. */
const paced = { tokens: 60, rate: 20, ttft_ms: 0, stamp: true };
const lateMs = 1000;
const headersOf = (settings) => ({ 'Content-Type': 'application/json', ...mockHeaders(settings) });

let gateway;
let browser;
let secrets;

before(async () => {
    secrets = makeCertificate();
    gateway = await startGateway();
    browser = await startBrowser();
});

after(async () => {
    await browser?.close();
    const code = await gateway?.stop();
    secrets?.remove();
    assert.equal(code, 0, gateway?.log());
});

/** In the page: posts for a stream, and notes down when each token was made and came. */
async function readPaced(headers) {
    const response = await fetch('v1/streams', {
        method: 'POST', headers, body: JSON.stringify({ prompt: 'Where do rivers go?' }),
    });
    const tokens = [];
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ''; ;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
        const events = text.split('\n\n');
        text = events.pop();
        for (const event of events) {
            const stamp = /"text":"\d+@(\d+) /.exec(event);
            if (stamp) tokens.push({ madeMs: Number(stamp[1]) / 1e6, cameMs: performance.now() });
        }
    }
    const [timing] = performance.getEntriesByName(response.url);
    return { tokens, protocol: timing.nextHopProtocol };
}

/** In the page: reads a stream by EventSource until the gateway's 204 ends it. */
function readByEventSource(url) {
    return new Promise((resolve) => {
        let text = '';
        let opened = 0;
        const ends = [];
        const source = new EventSource(url);
        source.onopen = () => { opened += 1; };
        source.onmessage = (event) => { text += JSON.parse(event.data).text ?? ''; };
        source.addEventListener('done', (event) => ends.push(JSON.parse(event.data).finish_reason));
        source.onerror = () => {
            if (source.readyState === EventSource.CLOSED) resolve({ text, opened, ends });
        };
    });
}

/** In the page: begins a stream that is stopped by a DELETE of its own; how it ended. */
async function stopInTheMiddle(headers) {
    const response = await fetch('v1/streams', {
        method: 'POST', headers, body: JSON.stringify({ prompt: 'Where do rivers go?' }),
    });
    const stopped = await fetch(`v1/streams/${response.headers.get('x-stream-id')}`, { method: 'DELETE' });
    const text = await response.text();
    return { status: stopped.status, reason: /"finish_reason":"(\w+)"/.exec(text)?.[1] };
}

/** In the page: begins a stream and goes away behind its first bytes; the stream's id. */
async function leaveInTheMiddle(headers) {
    const leave = new AbortController();
    const response = await fetch('v1/streams', {
        method: 'POST', headers, body: JSON.stringify({ prompt: 'Where do rivers go?' }),
        signal: leave.signal,
    });
    await response.body.getReader().read();
    leave.abort();
    return response.headers.get('x-stream-id');
}

/** Resolves to the outcome of the stream once it has one. */
async function outcomeOf(id) {
    for (const give = Date.now() + 10_000; Date.now() < give;) {
        const { streams } = await (await fetch(`${gateway.url}/v1/streams`)).json();
        const mine = streams.find((stream) => stream.id === id);
        if (mine?.outcome) return mine.outcome;
    }
    throw new Error('the stream goes on');
}

for (const name of proxyNames) {
    describe(`behind ${name}`, () => {
        let proxy;
        let context;
        let tab;

        before(async () => {
            proxy = await startFrontProxy(name, gateway.url, secrets);
            context = await browser.newContext({ ignoreHTTPSErrors: true });
            tab = await context.newPage();
            await tab.goto(`${proxy.url}/livez`);
        });
        after(async () => {
            await context?.close();
            await proxy?.stop();
        });

        test('tokens come to a browser as they are made, by HTTP/2', limit, async () => {
            const { tokens, protocol } = await tab.evaluate(readPaced, headersOf(paced));
            assert.equal(protocol, 'h2');
            assert.equal(tokens.length, paced.tokens);
            const way = tokens.map(({ madeMs, cameMs }) => cameMs - madeMs);
            const quickest = Math.min(...way);
            for (const [number, ms] of way.entries())
                assert.ok(ms - quickest < lateMs, `token ${number} came ${ms - quickest} ms late`);
        });

        test('an EventSource whose connection breaks comes back and misses nothing', limit, async () => {
            const cut = { ...swift, error: 'cut-after=20' };
            const seen = await tab.evaluate(readByEventSource, streamTarget(cut));
            assert.deepEqual(seen.ends, ['stop']);
            assert.equal(seen.text, await wholeText(gateway.url, swift));
            assert.ok(seen.opened > 1, 'it was never cut');
        });

        test('a stream that is stopped ends with cancelled', limit, async () => {
            const ended = await tab.evaluate(stopInTheMiddle, headersOf({ tokens: 300, rate: 10 }));
            assert.deepEqual(ended, { status: 204, reason: 'cancelled' });
        });

        test('the gateway notices that a client has left', limit, async () => {
            const id = await tab.evaluate(leaveInTheMiddle, {
                ...headersOf({ tokens: 300, rate: 10 }), 'x-stream-on-disconnect': 'cancel',
            });
            assert.equal(await outcomeOf(id), 'client_gone');
        });

        test('sluice doctor finds all well', limit, async () => {
            const { code, report, text, errors } = await doctor(
                [proxy.url, '--for', '2s', '--json', '--ca-file', secrets.certificate]);
            assert.equal(code, 0, text + errors);
            assert.deepEqual(found(report, 'http'), ['ok: HTTP/2 over TLS']);
            assert.match(found(report, 'stream')[0], /^ok: 50 events came one by one as they were made/);
            assert.match(found(report, 'live feed')[0], /^ok: \d+ events came one by one/);
            assert.deepEqual(
                found(report, 'resume'), ['ok: cut at event 10, Last-Event-ID brought event 11']);
            assert.match(found(report, 'leaving')[0], /^ok: /);
            assert.equal(report.conclusion, 'nothing between here and the gateway buffers');
        });
    });
}

for (const name of ['nginx', 'haproxy']) {
    test(`${name} sends http:// on to https://, and doctor says where`, limit, async (t) => {
        const proxy = await startFrontProxy(name, gateway.url, secrets);
        t.after(() => proxy.stop());
        const { code, text } = await doctor([proxy.plainUrl]);
        assert.equal(code, 1);
        assert.match(text, /answered 308: a redirect to https:\/\/localhost/);
    });
}
