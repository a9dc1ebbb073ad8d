// A real Chromium, and a server for the pages that it opens.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { chromium } from 'playwright-core';

import { startGateway } from './gateway.mjs';
import { wholeText } from './mock_streams.mjs';

const flags = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export const startBrowser = () =>
    chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });

/**
 * A gateway, a browser, `pages` of another origin than the gateway's, and the `whole` text that the
 * mock answers with. `stop` ends them, and fails where the gateway does not end well.
 */
export async function startSetting() {
    const gateway = await startGateway();
    const pages = await startPages();
    const browser = await startBrowser();
    return {
        gateway, pages, browser, whole: await wholeText(gateway.url),
        async stop() {
            await browser.close();
            await pages.stop();
            assert.equal(await gateway.stop(), 0, gateway.log());
        },
    };
}

async function startPages() {
    const pages = [];
    const server = http.createServer((request, response) => {
        const body = pages[Number(request.url.slice(1))];
        response.writeHead(body ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' });
        response.end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
        /** The URL under which `script` runs beside an empty `#text`. */
        add: (script) => {
            const head = '<!doctype html><link rel="icon" href="data:,"><pre id="text"></pre>';
            pages.push(`${head}\n<script>${script}</script>\n`);
            return `http://127.0.0.1:${server.address().port}/${pages.length - 1}`;
        },
        async stop() {
            server.close();
            server.closeAllConnections();
            await once(server, 'close');
        },
    };
}

/** Opens `url` in a tab of its own, or of `context`; `faults` are the exceptions of its scripts. */
export async function openTab(context, url) {
    const tab = await context.newPage();
    tab.setDefaultTimeout(20_000);
    const faults = [];
    tab.on('pageerror', (error) => faults.push(error.message));
    await tab.goto(url);
    return { tab, faults, text: () => tab.textContent('#text') };
}
