// A browser's own EventSource loses its connections and shows the text whole and once.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { openTab, startSetting } from './support/browser.mjs';
import { cutsOf, startCuttingProxy } from './support/cutting_proxy.mjs';
import { assertShown, reading, readerScript } from './support/event_source_page.mjs';
import {
    detach, generations, oneMoreThan, streamTarget, swift } from './support/mock_streams.mjs';

const limit = { timeout: 60_000 };

let setting;
let gateway;
let browser;
let pages;
let whole;
let former;

before(async () => {
    setting = await startSetting();
    ({ gateway, browser, pages, whole } = setting);
});

after(() => setting?.stop());

beforeEach(async () => {
    former = await generations(gateway.url);
});

for (const by of ['reset', 'fin']) {
    describe(`an EventSource that is cut three times by ${by}`, () => {
        const targets = {
            'shows all of the stream that it began': () => streamTarget(),
            'shows all of a detached stream': () => detach(gateway.url),
        };
        for (const [name, target] of Object.entries(targets)) {
            test(name, limit, async (t) => {
                const cuts = cutsOf(by, [1650, 1851, 2052]);
                const proxy = await startCuttingProxy(t, gateway.url, cuts);
                const asked = await target();
                const url = `${proxy.url}${asked}`;
                await assertShown(await openTab(browser, reading(pages, url)), whole);
                assert.equal(proxy.cuts(), 3);
                // The first, three that go on, and the one that is told that there is no more.
                assert.deepEqual(proxy.requests(), Array(5).fill(`GET ${asked}`));
                assert.deepEqual(await generations(gateway.url), oneMoreThan(former));
            });
        }
    });
}

test('an EventSource that names its request and is cut at once begins nothing twice', limit, async (t) => {
    const proxy = await startCuttingProxy(t, gateway.url, cutsOf('reset', [500]));
    const url = `${proxy.url}${streamTarget(swift, { request: 'cut-early' })}`;
    await assertShown(await openTab(browser, reading(pages, url)), whole);
    assert.equal(proxy.cuts(), 1);
    assert.deepEqual(await generations(gateway.url), oneMoreThan(former));
});

test('an EventSource that nobody closes is told 204 once, and asks no more', limit, async (t) => {
    const proxy = await startCuttingProxy(t, gateway.url);
    const { tab, text } = await openTab(browser, pages.add(''));
    const told = tab.waitForResponse((response) => response.status() === 204);
    await tab.evaluate(readerScript(JSON.stringify(`${proxy.url}${streamTarget(swift)}`)));
    await told;
    const again = tab.waitForRequest(`${proxy.url}/**`, { timeout: 2500 });
    await assert.rejects(again, /Timeout/);
    assert.equal(proxy.requests().length, 2);
    assert.equal(await text(), whole);
    await tab.close();
});
