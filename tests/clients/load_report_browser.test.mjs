// The page of `sluice load --report` in a real Chromium: it needs nothing else, and shows everything.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { startBrowser } from './support/browser.mjs';
import { runLoad } from './support/load.mjs';

const limit = { timeout: 120_000 };
// Where pictures of the page are kept to be looked at; else they go with the test.
const pictures = process.env.SLUICE_PICTURES;

let folder;
let page;
let browser;

before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-report-'));
    page = join(folder, 'report.html');
    const { code, errors } = await runLoad([
        '--mock', '--rate', 'ramp:10..120,over=6s', '--duration', '8s', '--output-tokens', 'lognormal(30,0.7)',
        '--mock-setting', 'ttft-ms=lognormal(80,0.6)', '--mock-setting', 'gap-ms=gamma(10,0.7)',
        '--slo', 'ttft=250ms,gap=80ms', '--slo-share', '0.5', '--report', page, '--quiet',
    ]);
    assert.ok([0, 3, 4].includes(code), `${code} ${errors}`);
    browser = await startBrowser();
});

after(async () => {
    await browser?.close();
    if (folder) await rm(folder, { recursive: true });
});

test('the page asks for nothing that is not in it', async () => {
    const text = await readFile(page, 'utf8');
    assert.doesNotMatch(text, /(?:src|href)="(?!data:|#)/);
    assert.ok(text.length < 2_000_000, `${text.length} bytes`);
});

for (const colorScheme of ['light', 'dark']) {
    for (const width of [400, 1400]) {
        test(`it is shown in ${colorScheme} at a width of ${width}`, limit, async () => {
            const context = await browser.newContext({
                colorScheme, viewport: { width, height: 1000 },
            });
            const tab = await context.newPage();
            const faults = [];
            const requests = [];
            tab.on('pageerror', (error) => faults.push(error.message));
            tab.on('console', (message) => faults.push(message.text()));
            tab.on('request', (request) => requests.push(request.url()));
            await tab.goto(pathToFileURL(page).href);
            await tab.waitForSelector('svg');
            assert.ok(await tab.locator('svg').count() >= 5, 'plots are missing');
            const overflow = await tab.evaluate(
                () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            assert.ok(overflow <= 0, `${overflow} pixels stick out`);
            const words = await tab.innerText('body');
            for (const wanted of ['ttft_content', 'gap', 'sluice load', 'lost']) {
                assert.ok(words.includes(wanted), `'${wanted}' is not on the page`);
            }
            assert.doesNotMatch(words, /NaN|undefined|Infinity/);
            await tab.screenshot({
                path: join(pictures ?? folder, `report-${colorScheme}-${width}.png`), fullPage: true,
            });
            assert.deepEqual(faults, []);
            assert.deepEqual(requests, [pathToFileURL(page).href]);
            await context.close();
        });
    }
}
