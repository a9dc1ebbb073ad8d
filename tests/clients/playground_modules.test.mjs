// The modules of the playground that touch no page: what they make of their input, however it is cut.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';

import { settled_length as settledLength } from '../../gateway/pages/playground_blocks.js';
import * as figures from '../../gateway/pages/playground_figures.js';
import { SseParser } from '../../gateway/pages/playground_sse.js';
import { StreamReader, wait_ms as waitMs } from '../../gateway/pages/playground_stream.js';

describe('the parser of events', () => {
    const wire = ': hello\r\rid: s/0\nretry: 40\nevent: start\ndata: {"id":"s"}\n\n' +
        'id:s/1\r\ndata:{\r\ndata: "text":"Grüße 🌊"}\r\n\r\nretry: soon\nunknown: x\rdata:  two\r\r: beat\n' +
        'event: none\n\nid: nul\0\ndata\n\ndata: unfinished\n';
    const expected = [
        ['comment', 'hello'], ['retry', 40], ['start', '{"id":"s"}', 's/0'], ['message', '{\n"text":"Grüße 🌊"}', 's/1'],
        ['message', ' two', 's/1'], ['comment', 'beat'], ['message', '', 's/1']];

    function parse(pieces) {
        const seen = [];
        const parser = new SseParser({
            on_event: ({ type, data, id }) => seen.push([type, data, id]),
            on_comment: (text) => seen.push(['comment', text]),
            on_retry: (ms) => seen.push(['retry', ms]),
        });
        for (const piece of pieces) parser.feed(piece);
        return seen;
    }

    test('knows every line end, comments, ids and what is none of them', () => {
        assert.deepEqual(parse([wire]), expected);
    });

    test('yields the same at every split in two, and character by character', () => {
        for (let cut = 0; cut <= wire.length; ++cut) {
            assert.deepEqual(parse([wire.slice(0, cut), wire.slice(cut)]), expected, `cut at ${cut}`);
        }
        assert.deepEqual(parse([...wire]), expected);
    });

    test('yields the same when the bytes are cut within characters', () => {
        const bytes = new TextEncoder().encode(wire);
        for (let cut = 0; cut <= bytes.length; ++cut) {
            const decoder = new TextDecoder();
            const pieces = [bytes.slice(0, cut), bytes.slice(cut)].map((part) => decoder.decode(part, { stream: true }));
            assert.deepEqual(parse(pieces), expected, `cut at ${cut}`);
        }
    });
});

describe('where a growing Markdown can be divided', () => {
    const blocks = [
        '# Title\n\n', 'A paragraph\nof two lines.\n\n\n', '- one\n\n  more of it\n\n- two\n\n1. three\n\n',
        '```js\nlet a;\n\n~~~\n```` not an end\n\nlet b;\n```\n\n', '| a | b |\n| - | - |\n| 1 | 2 |\n\n',
        '    indented goes with what is before\n\n', 'Crlf\r\n\r\n', '-dash is no item, and nor is 1.5\n\n', '**The last**'];
    const text = blocks.join('');

    /** The pieces that are rendered by themselves while the text comes in these lengths. */
    function divide(lengths) {
        const pieces = [];
        let begin = 0;
        for (const length of lengths) {
            const settled = settledLength(text.slice(begin, length));
            if (settled > 0) pieces.push(text.slice(begin, begin + settled));
            begin += settled;
        }
        return [...pieces, text.slice(begin)];
    }

    test('blocks stand by themselves, lists and fences stay whole', () => {
        const each = divide(Array.from({ length: text.length + 1 }, (_, length) => length));
        assert.deepEqual(each, [
            blocks[0], blocks[1] + blocks[2], blocks[3], blocks[4] + blocks[5], blocks[6], blocks[7], blocks[8]]);
    });

    test('what is settled stays settled at every length, and at the same places', () => {
        const places = new Set([0]);
        let last = 0;
        for (let length = 0; length <= text.length; ++length) {
            const settled = settledLength(text.slice(0, length));
            assert.ok(settled >= last, `at ${length}`);
            places.add(last = settled);
        }
        for (const place of places) {
            assert.ok(place === 0 || /\n\r?\n$/.test(text.slice(0, place)), `${place} follows a blank line`);
        }
        for (let cut = 0; cut <= text.length; ++cut) {
            assert.equal(divide([cut, text.length]).join(''), text);
            assert.ok(places.has(settledLength(text.slice(0, cut))));
        }
    });

    test('nothing is settled within a fence that does not end', () => {
        assert.equal(settledLength('~~~\na\n\nb\n\nc is a line of its own\n\nd\n'), 0);
    });
});

