// What the tests of reconnecting ask the mock for, and what must come of it.

export const prompt = 'Where do rivers go?';
/** Four seconds: some of it is still to come whenever a client returns. */
export const slow = { tokens: 60, rate: 15, ttft_ms: 0 };
/** Most of a second. */
export const swift = { tokens: 60, rate: 80, ttft_ms: 0 };

const header = (name) => `X-Mock-${name.replace('_', '-')}`;
export const mockHeaders = (settings) => Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [header(name), String(value)]));

/** The target of a GET that generates, for an EventSource. */
export function streamTarget(settings = slow, more = {}) {
    const query = new URLSearchParams({ prompt });
    for (const [name, value] of Object.entries(settings)) query.set(`mock_${name}`, value);
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    return `/v1/stream?${query}`;
}

export const postStream = (base, { query = '', settings = slow, ...body } = {}) =>
    fetch(`${base}/v1/streams${query}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...mockHeaders(settings) },
        body: JSON.stringify({ prompt, ...body }),
    });

/** The text that nothing interrupted. */
export async function wholeText(base, settings = slow) {
    const response = await postStream(base, { settings: { ...settings, rate: 0 }, stream: false });
    return (await response.json()).text;
}

/** Begins a stream without a reader; its target. */
export async function detach(base, settings = slow) {
    const response = await postStream(base, { query: '?detach=true', settings });
    return (await response.json()).url;
}

/** How many generations ended, how many of them well, and how many are live. */
export async function generations(base) {
    const text = await (await fetch(`${base}/metrics`)).text();
    const sum = (metric) => [...text.matchAll(metric)].reduce((all, [, n]) => all + Number(n), 0);
    return {
        ended: sum(/^sluice_streams_total\{.*?\} (\d+)$/gm),
        completed: sum(/^sluice_streams_total\{outcome="completed"\} (\d+)$/gm),
        live: sum(/^sluice_streams_active (\d+)$/gm),
    };
}

/** What `generations` says after one more than `before` that went well. */
export const oneMoreThan = ({ ended, completed }) =>
    ({ ended: ended + 1, completed: completed + 1, live: 0 });
