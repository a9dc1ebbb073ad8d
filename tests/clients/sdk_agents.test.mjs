// OpenAI's agents run on the mock model, through responses and through chat completions.
import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';

import {
    atOnce, breaks, calls, endless, errorOf, forecast, forecastSchema, limit, model, nothingRuns,
    question, refusalOf, refuses, somethingRuns, startMock, statuses, thinks, tokens, weather,
} from './support/mock_model.mjs';

setTracingDisabled(true);

let gateway;

before(async () => { gateway = await startMock(); });
after(async () => {
    assert.equal(await gateway?.stop(), 0, gateway?.log());
});

const runner = (useResponses, headers) => new Runner({
    tracingDisabled: true,
    modelProvider: new OpenAIProvider({
        useResponses,
        openAIClient: new OpenAI({
            baseURL: `${gateway.url}/v1`, apiKey: 'unused', maxRetries: 0, defaultHeaders: headers,
        }),
    }),
});
const agentWith = (more = {}) => new Agent({ name: 'guide', model, ...more });

async function streamed(run, agent, options) {
    const result = await run.run(agent, question, { ...options, stream: true });
    for await (const _ of result);
    await result.completed;
    if (result.error) throw result.error;
    return result;
}
const whole = (run, agent, options) => run.run(agent, question, options);

for (const useResponses of [true, false]) {
    const through = useResponses ? 'responses' : 'chat completions';
    for (const [how, answer] of Object.entries({ streamed, 'in one document': whole })) {
        describe(`an agent on ${through}, ${how}`, () => {
            const ask = (headers = atOnce, more = {}, options = {}) =>
                answer(runner(useResponses, headers), agentWith(more), options);

            test('tells text and the usage', limit, async () => {
                const result = await ask(tokens(23), { instructions: 'Speak of rivers.' });
                assert.equal(typeof result.finalOutput, 'string');
                assert.ok(result.finalOutput.length > 0);
                const { usage } = result.rawResponses[0];
                assert.equal(usage.outputTokens, 23);
                assert.ok(usage.inputTokens > 0);
                assert.equal(usage.totalTokens, usage.inputTokens + 23);
                const again = await ask(tokens(23), { instructions: 'Speak of rivers.' });
                assert.equal(again.finalOutput, result.finalOutput);
            });

            for (const [what, modelSettings, headers] of [
                ['that is required', { toolChoice: 'required' }, atOnce],
                ['that is named', { toolChoice: forecast.name }, atOnce],
                ['that a header asks for', {}, calls(forecast.name)],
            ]) {
                test(`runs a tool ${what}, and ends in text`, limit, async () => {
                    const given = [];
                    const tools = [tool({
                        name: forecast.name, description: forecast.description,
                        parameters: forecastSchema,
                        execute: (value) => { given.push(value); return JSON.stringify(weather); },
                    })];
                    const result = await ask(headers, { tools, modelSettings });
                    assert.equal(given.length, 1);
                    forecastSchema.parse(given[0]);
                    assert.ok(result.finalOutput.length > 0);
                    assert.equal(result.rawResponses.length, 2);
                    assert.deepEqual(
                        result.newItems.map(({ type }) => type),
                        ['tool_call_item', 'tool_call_output_item', 'message_output_item']);
                });
            }

            test('answers a schema with an instance of it', limit, async () => {
                const result = await ask(atOnce, { outputType: forecastSchema });
                forecastSchema.parse(result.finalOutput);
            });

            test('counts the reasoning', limit, async () => {
                const result = await ask(thinks(7));
                const [details] = [result.rawResponses[0].usage.outputTokensDetails].flat();
                assert.equal(details.reasoning_tokens, 7);
                if (!useResponses) return;
                assert.equal(result.newItems[0].type, 'reasoning_item');
            });

            test("refuses with the client's error of that status", limit, async () => {
                for (const status of statuses) {
                    const error = await errorOf(ask(refuses(status)));
                    assert.ok(error instanceof OpenAI.APIError, `${status}: ${error}`);
                    assert.equal(error.status, status);
                    assert.match(error.message, refusalOf(status));
                }
            });

            test('ends its generation when it is given up', limit, async () => {
                const leave = new AbortController();
                const asked = ask(endless, {}, { signal: leave.signal }).catch(() => {});
                await somethingRuns(gateway.url);
                leave.abort();
                await asked;
                await nothingRuns(gateway.url);
            });
        });
    }

    test(`a stream that breaks is an error of the run, on ${through}`, limit, async () => {
        const error = await errorOf(streamed(runner(useResponses, breaks), agentWith(), {}));
        assert.ok(error instanceof Error);
    });
}
