// The dashboard in a real Chromium: what it shows is what the gateway does.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { startBrowser } from './support/browser.mjs';
import { startGateway } from './support/gateway.mjs';

const limit = { timeout: 60_000 };
const patienceMs = 30_000;
const keys = { team: 'sk-sluice-team-0123456789', operations: 'sk-sluice-operations-0123456789' };
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const open = `
providers:
  mock: {kind: mock, ttft: 5ms, rate: 500, tokens: 20}
  gone: {kind: openai, base_url: "http://127.0.0.1:1/v1", breaker: {failures: 2, cool_down: 1h}}
models:
  - {name: mock, targets: [{provider: mock, model: mock}]}
  - {name: gone, targets: [{provider: gone, model: a-model-of-a-very-long-name-that-no-column-has-room-for}]}
`;
const guarded = `
providers: {mock: {kind: mock, ttft: 5ms, rate: 500, tokens: 20}}
models: [{name: mock, targets: [{provider: mock, model: mock}]}]
prices: [{model: mock, input: 0, output: 100}]
keys:
  - {id: team-a, sha256: "${sha256(keys.team)}", limits: {concurrent_streams: 1, cost_per_day: 0.016}}
  - {id: operations, role: operator, sha256: "${sha256(keys.operations)}"}
`;

let folder, browser;

before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-dashboard-'));
    await writeFile(join(folder, 'open.yaml'), open, { mode: 0o600 });
    await writeFile(join(folder, 'guarded.yaml'), guarded, { mode: 0o600 });
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
});

const serve = (file, listen) => startGateway(['--config', join(folder, file)], {}, listen);

/** A dashboard in a tab of its own, or an empty tab; `faults` are its exceptions and errors, but for the browser's own lines about the network. */
async function openDashboard(url) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    const faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (line) => {
        if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) faults.push(line.text());
    });
    if (url) await page.goto(`${url}/dashboard`);
    return { page, faults, close: () => context.close() };
}

/** Looks again at each frame of the page until `look` finds `wanted`. */
async function until(page, wanted, look) {
    const end = Date.now() + patienceMs;
    let found;
    do {
        found = await look();
        if (found === wanted) return;
        await page.evaluate(() => new Promise((turn) => requestAnimationFrame(turn)));
    } while (Date.now() < end);
    assert.equal(found, wanted);
}

const shown = (page, figure) => async () => (await page.textContent(`[data-figure=${figure}]`)).replaceAll(',', '');
const connected = (page) => page.waitForSelector('#state[data-state=live]');

const post = (url, body, headers = {}) => fetch(`${url}/v1/streams`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body),
});
const ask = async (url, headers = {}, model = 'mock') => {
    const response = await post(url, { model, prompt: 'Tell me about rivers', stream: false }, headers);
    await response.text();
    return response.status;
};

