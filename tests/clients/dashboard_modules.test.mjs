// The dashboard's modules without a browser: its history, its words, and what it makes of a feed that comes and goes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Feed, retry_after } from '../../gateway/pages/dashboard_feed.js';
import {
    clock_time, counted, short_bytes, short_duration, short_ms, short_number, spaced, unknown, whole_number,
} from '../../gateway/pages/dashboard_format.js';
import { History, history_ms, is_restart, summary_of } from '../../gateway/pages/dashboard_history.js';

const minute = 60_000;
const tick = (seconds, more = {}) => ({
    type: 'stats', time: seconds * 1000, uptime_seconds: seconds, requests_total: seconds, streams: 1, readers: 1,
    tokens_per_second: seconds, requests_per_second: 1, outcomes: { completed: seconds }, ...more,
});

function historyOf(...ticks) {
    const history = new History();
    for (const one of ticks) history.add(one, 0);
    return history;
}

describe('a number', () => {
    const cases = [
        [short_number, [[0, '0'], [0.5, '0.5'], [7, '7'], [9.96, '10'], [12.4, '12'], [999, '999'], [999.6, '1k'], [1000, '1k'],
            [1234, '1.2k'], [15_400, '15k'], [999_700, '1M'], [3_400_000, '3.4M'], [5e15, '5000T'], [-1234, '-1.2k']]],
        [whole_number, [[0, '0'], [12345, '12,345'], [1.6, '2']]],
        [short_ms, [[0, '0 ms'], [0.123, '0.12 ms'], [0.999, '1.0 ms'], [4.25, '4.3 ms'], [250, '250 ms'], [999.6, '1.00 s'],
            [1250, '1.25 s'], [32_000, '32 s']]],
        [short_duration, [[0, '0 s'], [8, '8 s'], [59.6, '1 min'], [125, '2 min 5 s'], [12_000, '3 h 20 min'], [353_000, '4 d 2 h'],
            [-3, '0 s']]],
        [short_bytes, [[0, '0 B'], [512, '512 B'], [1024, '1 KiB'], [1536, '1.5 KiB'], [31 * 2 ** 20, '31 MiB'], [1.4 * 2 ** 30, '1.4 GiB']]],
    ];
    for (const [format, pairs] of cases) {
        test(`is told by ${format.name} in few figures and its unit`, () => {
            for (const [value, text] of pairs) assert.equal(format(value), text, `${format.name}(${value})`);
        });
        test(`is told by ${format.name} as unknown where there is none`, () => {
            for (const none of [null, undefined, NaN, Infinity, '7']) assert.equal(format(none), unknown);
        });
    }

    test('of things is singular for one', () => {
        assert.deepEqual([0, 1, 2000].map((count) => counted(count, 'stream')), ['0 streams', '1 stream', '2,000 streams']);
    });

    test('of milliseconds since 1970 is a time of day', () => {
        const at = new Date(2026, 0, 2, 7, 4, 5).getTime();
        assert.equal(clock_time(at), '07:04:05');
        assert.equal(clock_time(at, false), '07:04');
    });

    test('of a limit has its name in words', () => assert.equal(spaced('requests_per_minute'), 'requests per minute'));
});

