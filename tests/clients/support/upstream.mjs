// A third party's OpenAI-compatible server in this process, and a look at how its answers end.
import { LLMock } from '@copilotkit/aimock';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';

const started = 'http.server.request.start';

/** An aimock on a free port. */
export async function startUpstream() {
    const mock = new LLMock({ port: 0, host: '127.0.0.1' });
    const seen = [];
    const remember = (exchange) => {
        if (exchange.request.method === 'POST') seen.push(exchange);
    };
    subscribe(started, remember);
    await mock.start();
    return {
        mock,
        baseUrl: `${mock.url}/v1`,
        lastRequest: () => seen.at(-1).request,
        lastResponse: () => seen.at(-1).response,
        async stop() {
            unsubscribe(started, remember);
            await mock.stop();
        },
    };
}

/** Resolves when the connection under `response` is gone or the answer went out whole. */
export async function closed(response) {
    if (!response.closed) await once(response, 'close', { signal: AbortSignal.timeout(10_000) });
}