/** A figure of /metrics, summed over its labels but for those in `labels`. */
async function metric(url, name, labels = '') {
    const text = await (await fetch(`${url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name) && /[ {]/.test(line[name.length]) && line.includes(labels));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('of a gateway without keys', () => {
    let gateway, page, faults, close;

    before(async () => { gateway = await serve('open.yaml'); });
    after(async () => assert.equal(await gateway.stop(), 0, gateway.log()));
    beforeEach(async () => {
        ({ page, faults, close } = await openDashboard(gateway.url));
        await connected(page);
    });
    afterEach(async () => {
        await close();
        assert.deepEqual(faults, []);
    });

    test('shows the figures that /metrics has', limit, async () => {
        for (let i = 0; i < 7; ++i) assert.equal(await ask(gateway.url), 200);
        assert.equal(await ask(gateway.url, {}, 'no-such-model'), 404);
        const completed = await metric(gateway.url, 'sluice_streams_total', 'outcome="completed"');
        const tokens = await metric(gateway.url, 'sluice_output_tokens_total');
        const refused = await metric(gateway.url, 'sluice_requests_total', '4xx');
        const requests = await metric(gateway.url, 'sluice_requests_total') + 1; // it counts those before itself
        assert.equal(completed, 7);
        assert.equal(tokens, 140);
        await until(page, String(completed), () => page.textContent('[data-outcome=completed] .count'));
        await until(page, String(requests), shown(page, 'requests_total'));
        await until(page, String(tokens), shown(page, 'output_tokens_total'));
        await until(page, true, async () => (await page.textContent('#tiles')).includes(`${tokens} tokens in ended streams`));
        await until(page, true, async () => (await page.textContent('[data-figure=statuses]')).includes(`4xx\u00a0${refused}`));
    });

    test('says when no stream runs, and how to begin one', limit, async () => {
        await page.waitForSelector('#streams code:visible');
        assert.match(await page.textContent('#streams code'), new RegExp(`^curl -N ${gateway.url}/v1/streams -d '`));
    });

    test('ends a running stream at the second press of its button', limit, async () => {
        const stopped = await metric(gateway.url, 'sluice_streams_total', 'outcome="cancelled"');
        const stream = await post(gateway.url, { prompt: 'Hi' }, { 'X-Mock-Tokens': '5000', 'X-Mock-Rate': '20' });
        const row = page.locator(`#streams tr[data-key="${stream.headers.get('X-Stream-Id')}"]`);
        await row.waitFor();
        assert.equal(await row.locator('[data-cell=model]').textContent(), 'mock');
        await until(page, '1', shown(page, 'streams'));
        const button = row.locator('button');
        await button.focus();
        await page.keyboard.press('Enter');
        assert.match(await button.getAttribute('aria-label'), /^Press again to stop stream /);
        await page.keyboard.press('Enter');
        assert.match(await stream.text(), /"finish_reason":"cancelled"/);
        await row.waitFor({ state: 'detached' });
        assert.equal(await page.evaluate(() => document.activeElement.id), 'streams-title');
        await until(page, String(stopped + 1), () => page.textContent('[data-outcome=cancelled] .count'));
    });

    test('lets a stream go on whose button was pressed once', limit, async () => {
        const stream = await post(gateway.url, { prompt: 'Hi' }, { 'X-Mock-Tokens': '5000', 'X-Mock-Rate': '20' });
        const button = page.locator(`#streams tr[data-key="${stream.headers.get('X-Stream-Id')}"] button`);
        await button.click();
        assert.equal(await button.textContent(), 'Stop it?');
        await page.focus('#pause');
        assert.equal(await button.textContent(), 'Stop');
        await button.dblclick();
        assert.equal(await button.textContent(), 'Stop it?');
        await stream.body.cancel();
    });

    test('leaves the focus on a button while the streams above it end', limit, async () => {
        const begin = async () => {
            const stream = await post(gateway.url, { prompt: 'Hi' }, { 'X-Mock-Tokens': '5000', 'X-Mock-Rate': '20' });
            const id = stream.headers.get('X-Stream-Id');
            await page.waitForSelector(`#streams tr[data-key="${id}"]`);
            return { id, stream };
        };
        const [lower, upper] = [await begin(), await begin()]; // the newest is above
        await page.focus(`#streams tr[data-key="${lower.id}"] button`);
        assert.equal((await fetch(`${gateway.url}/v1/streams/${upper.id}`, { method: 'DELETE' })).ok, true);
        await page.waitForSelector(`#streams tr[data-key="${upper.id}"]`, { state: 'detached' });
        assert.equal(await page.evaluate(() => document.activeElement.closest('tr')?.dataset.key), lower.id);
        await Promise.all([lower, upper].map(({ stream }) => stream.body.cancel()));
    });

    test('shows each target and the state of its breaker', limit, async () => {
        for (let i = 0; i < 2; ++i) assert.notEqual(await ask(gateway.url, {}, 'gone'), 200);
        const state = (provider) => page.locator('#targets tr', { hasText: provider }).locator('[data-cell=state]');
        await until(page, true, async () => /^Resting, retry in /.test(await state('gone').textContent()));
        assert.equal(await state('gone').locator('.badge').getAttribute('data-state'), 'bad');
        assert.equal(await state('mock').textContent(), 'Well');
        assert.equal(await state('mock').locator('.badge').getAttribute('data-state'), 'good');
        assert.match(await page.textContent('#targets-count'), /^\d of 2 well$/);
    });

    test('has streams and targets ahead of its charts on a narrow page', limit, async () => {
        const titles = () => page.$$eval('main h2', (all) => all.map(({ textContent }) => textContent).slice(1, 5).join());
        assert.equal(await titles(), 'Over time,Streams running,Targets,Keys');
        await page.setViewportSize({ width: 360, height: 740 });
        await until(page, 'Streams running,Targets,Over time,Keys', titles);
        await page.setViewportSize({ width: 1440, height: 900 });
        await until(page, 'Over time,Streams running,Targets,Keys', titles);
    });

    test('tells in words and as tables what its charts draw', limit, async () => {
        await ask(gateway.url);
        const picture = page.locator('[data-chart=ttft] [role=img]');
        await until(page, true, async () => /Time to first token in the last 5 minutes: p50 .+ ms, at most /.test(await picture.getAttribute('aria-label')));
        await page.check('input[name=window][value="1"]', { force: true });
        await until(page, true, async () => (await picture.getAttribute('aria-label')).includes('in the last minute'));
        await page.click('#as-tables');
        assert.deepEqual(await page.locator('[data-chart=ttft] thead th').allTextContents(), ['Time', 'p50', 'p90', 'p99']);
        assert.match(await page.locator('[data-chart=ttft] tbody tr').first().textContent(), /^Most[\d.]+ ms/);
    });

    test('stands still while it is paused, and misses nothing', limit, async () => {
        await page.click('#pause');
        const before = await shown(page, 'requests_total')();
        const next = page.waitForEvent('console', { predicate: (line) => line.text() === 'three ticks' });
        await page.evaluate(() => {
            const feed = new EventSource('v1/events?every=1s');
            let ticks = 0;
            feed.onmessage = () => { if (++ticks === 3) { feed.close(); console.log('three ticks'); } };
        });
        assert.equal(await ask(gateway.url), 200);
        await next;
        assert.equal(await shown(page, 'requests_total')(), before);
        await page.click('#pause');
        await until(page, true, async () => Number(await shown(page, 'requests_total')()) > Number(before));
    });
});