describe('the history', () => {
    test('gives a chart its columns, with times in seconds', () => {
        const history = historyOf(tick(10), tick(11), tick(12));
        assert.deepEqual(history.columns(['tokens', 'streams'], minute), [[10, 11, 12], [10, 11, 12], [1, 1, 1]]);
    });

    test('gives as much of it as is asked for', () => {
        const history = historyOf(...Array.from({ length: 300 }, (_, i) => tick(i)));
        assert.equal(history.columns(['tokens'], minute)[0][0], 239);
    });

    test('forgets what is older than ten minutes', () => {
        const history = historyOf(...Array.from({ length: 2000 }, (_, i) => tick(i)));
        assert.equal(history.samples[0].at, 1_999_000 - history_ms);
        assert.equal(history.samples.length, history_ms / 1000 + 1);
    });

    test('has what an older gateway does not tell as unknown', () => {
        const history = historyOf({ type: 'stats', streams: 2 });
        assert.deepEqual(history.columns(['streams', 'ttft_p50', 'completed'], minute).slice(1), [[2], [null], [null]]);
    });

    test('has quantiles where there were tokens, and else remembers the last', () => {
        const ttft = (p50) => ({ ttft_ms: { count: p50 ? 3 : 0, p50, p90: p50, p99: p50 } });
        const history = historyOf(tick(1, ttft(200)), tick(2, ttft(null)), tick(3, ttft(null)));
        assert.deepEqual(history.columns(['ttft_p50'], minute)[1], [200, null, null]);
        assert.deepEqual(history.latest('ttft_p50'), { value: 200, at: 1000 });
        assert.equal(history.latest('ttft_p50', 1000), null);
    });

    test('tells how many streams end per second by the last ten seconds', () => {
        const completed = (i) => (i < 15 ? 100 * i : 1500 + 3 * (i - 15));
        const history = historyOf(...Array.from({ length: 30 }, (_, i) => tick(i, { outcomes: { completed: completed(i), shed: 10 } })));
        assert.equal(history.latest('completed').value, 3);
        assert.equal(history.latest('refused').value, 0);
    });

    test('breaks the curves where the feed was gone', () => {
        const history = historyOf(tick(1), tick(2));
        history.interrupt();
        history.interrupt();
        history.add(tick(9), 0);
        assert.deepEqual(history.columns(['tokens', 'completed'], minute), [[1, 2, 2.001, 9], [1, 2, null, 9], [null, 1, null, null]]);
    });

    test('goes on forward where the clock of the gateway was put back', () => {
        const history = historyOf(tick(100), tick(40, { uptime_seconds: 101, requests_total: 101, outcomes: { completed: 101 } }));
        const [first, second] = history.columns(['tokens'], minute)[0];
        assert.ok(second > first);
    });

    test('has its curves and rates after the clock was put back, behind a gap', () => {
        const at = (time, i) => tick(i, { time: time * 1000, outcomes: { completed: 5 * i } });
        const history = historyOf(at(1000, 100), at(1001, 101), at(401, 102), at(402, 103), at(403, 104));
        const [times, tokens, completed] = history.columns(['tokens', 'completed'], minute);
        assert.deepEqual(times.map((time) => Math.round((time - times[0]) * 1000)), [0, 1000, 1001, 2000, 3000, 4000]);
        assert.deepEqual(tokens, [100, 101, null, 102, 103, 104]);
        assert.deepEqual(completed, [null, 5, null, null, 5, 5]);
    });

    test('stays as it was in a copy', () => {
        const history = historyOf(tick(1));
        const held = history.copy();
        history.add(tick(2), 0);
        assert.deepEqual(held.columns(['tokens'], minute)[0], [1]);
    });
});

describe('a restart', () => {
    test('is known by an uptime or counters that fall', () => {
        assert.equal(is_restart(tick(50), tick(51)), false);
        assert.equal(is_restart(tick(50), tick(51, { uptime_seconds: 0.4 })), true);
        assert.equal(is_restart(tick(50), tick(51, { requests_total: 3 })), true);
        assert.equal(is_restart(tick(50), tick(51, { outcomes: { completed: 0 } })), true);
        assert.equal(is_restart({ streams: 5 }, { streams: 1 }), false);
    });

    test('is a mark and a gap, and no ends in the negative', () => {
        const history = historyOf(tick(50), tick(51));
        const again = { uptime_seconds: 1, requests_total: 2, outcomes: { completed: 2 } };
        assert.equal(history.add(tick(60, again), 0), true);
        assert.equal(history.add(tick(61, { ...again, uptime_seconds: 2, outcomes: { completed: 6 } }), 0), false);
        assert.deepEqual(history.restarts, [60_000]);
        assert.deepEqual(history.columns(['tokens'], minute)[1], [50, 51, null, 60, 61]);
        assert.deepEqual(history.columns(['completed'], minute)[1], [null, 1, null, null, 4]);
    });
});

test('a summary leaves out what is unknown', () => {
    assert.deepEqual(summary_of([null, 1, 5, null, 3]), { least: 1, mean: 3, most: 5 });
    assert.equal(summary_of([null, null]), null);
});

