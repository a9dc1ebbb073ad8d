// `sluice doctor` before proxies that do what it is there to find, and before what is no gateway.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { doctor, found } from './support/doctor.mjs';
import { frontProxyFor, makeCertificate } from './support/front_proxies.mjs';
import { startGateway } from './support/gateway.mjs';

const limit = { timeout: 60_000 };

let gateway;
let secrets;

before(async () => {
    secrets = makeCertificate();
    gateway = await startGateway();
});

after(async () => {
    const code = await gateway?.stop();
    secrets?.remove();
    assert.equal(code, 0, gateway?.log());
});

/** Each: the example that is spoilt, how, what doctor says of it, and what it says to set. */
const spoilt = [
    {
        what: 'nginx that buffers and ignores X-Accel-Buffering', name: 'nginx',
        change: ['gzip off;', 'gzip off;\nproxy_buffering on;\nproxy_ignore_headers X-Accel-Buffering;'],
        // HTTP/2 it flushes all the same.
        says: { 'HTTP/1.1': /^fail: 75 events made over [23]\.\d s came all at once at the end.*\(5\.\d KiB\)/ },
        sets: { proxy: 'nginx', trouble: 'buffering', text: /proxy_buffering off;/ },
    },
    {
        what: 'nginx that compresses event streams', name: 'nginx',
        change: ['gzip off;', 'gzip on;\ngzip_types text/event-stream;\ngzip_proxied any;'],
        says: { head: /^fail: somebody on the way compresses it \(Content-Encoding: gzip\)/ },
        sets: { proxy: 'nginx', trouble: 'compression', text: /gzip off;/ },
    },
    {
        what: 'Caddy that gathers answers', name: 'caddy',
        change: ['flush_interval -1', 'buffer_responses'],
        says: {
            'live feed': /^fail: neither a head nor an event came within 3\.\d s/,
            stream: /^fail: 75 events made over [23]\.\d s came all at once at the end/,
        },
        sets: { proxy: 'Caddy', trouble: 'buffering', text: /flush_interval -1/ },
    },
    {
        what: 'HAProxy that waits for 4 KiB', name: 'haproxy',
        change: ['option httpchk', 'http-response wait-for-body time 10s at-least 4k\n    option httpchk'],
        says: { stream: /^fail: 75 events made over [23]\.\d s came in \d+ bursts.*gathers about [34]\.\d KiB/ },
        sets: {
            proxy: 'a proxy that does not say its name', trouble: 'buffering',
            text: /HAProxy: +no http-response wait-for-body/,
        },
    },
];

for (const { what, name, change: [from, to], says, sets } of spoilt) {
    test(`doctor tells of ${what}, and what to set`, limit, async (t) => {
        const proxy = await frontProxyFor(
            t, name, gateway.url, secrets, (text) => text.replace(from, to));
        const { code, report, errors } = await doctor(
            [proxy.url, '--for', '3s', '--json', '--ca-file', secrets.certificate]);
        assert.equal(code, 1, errors);
        for (const [check, pattern] of Object.entries(says)) assert.match(found(report, check)[0], pattern);
        const [advice] = report.advice;
        assert.equal(advice.proxy, sets.proxy);
        assert.equal(advice.trouble, sets.trouble);
        assert.match(advice.text, sets.text);
    });
}

test('doctor warns of HAProxy that takes Last-Event-ID out', limit, async (t) => {
    const proxy = await frontProxyFor(t, 'haproxy', gateway.url, secrets, (text) => text.replace(
        'default_backend', 'http-request del-header Last-Event-ID\n    default_backend'));
    const { code, report } = await doctor(
        [proxy.url, '--for', '1s', '--json', '--ca-file', secrets.certificate]);
    assert.equal(code, 0);
    assert.deepEqual(
        found(report, 'resume'),
        ['warn: Last-Event-ID is lost on the way: event 0 came where 11 was next']);
});

test('doctor finds nothing between here and a gateway that is asked directly', limit, async () => {
    const { code, text } = await doctor([`${gateway.url}/`, '--for', '1s']);
    assert.equal(code, 0, text);
    assert.match(text, /^ok {4}live feed {2}\d+ events came one by one/m);
    assert.match(text, /^ok {4}stream {5}25 events came one by one/m);
    assert.match(text, /: nothing between here and the gateway buffers\n$/);
});

test('doctor tries a silence where it is asked to', limit, async () => {
    const { code, report } = await doctor([gateway.url, '--for', '1s', '--idle', '1s', '--json']);
    assert.equal(code, 0);
    assert.deepEqual(found(report, 'idle'), ['ok: a stream lived through 1.0 s without a token']);
});

