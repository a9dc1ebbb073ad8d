// What the tests of the SDKs ask the mock model for, and how they look at what comes of it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { startGateway } from './gateway.mjs';
import { generations } from './mock_streams.mjs';

export const model = 'mock';
export const limit = { timeout: 60_000 };
export const question = 'How do rivers begin?';

export const atOnce = { 'X-Mock-Rate': '0', 'X-Mock-Ttft-Ms': '0' };
/** Twenty minutes of text: whoever reads it leaves before its end. */
export const endless = { 'X-Mock-Rate': '100', 'X-Mock-Ttft-Ms': '0', 'X-Mock-Tokens': '120000' };
export const tokens = (count) => ({ ...atOnce, 'X-Mock-Tokens': String(count) });
export const thinks = (count) => ({ ...atOnce, 'X-Mock-Reasoning': String(count) });
export const calls = (name) => ({ ...atOnce, 'X-Mock-Tool-Call': name });
export const refuses = (status) => ({ ...atOnce, 'X-Mock-Error': String(status) });
/** The provider's connection is reset when a few tokens have been told. */
export const breaks = {
    'X-Mock-Rate': '200', 'X-Mock-Ttft-Ms': '0', 'X-Mock-Tokens': '50',
    'X-Mock-Error': 'reset-after=3',
};
/** Every status that a provider's trouble is told with. */
export const statuses = [400, 401, 429, 500, 503, 529];
/** What the true providers say with each of them: OpenAI, Anthropic, Google, Ollama. */
const words = {
    400: /Invalid 'temperature'|temperature: range|GenerateContentRequest\.contents|does not support tools/,
    401: /Incorrect API key|invalid x-api-key|invalid authentication credentials|unauthorized/,
    429: /Rate limit reached|exceed your organization's rate limit|Resource has been exhausted|too many requests/,
    500: /had an error while processing|Internal server error|internal error has occurred|runner process has terminated/,
    503: /currently overloaded|Service unavailable|model is overloaded|server busy/,
    529: /currently overloaded|Overloaded|model is overloaded|X-Mock-Error asked for status 529/,
};
export const refusalOf = (status) => words[status];

/** A gateway with nothing but the mock model. */
export const startMock = () => startGateway();

const units = ['celsius', 'fahrenheit'];
export const forecast = {
    name: 'forecast',
    description: 'The weather of the coming days',
    parameters: {
        type: 'object',
        properties: {
            city: { type: 'string' },
            unit: { type: 'string', enum: units },
            days: { type: 'integer', minimum: 1, maximum: 7 },
        },
        required: ['city', 'unit', 'days'],
        additionalProperties: false,
    },
};
/** The same for helpers that speak zod. */
export const forecastSchema = z.object({
    city: z.string(), unit: z.enum(units), days: z.int().min(1).max(7),
});
/** And for those that leave ranges out of the schema they send. */
export const looseForecastSchema = z.object({
    city: z.string(), unit: z.enum(units), days: z.number(),
});
export const weather = { sky: 'clear', high: 21 };

export function assertForecast(value) {
    assert.deepEqual(Object.keys(value).sort(), ['city', 'days', 'unit']);
    assert.equal(typeof value.city, 'string');
    assert.ok(units.includes(value.unit), value.unit);
    assert.ok(Number.isInteger(value.days) && value.days >= 1 && value.days <= 7, `${value.days}`);
}

/** What the mock says to `question`, by the gateway's own interface. */
export async function toldNatively(url) {
    const response = await fetch(`${url}/v1/streams`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...atOnce },
        body: JSON.stringify({
            model, stream: false, messages: [{ role: 'user', content: question }],
        }),
    });
    assert.equal(response.status, 200);
    return (await response.json()).text;
}

async function until(url, isSo, what) {
    const deadline = performance.now() + 5000;
    for (;;) {
        const { live } = await generations(url);
        if (isSo(live)) return;
        assert.ok(performance.now() < deadline, `${what}: ${live} live`);
        await sleep(20);
    }
}
export const somethingRuns = (url) => until(url, (live) => live > 0, 'nothing began');
/** Resolves when no generation is left: the one whose reader went away ended with it. */
export const nothingRuns = (url) => until(url, (live) => live === 0, 'a generation goes on');

/** Resolves to the error that the promise must come to. */
export async function errorOf(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new assert.AssertionError({ message: 'it ended well' });
}
