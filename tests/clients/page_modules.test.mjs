// The programs that the playground writes ask exactly what was asked on the page, whatever stands in it.
// page_snippets.test.mjs runs them from the page against a gateway.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text as textOf } from 'node:stream/consumers';
import { before, test } from 'node:test';
import vm from 'node:vm';

import { nastyTexts } from './support/nasty_texts.mjs';
import { pageModule } from './support/page_module.mjs';

const origin = 'http://127.0.0.1:8080';
const ids = ['curl', 'fetch', 'eventsource', 'openai', 'anthropic'];
const user = (content) => ({ role: 'user', content });
const texts = nastyTexts(400);

let snippets;
before(async () => { ({ snippets } = await pageModule('snippets.js')); });

const write = (id, request) =>
    snippets({ origin, model: 'mock', parameters: {}, authenticated: false, ...request }).find((each) => each.id === id).code;

/** What `curl` was given by each of these programs, run by one bash: `[{arguments, body}]`. */
async function runInBash(programs, flags = []) {
    const standIn = `curl() {
    local body=
    for argument; do printf '%s\\0' "$argument"; done
    [[ $body_from != stdin ]] || cat
    printf '\\0\\0'
}`;
    const bash = spawn('bash', ['--norc', '--noprofile', ...flags], {
        stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', SLUICE_API_KEY: 'sk-$1' } });
    const lines = programs.map((program) => `body_from=${program.includes('-d @-') ? 'stdin' : 'arguments'}\n${program}\n`);
    bash.stdin.end(`${standIn}\n${lines.join('')}`);
    const asked = (await textOf(bash.stdout)).split('\0\0').slice(0, -1).map((each) => each.replace(/^\0/, '').split('\0'));
    return asked.map((given) => ({ arguments: given.slice(0, -1), body: JSON.parse(given.at(-1) || given.at(-2)) }));
}

/** Runs a browser's or an SDK's program with stand-ins, and resolves to what it asked. */
async function runScript(program, environment = {}) {
    const asked = {};
    const sse = 'event: start\ndata: {"id":"s"}\n\ndata: {"text":"Hi"}\n\nevent: done\ndata: {"finish_reason":"stop"}\n\n';
    class Sdk {
        constructor(options) { asked.options = options; }
        chat = { completions: { create: async (body) => { asked.body = body; return []; } } };
        messages = { stream: (body) => { asked.body = body; return { on() {}, finalMessage: async () => {} }; } };
    }
    class EventSource {
        constructor(url) { asked.source = url; }
        addEventListener() {}
    }
    const fetch = async (url, options) => {
        Object.assign(asked, { url, headers: options.headers, body: JSON.parse(options.body) });
        return new Response(url.endsWith('detach=true') ? '{"url":"/v1/streams/s"}' : sse);
    };
    const written = [];
    const context = vm.createContext({
        fetch, EventSource, URLSearchParams, TextDecoderStream, OpenAI: Sdk, Anthropic: Sdk,
        console: { log: (text) => written.push(text) }, process: { env: environment, stdout: { write() {} } },
    });
    const body = program.replace(/^import .*$/m, '').replace(/\n(ask|begin)\(\);$/, '\nawait $1();');
    await vm.runInContext(`(async () => {${body}\n})()`, context);
    // Objects of the other realm are of other classes.
    return { ...JSON.parse(JSON.stringify(asked)), written };
}

const query = (url) => Object.fromEntries(new URL(url).searchParams);

test('curl asks in bash what was asked on the page', async () => {
    const asked = await runInBash(texts.map((text) => write('curl', { messages: [user(text)] })));
    assert.equal(asked.length, texts.length);
    asked.forEach(({ body }, i) => assert.deepEqual(body, { model: 'mock', prompt: texts[i] }));
});

test('so it does in an interactive bash, in which ! means history', async () => {
    const asked = await runInBash(texts.map((text) => write('curl', { messages: [user(text)] })), ['-i']);
    assert.equal(asked.length, texts.length);
    asked.forEach(({ body }, i) => assert.equal(body.prompt, texts[i]));
});

test('a conversation that no argument can hold goes in by standard input', async () => {
    const long = `it's ${'$(id) `id` \\ \n'.repeat(10_000)}`;
    const [asked, next] = await runInBash([write('curl', { messages: [user(long)] }), write('curl', { messages: [user('Hi')] })]);
    assert.equal(asked.body.prompt, long);
    assert.ok(asked.arguments.every((each) => each.length < 100));
    assert.equal(next.body.prompt, 'Hi');
});

for (const id of ['fetch', 'openai', 'anthropic']) {
    test(`${id} asks what was asked on the page`, async () => {
        for (const text of texts) {
            const { body } = await runScript(write(id, { messages: [user(text)] }));
            assert.equal(body.prompt ?? body.messages[0].content, text);
        }
    });
}

test('EventSource asks what was asked on the page, by its URL, or before it where that is too long', async () => {
    for (const text of texts) {
        const asked = await runScript(write('eventsource', { messages: [user(text)] }));
        assert.equal(asked.body?.prompt ?? query(asked.source).prompt, text);
        assert.ok(asked.source.length < 8000);
    }
});

test('system prompts and answers are quoted like questions', async () => {
    for (const text of texts.slice(0, 200)) {
        const request = { messages: [user('Hi'), { role: 'assistant', content: text }, user('And?')], parameters: { system: text } };
        const messages = request.messages;
        const [curl] = await runInBash([write('curl', request)]);
        assert.deepEqual(curl.body, { model: 'mock', system: text, messages });
        for (const id of ['fetch', 'eventsource'])
            assert.deepEqual((await runScript(write(id, request))).body, { model: 'mock', system: text, messages });
        assert.deepEqual((await runScript(write('openai', request))).body.messages, [{ role: 'system', content: text }, ...messages]);
        const anthropic = (await runScript(write('anthropic', request))).body;
        assert.deepEqual([anthropic.system, anthropic.messages], [text, messages]);
    }
});

test('none of them holds a character that is not seen, or what ends a script on a page', () => {
    for (const text of texts) for (const id of ids) {
        const code = write(id, { messages: [user(text)], parameters: { system: text } });
        assert.equal(/[^\P{C}\n]|[\u2028\u2029\u00a0]/u.exec(code), null, id);
        if (id !== 'curl') assert.equal(/<\/script|<script|<!--/i.exec(code), null, id);
    }
});

test('half a character, which cannot be sent, is replaced', async () => {
    const request = { messages: [user('a\ud83cb')] };
    assert.equal((await runInBash([write('curl', request)]))[0].body.prompt, 'a\ufffdb');
    assert.equal((await runScript(write('fetch', request))).body.prompt, 'a\ufffdb');
});

test('parameters go by the names that each API has for them', async () => {
    const parameters = { system: 'Be brief', temperature: 0, max_tokens: 9, top_p: 0.5, seed: 7, stop: ['a', 'b'] };
    const request = { messages: [user('Hi')], parameters };
    const native = { model: 'mock', prompt: 'Hi', system: 'Be brief', temperature: 0, max_tokens: 9, top_p: 0.5, seed: 7, stop: ['a', 'b'] };
    assert.deepEqual((await runInBash([write('curl', request)]))[0].body, native);
    assert.deepEqual((await runScript(write('fetch', request))).body, native);
    assert.deepEqual((await runScript(write('eventsource', request))).body, native);
    assert.deepEqual((await runScript(write('openai', request))).body, {
        model: 'mock', messages: [{ role: 'system', content: 'Be brief' }, user('Hi')], temperature: 0, max_tokens: 9, top_p: 0.5,
        seed: 7, stop: ['a', 'b'], stream: true,
    });
    assert.deepEqual((await runScript(write('anthropic', request))).body, {
        model: 'mock', max_tokens: 9, system: 'Be brief', messages: [user('Hi')], temperature: 0, top_p: 0.5, stop_sequences: ['a', 'b'],
    });
    const { source } = await runScript(write('eventsource', { messages: [user('Hi')], parameters: { temperature: 0, stop: 'a' } }));
    assert.deepEqual(query(source), { model: 'mock', prompt: 'Hi', temperature: '0', stop: 'a' });
});

test('what is not set is left out, but for the bound that Anthropic wants', async () => {
    const parameters = { system: '', temperature: null, max_tokens: undefined, stop: [] };
    const request = { messages: [user('Hi'), { role: 'assistant', content: '' }], parameters };
    assert.deepEqual((await runScript(write('fetch', request))).body, { model: 'mock', prompt: 'Hi' });
    assert.deepEqual((await runScript(write('openai', request))).body, { model: 'mock', messages: [user('Hi')], stream: true });
    assert.deepEqual((await runScript(write('anthropic', request))).body,
        { model: 'mock', max_tokens: 4096, messages: [user('Hi')] });
});

test('a key is taken from the environment, and only where the gateway wants one', async () => {
    const request = { messages: [user('Hi')], authenticated: true };
    const environment = { SLUICE_API_KEY: 'sk-1' };
    const [curl] = await runInBash([write('curl', request)]);
    assert.ok(curl.arguments.includes('Authorization: Bearer sk-$1'));
    for (const id of ['fetch', 'eventsource']) {
        assert.equal((await runScript(write(id, request), environment)).headers.Authorization, 'Bearer sk-1');
        assert.equal('Authorization' in (await runScript(write(id, request))).headers, false);
    }
    for (const id of ['openai', 'anthropic'])
        assert.equal((await runScript(write(id, request), environment)).options.apiKey, 'sk-1');
    for (const id of ids) assert.equal(/KEY/.test(write(id, { messages: [user('Hi')] })), false, id);
});

test('a gateway under a path of a proxy is asked there', async () => {
    const request = { origin: 'https://example.com/sluice/', messages: [user('Hi')] };
    const [curl] = await runInBash([write('curl', request)]);
    assert.ok(curl.arguments.includes('https://example.com/sluice/v1/streams'));
    assert.equal((await runScript(write('fetch', request))).url, 'https://example.com/sluice/v1/streams');
    assert.match((await runScript(write('eventsource', request))).source, /^https:\/\/example\.com\/sluice\/v1\/stream\?/);
    assert.equal((await runScript(write('openai', request))).options.baseURL, 'https://example.com/sluice/v1');
    assert.equal((await runScript(write('anthropic', request))).options.baseURL, 'https://example.com/sluice');
    const begun = await runScript(write('eventsource', { ...request, authenticated: true }));
    assert.equal(begun.source, 'https://example.com/sluice/v1/streams/s');
});
