// Connections to a provider outlive the streams that they carried.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';

import { startGateway } from './support/gateway.mjs';

const requests = 20;
const chunk = (delta, finish) => `data: ${JSON.stringify({
    id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
})}\n\n`;

test('a stream that is whole leaves its connection to the next', { timeout: 60_000 }, async () => {
    let connections = 0;
    const provider = http.createServer((request, response) => {
        request.resume().on('end', () => {
            response.writeHead(200, { 'content-type': 'text/event-stream' });
            response.write(chunk({ content: 'drop' }, null) + chunk({}, 'stop') + 'data: [DONE]\n\n');
            // The end of the body comes in a segment of its own, behind all that counts.
            setImmediate(() => response.end());
        });
    });
    provider.on('connection', () => { connections += 1; });
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    const gateway = await startGateway(
        ['--upstream', `http://127.0.0.1:${provider.address().port}/v1`]);
    try {
        for (let i = 0; i < requests; i += 1) {
            const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({
                    model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }],
                }),
            });
            assert.match(await answer.text(), /"drop".*\[DONE\]/s);
        }
        // Each worker has its own, and an end that is late may cost one more now and then.
        assert.ok(connections < requests / 2, `${connections} connections for ${requests} streams`);
    } finally {
        await gateway.stop();
        provider.closeAllConnections();
        provider.close();
    }
});
