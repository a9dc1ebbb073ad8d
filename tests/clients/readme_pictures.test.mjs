// The pictures of README.md, made from the real pages: `SLUICE_PICTURES=deploy/pictures tests/clients/run
// readme_pictures.test.mjs` renews them.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startBrowser } from './support/browser.mjs';
import { startGateway } from './support/gateway.mjs';
import { runLoad } from './support/load.mjs';
import { openWatched } from './support/watched_page.mjs';

const limit = { timeout: 120_000 };
const loadSeconds = 40;

const answer = `A lock is a chamber with a gate at **either** end. Water does the lifting:

1. The boat enters, and the lower gate closes behind it.
2. A *sluice* in the upper gate lets water in: \`level += inflow * time\`.
3. When both levels are equal the upper gate opens, and the boat leaves.

| lock | rise | takes |
| :--- | ---: | ---: |
| Three Gorges | 113 m | 4 hours |
| Panama, Gatún | 26 m | 2 hours |
| a village on the canal | 2 m | 10 minutes |

No pump, no engine, no hurry.`;
const settings = `
providers:
  mock:
    kind: mock
    ttft: lognormal(180ms,0.4)
    gap: gamma(22ms,1.5)
    script: [{contains: lift a boat, reply: ${JSON.stringify(answer)}}]
  gone: {kind: openai, base_url: "http://127.0.0.1:1/v1", breaker: {failures: 2, cool_down: 1h}}
prices: [{provider: mock, model: mock, input: 2.5, output: 10}]
models:
  - {name: mock, targets: [{provider: mock, model: mock}]}
  - {name: steady, targets: [{provider: gone, model: flagship}, {provider: mock, model: mock, priority: 2}]}
`;

let folder, pictures, gateway, browser;
before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-pictures-'));
    pictures = process.env.SLUICE_PICTURES ?? folder;
    await mkdir(pictures, { recursive: true });
    const file = join(folder, 'sluice.yaml');
    await writeFile(file, settings, { mode: 0o600 });
    gateway = await startGateway(['--config', file]);
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
});

async function openPage(path, height) {
    const context = await browser.newContext({
        viewport: { width: 1280, height }, colorScheme: 'light', deviceScaleFactor: 1, reducedMotion: 'reduce',
    });
    const { page, faults } = await openWatched(context, gateway.url + path);
    return { page, faults, close: () => context.close() };
}

test('the playground while an answer flows in', limit, async () => {
    const { page, faults, close } = await openPage('/', 760);
    await page.waitForSelector('#model option[value=mock]', { state: 'attached' });
    await page.fill('#prompt', 'How does a lock lift a boat?');
    await page.press('#prompt', 'Enter');
    await page.waitForFunction(() => document.querySelectorAll('#events li').length > 130);
    await page.screenshot({ path: join(pictures, 'playground.png') });
    assert.ok((await page.textContent('#answer')).length > 100);
    assert.deepEqual(faults, []);
    await close();
});

test('the dashboard under load', limit, async () => {
    const { page, faults, close } = await openPage('/dashboard', 1010);
    await page.waitForSelector('#state[data-state=live]');
    await page.getByLabel('1 min').check();
    const load = runLoad([
        gateway.url, '--model', 'steady', '--rate', `ramp:2..9,over=${loadSeconds}s`, '--duration', `${loadSeconds}s`,
        '--output-tokens', '120', '--quiet',
    ]);
    await Promise.race([load, page.waitForFunction(
        (wanted) => Number(document.querySelector('[data-figure=requests_total]').textContent.replaceAll(',', '')) >= wanted,
        3 * loadSeconds, { timeout: 100_000 })]);
    await page.screenshot({ path: join(pictures, 'dashboard.png') });
    assert.ok(await page.locator('#streams tr[data-key]').count() > 0);
    assert.match(await page.textContent('#targets'), /flagship[^]*Resting/);
    await load;
    assert.deepEqual(faults, []);
    await close();
});