/** Serves with `listener` until the test ends; its URL. */
async function serve(t, server) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(async () => {
        server.close();
        server.closeAllConnections?.();
        await once(server, 'close');
    });
    return `http://127.0.0.1:${server.address().port}`;
}

/** Hands answers on when they are whole; `linger` ends what has no end. */
const holdingProxy = (target) => http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const leave = new AbortController();
    response.once('close', () => leave.abort());
    try {
        const answer = await fetch(target + request.url, {
            method: request.method, headers: { ...request.headers, host: 'localhost' },
            body: chunks.length > 0 ? Buffer.concat(chunks) : undefined, signal: leave.signal,
        });
        const body = Buffer.from(await answer.arrayBuffer());
        const headers = Object.fromEntries(answer.headers);
        delete headers['transfer-encoding'];
        delete headers.connection;
        response.writeHead(answer.status, { ...headers, 'content-length': body.length });
        response.end(body);
    } catch { /* the client has left */ }
});

test('doctor tells of a proxy without a name that holds answers until they are whole', limit, async (t) => {
    const url = await serve(t, holdingProxy(gateway.url));
    const { code, text } = await doctor([url, '--for', '2s']);
    assert.equal(code, 1);
    assert.match(text, /^fail {2}live feed {2}neither a head nor an event came within 2\.0 s/m);
    assert.match(text, /^fail {2}stream {5}50 events made over [12]\.\d s came all at once at the end/m);
    assert.match(text, /^fail {2}head {7}it has a Content-Length \(\d+\)/m);
    assert.match(text, /^what to look for, as nobody on the way gives a name \(buffering\):\n {4}nginx: /m);
    assert.match(text, /: something between here and the gateway buffers\n$/);
});

/** Hands all on as it comes, but for request headers that begin with `X-`; `deaf`: it never leaves. */
const passingProxy = (target, { deaf }) => http.createServer((request, response) => {
    const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => deaf || !name.startsWith('x-')));
    const asked = http.request(target + request.url, { method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.on('data', (bytes) => response.write(bytes)).on('end', () => response.end());
        if (!deaf) response.once('close', () => asked.destroy());
    });
    asked.on('error', () => response.destroy());
    request.pipe(asked);
});

test('doctor does not judge by a wish to cancel that is lost on the way', limit, async (t) => {
    const url = await serve(t, passingProxy(gateway.url, { deaf: false }));
    const { code, report } = await doctor([url, '--for', '1s', '--json']);
    assert.equal(code, 0, JSON.stringify(report));
    assert.match(
        found(report, 'leaving')[0], /^warn: not looked at: X-Stream-On-Disconnect is lost on the way/);
    assert.deepEqual(report.advice.filter(({ trouble }) => trouble === 'leaving'), []);
});

test('doctor tells of a proxy that reads on when its client has left', limit, async (t) => {
    const url = await serve(t, passingProxy(gateway.url, { deaf: true }));
    const { report } = await doctor([url, '--for', '1s', '--json']);
    assert.match(found(report, 'leaving')[0], /^warn: a client that left was not noticed within 1 s/);
});

test('doctor reads a list of models whose members are of other types', limit, async (t) => {
    const models = [
        { id: 7, owned_by: 'mock' }, { id: 'a', owned_by: 7 }, { id: null, owned_by: null }, 'mock'];
    const url = await serve(t, http.createServer((request, response) => {
        response.writeHead(request.url === '/v1/models' ? 200 : 404, { 'Content-Type': 'application/json' })
            .end(JSON.stringify({ object: 'list', data: models }));
    }));
    const { code, report, errors } = await doctor([url, '--for', '1s', '--json']);
    assert.equal(code, 1, errors);
    assert.match(found(report, 'stream')[0], /^ok: not looked at: no mock model/);
    assert.match(found(report, 'buffering')[0], /^fail: nothing could be measured/);
});

test('doctor says that a proxy does not reach the gateway', limit, async (t) => {
    const proxy = await frontProxyFor(t, 'nginx', 'http://127.0.0.1:1', secrets);
    const { code, text } = await doctor([proxy.url, '--ca-file', secrets.certificate]);
    assert.equal(code, 1);
    assert.match(text, /^fail {2}gateway {4}GET v1\/models answered 502: somebody on the way cannot reach/m);
    assert.match(text, /^what to set in nginx \(unreachable\):\n {4}proxy_pass http:\/\/127\.0\.0\.1:8080;/m);
});

