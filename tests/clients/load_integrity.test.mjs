// `sluice load --verify` finds every token that is lost, doubled, out of order or altered.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startGateway } from './support/gateway.mjs';
import { assertNoFault, runLoad, startChangingProxy } from './support/load.mjs';

const limit = { timeout: 120_000 };
const streams = 200;
const tokens = 100;
const fast = ['--mock-setting', 'rate=0', '--mock-setting', 'ttft-ms=0'];
const verified = [
    '--verify', '--streams', streams, '--clients', 20, '--output-tokens', tokens, ...fast,
    '--json', '-',
].map(String);

let gateway;
before(async () => { gateway = await startGateway(); });
after(async () => assert.equal(await gateway?.stop(), 0, gateway?.log()));

/** Of the events with text, does to the 5,042nd of every 10,000 what `fault` says. */
function oneInTenThousand(fault) {
    let count = 0;
    return (event, answer) => {
        const isText = /"content":"[^"]/.test(event);
        if (isText) count += 1;
        if (answer.held) {
            const late = answer.held;
            answer.held = undefined;
            return [event, late];
        }
        if (!isText || count % 10_000 !== 5_042) return [event];
        if (fault === 'lost') return [];
        if (fault === 'doubled') return [event, event];
        if (fault === 'altered') return [event.replace(/"content":"(\d+@\d+ )?[^"]/, '"content":"$1#')];
        answer.held = event;
        return [];
    };
}

for (const fault of ['lost', 'doubled', 'disordered', 'altered']) {
    for (const stamps of ['with', 'without']) {
        test(`two of 20,000 tokens ${fault} are found, ${stamps} stamps`, limit, async (t) => {
            const proxy = await startChangingProxy(t, gateway.url, oneInTenThousand(fault));
            const more = stamps === 'without' ? ['--no-stamps'] : [];
            const { code, report } = await runLoad([proxy, ...verified, ...more]);
            assert.equal(report.integrity[fault], 2, JSON.stringify(report.integrity));
            assert.equal(report.integrity.broken, 2);
            assert.equal(report.verdict.content, 'broken');
            assert.ok(report.examples.some((text) => text.includes('stream ')), report.examples);
            assert.equal(code, 1);
        });
    }
}

test('a proxy that changes nothing is found to change nothing', limit, async (t) => {
    const proxy = await startChangingProxy(t, gateway.url, (event) => [event]);
    const { code, report } = await runLoad([proxy, ...verified]);
    assert.equal(report.integrity.broken, 0);
    assert.equal(report.integrity.checked, streams * tokens);
    assert.equal(report.streams.whole, streams);
    assert.equal(report.times.added.count, streams * tokens);
    assert.equal(report.totals.output_tokens, streams * tokens);
    assertNoFault(code, JSON.stringify(report?.errors));
});

describe('every dialect of the mock is whole, byte for byte', () => {
    for (const dialect of ['chat', 'responses', 'anthropic', 'gemini', 'ollama', 'native', 'ui', 'completions']) {
        test(dialect, limit, async () => {
            const { code, report, errors } = await runLoad([
                gateway.url, '--dialect', dialect, '--verify', '--streams', '40', '--clients', '8',
                '--output-tokens', '20:60:120', ...fast, '--json', '-',
            ]);
            assertNoFault(code, errors + JSON.stringify(report?.errors) + JSON.stringify(report?.examples));
            assert.equal(report.streams.whole, 40);
            assert.equal(report.integrity.broken, 0);
            assert.equal(report.integrity.checked, report.totals.output_tokens);
        });
    }
});

test('a gateway that translates loses nothing, and tells what it adds', limit, async (t) => {
    const behind = await startGateway(['--config', new URL('./support/behind.yaml', import.meta.url).pathname]);
    t.after(() => behind.stop());
    // It serves every model but its own by asking the other one.
    const between = await startGateway(['--upstream', `${behind.url}/v1`]);
    t.after(() => between.stop());
    const { code, report, errors } = await runLoad([
        between.url, '--dialect', 'anthropic', '--model', 'behind', ...verified,
    ]);
    assertNoFault(code, errors + JSON.stringify(report?.examples));
    assert.equal(report.integrity.checked, streams * tokens);
    assert.equal(report.times.added.count, streams * tokens);
});

