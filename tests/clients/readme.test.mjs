// Keeps README.md true: what it tells the reader to type is run against the real gateway.
//
// Run are: `sh` blocks that begin with curl (their streams must end well, or as the comment before
// the block says: `<!-- prints: TEXT -->`), `sh` blocks under such a comment, `html` blocks under
// `<!-- browser: NAME -->`, `js` blocks under `<!-- node -->`, and `yaml` blocks as configurations.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { startBrowser } from './support/browser.mjs';
import { startGateway } from './support/gateway.mjs';

const limit = { timeout: 60_000 };
const here = fileURLToPath(new URL('.', import.meta.url));
const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const written = 'http://127.0.0.1:8080';
const prompt = 'Tell me about rivers';

/** The fenced blocks with the comment that stands right before each. */
function blocksOf(markdown) {
    const fenced = /(?:^<!-- (.*?) -->\n)?^```(\w+)\n([^]*?)^```$/gm;
    return [...markdown.matchAll(fenced)].map(([, comment = '', language, code]) => {
        const [kind, wanted = ''] = comment.split(/: (.*)/s);
        return { kind, wanted, language, code };
    });
}

const blocks = blocksOf(readme);
const shell = blocks.filter(({ language, kind, code }) =>
    language === 'sh' && kind !== 'elsewhere' && (code.startsWith('curl') || kind === 'prints'));
const pages = blocks.filter(({ language, kind }) => language === 'html' && kind === 'browser');
const pageNamed = (name) => pages.find(({ wanted }) => wanted === name);
const scripts = blocks.filter(({ language, kind }) => language === 'js' && kind === 'node');
const configurations = blocks.filter(({ language }) => language === 'yaml');

let gateway;
let browser;
let folder;
let wholeText;

const adapted = (code) => code.replaceAll(written, gateway.url);

/** Runs a program with `input`; resolves to what it printed and how it ended. */
async function run(program, args, { input = '', environment = {} } = {}) {
    const child = spawn(program, args, { cwd: here, env: { ...process.env, ...environment } });
    const seen = { out: '', errors: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => { seen.out += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { seen.errors += text; });
    child.stdin.end(input);
    seen.code = await new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve(code ?? signal));
    });
    return seen;
}

before(async () => {
    gateway = await startGateway();
    folder = await mkdtemp(join(tmpdir(), 'sluice-readme-'));
    browser = await startBrowser();
    const response = await fetch(`${gateway.url}/v1/streams`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Mock-Rate': '0' },
        body: JSON.stringify({ prompt, stream: false }),
    });
    wholeText = (await response.json()).text;
});

after(async () => {
    await browser?.close();
    if (folder) await rm(folder, { recursive: true });
    assert.equal(await gateway?.stop(), 0, gateway?.log());
});

test('every kind of example is found', () => {
    assert.ok(shell.length >= 6, `${shell.length} commands`);
    assert.deepEqual(pages.map(({ wanted }) => wanted), ['eventsource', 'fetch', 'reconnecting']);
    assert.equal(scripts.length, 1);
    assert.ok(configurations.length >= 1);
    for (const { language, kind, code } of blocks) {
        if (language === 'html' || language === 'js') assert.ok(kind, `nobody runs:\n${code}`);
    }
});

