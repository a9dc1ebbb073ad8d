// Tabs, reloads and six EventSources of one browser: all show all, and nothing is generated twice.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { openTab, startSetting } from './support/browser.mjs';
import { assertShown, begun, reading, readerScript } from './support/event_source_page.mjs';
import {
    detach, generations, oneMoreThan, slow, streamTarget } from './support/mock_streams.mjs';

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

test('two tabs that name one request share its generation', limit, async () => {
    const context = await browser.newContext();
    const url = `${gateway.url}${streamTarget(slow, { request: 'two-tabs' })}`;
    const page = reading(pages, url);
    const tabs = await Promise.all([openTab(context, page), openTab(context, page)]);
    await Promise.all(tabs.map((opened) => assertShown(opened, whole)));
    assert.deepEqual(await generations(gateway.url), oneMoreThan(former));
    await context.close();
});

test('a tab that joins late shows what it missed and what is still to come', limit, async () => {
    const url = `${gateway.url}${await detach(gateway.url)}`;
    const early = await openTab(browser, reading(pages, url));
    await begun(early);
    const late = await openTab(browser, reading(pages, url));
    await Promise.all([early, late].map((opened) => assertShown(opened, whole)));
    assert.deepEqual(await generations(gateway.url), oneMoreThan(former));
});

test('a page that is reloaded finds its stream again by the name of its request', limit, async () => {
    const url = `${gateway.url}${streamTarget(slow, { request: '' })}`;
    const opened = await openTab(browser, pages.add(`
        sessionStorage.nonce ??= Math.random().toString(36).slice(2);
        ${readerScript(`${JSON.stringify(url)} + sessionStorage.nonce`)}
    `));
    await begun(opened);
    await opened.tab.reload();
    await assertShown(opened, whole);
    assert.deepEqual(await generations(gateway.url), oneMoreThan(former));
});

test('six EventSources of one page progress before any of them ends', limit, async () => {
    const url = JSON.stringify(`${gateway.url}${streamTarget()}`);
    const { tab, faults } = await openTab(browser, pages.add(`
        const happened = [];
        const texts = Array(6).fill('');
        for (let i = 0; i < texts.length; i += 1) {
            const source = new EventSource(${url});
            source.onmessage = (event) => {
                happened.push('text of ' + i);
                texts[i] += JSON.parse(event.data).text ?? '';
            };
            source.addEventListener('done', () => {
                happened.push('done');
                source.close();
            });
        }
    `));
    await tab.waitForFunction(() => happened.filter((what) => what === 'done').length === 6);
    const happened = await tab.evaluate(() => happened);
    const beforeAnyEnd = new Set(happened.slice(0, happened.indexOf('done')));
    assert.equal(beforeAnyEnd.size, 6);
    assert.deepEqual(await tab.evaluate(() => texts), Array(6).fill(whole));
    assert.deepEqual(faults, []);
    await tab.close();
});
