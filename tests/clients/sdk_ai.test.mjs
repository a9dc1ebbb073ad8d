// Vercel's AI SDK reads the mock model through each of its providers.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
    APICallError, Output, embed, embedMany, generateText, isStepCount, streamText, tool,
} from 'ai';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import {
    atOnce, breaks, calls, endless, errorOf, forecast, limit, looseForecastSchema, model,
    nothingRuns, question, refusalOf, refuses, somethingRuns, startMock, statuses, thinks, tokens,
    toldNatively, weather,
} from './support/mock_model.mjs';

let gateway;
let told;

before(async () => {
    gateway = await startMock();
    told = await toldNatively(gateway.url);
});
after(async () => {
    assert.equal(await gateway?.stop(), 0, gateway?.log());
});

const openai = () => createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'unused' });
const compatible = () => createOpenAICompatible({
    name: 'sluice', baseURL: `${gateway.url}/v1`, includeUsage: true,
    supportsStructuredOutputs: true,
});
const providers = {
    'openai (responses)': { of: () => openai()(model), told: 'reasoning' },
    'openai (chat)': { of: () => openai().chat(model), told: 'tokens of reasoning' },
    'openai-compatible': { of: () => compatible()(model), told: 'reasoning' },
    anthropic: {
        of: () => createAnthropic({ baseURL: `${gateway.url}/v1`, apiKey: 'unused' })(model),
        told: 'reasoning',
    },
    google: {
        of: () => createGoogle({ baseURL: `${gateway.url}/v1beta`, apiKey: 'unused' })(model),
        told: 'reasoning',
    },
};
/** Items by reference are kept by nobody: the gateway has no store. */
const providerOptions = { openai: { store: false } };

/** Reads a stream to its end; a part that is an error is thrown. */
async function streamed(settings) {
    const result = streamText({ ...settings, onError() {} });
    for await (const part of result.stream) {
        if (part.type === 'error') throw part.error;
    }
    return {
        text: await result.text, finishReason: await result.finishReason,
        usage: await result.usage, steps: await result.steps, output: await result.output,
        reasoningText: (await result.finalStep).reasoningText,
    };
}
async function whole(settings) {
    const result = await generateText(settings);
    const { text, finishReason, usage, steps, finalStep } = result;
    return {
        text, finishReason, usage, steps, reasoningText: finalStep.reasoningText,
        output: settings.output && result.output,
    };
}

for (const [name, { of, told: shown }] of Object.entries(providers)) {
    const about = (more, headers = atOnce) =>
        ({ model: of(), prompt: question, maxRetries: 0, providerOptions, headers, ...more });

    for (const [how, answer] of Object.entries({ streamed, 'in one document': whole })) {
        describe(`${name}, ${how}`, () => {
            const ask = (more, headers) => answer(about(more, headers));

            test('tells the text, the finish and the usage', limit, async () => {
                const seen = await ask();
                assert.equal(seen.text, told);
                assert.equal(seen.finishReason, 'stop');
                const { usage } = await ask({}, tokens(23));
                assert.equal(usage.outputTokens, 23);
                assert.ok(usage.inputTokens > 0);
                assert.equal((await ask({ maxOutputTokens: 16 })).finishReason, 'length');
            });

            for (const [what, choice, headers] of [
                ['that is required', 'required', atOnce],
                ['that is named', { type: 'tool', toolName: forecast.name }, atOnce],
                ['that a header asks for', 'auto', calls(forecast.name)],
            ]) {
                test(`runs a tool ${what}, and ends in text`, limit, async () => {
                    const given = [];
                    const tools = {
                        [forecast.name]: tool({
                            description: forecast.description, inputSchema: looseForecastSchema,
                            execute: (value) => { given.push(value); return weather; },
                        }),
                    };
                    // The SDK minds a choice that is not kept to: only the first step has one.
                    const prepareStep = ({ stepNumber }) =>
                        ({ toolChoice: stepNumber === 0 ? choice : 'auto' });
                    const seen = await ask(
                        { tools, prepareStep, stopWhen: isStepCount(3) }, headers);
                    assert.equal(given.length, 1);
                    looseForecastSchema.parse(given[0]);
                    assert.deepEqual(
                        seen.steps.map(({ finishReason }) => finishReason), ['tool-calls', 'stop']);
                    assert.ok(seen.steps[0].toolCalls[0].toolCallId);
                    assert.ok(seen.text.length > 0);
                });
            }

            test('answers a schema with an instance of it', limit, async () => {
                const { output } = await ask(
                    { output: Output.object({ schema: looseForecastSchema }) });
                looseForecastSchema.parse(output);
            });

            test(`shows ${shown}`, limit, async () => {
                const seen = await ask({}, thinks(7));
                assert.equal(seen.text, told);
                if (shown === 'reasoning') assert.ok(seen.reasoningText?.length > 0);
                if (name !== 'anthropic') {
                    assert.equal(seen.usage.outputTokenDetails.reasoningTokens, 7);
                }
            });

            test("refuses with the SDK's error of that status", limit, async () => {
                for (const status of statuses) {
                    const error = await errorOf(ask({}, refuses(status)));
                    assert.ok(APICallError.isInstance(error), `${status}: ${error}`);
                    assert.equal(error.statusCode, status);
                    assert.match(error.message, refusalOf(status));
                    assert.ok(error.responseHeaders['x-request-id']);
                }
            });

            test('ends its generation when it is given up', limit, async () => {
                const leave = new AbortController();
                const asked = ask({ abortSignal: leave.signal }, endless).catch(() => {});
                await somethingRuns(gateway.url);
                leave.abort();
                await asked;
                await nothingRuns(gateway.url);
            });
        });
    }

    test(`${name}: a stream that breaks tells an error, and never ends well`, limit, async () => {
        const parts = [];
        const result = streamText({ ...about({}, breaks), onError() {} });
        for await (const part of result.stream) parts.push(part);
        const types = parts.map(({ type }) => type);
        assert.ok(types.includes('text-delta'), 'what came before the break was lost');
        assert.ok(types.includes('error'), types.join(' '));
        for (const { finishReason } of parts.filter(({ type }) => type === 'finish')) {
            assert.ok(['error', 'other'].includes(finishReason), finishReason);
        }
    });
}

describe('embeddings', () => {
    for (const [name, of] of Object.entries({
        openai: () => openai().embeddingModel(model),
        'openai-compatible': () => compatible().embeddingModel(model),
    })) {
        test(`of ${name} come one of each value`, limit, async () => {
            const one = await embed({ model: of(), value: 'a spring', maxRetries: 0 });
            assert.ok(one.embedding.length >= 8);
            assert.ok(one.usage.tokens > 0);
            const { embeddings } = await embedMany(
                { model: of(), values: ['a spring', 'a river'], maxRetries: 0 });
            assert.equal(embeddings.length, 2);
            assert.deepEqual(embeddings[0], one.embedding);
            assert.equal(embeddings[1].length, one.embedding.length);
        });
    }
});
