// What a person does at the playground, in a real Chromium: the text grows, stops, survives cuts and reloads.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { startBrowser } from './support/browser.mjs';
import { startGateway } from './support/gateway.mjs';
import { setFields } from './support/playground_page.mjs';

const limit = { timeout: 60_000 };
const swift = { tokens: 60, rate: 60 };
const slow = { tokens: 400, rate: 40 };

let gateway, browser, context, page, faults;

before(async () => {
    gateway = await startGateway();
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await gateway?.stop();
});
beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    faults = [];
    page = await openTab();
});
afterEach(async () => {
    await context.close();
    assert.deepEqual(faults, []);
});

async function openTab(address = gateway.url) {
    const tab = await context.newPage();
    tab.setDefaultTimeout(20_000);
    tab.on('pageerror', (error) => faults.push(error.message));
    tab.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) faults.push(message.text());
    });
    await tab.goto(address);
    await tab.waitForSelector('#mock-settings:not([hidden])', { state: 'attached' });
    return tab;
}

const set = (fields) => setFields(page, fields);

async function send(prompt = 'Where do rivers go?') {
    await page.fill('#prompt', prompt);
    await page.press('#prompt', 'Enter');
}

const state = (name, tab = page) => tab.waitForSelector(`#state[data-state=${name}]`);
const textOf = (selector, tab = page) => tab.textContent(selector);
const grown = (length, tab = page) => tab.waitForFunction(
    (least) => document.querySelector('#answer .text')?.textContent.length > least, length);
const idsOf = (tab = page) => tab.$$eval('#events .event .id', (ids) => ids.map((id) => id.textContent));
/** The text as the events have it, each of which has to be there. */
const sentText = (tab = page) => tab.$$eval('#events .event .data', (all) =>
    all.map((data) => JSON.parse(data.textContent).text ?? '').join(''));

/** Every event of a stream once, in order: ID/0, ID/1, ... */
function assertEachOnce(ids) {
    const [stream] = ids[0].split('/');
    assert.deepEqual(ids, ids.map((_, at) => `${stream}/${at}`));
}

/** What the mock says to the same prompt where nothing goes wrong. */
async function wholeText({ tokens }, prompt = 'Where do rivers go?') {
    const response = await fetch(`${gateway.url}/v1/streams`, {
        method: 'POST',
        headers: { 'X-Mock-Tokens': tokens, 'X-Mock-Rate': '0', 'X-Mock-Ttft-Ms': '0' },
        body: JSON.stringify({ stream: false, messages: [{ role: 'user', content: prompt }] }),
    });
    return (await response.json()).text;
}

test('an example streams at a click, in many steps, and its figures are shown', limit, async () => {
    assert.equal(await page.getAttribute('body', 'data-state'), 'empty');
    await set({ tokens: 200 }); // long enough to be looked at on a machine with much to do
    await page.evaluate(() => {
        window.lengths = new Set();
        new MutationObserver(() => window.lengths.add(document.querySelector('#answer')?.textContent.length))
            .observe(document.querySelector('#conversation'), { childList: true, subtree: true });
    });
    await page.click('.example');
    await state('done');
    assert.ok(await page.evaluate(() => window.lengths.size) >= 10);
    assert.equal(await page.isVisible('#welcome'), false);
    assert.match(await textOf('#ttft'), /^\d+ ms$/);
    assert.match(await textOf('#rate'), /^\d+\.\d$/);
    assert.match(await textOf('#usage'), /^\d+ input, \d+ output$/);
    assert.equal(await textOf('#finish'), 'stop');
    assertEachOnce(await idsOf());
    assert.match(await textOf('#announce'), /^The answer is complete: \d+ tokens\.$/);
});

test('Stop ends the stream, and what came stays', limit, async () => {
    await set(slow);
    await send();
    await grown(40);
    await page.click('#stop');
    await state('stopped');
    assert.equal(await textOf('#finish'), 'cancelled');
    assert.ok((await textOf('#answer .text')).length > 40);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'prompt');
});

for (const way of ['fetch', 'eventsource']) {
    test(`a connection that is cut twice costs nothing of the text, read with ${way}`, limit, async () => {
        const settings = { tokens: 600, rate: 50 };
        await set(settings);
        await page.click('#settings-toggle');
        await page.check(`input[value=${way}]`, { force: true });
        await page.click('#settings-toggle');
        await send();
        for (const length of [30, 300]) {
            await grown(length);
            await page.click('#cut');
            await state('lost');
            assert.match(await textOf('#state'), /^Connection cut, back in \d\.\d s$/);
            await state('live');
        }
        await state('done');
        assert.equal(await sentText(), await wholeText(settings));
        assertEachOnce(await idsOf());
        assert.equal(await textOf('#resumed'), '2 times');
        assert.equal(await page.isVisible('#cut'), false);
    });
}

