// The Anthropic SDK reads the mock model as messages.
import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { user } from './support/completions.mjs';
import {
    assertForecast, atOnce, breaks, calls, endless, errorOf, forecast, limit, looseForecastSchema,
    model, nothingRuns, question, refusalOf, refuses, somethingRuns, startMock, statuses, thinks,
    tokens, toldNatively, weather,
} from './support/mock_model.mjs';

const { parameters: input_schema, ...named } = forecast;
const tools = [{ ...named, input_schema }];
const request = { model, max_tokens: 1000, messages: user(question) };

let gateway;
let client;
let told;

before(async () => {
    gateway = await startMock();
    told = await toldNatively(gateway.url);
    client = new Anthropic({ baseURL: gateway.url, apiKey: 'unused', maxRetries: 0 });
});
after(async () => {
    assert.equal(await gateway?.stop(), 0, gateway?.log());
});

const ask = (more = {}, headers = atOnce, options = {}) =>
    client.messages.create({ ...request, ...more }, { headers, ...options });
const streamed = (more = {}, headers = atOnce, options = {}) =>
    client.messages.stream({ ...request, ...more }, { headers, ...options });
const ways = {
    streamed: (...about) => streamed(...about).finalMessage(),
    'in one document': ask,
};
const textOf = ({ content }) =>
    content.map((block) => (block.type === 'text' ? block.text : '')).join('');

for (const [how, answer] of Object.entries(ways)) {
    describe(`a message, ${how}`, () => {
        test('tells the text, why it stopped and the usage', limit, async () => {
            const message = await answer();
            assert.equal(message.type, 'message');
            assert.equal(message.role, 'assistant');
            assert.equal(message.stop_reason, 'end_turn');
            assert.equal(textOf(message), told);
            const { usage } = await answer({}, tokens(23));
            assert.equal(usage.output_tokens, 23);
            assert.ok(usage.input_tokens > 0);
        });

        test('stops at max_tokens and at a stop sequence', limit, async () => {
            const cut = await answer({ max_tokens: 5 });
            assert.equal(cut.stop_reason, 'max_tokens');
            assert.equal(cut.usage.output_tokens, 5);
            const word = told.split(' ')[4];
            const stopped = await answer({ stop_sequences: [word] });
            assert.equal(stopped.stop_reason, 'stop_sequence');
            assert.equal(stopped.stop_sequence, word);
            assert.equal(textOf(stopped), told.slice(0, told.indexOf(word)));
        });

        for (const [what, choice, headers] of [
            ['that is required', { tool_choice: { type: 'any' } }, atOnce],
            ['that is named', { tool_choice: { type: 'tool', name: forecast.name } }, atOnce],
            ['that a header asks for', {}, calls(forecast.name)],
        ]) {
            test(`uses a tool ${what}, and answers its result`, limit, async () => {
                const first = await answer({ tools, ...choice }, headers);
                assert.equal(first.stop_reason, 'tool_use');
                const [use] = first.content.filter(({ type }) => type === 'tool_use');
                assert.ok(use.id);
                assert.equal(use.name, forecast.name);
                assertForecast(use.input);
                const result = {
                    type: 'tool_result', tool_use_id: use.id, content: JSON.stringify(weather),
                };
                const second = await answer({
                    tools, messages: [
                        ...request.messages, { role: 'assistant', content: first.content },
                        { role: 'user', content: [result] },
                    ],
                }, headers);
                assert.equal(second.stop_reason, 'end_turn');
                assert.ok(textOf(second).length > 0);
            });
        }

        test('answers a JSON schema with an instance of it', limit, async () => {
            const output_config = { format: { type: 'json_schema', schema: forecast.parameters } };
            assertForecast(JSON.parse(textOf(await answer({ output_config }))));
        });

        test('thinks before it speaks', limit, async () => {
            const thinking = { type: 'enabled', budget_tokens: 1024 };
            const message = await answer({ thinking, max_tokens: 4000 }, thinks(7));
            const [thought, text] = message.content;
            assert.equal(thought.type, 'thinking');
            assert.ok(thought.thinking.length > 0);
            assert.equal(typeof thought.signature, 'string');
            assert.equal(text.text, told);
            assert.ok(message.usage.output_tokens > 7);
        });

        test("a refusal is the SDK's error of that status", limit, async () => {
            const classes = {
                400: Anthropic.BadRequestError, 401: Anthropic.AuthenticationError,
                429: Anthropic.RateLimitError,
            };
            const types = {
                400: 'invalid_request_error', 401: 'authentication_error', 429: 'rate_limit_error',
                500: 'api_error', 529: 'overloaded_error',
            };
            for (const status of statuses) {
                const error = await errorOf(answer({}, refuses(status)));
                const kind = classes[status] ?? Anthropic.InternalServerError;
                assert.ok(error instanceof kind, `${status}: ${error}`);
                assert.equal(error.status, status);
                assert.equal(error.error.type, 'error');
                assert.match(error.error.error.message, refusalOf(status));
                if (types[status]) assert.equal(error.type, types[status]);
                assert.ok(error.requestID, 'no request id');
            }
        });

        test('that is given up ends its generation', limit, async () => {
            const leave = new AbortController();
            const asked = errorOf(answer({}, endless, { signal: leave.signal }));
            await somethingRuns(gateway.url);
            leave.abort();
            assert.ok(await asked instanceof Anthropic.APIUserAbortError);
            await nothingRuns(gateway.url);
        });
    });
}

