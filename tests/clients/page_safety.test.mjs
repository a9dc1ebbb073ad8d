// What a model writes is never executed: attacks, streamed token by token into the playground in a real Chromium, do
// nothing but stand there. The mock answers with what it is sent.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startBrowser } from './support/browser.mjs';
import { attacks } from './support/attacks.mjs';
import { ask, startMockGateway } from './support/playground_page.mjs';
import { openWatched } from './support/watched_page.mjs';

let gateway, browser, page, faults;
before(async () => {
    gateway = await startMockGateway({ gap: '4ms' });
    browser = await startBrowser();
    ({ page, faults } = await openWatched(browser, gateway.url));
    await page.waitForSelector('#model option[value=mock]', { state: 'attached' });
});
after(async () => {
    await browser?.close();
    await gateway?.stop();
});

const prose = 'A BLOCKQUOTE BR BUTTON CODE DEL DIV EM H3 H4 H5 H6 HR IMG LI OL P PRE SPAN STRONG TABLE TBODY TD TH THEAD TR UL';
const parts = 'AUDIO B DETAILS SUMMARY'; // the page's own, for what is no text

/** What of the newest answer is none of the elements `known`, holds a handler, or leads elsewhere than a link may. */
const foreign = (known = prose) => page.$$eval('#answer *', (elements, known) => elements.flatMap((element) => {
    const found = [];
    if (!known.split(' ').includes(element.nodeName)) found.push(element.nodeName);
    for (const { name, value } of element.attributes) {
        if (/^on|^(action|formaction|id|name|style|srcset|srcdoc|xlink:href|background|ping)$/.test(name)) found.push(`${name}=${value}`);
        if (name === 'href' && !['http:', 'https:', 'mailto:'].includes(element.protocol)) found.push(`href=${value}`);
        if (name === 'src' && !value.startsWith('data:image/')) found.push(`src=${value}`);
    }
    if (element.nodeName === 'A' && !/noopener noreferrer/.test(element.rel)) found.push('a link that tells where it stands');
    return found;
}), known);

/** Without blanks, which Markdown and the layout change. */
const dense = (text) => text.replace(/\s+/g, '');

describe('an attack stays text', () => {
    for (const [name, { text, shown = text }] of Object.entries(attacks)) {
        test(name, async () => {
            await ask(page, `[mock echo=true] ${text}`);
            const answer = dense(await page.textContent('#answer'));
            assert.ok(answer.includes(dense(shown)), `${answer} does not show ${shown}`);
            assert.deepEqual(await foreign(), []);
            assert.deepEqual(faults.splice(0), []);
        });
    }
});

test('nothing of them has run, and nothing of the page was taken', async () => {
    const taken = await page.evaluate(() => [window.taken, document.cookie, typeof document.getElementById, document.title,
        document.forms.length > 0, location.pathname, document.querySelectorAll('main script, main iframe, main object, main style').length]);
    assert.deepEqual(taken, [undefined, '', 'function', 'Sluice', true, '/', 0]);
});

test('after a reload they still stay text', async () => {
    await page.reload();
    await page.waitForSelector('#conversation > *');
    assert.deepEqual(await foreign(), []);
    assert.deepEqual(faults, []);
});

test('an attack in the name of a model, a tool or an error stays text', async () => {
    const evil = '<img src=x onerror="window.taken = 1"><script>window.taken = 1</script>';
    const frames = [['start', { id: 's', model: evil }], ['message', { text: evil }], ['message', { reasoning: evil }],
        ['message', { refusal: evil }], ['message', { tool_call: { index: 0, id: 'c', name: evil, arguments: evil } }],
        ['message', { media: { type: 'image/svg+xml', data: btoa(`<svg xmlns="http://www.w3.org/2000/svg" onload="parent.taken = 1"/>`) } }],
        ['message', { media: { type: `image/png" onerror="window.taken = 1`, data: 'AAAA' } }],
        ['message', { citation: { url: 'javascript:window.taken = 1', title: evil } }],
        ['done', { finish_reason: 'error', error: { type: evil, message: evil, retryable: true } }]];
    const body = frames.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join('');
    await page.route(/\/v1\/streams$/, (route) => route.fulfill({ contentType: 'text/event-stream', body }));
    await ask(page, 'Hello', 'bad');
    assert.equal(await page.textContent('#error-text'), evil);
    assert.deepEqual(await foreign(`${prose} ${parts}`), []);
    assert.equal(await page.evaluate(() => window.taken), undefined);
    assert.deepEqual(faults, []);
});
