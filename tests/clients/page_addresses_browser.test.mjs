// The pages of a gateway whose operators have an address of their own: each page says where it is of use.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { startBrowser } from './support/browser.mjs';
import { startGateway } from './support/gateway.mjs';
import { ask } from './support/playground_page.mjs';
import { until } from './support/until.mjs';

const configuration = `
server: {admin: ["127.0.0.1:0"]}
providers: {mock: {kind: mock, ttft: 1ms, rate: 500, tokens: 20}}
models: [{name: mock, targets: [{provider: mock, model: mock}]}]
`;

let folder, gateway, browser, page;

before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-addresses-'));
    await writeFile(join(folder, 'sluice.yaml'), configuration, { mode: 0o600 });
    gateway = await startGateway(['--config', join(folder, 'sluice.yaml')]);
    await until('an address for operators', gateway.operatorsUrl);
    browser = await startBrowser();
});
after(async () => {
    await browser?.close();
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
    page = await browser.newPage();
    page.setDefaultTimeout(20_000);
});
afterEach(() => page.close());

test('the playground sends nothing at the operators\' address, and says where it would', async () => {
    const posted = [];
    page.on('request', (request) => { if (request.method() === 'POST') posted.push(request.url()); });
    await page.goto(gateway.operatorsUrl());
    await page.waitForSelector('#elsewhere:visible');
    assert.match(await page.textContent('#elsewhere'), /operators' address .* public address/);
    assert.equal(await page.textContent('#state'), 'Not at this address');
    for (const control of ['#prompt', '#send']) assert.equal(await page.isDisabled(control), true, control);
    for (const control of ['#model', '#model-name', '.example']) assert.equal(await page.isVisible(control), false, control);
    await page.$eval('#form', (form) => {
        form.querySelector('#prompt').value = 'Hello';
        form.requestSubmit();
    });
    assert.equal(await page.getAttribute('body', 'data-state'), 'empty');
    assert.deepEqual(posted, []);
});

test('the playground works at the public address', async () => {
    await page.goto(gateway.url);
    await page.waitForSelector('#model option[value=mock]', { state: 'attached' });
    assert.equal(await page.isVisible('#elsewhere'), false);
    assert.equal(await page.textContent('#state'), 'Ready');
    await ask(page, 'Hello');
});

test('the dashboard shows nothing but why at the public address', async () => {
    await page.goto(`${gateway.url}/dashboard`);
    await page.waitForSelector('#refused:visible');
    assert.match(await page.textContent('#refused'), /not served at this address/);
    for (const part of ['#tiles', '#charts', '#window', '#as-tables', '#pause', '#streams-title', '#facts']) {
        assert.equal(await page.isVisible(part), false, part);
    }
});

test('the dashboard works at the operators\' address', async () => {
    await page.goto(`${gateway.operatorsUrl()}/dashboard`);
    await page.waitForSelector('#state[data-state=live]');
    for (const part of ['#tiles', '#charts', '#window', '#pause']) assert.equal(await page.isVisible(part), true, part);
});
