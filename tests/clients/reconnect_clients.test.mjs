// Clients of Node.js that reconnect: whatever cuts their connections, all comes, and comes once.
import { fetchEventSource } from '@microsoft/fetch-event-source';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { EventSource as NpmEventSource } from 'eventsource';
import { EventSource as UndiciEventSource } from 'undici';

import { cutsOf, startCuttingProxy } from './support/cutting_proxy.mjs';
import { startGateway } from './support/gateway.mjs';
import { heartbeats, startBeatingGateway } from './support/heartbeats.mjs';
import {
    detach, generations, mockHeaders, postStream, prompt, slow, streamTarget, wholeText,
} from './support/mock_streams.mjs';

// They wait for tokens and for their own delays, and each has a gateway of its own to count on.
const together = { concurrency: true };
const limit = { timeout: 30_000 };
const once = { ended: 1, completed: 1, live: 0 };
const ways = ['reset', 'fin'];
const lengths = [1300, 1501, 1702];

/** A gateway until the test ends, and what lies before it. */
async function route(t, { start = startGateway, cuts = [] } = {}) {
    const gateway = await start();
    t.after(async () => assert.equal(await gateway.stop(), 0, gateway.log()));
    return { gateway, proxy: await startCuttingProxy(t, gateway.url, cuts) };
}

/** The text of unnamed events and the reasons of the `done`s. */
function summary(events) {
    const dataOf = (wanted) => events
        .filter(({ event }) => event === wanted).map(({ data }) => JSON.parse(data));
    return {
        text: dataOf('message').map(({ text = '' }) => text).join(''),
        ends: dataOf('done').map((done) => done.finish_reason),
    };
}

/** Reads until the EventSource gives up by itself. */
function readAll(source) {
    const events = [];
    for (const event of ['start', 'message', 'done']) {
        source.addEventListener(event, ({ data }) => events.push({ event, data }));
    }
    return new Promise((resolve) => {
        source.addEventListener('error', () => {
            if (source.readyState === source.CLOSED) resolve(events);
        });
    });
}

const sources = {
    'eventsource of npm': NpmEventSource,
    'the EventSource of undici': UndiciEventSource,
};
for (const [name, Source] of Object.entries(sources)) {
    describe(name, together, () => {
        for (const by of ways) {
            const targets = { 'its own': () => streamTarget(), 'a detached': detach };
            for (const [whose, target] of Object.entries(targets)) {
                test(`reads ${whose} stream through three cuts by ${by}`, limit, async (t) => {
                    const { gateway, proxy } = await route(t, { cuts: cutsOf(by, lengths) });
                    const asked = await target(gateway.url);
                    const source = new Source(`${proxy.url}${asked}`);
                    t.after(() => source.close());
                    const seen = summary(await readAll(source));
                    assert.deepEqual(await generations(gateway.url), once);
                    assert.equal(proxy.cuts(), lengths.length);
                    assert.deepEqual(proxy.requests(), Array(5).fill(`GET ${asked}`));
                    assert.deepEqual(seen, { text: await wholeText(gateway.url), ends: ['stop'] });
                });
            }
        }
    });
}

describe('fetch-event-source, with a POST', together, () => {
    before(() => {
        globalThis.window = globalThis;
        globalThis.document = Object.assign(new EventTarget(), { hidden: false });
    });

    after(() => {
        delete globalThis.window;
        delete globalThis.document;
    });

    /** Its messages, as it hands them over. */
    async function post(t, base, settings) {
        const events = [];
        const leaving = new AbortController();
        t.after(() => leaving.abort());
        await fetchEventSource(`${base}/v1/streams`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', ...mockHeaders(settings) },
            body: JSON.stringify({ prompt }),
            signal: leaving.signal,
            onmessage({ event, data }) { events.push({ event: event || 'message', data }); },
            onclose() {
                if (events.at(-1)?.event !== 'done') throw new Error('it was lost');
            },
        });
        return events;
    }

    // It takes an id for seen as soon as it has read that line, whatever becomes of the event.
    const places = { 'inside an event': 'data: {"te', 'between two events': '\n\n' };
    for (const by of ways) {
        for (const [where, behind] of Object.entries(places)) {
            test(`reads its stream through three cuts ${where} by ${by}`, limit, async (t) => {
                const { gateway, proxy } = await route(t, { cuts: cutsOf(by, lengths, behind) });
                const events = await post(t, proxy.url, slow);
                assert.deepEqual(await generations(gateway.url), once);
                assert.equal(proxy.cuts(), lengths.length);
                assert.deepEqual(proxy.requests(), Array(4).fill('POST /v1/streams'));
                assert.deepEqual(
                    summary(events), { text: await wholeText(gateway.url), ends: ['stop'] });
            });
        }
    }

    for (const by of [undefined, ...ways]) {
        const how = by ? `and cuts by ${by}` : 'alone';
        test(`hands over no empty message with heartbeats ${how}`, limit, async (t) => {
            const cuts = by ? cutsOf(by, [650, 700], places['between two events']) : [];
            const { gateway, proxy } = await route(t, { start: startBeatingGateway, cuts });
            const few = { tokens: 12 };
            const [events, wire] = await Promise.all([
                post(t, proxy.url, few),
                postStream(gateway.url, { settings: few }).then((response) => response.text()),
            ]);
            assert.ok(wire.match(heartbeats)?.length >= 5, wire);
            assert.equal(proxy.cuts(), cuts.length);
            assert.equal(events.filter(({ data }) => data === '').length, 0);
            assert.deepEqual(
                summary(events), { text: await wholeText(gateway.url, few), ends: ['stop'] });
        });
    }
});
