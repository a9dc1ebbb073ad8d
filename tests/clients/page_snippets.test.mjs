// 'Copy as' of the playground: each program is taken from the page in a real Chromium and run as a person would
// run it. The mock answers with the question, so that what a program prints tells what it asked.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { startBrowser } from './support/browser.mjs';
import { nastyTexts } from './support/nasty_texts.mjs';
import { ask, copyAs, operatorKey, signIn, startMockGateway } from './support/playground_page.mjs';
import { openWatched } from './support/watched_page.mjs';

const run = promisify(execFile);
const ids = ['curl', 'fetch', 'eventsource', 'openai', 'anthropic'];
// What a prompt box makes of a text, and what a mock repeats: neither begins or ends in blanks.
const asTyped = (text) => text.replace(/\r\n?/g, '\n').trim();
const echo = (text) => `[mock echo=true] ${text}`;
const short = nastyTexts(12, 3).map(asTyped).filter((text) => text.length > 0 && text.length < 100);
const nasty = `${short.join(' ~ ')}\nend`;
const long = `it's $(id) </script> ${'long'.repeat(2000)} "end"`;

let gateway, browser, folder, page, faults;
before(async () => {
    gateway = await startMockGateway();
    browser = await startBrowser();
    folder = await mkdtemp(join(tmpdir(), 'sluice-snippets-'));
    await symlink(new URL('node_modules', import.meta.url).pathname, join(folder, 'node_modules'));
    ({ page, faults } = await openWatched(browser, gateway.url));
    await page.waitForSelector('#model option[value=mock]', { state: 'attached' });
});
after(async () => {
    await browser?.close();
    await gateway?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
});

const environment = (key) => ({ PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...(key && { SLUICE_API_KEY: key }) });

/** The texts of a native stream, as curl prints it; it has to end in a done that says stop. */
function textOfEvents(stream) {
    const data = stream.split('\n').filter((line) => line.startsWith('data: ')).map((line) => JSON.parse(line.slice(6)));
    assert.equal(data.at(-1)?.finish_reason, 'stop', stream.slice(0, 500));
    return data.map(({ text }) => text ?? '').join('');
}

async function inBash(program, key) {
    const file = join(folder, 'snippet.sh');
    await writeFile(file, program);
    const { stdout } = await run('bash', [file], { env: environment(key), maxBuffer: 1 << 24, timeout: 60_000 });
    return textOfEvents(stdout);
}

async function inNode(program, key) {
    const file = join(folder, 'snippet.mjs');
    await writeFile(file, program);
    const { stdout } = await run(process.execPath, [file], { env: environment(key), maxBuffer: 1 << 24, timeout: 60_000 });
    return stdout;
}

/** As one types it into the console of the developer tools. */
async function intoConsole(tab, program) {
    const session = await tab.context().newCDPSession(tab);
    const { exceptionDetails } = await session.send('Runtime.evaluate', { expression: program, replMode: true, awaitPromise: true });
    assert.equal(exceptionDetails, undefined);
    await session.detach();
}

/** Runs a program by `begin()`, and resolves to what it has logged when that is as long as `text`. */
async function inTab(tab, text, begin) {
    const logged = [];
    const note = (message) => message.type() === 'log' && logged.push(message.text());
    tab.on('console', note);
    await begin();
    while (logged.join('').length < text.length) await tab.waitForEvent('console');
    tab.off('console', note);
    assert.ok(logged.length > 2, 'the tokens come one by one');
    return logged.join('');
}

async function runAll(text, programs, { key, tab = page } = {}) {
    let begun = 0;
    const count = (request) => { begun += /\/v1\/stream/.test(request.url()) && !request.url().includes('detach') ? 1 : 0; };
    tab.on('request', count);
    const printed = {
        curl: await inBash(programs.curl, key),
        fetch: await inTab(tab, text, () => intoConsole(tab, programs.fetch)),
        eventsource: await inTab(tab, text, () => intoConsole(tab, programs.eventsource)),
        openai: await inNode(programs.openai, key),
        anthropic: await inNode(programs.anthropic, key),
    };
    tab.off('request', count);
    assert.equal(begun, 2, 'an EventSource that is not closed would have asked again');
    return printed;
}

/** Runs all, and fails where one does not print `text`. */
async function allPrint(text, programs, options) {
    const printed = await runAll(text, programs, options);
    assert.deepEqual(Object.keys(programs), ids);
    const wrong = ids.filter((id) => printed[id] !== text);
    assert.deepEqual(wrong, [], wrong.map((id) => `${id}: ${JSON.stringify(printed[id].slice(0, 1000))}`).join('\n'));
}

test('each program asks what stands in the box, and prints the answer', async () => {
    await page.fill('#prompt', echo(nasty));
    await allPrint(nasty, await copyAs(page));
});

test('each asks a question that is too long for a URL', async () => {
    await page.fill('#prompt', echo(long));
    await allPrint(long, await copyAs(page));
});

test('each asks the whole conversation, with the parameters of the page', async () => {
    await ask(page, echo(nasty));
    await page.click('#settings-toggle');
    await page.fill('[data-parameter=system]', nasty);
    await page.fill('[data-parameter=temperature]', '0.5');
    await page.fill('[data-parameter=max_tokens]', '9');
    await page.fill('[data-parameter=seed]', '7');
    await page.fill('[data-parameter=stop]', 'seven\nfour');
    await page.fill('#prompt', echo('one two three four five'));
    const programs = await copyAs(page);
    for (const code of Object.values(programs)) assert.ok(code.includes('assistant') && code.includes('0.5'), code);
    await allPrint('one two three ', programs);
    await page.click('#settings-clear');
});

test('the programs for browsers work in a script of another page, too', async () => {
    await page.click('#new-chat');
    await page.fill('#prompt', echo(nasty));
    const programs = await copyAs(page);
    for (const type of ['text/javascript', 'module']) for (const id of ['fetch', 'eventsource']) {
        const tab = await browser.newPage();
        const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="${type}">${programs[id]}</script>`;
        await tab.route('**/another.html', (route) => route.fulfill({ contentType: 'text/html', body: html }));
        assert.equal(await inTab(tab, nasty, () => tab.goto(`${gateway.url}/another.html`)), nasty, `${id} as ${type}`);
        await tab.close();
    }
});

test('where the gateway wants a key, each takes it from the environment, and a page of the gateway needs none', async () => {
    const guarded = await startMockGateway({ keys: true });
    const watched = await openWatched(browser, guarded.url);
    try {
        await signIn(watched.page);
        await watched.page.fill('#prompt', echo(nasty));
        const programs = await copyAs(watched.page);
        for (const [id, code] of Object.entries(programs)) {
            assert.ok(code.includes('SLUICE_API_KEY'), id);
            assert.ok(!code.includes(operatorKey), id);
        }
        await allPrint(nasty, programs, { key: operatorKey, tab: watched.page });
        await assert.rejects(inNode(programs.openai, 'sk-wrong'), /401/);
    } finally {
        await watched.page.close();
        await guarded.stop();
    }
});

test('nothing of it broke the policy of the page, or was reported by its console', () => {
    assert.deepEqual(faults, []);
});
