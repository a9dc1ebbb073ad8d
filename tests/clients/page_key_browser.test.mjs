// The playground of a gateway with keys, in a real Chromium: it asks for a key once, and no script ever sees it again.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startBrowser } from './support/browser.mjs';
import { startGateway } from './support/gateway.mjs';

const key = 'sk-sluice-page-0123456789';
const sha256 = createHash('sha256').update(key).digest('hex');
const configuration = `
providers: {mock: {kind: mock, ttft: 10ms, rate: 200, tokens: 40}}
models: [{name: mock, targets: [{provider: mock, model: mock}]}]
keys: [{id: team-a, sha256: "${sha256}"}]
`;

let folder, gateway, browser, context, page;

before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-page-'));
    const file = join(folder, 'sluice.yaml');
    await writeFile(file, configuration, { mode: 0o600 });
    gateway = await startGateway(['--config', file]);
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(gateway.url);
    await page.waitForSelector('#door:visible');
});
afterEach(() => context.close());

async function signIn() {
    await page.fill('#key', key);
    await page.click('#door button');
    await page.waitForSelector('#who:visible');
}

async function send(way) {
    await page.click('#new-chat');
    await page.click('#settings-toggle');
    await page.check(`input[value=${way}]`, { force: true });
    await page.click('#settings-toggle');
    await page.fill('#prompt', 'Tell me about rivers');
    await page.click('#send');
    await page.waitForSelector('#state[data-state=done]');
    return page.textContent('#answer .text');
}

test('a wrong key is refused, and the page says why', async () => {
    await page.fill('#key', 'sk-wrong');
    await page.click('#door button');
    await page.waitForSelector('#door-text.warn');
    assert.match(await page.textContent('#door-text'), /not known here/);
    assert.equal((await context.cookies()).length, 0);
});

test('a key is exchanged for a cookie that no script can read', async () => {
    await signIn();
    assert.equal(await page.textContent('#who-key'), 'team-a');
    assert.equal(await page.isVisible('#door'), false);
    assert.equal(await page.inputValue('#key'), '');
    assert.equal(await page.evaluate(() => document.cookie + localStorage.length + sessionStorage.length), '00');
    const [cookie] = await context.cookies();
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, 'Strict');
    assert.ok(cookie.expires > Date.now() / 1000);
    assert.ok(!cookie.value.includes(key));
});

test('both ways of reading work, and the key goes out in neither', async () => {
    await signIn();
    const sent = [];
    page.on('request', (request) => sent.push(JSON.stringify([request.url(), request.headers(), request.postData()])));
    const text = await send('fetch');
    assert.ok(text.length > 20);
    assert.equal(await send('eventsource'), text);
    assert.ok(sent.length >= 3);
    assert.ok(!sent.join().includes(key));
});

test('the page that is opened again is still signed in, until it signs out', async () => {
    await signIn();
    await page.reload();
    await page.waitForSelector('#who:visible');
    assert.equal(await page.isVisible('#door'), false);
    await page.click('#sign-out');
    await page.waitForSelector('#door:visible');
    assert.equal((await context.cookies()).length, 0);
});

test('who signs out leaves nothing of what was said', async () => {
    await signIn();
    await send('fetch');
    await page.click('#sign-out');
    await page.waitForSelector('#door:visible');
    await page.waitForSelector('.turn', { state: 'detached' });
    assert.equal(await page.evaluate(() => sessionStorage.getItem('sluice.conversation')), null);
    assert.equal(new URL(page.url()).hash, '');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'key');
});

test('a conversation waits for the key that has expired', async () => {
    await signIn();
    await send('fetch');
    await context.clearCookies();
    await page.fill('#prompt', 'And lakes?');
    await page.press('#prompt', 'Enter');
    await page.waitForSelector('#door:visible');
    assert.equal(await page.locator('.turn').count(), 2);
    await signIn();
    await page.click('#retry');
    await page.waitForSelector('#state[data-state=done]');
    assert.equal(await page.locator('.turn[data-state=done]').count(), 2);
});

/** The statuses of the requests to begin a stream, as the log has them. */
const begun = () => gateway.log().split('\n').filter((line) => /"\/v1\/streams?"/.test(line))
    .map((line) => JSON.parse(line).status);

test('a page of another origin can do nothing with the cookie', async () => {
    await signIn();
    const before = begun().length;
    const other = await startGateway();
    try {
        await page.goto(`${other.url}/livez`); // a page without a policy of its own
        const answers = await page.evaluate(async (url) => {
            const ask = (path, options) => fetch(url + path, { credentials: 'include', mode: 'no-cors', ...options })
                .then((response) => response.type, (error) => error.name);
            return [await ask('/v1/stream?prompt=Hi'), await ask('/v1/streams', { method: 'POST', body: '{"prompt":"Hi"}' })];
        }, gateway.url);
        assert.deepEqual(answers, ['opaque', 'opaque']);
    } finally {
        await other.stop();
    }
    // The log comes by a pipe of its own.
    while (begun().length < before + 2) await new Promise((turn) => setImmediate(turn));
    assert.deepEqual(begun().slice(before), [403, 403]);
});
