// Google's SDK reads the mock model as Gemini's contents.
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type } from '@google/genai';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import {
    assertForecast, atOnce, breaks, calls, endless, errorOf, forecast, limit, model, nothingRuns,
    question, refusalOf, refuses, somethingRuns, startMock, statuses, thinks, tokens, toldNatively,
    weather,
} from './support/mock_model.mjs';

const functionDeclarations = [{
    name: forecast.name, description: forecast.description,
    parametersJsonSchema: forecast.parameters,
}];
/** The same in the SDK's own words. */
const typedDeclarations = [{
    name: forecast.name, description: forecast.description,
    parameters: {
        type: Type.OBJECT, required: forecast.parameters.required,
        properties: {
            city: { type: Type.STRING },
            unit: { type: Type.STRING, enum: forecast.parameters.properties.unit.enum },
            days: { type: Type.INTEGER, minimum: 1, maximum: 7 },
        },
    },
}];
const mustCall = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } };
const mustCallIt = {
    functionCallingConfig: {
        mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: [forecast.name],
    },
};

let gateway;
let client;
let told;

before(async () => {
    gateway = await startMock();
    told = await toldNatively(gateway.url);
    client = clientOf({ apiVersion: 'v1beta' });
});
after(async () => {
    assert.equal(await gateway?.stop(), 0, gateway?.log());
});

const clientOf = (more) =>
    new GoogleGenAI({ apiKey: 'unused', httpOptions: { baseUrl: gateway.url, ...more } });
const request = (config, headers, contents) => ({
    model, contents, config: {
        automaticFunctionCalling: { disable: true }, ...config, httpOptions: { headers },
    },
});
const streamed = (config = {}, headers = atOnce, contents = question) =>
    client.models.generateContentStream(request(config, headers, contents));

/** Puts the chunks of a stream together as the SDK's documents are. */
async function gathered(...about) {
    const seen = { chunks: [], parts: [] };
    for await (const chunk of await streamed(...about)) {
        seen.chunks.push(chunk);
        const [candidate] = chunk.candidates ?? [];
        seen.parts.push(...(candidate?.content?.parts ?? []));
        seen.finish = candidate?.finishReason ?? seen.finish;
        seen.usage = chunk.usageMetadata ?? seen.usage;
    }
    return seen;
}

async function whole(config = {}, headers = atOnce, contents = question) {
    const document = await client.models.generateContent(request(config, headers, contents));
    const [{ content, finishReason }] = document.candidates;
    return {
        chunks: [document], parts: content.parts, finish: finishReason,
        usage: document.usageMetadata,
    };
}

const textOf = ({ parts }) =>
    parts.map(({ text, thought }) => (thought ? '' : text ?? '')).join('');
const thoughtOf = ({ parts }) =>
    parts.map(({ text, thought }) => (thought ? text : '')).join('');

