// The gateway's own figures, shown by the smallest client there is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openTab, startSetting } from './support/browser.mjs';
import { cutsOf, startCuttingProxy } from './support/cutting_proxy.mjs';
import { detach, slow } from './support/mock_streams.mjs';

const limit = { timeout: 60_000 };

let setting;
let gateway;
let browser;
let pages;

const watcher = (url) => `
    const show = (message) => { document.querySelector('#text').textContent = message; };
    const url = ${JSON.stringify(url)};
    new EventSource(url).onmessage = (event) => show(JSON.parse(event.data).message);
`;

before(async () => {
    setting = await startSetting();
    ({ gateway, browser, pages } = setting);
});

after(() => setting?.stop());

const shows = ({ tab }, wanted) => tab.waitForFunction(
    (pattern) => new RegExp(pattern).test(document.querySelector('#text').textContent),
    wanted.source);

test('a page shows how many streams there are and how fast they come', limit, async () => {
    const watching = await openTab(browser, pages.add(watcher(`${gateway.url}/v1/events`)));
    await shows(watching, /^0 streams, 0 tokens\/s$/);
    await detach(gateway.url, slow);
    await shows(watching, /^1 stream, [1-9]\d* tokens\/s$/);
    await detach(gateway.url, slow);
    await shows(watching, /^2 streams, [1-9]\d* tokens\/s$/);
    await shows(watching, /^0 streams, 0 tokens\/s$/);
    assert.deepEqual(watching.faults, []);
    await watching.tab.close();
});

for (const by of ['reset', 'fin']) {
    test(`a page goes on showing them after a cut by ${by}`, limit, async (t) => {
        const proxy = await startCuttingProxy(t, gateway.url, cutsOf(by, [1500, 1700]));
        const url = `${proxy.url}/v1/events?every=200ms`;
        const watching = await openTab(browser, pages.add(watcher(url)));
        await shows(watching, /^0 streams, 0 tokens\/s$/);
        await proxy.until(() => proxy.connections() === 3);
        await detach(gateway.url, slow);
        await shows(watching, /^1 stream, [1-9]\d* tokens\/s$/);
        assert.equal(proxy.cuts(), 2);
        assert.deepEqual(watching.faults, []);
        await watching.tab.close();
    });
}
