// The peers: what stands between the load client and the upstream. Each starts on the peers' core
// with its configuration from peers/ and is stopped by who started it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { descriptorsMax } from './machine.mjs';
import { accepting, freePort, startListening, startProcess } from './process.mjs';

const configurations = fileURLToPath(new URL('../peers/', import.meta.url));
export const portkeyFolder = fileURLToPath(new URL('../../../build/bench-node', import.meta.url));
const portkeyProgram = join(portkeyFolder, 'node_modules/@portkey-ai/gateway/build/start-server.js');

// Where Debian's libnginx-mod-nchan puts it.
const nchanModule = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** Writes the configuration `name` of peers/ into `folder` with its {{placeholders}} filled in. */
function writeConfiguration(folder, name, values) {
    const text = readFileSync(join(configurations, name), 'utf8').replace(
        /\{\{(\w+)\}\}/g, (whole, key) => {
            if (key in values) return values[key];
            if (key === undefined || whole === '{{...}}') return whole;
            throw new Error(`${name}: nothing is known to fill in for ${whole}`);
        });
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
}

/** A server that is told its port: starts it and waits until it accepts connections there. */
async function startOnPort({ core, folder, name, port, command, args, environment, scheme = 'http' }) {
    const started = startProcess({
        core, command, args, environment, log: join(folder, `${name}.log`),
    });
    await accepting(started, port);
    return { ...started, port, url: `${scheme}://127.0.0.1:${port}` };
}

/** nginx with the configuration `file` of peers/; `values` are what that wants filled in. */
async function startNginxWith(file, { core, folder, name, scheme }, values) {
    const port = await freePort();
    const written = writeConfiguration(folder, file, {
        folder, port, descriptors: descriptorsMax(),
        connections: Math.ceil(descriptorsMax() * 1.1), ...values,
    });
    return startOnPort({
        core, folder, name, port, scheme, command: 'nginx',
        args: ['-p', folder, '-e', join(folder, 'nginx-error.log'), '-c', written],
    });
}

function startNginx({ core, folder, upstream, certificate }, { name, listenOptions }) {
    const scheme = listenOptions === '' ? 'http' : 'https';
    return startNginxWith('nginx.conf', { core, folder, name, scheme }, {
        upstream_port: upstream.port,
        listen_options: listenOptions,
        certificate: listenOptions === '' ? '' : [
            `ssl_certificate ${certificate.file};`, `ssl_certificate_key ${certificate.key};`,
            'ssl_protocols TLSv1.3;',
        ].join('\n        '),
    });
}

const startRelay = ({ core, folder, upstream, programs }) => startListening({
    core, command: join(programs, 'bench_relay'), args: ['--to', `127.0.0.1:${upstream.port}`],
    log: join(folder, 'floor.log'),
});

const startFanout = ({ core, folder, programs }) => startListening({
    core, command: join(programs, 'bench_fanout'), args: [], log: join(folder, 'floor.log'),
    input: true,
});

async function startSluice({ core, folder, upstream, certificate, sluice, tls }) {
    const file = writeConfiguration(folder, 'sluice.yaml', {
        upstream_url: upstream.url,
        provider_options: upstream.http2 ? `, http2: true, ca_file: "${certificate.file}"` : '',
        tls: tls ? `tls: {certificate: "${certificate.file}", private_key: "${certificate.key}"}` : '',
    });
    return startListening({
        core, command: sluice, args: ['serve', '--config', file], log: join(folder, 'sluice.log'),
    });
}

/**
 * By name: `start(setup)` resolves to the process with the `url` that clients ask, or to nothing but
 * a `url` where no process is between. `headers` go into each request. `more`: only with --more.
 * `setup`: { core, folder, upstream, certificate, programs, sluice, tls, broadcast }.
 */