/** A browser whose EventSources, answers and timers are ours. */
function standIn() {
    const world = {
        sources: [], answers: [], asked: 0, timers: [], time: 0,
        open: (url) => { const source = { url, readyState: 0, close() { this.closed = true; } }; world.sources.push(source); return source; },
        ask: async () => { ++world.asked; return world.answers.shift() ?? Promise.reject(new Error('unreachable')); },
        now: () => world.time,
        later: (work, ms) => { const timer = { work, at: world.time + ms }; world.timers.push(timer); return timer; },
        never_mind: (timer) => { world.timers = world.timers.filter((one) => one !== timer); },
        async pass(ms) {
            const end = world.time + ms;
            for (;;) {
                await new Promise((turn) => setImmediate(turn));
                const due = world.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
                if (!due) break;
                world.never_mind(due);
                world.time = due.at;
                due.work();
            }
            world.time = end;
        },
    };
    return world;
}

function watched() {
    const world = standIn(), states = [], events = [];
    const feed = new Feed('v1/events', { on_event: (event) => events.push(event), on_state: ({ name }) => states.push(name), world });
    feed.start();
    const source = () => world.sources.at(-1);
    const tell = (value) => source().onmessage({ data: JSON.stringify(value) });
    return {
        world, states, events, feed, source, tell,
        async tick(seconds) {
            for (let i = 0; i < seconds; ++i) {
                tell({});
                await world.pass(1000);
            }
        },
        lose: (readyState) => { source().readyState = readyState; source().onerror(); },
    };
}

const refusal = (status, message) => new Response(JSON.stringify({ error: { message } }), { status });

describe('the feed', () => {
    test('is connected once something comes, and hands it on', () => {
        const { tell, states, events } = watched();
        assert.deepEqual(states, []);
        tell({ type: 'stats' });
        assert.deepEqual(states, ['connected']);
        assert.deepEqual(events, [{ type: 'stats' }]);
    });

    test('leaves an event alone that is no JSON', () => {
        const { source, events } = watched();
        source().onmessage({ data: '{' });
        assert.deepEqual(events, []);
    });

    test('leaves an event alone that is no object', () => {
        const { tell, events, states } = watched();
        for (const value of [null, 7, 'text']) tell(value);
        assert.deepEqual([events, states], [[], ['connected']]);
    });

    test('says since when it is gone, and lets EventSource connect again', () => {
        const { world, tell, lose, states, feed } = watched();
        tell({});
        world.time = 5000;
        lose(0);
        assert.deepEqual(states, ['connected', 'reconnecting']);
        assert.equal(feed.state.since, 5000);
        assert.equal(world.sources.length, 1);
        tell({});
        assert.equal(feed.state.name, 'connected');
    });

    test('is tried again, ever more rarely, where EventSource gives up', async () => {
        const { world, tell, lose, feed } = watched();
        tell({});
        world.answers = [1, 2, 3].map(() => refusal(503, 'draining'));
        lose(2);
        await world.pass(retry_after(0));
        assert.equal(world.sources.length, 2);
        lose(2);
        await world.pass(retry_after(0));
        assert.equal(world.sources.length, 2);
        await world.pass(retry_after(1) - retry_after(0));
        assert.equal(world.sources.length, 3);
        assert.equal(feed.state.name, 'reconnecting');
        tell({});
        assert.equal(feed.state.name, 'connected');
        lose(2);
        await world.pass(retry_after(0)); // it was there again meanwhile
        assert.equal(world.sources.length, 4);
    });

    test('that is refused says why and with which status', async () => {
        const { world, lose, feed } = watched();
        world.answers = [refusal(403, 'this takes an operator')];
        lose(2);
        await world.pass(0);
        assert.equal(feed.state.name, 'refused');
        assert.equal(feed.state.status, 403);
        assert.match(feed.state.reason, /this takes an operator/);
    });

    test('that was refused is opened at once for who signs in', async () => {
        const { world, lose, tick, feed } = watched();
        world.answers = [refusal(401, 'no key')];
        lose(2);
        await world.pass(0);
        feed.start();
        await tick(60);
        assert.equal(feed.state.name, 'connected');
        assert.equal(world.sources.length, 2);
    });

    test('that falls silent is opened anew', async () => {
        const { world, tell, states, source } = watched();
        tell({});
        const first = source();
        await world.pass(15_000);
        assert.equal(first.closed, true);
        assert.notEqual(source(), first);
        assert.equal(states.at(-1), 'reconnecting');
    });

    test('never waits longer than ten seconds', () => {
        assert.deepEqual([0, 1, 4, 5, 50].map(retry_after), [500, 1000, 8000, 10_000, 10_000]);
    });
});