describe('of a feed that tells', () => {
    const stats = { type: 'stats', time: 1000, streams: 7, outcomes: null, requests: null, ttft_ms: null };

    /** A dashboard of which the feed is `events`. */
    async function showing(events, look) {
        const gateway = await serve('open.yaml');
        const { page, faults, close } = await openDashboard('');
        try {
            const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
            await page.route('**/v1/events?*', (route) => route.fulfill({ contentType: 'text/event-stream', body }));
            await page.goto(`${gateway.url}/dashboard`);
            await look(page);
            assert.deepEqual(faults, []);
        } finally {
            await close();
            assert.equal(await gateway.stop(), 0, gateway.log());
        }
    }

    test('nothing where a list should be, shows what else there is', limit, () => showing(
        [null, stats, { type: 'streams' }, { type: 'streams', streams: null }, { type: 'targets', targets: null, routes: null },
            { type: 'keys', total: 3, keys: [{ id: 'team-a', limits: null }] }],
        async (page) => {
            await until(page, '7', shown(page, 'streams'));
            await until(page, '1 of 3 keys', () => page.textContent('#keys-count'));
        }));

    test('times only at the beginning, says how long ago those were', limit, () => {
        const known = { count: 3, p50: 175, p90: 180, p99: 190 }, none = { count: 0, p50: null, p90: null, p99: null };
        const tick = (seconds, ttft_ms) => ({ ...stats, time: 1_700_000_000_000 + seconds * 1000, ttft_ms, inter_token_ms: none });
        return showing([tick(0, known), tick(12, none)], async (page) => {
            const tile = (figure) => page.locator('.tile', { has: page.locator(`[data-figure=${figure}]`) }).locator('dd');
            await until(page, true, async () => (await tile('ttft_p50').last().textContent()) === '12\u00a0s\u00a0ago');
            assert.equal(await tile('ttft_p50').first().textContent(), '175 ms');
            assert.deepEqual(await tile('inter_p50').allTextContents(), ['–', 'none in the last 5 minutes']);
            assert.match(await page.textContent('[data-chart=ttft] .chart-head'), /last \d\d:\d\d:\d\d$/);
            assert.equal(await page.isVisible('[data-chart=inter] .chart-empty'), true);
        });
    });

    test('of many streams, lets those of a narrow page flow with it, and more when asked', limit, () => {
        const streams = Array.from({ length: 23 }, (_, i) => ({ id: `1-${i}`, stream: `s${i}`, model: 'm', created: 0 }));
        return showing([stats, { type: 'streams', total: 23, streams }], async (page) => {
            const rows = page.locator('#streams tbody tr');
            await until(page, 23, () => rows.count());
            assert.equal(await page.isVisible('#streams .more'), false);
            await page.setViewportSize({ width: 360, height: 740 });
            await until(page, 10, () => rows.count());
            assert.equal(await page.textContent('#streams .more'), 'and 13 more');
            const hidden = () => page.$eval('#streams .scroll', (box) => box.scrollHeight - box.clientHeight);
            assert.equal(await hidden(), 0);
            await page.click('#streams .more button');
            assert.equal(await rows.count(), 23);
            assert.equal(await hidden(), 0);
            assert.equal(await page.evaluate(() => document.activeElement.closest('tr').dataset.key), '1-10');
        });
    });

    test('of many targets, shows those that fail and those that work most', limit, () => showing(
        [stats, { type: 'targets', routes: [], targets: Array.from({ length: 200 }, (_, i) => (
            { provider: `p${i}`, model: 'm', state: i === 7 ? 'open' : 'closed', attempts: i, completed: i, failed: 0 })) }],
        async (page) => {
            await until(page, '199 of 200 well', () => page.textContent('#targets-count'));
            const rows = page.locator('#targets tbody tr');
            assert.equal(await rows.count(), 60);
            assert.match(await rows.nth(0).textContent(), /^p7m/);
            assert.match(await rows.nth(1).textContent(), /^p199m/);
            assert.match(await page.textContent('#targets .more'), /^140 more are not shown/);
        }));
});

