// The modules of gateway/pages by themselves: an empty page that may import them, under the policy that the
// gateway sends with its pages.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';

const folder = new URL('../../../gateway/pages/', import.meta.url);
/** As in gateway/pages/pages.hpp. */
export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types dompurify";
const types = { js: 'text/javascript', css: 'text/css' };
const empty = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Modules</title><main></main>';

const content = (name) =>
    readFile(new URL(name, folder)).catch(() => readFile(new URL(`vendor/${name}`, folder)));

/** Serves the empty page at `url`, and each file of the pages beside it, those of vendor/ too. */
export async function startModulePage() {
    const server = http.createServer(async (request, response) => {
        const name = request.url.slice(1);
        const body = /^[\w.]+$/.test(name) ? await content(name).catch(() => undefined) : empty;
        const type = types[name.split('.').at(-1)] ?? 'text/html';
        response.writeHead(body === undefined ? 404 : 200, {
            'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': policy,
        });
        response.end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
        url: `http://127.0.0.1:${server.address().port}/`,
        async stop() {
            server.close();
            server.closeAllConnections();
            await once(server, 'close');
        },
    };
}
