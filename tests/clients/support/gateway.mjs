// Starts the gateway under test, on a free port unless told otherwise, and ends it by its own process id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const startMs = 30_000;
const stopMs = 30_000;

/** Runs `sluice serve` with `args`; resolves once it accepts connections. */
export async function startGateway(args = [], environment = {}, listen = '127.0.0.1:0') {
    const child = spawn(
        process.env.SLUICE_BINARY, ['serve', '--listen', listen, ...args],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    let log = '', operatorsUrl = '';
    child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
    const exited = once(child, 'exit');
    const url = await new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
            child.kill('SIGKILL');
            reject(new Error(`no 'listening on' line within ${startMs} ms:\n${log}`));
        }, startMs);
        createInterface({ input: child.stdout }).on('line', (line) => {
            const found = /^listening on (https?:\S+)$/.exec(line);
            if (found) { clearTimeout(timer); resolve(found[1]); }
            operatorsUrl ||= /^operators listen on (https?:\S+)$/.exec(line)?.[1] ?? '';
        });
        child.once('error', reject);
        child.once('exit', (code, signal) => {
            clearTimeout(timer);
            reject(new Error(`sluice serve ended with ${code ?? signal}:\n${log}`));
        });
    });
    return {
        url,
        log: () => log,
        /** Where `server.admin` listens, as soon as that is said. */
        operatorsUrl: () => operatorsUrl,
        /** Has it read its configuration again; what comes of it is in its log and figures. */
        reload: () => child.kill('SIGHUP'),
        /** Asks it to end and resolves to its exit code; what does not end is killed. */
        async stop() {
            const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
            child.kill('SIGTERM');
            const [code, signal] = await exited;
            clearTimeout(timer);
            return code ?? signal;
        },
    };
}
