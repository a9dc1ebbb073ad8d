// What an upstream would say, for a peer that does not ask one but is told: paced and stamped tokens,
// each published by a POST.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The data of the event that bench_upstream sends for token `sequence`, stamped now. */
function chunk(sequence) {
    return '{"id":"chatcmpl-000000000000","object":"chat.completion.chunk","created":1700000000,'
        + '"model":"bench","choices":[{"index":0,"delta":{"content":'
        + `"${sequence}@${process.hrtime.bigint()} word "},"finish_reason":null}]}`;
}

function post(url, agent, body) {
    return new Promise((resolve, reject) => {
        const asked = request(url, { method: 'POST', agent }, (response) => {
            response.resume();
            response.on('end', () => {
                if (response.statusCode < 300) resolve();
                else reject(new Error(`publishing was answered with ${response.statusCode}`));
            });
            response.on('error', reject);
        });
        asked.on('error', reject);
        asked.end(body);
    });
}

/** Publishes `tokens` at `rate` per second to `url`; resolves when the last has been taken. */
export async function publish(url, { tokens, rate }) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const begun = performance.now();
    try {
        for (let sequence = 0; sequence < tokens; sequence++) {
            await sleep(Math.max(0, begun + sequence * 1000 / rate - performance.now()));
            await post(url, agent, chunk(sequence));
        }
    } finally {
        agent.destroy();
    }
}
