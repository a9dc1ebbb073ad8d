// The chat of @ai-sdk/react, without a page: what useChat does with the gateway.
import { Chat } from '@ai-sdk/react';
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithToolCalls } from 'ai';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import {
    assertForecast, atOnce, breaks, calls, endless, forecast, limit, model, nothingRuns,
    question, refuses, somethingRuns, startMock, statuses, thinks, toldNatively, weather,
} from './support/mock_model.mjs';

/** Over a second, so that somebody can come back to it. */
const slow = { 'X-Mock-Rate': '50', 'X-Mock-Ttft-Ms': '0', 'X-Mock-Tokens': '70' };

let gateway;
let told;
const api = () => `${gateway.url}/v1/ui/chat`;

before(async () => {
    gateway = await startMock();
    told = await toldNatively(gateway.url);
});
after(async () => {
    assert.equal(await gateway?.stop(), 0, gateway?.log());
});

/** A chat that remembers how it finished and what it was answered. */
function chatWith(headers = atOnce, { id = randomUUID(), body, ...more } = {}) {
    const seen = { responses: [], finishes: [] };
    const transport = new DefaultChatTransport({
        api: api(), headers, body,
        fetch: async (...about) => {
            const response = await fetch(...about);
            seen.responses.push(response);
            return response;
        },
    });
    const chat = new Chat({
        id, transport, onError() {}, onFinish: (finish) => { seen.finishes.push(finish); }, ...more,
    });
    return { chat, seen };
}
const ask = (chat) => chat.sendMessage({ text: question });
const textOf = (message) => message.parts.map(
    ({ type, text }) => (type === 'text' ? text : '')).join('');

/** Resolves when the chat shows some text. */
async function begun(chat) {
    const deadline = performance.now() + 5000;
    while (!(chat.lastMessage?.role === 'assistant' && textOf(chat.lastMessage).length > 10)) {
        assert.ok(performance.now() < deadline, 'no text came');
        await sleep(5);
    }
}

describe('a chat', () => {
    test('that names no model is answered', limit, async () => {
        const { chat, seen } = chatWith();
        await ask(chat);
        assert.equal(chat.error, undefined);
        assert.equal(chat.status, 'ready');
        assert.deepEqual(chat.messages.map(({ role }) => role), ['user', 'assistant']);
        assert.deepEqual(
            chat.lastMessage.parts.map(({ type }) => type), ['step-start', 'text']);
        assert.equal(textOf(chat.lastMessage), told);
        assert.equal(chat.lastMessage.parts.at(-1).state, 'done');
        assert.equal(seen.finishes[0].finishReason, 'stop');
        assert.equal(seen.responses[0].headers.get('x-vercel-ai-ui-message-stream'), 'v1');
    });

    test('may name its model and its limits', limit, async () => {
        const { chat, seen } = chatWith(atOnce, { body: { model, max_tokens: 5 } });
        await ask(chat);
        assert.equal(chat.error, undefined);
        assert.equal(seen.finishes[0].finishReason, 'length');
        const { chat: lost } = chatWith(atOnce, { body: { model: 'no-such-model' } });
        await ask(lost);
        assert.equal(lost.status, 'error');
    });

    test('goes on', limit, async () => {
        const { chat } = chatWith();
        await ask(chat);
        await chat.sendMessage({ text: 'And where do they end?' });
        await chat.regenerate();
        assert.equal(chat.error, undefined);
        assert.equal(chat.messages.length, 4);
        assert.ok(textOf(chat.lastMessage).length > 0);
    });

    test('thinks before it speaks', limit, async () => {
        const { chat } = chatWith(thinks(7));
        await ask(chat);
        const { parts } = chat.lastMessage;
        assert.deepEqual(parts.map(({ type }) => type), ['step-start', 'reasoning', 'text']);
        assert.ok(parts[1].text.length > 0);
        assert.equal(parts[1].state, 'done');
        assert.equal(textOf(chat.lastMessage), told);
    });

    for (const [what, headers, more] of [
        ['that is required', atOnce, { tool_choice: 'required' }],
        ['that a header asks for', calls(forecast.name), {}],
    ]) {
        test(`has a tool ${what} run and comes back with text`, limit, async () => {
            const given = [];
            const { chat } = chatWith(headers, {
                body: { tools: [{ type: 'function', function: forecast }], ...more },
                sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
                onToolCall({ toolCall }) {
                    given.push(toolCall);
                    chat.addToolOutput({
                        tool: toolCall.toolName, toolCallId: toolCall.toolCallId, output: weather,
                    });
                },
            });
            await ask(chat);
            const deadline = performance.now() + 5000;
            while (chat.status !== 'ready' || textOf(chat.lastMessage) === '') {
                assert.equal(chat.error, undefined);
                assert.ok(performance.now() < deadline, 'no text came after the tool');
                await sleep(5);
            }
            assert.equal(given.length, 1);
            assert.equal(given[0].toolName, forecast.name);
            assertForecast(given[0].input);
            const [part] = chat.lastMessage.parts.filter(({ type }) => type.startsWith('tool-'));
            assert.equal(part.type, `tool-${forecast.name}`);
            assert.equal(part.state, 'output-available');
            assert.deepEqual(chat.messages.map(({ role }) => role), ['user', 'assistant']);
        });
    }
});

