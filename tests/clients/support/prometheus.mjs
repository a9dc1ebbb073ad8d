// Debian's Prometheus before one gateway, with the configuration and the rules of deploy/prometheus.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { until } from './until.mjs';

export const deployed = fileURLToPath(new URL('../../../deploy/', import.meta.url));
const rulesFile = join(deployed, 'prometheus/sluice.rules.yml');

/** What promtool says to `input`, and its exit code. */
export async function promtool(args, input = '') {
    const child = execFile('promtool', args);
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text) => { said += text; });
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    return { code, said };
}

/** The names of all samples of a page of metrics, and the values of each. */
export function samplesOf(page) {
    const samples = new Map();
    for (const [, name, value] of page.matchAll(/^([a-z_:0-9]+)(?:\{.*\})? (\S+)$/gmi)) {
        samples.set(name, [...samples.get(name) ?? [], Number(value)]);
    }
    return samples;
}

async function freePort() {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}

/** The example as delivered, but for the gateway's address, a key, and the pace of a test. */
async function configuration(gateway, keyFile) {
    let text = await readFile(join(deployed, 'prometheus/prometheus.yml'), 'utf8');
    const change = (from, to) => {
        assert.match(text, from);
        text = text.replace(from, to);
    };
    change(/scrape_interval: \d+s/, 'scrape_interval: 1s');
    change(/evaluation_interval: \d+s/, 'evaluation_interval: 1s');
    change(/rule_files: .*/, `rule_files: [${rulesFile}]`);
    change(/# authorization:\n( *)# ( *credentials_file: ).*/, `authorization:\n$1$2${keyFile}`);
    change(/- targets: .*/, `- targets: ["${new URL(gateway).host}"]`);
    return text;
}

/** A Prometheus that scrapes `gateway` each second; its files are in `folder`. */
export async function startPrometheus(folder, gateway, keyFile) {
    const file = join(folder, 'prometheus.yml');
    await writeFile(file, await configuration(gateway, keyFile));
    const url = `http://127.0.0.1:${await freePort()}`;
    const child = spawn('prometheus', [
        `--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${new URL(url).host}`, '--log.level=warn',
    ], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
    const exited = once(child, 'exit');
    let fault = '';
    exited.then(() => { fault = `prometheus ended:\n${log}`; }, (error) => { fault = error.message; });

    async function ask(path, parameters = {}) {
        const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
        const { status, data, error } = await answer.json();
        assert.equal(status, 'success', `${JSON.stringify(parameters)}: ${error}`);
        return data;
    }
    await until('prometheus is ready', async () => {
        assert.equal(fault, '');
        return (await fetch(`${url}/-/ready`).catch(() => null))?.ok;
    });
    return {
        ask,
        /** The samples of now. */
        query: async (query) => (await ask('query', { query })).result,
        /** All samples from `start` on, one each second, as [labels, values]. */
        async range(query, start) {
            const { result } = await ask('query_range', {
                query, start, end: Date.now() / 1000, step: 1 });
            return result.map(({ metric, values }) => [metric, values.map(([, text]) => Number(text))]);
        },
        async stop() {
            const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
            child.kill('SIGTERM');
            await exited;
            clearTimeout(timer);
        },
    };
}
