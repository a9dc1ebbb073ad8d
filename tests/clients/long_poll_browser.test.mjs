// A page that knows nothing but XMLHttpRequest reads a stream by long polling.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openTab, startSetting } from './support/browser.mjs';
import { cutsOf, startCuttingProxy } from './support/cutting_proxy.mjs';
import {
    generations, mockHeaders, oneMoreThan, prompt, slow } from './support/mock_streams.mjs';

const limit = { timeout: 60_000 };

let setting;
let gateway;
let browser;
let pages;
let whole;

/** Begins a detached stream and polls it to its end; a poll that is lost is asked again. */
const poller = (base) => `
    const text = document.querySelector('#text');
    const events = [];
    const failures = [];
    let polls = 0;
    let ended = false;

    function ask(method, target, headers, body, answered, lost) {
        const request = new XMLHttpRequest();
        request.open(method, ${JSON.stringify(base)} + target);
        for (const name in headers) request.setRequestHeader(name, headers[name]);
        request.onload = () => {
            if (request.status >= 300) {
                failures.push(request.status + ' ' + request.responseText);
                return;
            }
            // To Chromium an answer that ends inside its head is whole, and has no body.
            if (request.responseText === '') lost();
            else answered(JSON.parse(request.responseText));
        };
        request.onerror = lost;
        request.send(body);
    }

    function poll(url, last) {
        polls += 1;
        const target = url + '?wait=25s' + (last === null ? '' : '&last_event_id=' + last);
        ask('GET', target, { Accept: 'application/json' }, null, (answer) => {
            for (const event of answer.events) {
                events.push(event);
                if (event.event === 'message') text.append(JSON.parse(event.data).text || '');
            }
            ended = answer.done;
            if (!ended) poll(url, answer.next);
        }, () => poll(url, last));
    }

    const headers = ${JSON.stringify({ 'Content-Type': 'application/json', ...mockHeaders(slow) })};
    ask('POST', '/v1/streams?detach=true', headers, ${JSON.stringify(JSON.stringify({ prompt }))},
        ({ url }) => poll(url, null), () => failures.push('the POST was lost'));
`;

before(async () => {
    setting = await startSetting();
    ({ gateway, browser, pages, whole } = setting);
});

after(() => setting?.stop());

const ways = {
    'as the tokens come': [],
    'through connections that are reset': cutsOf('reset', [2500, 3007, 4001]),
    'through connections that are ended': cutsOf('fin', [2500, 3007, 4001]),
};
for (const [way, cuts] of Object.entries(ways)) {
    test(`polling shows the whole text once, ${way}`, limit, async (t) => {
        const former = await generations(gateway.url);
        const proxy = await startCuttingProxy(t, gateway.url, cuts);
        const { tab, faults, text } = await openTab(browser, pages.add(poller(proxy.url)));
        await tab.waitForFunction(() => ended || failures.length > 0);
        assert.deepEqual(await tab.evaluate(() => failures), []);
        assert.equal(await text(), whole);

        const events = await tab.evaluate(() => events);
        assert.deepEqual(events.map(({ seq }) => seq), events.map((_, index) => index));
        const between = Array(events.length - 2).fill('message');
        assert.deepEqual(events.map(({ event }) => event), ['start', ...between, 'done']);
        // An answer comes with the next event, and does not wait for more of them.
        const polls = await tab.evaluate(() => polls);
        assert.ok(polls > events.length / 2, `${polls} polls for ${events.length} events`);
        // Chromium itself repeats what a reset took from a connection that it had used before.
        const asked = proxy.requests().filter((line) => line.startsWith('GET ')).length;
        assert.ok(asked >= polls && asked <= polls + cuts.length, `${asked} for ${polls} polls`);

        assert.equal(proxy.cuts(), cuts.length);
        assert.deepEqual(await generations(gateway.url), oneMoreThan(former));
        assert.deepEqual(faults, []);
        await tab.close();
    });
}
