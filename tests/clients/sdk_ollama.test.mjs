// Ollama's own client reads the mock model.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ollama } from 'ollama';

import { user } from './support/completions.mjs';
import {
    assertForecast, atOnce, breaks, calls, endless, errorOf, forecast, limit, model, nothingRuns,
    question, refusalOf, refuses, somethingRuns, startMock, statuses, thinks, tokens, toldNatively,
    weather,
} from './support/mock_model.mjs';

const tools = [{ type: 'function', function: forecast }];

let gateway;
let told;

before(async () => {
    gateway = await startMock();
    told = await toldNatively(gateway.url);
});
after(async () => {
    assert.equal(await gateway?.stop(), 0, gateway?.log());
});

const client = (headers = atOnce, more = {}) => new Ollama({ host: gateway.url, headers, ...more });
const whole = (more = {}, headers = atOnce) =>
    client(headers).chat({ model, messages: user(question), ...more });

/** A stream put together as a document is. */
async function gathered(more = {}, headers = atOnce) {
    const message = { content: '', thinking: '', tool_calls: [] };
    let last;
    let chunks = 0;
    for await (const chunk of await whole({ stream: true, ...more }, headers)) {
        message.content += chunk.message.content;
        message.thinking += chunk.message.thinking ?? '';
        message.tool_calls.push(...(chunk.message.tool_calls ?? []));
        assert.equal(chunk.message.role, 'assistant');
        chunks += 1;
        last = chunk;
    }
    return { ...last, message, chunks };
}

for (const [how, answer] of Object.entries({ streamed: gathered, 'in one document': whole })) {
    describe(`a chat, ${how}`, () => {
        test('tells the text, why it is done and the usage', limit, async () => {
            const seen = await answer();
            assert.equal(seen.message.content, told);
            assert.equal(seen.model, model);
            assert.equal(seen.done, true);
            assert.equal(seen.done_reason, 'stop');
            assert.ok(answer === whole || seen.chunks > 2);
            assert.ok(!Number.isNaN(Date.parse(seen.created_at)));
            const counted = await answer({}, tokens(23));
            assert.equal(counted.eval_count, 23);
            assert.ok(counted.prompt_eval_count > 0);
            assert.equal(typeof counted.total_duration, 'number');
        });

        test('ends at num_predict', limit, async () => {
            const seen = await answer({ options: { num_predict: 5 } });
            assert.equal(seen.done_reason, 'length');
            assert.equal(seen.eval_count, 5);
        });

        test('calls a tool and answers its result', limit, async () => {
            const { message } = await answer({ tools }, calls(forecast.name));
            const [call] = message.tool_calls;
            assert.equal(call.function.name, forecast.name);
            assertForecast(call.function.arguments);
            const second = await answer({
                tools, messages: [
                    ...user(question), { role: 'assistant', content: '', tool_calls: [call] },
                    { role: 'tool', tool_name: forecast.name, content: JSON.stringify(weather) },
                ],
            }, calls(forecast.name));
            assert.ok(second.message.content.length > 0);
            assert.equal(second.done_reason, 'stop');
        });

        test('answers a format with an instance of it', limit, async () => {
            const { message } = await answer({ format: forecast.parameters });
            assertForecast(JSON.parse(message.content));
            JSON.parse((await answer({ format: 'json' })).message.content);
        });

        test('thinks before it speaks', limit, async () => {
            const { message } = await answer({ think: true }, thinks(7));
            assert.ok(message.thinking.length > 0);
            assert.equal(message.content, told);
        });

        test("a refusal is the client's error of that status", limit, async () => {
            for (const status of statuses) {
                const error = await errorOf(answer({}, refuses(status)));
                assert.equal(error.name, 'ResponseError', `${status}: ${error}`);
                assert.equal(error.status_code, status);
                assert.equal(typeof error.error, 'string');
                assert.match(error.message, refusalOf(status));
            }
        });
    });
}

describe('a stream', () => {
    test('that is given up ends its generation', limit, async () => {
        const asking = client(endless);
        const read = async () => {
            for await (const chunk of await asking.chat(
                { model, messages: user(question), stream: true })) {
                if (!chunk.message.content) continue;
                await somethingRuns(gateway.url);
                asking.abort();
            }
        };
        assert.equal((await errorOf(read())).name, 'AbortError');
        await nothingRuns(gateway.url);
    });

    test('that breaks throws, and never ends well', limit, async () => {
        const chunks = [];
        const read = async () => {
            for await (const chunk of await whole({ stream: true }, breaks)) chunks.push(chunk);
        };
        const error = await errorOf(read());
        assert.ok(chunks.length > 0, 'what came before the break was lost');
        assert.ok(chunks.every(({ done }) => !done));
        assert.doesNotMatch(error.message, /object Object|Did not receive done/);
    });
});

describe('generate', () => {
    const generate = (more = {}, headers = atOnce) =>
        client(headers).generate({ model, prompt: question, ...more });

    test('tells the same streamed and in one document', limit, async () => {
        const document = await generate();
        assert.ok(document.response.length > 0);
        assert.equal(document.done_reason, 'stop');
        assert.ok(document.eval_count > 0);
        let text = '';
        let last;
        for await (const chunk of await generate({ stream: true })) {
            text += chunk.response;
            last = chunk;
        }
        assert.equal(text, document.response);
        assert.equal(last.eval_count, document.eval_count);
    });

    test('hears the system and thinks', limit, async () => {
        const bare = await generate();
        const instructed = await generate({ system: 'Speak of rain alone, and at length.' });
        assert.ok(instructed.prompt_eval_count > bare.prompt_eval_count);
        assert.ok((await generate({ think: true }, thinks(7))).thinking.length > 0);
    });

    test('answers a format with an instance of it', limit, async () => {
        assertForecast(JSON.parse((await generate({ format: forecast.parameters })).response));
    });

    test('breaks and refuses as a chat does', limit, async () => {
        const error = await errorOf(generate({ stream: true }, refuses(429)));
        assert.equal(error.status_code, 429);
        const read = async () => {
            for await (const { done } of await generate({ stream: true }, breaks)) assert.ok(!done);
        };
        assert.doesNotMatch((await errorOf(read())).message, /object Object|Did not receive done/);
    });
});

test('the models are listed', limit, async () => {
    const { models } = await client().list();
    assert.deepEqual(models.map(({ name }) => name), [model]);
    assert.equal(models[0].model, model);
});