describe('the commands', () => {
    const ends = /^event: done$|^data: \[DONE\]$/gm;
    let printed = '';

    for (const { code, kind, wanted } of shell) {
        test(code.split('\n')[0], limit, async () => {
            const seen = await run('bash', ['-euc', adapted(code)]);
            printed += seen.out;
            assert.equal(seen.code, 0, seen.errors);
            if (kind === 'prints') return assert.ok(seen.out.includes(wanted), seen.out);
            assert.match(seen.out, /\n(event: done\ndata: {"finish_reason":"stop".*\nid: .*|data: \[DONE\])\n\n$/);
            assert.equal(seen.out.match(ends).length, 1);
        });
    }

    test('print what is shown below them', () => {
        const events = blocks.filter(({ language }) => language === 'text')
            .flatMap(({ code }) => code.match(/^data: \{(?!"id").*/gm) ?? []);
        assert.ok(events.length >= 4, `${events.length} events are shown`);
        const timeless = (text) => text.replace(/_ms":[\d.]+/g, '_ms":0');
        for (const line of events) assert.ok(timeless(printed).includes(`\n${timeless(line)}\n`), line);
    });
});

/** Opens the example from a file, as its reader would. `shape` changes the page before. */
async function open({ wanted, code }, shape = async () => {}) {
    const file = join(folder, `${wanted}.html`);
    await writeFile(file, adapted(code));
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    const seen = { page, faults: [], asked: 0, streams: [] };
    page.on('pageerror', (error) => seen.faults.push(error.message));
    const ours = (exchange) => exchange.url().startsWith(gateway.url);
    page.on('request', (request) => { if (ours(request)) seen.asked += 1; });
    page.on('response', (response) => {
        if (ours(response)) seen.streams.push(response.headers()['x-stream-id']);
    });
    await shape(page);
    await page.goto(pathToFileURL(file).href);
    return seen;
}

const shown = async ({ page }) => {
    await page.waitForFunction(() => document.querySelector('#status').textContent !== '');
    return [await page.textContent('#status'), await page.textContent('#text')];
};

/** An EventSource that nobody closed would be back after its `retry` of a second. */
const nothingMore = ({ page }) => assert.rejects(
    page.waitForRequest(`${gateway.url}/**`, { timeout: 1500 }), /Timeout/);

/** Has the mock fail the way that `error` says, whichever way the page asks. */
const failing = (error) => (page) => page.route(`${gateway.url}/**`, (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set('mock_error', error);
    return route.continue({ url: url.href });
});

describe('the examples in a browser', () => {
    for (const name of ['eventsource', 'fetch']) {
        const example = pageNamed(name);

        test(`${name}: the text comes once and whole, and nothing is asked again`, limit, async () => {
            const seen = await open(example);
            assert.deepEqual(await shown(seen), ['ended: stop', wholeText]);
            await nothingMore(seen);
            assert.equal(await seen.page.textContent('#text'), wholeText);
            assert.equal(seen.asked, 1);
            assert.deepEqual(seen.faults, []);
            await seen.page.close();
        });

        test(`${name}: a failure inside the stream is shown beside its text`, limit, async () => {
            const seen = await open(example, failing('truncate-after=3'));
            const [status, text] = await shown(seen);
            assert.match(status, /^failed: the mock's stream broke off/);
            assert.ok(text.length > 0 && wholeText.startsWith(text), text);
            assert.deepEqual(seen.faults, []);
            await seen.page.close();
        });

        test(`${name}: a refused request is shown`, limit, async () => {
            const seen = await open(example, failing('503'));
            const [status, text] = await shown(seen);
            assert.match(status, /^failed: (the request was refused|X-Mock-Error asked for status 503)$/);
            assert.equal(text, '');
            await seen.page.close();
        });
    }

    test('eventsource: a lost connection is taken up again, and nothing is missed', limit, async () => {
        const example = pageNamed('eventsource');
        const seen = await open(example, failing('cut-after=5'));
        assert.deepEqual(await shown(seen), ['ended: stop', wholeText]);
        assert.equal(seen.asked, 2);
        await seen.page.close();
    });

    test('fetch: a lost connection is told', limit, async () => {
        const example = pageNamed('fetch');
        const seen = await open(example, failing('cut-after=5'));
        assert.match((await shown(seen))[0], /^failed: /);
        await seen.page.close();
    });

    for (const size of [1, 2, 7]) {
        test(`fetch: bytes in pieces of ${size}, with every line end, are read right`, limit, async () => {
            const example = pageNamed('fetch');
            const answered = (page) => page.addInitScript(({ body, size }) => {
                const bytes = new TextEncoder().encode(body);
                let next = 0;
                const stream = () => new ReadableStream({
                    pull(sink) {
                        if (next >= bytes.length) return sink.close();
                        sink.enqueue(bytes.slice(next, next + size));
                        next += size;
                    },
                });
                window.fetch = async () => new Response(stream());
            }, {
                size,
                body: '\uFEFF: hello\r\rid: s/0\nevent: start\ndata: {"id":"s"}\n\n' +
                    'id:s/1\r\ndata:{\r\ndata: "text":"Grüße 🌊"}\r\n\r\n' +
                    'unknown\rdata: {"text":" zwei: mal"}\r\r: beat\nevent: none\n\n' +
                    'event: done\r\ndata: {"finish_reason":"length"}\r\n\r',
            });
            assert.deepEqual(
                await shown(await open(example, answered)), ['ended: length', 'Grüße 🌊 zwei: mal']);
        });
    }
});

describe('the example of reconnecting', () => {
    const example = pageNamed('reconnecting');
    const shows = ({ page }, enough) => page.waitForFunction(
        (length) => document.querySelector('#text').textContent.length >= length, enough);
    const ways = {
        'undisturbed': { asked: 1 },
        'after a cut': { asked: 2, shape: failing('cut-after=5') },
        'after the page was reloaded': { asked: 2, disturb: ({ page }) => page.reload() },
    };

    for (const [way, { asked, shape, disturb }] of Object.entries(ways)) {
        test(`shows the whole text of one stream once, ${way}`, limit, async () => {
            const seen = await open(example, shape);
            await shows(seen, 1);
            await disturb?.(seen);
            await shows(seen, wholeText.length);
            await nothingMore(seen);
            assert.equal(await seen.page.textContent('#text'), wholeText);
            assert.equal(seen.asked, asked);
            const [first] = seen.streams;
            assert.ok(first, 'there is no X-Stream-Id');
            assert.deepEqual(seen.streams, Array(asked).fill(first));
            assert.deepEqual(seen.faults, []);
            await seen.page.close();
        });
    }
});

test('the official client prints the whole text', limit, async () => {
    const program = ['--input-type=module', '-'];
    const seen = await run(process.execPath, program, { input: adapted(scripts[0].code) });
    assert.equal(seen.code, 0, seen.errors);
    assert.equal(seen.out, wholeText);
});

/** What the configurations name besides: a key and its certificate, made as README.md makes them. */
const certificate = blocks.find(({ language, code }) => language === 'sh' && code.startsWith('openssl req'));

describe('the configurations', () => {
    const environment = {
        ANTHROPIC_API_KEY: 'sk-ant-example',
        OPENAI_API_KEY: 'sk-example',
        WATSONX_API_KEY: 'key-example',
        WATSONX_PROJECT: 'project-example',
    };
    const write = async (code) => {
        const file = join(folder, 'sluice.yaml');
        await writeFile(file, code, { mode: 0o600 });
        return file;
    };

    before(async () => {
        const made = await run('bash', ['-euc', `cd "${folder}"; ${certificate.code}`]);
        assert.equal(made.code, 0, made.errors);
    });

    for (const { code } of configurations) {
        test(code.split('\n')[0], limit, async () => {
            const file = await write(code.replaceAll(/server\.(pem|key)/g, (name) => join(folder, name)));
            const seen = await run(process.env.SLUICE_BINARY, ['check', '--config', file], { environment });
            assert.equal(seen.code, 0, seen.errors);
        });
    }

    const holding = (text) => configurations.find(({ code }) => code.includes(text)).code;

    test('of keys lets nobody in without one, and keeps a ledger', limit, async () => {
        const code = holding('ledger:').replace('admin: [127.0.0.1:8081]', 'admin: [127.0.0.1:0]')
            .replace('usage.db', join(folder, 'usage.db'));
        const guarded = await startGateway(['--config', await write(code)], environment);
        try {
            const ask = (path) => fetch(guarded.url + path).then(({ status }) => status);
            assert.equal(await ask('/livez'), 200);
            assert.equal(await ask('/v1/models'), 401);
            assert.equal(await ask('/metrics'), 404);
        } finally {
            assert.equal(await guarded.stop(), 0, guarded.log());
        }
        const usage = await run(process.env.SLUICE_BINARY, ['usage', '--ledger', join(folder, 'usage.db')]);
        assert.equal(usage.code, 0, usage.errors);
    });

    test('of TLS serves over it', limit, async () => {
        const code = holding('tls:').replaceAll(/server\.(pem|key)/g, (name) => join(folder, name));
        const secure = await startGateway(['--config', await write(code)]);
        try {
            const seen = await run('curl', ['-sS', '--cacert', join(folder, 'server.pem'), `${secure.url}/livez`]);
            assert.equal(seen.out, 'ok\n', seen.errors);
        } finally {
            assert.equal(await secure.stop(), 0, secure.log());
        }
    });
});
