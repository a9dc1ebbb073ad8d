// What Sluice is held to: each value, or its ratio to what a peer took in the same round, is at most
// the bound. A stretch target that is not met is no miss.

const ratioTo = (against, bound) => ({ against, bound });
const stretch = (against, bound) => ({ against, bound, stretch: true });
const value = (bound) => ({ bound });

const table = [
    {
        what: 'CPU per token, 1000 streams x 50 tokens/s', cell: 'steady', metric: 'cpu_us_per_token',
        bounds: [ratioTo('nginx', 1.05), stretch('nginx', 0.9), ratioTo('floor', 1.25)],
    },
    {
        what: 'CPU per token, 100 streams x 50 tokens/s', cell: 'moderate', metric: 'cpu_us_per_token',
        bounds: [ratioTo('nginx', 1.05)],
    },
    {
        what: 'CPU per token, 400 streams x 50 tokens/s', cell: 'portkey', metric: 'cpu_us_per_token',
        bounds: [ratioTo('portkey', 1 / 4)],
    },
    {
        what: 'CPU per stream of 8 tokens', cell: 'short', metric: 'cpu_us_per_stream',
        bounds: [ratioTo('nginx', 1.1), stretch('nginx', 0.9), ratioTo('portkey', 1 / 15)],
    },
    {
        what: 'latency added per token at 5,000 tokens/s, p50', cell: 'moderate', metric: 'added_p50_us',
        bounds: [ratioTo('nginx', 1.1)],
    },
    {
        what: 'latency added per token at 5,000 tokens/s, p99', cell: 'moderate', metric: 'added_p99_us',
        bounds: [ratioTo('nginx', 1.1)],
    },
    {
        what: 'time to first token added, p50', cell: 'ttft', metric: 'added_p50_us',
        bounds: [ratioTo('nginx', 1.2)],
    },
    {
        what: 'time to first token added, p99', cell: 'ttft', metric: 'added_p99_us',
        bounds: [ratioTo('nginx', 1.2)],
    },
    {
        what: 'memory per stream held, KiB', cell: 'hold', metric: 'kib_per_stream',
        bounds: [value(32), stretch('nginx', 1)],
    },
    {
        what: 'client leaves, upstream closed: p99 at 20 streams, ms', cell: 'leave',
        metric: 'told_p99_ms', bounds: [value(5)],
    },
    {
        what: 'client leaves, upstream closed: last of a burst, ms', cell: 'leave-burst',
        metric: 'told_max_ms', bounds: [value(50)],
    },
    {
        what: 'memory that TLS 1.3 to the client adds per stream, KiB', cell: 'tls',
        metric: 'tls_extra_kib', bounds: [value(16)],
    },
    {
        what: 'memory per stream, upstream over TLS and HTTP/2, KiB', cell: 'http2',
        metric: 'kib_per_stream', bounds: [value(40)],
    },
    {
        what: 'broadcast: CPU per event delivered', cell: 'broadcast', metric: 'cpu_us_per_event',
        bounds: [ratioTo('floor', 1.25), ratioTo('nchan', 0.8)],
    },
    {
        what: 'broadcast: memory per reader, KiB', cell: 'broadcast', metric: 'kib_per_reader',
        bounds: [value(8)],
    },
];

/** { what, cell, metric, bound, against?, stretch? } each; `against`: the ratio to that peer is meant. */
export const targets = table.flatMap(({ bounds, ...target }) => (
    bounds.map((bound) => ({ ...target, ...bound }))));
