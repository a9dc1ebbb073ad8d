// What is made of the rounds: medians of values, and medians of the ratios of one round each.

const byNumber = (a, b) => a - b;

/** Median of `numbers`; undefined of none. */
export function median(numbers) {
    const sorted = [...numbers].sort(byNumber);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle] : mean(sorted[middle - 1], sorted[middle]);
}

// Half of two infinities is one, and nothing has no middle.
function mean(a, b) {
    return a === undefined || a === b ? a : (a + b) / 2;
}

/** The value that `share` of `numbers` do not exceed. */
export function percentile(numbers, share) {
    const sorted = [...numbers].sort(byNumber);
    return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** { median, min, max, count } of `numbers`; undefined of none. */
export function spread(numbers) {
    if (numbers.length === 0) return undefined;
    return {
        median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers),
        count: numbers.length,
    };
}

/** The numbers that `peer` had for `metric` in the rounds of a cell, in order. */
export function valuesOf(rounds, peer, metric) {
    return rounds.map((round) => round[peer]?.[metric]).filter((value) => value !== undefined);
}

/** Spread of `peer` over `other`, each ratio taken within one round. */
export function ratioOf(rounds, peer, other, metric) {
    return spread(rounds.flatMap((round) => {
        const above = round[peer]?.[metric];
        const below = round[other]?.[metric];
        return above === undefined || below === undefined ? [] : [above / below];
    }));
}
