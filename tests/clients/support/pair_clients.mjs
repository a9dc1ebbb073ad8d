// Every client SDK behind one interface: what it was told, in words that are the same for all.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { concat } from '@langchain/core/utils/stream';
import { ChatOpenAI } from '@langchain/openai';
import { APICallError, generateText, jsonSchema, streamText, tool } from 'ai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import OpenAI4 from 'openai4';

/** The only tool that these clients offer. */
export const offered = {
    name: 'weather',
    description: 'The weather of a city',
    parameters: {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'integer' } },
        required: ['city', 'days'],
        additionalProperties: false,
    },
};
const key = 'unused';
const maxTokens = 500;

const finishes = {
    stop: 'stop', end_turn: 'stop', completed: 'stop', STOP: 'stop',
    tool_calls: 'tool_calls', tool_use: 'tool_calls', 'tool-calls': 'tool_calls',
    length: 'length', max_tokens: 'length', MAX_TOKENS: 'length',
};
const ended = (word, calls) => {
    const finish = finishes[word] ?? word;
    return finish === 'stop' && calls.length > 0 ? 'tool_calls' : finish;
};
const used = (input, output) => ({ input, output });
const user = (content) => [{ role: 'user', content }];

/**
 * All are asked with the gateway's address and `prompt`; with `tools` they offer their tool, and
 * with `first`, an earlier answer of theirs, they say that its calls came to `result`.
 */