for (const [how, answer] of Object.entries({ streamed: gathered, 'in one document': whole })) {
    describe(`content, ${how}`, () => {
        test('tells the text, the finish and the usage', limit, async () => {
            const seen = await answer();
            assert.equal(textOf(seen), told);
            assert.equal(seen.chunks.map(({ text }) => text ?? '').join(''), told);
            assert.equal(seen.finish, 'STOP');
            assert.ok(answer === whole || seen.chunks.length > 2);
            assert.ok(seen.chunks[0].responseId && seen.chunks[0].modelVersion);
            const { usage } = await answer({}, tokens(23));
            assert.equal(usage.candidatesTokenCount, 23);
            assert.equal(usage.totalTokenCount, usage.promptTokenCount + 23);
        });

        test('ends at maxOutputTokens', limit, async () => {
            const { finish, usage } = await answer({ maxOutputTokens: 5 });
            assert.equal(finish, 'MAX_TOKENS');
            assert.equal(usage.candidatesTokenCount, 5);
        });

        for (const [what, config, headers] of [
            ['that must be called', { toolConfig: mustCall }, atOnce],
            ['that is named', { toolConfig: mustCallIt }, atOnce],
            ['that a header asks for', {}, calls(forecast.name)],
        ]) {
            test(`calls a function ${what}, and answers its result`, limit, async () => {
                const tools = [{ functionDeclarations }];
                const first = await answer({ tools, ...config }, headers);
                assert.equal(first.finish, 'STOP');
                const called = first.parts.filter((part) => part.functionCall);
                assert.equal(called.length, 1);
                const { id, name, args } = called[0].functionCall;
                assert.equal(name, forecast.name);
                assertForecast(args);
                const functionResponse = { id, name, response: weather };
                const second = await answer({ tools, ...config }, headers, [
                    { role: 'user', parts: [{ text: question }] },
                    { role: 'model', parts: first.parts },
                    { role: 'user', parts: [{ functionResponse }] },
                ]);
                assert.equal(second.finish, 'STOP');
                assert.ok(textOf(second).length > 0);
            });
        }

        test("reads a schema in the SDK's own words", limit, async () => {
            const tools = [{ functionDeclarations: typedDeclarations }];
            const { parts } = await answer({ tools, toolConfig: mustCall });
            assertForecast(parts.find((part) => part.functionCall).functionCall.args);
        });

        for (const [what, schema] of [
            ['JSON schema', { responseJsonSchema: forecast.parameters }],
            ["schema in the SDK's own words", { responseSchema: typedDeclarations[0].parameters }],
        ]) {
            test(`answers a ${what} with an instance of it`, limit, async () => {
                const config = { responseMimeType: 'application/json', ...schema };
                assertForecast(JSON.parse(textOf(await answer(config))));
            });
        }

        test('thinks before it speaks', limit, async () => {
            const thinkingConfig = { includeThoughts: true };
            const seen = await answer({ thinkingConfig }, thinks(7));
            assert.ok(thoughtOf(seen).length > 0);
            assert.equal(textOf(seen), told);
            const { usage } = seen;
            assert.equal(usage.thoughtsTokenCount, 7);
            assert.equal(
                usage.totalTokenCount,
                usage.promptTokenCount + usage.candidatesTokenCount + usage.thoughtsTokenCount);
        });

        test("a refusal is the SDK's error of that status", limit, async () => {
            const names = {
                400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 429: 'RESOURCE_EXHAUSTED',
                500: 'INTERNAL', 503: 'UNAVAILABLE',
            };
            for (const status of statuses) {
                const error = await errorOf(answer({}, refuses(status)));
                assert.ok(error instanceof ApiError, `${status}: ${error}`);
                assert.equal(error.status, status);
                assert.match(error.message, refusalOf(status));
                const told = JSON.parse(error.message).error;
                assert.equal(told.code, status);
                if (names[status]) assert.equal(told.status, names[status]);
            }
        });

        test('that is given up ends its generation', limit, async () => {
            const leave = new AbortController();
            const asked = errorOf(answer({ abortSignal: leave.signal }, endless));
            await somethingRuns(gateway.url);
            leave.abort();
            await asked;
            await nothingRuns(gateway.url);
        });
    });
}

test('a stream that breaks throws, and never ends well', limit, async () => {
    let text = '';
    let finish;
    const read = async () => {
        for await (const chunk of await streamed({}, breaks)) {
            text += chunk.text ?? '';
            finish ??= chunk.candidates?.[0]?.finishReason;
        }
    };
    const error = await errorOf(read());
    assert.ok(error instanceof ApiError, `${error}`);
    assert.ok(text.length > 0, 'what came before the break was lost');
    assert.equal(finish, undefined);
});

test('the path that the SDK takes by itself leads there too', limit, async () => {
    const { text } = await clientOf().models.generateContent(request({}, atOnce, question));
    assert.equal(text, told);
});

describe("the SDK's helpers", () => {
    test('keep a chat', limit, async () => {
        const chat = client.chats.create({ model, config: { httpOptions: { headers: atOnce } } });
        assert.equal((await chat.sendMessage({ message: question })).text, told);
        let text = '';
        for await (const chunk of await chat.sendMessageStream({ message: 'And then?' })) {
            text += chunk.text ?? '';
        }
        assert.ok(text.length > 0);
        const roles = chat.getHistory(true).map(({ role }) => role);
        assert.deepEqual(
            roles.filter((role, at) => role !== roles[at - 1]), ['user', 'model', 'user', 'model']);
    });

    for (const stream of [true, false]) {
        const how = stream ? 'streamed' : 'in one document';
        test(`call functions and come back with text, ${how}`, limit, async () => {
            const given = [];
            const callable = {
                tool: async () => ({ functionDeclarations }),
                callTool: async (asked) => {
                    given.push(...asked);
                    return asked.map(({ id, name }) => (
                        { functionResponse: { id, name, response: weather } }));
                },
            };
            const asked = {
                model, contents: question,
                config: { tools: [callable], httpOptions: { headers: calls(forecast.name) } },
            };
            let text = '';
            if (stream) {
                for await (const chunk of await client.models.generateContentStream(asked)) {
                    text += chunk.text ?? '';
                }
            } else {
                text = (await client.models.generateContent(asked)).text;
            }
            assert.equal(given.length, 1);
            assert.equal(given[0].name, forecast.name);
            assertForecast(given[0].args);
            assert.ok(text.length > 0);
        });
    }
});
