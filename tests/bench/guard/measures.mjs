// What the guard measures. Each figure is the difference of two runs of the same kind over the
// difference of their lengths, so that starting, warming up and ending are not in it.
import { callgrind, strace } from './counters.mjs';
import { ledRun } from './led_run.mjs';

// What telemetry may cost: nobody measures anything, or all is measured, and spans go to a collector
// that is not there.
const nothingTold = 'telemetry: {histograms: false, server_timing: false}';
const allTold = 'telemetry: {traces: {endpoint: "http://127.0.0.1:9"}}';

/** Pairs of runs of bench_lockstep; `units` is what the longer has more of; `settings`: see ledRun. */
const pairs = {
    one: { model: 'bench', streams: 1, successive: 1, rounds: [500, 3500], units: 3000 },
    translated: { model: 'translated', streams: 1, successive: 1, rounds: [500, 3500], units: 3000 },
    many: { model: 'bench', streams: 32, successive: 1, rounds: [40, 140], units: 32 * 100 },
    untold: { settings: nothingTold, model: 'bench', streams: 1, successive: 1, rounds: [500, 3500], units: 3000 },
    told: { settings: allTold, model: 'bench', streams: 1, successive: 1, rounds: [500, 3500], units: 3000 },
    untoldTranslated: {
        settings: nothingTold, model: 'translated', streams: 1, successive: 1, rounds: [500, 3500], units: 3000,
    },
    toldTranslated: {
        settings: allTold, model: 'translated', streams: 1, successive: 1, rounds: [500, 3500], units: 3000,
    },
    short: { model: 'bench', streams: 1, successive: [60, 360], rounds: 8, units: 300 },
};

/** How many times as much `figure` is as `beside`. */
const ratio = (figure, beside) => figure / beside;
/** How much more. */
const surplus = (figure, beside) => figure - beside;

/**
 * `decimals` of the figure count; the rest is chance. `bound_max`: no recording goes beyond it.
 * `bound`: it is not recorded at all. `beside`: another pair, which `compare` holds the figure against.
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
    {
        name: 'telemetry_instructions', what: 'all telemetry to none: instructions per token',
        decimals: 3, counter: callgrind, pair: pairs.told, beside: pairs.untold, compare: ratio,
        of: ({ instructions }) => instructions, bound: 1.05,
    },
    {
        name: 'telemetry_instructions_translated', what: 'the same, translated', decimals: 3,
        counter: callgrind, pair: pairs.toldTranslated, beside: pairs.untoldTranslated, compare: ratio,
        of: ({ instructions }) => instructions, bound: 1.05,
    },
    {
        name: 'telemetry_system_calls', what: 'system calls per token that telemetry adds', decimals: 1,
        counter: strace, pair: pairs.told, beside: pairs.untold, compare: surplus,
        of: (calls) => calls.others, bound: 0,
    },
];

const runSettings = ['settings', 'model', 'streams', 'successive', 'rounds'];
const at = (pair, index) => Object.fromEntries(runSettings.map(
    (name) => [name, Array.isArray(pair[name]) ? pair[name][index] : pair[name]]));

/** Calls `tell(measure, figure)` for each of `measures` as soon as its runs are over. */
export async function measureAll({ build, work }, tell) {
    const done = new Map();
    const counts = async (counter, pair, index) => {
        const key = JSON.stringify([counter.name, at(pair, index)]);
        if (!done.has(key)) done.set(key, await ledRun({ build, work, counter }, at(pair, index)));
        return done.get(key);
    };
    const perUnit = async ({ counter, of }, pair) => {
        const shorter = of(await counts(counter, pair, 0));
        const longer = of(await counts(counter, pair, 1));
        return (longer - shorter) / pair.units;
    };
    for (const measure of measures) {
        let figure = await perUnit(measure, measure.pair);
        if (measure.beside) figure = measure.compare(figure, await perUnit(measure, measure.beside));
        tell(measure, Number(figure.toFixed(measure.decimals)) + 0); // no -0
    }
}
