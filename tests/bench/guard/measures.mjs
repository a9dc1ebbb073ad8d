// What the guard measures. Each figure is the difference of two runs of the same kind over the
// difference of their lengths, so that starting, warming up and ending are not in it.
import { callgrind, strace } from './counters.mjs';
import { ledRun } from './led_run.mjs';

/** Pairs of runs of bench_lockstep; `units` is what the longer has more of. */
const pairs = {
    one: { model: 'bench', streams: 1, successive: 1, rounds: [500, 3500], units: 3000 },
    translated: { model: 'translated', streams: 1, successive: 1, rounds: [500, 3500], units: 3000 },
    many: { model: 'bench', streams: 32, successive: 1, rounds: [40, 140], units: 32 * 100 },
    short: { model: 'bench', streams: 1, successive: [60, 360], rounds: 8, units: 300 },
};

/**
 * `decimals` of the figure count; the rest is chance. `bound_max`: no recording goes beyond it.
 * `bound`: it is not recorded at all.
 */
export const measures = [
    {
        name: 'instructions_per_token', what: 'instructions per token, 1 stream', decimals: 0,
        counter: callgrind, pair: pairs.one, of: ({ instructions }) => instructions,
    },
    {
        name: 'instructions_per_translated_token', what: 'instructions per translated token, 1 stream',
        decimals: 0, counter: callgrind, pair: pairs.translated, of: ({ instructions }) => instructions,
    },
    {
        name: 'instructions_per_token_of_32', what: 'instructions per token, 32 streams', decimals: 0,
        counter: callgrind, pair: pairs.many, of: ({ instructions }) => instructions,
    },
    {
        name: 'instructions_per_short_stream', what: 'instructions per stream of 8 tokens', decimals: 0,
        counter: callgrind, pair: pairs.short, of: ({ instructions }) => instructions,
    },
    {
        name: 'system_calls_per_token', what: 'system calls per token', decimals: 1,
        counter: strace, pair: pairs.one, of: (calls) => calls.others + calls.waits,
    },
    {
        name: 'system_calls_per_token_but_waits', what: 'the same but epoll_wait', decimals: 1,
        counter: strace, pair: pairs.one, of: (calls) => calls.others, bound_max: 4,
    },
    {
        name: 'locks_and_timers_per_token', what: 'calls for locks, timers and logs per token', decimals: 1,
        counter: strace, pair: pairs.one, of: (calls) => calls.timely, bound: 0.5,
    },
    {
        name: 'system_calls_per_short_stream_but_waits', what: 'system calls per stream of 8 but epoll_wait',
        decimals: 1, counter: strace, pair: pairs.short, of: (calls) => calls.others,
    },
];

const at = (pair, index) => Object.fromEntries(['model', 'streams', 'successive', 'rounds'].map(
    (name) => [name, Array.isArray(pair[name]) ? pair[name][index] : pair[name]]));

/** Calls `tell(measure, figure)` for each of `measures` as soon as its runs are over. */
export async function measureAll({ build, work }, tell) {
    const done = new Map();
    const counts = async (counter, pair, index) => {
        const key = JSON.stringify([counter.name, at(pair, index)]);
        if (!done.has(key)) done.set(key, await ledRun({ build, work, counter }, at(pair, index)));
        return done.get(key);
    };
    for (const measure of measures) {
        const shorter = measure.of(await counts(measure.counter, measure.pair, 0));
        const longer = measure.of(await counts(measure.counter, measure.pair, 1));
        const figure = (longer - shorter) / measure.pair.units;
        tell(measure, Number(figure.toFixed(measure.decimals)));
    }
}
