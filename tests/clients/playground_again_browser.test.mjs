// What a person does at the playground when it went otherwise than they wished: they try again, stop early, begin anew.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { startBrowser } from './support/browser.mjs';
import { send, setFields, startMockGateway } from './support/playground_page.mjs';
import { openWatched } from './support/watched_page.mjs';

const limit = { timeout: 60_000 };
const endless = { tokens: 5000, rate: 40 };

let gateway, browser, context, page, faults;

before(async () => {
    gateway = await startMockGateway({ gap: '10ms' });
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await gateway?.stop();
});
beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    ({ page, faults } = await openTab());
});
afterEach(async () => {
    await context.close();
    assert.deepEqual(faults, []);
});

async function openTab(address = gateway.url) {
    const tab = await openWatched(context, address);
    await tab.page.waitForSelector('#mock-settings:not([hidden])', { state: 'attached' });
    return tab;
}

/** The console says of each answer like this one that it came. */
function expectRefusal(status) {
    assert.match(faults.splice(0).join(), new RegExp(`status of ${status}`));
}

const set = (fields) => setFields(page, fields);
const state = (name, tab = page) => tab.waitForSelector(`#state[data-state=${name}]`);
const textOf = (selector) => page.textContent(selector);
const grown = (length) => page.waitForFunction(
    (least) => document.querySelector('#answer .text')?.textContent.length > least, length);
const toEnd = () => page.$eval('#talk', (talk) => talk.scrollHeight - talk.scrollTop - talk.clientHeight);
const questions = () => page.locator('.asked p').allTextContents();
const nextPost = () => page.waitForRequest((request) => request.method() === 'POST');
const streamInAddress = () => new URL(page.url()).hash.split('=')[1];

/** The events on the page are those of one stream, each once: ID/0, ID/1, ... */
async function assertOneStream() {
    const ids = await page.$$eval('#events .event .id', (all) => all.map((id) => id.textContent));
    assert.deepEqual(ids, ids.map((_, at) => `${streamInAddress()}/${at}`));
}

test('Try again keeps the conversation where a setting cannot be sent', limit, async () => {
    await send(page, 'One');
    await state('done');
    await set({ error: 'truncate-after=10' });
    await send(page, 'Two');
    await state('bad');
    assert.equal(await textOf('#error-hint'), 'Tried again, it may fail the same way.');
    await set({ temperature: '5' });
    const again = nextPost();
    await page.click('#retry'); // what had begun is asked as it was, whatever stands in the fields
    assert.equal((await again).postDataJSON().temperature, undefined);
    await state('bad');
    assert.deepEqual(await questions(), ['One', 'Two']);
});

test('Try again asks what was refused with the settings as they are now, in its place', limit, async () => {
    await set({ error: '429' });
    await send(page, 'One');
    await state('bad');
    expectRefusal(429);
    await set({ error: '' });
    await send(page, 'Two');
    await state('done');
    await set({ temperature: '5' });
    const retry = '#conversation > :first-child [data-part=retry]';
    await page.click(retry);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'temperature');
    await page.fill('#temperature', '0.5');
    const again = nextPost();
    await page.click(retry);
    const { messages, temperature } = (await again).postDataJSON();
    assert.deepEqual([messages.length, temperature], [1, 0.5]);
    await page.waitForSelector('#conversation > :first-child[data-state=done]');
    assert.deepEqual(await questions(), ['One', 'Two']);
});

test('Try again of what is refused for good asks for other settings first', limit, async () => {
    const error = { message: 'there is no such model', retryable: false };
    await page.route('**/v1/streams', (route) => route.fulfill({ status: 404, json: { error } }));
    await send(page, 'One');
    await state('bad');
    expectRefusal(404);
    assert.equal(await textOf('#error-hint'), 'Change the settings or the model first, then try again.');
    await page.unroute('**/v1/streams');
    await page.click('#retry');
    await state('done');
});

test('Try again begins anew what the gateway does not know any longer', limit, async () => {
    await set({ tokens: 200, rate: 25 });
    await send(page, 'One');
    await grown(20);
    const reads = (url) => /\/v1\/streams\/./.test(url.pathname);
    await page.route(reads, (route) => route.fulfill({ status: 404, json: { error: { message: 'no such stream' } } }));
    await page.click('#cut');
    await state('bad');
    expectRefusal(404);
    const again = nextPost();
    await page.click('#retry');
    await again;
    await state('done');
    await assertOneStream();
});

test('Stop before the answer begins stops the stream at the gateway', limit, async () => {
    await set({ 'ttft-ms': 60_000 });
    await send(page, 'One');
    await page.click('#stop');
    await state('stopped');
    assert.equal(await textOf('#finish'), 'cancelled');
});

