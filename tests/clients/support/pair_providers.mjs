// A third party that speaks as many providers' protocols, and the gateway before it.
import { LLMock } from '@copilotkit/aimock';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGateway } from './gateway.mjs';
import { offered } from './pair_clients.mjs';

/** aimock cuts between UTF-16 units: what takes two of them stands where it is not cut. */
export const story = '🌊🛶: water finds its way, "down", always down.\n\nFüße, 水の流れ and a \\ too.\n';
export const thoughts = 'A river is asked for. "Down" is where it goes, 川.';
export const answered = 'It stays clear.';
export const forecast = 'sky: clear-as-glass';
export const usage = { input: 11, output: 42 };
/** As many as one answer calls at once. */
export const calls = [
    { id: 'call_Zr1', name: offered.name, arguments: { city: 'Zürich "See"', days: 3 } },
    { id: 'call_Os2', name: offered.name, arguments: { city: '大阪', days: 1 } },
];
export const prompts = {
    text: 'Tell me a story', reasoning: 'Ponder a story', length: 'Begin a story',
    tools: 'What is the weather?', thought: 'Ponder the weather', cut: 'Break off a story',
};
const refusals = { 400: 'invalid_request_error', 429: 'rate_limit_error' };
export const refusalPrompt = (status) => `Refuse with ${status}`;

/**
 * Each kind of provider; `settings` are what its configuration needs, `hides` is what aimock does
 * not tell in that protocol.
 */
export const providers = {
    openai: { path: '/v1', settings: 'apis: [chat, embeddings]' },
    responses: {
        kind: 'openai', path: '/v1', settings: 'apis: [responses]',
        // It calls an answer that was cut off completed.
        hides: ['length'],
    },
    azure: { settings: 'api_version: 2024-10-21' },
    anthropic: {},
    gemini: {},
    ollama: { hides: ['ids', 'usage', 'reasoning', 'length'] },
    bedrock: {
        settings: 'region: us-east-1, access_key_id: AKIDEXAMPLE, secret_access_key: unused',
    },
    cohere: { hides: ['reasoning'] },
};
export const modelOf = (provider) => `by-${provider}`;

function teach(mock) {
    const counted = { usage: { prompt_tokens: usage.input, completion_tokens: usage.output } };
    const slices = { chunkSize: 16 };
    const toolCalls = calls.map((call) => ({ ...call, arguments: JSON.stringify(call.arguments) }));
    const hasResult = ({ messages }) => messages.at(-1).role === 'tool';
    mock.on(
        { predicate: (request) => hasResult(request)
            && JSON.stringify(request.messages.at(-1)).includes(forecast) },
        { content: answered, ...counted });
    // Gemini itself says STOP when it calls a function; clients wait for that.
    const says = (prompt, response, more) =>
        mock.on({ userMessage: prompt, ...more }, { ...response, ...counted }, slices);
    const asks = (prompt, toolCalls, more) => {
        says(prompt, { toolCalls, finishReason: 'stop', ...more }, { model: /gemini/ });
        says(prompt, { toolCalls, ...more });
    };
    asks(prompts.thought, toolCalls, { reasoning: thoughts });
    asks(prompts.tools, toolCalls);
    says(prompts.text, { content: story });
    says(prompts.reasoning, { content: story, reasoning: thoughts });
    says(prompts.length, { content: story, finishReason: 'length' });
    mock.on(
        { userMessage: prompts.cut }, { content: story.repeat(4) },
        { ...slices, latency: 2, truncateAfterChunks: 6 });
    for (const [status, type] of Object.entries(refusals)) {
        mock.on({ userMessage: refusalPrompt(status) }, {
            status: Number(status), retryAfter: 30,
            error: { message: `refused: ${status}`, type, code: type },
        });
    }
}

function configuration(url) {
    const lines = ['auth: none', 'server: {workers: 1}', 'providers:'];
    for (const [name, { kind = name, path = '', settings }] of Object.entries(providers)) {
        const more = settings ? `, ${settings}` : '';
        const key = kind === 'bedrock' || kind === 'ollama' ? '' : ', api_key: unused';
        lines.push(`  ${name}: {kind: ${kind}, base_url: "${url}${path}"${key}${more}}`);
    }
    lines.push('models:');
    for (const name of Object.keys(providers)) {
        const target = `{provider: ${name}, model: ${name}-m}`;
        lines.push(`  - {name: ${modelOf(name)}, targets: [${target}]}`);
    }
    return `${lines.join('\n')}\n`;
}

/** An aimock with the fixtures of the pairs, and a gateway that reaches it as every provider. */
export async function startPairs() {
    const mock = new LLMock({ port: 0, host: '127.0.0.1', logLevel: 'silent' });
    teach(mock);
    await mock.start();
    const folder = await mkdtemp(join(tmpdir(), 'sluice-pairs-'));
    const file = join(folder, 'sluice.yaml');
    let gateway;
    try {
        await writeFile(file, configuration(mock.url), { mode: 0o600 });
        gateway = await startGateway(['--config', file]);
    } catch (error) {
        await mock.stop();
        throw error;
    } finally {
        await rm(folder, { recursive: true });
    }
    return {
        url: gateway.url,
        mock,
        log: gateway.log,
        async stop() {
            const code = await gateway.stop();
            await mock.stop();
            return code;
        },
    };
}