describe('of a gateway that is started again', () => {
    test('connects by itself, and says that it counts anew', limit, async () => {
        let gateway = await serve('open.yaml');
        const { port } = new URL(gateway.url);
        const { page, faults, close } = await openDashboard(gateway.url);
        try {
            await connected(page);
            await ask(gateway.url);
            await until(page, '20', shown(page, 'output_tokens_total'));
            assert.equal(await gateway.stop(), 0, gateway.log());
            await page.waitForSelector('#state[data-state=warn]');
            assert.match(await page.textContent('#state'), /^Reconnecting since \d\d:\d\d:\d\d$/);
            gateway = await serve('open.yaml', `127.0.0.1:${port}`);
            await connected(page);
            assert.equal(await page.textContent('#state'), 'Connected');
            await page.waitForSelector('#restarted:visible');
            await until(page, '0', shown(page, 'output_tokens_total'));
            assert.deepEqual(faults, []);
        } finally {
            await close();
            assert.equal(await gateway.stop(), 0, gateway.log());
        }
    });
});

describe('of a gateway with keys', () => {
    let gateway, page, faults, close;

    before(async () => { gateway = await serve('guarded.yaml'); });
    after(async () => assert.equal(await gateway.stop(), 0, gateway.log()));
    beforeEach(async () => {
        ({ page, faults, close } = await openDashboard(gateway.url));
        await page.waitForSelector('#door:visible');
    });
    afterEach(async () => {
        await close();
        assert.deepEqual(faults, []);
    });

    async function signIn(key) {
        await page.fill('#key', key);
        await page.click('#door button');
        await page.waitForSelector('#who:visible');
    }

    test('asks for a key, and nothing of the gateway before', limit, async () => {
        assert.equal(await page.textContent('#state'), 'Not connected');
        assert.match(await page.textContent('#refused'), /sign in with an operator's key/);
    });

    test('says of a key that it is no operator\'s', limit, async () => {
        await signIn(keys.team);
        await until(page, true, async () => /this key is none of theirs/.test(await page.textContent('#door-text')));
        assert.equal(await page.textContent('#who-key'), 'team-a');
        assert.equal(await page.textContent('#state'), 'Not connected');
    });

    test('shows an operator what keys have used of their limits', limit, async () => {
        const team_key = { Authorization: `Bearer ${keys.team}` };
        for (let i = 0; i < 7; ++i) assert.equal(await ask(gateway.url, team_key), 200); // 140 tokens
        await signIn(keys.operations);
        await connected(page);
        assert.equal(await page.isVisible('#door'), false);
        const team = page.locator('#keys li[data-key="team-a"]');
        const used = (limit) => team.locator(`li[data-key=${limit}] .limit-used`).textContent();
        const level = (limit) => team.locator(`li[data-key=${limit}] [role=meter]`).getAttribute('data-level');
        await until(page, '0.014 of 0.016', () => used('cost_per_day'));
        assert.equal(await level('cost_per_day'), 'high');
        assert.equal(await team.locator('li[data-key=cost_per_day] .limit-name').textContent(), 'cost per day, in the currency of prices');
        assert.equal(await used('concurrent_streams'), '0 of 1');
        const stream = await post(gateway.url, { prompt: 'Hi' }, { ...team_key, 'X-Mock-Rate': '1' });
        await until(page, '1 of 1', () => used('concurrent_streams'));
        const meter = team.getByRole('meter', { name: 'concurrent streams' });
        assert.equal(await meter.getAttribute('aria-valuenow'), '1');
        assert.equal(await meter.getAttribute('data-level'), 'full');
        await stream.body.cancel();
        assert.match(await page.textContent('#keys li[data-key=operations] .key-note'), /^operator · /);
        assert.equal(await page.textContent('#keys-count'), '2 keys');
    });

    test('lets an operator stop the stream of a key', limit, async () => {
        const stream = await post(gateway.url, { prompt: 'Hi' },
            { Authorization: `Bearer ${keys.operations}`, 'X-Mock-Tokens': '5000', 'X-Mock-Rate': '20' });
        await signIn(keys.operations);
        const row = page.locator(`#streams tr[data-key="${stream.headers.get('X-Stream-Id')}"]`);
        await row.locator('button').click();
        await row.locator('button').click();
        assert.match(await stream.text(), /"finish_reason":"cancelled"/);
    });

    test('closes for who signs out', limit, async () => {
        await signIn(keys.operations);
        await connected(page);
        await page.click('#sign-out');
        await page.waitForSelector('#door:visible');
        assert.equal(await page.textContent('#state'), 'Not connected');
    });
});
