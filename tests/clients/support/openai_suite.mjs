// What every version of the OpenAI SDK has to see of the mock model.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { collect, user } from './completions.mjs';
import {
    assertForecast, atOnce, breaks, calls, endless, errorOf, forecast, limit, model, nothingRuns,
    question, refusalOf, refuses, somethingRuns, startMock, statuses, thinks, tokens, toldNatively,
    weather,
} from './mock_model.mjs';

const chatTool = { type: 'function', function: forecast };
const responsesTool = { type: 'function', strict: true, ...forecast };
const schema = { name: 'forecast', strict: true, schema: forecast.parameters };

async function all(stream) {
    const events = [];
    for await (const event of stream) events.push(event);
    return events;
}

/** The SDK 4 puts output_text into documents alone. */
const textOf = ({ output }) => output.filter(({ type }) => type === 'message')
    .flatMap(({ content }) => content).map(({ text }) => text).join('');

/** `chatHelpers` are the client's stream, parse and runTools. */
export function testOpenAI({ OpenAI, chatHelpers }) {
    let gateway;
    let client;
    let told;

    before(async () => {
        gateway = await startMock();
        told = await toldNatively(gateway.url);
        client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'unused', maxRetries: 0 });
    });
    after(async () => {
        assert.equal(await gateway?.stop(), 0, gateway?.log());
    });

    const chat = (more = {}, headers = atOnce, options = {}) => client.chat.completions.create(
        { model, messages: user(question), ...more }, { headers, ...options });
    const respond = (more = {}, headers = atOnce, options = {}) => client.responses.create(
        { model, input: question, ...more }, { headers, ...options });

    /** Classes by status; what has none of its own is a server's error. */
    const classOf = (status) => ({
        400: OpenAI.BadRequestError, 401: OpenAI.AuthenticationError, 429: OpenAI.RateLimitError,
    })[status] ?? OpenAI.InternalServerError;

    function testTrouble(ask, textOf) {
        for (const streamed of [true, false]) {
            const how = streamed ? 'streamed' : 'in one document';
            test(`a refusal is the SDK's error of that status, ${how}`, limit, async () => {
                for (const status of statuses) {
                    const error = await errorOf(ask({ stream: streamed }, refuses(status)));
                    assert.ok(error instanceof classOf(status), `${status}: ${error}`);
                    assert.equal(error.status, status);
                    assert.match(error.message, refusalOf(status));
                    assert.ok(error.requestID ?? error.request_id, 'no request id');
                    assert.equal(typeof error.type, 'string');
                }
            });
        }

        test('a stream that is given up ends its generation', limit, async () => {
            const leave = new AbortController();
            const stream = await ask({ stream: true }, endless, { signal: leave.signal });
            for await (const event of stream) {
                if (!textOf(event)) continue;
                await somethingRuns(gateway.url);
                leave.abort();
                break;
            }
            await nothingRuns(gateway.url);
        });

        test('a document that is not awaited ends its generation', limit, async () => {
            const leave = new AbortController();
            const asked = errorOf(ask({}, endless, { signal: leave.signal }));
            await somethingRuns(gateway.url);
            leave.abort();
            assert.ok(await asked instanceof OpenAI.APIUserAbortError);
            await nothingRuns(gateway.url);
        });
    }

    describe('chat completions', () => {
        test('a stream tells the text, the finish and the usage', limit, async () => {
            const seen = await collect(
                await chat({ stream: true, stream_options: { include_usage: true } }));
            assert.equal(seen.text, told);
            assert.ok(seen.pieces.length > 1);
            assert.equal(seen.finish, 'stop');
            assert.equal(seen.chunks[0].choices[0].delta.role, 'assistant');
            assert.equal(new Set(seen.chunks.map(({ id }) => id)).size, 1);
            assert.deepEqual(seen.chunks.at(-1).choices, []);
            const document = await chat();
            assert.deepEqual(seen.usage, [document.usage]);
        });

        test('usage that nobody asked for is not shown', limit, async () => {
            const seen = await collect(await chat({ stream: true }));
            assert.deepEqual(seen.usage, []);
            assert.equal(seen.withoutChoices, 0);
        });

        test('a document tells the same, with the tokens that were asked for', limit, async () => {
            const document = await chat();
            assert.equal(document.choices[0].message.content, told);
            assert.equal(document.choices[0].finish_reason, 'stop');
            const { usage } = await chat({}, tokens(23));
            assert.equal(usage.completion_tokens, 23);
            assert.equal(usage.total_tokens, usage.prompt_tokens + 23);
        });

        test('the end of max_completion_tokens is a finish of its own', limit, async () => {
            const document = await chat({ max_completion_tokens: 5 });
            assert.equal(document.choices[0].finish_reason, 'length');
            assert.equal(document.usage.completion_tokens, 5);
        });

        test('two choices are told apart', limit, async () => {
            const streamed = await all(await chat({ n: 2, stream: true }));
            const document = await chat({ n: 2 });
            for (const { index, message } of document.choices) {
                const pieces = streamed.flatMap(({ choices }) => choices)
                    .filter((choice) => choice.index === index);
                const text = pieces.map(({ delta }) => delta.content ?? '').join('');
                assert.equal(text, message.content);
            }
            assert.equal(document.choices.length, 2);
        });

        for (const streamed of [true, false]) {
            const how = streamed ? 'streamed' : 'in one document';
            const named = { type: 'function', function: { name: forecast.name } };
            const ways = [
                ['that is required', { tool_choice: 'required' }, atOnce],
                ['that is named', { tool_choice: named }, atOnce],
                ['that a header asks for', {}, calls(forecast.name)],
            ];
            for (const [what, choice, headers] of ways) {
                test(`a tool ${what} is called, ${how}`, limit, async () => {
                    const body = { model, messages: user(question), tools: [chatTool], ...choice };
                    const completion = streamed
                        ? await chatHelpers(client).stream(body, { headers }).finalChatCompletion()
                        : await client.chat.completions.create(body, { headers });
                    const [{ message, finish_reason: finish }] = completion.choices;
                    const [call] = message.tool_calls;
                    assert.ok(call.id);
                    assert.equal(call.function.name, forecast.name);
                    assertForecast(JSON.parse(call.function.arguments));
                    assert.ok(what === 'that is named' || finish === 'tool_calls', finish);
                });
            }
        }

        for (const stream of [true, false]) {
            const how = stream ? 'streamed' : 'in one document';
            test(`the SDK's tool loop ends in text, ${how}`, limit, async () => {
                const given = [];
                const run = chatHelpers(client).runTools({
                    model, messages: user(question), stream, tool_choice: 'required',
                    tools: [{
                        type: 'function',
                        function: {
                            ...forecast, parse: JSON.parse,
                            function: (value) => { given.push(value); return weather; },
                        },
                    }],
                }, { headers: atOnce });
                assert.ok((await run.finalContent()).length > 0);
                assert.equal(given.length, 1);
                assertForecast(given[0]);
                const roles = run.messages.map(({ role }) => role);
                assert.deepEqual(roles, ['user', 'assistant', 'tool', 'assistant']);
            });
        }

        test('a JSON schema is answered by an instance of it', limit, async () => {
            const body = {
                model, messages: user(question),
                response_format: { type: 'json_schema', json_schema: schema },
            };
            const document = await client.chat.completions.create(body, { headers: atOnce });
            assertForecast(JSON.parse(document.choices[0].message.content));
            const run = chatHelpers(client).stream(body, { headers: atOnce });
            assertForecast(JSON.parse(await run.finalContent()));
        });

        test('reasoning stands beside the text and in the usage', limit, async () => {
            const document = await chat({}, thinks(7));
            const { message } = document.choices[0];
            assert.ok(message.reasoning_content.length > 0);
            assert.equal(message.content, told);
            assert.equal(document.usage.completion_tokens_details.reasoning_tokens, 7);
            const events = await all(await chat({ stream: true }, thinks(7)));
            const deltas = events.flatMap(({ choices }) => choices).map(({ delta }) => delta);
            const thoughts = deltas.map((delta) => delta.reasoning_content ?? '').join('');
            assert.equal(thoughts, message.reasoning_content);
            assert.equal(deltas.map((delta) => delta.content ?? '').join(''), told);
        });

        testTrouble(chat, (chunk) => chunk.choices[0]?.delta?.content);

        test('a stream that breaks throws, and never ends well', limit, async () => {
            const pieces = [];
            const read = async () => collect(
                await chat({ stream: true }, breaks), (seen) => pieces.push(seen.pieces.at(-1)));
            assert.ok(await errorOf(read()) instanceof OpenAI.APIError);
            assert.ok(pieces.length > 0, 'what came before the break was lost');
            const run = chatHelpers(client).stream(
                { model, messages: user(question) }, { headers: breaks });
            await errorOf(run.finalChatCompletion());
        });
    });

    describe('completions', () => {
        const complete = (more, headers = atOnce, options = {}) => client.completions.create(
            { model, prompt: question, ...more }, { headers, ...options });

        test('are told the same streamed and in one document', limit, async () => {
            const document = await complete({});
            const chunks = await all(await complete({ stream: true }));
            assert.equal(document.object, 'text_completion');
            assert.ok(document.choices[0].text.length > 0);
            assert.equal(document.choices[0].finish_reason, 'stop');
            assert.ok(document.usage.completion_tokens > 0);
            const choices = chunks.flatMap((chunk) => chunk.choices);
            assert.equal(choices.map(({ text }) => text).join(''), document.choices[0].text);
            assert.equal(choices.at(-1).finish_reason, 'stop');
        });

        test('end in an error when the provider breaks off', limit, async () => {
            const read = async () => all(await complete({ stream: true }, breaks));
            assert.ok(await errorOf(read()) instanceof OpenAI.APIError);
        });

        testTrouble(complete, (chunk) => chunk.choices[0]?.text);
    });

    describe('responses', () => {
        test('a document tells the text and the usage', limit, async () => {
            const response = await respond({}, tokens(23));
            assert.equal(response.object, 'response');
            assert.equal(response.status, 'completed');
            assert.equal(response.usage.output_tokens, 23);
            assert.equal(response.usage.total_tokens, response.usage.input_tokens + 23);
            assert.equal((await respond()).output_text, told);
        });

        test('a stream tells the same, in events that fit together', limit, async () => {
            const events = await all(await respond({ stream: true }));
            const of = (type) => events.filter((event) => event.type === type);
            assert.deepEqual(
                events.map((event) => event.sequence_number), [...events.keys()]);
            const whole = events.filter((event) => event.response).map((event) => event.response);
            assert.equal(new Set(whole.map(({ id }) => id)).size, 1);
            assert.equal(events[0].type, 'response.created');
            assert.equal(events.at(-1).type, 'response.completed');
            assert.ok(events[0].response.created_at > 0 && events[0].response.model);
            const deltas = of('response.output_text.delta');
            assert.ok(deltas.length > 1);
            assert.equal(deltas.map(({ delta }) => delta).join(''), told);
            assert.equal(of('response.output_text.done')[0].text, told);
            const [item] = of('response.output_item.added').map((event) => event.item);
            assert.deepEqual(item.content, []);
            for (const delta of deltas) {
                assert.equal(delta.item_id, item.id);
                assert.deepEqual([delta.output_index, delta.content_index], [0, 0]);
            }
            assert.deepEqual(
                whole.at(-1).output, of('response.output_item.done').map((event) => event.item));
        });

        test("the SDK's stream helper puts the response together", limit, async () => {
            const run = client.responses.stream({ model, input: question }, { headers: atOnce });
            const response = await run.finalResponse();
            assert.equal(textOf(response), told);
            assert.ok(response.usage.output_tokens > 0);
        });

        test('instructions and items are told to the model', limit, async () => {
            const bare = await respond({ input: [{ role: 'user', content: question }] });
            assert.equal(bare.output_text, told);
            const instructed = await respond({ instructions: 'Speak of rain alone.' });
            assert.ok(instructed.usage.input_tokens > bare.usage.input_tokens);
        });

        test('the end of max_output_tokens is an incomplete response', limit, async () => {
            const response = await respond({ max_output_tokens: 16 });
            assert.equal(response.status, 'incomplete');
            assert.equal(response.incomplete_details.reason, 'max_output_tokens');
            assert.equal(response.usage.output_tokens, 16);
            const events = await all(await respond({ max_output_tokens: 16, stream: true }));
            assert.equal(events.at(-1).type, 'response.incomplete');
        });

        for (const stream of [true, false]) {
            const how = stream ? 'streamed' : 'in one document';
            test(`a tool is called and its result answered, ${how}`, limit, async () => {
                const ask = async (input, more = {}) => {
                    const body = { model, input, tools: [responsesTool], ...more };
                    const options = { headers: atOnce };
                    return stream
                        ? client.responses.stream(body, options).finalResponse()
                        : client.responses.create(body, options);
                };
                const first = await ask(question, { tool_choice: 'required' });
                const [call] = first.output.filter(({ type }) => type === 'function_call');
                assert.ok(call.call_id && call.id);
                assert.equal(call.name, forecast.name);
                assert.equal(call.status, 'completed');
                assertForecast(JSON.parse(call.arguments));
                const second = await ask([
                    { role: 'user', content: question }, ...first.output.map(
                        ({ parsed_arguments: _, ...item }) => item),
                    {
                        type: 'function_call_output', call_id: call.call_id,
                        output: JSON.stringify(weather),
                    },
                ]);
                assert.equal(second.status, 'completed');
                assert.ok(textOf(second).length > 0);
            });
        }

        test('arguments come in parts that make the whole', limit, async () => {
            const events = await all(await respond(
                { stream: true, tools: [responsesTool] }, calls(forecast.name)));
            const of = (type) => events.filter((event) => event.type === type);
            const deltas = of('response.function_call_arguments.delta');
            assert.ok(deltas.length >= 2);
            const [done] = of('response.function_call_arguments.done');
            assert.equal(deltas.map(({ delta }) => delta).join(''), done.arguments);
            assertForecast(JSON.parse(done.arguments));
        });

        test('a JSON schema is answered by an instance of it', limit, async () => {
            const text = { format: { type: 'json_schema', ...schema } };
            assertForecast(JSON.parse((await respond({ text })).output_text));
            const run = client.responses.stream(
                { model, input: question, text }, { headers: atOnce });
            assertForecast(JSON.parse(textOf(await run.finalResponse())));
        });

        test('reasoning is an item before the message', limit, async () => {
            const response = await respond({}, thinks(7));
            const types = response.output.map(({ type }) => type);
            assert.deepEqual(types, ['reasoning', 'message']);
            assert.equal(response.output_text, told);
            assert.equal(response.usage.output_tokens_details.reasoning_tokens, 7);
            const run = client.responses.stream({ model, input: question }, { headers: thinks(7) });
            const streamed = await run.finalResponse();
            const thoughts = ({ output: [item] }) =>
                [...(item.summary ?? []), ...(item.content ?? [])].map(({ text }) => text).join('');
            assert.ok(thoughts(response).length > 0);
            assert.equal(thoughts(streamed), thoughts(response));
        });

        testTrouble(respond, (event) => event.type === 'response.output_text.delta');

        test('a stream that breaks throws, and never ends well', limit, async () => {
            const types = [];
            const read = async () => {
                for await (const event of await respond({ stream: true }, breaks)) {
                    types.push(event.type);
                }
            };
            assert.ok(await errorOf(read()) instanceof OpenAI.APIError);
            assert.ok(types.includes('response.output_text.delta'), 'what came before was lost');
            assert.ok(!types.includes('response.completed'));
            const run = client.responses.stream({ model, input: question }, { headers: breaks });
            assert.ok(await errorOf(run.finalResponse()) instanceof OpenAI.OpenAIError);
        });

        test('on the wire it ends in response.failed', limit, async () => {
            const response = await fetch(`${gateway.url}/v1/responses`, {
                method: 'POST', headers: { 'Content-Type': 'application/json', ...breaks },
                body: JSON.stringify({ model, input: question, stream: true }),
            });
            const frames = (await response.text()).trim().split('\n\n');
            assert.match(frames.at(-1), /^event: response\.failed\ndata: /);
        });
    });

    describe('embeddings', () => {
        const embed = async (input, more = {}) => (await client.embeddings.create(
            { model, input, ...more }, { headers: atOnce }));

        test('read the same out of base64 and out of numbers', limit, async () => {
            const packed = (await embed(question)).data[0].embedding;
            const plain = (await embed(question, { encoding_format: 'float' })).data[0].embedding;
            assert.ok(plain.length >= 8);
            assert.equal(packed.length, plain.length);
            for (const [at, number] of plain.entries()) {
                assert.ok(Math.abs(number - packed[at]) < 1e-5, `${at}: ${number} ${packed[at]}`);
            }
        });

        test('have the dimensions that are asked for, one of each input', limit, async () => {
            const inputs = ['a spring', 'a brook', 'a river'];
            const { data, usage } = await embed(inputs, { dimensions: 12 });
            assert.deepEqual(data.map(({ index }) => index), [0, 1, 2]);
            for (const { embedding } of data) assert.equal(embedding.length, 12);
            assert.notDeepEqual([...data[0].embedding], [...data[1].embedding]);
            assert.ok(usage.prompt_tokens > 0);
            assert.equal(usage.total_tokens, usage.prompt_tokens);
        });

        test("refusals are the SDK's errors", limit, async () => {
            for (const status of statuses) {
                const error = await errorOf(client.embeddings.create(
                    { model, input: question }, { headers: refuses(status) }));
                assert.ok(error instanceof classOf(status), `${status}: ${error}`);
            }
        });
    });

    describe('models', () => {
        test('are listed and told', limit, async () => {
            const ids = (await client.models.list()).data.map(({ id }) => id);
            assert.deepEqual(ids, [model]);
            assert.equal((await client.models.retrieve(model)).object, 'model');
        });
    });
}
