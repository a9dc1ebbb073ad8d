// A TCP proxy before the gateway that cuts connections in the middle of their answers.
import { EventEmitter, once } from 'node:events';
import net from 'node:net';

// Not only where a line begins: on a connection that is kept, a request may follow a body.
const requestLine = /(?:GET|POST|DELETE|HEAD|OPTIONS) \S+(?= HTTP\/1\.[01]\r$)/gm;
const patienceMs = 20_000;

/**
 * A cut for each of the first connections: `by` 'reset' or 'fin', when so many bytes of the answers
 * as `lengths` says have passed, or where the next text `behind` ends.
 */
export const cutsOf = (by, lengths, behind = '') =>
    lengths.map((after) => ({ by, after, behind }));

/** Where the answers of a connection are cut; infinite while that is not to be seen. */
function endOf(answers, { after, behind }) {
    if (answers.length < after) return Infinity;
    const found = answers.indexOf(behind, after);
    return found < 0 ? Infinity : found + behind.length;
}

/** Passes everything on to `target` until `test` ends, but for the connections that `cuts` ends. */
export async function startCuttingProxy(test, target, cuts = []) {
    const { hostname, port } = new URL(target);
    const changes = new EventEmitter();
    const sockets = new Set();
    const requests = [];
    let connections = 0;
    let done = 0;

    const server = net.createServer((client) => {
        const gateway = net.connect(port, hostname);
        let asked = '';
        let noted = 0;
        let answers = '';
        let cut;
        let end = Infinity;
        for (const socket of [client, gateway]) {
            sockets.add(socket);
            socket.on('error', () => {}).once('close', () => sockets.delete(socket));
        }
        client.once('close', () => gateway.destroy());
        client.on('data', (bytes) => {
            // Browsers open connections that they may never use: only those that ask are counted.
            if (asked === '') {
                cut = cuts[connections];
                connections += 1;
            }
            asked += bytes.toString('latin1');
            const lines = asked.match(requestLine) ?? [];
            requests.push(...lines.slice(noted));
            noted = lines.length;
            gateway.write(bytes);
            changes.emit('change');
        });
        gateway.on('data', (bytes) => {
            if (end < Infinity) return;
            const passed = answers.length;
            answers += bytes.toString('latin1');
            if (cut) end = endOf(answers, cut);
            if (end === Infinity) {
                client.write(bytes);
                return;
            }
            const last = bytes.subarray(0, end - passed);
            done += 1;
            if (cut.by === 'fin') client.end(last, () => gateway.destroy());
            else client.write(last, () => client.resetAndDestroy());
        });
        gateway.once('end', () => client.end());
        gateway.once('error', () => client.resetAndDestroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    test.after(async () => {
        server.close();
        for (const socket of sockets) socket.destroy();
        await once(server, 'close');
    });

    return {
        url: `http://127.0.0.1:${server.address().port}`,
        /** The request lines that came, such as `GET /livez`. */
        requests: () => [...requests],
        /** How many connections asked for something, and how many of them were cut. */
        connections: () => connections,
        cuts: () => done,
        /** Resolves when `enough()` is true. */
        async until(enough) {
            const signal = AbortSignal.timeout(patienceMs);
            while (!enough()) await once(changes, 'change', { signal });
        },
    };
}
