// Every client SDK before every kind of provider: all are told the same.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { clients, statusOf } from './support/pair_clients.mjs';
import {
    answered, calls, forecast, modelOf, prompts, providers, refusalPrompt, startPairs, story,
    thoughts, usage,
} from './support/pair_providers.mjs';

const limit = { timeout: 60_000 };
const covered = new Map(Object.keys(providers).map((provider) => [provider, []]));
let pairs;

before(async () => { pairs = await startPairs(); });
after(async () => {
    for (const [provider, names] of covered) {
        console.log(`covered: ${provider} (${names.length}) read by ${names.join('; ')}`);
    }
    assert.equal(await pairs?.stop(), 0, pairs?.log());
});

/** Nothing where none can be expected. */
function usageOf(client, provider, streamed) {
    if (!tells(provider, 'usage')) return null;
    if (client !== '@langchain/anthropic' || !streamed) return usage;
    // It reads the prompt's tokens out of message_start alone, where a gateway that translates
    // does not know them yet; and it adds the output's there, where aimock has all of them.
    return provider === 'anthropic' ? null : { ...usage, input: 0 };
}
const hidesIds = (client, provider) =>
    [clients[client], providers[provider]].some(({ hides }) => hides?.includes('ids'));
const tells = (provider, what) => !providers[provider].hides?.includes(what);
/** aimock's chat completions begin to think before they say whose delta it is: LangChain minds. */
const reasons = (client, provider, streamed) => tells(provider, 'reasoning')
    && !(streamed && client === '@langchain/openai' && ['openai', 'azure'].includes(provider));

function assertCalls(client, provider, seen) {
    assert.equal(seen.finish, 'tool_calls');
    assert.equal(seen.calls.length, calls.length);
    for (const [at, { id, ...call }] of calls.entries()) {
        const { id: seenId, ...seenCall } = seen.calls[at];
        assert.deepEqual(seenCall, call);
        if (!hidesIds(client, provider)) assert.equal(seenId, id);
    }
    const ids = seen.calls.map((call) => call.id).filter(Boolean);
    assert.equal(new Set(ids).size, ids.length, 'an id stands twice');
}

for (const client of Object.keys(clients)) {
    for (const provider of Object.keys(providers)) {
        const ask = (prompt, more) =>
            clients[client].ask(pairs.url, { model: modelOf(provider), prompt, ...more });

        describe(`${client} before ${provider}`, { concurrency: true }, () => {
            let missing = 0;
            const tellsTheSame = (what, check) => test(what, limit, async () => {
                missing += 1;
                await check();
                missing -= 1;
            });
            after(() => { if (missing === 0) covered.get(provider).push(client); });

            for (const streamed of [true, false]) {
                const how = streamed ? 'streamed' : 'in one document';

                const thinks = reasons(client, provider, streamed);

                tellsTheSame(`text, finish and usage, ${how}`, async () => {
                    const seen = await ask(thinks ? prompts.reasoning : prompts.text, { streamed });
                    assert.equal(seen.text, story);
                    assert.equal(seen.reasoning, thinks ? thoughts : '');
                    assert.equal(seen.finish, 'stop');
                    assert.deepEqual(seen.calls, []);
                    const expected = usageOf(client, provider, streamed);
                    if (expected) assert.deepEqual(seen.usage, expected);
                    if (tells(provider, 'length')) {
                        assert.equal((await ask(prompts.length, { streamed })).finish, 'length');
                    }
                });

                tellsTheSame(`tools and their results, ${how}`, async () => {
                    const prompt = thinks ? prompts.thought : prompts.tools;
                    const first = await ask(prompt, { streamed, tools: true });
                    if (thinks) assert.equal(first.reasoning, thoughts);
                    assertCalls(client, provider, first);
                    const last = await ask(
                        prompt, { streamed, tools: true, first, result: forecast });
                    assert.equal(last.text, answered);
                    assert.equal(last.finish, 'stop');
                });

                tellsTheSame(`a refusal, ${how}`, async () => {
                    const status = streamed ? 429 : 400;
                    await assert.rejects(ask(refusalPrompt(status), { streamed }), (error) => {
                        assert.equal(statusOf(error), status, `${error}`);
                        assert.match(error.message, new RegExp(`refused: ${status}`));
                        return true;
                    });
                });
            }

            tellsTheSame('a provider that breaks off', async () => {
                await assert.rejects(ask(prompts.cut, { streamed: true }));
            });
        });
    }
}
