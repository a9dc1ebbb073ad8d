// LangChain reads the mock model through its OpenAI and Anthropic packages.
import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { concat } from '@langchain/core/utils/stream';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import {
    assertForecast, atOnce, breaks, calls, endless, errorOf, forecast, limit, looseForecastSchema,
    model, nothingRuns, question, refusalOf, refuses, somethingRuns, startMock, statuses, thinks,
    tokens, toldNatively, weather,
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

const openai = (defaultHeaders, more) => new ChatOpenAI({
    model, apiKey: 'unused', maxRetries: 0, ...more,
    configuration: { baseURL: `${gateway.url}/v1`, defaultHeaders },
});
const models = {
    'ChatOpenAI (chat completions)': {
        of: (headers, more) => openai(headers, { useResponsesApi: false, ...more }),
        ends: { stop: 'stop', length: 'length' },
    },
    'ChatOpenAI (responses)': {
        of: (headers, more) =>
            openai(headers, { useResponsesApi: true, zdrEnabled: true, ...more }),
        ends: {},
    },
    ChatAnthropic: {
        of: (defaultHeaders, more) => new ChatAnthropic({
            model, apiKey: 'unused', maxRetries: 0, maxTokens: 1000, anthropicApiUrl: gateway.url,
            clientOptions: { defaultHeaders }, ...more,
        }),
        ends: { stop: 'end_turn', length: 'max_tokens' },
    },
};

const whole = (runnable, input, options) => runnable.invoke(input, options);
async function streamed(runnable, input, options) {
    let message;
    for await (const chunk of await runnable.stream(input, options)) {
        message = message ? concat(message, chunk) : chunk;
    }
    return message;
}
/** This client reads the prompt's tokens where a stream begins; a gateway knows them at its end. */
const counts = (name, answer) => !(name === 'ChatAnthropic' && answer === streamed);
const endOf = ({ response_metadata: metadata, additional_kwargs: more }) =>
    metadata.finish_reason ?? metadata.stop_reason ?? more.stop_reason;

for (const [name, { of, ends }] of Object.entries(models)) {
    for (const [how, answer] of Object.entries({ streamed, 'in one document': whole })) {
        describe(`${name}, ${how}`, () => {
            const ask = (headers = atOnce, more = {}) => answer(of(headers, more), question);

            test('tells the text, the finish and the usage', limit, async () => {
                const message = await ask();
                assert.equal(message.text, told);
                if (ends.stop) assert.equal(endOf(message), ends.stop);
                const { usage_metadata: usage } = await ask(tokens(23));
                assert.equal(usage.output_tokens, 23);
                assert.equal(usage.input_tokens > 0, counts(name, answer));
                assert.equal(usage.total_tokens, usage.input_tokens + 23);
                const cut = await ask(atOnce, { maxTokens: 16 });
                assert.equal(cut.usage_metadata.output_tokens, 16);
                if (ends.length) assert.equal(endOf(cut), ends.length);
            });

            test('hears a system message', limit, async () => {
                if (!counts(name, answer)) return;
                const { usage_metadata: bare } = await ask();
                const { usage_metadata: instructed } = await answer(
                    of(atOnce),
                    [new SystemMessage('Speak of rain alone.'), new HumanMessage(question)]);
                assert.ok(instructed.input_tokens > bare.input_tokens);
            });

            for (const [what, options, headers] of [
                // On responses this client leaves the demand for any tool out of its request.
                ...(ends.stop ? [['that is required', { tool_choice: 'any' }, atOnce]] : []),
                ['that is named', { tool_choice: forecast.name }, atOnce],
                ['that a header asks for', {}, calls(forecast.name)],
            ]) {
                test(`calls a tool ${what}, and answers its result`, limit, async () => {
                    const first = await answer(of(headers).bindTools(tools, options), question);
                    assert.equal(first.tool_calls.length, 1);
                    const [call] = first.tool_calls;
                    assert.ok(call.id);
                    assert.equal(call.name, forecast.name);
                    assertForecast(call.args);
                    const result = new ToolMessage(
                        { content: JSON.stringify(weather), tool_call_id: call.id });
                    const second = await answer(
                        of(headers).bindTools(tools), [new HumanMessage(question), first, result]);
                    assert.equal(second.tool_calls.length, 0);
                    assert.ok(second.text.length > 0);
                });
            }

            test('thinks before it speaks', limit, async () => {
                const more = name === 'ChatAnthropic'
                    ? { thinking: { type: 'enabled', budget_tokens: 1024 }, maxTokens: 4000 } : {};
                const message = await ask(thinks(7), more);
                assert.equal(message.text, told);
                if (name !== 'ChatAnthropic') {
                    assert.equal(message.usage_metadata.output_token_details.reasoning, 7);
                }
                const thoughts = message.contentBlocks.filter(({ type }) => type === 'reasoning');
                const kept = message.additional_kwargs.reasoning_content;
                assert.ok(thoughts.length > 0 || kept?.length > 0, 'no reasoning is shown');
            });

            test('refuses with an error of that status', limit, async () => {
                for (const status of statuses) {
                    const error = await errorOf(ask(refuses(status)));
                    assert.equal(error.status, status, `${error}`);
                    assert.match(error.message, refusalOf(status));
                }
            });

            test('ends its generation when it is given up', limit, async () => {
                const leave = new AbortController();
                const asked = answer(of(endless), question, { signal: leave.signal })
                    .catch(() => {});
                await somethingRuns(gateway.url);
                leave.abort();
                await asked;
                await nothingRuns(gateway.url);
            });
        });
    }

    test(`${name}: answers a schema with an instance of it`, limit, async () => {
        const asking = of(atOnce)
            .withStructuredOutput(looseForecastSchema, { name: forecast.name });
        looseForecastSchema.parse(await asking.invoke(question));
    });

    test(`${name}: a stream that breaks throws`, limit, async () => {
        const pieces = [];
        const read = async () => {
            for await (const chunk of await of(breaks).stream(question)) pieces.push(chunk.text);
        };
        await errorOf(read());
        assert.ok(pieces.join('').length > 0, 'what came before the break was lost');
    });
}

test('OpenAIEmbeddings embeds queries and documents alike', limit, async () => {
    const of = (more) => new OpenAIEmbeddings({
        model, apiKey: 'unused', maxRetries: 0, ...more,
        configuration: { baseURL: `${gateway.url}/v1` },
    });
    const query = await of().embedQuery('a spring');
    const documents = await of().embedDocuments(['a spring', 'a river']);
    assert.ok(query.length >= 8);
    assert.deepEqual(documents[0], query);
    assert.equal(documents[1].length, query.length);
    assert.equal((await of({ dimensions: 12 }).embedQuery('a spring')).length, 12);
});
