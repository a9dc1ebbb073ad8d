// The newest OpenAI SDK.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import OpenAI from 'openai';
import { zodResponseFormat, zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';

import { user } from './support/completions.mjs';
import {
    assertForecast, atOnce, forecast, forecastSchema, limit, model, question, startMock,
} from './support/mock_model.mjs';
import { testOpenAI } from './support/openai_suite.mjs';

describe('openai', () => testOpenAI({ OpenAI, chatHelpers: (client) => client.chat.completions }));

describe("openai's helpers for zod", () => {
    let gateway;
    let client;

    before(async () => {
        gateway = await startMock();
        client = new OpenAI({
            baseURL: `${gateway.url}/v1`, apiKey: 'unused', maxRetries: 0, defaultHeaders: atOnce,
        });
    });
    after(async () => {
        assert.equal(await gateway?.stop(), 0, gateway?.log());
    });

    test('parse a chat completion', limit, async () => {
        const { choices } = await client.chat.completions.parse({
            model, messages: user(question),
            response_format: zodResponseFormat(forecastSchema, forecast.name),
        });
        assertForecast(choices[0].message.parsed);
    });

    test('parse a response', limit, async () => {
        const { output_parsed: parsed } = await client.responses.parse({
            model, input: question, text: { format: zodTextFormat(forecastSchema, forecast.name) },
        });
        assertForecast(parsed);
    });

    test('parse the arguments of a tool', limit, async () => {
        const { output } = await client.responses.parse({
            model, input: question, tool_choice: 'required',
            tools: [zodResponsesFunction({ name: forecast.name, parameters: forecastSchema })],
        });
        assertForecast(output.find(({ type }) => type === 'function_call').parsed_arguments);
    });
});