describe('the figures', () => {
    const timing = { queue_ms: 0.1, upstream_ms: 200, first_token_ms: 201.5, total_ms: 1201.5 };

    test('the rate counts tokens after the first, over the time between first and last', () => {
        const meter = new figures.Meter(1000);
        for (const at of [1200, 1300, 1700]) meter.content(at);
        assert.equal(meter.first_token_ms(timing), 200);
        assert.deepEqual(meter.rate(undefined), { per_second: 4, estimated: true });
        assert.deepEqual(meter.rate(11), { per_second: 20, estimated: false });
    });

    test('one token has no rate, and what never came no time', () => {
        const meter = new figures.Meter(1000);
        assert.equal(meter.first_token_ms(), null);
        assert.equal(meter.rate(5), null);
        meter.content(1200);
        assert.equal(meter.rate(1), null);
    });

    test('what is read again after a reload is measured by the gateway', () => {
        const meter = new figures.Meter(1000, { replayed: true });
        for (const at of [9000, 9000, 9001]) meter.content(at);
        assert.equal(meter.first_token_ms(), null);
        assert.equal(meter.first_token_ms(timing), 201.5);
        assert.equal(meter.rate(51), null);
        assert.deepEqual(meter.rate(51, timing), { per_second: 50, estimated: false });
        const seen = new figures.Meter(1000, { first_at: 1150, replayed: true });
        assert.equal(seen.first_token_ms(timing), 150);
    });

    test('are written for people', () => {
        assert.deepEqual([0, 0.1, 201.5, 9999, 12_345, undefined].map(figures.format_ms),
            ['0 ms', '0.1 ms', '202 ms', '9999 ms', '12.3 s', '–']);
        assert.deepEqual([0, 0.000123, 0.5, 12.345, 1e-14, undefined].map(figures.format_cost),
            ['0', '0.00012', '0.50', '12.35', '0.000000000000', '']);
        assert.equal(figures.format_usage({ input_tokens: 5, output_tokens: 0 }), '5 input, 0 output');
        assert.equal(figures.format_usage(undefined), '–');
        assert.equal(figures.format_rate({ per_second: 20, estimated: true }), '≈ 20.0');
        assert.deepEqual(figures.format_timing(timing), [
            ['queue', '0.1 ms'], ['upstream', '200 ms'], ['first token there', '202 ms'], ['total', '1202 ms']]);
    });
});

test('waits grow twofold up to a limit, a quarter more or less', () => {
    assert.deepEqual([1, 2, 3].map((failures) => waitMs(1000, failures, 0.5)), [1000, 2000, 4000]);
    assert.equal(waitMs(1000, 20, 0.5), 15_000);
    assert.deepEqual([waitMs(1000, 1, 0), waitMs(1000, 1, 1)], [750, 1250]);
});

