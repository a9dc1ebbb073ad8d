// The examples of deploy/proxies, run by the programs that they are for.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const startMs = 20_000;
const stopMs = 10_000;
const examples = join(dirname(fileURLToPath(import.meta.url)), '../../../deploy/proxies');

async function freePort() {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}

/** Replaces each text, which must be there. */
function substituted(text, changes) {
    for (const [from, to] of changes) {
        if (!text.includes(from)) throw new Error(`the example does not say '${from}'`);
        text = text.replaceAll(from, to);
    }
    return text;
}

/** A folder with a certificate for `localhost` that signs itself. */
export function makeCertificate() {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-proxies-'));
    chmodSync(folder, 0o755);
    const certificate = join(folder, 'sluice.pem');
    const key = join(folder, 'sluice.key');
    execFileSync('openssl', [
        'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
        '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=localhost',
        '-addext', 'subjectAltName=DNS:localhost',
    ], { stdio: 'ignore' });
    writeFileSync(join(folder, 'both.pem'), readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'));
    return { folder, certificate, key, remove: () => rmSync(folder, { recursive: true }) };
}

/** What runs each of them: the file that it gets, and its command. */
const programs = {
    nginx: {
        example: 'nginx.conf',
        fill: (text, at) => substituted(text, [
            ['127.0.0.1:8080', `127.0.0.1:${at.gateway}`],
            ['listen 443 ssl http2;', `listen 127.0.0.1:${at.port} ssl http2;`],
            ['listen 80;', `listen 127.0.0.1:${at.plain};`],
            ['sluice.example.com', 'localhost'],
            ['/etc/ssl/sluice.pem', at.certificate],
            ['/etc/ssl/sluice.key', at.key],
        ]),
        /** The example is a part of the http block of this. */
        around: (folder) => [
            'daemon off;', 'worker_processes 1;', `pid ${folder}/nginx.pid;`,
            `error_log ${folder}/error.log;`, process.getuid() === 0 ? 'user root;' : '',
            'events {}', 'http {', 'access_log off;',
            ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
                (what) => `${what}_temp_path ${folder}/${what};`),
            `include ${folder}/example;`, '}',
        ].join('\n'),
        command: (folder) => ['nginx', '-p', folder, '-e', `${folder}/error.log`, '-c', `${folder}/main`],
    },
    caddy: {
        example: 'Caddyfile',
        fill: (text, at) => substituted(text, [
            ['127.0.0.1:8080', `127.0.0.1:${at.gateway}`],
            ['\nsluice.example.com {', `\nhttps://localhost:${at.port} {\n\tbind 127.0.0.1`],
            ['/etc/ssl/sluice.pem', at.certificate],
            ['/etc/ssl/sluice.key', at.key],
        ]),
        around: (folder) =>
            `{\n\tadmin off\n\tauto_https disable_redirects\n\tgrace_period 1s\n}\nimport ${folder}/example\n`,
        command: (folder) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', `${folder}/main`],
    },
    haproxy: {
        example: 'haproxy.cfg',
        fill: (text, at) => substituted(text, [
            ['127.0.0.1:8080', `127.0.0.1:${at.gateway}`],
            ['bind :443', `bind 127.0.0.1:${at.port}`],
            ['bind :80', `bind 127.0.0.1:${at.plain}`],
            ['/etc/haproxy/sluice.pem', at.both],
        ]),
        around: () => '',
        command: (folder) => ['haproxy', '-db', '-f', `${folder}/example`],
    },
};
export const proxyNames = Object.keys(programs);

async function accepts(port) {
    const socket = net.connect(port, '127.0.0.1');
    try {
        await once(socket, 'connect');
        return true;
    } catch {
        return false;
    } finally {
        socket.destroy();
    }
}

/** Whether what stands behind the proxy answers: on a busy machine its first check of that may be too early. */
async function reaches(port) {
    const asked = https.get({ host: '127.0.0.1', port, path: '/livez', rejectUnauthorized: false, agent: false });
    try {
        const [answer] = await once(asked, 'response');
        return answer.statusCode < 500;
    } catch {
        return false;
    } finally {
        asked.on('error', () => {}).destroy();
    }
}

/** As `startFrontProxy`, until the test `t` ends, however it ends. */
export async function frontProxyFor(t, name, ...how) {
    const proxy = await startFrontProxy(name, ...how);
    t.after(() => proxy.stop());
    return proxy;
}

/**
 * Starts `name` with its example before `gatewayUrl`; `change` may spoil the example's text. Resolves
 * once it accepts connections.
 */
export async function startFrontProxy(name, gatewayUrl, secrets, change = (text) => text) {
    const program = programs[name];
    const folder = mkdtempSync(join(secrets.folder, `${name}-`));
    const port = await freePort();
    const plain = await freePort();
    const example = readFileSync(join(examples, program.example), 'utf8');
    const filled = program.fill(change(example), {
        port, plain, gateway: new URL(gatewayUrl).port,
        certificate: secrets.certificate, key: secrets.key, both: join(secrets.folder, 'both.pem'),
    });
    writeFileSync(join(folder, 'example'), filled);
    writeFileSync(join(folder, 'main'), program.around(folder));
    const [command, ...args] = program.command(folder);
    const child = spawn(command, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, HOME: folder },
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text) => { log += text; });
    let ended;
    const exited = new Promise((resolve) => {
        child.once('error', (error) => resolve(ended = error.message));
        child.once('exit', (code, signal) => resolve(ended = `ended with ${code ?? signal}`));
    });
    const give = Date.now() + startMs;
    while (!await accepts(port)) {
        if (ended || Date.now() > give) {
            child.kill('SIGKILL');
            throw new Error(`${name} ${ended ?? 'does not listen'}:\n${log}`);
        }
        await delay(20);
    }
    while (!await reaches(port) && !ended && Date.now() < give) await delay(100);
    return {
        url: `https://localhost:${port}`,
        plainUrl: `http://localhost:${plain}`,
        log: () => log,
        /** Ends it; what does not end is killed. */
        async stop() {
            const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
            child.kill('SIGTERM');
            await exited;
            clearTimeout(timer);
        },
    };
}