function openAiChat(Client, helpers) {
    const chatTool = { type: 'function', function: offered };
    return async (url, { model, prompt, streamed, tools, first, result }) => {
        const client = new Client({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
        const messages = user(prompt);
        if (first) {
            messages.push(
                { role: 'assistant', content: null, tool_calls: first.raw.tool_calls },
                ...first.calls.map(({ id }) => (
                    { role: 'tool', tool_call_id: id, content: result })));
        }
        const body = { model, messages, ...(tools && { tools: [chatTool] }) };
        let thoughts = '';
        let completion;
        if (streamed) {
            const run = helpers(client).stream(
                { ...body, stream_options: { include_usage: true } });
            run.on('chunk', ({ choices }) => {
                thoughts += choices[0]?.delta?.reasoning_content ?? '';
            });
            completion = await run.finalChatCompletion();
        } else {
            completion = await client.chat.completions.create(body);
            thoughts = completion.choices[0].message.reasoning_content ?? '';
        }
        const [{ message, finish_reason: finish }] = completion.choices;
        const calls = (message.tool_calls ?? []).map(({ id, function: call }) => (
            { id, name: call.name, arguments: JSON.parse(call.arguments) }));
        return {
            text: message.content ?? '', reasoning: thoughts, calls, finish: ended(finish, calls),
            usage: used(completion.usage.prompt_tokens, completion.usage.completion_tokens),
            raw: message,
        };
    };
}

async function openAiResponses(url, { model, prompt, streamed, tools, first, result }) {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
    const input = user(prompt);
    if (first) {
        input.push(
            ...first.raw.map(({ parsed_arguments: _, ...item }) => item),
            ...first.calls.map(({ id }) => (
                { type: 'function_call_output', call_id: id, output: result })));
    }
    const body = {
        model, input, store: false,
        ...(tools && { tools: [{ type: 'function', strict: true, ...offered }] }),
    };
    const response = streamed
        ? await client.responses.stream(body).finalResponse() : await client.responses.create(body);
    const of = (type) => response.output.filter((item) => item.type === type);
    const calls = of('function_call').map(({ call_id: id, name, arguments: text }) => (
        { id, name, arguments: JSON.parse(text) }));
    const { incomplete_details: cut, status, usage } = response;
    return {
        text: of('message').flatMap(({ content }) => content).map(({ text }) => text).join(''),
        reasoning: of('reasoning').flatMap(({ summary, content }) => [summary ?? [], content ?? []])
            .flat().map(({ text }) => text).join(''),
        calls, usage: used(usage.input_tokens, usage.output_tokens), raw: response.output,
        finish: cut?.reason === 'max_output_tokens' ? 'length' : ended(status, calls),
    };
}

async function anthropic(url, { model, prompt, streamed, tools, first, result }) {
    const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
    const messages = user(prompt);
    if (first) {
        messages.push({ role: 'assistant', content: first.raw }, {
            role: 'user', content: first.calls.map(({ id }) => (
                { type: 'tool_result', tool_use_id: id, content: result })),
        });
    }
    const { parameters: input_schema, ...named } = offered;
    const body = {
        model, messages, max_tokens: maxTokens,
        ...(tools && { tools: [{ ...named, input_schema }] }),
    };
    const message = streamed
        ? await client.messages.stream(body).finalMessage() : await client.messages.create(body);
    const of = (type) => message.content.filter((block) => block.type === type);
    const calls = of('tool_use').map(({ id, name, input }) => ({ id, name, arguments: input }));
    return {
        text: of('text').map(({ text }) => text).join(''),
        reasoning: of('thinking').map(({ thinking }) => thinking).join(''),
        calls, finish: ended(message.stop_reason, calls), raw: message.content,
        usage: used(message.usage.input_tokens, message.usage.output_tokens),
    };
}

async function google(url, { model, prompt, streamed, tools, first, result }) {
    const client = new GoogleGenAI(
        { apiKey: key, httpOptions: { baseUrl: url, apiVersion: 'v1beta' } });
    const contents = [{ role: 'user', parts: [{ text: prompt }] }];
    if (first) {
        contents.push({ role: 'model', parts: first.raw }, {
            role: 'user', parts: first.calls.map(({ id, name }) => (
                { functionResponse: { id, name, response: { output: result } } })),
        });
    }
    const { parameters: parametersJsonSchema, ...named } = offered;
    const asked = {
        model, contents,
        config: tools && {
            tools: [{ functionDeclarations: [{ ...named, parametersJsonSchema }] }],
        },
    };
    const chunks = [];
    if (streamed) {
        for await (const chunk of await client.models.generateContentStream(asked)) {
            chunks.push(chunk);
        }
    } else {
        chunks.push(await client.models.generateContent(asked));
    }
    const candidates = chunks.flatMap((chunk) => chunk.candidates ?? []);
    const parts = candidates.flatMap(({ content }) => content?.parts ?? []);
    const calls = parts.flatMap(({ functionCall: call }) =>
        (call ? [{ id: call.id, name: call.name, arguments: call.args }] : []));
    const usage = chunks.findLast((chunk) => chunk.usageMetadata)?.usageMetadata ?? {};
    return {
        text: parts.map(({ text, thought }) => (thought ? '' : text ?? '')).join(''),
        reasoning: parts.map(({ text, thought }) => (thought ? text : '')).join(''),
        calls, raw: parts,
        finish: ended(candidates.findLast((one) => one.finishReason)?.finishReason, calls),
        usage: used(
            usage.promptTokenCount, usage.candidatesTokenCount + (usage.thoughtsTokenCount ?? 0)),
    };
}

async function ollama(url, { model, prompt, streamed, tools, first, result }) {
    const client = new Ollama({ host: url });
    const messages = user(prompt);
    if (first) {
        messages.push({ role: 'assistant', content: '', tool_calls: first.raw });
        for (const { name } of first.calls) {
            messages.push({ role: 'tool', tool_name: name, content: result });
        }
    }
    const asked = {
        model, messages, ...(tools && { tools: [{ type: 'function', function: offered }] }),
    };
    const chunks = [];
    if (streamed) {
        for await (const chunk of await client.chat({ ...asked, stream: true })) chunks.push(chunk);
    } else {
        chunks.push(await client.chat(asked));
    }
    const raw = chunks.flatMap(({ message }) => message.tool_calls ?? []);
    const calls = raw.map(({ function: call }) => ({ name: call.name, arguments: call.arguments }));
    const last = chunks.at(-1);
    return {
        text: chunks.map(({ message }) => message.content).join(''),
        reasoning: chunks.map(({ message }) => message.thinking ?? '').join(''),
        calls, raw, finish: ended(last.done_reason, calls),
        usage: used(last.prompt_eval_count, last.eval_count),
    };
}

/** One of the AI SDK's providers; its `of` makes the model. */
function aiSdk(of) {
    return async (url, { model, prompt, streamed, tools, first, result }) => {
        const messages = user(prompt);
        if (first) {
            messages.push(...first.raw, {
                role: 'tool', content: first.calls.map(({ id: toolCallId, name: toolName }) => ({
                    type: 'tool-result', toolCallId, toolName,
                    output: { type: 'text', value: result },
                })),
            });
        }
        const { description, parameters } = offered;
        const settings = {
            model: of(url, model), messages, maxRetries: 0, maxOutputTokens: maxTokens,
            providerOptions: { openai: { store: false } },
            ...(tools && {
                tools: {
                    [offered.name]: tool({ description, inputSchema: jsonSchema(parameters) }),
                },
            }),
        };
        let told;
        if (streamed) {
            told = streamText({ ...settings, onError() {} });
            for await (const part of told.stream) if (part.type === 'error') throw part.error;
        } else {
            told = await generateText(settings);
        }
        const [step, usage, raw] = [
            await told.finalStep, await told.usage, await told.responseMessages];
        const calls = step.toolCalls.map(({ toolCallId: id, toolName: name, input }) => (
            { id, name, arguments: input }));
        return {
            text: step.text, reasoning: step.reasoningText ?? '', calls,
            finish: ended(step.finishReason, calls), raw,
            usage: used(usage.inputTokens, usage.outputTokens),
        };
    };
}

function langChain(of) {
    return async (url, { model, prompt, streamed, tools, first, result }) => {
        const messages = [new HumanMessage(prompt)];
        if (first) {
            messages.push(first.raw, ...first.calls.map(({ id }) =>
                new ToolMessage({ content: result, tool_call_id: id })));
        }
        const bare = of(url, model);
        const asking = tools ? bare.bindTools([{ type: 'function', function: offered }]) : bare;
        let raw;
        if (streamed) {
            for await (const chunk of await asking.stream(messages)) {
                raw = raw ? concat(raw, chunk) : chunk;
            }
        } else {
            raw = await asking.invoke(messages);
        }
        const calls = (raw.tool_calls ?? []).map(({ id, name, args }) => (
            { id, name, arguments: args }));
        const { response_metadata: about, additional_kwargs: more, usage_metadata: usage } = raw;
        return {
            text: raw.text,
            reasoning: more.reasoning_content ?? raw.contentBlocks.map((block) =>
                (block.type === 'reasoning' ? block.reasoning : '')).join(''),
            calls, raw,
            finish: ended(about.finish_reason ?? about.stop_reason ?? more.stop_reason, calls),
            usage: used(usage.input_tokens, usage.output_tokens),
        };
    };
}

/** What each is asked with; `hides` names what it never shows. */
export const clients = {
    'openai 7, chat': { ask: openAiChat(OpenAI, (client) => client.chat.completions) },
    'openai 7, responses': { ask: openAiResponses },
    'openai 4, chat': { ask: openAiChat(OpenAI4, (client) => client.beta.chat.completions) },
    '@anthropic-ai/sdk': { ask: anthropic },
    '@google/genai': { ask: google },
    ollama: { ask: ollama, hides: ['ids'] },
    '@ai-sdk/openai': {
        ask: aiSdk((url, model) => createOpenAI({ baseURL: `${url}/v1`, apiKey: key })(model)),
    },
    '@ai-sdk/openai-compatible': {
        ask: aiSdk((url, model) => createOpenAICompatible(
            { name: 'sluice', baseURL: `${url}/v1`, includeUsage: true })(model)),
    },
    '@ai-sdk/anthropic': {
        ask: aiSdk((url, model) => createAnthropic({ baseURL: `${url}/v1`, apiKey: key })(model)),
    },
    '@ai-sdk/google': {
        ask: aiSdk((url, model) => createGoogle({ baseURL: `${url}/v1beta`, apiKey: key })(model)),
    },
    '@langchain/openai': {
        ask: langChain((url, model) => new ChatOpenAI({
            model, apiKey: key, maxRetries: 0, configuration: { baseURL: `${url}/v1` },
        })),
    },
    '@langchain/anthropic': {
        ask: langChain((url, model) => new ChatAnthropic(
            { model, apiKey: key, maxRetries: 0, maxTokens, anthropicApiUrl: url })),
    },
};

/** The HTTP status that an SDK's error speaks of. */
export const statusOf = (error) =>
    (APICallError.isInstance(error) ? error.statusCode : error.status ?? error.status_code);