describe('the reader of a stream', () => {
    const fetchOfNode = globalThis.fetch;
    afterEach(() => { globalThis.fetch = fetchOfNode; });

    const frame = (n, event, data) => `id: s/${n}\nretry: 1\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    const start = frame(0, 'start', { id: 's', model: 'mock' });
    const text = (n) => frame(n, 'message', { text: `${n} ` });
    const done = frame(3, 'done', { finish_reason: 'stop' });
    const stream = (body, headers = { 'X-Stream-Id': 's' }) => () => new Response(body, { headers });
    const json = (status, body, headers = {}) => () => new Response(JSON.stringify(body), { status, headers });
    const lost = () => { throw new TypeError('network error'); };

    /** Reads what these answers make, one for each request. */
    async function read(answers, { id = '', impatient = true } = {}) {
        const asked = [], events = [], changes = [];
        globalThis.fetch = async (url, { method = 'GET', headers = {}, body } = {}) => {
            asked.push({ url, method, last: headers['Last-Event-ID'], name: headers['Idempotency-Key'], body });
            return answers[asked.length - 1]();
        };
        const reader = new StreamReader({
            request: { name: 'n1', body: '{}', headers: {} }, id,
            on_event: ({ data }) => events.push(JSON.parse(data)), on_comment: () => {},
            on_change: (change) => {
                changes.push(change.kind);
                if (impatient && change.kind === 'lost') queueMicrotask(() => reader.hurry());
            },
        });
        const end = await reader.run();
        return { end, asked, events, changes, reader };
    }

    test('reads to done', async () => {
        const { end, events, asked } = await read([stream(start + text(1) + text(2) + done)]);
        assert.deepEqual(end, { done: true });
        assert.equal(events.length, 4);
        assert.deepEqual(asked, [{ url: 'v1/streams', method: 'POST', last: undefined, name: 'n1', body: '{}' }]);
    });

    test('comes back behind the last whole event, wherever the connection is cut', async () => {
        const wire = start + text(1) + text(2) + done;
        const ends = [start, text(1), text(2), done].map((_, at, all) => all.slice(0, at + 1).join('').length);
        for (let cut = 0; cut < wire.length; ++cut) {
            const whole = ends.filter((end) => end <= cut).length;
            const rest = wire.slice(ends[whole - 1] ?? 0);
            const { end, events, asked, reader } = await read([stream(wire.slice(0, cut)), stream(rest)]);
            assert.deepEqual(end, { done: true }, `cut at ${cut}`);
            assert.deepEqual(events.map((event) => event.text ?? ''), ['', '1 ', '2 ', ''], `cut at ${cut}`);
            assert.deepEqual([asked[1].url, asked[1].last], ['v1/streams/s', whole ? `s/${whole - 1}` : undefined]);
            assert.equal(reader.resumed, whole > 0 ? 1 : 0);
        }
    });

    test('sends a POST again under the same name until it is heard', async () => {
        const { end, asked } = await read([lost, lost, stream(start + done)]);
        assert.deepEqual(end, { done: true });
        assert.deepEqual(asked.map(({ method, name }) => `${method} ${name}`), ['POST n1', 'POST n1', 'POST n1']);
    });

    test('gives up a POST that nobody answers, and says so', async () => {
        const { end, asked } = await read([lost, lost, lost]);
        assert.equal(asked.length, 3);
        assert.equal(end.fault.title, 'The connection failed');
        assert.match(end.fault.message, /network error/);
    });

    test('tells a refusal in the words of the server, with its hints', async () => {
        const error = { type: 'rate_limit_error', message: 'too much', retryable: true };
        const { end } = await read([json(429, { error }, { 'Retry-After': '7' })]);
        assert.equal(end.fault.message, 'too much (HTTP 429)');
        assert.deepEqual([end.fault.retry_after_s, end.fault.retryable, end.fault.status], [7, true, 429]);
    });

    test('goes on where the journal begins, if its own place is gone', async () => {
        const { end, asked, changes } = await read([json(410, { error: { message: 'gone' }, first: 2, head: 3 }), stream(text(2) + done)], { id: 's' });
        assert.deepEqual(end, { done: true });
        assert.deepEqual(asked.map(({ last }) => last), [undefined, 's/1']);
        assert.ok(changes.includes('gap'));
    });

    test('waits before it asks again for the place that it was sent to', async () => {
        const gone = json(410, { error: { message: 'gone' }, first: 2, head: 3 });
        const { end, changes } = await read([gone, gone, stream(text(2) + done)], { id: 's' });
        assert.deepEqual(end, { done: true });
        assert.deepEqual(changes, ['ask', 'gap', 'ask', 'lost', 'ask', 'open']);
    });

    test('gives up where the beginning is gone again and again', async () => {
        const gone = json(410, { error: { message: 'gone' }, first: 2, head: 3 });
        const { end } = await read(Array(20).fill(gone), { id: 's' });
        assert.match(end.fault.message, /gone \(HTTP 410\)/);
    });

    test('waits for a gateway that restarts, and ends where the stream is unknown', async () => {
        const { end, asked } = await read([json(502, {}), lost, json(404, { error: { message: 'no such stream' } })], { id: 's' });
        assert.equal(asked.length, 3);
        assert.equal(end.fault.title, 'The stream cannot be read on');
        assert.equal(end.fault.message, 'no such stream (HTTP 404)');
    });

    for (const head of ['of its head', 'of its first event']) {
        test(`keeps the wish to stop until the stream has a name, ${head}`, async () => {
            const asked = [];
            let answer, reader, tell;
            const body = new ReadableStream({ start: (sink) => { tell = (words) => sink.enqueue(new TextEncoder().encode(words)); } });
            const answers = {
                POST: () => new Promise((resolve) => { answer = resolve; }),
                DELETE: () => {
                    tell(done);
                    return new Response('{}');
                },
            };
            globalThis.fetch = async (url, { method = 'GET' } = {}) => {
                asked.push(`${method} ${url}`);
                return answers[method]();
            };
            reader = new StreamReader({
                request: { name: 'n1', body: '{}', headers: {} }, on_event: () => {}, on_comment: () => {}, on_change: () => {},
            });
            const end = reader.run();
            await reader.stop();
            assert.deepEqual([reader.ended, asked], [null, ['POST v1/streams']]);
            answer(new Response(body, { headers: head === 'of its head' ? { 'X-Stream-Id': 's' } : {} }));
            tell(start);
            assert.deepEqual(await end, { done: true });
            assert.deepEqual(asked, ['POST v1/streams', 'DELETE v1/streams/s']);
        });
    }

    test('hangs up at once when it is asked to stop twice', async () => {
        globalThis.fetch = (url, { signal }) => new Promise((resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
        });
        const reader = new StreamReader({
            request: { name: 'n1', body: '{}', headers: {} }, on_event: () => {}, on_comment: () => {}, on_change: () => {},
        });
        const end = reader.run();
        reader.stop();
        reader.stop();
        assert.deepEqual(await end, { hung_up: true });
    });

    test('has nothing to come back to where a stream without a name breaks off', async () => {
        const { end, events } = await read([stream('data: {"text":"Hal"}\n\ndata: {"text":"lost"}', {})]);
        assert.equal(events.length, 1);
        assert.equal(end.fault.title, 'The stream broke off');
    });

    test('refuses what is no native stream', async () => {
        const { end } = await read([stream('data: "text"\n\n')]);
        assert.equal(end.fault.title, 'Not a Sluice stream');
    });
});