export const peers = {
    direct: {
        start: async ({ upstream }) => ({ url: upstream.url }),
        version: () => 'nothing between client and upstream',
    },
    floor: {
        start: (setup) => (setup.broadcast ? startFanout(setup) : startRelay(setup)),
        version: () => 'bench_relay, a raw TCP copy; bench_fanout, one send() per reader',
    },
    curl: {
        start: ({ core, folder, upstream, programs }) => startListening({
            core, command: join(programs, 'bench_curl_relay'), args: ['--to', upstream.url],
            log: join(folder, 'curl.log'),
        }),
        version: () => 'bench_curl_relay, libcurl and nothing else',
    },
    nginx: {
        start: (setup) => startNginx(
            setup, { name: 'nginx', listenOptions: setup.tls ? ' ssl' : '' }),
        version: () => printed('nginx', '-v'),
    },
    nchan: {
        start: (setup) => startNginxWith(
            'nchan.conf', { ...setup, name: 'nchan' }, { module: nchanModule, messages_max: 1000 }),
        version: () => `nchan ${printed('dpkg-query', '-W', '-f', '${Version}', 'libnginx-mod-nchan')}`,
    },
    haproxy: {
        async start({ core, folder, upstream }) {
            const port = await freePort();
            const file = writeConfiguration(folder, 'haproxy.cfg', {
                port, upstream_port: upstream.port,
                streams_max: Math.floor(descriptorsMax() / 2) - 50,
            });
            return startOnPort({
                core, folder, name: 'haproxy', port, command: 'haproxy', args: ['-db', '-f', file],
            });
        },
        version: () => printed('haproxy', '-v').split('\n')[0],
    },
    caddy: {
        more: true,
        async start({ core, folder, upstream }) {
            const port = await freePort();
            const file = writeConfiguration(folder, 'Caddyfile', {
                port, folder, upstream_port: upstream.port,
            });
            return startOnPort({
                core, folder, name: 'caddy', port, command: 'caddy',
                args: ['run', '--adapter', 'caddyfile', '--config', file],
                environment: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
            });
        },
        version: () => `caddy ${printed('caddy', 'version')}`,
    },
    portkey: {
        more: true,
        headers: ({ upstream }) => [
            'x-portkey-provider: openai', `x-portkey-custom-host: ${upstream.url}/v1`,
            'authorization: Bearer unused',
        ],
        async start({ core, folder }) {
            if (!existsSync(portkeyProgram)) {
                throw new Error('Portkey is not installed: run tests/bench/run --more');
            }
            const port = await freePort();
            return startOnPort({
                core, folder, name: 'portkey', port, command: process.execPath,
                args: [portkeyProgram, `--port=${port}`, '--headless'],
                environment: { NODE_ENV: 'production' },
            });
        },
        version: () => `@portkey-ai/gateway ${JSON.parse(readFileSync(
            join(portkeyFolder, 'node_modules/@portkey-ai/gateway/package.json'), 'utf8')).version}`,
    },
    sluice: {
        start: startSluice,
        version: ({ sluice }) => printed(sluice, 'version').split('\n')[0],
    },
};

/** What makes HTTP/2 over TLS of the upstream: an nginx on the upstream's own core. */
export async function startHttp2Upstream(setup) {
    const started = await startNginx(setup, { name: 'http2', listenOptions: ' ssl http2' });
    return { ...started, http2: true };
}

/** A self-signed certificate for 127.0.0.1 in `folder`: the paths of its `file` and its `key`. */
export function makeCertificate(folder) {
    const file = join(folder, 'certificate.pem');
    const key = join(folder, 'key.pem');
    execFileSync('openssl', [
        'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
        '-keyout', key, '-out', file, '-days', '2', '-subj', '/CN=127.0.0.1',
        '-addext', 'subjectAltName=IP:127.0.0.1',
    ], { stdio: 'ignore' });
    return { file, key };
}

/** What `command` prints about itself, on whichever of its outputs. */
function printed(command, ...args) {
    return execFileSync('sh', ['-c', '"$@" 2>&1', 'sh', command, ...args], { encoding: 'utf8' }).trim();
}