describe('a stream of events', () => {
    test('stands in the order that the SDK knows', limit, async () => {
        const events = [];
        for await (const event of await ask({ stream: true })) events.push(event);
        const types = events.map(({ type }) => type);
        assert.deepEqual(types.slice(0, 2), ['message_start', 'content_block_start']);
        assert.deepEqual(
            types.slice(-3), ['content_block_stop', 'message_delta', 'message_stop']);
        const { message } = events[0];
        assert.deepEqual(message.content, []);
        assert.equal(message.stop_reason, null);
        assert.ok(message.usage.output_tokens <= 1, 'LangChain adds these to the later ones');
        const deltas = events.filter(({ type }) => type === 'content_block_delta');
        assert.ok(deltas.length > 1);
        assert.equal(deltas.map(({ delta }) => delta.text).join(''), told);
    });

    test('tells the input of a tool in parts', limit, async () => {
        const parts = [];
        for await (const event of await ask({ stream: true, tools }, calls(forecast.name))) {
            if (event.type === 'content_block_start') {
                assert.deepEqual(event.content_block.input, {});
            }
            if (event.delta?.type === 'input_json_delta') parts.push(event.delta.partial_json);
        }
        assert.ok(parts.filter(Boolean).length >= 2);
        assertForecast(JSON.parse(parts.join('')));
    });

    test('that is left early ends its generation', limit, async () => {
        for await (const event of await ask({ stream: true }, endless)) {
            if (event.type !== 'content_block_delta') continue;
            await somethingRuns(gateway.url);
            break;
        }
        await nothingRuns(gateway.url);
    });

    test('that breaks throws, and never ends well', limit, async () => {
        const types = [];
        const read = async () => {
            for await (const { type } of await ask({ stream: true }, breaks)) types.push(type);
        };
        const error = await errorOf(read());
        assert.ok(error instanceof Anthropic.APIError, error);
        assert.equal(error.error.type, 'error');
        assert.ok(types.includes('content_block_delta'), 'what came before the break was lost');
        assert.ok(!types.includes('message_stop'));
        assert.ok(await errorOf(streamed({}, breaks).finalMessage()) instanceof Anthropic.APIError);
    });
});

describe("the SDK's helpers", () => {
    test('parse what fits a zod schema', limit, async () => {
        const output_config = { format: zodOutputFormat(looseForecastSchema) };
        const message = await client.messages.parse(
            { ...request, output_config }, { headers: atOnce });
        assert.equal(typeof message.parsed_output.city, 'string');
    });

    test('run a tool and come back with text', limit, async () => {
        const given = [];
        const tool = betaTool({
            name: forecast.name, description: forecast.description, inputSchema: input_schema,
            run: (value) => { given.push(value); return JSON.stringify(weather); },
        });
        const message = await client.beta.messages.toolRunner(
            { ...request, tools: [tool] }, { headers: calls(forecast.name) });
        assert.equal(given.length, 1);
        assertForecast(given[0]);
        assert.equal(message.stop_reason, 'end_turn');
        assert.ok(textOf(message).length > 0);
    });

    test('count tokens before they are spent', limit, async () => {
        const { messages } = request;
        const count = async (more) => (await client.messages.countTokens(
            { model, messages, ...more })).input_tokens;
        const bare = await count({});
        assert.equal(bare, (await ask()).usage.input_tokens);
        assert.ok(await count({ tools, system: 'Speak of rain alone.' }) > bare);
    });

    test('list the models', limit, async () => {
        const { data, has_more: more } = await client.models.list();
        assert.deepEqual(data.map(({ id, type }) => [id, type]), [[model, 'model']]);
        assert.equal(typeof data[0].display_name, 'string');
        assert.ok(!Number.isNaN(Date.parse(data[0].created_at)));
        assert.equal(more, false);
        assert.equal((await client.models.retrieve(model)).type, 'model');
    });

    test('send the key as a bearer too', limit, async () => {
        const bearer = new Anthropic({
            baseURL: gateway.url, apiKey: null, authToken: 'unused', maxRetries: 0,
        });
        const message = await bearer.messages.create(request, { headers: atOnce });
        assert.equal(textOf(message), told);
    });
});
