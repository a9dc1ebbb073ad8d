// Waiting for a condition, bounded in time.
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves to the first value of `look` that is not false; `what` says what never came. */
export async function until(what, look, limitMs = 20_000) {
    const deadline = performance.now() + limitMs;
    for (;;) {
        const seen = await look();
        if (seen) return seen;
        if (performance.now() > deadline) throw new Error(`within ${limitMs} ms: ${what}`);
        await sleep(50);
    }
}
