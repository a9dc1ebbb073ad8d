// The built-in model as the official client sees it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';

import { collect, user } from './support/completions.mjs';
import { startGateway } from './support/gateway.mjs';

const model = 'mock';
const limit = { timeout: 60_000 };
const atOnce = { 'X-Mock-Rate': '0', 'X-Mock-Ttft-Ms': '0' };

let gateway;
let client;

before(async () => {
    gateway = await startGateway();
    client = new OpenAI({
        baseURL: `${gateway.url}/v1`, apiKey: 'unused', maxRetries: 0, defaultHeaders: atOnce,
    });
});

after(async () => {
    assert.equal(await gateway?.stop(), 0, gateway?.log());
});

const ask = (more, headers = {}) => client.chat.completions.create(
    { model, messages: user('How do rivers begin?'), ...more }, { headers });
const tokens = (count) => ({ 'X-Mock-Tokens': String(count) });

describe('the mock model', () => {
    test('streams text, a finish and the usage', limit, async () => {
        const options = { stream: true, stream_options: { include_usage: true } };
        const seen = await collect(await ask(options, tokens(23)));
        assert.ok(seen.pieces.length > 1, `${seen.pieces.length} pieces`);
        assert.equal(seen.finish, 'stop');
        assert.equal(seen.usage.length, 1);
        assert.equal(seen.usage[0].completion_tokens, 23);
        assert.ok(seen.usage[0].prompt_tokens > 0);
        assert.deepEqual(seen.chunks.at(-1).choices, []);
    });

    test('says the same streamed and in one document', limit, async () => {
        const streamed = await collect(await ask({ stream: true }));
        const document = await ask({});
        assert.ok(document.choices[0].message.content.length > 0);
        assert.equal(document.choices[0].message.content, streamed.text);
        assert.equal(document.choices[0].finish_reason, 'stop');
        assert.equal(
            document.usage.total_tokens,
            document.usage.prompt_tokens + document.usage.completion_tokens);
    });

    test('stops at max_tokens and says so', limit, async () => {
        const document = await ask({ max_tokens: 5 });
        assert.equal(document.choices[0].finish_reason, 'length');
        assert.equal(document.usage.completion_tokens, 5);
    });

    test('keeps to the rate it was given', limit, async () => {
        const paced = { 'X-Mock-Rate': '20', 'X-Mock-Tokens': '11' };
        const arrivals = [];
        await collect(await ask({ stream: true }, paced), () => arrivals.push(performance.now()));
        assert.ok(arrivals.length > 2);
        assert.ok(arrivals.at(-1) - arrivals[0] > 300, 'eleven tokens at 20/s came in one go');
    });
});

const parameters = {
    type: 'object',
    properties: {
        city: { type: 'string' },
        unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
        days: { type: 'integer', minimum: 1, maximum: 7 },
    },
    required: ['city', 'unit', 'days'],
    additionalProperties: false,
};

function assertMatchesParameters(value) {
    assert.deepEqual(Object.keys(value).sort(), ['city', 'days', 'unit']);
    assert.equal(typeof value.city, 'string');
    assert.ok(parameters.properties.unit.enum.includes(value.unit));
    assert.ok(Number.isInteger(value.days) && value.days >= 1 && value.days <= 7);
}

describe('what is asked of the mock in a shape', () => {
    const tools = [{ type: 'function', function: { name: 'forecast', parameters } }];

    test('a required tool is called with arguments that fit, in parts', limit, async () => {
        const stream = await ask({ stream: true, tools, tool_choice: 'required' });
        const { chunks, finish } = await collect(stream);
        const parts = chunks.flatMap((chunk) => chunk.choices[0]?.delta?.tool_calls ?? []);
        assert.equal(finish, 'tool_calls');
        assert.equal(parts[0].function.name, 'forecast');
        assert.ok(parts[0].id);
        assert.ok(parts.filter((part) => part.function?.arguments).length >= 2);
        assert.ok(parts.every((part) => part.index === 0));
        const text = parts.map((part) => part.function?.arguments ?? '').join('');
        assertMatchesParameters(JSON.parse(text));
    });

    test("the client's own helper puts the call together", limit, async () => {
        const run = client.chat.completions.stream({
            model, messages: user('And tomorrow?'), tools,
            tool_choice: { type: 'function', function: { name: 'forecast' } },
        });
        const { message } = (await run.finalChatCompletion()).choices[0];
        assertMatchesParameters(JSON.parse(message.tool_calls[0].function.arguments));
    });

    test('a JSON schema is answered by an instance of it', limit, async () => {
        const response_format = {
            type: 'json_schema', json_schema: { name: 'forecast', strict: true, schema: parameters },
        };
        const streamed = await collect(await ask({ stream: true, response_format }));
        assertMatchesParameters(JSON.parse(streamed.text));
        const document = await ask({ response_format });
        assertMatchesParameters(JSON.parse(document.choices[0].message.content));
    });
});

describe('trouble with the mock', () => {
    test('a status asked for is the error of that status', limit, async () => {
        const refused = (status) => ask({ stream: true }, { 'X-Mock-Error': String(status) });
        await assert.rejects(refused(429), OpenAI.RateLimitError);
        await assert.rejects(refused(503), OpenAI.InternalServerError);
    });

    test('a generation that breaks is an error inside the stream', limit, async () => {
        const broken = { 'X-Mock-Error': 'truncate-after=5', ...tokens(50) };
        const pieces = [];
        const reading = async () => collect(
            await ask({ stream: true }, broken), (seen) => pieces.push(seen.pieces.at(-1)));
        await assert.rejects(reading(), OpenAI.APIError);
        assert.ok(pieces.length > 0, 'what came before the break was lost');
    });

    test('a model that nobody configured is not found', limit, async () => {
        await assert.rejects(ask({ model: 'no-such-model' }), OpenAI.NotFoundError);
    });
});

describe('the list of models', () => {
    test('names the mock', limit, async () => {
        const ids = (await client.models.list()).data.map(({ id }) => id);
        assert.deepEqual(ids, [model]);
        assert.equal((await client.models.retrieve(model)).id, model);
    });
});