describe('trouble', () => {
    test('of the provider is the error of the chat', limit, async () => {
        for (const status of statuses) {
            const { chat, seen } = chatWith(refuses(status));
            await ask(chat);
            assert.equal(chat.status, 'error', `${status}`);
            assert.equal(seen.responses[0].status, status);
            assert.match(chat.error.message, /X-Mock-Error asked for status/);
        }
    });

    test('in the middle keeps the text and is an error', limit, async () => {
        const { chat, seen } = chatWith(breaks);
        await ask(chat);
        assert.equal(chat.status, 'error');
        assert.ok(chat.error.message.length > 0);
        assert.ok(textOf(chat.lastMessage).length > 0, 'what came before the break was lost');
        assert.equal(seen.finishes[0].isError, true);
        assert.notEqual(seen.finishes[0].finishReason, 'stop');
    });
});

describe('a generation', () => {
    test('ends with its reader where that is asked for', limit, async () => {
        const { chat } = chatWith({ ...endless, 'X-Stream-On-Disconnect': 'cancel' });
        const asked = ask(chat);
        await begun(chat);
        await somethingRuns(gateway.url);
        await chat.stop();
        await asked;
        await nothingRuns(gateway.url);
    });

    test('is resumed from its start by a page that comes back', limit, async () => {
        const { chat: first } = chatWith(slow);
        const asked = ask(first);
        await begun(first);
        await first.stop();
        await asked;
        const cut = textOf(first.lastMessage);
        const { chat: second } = chatWith(slow, {
            id: first.id, messages: first.messages.slice(0, 1),
        });
        await second.resumeStream();
        assert.equal(second.error, undefined);
        assert.equal(second.status, 'ready');
        assert.deepEqual(second.messages.map(({ role }) => role), ['user', 'assistant']);
        const whole = textOf(second.lastMessage);
        assert.ok(whole.startsWith(cut) && whole.length > cut.length, `${cut}|${whole}`);
        assert.equal(second.lastMessage.id, first.lastMessage.id);
        const { chat: again } = chatWith({ ...slow, 'X-Mock-Rate': '0' });
        await ask(again);
        assert.equal(whole, textOf(again.lastMessage));
        await nothingRuns(gateway.url);
    });

    test('is read by two pages at once', limit, async () => {
        const { chat: first } = chatWith(slow);
        const asked = ask(first);
        await begun(first);
        const { chat: second } = chatWith(slow, {
            id: first.id, messages: first.messages.slice(0, 1),
        });
        await Promise.all([asked, second.resumeStream()]);
        assert.equal(textOf(second.lastMessage), textOf(first.lastMessage));
    });

    test('that has ended leaves nothing to resume', limit, async () => {
        const { chat } = chatWith();
        await ask(chat);
        const before = structuredClone(chat.messages);
        const { chat: later, seen } = chatWith(atOnce, { id: chat.id, messages: chat.messages });
        await later.resumeStream();
        assert.equal(seen.responses[0].status, 204);
        assert.deepEqual(later.messages, before);
        assert.equal(later.status, 'ready');
        assert.equal((await fetch(`${api()}/${randomUUID()}/stream`)).status, 204);
    });
});
