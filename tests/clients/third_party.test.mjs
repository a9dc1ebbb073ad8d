// A third party on both sides: aimock is the provider, the official client is the client.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';

import { collect, user } from './support/completions.mjs';
import { startGateway } from './support/gateway.mjs';
import { closed, startUpstream } from './support/upstream.mjs';

const story = 'Water finds its way: "down", always down.\n\nFüße, Ströme, 水の流れ, 🌊🛶 and a \\ too.\n'
    .repeat(3);
const usage = { prompt_tokens: 11, completion_tokens: 42, total_tokens: 53 };
const chunkSize = 8;
const model = 'gpt-4o';
const providersKey = 'sk-of-the-provider';
const limit = { timeout: 60_000 };

let upstream;
let gateway;
let client;

function teach(mock) {
    mock.onMessage('a story', { content: story, usage }, { chunkSize, latency: 10 });
    mock.onMessage('very long', { content: 'drip '.repeat(200) }, { chunkSize: 5, latency: 25 });
    mock.onMessage('cut short', { content: story }, {
        chunkSize, latency: 10, truncateAfterChunks: 5,
    });
    mock.onMessage('the weather', {
        toolCalls: [{ id: 'call_1', name: 'weather', arguments: { city: 'Zürich', days: 3 } }],
    });
    const refusals = [
        [400, 'invalid_request_error'], [401, 'authentication_error'], [429, 'rate_limit_error'],
        [500, 'server_error'],
    ];
    for (const [status, type] of refusals) {
        mock.onMessage(`refuse with ${status}`, {
            status, retryAfter: 7, error: { message: `refused: ${status}`, type, code: type },
        });
    }
}

before(async () => {
    upstream = await startUpstream();
    teach(upstream.mock);
    gateway = await startGateway(
        ['--upstream', upstream.baseUrl, '--upstream-key-env', 'SLUICE_TEST_PROVIDER_KEY'],
        { SLUICE_TEST_PROVIDER_KEY: providersKey });
    client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-of-the-client', maxRetries: 0 });
});

after(async () => {
    const code = await gateway?.stop();
    await upstream?.stop();
    assert.equal(code, 0, gateway?.log());
});

const stream = (prompt, more = {}) => client.chat.completions.create(
    { model, messages: user(prompt), stream: true, ...more });

describe('a streamed completion', () => {
    test('says what the provider was told to say, piece by piece', limit, async () => {
        const seen = await collect(await stream('Tell me a story'));
        assert.equal(seen.text, story);
        assert.equal(seen.finish, 'stop');
        assert.equal(seen.pieces.length, Math.ceil(story.length / chunkSize));
    });

    test('reaches the client while the provider is still at it', limit, async () => {
        let providerWasDone;
        await collect(await stream('Tell me a story'), ({ pieces }) => {
            if (pieces.length === 1) providerWasDone = upstream.lastResponse().writableEnded;
        });
        assert.equal(providerWasDone, false);
    });

    test('ends with the usage when the client asks for it', limit, async () => {
        const seen = await collect(
            await stream('Tell me a story', { stream_options: { include_usage: true } }));
        assert.equal(seen.usage.length, 1);
        for (const [name, count] of Object.entries(usage)) {
            assert.equal(seen.usage[0][name], count, name);
        }
        assert.deepEqual(seen.chunks.at(-1).choices, []);
    });

    test('holds no usage that only the gateway asked for', limit, async () => {
        const seen = await collect(await stream('Tell me a story'));
        assert.equal(upstream.mock.getLastRequest().body.stream_options?.include_usage, true);
        assert.deepEqual(seen.usage, []);
        assert.equal(seen.withoutChoices, 0);
    });

    test('brings tool calls whole', limit, async () => {
        const run = client.chat.completions.stream({ model, messages: user('What is the weather?') });
        const completion = await run.finalChatCompletion();
        const [call] = completion.choices[0].message.tool_calls;
        assert.equal(completion.choices[0].finish_reason, 'tool_calls');
        assert.equal(call.id, 'call_1');
        assert.equal(call.function.name, 'weather');
        assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Zürich', days: 3 });
    });

    test('ends in an error when the provider breaks off', limit, async () => {
        const pieces = [];
        const reading = async () => {
            const cut = await stream('Be cut short');
            for await (const chunk of cut) pieces.push(chunk.choices[0]?.delta?.content ?? '');
        };
        await assert.rejects(reading(), OpenAI.APIError);
        assert.ok(pieces.join('').length > 0, 'what came before the break was lost');
        assert.ok(story.startsWith(pieces.join('')));
    });

    test('ends at the provider when the client leaves', limit, async () => {
        const left = await stream('Be very long');
        for await (const chunk of left) {
            if (chunk.choices[0]?.delta?.content) break;
        }
        const response = upstream.lastResponse();
        const since = performance.now();
        await closed(response);
        assert.equal(response.writableFinished, false);
        assert.ok(performance.now() - since < 2000, 'it took over two seconds');
    });
});

describe('a completion in one document', () => {
    test('says what the provider was told to say', limit, async () => {
        const completion = await client.chat.completions.create(
            { model, messages: user('Tell me a story') });
        assert.equal(completion.object, 'chat.completion');
        assert.equal(completion.choices[0].message.content, story);
        assert.equal(completion.choices[0].finish_reason, 'stop');
        assert.equal(completion.usage.total_tokens, usage.total_tokens);
    });
});

describe('the gateway', () => {
    test("shows the provider its own key and not the client's", limit, async () => {
        await client.chat.completions.create({ model, messages: user('Tell me a story') });
        assert.equal(upstream.lastRequest().headers.authorization, `Bearer ${providersKey}`);
    });

    for (const streamed of [true, false]) {
        const ask = (prompt) => client.chat.completions.create(
            { model, messages: user(prompt), stream: streamed });
        const how = streamed ? 'before a stream begins' : 'of a document';

        test(`passes on the refusals ${how}`, limit, async () => {
            await assert.rejects(ask('refuse with 400'), (error) => {
                assert.ok(error instanceof OpenAI.BadRequestError, String(error));
                assert.match(error.message, /refused: 400/);
                return true;
            });
            await assert.rejects(ask('refuse with 429'), (error) => {
                assert.ok(error instanceof OpenAI.RateLimitError, String(error));
                assert.equal(error.headers.get('retry-after'), '7');
                return true;
            });
            await assert.rejects(ask('refuse with 500'), OpenAI.InternalServerError);
        });

        test(`calls a refused key its own trouble ${how}`, limit, async () => {
            await assert.rejects(ask('refuse with 401'), (error) => {
                assert.equal(error.status, 502);
                assert.match(error.message, /credential/i);
                assert.doesNotMatch(error.message, new RegExp(providersKey));
                return true;
            });
        });
    }
});