test('a new chat sees nothing of the answer that still ran', limit, async () => {
    await set(endless);
    await send(page, 'One');
    await grown(40);
    const first = streamInAddress();
    await page.click('#new-chat');
    const rest = await (await fetch(`${gateway.url}/v1/streams/${first}`)).text(); // to its end
    assert.match(rest, /"finish_reason":"cancelled"/);
    assert.equal(await page.isVisible('#welcome'), true);
    await set({ tokens: 60 });
    await send(page, 'Two');
    await state('done');
    assert.notEqual(streamInAddress(), first);
    await assertOneStream();
    assert.deepEqual(await questions(), ['Two']);
});

test('a new chat before the answer begins is not that of its stream', limit, async () => {
    await set({ 'ttft-ms': 60_000 });
    await send(page, 'One');
    const stopped = page.waitForResponse((response) => response.request().method() === 'DELETE');
    await page.click('#new-chat');
    assert.equal((await stopped).ok(), true);
    assert.equal(await page.isVisible('#welcome'), true);
    assert.equal(new URL(page.url()).hash, '');
});

test('the link to the prompt leads there, and the answer goes on', limit, async () => {
    await set({ tokens: 120, rate: 40 });
    await send(page, 'One');
    await grown(20);
    await page.evaluate(() => { window.is_the_same = true; });
    await page.focus('.skip');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'prompt');
    await state('done');
    assert.equal(await page.evaluate(() => window.is_the_same), true);
    assert.equal(await page.locator('#events .mark').count(), 1);
});

test('the address of another stream opens it below the conversation that is kept', limit, async () => {
    await send(page, 'One');
    await state('done');
    const response = await fetch(`${gateway.url}/v1/streams?detach=true`, { method: 'POST', body: '{"prompt": "Hello"}' });
    const { id } = await response.json();
    await page.goto('about:blank');
    await page.goto(`${gateway.url}/#stream=${id}`);
    for (const visit of ['opened', 'loaded again']) {
        await page.waitForSelector('#conversation > :nth-child(2)[data-state=done]');
        assert.deepEqual(await questions(), ['One', ''], visit);
        assert.notEqual(await page.textContent('#conversation > :first-child .text'), '');
        await page.reload();
    }
});

test('a connection that is back says so before the next token', limit, async () => {
    await set({ rate: '0.05' });
    await send(page, 'One');
    await grown(0);
    await page.click('#cut');
    await state('lost');
    await state('live');
    assert.equal(await textOf('#state'), 'Waiting for the next token');
    assert.equal(await page.isEnabled('#cut'), true);
});

test('the end of an answer stays in sight when the page changes its size, but for who reads above', limit, async () => {
    await set({ tokens: 600, rate: 0 });
    await send(page, 'One');
    await state('done');
    const resized = async (width, height) => {
        await page.setViewportSize({ width, height });
        await page.evaluate(() => new Promise((turn) => requestAnimationFrame(() => requestAnimationFrame(turn))));
    };
    for (const [width, height] of [[400, 700], [400, 500], [1280, 600]]) {
        await resized(width, height);
        assert.ok(await toEnd() < 2, `${width} x ${height}`);
    }
    await page.$eval('#talk', (talk) => { talk.scrollTop = 0; });
    await resized(400, 700);
    assert.equal(await page.isVisible('#follow'), true);
    assert.ok(await toEnd() > 100);
});

test('the way of reading is there after a reload, and no body of what is over', limit, async () => {
    await page.click('#settings-toggle');
    await page.check('input[value=eventsource]', { force: true });
    await send(page, 'One');
    await state('done');
    await set({ error: 'truncate-after=10' });
    await send(page, 'Two');
    await state('bad');
    await page.reload();
    assert.equal(await page.isChecked('input[value=eventsource]'), true);
    const bodies = await page.evaluate(() => JSON.parse(sessionStorage.getItem('sluice.conversation'))
        .map(({ request }) => request.body !== ''));
    assert.deepEqual(bodies, [false, true]);
});

test('a conversation that another version kept is left out, and the page works', limit, async () => {
    await page.evaluate(() => sessionStorage.setItem('sluice.conversation', JSON.stringify([{ prompt: 'Old', request: {} }, null])));
    await page.reload();
    assert.equal(await page.isVisible('#welcome'), true);
    await send(page, 'One');
    await state('done');
    assert.deepEqual(await questions(), ['One']);
});

test('right-to-left text begins at the right', limit, async () => {
    await send(page, '\u05e9\u05dc\u05d5\u05dd and hello');
    await state('done');
    assert.equal(await page.$eval('.asked p', (question) => question.matches(':dir(rtl)')), true);
    assert.equal(await page.$eval('#answer .text p', (answer) => getComputedStyle(answer).unicodeBidi), 'plaintext');
});
