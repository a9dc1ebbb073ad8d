// The official client reads chat completions that bear ids.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI from 'openai';

import { collect, user } from './support/completions.mjs';
import { heartbeats, startBeatingGateway } from './support/heartbeats.mjs';

const limit = { timeout: 60_000 };
const request = { model: 'mock', messages: user('Where do rivers go?') };
const ids = /^id: \S+$/gm;

let gateway;
let client;
let wires;

/** fetch, which keeps a copy of what the client reads. */
async function watchedFetch(...args) {
    const response = await fetch(...args);
    const [read, kept] = response.body.tee();
    wires.push(new Response(kept).text());
    return new Response(read, response);
}

before(async () => {
    gateway = await startBeatingGateway();
    wires = [];
    client = new OpenAI({
        baseURL: `${gateway.url}/v1`, apiKey: 'unused', maxRetries: 0, fetch: watchedFetch,
        defaultHeaders: { 'X-Stream-Resumable': 'true', 'X-Mock-Tokens': '12' },
    });
});

after(async () => {
    assert.equal(await gateway?.stop(), 0, gateway?.log());
});

test('a resumable stream is read to its end, past its ids and heartbeats', limit, async () => {
    const { data, response } = await client.chat.completions
        .create({ ...request, stream: true, stream_options: { include_usage: true } })
        .withResponse();
    const seen = await collect(data);
    const document = await client.chat.completions.create(request);
    assert.equal(seen.text, document.choices[0].message.content);
    assert.equal(seen.finish, 'stop');
    assert.equal(seen.usage[0].completion_tokens, 12);

    const wire = await wires[0];
    assert.equal(wire.match(ids)?.length, wire.match(/^data: /gm).length, wire);
    assert.ok(wire.match(heartbeats)?.length >= 5, wire);

    const id = response.headers.get('x-stream-id');
    const again = await (await fetch(`${gateway.url}/v1/streams/${id}`)).text();
    assert.deepEqual(again.match(/^(id|data): .*$/gm), wire.match(/^(id|data): .*$/gm));
});
