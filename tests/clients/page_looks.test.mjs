// How the pages look, in every state, width and colour scheme: axe-core finds no serious fault, nothing runs over the
// edge, the console is silent, and a picture of each is kept in SLUICE_PICTURES (or a temporary folder).
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startBrowser } from './support/browser.mjs';
import { ask, copyAs, operatorKey, send, signIn, startMockGateway } from './support/playground_page.mjs';
import { openWatched } from './support/watched_page.mjs';

const widths = [320, 360, 768, 1440];
const schemes = ['light', 'dark'];
const answer = `# How a lock lifts a boat

A **lock** is a chamber with a gate at *either* end, see [how it works](https://example.com/locks).

1. The boat enters, and the lower gate closes.
2. The sluice lets water in: \`level += inflow * time\`.
   - It takes ten minutes.
   - [x] Nobody hurries.

| lock | rise | boats a year |
| :--- | ---: | ---: |
| Three Gorges | 113 m | 10,000 |
| Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft | 1 m | 3 |

> Water finds its level.

\`\`\`js
const rise = (lower, upper) => upper - lower; // a line that is longer than any phone is wide, so that it has to scroll
\`\`\`

${'w'.repeat(300)} <b>no bold</b>`;

let output, axe, browser, open, guarded;
before(async () => {
    output = process.env.SLUICE_PICTURES ?? await mkdtemp(join(tmpdir(), 'sluice-pages-'));
    await mkdir(output, { recursive: true });
    console.log(`pictures are kept in ${output}`);
    axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
    browser = await startBrowser();
    open = await startMockGateway({ gap: '5ms' });
    guarded = await startMockGateway({ keys: true });
});
after(async () => {
    await browser?.close();
    await open?.stop();
    await guarded?.stop();
});

/** What axe-core finds that keeps people out, as 'rule: element' lines. */
async function faultsOf(page) {
    if (await page.evaluate(() => typeof window.axe) === 'undefined') await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`));
}

/** Looks at the page as it stands; an empty list is a good page. */
async function look(page, name) {
    const found = [];
    for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        for (const width of widths) {
            const here = `${name} ${width} ${colorScheme}`;
            await page.setViewportSize({ width, height: width < 768 ? 740 : 900 });
            const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
            if (over > 0) found.push(`${here}: ${over} pixels run over the edge`);
            if (width === 360 || width === 1440) found.push(...(await faultsOf(page)).map((fault) => `${here}: ${fault}`));
            const path = join(output, `${name}-${width}-${colorScheme}.png`);
            await page.screenshot({ path, fullPage: true });
        }
    }
    return found;
}

/** A tab with the page at `path`. That a gateway wants a key is said by a 401, which Chromium reports. */
async function openPage(gateway, path) {
    const context = await browser.newContext();
    const { page, faults } = await openWatched(context, gateway.url + path);
    const unasked = () => faults.filter((fault) => gateway !== guarded || !/^console: Failed to load resource.* 401 /.test(fault));
    return { page, unasked, close: () => context.close() };
}

/** Brings a page into a state by `steps`, and looks. */
function state(name, path, steps, gateway = () => open) {
    test(name.replaceAll('-', ' '), async () => {
        const { page, unasked, close } = await openPage(gateway(), path);
        try {
            await steps(page);
            assert.deepEqual(await look(page, name), []);
            assert.deepEqual(unasked(), []);
        } finally {
            await close();
        }
    });
}

test('a fault would be seen', async () => {
    const { page, close } = await openPage(open, '/');
    await page.evaluate(() => {
        const wide = document.createElement('button');
        wide.style.width = '3000px';
        document.body.append(wide);
    });
    const found = (await look(page, 'fault')).join('\n');
    assert.match(found, /fault 360 light: \d+ pixels run over the edge/);
    assert.match(found, /fault 1440 dark: button-name: body > button/);
    await close();
});

const models = (page) => page.waitForSelector('#model option[value=mock]', { state: 'attached' });
const echo = `[mock echo=true] ${answer}`;
const endless = '[mock tokens=3000 rate=15 content=markdown] Tell me about rivers';

describe('the playground', () => {
    state('playground-empty', '/', models);
    state('playground-live', '/', async (page) => {
        await models(page);
        await send(page, endless);
        await page.waitForSelector('#answer .text');
    });
    state('playground-done', '/', async (page) => {
        await models(page);
        await ask(page, 'Tell me about rivers');
        await ask(page, echo);
        await page.waitForSelector('#answer table');
    });
    state('playground-failed', '/', async (page) => {
        await models(page);
        await ask(page, '[mock error=truncate-after=5] Tell me about rivers', 'bad');
    });
    state('playground-settings', '/', async (page) => {
        await models(page);
        await page.click('#settings-toggle');
    });
    state('playground-events', '/', async (page) => {
        await models(page);
        await ask(page, echo);
        await page.setViewportSize({ width: 360, height: 740 });
        await page.click('#tab-events');
    });
    state('playground-copy', '/', async (page) => {
        await models(page);
        await page.fill('#prompt', answer);
        await copyAs(page);
        await page.click('#copy-as');
    });
    state('playground-door', '/', (page) => page.waitForSelector('#door:visible'), () => guarded);
    state('playground-signed-in', '/', async (page) => {
        await signIn(page);
        await models(page);
    }, () => guarded);
});

/** Begins `count` streams that go on, as somebody with `key` would. */
async function beginStreams(gateway, count, key) {
    const headers = { 'Content-Type': 'application/json', ...(key && { Authorization: `Bearer ${key}` }) };
    for (let i = 0; i < count; ++i) {
        const response = await fetch(`${gateway.url}/v1/streams?detach=true`,
            { method: 'POST', headers, body: JSON.stringify({ prompt: endless }) });
        assert.equal(response.status, 202);
    }
}

const connected = (page) => page.waitForSelector('#state[data-state=live]');

describe('the dashboard', () => {
    state('dashboard-door', '/dashboard', (page) => page.waitForSelector('#door:visible'), () => guarded);
    state('dashboard-empty', '/dashboard', connected, () => open);
    state('dashboard-busy', '/dashboard', async (page) => {
        await beginStreams(guarded, 5, operatorKey);
        await signIn(page);
        await connected(page);
        await page.locator('#streams tr[data-key]').nth(4).waitFor();
    }, () => guarded);
});