test('doctor does not believe a certificate that nobody vouches for', limit, async (t) => {
    const proxy = await frontProxyFor(t, 'nginx', gateway.url, secrets);
    const { code, text } = await doctor([proxy.url]);
    assert.equal(code, 1);
    assert.match(text, /^fail {2}gateway {4}no secure connection to localhost:\d+: .*--ca-file/m);
});

test('what a stranger answers moves no cursor', limit, async (t) => {
    const url = await serve(t, net.createServer((socket) => socket.on('error', () => {}).resume().end(
        'HTTP/1.1 302 Found\r\nServer: \x1b[31mred\r\nLocation: \x1b]0;title\x07\u202e/\r\n'
        + 'Content-Length: 0\r\n\r\n')));
    for (const form of [[], ['--json']]) {
        const { code, text } = await doctor([url, ...form]);
        assert.equal(code, 1);
        assert.match(text, /a redirect to \?\]0;title\?/);
        assert.match(text, /^[\n -~]*$/);
    }
});

test('doctor tells a web page from a gateway', limit, async (t) => {
    const url = await serve(t, http.createServer((_, response) => {
        response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Welcome</h1>');
    }));
    const { code, text } = await doctor([url]);
    assert.equal(code, 1);
    assert.match(text, /^fail {2}gateway {4}GET v1\/models answered a web page/m);
});

describe('a gateway with keys and a real provider', () => {
    const keys = { 'team-a': 'sk-sluice-doctor-client', ops: 'sk-sluice-doctor-operator' };
    const hash = (id) => createHash('sha256').update(keys[id]).digest('hex');
    const asked = [];
    let provider;
    let guarded;

    before(async () => {
        provider = http.createServer((request, response) => {
            asked.push(request.url);
            response.writeHead(500).end();
        }).listen(0, '127.0.0.1');
        await once(provider, 'listening');
        const file = join(secrets.folder, 'keys.yaml');
        writeFileSync(file, `
providers: {real: {kind: openai, base_url: "http://127.0.0.1:${provider.address().port}/v1"}}
models: [{name: chat, targets: [{provider: real, model: chat}]}]
keys:
  - {id: team-a, sha256: "${hash('team-a')}"}
  - {id: ops, role: operator, sha256: "${hash('ops')}"}
`, { mode: 0o600 });
        guarded = await startGateway(['--config', file]);
    });
    after(async () => {
        await guarded?.stop();
        provider?.close();
    });

    const by = (id) => doctor(
        [guarded.url, '--for', '1s', '--json', '--key-env', 'DOCTOR_KEY'], { DOCTOR_KEY: keys[id] });

    test('wants to be shown one', limit, async () => {
        const { code, text } = await doctor([guarded.url]);
        assert.equal(code, 1);
        assert.match(text, /answered 401: a key is required; --key-env NAME/);
    });

    test('is measured by its live feed, with an operator\'s key, and never generates', limit, async () => {
        const { code, report } = await by('ops');
        assert.equal(code, 0, JSON.stringify(report));
        assert.match(found(report, 'live feed')[0], /^ok: \d+ events came one by one/);
        assert.match(found(report, 'stream')[0], /^ok: not looked at: no mock model/);
        assert.deepEqual(asked, []);
    });

    test('cannot be measured with a client\'s key', limit, async () => {
        const { code, report } = await by('team-a');
        assert.equal(code, 1);
        assert.match(found(report, 'live feed')[0], /^warn: not looked at: it answered 403.*operator/);
        assert.match(found(report, 'buffering')[0], /^fail: nothing could be measured/);
        assert.deepEqual(asked, []);
    });
});

const misuses = [
    [['localhost:8080'], /the URL must begin with http/],
    [['http://user:secret@localhost'], /must not hold a user name or password/],
    [['http://localhost', '--for', '1h'], /--for must be a time of 1s to 1m/],
    [['http://localhost', '--idle', 'long'], /--idle must be a time/],
    [['http://localhost', '--key-env', 'SLUICE_NO_SUCH_KEY'], /'SLUICE_NO_SUCH_KEY' is not set/],
    [['http://localhost', '--ca-file', '/no/such/file'], /--ca-file: '\/no\/such\/file' cannot be read/],
];
for (const [args, wrong] of misuses) {
    test(`'sluice doctor ${args.join(' ')}' is refused with 2`, limit, async () => {
        const { code, text, errors } = await doctor(args);
        assert.equal(code, 2);
        assert.equal(text, '');
        assert.match(errors, wrong);
        assert.doesNotMatch(errors, /secret/);
    });
}