test('a connection that the server cuts is taken up again by itself', limit, async () => {
    await set({ ...swift, error: 'cut-after=10' });
    await send();
    await state('done');
    faults = faults.filter((fault) => !/ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING/.test(fault));
    assert.equal(await sentText(), await wholeText(swift));
    assert.equal(await textOf('#resumed'), 'once');
});

test('a reload in the middle goes on, and the whole answer is there', limit, async () => {
    const settings = { tokens: 400, rate: 40 };
    await set(settings);
    await send();
    await grown(60);
    assert.match(page.url(), /#stream=[\w-]+$/);
    await page.reload();
    await state('live');
    await state('done');
    assert.equal(await sentText(), await wholeText(settings));
    assertEachOnce(await idsOf());
    assert.equal(await textOf('.asked p'), 'Where do rivers go?');
    assert.match(await textOf('#ttft'), /^\d+ ms$/);
});

test('a finished conversation is there after a reload, and goes on from it', limit, async () => {
    await set(swift);
    await send('First question');
    await state('done');
    const first = await textOf('#answer .text');
    await page.reload();
    await page.waitForSelector('#answer .text');
    assert.equal(await textOf('#answer .text'), first);
    assert.equal(await textOf('#finish'), 'stop');
    const asked = page.waitForRequest((request) => request.method() === 'POST');
    await send('Second question');
    const { messages } = (await asked).postDataJSON();
    assert.deepEqual(messages.map(({ role }) => role), ['user', 'assistant', 'user']);
    assert.equal(messages[2].content, 'Second question');
    await state('done');
    await page.click('#new-chat');
    assert.equal(await page.getAttribute('body', 'data-state'), 'empty');
    assert.equal(new URL(page.url()).hash, '');
    await page.reload();
    assert.equal(await page.isVisible('#welcome'), true);
});

test('the address of the page opens the stream in another tab', limit, async () => {
    await set({ tokens: 120, rate: 40 });
    await send();
    await grown(30);
    const other = await openTab(page.url());
    await state('done', other);
    await state('done');
    assert.equal(await sentText(other), await sentText());
});

test('parameters and the settings of the mock reach the server', limit, async () => {
    await set({ system: 'Be brief.', temperature: '0.5', max_tokens: 9, top_p: '0.9', seed: 7, stop: 'one\ntwo', 'ttft-ms': 5 });
    assert.equal(await textOf('#settings-count'), ' (7)');
    const asked = page.waitForRequest((request) => request.method() === 'POST');
    await send('Hello');
    const request = await asked;
    assert.deepEqual(request.postDataJSON(), {
        messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hello' }],
        temperature: 0.5, max_tokens: 9, top_p: 0.9, seed: 7, stop: ['one', 'two'],
    });
    assert.equal(request.headers()['x-mock-ttft-ms'], '5');
    await state('done');
    assert.equal(await textOf('#finish'), 'length');
    assert.match(await textOf('#usage'), / 9 output$/);
    await page.reload();
    assert.equal(await page.inputValue('#temperature'), '0.5');
});

test('a value that cannot be sent is pointed at, and nothing goes out', limit, async () => {
    await set({ temperature: '9' });
    await send();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'temperature');
    assert.equal(await page.isVisible('#settings'), true);
    assert.equal(await page.getAttribute('body', 'data-state'), 'empty');
});

test('the settings say where more of them follow, and make room for an answer', limit, async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.click('#settings-toggle');
    await page.waitForSelector('#settings.has-more');
    await page.focus('#settings-clear');
    await page.waitForSelector('#settings:not(.has-more)');
    await send();
    await state('done');
    assert.equal(await page.isVisible('#settings'), false);
    await page.setViewportSize({ width: 1280, height: 1100 });
    await page.click('#settings-toggle');
    await send();
    await state('done');
    assert.equal(await page.isVisible('#settings'), true);
});

