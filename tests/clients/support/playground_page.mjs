// The playground in a tab: what a person does there, by the names that playground.html lists.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGateway } from './gateway.mjs';

export const operatorKey = 'sk-sluice-operator-0123456789';

/** A gateway with the mock that sends a token each `gap`, and wants `operatorKey` where `keys` says so. */
export async function startMockGateway({ gap = '1ms', keys = false } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-page-'));
    const file = join(folder, 'sluice.yaml');
    const sha256 = createHash('sha256').update(operatorKey).digest('hex');
    await writeFile(file, [
        `providers: {mock: {kind: mock, ttft: 1ms, gap: ${gap}}}`,
        'models: [{name: mock, targets: [{provider: mock, model: mock}]}]',
        keys ? `keys: [{id: ops, role: operator, sha256: "${sha256}"}]` : '',
    ].join('\n'), { mode: 0o600 });
    const gateway = await startGateway(['--config', file]);
    return {
        ...gateway,
        async stop() {
            await gateway.stop();
            await rm(folder, { recursive: true, force: true });
        },
    };
}

/** Fills fields of the settings, by the names under which they go out. */
export async function setFields(page, fields) {
    if (await page.isHidden('#settings')) await page.click('#settings-toggle');
    for (const [name, value] of Object.entries(fields)) {
        const field = page.locator(`[data-parameter=${name}], [data-mock=${name}]`);
        if (await field.evaluate(({ tagName }) => tagName) === 'SELECT') await field.selectOption(value);
        else await field.fill(String(value));
    }
    await page.click('#settings-toggle');
}

/** Types `prompt` and sends it. */
export async function send(page, prompt) {
    await page.fill('#prompt', prompt);
    await page.press('#prompt', 'Enter');
}

/** The selector of the question that is `count`th on the page, where it has come to be `state`. */
const turn = (count, state) => `#conversation > :nth-child(${count})[data-state=${state}]`;

/** Sends `prompt` and waits until its answer is `state`: live, lost, done, stopped or bad. */
export async function ask(page, prompt, state = 'done') {
    const asked = await page.locator('#conversation > *').count();
    await send(page, prompt);
    await page.waitForSelector(turn(asked + 1, state), { state: 'attached' });
}

export async function signIn(page) {
    await page.fill('#key', operatorKey);
    await page.press('#key', 'Enter');
    await page.waitForSelector('#who-key:visible');
}

/** The programs that 'Copy as' offers now, by their names in snippets.js. */
export async function copyAs(page) {
    await page.click('#copy-as');
    const programs = {};
    for (const tab of await page.$$('[data-snippet]')) {
        await tab.click();
        programs[await tab.getAttribute('data-snippet')] = await page.textContent('#snippet');
    }
    await page.click('#copy-close');
    return programs;
}