/** What a stream may be without, and is then not whole: events that `matches` says are left out. */
const without = {
    'its finish': (event) => event.replace('"finish_reason":"stop"', '"finish_reason":null'),
    'its usage': (event) => (event.includes('"choices":[]') ? '' : event),
    'the text of a token': (event) => event.replace(/"content":"(17@\d+ )[^"]*"/, '"content":"$1"'),
};
for (const [what, change] of Object.entries(without)) {
    test(`streams without ${what} are not taken for whole`, limit, async (t) => {
        const proxy = await startChangingProxy(t, gateway.url, (event) => {
            const changed = change(event);
            return changed ? [changed] : [];
        });
        const { code, report } = await runLoad([
            proxy, '--verify', '--streams', '10', '--clients', '2', '--output-tokens', '30', ...fast, '--json', '-',
        ]);
        assert.equal(report.integrity.broken, 10, JSON.stringify(report.integrity));
        assert.equal(code, 1);
    });
}

// What a dialect cannot tell is not missed, and what it tells otherwise is known.
const settings = ['refusal=true', 'reasoning=20', 'content=scripts', 'content=code', 'tool-call=forecast'];
for (const setting of settings) {
    test(`an answer with ${setting} is the mock's in every dialect`, limit, async () => {
        for (const dialect of ['chat', 'completions', 'responses', 'anthropic', 'gemini', 'ollama', 'native', 'ui']) {
            if (setting.startsWith('tool') && dialect === 'completions') continue;
            const { code, report } = await runLoad([
                gateway.url, '--dialect', dialect, '--verify', '--streams', '6', '--clients', '3',
                '--output-tokens', '30', ...fast, '--mock-setting', setting, '--json', '-',
            ]);
            assertNoFault(code, `${dialect}: ${JSON.stringify(report?.examples)}`);
            assert.equal(report.verdict.content, 'intact', dialect);
        }
    });
}

test('prompts of several messages are understood by completions too', limit, async () => {
    const { code, report } = await runLoad([
        gateway.url, '--dialect', 'completions', '--verify', '--streams', '6', '--clients', '3',
        '--turns', '2', '--shared-prefix', '50', '--output-tokens', '20', ...fast, '--json', '-',
    ]);
    assertNoFault(code, JSON.stringify(report?.examples));
    assert.equal(report.integrity.checked, 12 * 20);
});

test('clients that lose their connection come back and miss nothing', limit, async () => {
    const { code, report } = await runLoad([
        gateway.url, '--dialect', 'native', '--verify', '--streams', '60', '--clients', '20',
        '--output-tokens', '60', '--mock-setting', 'rate=300', '--mock-setting', 'ttft-ms=10',
        '--drop', '0.5', '--drop-after', 'uniform(1,40)', '--back-after', 'uniform(0s,50ms)',
        '--json', '-',
    ]);
    assertNoFault(code, JSON.stringify(report?.errors));
    assert.ok(report.streams.resumed > 10, report.streams.resumed);
    assert.equal(report.times.resume.count, report.streams.resumed);
    assert.equal(report.integrity.broken, 0);
    assert.equal(report.integrity.checked, 60 * 60);
});

test('all subscribers of a stream get all of it', limit, async () => {
    const { code, report } = await runLoad([
        gateway.url, '--dialect', 'chat', '--verify', '--streams', '5', '--clients', '5',
        '--subscribers', '8', '--output-tokens', '50', '--mock-setting', 'rate=200', '--json', '-',
    ]);
    assertNoFault(code, JSON.stringify(report?.errors) + JSON.stringify(report?.examples));
    assert.equal(report.streams.whole, 40);
    assert.equal(report.integrity.checked, 40 * 50);
});

test('clients that go away or read slowly break nothing', limit, async () => {
    const { code, report } = await runLoad([
        gateway.url, '--verify', '--streams', '60', '--clients', '30', '--output-tokens', '40',
        ...fast, '--abort', '0.3', '--abort-after', 'uniform(1,20)', '--slow', '0.2',
        '--slow-rate', '20000', '--json', '-',
    ]);
    assertNoFault(code, JSON.stringify(report?.errors));
    assert.ok(report.streams.aborted > 5, JSON.stringify(report.streams));
    assert.equal(report.streams.whole + report.streams.aborted, 60);
    assert.equal(report.integrity.broken, 0);
});

test('conversations go on where their last answer ended', limit, async () => {
    const { code, report } = await runLoad([
        gateway.url, '--verify', '--streams', '10', '--clients', '5', '--turns', '4',
        '--output-tokens', '20', ...fast, '--json', '-',
    ]);
    assertNoFault(code, JSON.stringify(report?.errors));
    assert.equal(report.streams.whole, 40);
    assert.equal(report.integrity.broken, 0);
});