test('cost and timing are told where the gateway tells them', limit, async () => {
    const done = {
        finish_reason: 'stop', usage: { input_tokens: 5, output_tokens: 8 }, cost: 0.000123,
        timing: { queue_ms: 0.1, upstream_ms: 201.5, first_token_ms: 201.9, total_ms: 1403.2 },
    };
    const body = `event: start\ndata: {"id":"s","model":"dear"}\n\ndata: {"text":"Hi"}\n\nevent: done\ndata: ${JSON.stringify(done)}\n\n`;
    await page.route('**/v1/streams', (route) => route.fulfill({ contentType: 'text/event-stream', body }));
    await send('Hello');
    await state('done');
    assert.equal(await textOf('#cost'), '0.00012');
    assert.equal(await page.$eval('#cost', (cost) => cost.previousElementSibling.textContent), 'Cost, in the currency of prices');
    assert.equal((await textOf('#timing')).trim(), 'queue 0.1 ms upstream 202 ms first token there 202 ms total 1403 ms');
    assert.equal(await textOf('.answer-head h2'), 'dear');
});

test('a refusal is shown in the words of the server, and Try again asks again', limit, async () => {
    await set({ ...swift, error: '429' });
    await send();
    await state('bad');
    assert.match(await textOf('#error-text'), /\(HTTP 429\)$/);
    assert.match(await textOf('#error-hint'), /^The server asks to wait \d+ s/);
    assert.match(faults.splice(0).join(), /429/);
    await page.click('#retry');
    await state('bad');
    assert.match(faults.splice(0).join(), /429/);
    assert.equal(await page.locator('.turn').count(), 1);
    await set({ error: '' });
    await send();
    await state('done');
});

test('a stream that is no longer held says so', limit, async () => {
    await page.goto('about:blank');
    await page.goto(`${gateway.url}/#stream=1-AAAAAAAAAAAAAAAAAAAAAA`);
    await state('bad');
    assert.match(await textOf('#error-text'), /\(HTTP 404\)$/);
    assert.equal(await textOf('#error-hint'), 'The stream is not held any longer.');
    assert.equal(await page.isVisible('#retry'), false);
    assert.match(faults.splice(0).join(), /404/);
});

test('of a long answer the raw events forget the oldest', limit, async () => {
    await set({ tokens: 6000, rate: 0 });
    await send();
    await state('done');
    const rows = await page.locator('#events li').count();
    assert.equal(rows, 2000);
    assert.match(await textOf('#count'), /^[\d,]+ events, the last 2000 kept$/);
    assert.match(await textOf('#usage'), / 6000 output$/);
});

test('everything can be done with the keyboard alone', limit, async () => {
    await set({ tokens: 600, rate: 40 });
    await page.focus('#prompt');
    await page.keyboard.type('Hello');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('there');
    await page.keyboard.press('Enter');
    await grown(20);
    const focused = () => page.evaluate(() => document.activeElement.id);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'cut');
    await page.keyboard.press('Enter');
    await state('lost');
    assert.equal(await focused(), 'prompt');
    await state('live');
    await page.keyboard.press('Escape');
    await state('stopped');
    assert.equal(await textOf('.asked p'), 'Hello\nthere');
    await page.focus('#copy-as');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#copy-dialog[open]');
    const first = await textOf('#snippet');
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await textOf('#snippet'), first);
    await page.keyboard.press('End');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.snippet), 'anthropic');
    await page.keyboard.press('Escape');
    assert.equal(await focused(), 'copy-as');
});

test('the page follows the answer to its end, unless its reader has scrolled up', limit, async () => {
    await page.setViewportSize({ width: 360, height: 700 });
    const toEnd = () => page.$eval('#talk', (talk) => talk.scrollHeight - talk.scrollTop - talk.clientHeight);
    await set({ tokens: 300, rate: 0, error: 'truncate-after=10' });
    for (const prompt of ['One', 'Two']) {
        await send(prompt);
        await page.waitForFunction((asked) => document.querySelector('.turn:last-child .asked p').textContent === asked, prompt);
        await state('bad');
        assert.ok(await toEnd() < 2);
    }
    await set({ tokens: 300, rate: 100, error: '' });
    await send('Three');
    await grown(100);
    await page.$eval('#talk', (talk) => { talk.scrollTop = 0; });
    await page.waitForSelector('#follow:visible');
    await state('done');
    assert.equal(await page.$eval('#talk', (talk) => talk.scrollTop), 0);
    await page.click('#follow');
    assert.ok(await toEnd() < 2);
});

test('on a narrow page conversation and events are tabs', limit, async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await set(swift);
    await send();
    await state('done');
    assert.equal(await page.isVisible('#events'), false);
    await page.focus('#tab-answer');
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.isVisible('#answer'), false);
    assert.ok(await page.isVisible('#events li'));
    assert.match(await textOf('#tab-events'), /^Events \(\d+\)$/);
    const id = page.locator('#events .event .id').nth(3);
    assert.equal(await id.innerText(), '/3');
    assert.match(await id.getAttribute('title'), /^[\w-]+\/3$/);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
});
